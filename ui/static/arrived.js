() => {
  // What the page says of itself when it is opened: the language in its address, the one it kept, the article it asks,
  // its conversation, and whose that is (head.html).
  const address = new URLSearchParams(location.search);
  const told = (name) => address.get(name) ?? "";
  let kept = "";
  try { kept = localStorage.getItem("footnote-language") ?? ""; } catch { /* a window that keeps nothing */ }
  const owner = window.footnoteOwner;
  return [JSON.stringify({ address: told("lang"), kept, article: told("article"), conversation: told("conversation"), owner })];
}
