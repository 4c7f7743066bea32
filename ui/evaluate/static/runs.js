// The list of evaluations, what is done with one, and keeping up with a run: a page that is opened in the middle of it,
// or in another window, asks the server how far it is, and shows what it says.
import { askFirst, leaveQuestion } from "../../static/confirm.js";
import { find, root } from "../../static/dom.js";
import { takeDrops } from "../../static/drops.js";
import { API, button, call, days, filled, goTo, idInAddress, Lost, made, refuse, say, tell } from "./page.js";
import { compareWith, figureOf, FIGURES, hideEvaluation, offerEvaluations, showEvaluation, shown, showQuestion, stateOf } from "./shown.js";

const EVERY = 1000; // milliseconds between two looks at a run
const EVERY_LIST = 5000; // and at the list, for what another window starts

// What the address names is shown, whatever it is now.
async function follow({ focus = false } = {}) {
  const id = idInAddress();
  if (!id) return hideEvaluation();
  try {
    const told = await call("GET", `${API}/${encodeURIComponent(id)}`);
    if (idInAddress() !== id) return;
    showEvaluation(told);
    if (focus) {
      find("#fe-name").focus();
      find("#fe-run").scrollIntoView({ block: "start" });
    }
  } catch (error) {
    if (error instanceof Lost) throw error;
    hideEvaluation();
    refuse("evaluation.refused_action", error.message);
  }
}

async function list() {
  const told = await call("GET", API);
  const known = told.evaluations;
  find("#fe-none").hidden = known.length > 0;
  find("#fe-passing").hidden = told.lasts || !known.length;
  const rows = JSON.stringify(known.map(({ id, state }) => [id, state]));
  const place = find("#fe-list");
  if (place.dataset.rows !== rows) { // the focus stays where it is as long as nothing is new
    place.dataset.rows = rows;
    const had = document.activeElement.closest?.("#fe-list li")?.dataset.id;
    place.replaceChildren(...known.map(rowOfRun));
    if (had) (find(`[data-id="${CSS.escape(had)}"] .fe-open`) ?? find("#fe-earlier")).focus();
    offerEvaluations(known);
  }
  for (const row of place.children) find(".fe-open", row).toggleAttribute("aria-current", row.dataset.id === shown?.id);
}

function rowOfRun(told) {
  const row = filled("row").firstElementChild;
  row.dataset.id = told.id;
  const link = find(".fe-open", row);
  link.textContent = told.name;
  link.href = `?${new URLSearchParams({ lang: root.lang, run: told.id })}`;
  stateOf(find(".fe-state", row), told);
  const said = [days.format(new Date(told.created)), say("evaluation.questions", { count: told.understood.questions })];
  find("p", row).textContent = said.join(" · ");
  const figures = find("dl", row);
  for (const [name, key] of Object.entries(FIGURES)) {
    const value = told.figures[name]?.value;
    if (value === undefined || value === null) continue;
    const pair = made("div");
    pair.append(made("dt", { text: say(key) }), made("dd", { text: figureOf(name, value) }));
    figures.append(pair);
  }
  if (!figures.children.length) figures.remove();
  if (told.state !== "running") {
    const remove = made("button", { type: "button", className: "fe-remove", "data-does": "delete", text: "×" });
    remove.setAttribute("aria-label", `${say("evaluation.delete")}: ${told.name}`);
    remove.title = say("evaluation.delete");
    row.append(remove);
  }
  return row;
}

// What is done with one.

let sent = null; // the file that was sent last, to be read again with other columns

async function send(files, columns = []) {
  const [file] = files;
  if (!file) return;
  sent = file;
  refuse("");
  find("#fe-mapping").hidden = true;
  const most = Number(find("#fe-file").dataset.mostBytes);
  if (file.size > most) return refuse("evaluation.too_large", "");
  const form = new FormData();
  form.append("file", file, file.name);
  find("#fe-sending").hidden = false;
  try {
    const asked = new URLSearchParams([["start", "false"], ...columns.map((column) => ["column", column])]);
    const told = await call("POST", `${API}?${asked}`, form);
    goTo(told.id);
    await follow({ focus: true });
    await list();
  } catch (error) {
    if (error instanceof Lost) return refuse("evaluation.lost");
    refuse("evaluation.refused", error.message);
    find("#fe-mapping").hidden = !error.message.includes("--column");
    if (!find("#fe-mapping").hidden) find("#fe-mapping").elements.question.focus();
  } finally {
    find("#fe-sending").hidden = true;
  }
}

