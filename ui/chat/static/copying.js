// Copies with footnotes: as plain text for an editor, as HTML for a document.
import { address, say, tell } from "./page.js";

export async function copy(text, html, done) {
  const copied = (await toClipboard(text, html)) || byCommand(text, html);
  tell(say(copied ? done : "copy.failed"));
}

// A page that is not served from this machine or over https has no clipboard of its own.
async function toClipboard(text, html) {
  if (!navigator.clipboard?.write || !window.ClipboardItem) return false;
  const kinds = { "text/plain": new Blob([text], { type: "text/plain" }) };
  if (html) kinds["text/html"] = new Blob([html], { type: "text/html" });
  try {
    await navigator.clipboard.write([new ClipboardItem(kinds)]);
    return true;
  } catch { return false; }
}

function byCommand(text, html) {
  let filled = false;
  const fill = (event) => {
    event.clipboardData.setData("text/plain", text);
    if (html) event.clipboardData.setData("text/html", html);
    event.preventDefault();
    filled = true;
  };
  document.addEventListener("copy", fill);
  document.execCommand("copy");
  document.removeEventListener("copy", fill);
  return filled;
}

export function linkTo(question) {
  const wanted = new URLSearchParams();
  for (const article of address().getAll("article")) wanted.append("article", article);
  wanted.set("q", question);
  return `${location.origin}${location.pathname}?${wanted}`;
}
