() => {
  // What the page says of itself when it is opened: the language in its address, the one it kept, the article it asks.
  const address = new URLSearchParams(location.search);
  let kept = "";
  try { kept = localStorage.getItem("footnote-language") ?? ""; } catch { /* a window that keeps nothing */ }
  return [JSON.stringify({ address: address.get("lang") ?? "", kept, article: address.get("article") ?? "" })];
}
