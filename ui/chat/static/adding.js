// Adding articles: files that are chosen or dropped, an address, pasted text. One after the other, each a request of
// its own: one that fails or is cancelled does not stop the others.
import { find } from "../../static/dom.js";
import { takeDrops } from "../../static/drops.js";
import { eventsOf } from "../../static/event_stream.js";
import { problemOf } from "../../static/problems.js";
import { permission, settleToken } from "../../static/token.js";
import { refreshLibrary } from "./library.js";
import { needToken, showAdding } from "./needing_token.js";
import { say, tell } from "./page.js";
import { fetchPlainly } from "./requests.js";
import { openedBy } from "./source.js";

const toAdd = [];
let isWorking = false;

const addingPane = () => find(".fn-adding");

// What is to be added

function addFiles(files) {
  if (!addingPane()) return tell(say("adding.nowhere"));
  showAdding();
  const names = new Set(toAdd.filter((item) => item.isNew).map((item) => item.name));
  for (const file of files) {
    const item = { name: file.name, body: () => formOf(file), headers: {} };
    const most = Number(addingPane().dataset.mostBytes);
    if (names.has(file.name)) Object.assign(item, { state: "failed", message: say("adding.same_name") });
    else if (file.size > most) Object.assign(item, { state: "failed", message: say("adding.too_large") });
    names.add(file.name);
    enqueue(item);
  }
}

function formOf(file) {
  const form = new FormData();
  form.append("file", file, file.name);
  return form;
}

function addNamed(name, asked) {
  const headers = { "Content-Type": "application/json" };
  enqueue({ name, body: () => JSON.stringify(asked), headers });
}

function enqueue(item) {
  toAdd.push(Object.assign(item, { state: item.state ?? "waiting", isNew: true, stop: new AbortController() }));
  paintItem(item);
  sendWaiting();
}

async function sendWaiting() {
  if (isWorking) return;
  isWorking = true;
  for (let item = nextWaiting(); item; item = nextWaiting()) await sendItem(item);
  isWorking = false;
  finishRun();
}
const nextWaiting = () => toAdd.find((item) => item.state === "waiting");

function finishRun() {
  const run = toAdd.filter((item) => item.isNew);
  for (const item of run) item.isNew = false;
  const done = run.filter((item) => ["added", "replaced", "unchanged"].includes(item.state)).length;
  if (run.length) tell(say("adding.summary", { done, total: run.length }));
}

async function sendItem(item) {
  changeItem(item, { state: "sending" });
  const headers = { Accept: "text/event-stream", ...permission(), ...item.headers };
  try {
    const request = { method: "POST", headers, body: item.body(), signal: item.stop.signal };
    const response = await fetchPlainly("v1/articles", request);
    if (response.status === 403) {
      changeItem(item, { state: "waiting" });
      if (!(await needToken(await problemOf(response)))) toAdd.filter(({ state }) => state === "waiting").forEach(cancelItem);
    } else if (response.ok) {
      for await (const [event, told] of eventsOf(response.body)) hearItem(item, event, told);
      if (!isOver(item)) changeItem(item, { state: "failed", message: say("adding.lost") });
    } else {
      changeItem(item, { state: "failed", message: await problemOf(response) });
    }
  } catch {
    if (item.state !== "cancelled") changeItem(item, { state: "failed", message: say("adding.lost") });
  }
}
const isOver = (item) => !["waiting", "sending", "reading", "embedding"].includes(item.state);

function hearItem(item, event, told) {
  if (event === "error") changeItem(item, { state: "failed", message: told.detail });
  if (event !== "progress") return;
  changeItem(item, { state: told.state, message: told.message, done: told.done, total: told.total, id: told.article_ids[0] });
  if (told.article_ids.length) refreshLibrary();
}

function cancelItem(item) {
  const isUnderWay = ["reading", "embedding"].includes(item.state);
  changeItem(item, { state: "cancelled", message: isUnderWay ? say("adding.still") : "" });
  item.stop.abort();
}

// What is seen of it

function changeItem(item, values) {
  Object.assign(item, values);
  paintItem(item);
}

function paintItem(item) {
  const list = find("#fn-progress");
  if (!list) return;
  if (!item.row?.isConnected) {
    item.row = find("#fn-item").content.firstElementChild.cloneNode(true);
    item.row.querySelector(".fn-item-name").textContent = item.name;
    item.row.querySelector("[data-cancel]").addEventListener("click", () => cancelItem(item));
    list.append(item.row);
  }
  const { row, state, message = "", done = 0, total = 0 } = item;
  row.dataset.state = state;
  row.querySelector(".fn-item-state").textContent = say(`adding.${state}`, { done, total });
  const told = row.querySelector(".fn-item-message");
  const named = [`upload:${item.name}: `, `${item.name}: `].find((name) => message.startsWith(name)) ?? "";
  told.textContent = message.slice(named.length);  // the row has the name
  told.hidden = !message;
  const bar = row.querySelector("progress");
  bar.hidden = isOver(item) || state === "waiting";
  if (state === "embedding" && total) bar.value = done / total;
  else bar.removeAttribute("value");
  const button = row.querySelector("[data-cancel]");
  const open = row.querySelector("[data-open]");
  const hadFocus = document.activeElement === button;
  button.hidden = isOver(item);
  open.hidden = !(isOver(item) && item.id);
  open.dataset.open = item.id ?? "";
  if (hadFocus && button.hidden) (open.hidden ? find("[data-add]") : open).focus();
  find("#fn-clear").hidden = !toAdd.some(isOver);
}

function clearList() {
  for (const item of toAdd.filter(isOver)) item.row?.remove();
  toAdd.splice(0, toAdd.length, ...toAdd.filter((item) => !isOver(item)));
  find("#fn-clear").hidden = true;
  find("[data-add]").focus();
}

document.addEventListener("fn-adding-changed", () => toAdd.forEach(paintItem));

// The ways in

function startAdding(way) {
  if (way === "files") return find("#fn-files").click();
  showAdding();
  for (const button of addingPane().querySelectorAll("[aria-controls]")) {
    const form = find(`#${button.getAttribute("aria-controls")}`);
    form.hidden = button.dataset.add !== way || !form.hidden;
    button.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) form.querySelector(way === "url" ? "input" : "textarea").focus();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.(".fn-adding form");
  if (!form) return;
  event.preventDefault();
  const { url, title, text, token } = form.elements;
  const given = (url ?? text ?? token).value.trim();
  if (!given) return (url ?? text ?? token).focus();
  if (token) {
    settleToken(form, given);
  } else if (url) {
    addNamed(given, { url: given });
  } else {
    const named = title.value.trim();
    addNamed(named || given.split("\n")[0].slice(0, 80), { text: text.value, ...(named && { title: named }) });
  }
  form.reset();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  if (button.dataset.add) {
    if (!button.closest("#fn-side")) openedBy(button);
    startAdding(button.dataset.add);
  } else if (button.id === "fn-clear") clearList();
  else if (button.dataset.tokenNever !== undefined) settleToken(find("#fn-way-token"), "");
});

document.addEventListener("change", ({ target }) => {
  if (target.id !== "fn-files") return;
  addFiles([...target.files]);
  target.value = ""; // so that the same file can be chosen again
});

takeDrops("fn-drops", addFiles, () => Boolean(addingPane()));
