// The evaluation page: words, requests, and what is shown for a moment. The files are joined in the order that
// ui/evaluate/page.py names. What comes from files and people is put in as text, and never as markup.

const root = document.documentElement;
const find = (selector, within = document) => within.querySelector(selector);
const spoken = JSON.parse(find("#fe-words").textContent);
const numbers = new Intl.NumberFormat(spoken.locale);
const plurals = new Intl.PluralRules(spoken.locale);
const days = new Intl.DateTimeFormat(spoken.locale, { dateStyle: "medium", timeStyle: "short" });
const API = "v1/evaluations";
const TOKEN = "footnote-token"; // as the chat keeps it: for this window only

function say(key, values = {}) {
  const text = spoken.texts[key] ?? key;
  const form = typeof text === "string" ? text : text[plurals.select(values.count)] ?? text.other;
  return form.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!(name in values)) return whole;
    return typeof values[name] === "number" ? numbers.format(values[name]) : values[name];
  });
}

function filled(template) {
  return find(`#fe-t-${template}`).content.cloneNode(true);
}

function made(tag, { text, className, ...more } = {}) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  for (const [name, value] of Object.entries(more)) element.setAttribute(name, value);
  return element;
}

function button(does, key, className = "fe-plain") {
  return made("button", { type: "button", className, text: say(key), "data-does": does });
}

let silence = 0;
function tell(text) {
  find("#fe-said").textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { find("#fe-said").textContent = ""; }, 5000);
}

// What the server says of itself is English, below a sentence of the page's own.
function refuse(key, detail = "") {
  const place = find("#fe-refused");
  place.replaceChildren();
  if (!key) return;
  place.append(made("p", { className: "fe-refusal", text: say(key) }));
  if (detail) place.append(made("p", { text: detail, lang: "en", dir: "auto" }));
  place.scrollIntoView({ block: "nearest" });
}

// Requests. One that takes the administrator's token asks for it, and goes on once it is given.

class Refused extends Error {}
class Lost extends Error {}

async function call(method, path, body) {
  const headers = { "X-Footnote-Request": "1" };
  let token = null;
  try { token = sessionStorage.getItem(TOKEN); } catch { /* a window that keeps nothing */ }
  token ??= givenToken;
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body, cache: "no-store" });
  } catch {
    throw new Lost(say("offline.title"));
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const detail = await response.json().then((told) => told.detail, () => `${response.status} ${response.statusText}`);
  if (response.status !== 403) throw Object.assign(new Refused(detail), { status: response.status });
  await askForToken(Boolean(token), detail);
  return call(method, path, body);
}

let givenToken = null;
let tokenGiven = null; // what waits for it
let waitForToken = null;
function askForToken(had, detail) {
  const form = find("#fe-token");
  find("#fe-refusal").textContent = had ? `${say("token.refused")} ${detail}` : detail;
  if (form.hidden) {
    form.hidden = false;
    waitForToken = new Promise((resolve) => { tokenGiven = resolve; });
    form.elements.token.focus();
  }
  return waitForToken;
}

find("#fe-token").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const given = form.elements.token.value.trim();
  if (!given) return form.elements.token.focus();
  givenToken = given;
  try { sessionStorage.setItem(TOKEN, given); } catch { /* then it lasts as long as the page */ }
  form.reset();
  form.hidden = true;
  tokenGiven();
});

// Colours and language, as in the chat.

const THEMES = ["system", "light", "dark"];
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
function paint() {
  const choice = root.dataset.choice;
  root.dataset.theme = choice === "dark" || (choice === "system" && systemIsDark.matches) ? "dark" : "light";
  const label = find("#fn-theme").dataset[choice];
  find("#fn-theme").setAttribute("aria-label", label);
  find("#fn-theme").title = label;
}
systemIsDark.addEventListener("change", paint);
find("#fn-theme").addEventListener("click", () => {
  root.dataset.choice = THEMES[(THEMES.indexOf(root.dataset.choice) + 1) % THEMES.length];
  try { localStorage.setItem("footnote-theme", root.dataset.choice); } catch { /* then it lasts as long as the page */ }
  paint();
  tell(find("#fn-theme").dataset[root.dataset.choice]);
});
find("#fn-language").addEventListener("change", ({ target }) => {
  try { localStorage.setItem("footnote-language", target.value); } catch { /* the address has it too */ }
  const wanted = new URLSearchParams(location.search);
  wanted.set("lang", target.value);
  location.search = wanted;
});
paint();

// Back to the chat as it was left: chat pages keep their address when they are left (connection.js).
try {
  const left = sessionStorage.getItem("footnote-chat");
  if (left?.startsWith("?")) find("#fe-chat").search = left;
} catch { /* then it opens anew */ }
