() => {
  // What the page says of itself when it is opened: the language in its address, the one it kept, the articles it asks,
  // its conversation, and whose that is (head.html).
  const address = new URLSearchParams(location.search);
  const told = (name) => address.get(name) ?? "";
  const kept = (name) => {
    try { return localStorage.getItem(`footnote-${name}`) ?? ""; } catch { return ""; /* a window that keeps nothing */ }
  };
  const named = address.getAll("article");
  const articles = named.length ? JSON.stringify(named) : kept("articles");
  const article = named.length === 1 ? named[0] : ""; // to be opened, too
  const whose = { conversation: told("conversation"), owner: window.footnoteOwner };
  return [JSON.stringify({ address: told("lang"), kept: kept("language"), articles, article, ...whose })];
}
