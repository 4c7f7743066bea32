// Before the first paint: the colours, so that a dark page does not flash white, and who this browser is. Then what
// Gradio calls by name: `arrive` when the page is opened, `behave` (main.js) when the conversation is there, and `tell`
// when a part has changed.
import { knowTexts } from "./compiled.js";
import { randomKey } from "../../static/keys.js";
import { browserMemory } from "../../static/memory.js";
import { paintTheme } from "../../static/theme.js";

// Who this browser is to the server: whoever has the token has the conversations. Made once, at random, and kept.
function knownOwner() {
  const kept = browserMemory.get("owner") ?? "";
  if (/^[A-Za-z0-9_-]{32,128}$/.test(kept)) return kept;
  browserMemory.set("owner", randomKey(24));
  return browserMemory.get("owner");
}

// What the page says of itself: the language in its address, the one it kept, the articles it asks, its conversation,
// and whose that is.
function arrive() {
  const wanted = new URLSearchParams(location.search);
  const named = wanted.getAll("article");
  return [JSON.stringify({
    address: wanted.get("lang") ?? "",
    kept: browserMemory.get("language") ?? "",
    articles: named.length ? JSON.stringify(named) : browserMemory.get("articles") ?? "",
    article: named.length === 1 ? named[0] : "", // to be opened, too
    conversation: wanted.get("conversation") ?? "",
    owner: window.footnotePage.owner,
  })];
}

const tell = (watch, name) => watch("value", () => document.dispatchEvent(new CustomEvent(`fn-${name}-changed`)));

paintTheme();
window.footnotePage = { arrive, tell, owner: knownOwner() };
knowTexts(window.footnotePage);
