// The evaluation page: words, what its address names, requests, and what is shown for a moment. What comes from files
// and people is put in as text, and never as markup.
import { find, telling } from "../../static/dom.js";
import { browserMemory, windowMemory } from "../../static/memory.js";
import { problemOf } from "../../static/problems.js";
import { nextTheme, paintTheme } from "../../static/theme.js";
import { askForToken, permission, settleToken } from "../../static/token.js";
import { inWords } from "../../static/words.js";

export const spoken = JSON.parse(find("#fe-words").textContent);
export const numbers = new Intl.NumberFormat(spoken.locale);
export const days = new Intl.DateTimeFormat(spoken.locale, { dateStyle: "medium", timeStyle: "short" });
export const API = "v1/evaluations";

export const say = (key, values) => inWords(spoken.locale, spoken.texts[key] ?? key, values);
export const tell = telling(() => find("#fe-said"), 5000);

export function filled(template) {
  return find(`#fe-t-${template}`).content.cloneNode(true);
}

/** @type {(tag: string, attributes?: any) => any} */
export function made(tag, { text, className, ...more } = {}) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  for (const [name, value] of Object.entries(more)) element.setAttribute(name, value);
  return element;
}

export function button(does, key, className = "fe-plain") {
  return made("button", { type: "button", className, text: say(key), "data-does": does });
}

// What the server says of itself is English, below a sentence of the page's own.
export function refuse(key, detail = "") {
  const place = find("#fe-refused");
  place.replaceChildren();
  if (!key) return;
  place.append(made("p", { className: "fe-refusal", text: say(key) }));
  if (detail) place.append(made("p", { text: detail, lang: "en", dir: "auto" }));
  place.scrollIntoView({ block: "nearest" });
}

export const idInAddress = () => new URLSearchParams(location.search).get("run") ?? "";
export const baselineInAddress = () => new URLSearchParams(location.search).get("baseline") ?? "";

export function goTo(id, baseline = "", { replaces = false } = {}) {
  const wanted = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries({ run: id, baseline })) {
    if (value) wanted.set(name, value);
    else wanted.delete(name);
  }
  const query = wanted.toString();
  history[replaces ? "replaceState" : "pushState"](null, "", location.pathname + (query ? `?${query}` : ""));
}

// Requests. One that takes the administrator's token asks for it, and goes on once it is given.

class Refused extends Error {}
export class Lost extends Error {}

export async function call(method, path, body = undefined) {
  let response;
  try {
    response = await fetch(path, { method, headers: permission(), body, cache: "no-store" });
  } catch {
    throw new Lost(say("offline.title"));
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const detail = await problemOf(response);
  if (response.status !== 403) throw Object.assign(new Refused(detail), { status: response.status });
  await askForToken(find("#fe-token"), find("#fe-refusal"), detail, say("token.refused"));
  return call(method, path, body);
}

find("#fe-token").addEventListener("submit", (event) => {
  event.preventDefault();
  const { token } = event.target.elements;
  if (token.value.trim()) settleToken(event.target, token.value.trim());
  else token.focus();
});

// Colours and language, as in the chat.

find("#fn-theme").addEventListener("click", () => tell(nextTheme()));
find("#fn-language").addEventListener("change", ({ target }) => {
  browserMemory.set("language", target.value);
  const wanted = new URLSearchParams(location.search);
  wanted.set("lang", target.value);
  location.search = wanted.toString();
});
paintTheme();

// Back to the chat as it was left: chat pages keep their address when they are left (connection.js).
const chatAddress = windowMemory.get("chat");
if (chatAddress?.startsWith("?")) find("#fe-chat").search = chatAddress;