find("#fe-mapping").addEventListener("submit", (event) => {
  event.preventDefault();
  const { question, answers } = event.target.elements;
  const named = [question, answers].filter((field) => field.value.trim());
  send([sent], named.map((field) => `${field.name}=${field.value.trim()}`));
});

async function act(does, id) {
  refuse("");
  try {
    showEvaluation(await call("POST", `${API}/${id}/${does}`));
    await list();
  } catch (error) {
    refuse("evaluation.refused_action", error.message);
  }
  keepUp();
}

// Deleting asks first, where the button was.
function askToDelete(asked) {
  const id = asked.closest("[data-id]")?.dataset.id ?? shown.id;
  const sure = made("div", { className: "fe-sure", role: "group", "aria-label": say("evaluation.delete_sure") });
  const keep = button("keep", "evaluation.keep");
  const now = button("really", "evaluation.delete", "fe-danger");
  now.dataset.evaluation = id;
  sure.append(made("p", { text: say("evaluation.delete_sure") }), keep, now);
  asked.after(sure);
  askFirst(asked, sure);
}

function keepIt(kept) {
  const sure = kept.closest(".fe-sure");
  leaveQuestion(sure.previousElementSibling, sure);
  sure.remove();
}

async function remove(id) {
  refuse("");
  try {
    await call("DELETE", `${API}/${id}`);
    tell(say("evaluation.deleted"));
    if (shown?.id === id) {
      goTo("", "", { replaces: true });
      hideEvaluation();
    }
    await list();
    find("#fe-earlier").focus();
  } catch (error) {
    refuse("evaluation.refused_action", error.message);
  }
}

document.addEventListener("click", (event) => {
  const open = event.target.closest?.(".fe-open");
  if (open && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    goTo(open.closest("[data-id]").dataset.id);
    refuse("");
    keepUp({ focus: true });
    return;
  }
  const pressed = event.target.closest?.("[data-does]");
  if (!pressed) return;
  const { does } = pressed.dataset;
  if (does === "choose") find("#fe-file").click();
  else if (does === "start" || does === "stop") {
    pressed.disabled = true;
    act(does, shown.id).finally(() => { pressed.disabled = false; });
  } else if (does === "delete") askToDelete(pressed);
  else if (does === "keep") keepIt(pressed);
  else if (does === "really") remove(pressed.dataset.evaluation);
  else if (does === "question") showQuestion(pressed.dataset.question);
});

document.addEventListener("keydown", (event) => {
  const sure = event.key === "Escape" && event.target.closest?.(".fe-sure");
  if (sure) keepIt(find("[data-does=keep]", sure));
});

document.addEventListener("change", ({ target }) => {
  if (target.id === "fe-file") {
    send([...target.files]);
    target.value = ""; // so that the same file can be chosen again
  } else if (target.closest("#fe-shown .fe-bar")) {
    goTo(shown.id, target.value, { replaces: true });
    compareWith(target.value, { focus: true });
  }
});

takeDrops("fe-drops", send);
addEventListener("popstate", () => { refuse(""); keepUp(); });

// Keeping up: one look after the other, never two at once; a server that is away is asked again.

let nextLook;
let looks = 0;
let isLost = false;
let lastList = 0;
async function keepUp(how = {}) {
  clearTimeout(nextLook);
  const look = (looks += 1);
  let isRunning = true;
  try {
    await follow(how);
    if (shown?.state !== "running" || performance.now() - lastList > EVERY_LIST) {
      await list();
      lastList = performance.now();
    }
    isRunning = shown?.state === "running";
    if (isLost) refuse("");
    isLost = false;
  } catch (error) {
    if (error instanceof Lost) {
      if (!isLost) refuse("evaluation.lost");
      isLost = true;
    } else {
      refuse("evaluation.refused_action", error.message);
    }
  }
  if (look === looks) nextLook = setTimeout(keepUp, isRunning && !document.hidden ? EVERY : EVERY_LIST);
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) keepUp(); });
keepUp();
