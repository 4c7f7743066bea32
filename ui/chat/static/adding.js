// Adding articles: files that are chosen or dropped, an address, pasted text. One after the other, each a request of
// its own: one that fails or is cancelled does not stop the others.

const TOKEN = "footnote-token"; // for this window only, and never longer than it is open
const toAdd = [];
let isWorking = false;
let retryWithToken = null; // what waits for a token

const addingPane = () => find(".fn-adding");

function sayOfAdding(key, values = {}) {
  const text = JSON.parse(addingPane()?.dataset.words ?? "{}")[key] ?? "";
  const numbers = new Intl.NumberFormat(root.lang || "en");
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? numbers.format(values[name]) : whole));
}

function permission() {
  const headers = { "X-Footnote-Request": "1" };
  let token = "";
  try { token = sessionStorage.getItem(TOKEN) ?? ""; } catch { /* a window that keeps nothing */ }
  if (token) headers.Authorization = `Bearer ${token}`;
  return headers;
}

async function problemOf(response) {
  try { return (await response.json()).detail; } catch { return `${response.status} ${response.statusText}`; }
}

// What is to be added

function addFiles(files) {
  if (!addingPane()) return tell(say("adding.nowhere"));
  showAdding();
  const names = new Set(toAdd.filter((item) => item.isNew).map((item) => item.name));
  for (const file of files) {
    const item = { name: file.name, body: () => formOf(file), headers: {} };
    const most = Number(addingPane().dataset.mostBytes);
    if (names.has(file.name)) Object.assign(item, { state: "failed", message: sayOfAdding("adding.same_name") });
    else if (file.size > most) Object.assign(item, { state: "failed", message: sayOfAdding("adding.too_large") });
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
  for (let item = nextWaiting(); item && !retryWithToken; item = nextWaiting()) await sendItem(item);
  isWorking = false;
  if (!retryWithToken) finishRun();
}
const nextWaiting = () => toAdd.find((item) => item.state === "waiting");

function finishRun() {
  const run = toAdd.filter((item) => item.isNew);
  for (const item of run) item.isNew = false;
  const done = run.filter((item) => ["added", "replaced", "unchanged"].includes(item.state)).length;
  if (run.length) tell(sayOfAdding("adding.summary", { done, total: run.length }));
}

async function sendItem(item) {
  changeItem(item, { state: "sending" });
  const headers = { Accept: "text/event-stream", ...permission(), ...item.headers };
  try {
    const request = { method: "POST", headers, body: item.body(), signal: item.stop.signal };
    const response = await fetchPlainly("v1/articles", request);
    if (response.status === 403) {
      changeItem(item, { state: "waiting" });
      askForToken(await problemOf(response), sendWaiting);
    } else if (response.ok) {
      for await (const [event, told] of eventsOf(response.body)) hearItem(item, event, told);
      if (!isOver(item)) changeItem(item, { state: "failed", message: sayOfAdding("adding.lost") });
    } else {
      changeItem(item, { state: "failed", message: await problemOf(response) });
    }
  } catch {
    if (item.state !== "cancelled") changeItem(item, { state: "failed", message: sayOfAdding("adding.lost") });
  }
}
const isOver = (item) => !["waiting", "sending", "reading", "embedding"].includes(item.state);

function hearItem(item, event, told) {
  if (event === "error") changeItem(item, { state: "failed", message: told.detail });
  if (event !== "progress") return;
  changeItem(item, { state: told.state, message: told.message, done: told.done, total: told.total, id: told.article_ids[0] });
  if (told.article_ids.length) refreshLibrary();
}

// Yields [name, content] of each server-sent event.
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (rest + part.value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const [, name] = block.match(/^event: (.*)$/m) ?? [];
      const [, content] = block.match(/^data: (.*)$/m) ?? [];
      if (name && content) yield [name, JSON.parse(content)];
    }
  }
}

function cancelItem(item) {
  const isUnderWay = ["reading", "embedding"].includes(item.state);
  changeItem(item, { state: "cancelled", message: isUnderWay ? sayOfAdding("adding.still") : "" });
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
  row.querySelector(".fn-item-state").textContent = sayOfAdding(`adding.${state}`, { done, total });
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

function showAdding() {
  root.classList.remove("fn-reads");
  openSource();
  find("#fn-library").scrollTo({ top: 0 });
}

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

function askForToken(detail, again) {
  let had = false;
  try { had = sessionStorage.getItem(TOKEN) !== null; } catch { /* a window that keeps nothing */ }
  retryWithToken = again;
  showAdding();
  const form = find("#fn-way-token");
  find("#fn-refusal").textContent = had ? `${sayOfAdding("token.refused")} ${detail}` : detail;
  form.hidden = false;
  form.elements.token.value = "";
  form.elements.token.focus();
}

function leaveToken() {
  retryWithToken = null;
  find("#fn-way-token").hidden = true;
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.(".fn-adding form");
  if (!form) return;
  event.preventDefault();
  const { url, title, text, token } = form.elements;
  const given = (url ?? text ?? token).value.trim();
  if (!given) return (url ?? text ?? token).focus();
  if (token) {
    try { sessionStorage.setItem(TOKEN, given); } catch { /* then it is asked for again */ }
    const again = retryWithToken;
    leaveToken();
    again?.();
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
    if (!button.closest("#fn-side")) opener = button;
    startAdding(button.dataset.add);
  }
  else if (button.id === "fn-clear") clearList();
  else if (button.dataset.tokenNever !== undefined) {
    leaveToken();
    toAdd.filter((item) => item.state === "waiting").forEach(cancelItem);
    finishRun();
  }
});

document.addEventListener("change", ({ target }) => {
  if (target.id !== "fn-files") return;
  addFiles([...target.files]);
  target.value = ""; // so that the same file can be chosen again
});

// Files can be dropped anywhere; the page says so as soon as they are held over it.

let dragDepth = 0; // of the elements that they are over
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");

document.addEventListener("dragenter", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  dragDepth += 1;
  root.classList.toggle("fn-drops", Boolean(addingPane()));
});
document.addEventListener("dragover", (event) => {
  if (holdsFiles(event)) event.preventDefault();
});
document.addEventListener("dragleave", (event) => {
  if (!holdsFiles(event)) return;
  dragDepth = Math.max(0, dragDepth - 1);
  if (!dragDepth) root.classList.remove("fn-drops");
});
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  dragDepth = 0;
  root.classList.remove("fn-drops");
  addFiles([...event.dataTransfer.files]);
});
