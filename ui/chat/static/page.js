// The page's behaviour; runs once, when the conversation is there (compiled.js): `element`, `trigger` and `watch` are Gradio's.
// The files are joined in the order that ui/chat/gradio_page.py names and share one scope. All HTML comes from the server,
// escaped; here elements are only found, marked, copied and scrolled to.

const root = document.documentElement;
const find = (selector) => document.querySelector(selector);
const motion = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
const say = (key) => JSON.parse(find("#fn-words")?.dataset.words ?? "{}")[key] ?? "";
const address = () => new URLSearchParams(location.search);

// A window that keeps nothing may refuse: then a choice lasts as long as the page.
const memory = new Map();
function keep(name, value) {
  memory.set(name, value);
  try { localStorage.setItem(`footnote-${name}`, value); } catch { /* refused */ }
}
function kept(name) {
  try { return localStorage.getItem(`footnote-${name}`) ?? memory.get(name); } catch { return memory.get(name); }
}

function live(id) {
  const region = document.createElement("div");
  region.id = id;
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  document.body.append(region);
  return region;
}
const heard = live("fn-status"); // for screen readers alone: what a reply says
const seen = live("fn-said"); // for everyone, for a moment: what a button has done
heard.className = "fn-hidden";

let silence = 0;
function tell(text) {
  seen.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { seen.textContent = ""; }, 4000);
}

// The address names what can be seen, so that it can be kept and passed on.
function rewriteAddress(change) {
  const wanted = address();
  change(wanted);
  const query = wanted.toString();
  history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : ""));
}
