// The page's own part, and Gradio's: what is said and kept, what the address names, and events for the server. All HTML
// comes from the server, escaped; the scripts only find, mark, copy and scroll to elements.
import { find, root, telling } from "../../static/dom.js";
import { inWords } from "../../static/words.js";

export const owner = window.footnotePage.owner;
export const motion = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
export const address = () => new URLSearchParams(location.search);

export let element; // where the conversation stands
let send;

export function connect(conversation, trigger) {
  element = conversation;
  send = trigger;
}

export function trigger(name, told) {
  send(name, told);
}

export function say(key, values) {
  for (const place of [find("#fn-words"), find(".fn-adding")]) {
    const text = JSON.parse(place?.dataset.words ?? "{}")[key];
    if (text !== undefined) return inWords(root.lang || "en", text, values);
  }
  return "";
}

function live(id) {
  const region = document.createElement("div");
  region.id = id;
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  document.body.append(region);
  return region;
}
export const heard = live("fn-status"); // for screen readers alone: what a reply says
const seen = live("fn-said"); // for everyone, for a moment: what a button has done
heard.className = "fn-hidden";
export const tell = telling(() => seen, 4000);

// The address names what can be seen, so that it can be kept and passed on.
export function rewriteAddress(change) {
  const wanted = address();
  change(wanted);
  const query = wanted.toString();
  history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : ""));
}

// The conversation that is shown, and its turns.

export const shownConversation = () => find("#fn-talk")?.dataset.conversation || address().get("conversation") || "";
export const questionOf = (turn) => turn.querySelector(".fn-question").textContent;

let place = ""; // the last turn that was scrolled to
export function forgetPlace() {
  place = "";
}
export function isNewPlace(number) {
  const isNew = number !== place;
  place = number;
  return isNew;
}
