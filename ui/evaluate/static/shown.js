// The evaluation that is shown: what was read of its file, how far its run is, its report, how it compares.
import { find } from "../../static/dom.js";
import { API, baselineInAddress, button, call, days, filled, made, numbers, refuse, say, spoken, tell } from "./page.js";

const FIELDS = {
  question: "evaluation.question",
  answers: "evaluation.answer",
  quote: "evaluation.quote",
  article: "evaluation.article",
  answerable: "evaluation.answerable",
  unanswerable: "evaluation.not_answerable",
  id: "evaluation.id",
  start: "evaluation.span",
  end: "evaluation.span",
  history: "evaluation.history",
  tags: "evaluation.tags",
};
export const FIGURES = {
  "citation.recall": "evaluation.figure.quotes",
  "citation.answer_in_quote_recall": "evaluation.figure.quotes_words",
  "answer.f1": "evaluation.figure.words",
  "abstention.coverage": "evaluation.figure.answers",
  "abstention.false_answers": "evaluation.figure.wrongly",
  "retrieval.span_recall@10": "evaluation.figure.finds",
};
const STATES = {
  ready: "evaluation.ready",
  running: "evaluation.running",
  stopped: "evaluation.stopped",
  finished: "evaluation.finished",
  failed: "evaluation.failed",
};
const STAGES = { reading: "evaluation.reading", asking: "evaluation.asking", measuring: "evaluation.measuring" };
const SHOWN_CHANGES = 20;
const shownPlace = find("#fe-shown");
export let shown = null; // the evaluation as it was told last
let known = []; // all there are

const fileOf = (id, name) => `${API}/${id}/files/${encodeURIComponent(name)}`;
export const figureOf = (name, value) => (name === "answer.f1"
  ? new Intl.NumberFormat(spoken.locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(value)
  : new Intl.NumberFormat(spoken.locale, { style: "percent", minimumFractionDigits: 1 }).format(value));

export function showEvaluation(told) {
  const isAnother = shown?.id !== told.id;
  const isNewState = isAnother || shown.state !== told.state;
  if (!isAnother && isNewState) tell(`${told.name}: ${say(STATES[told.state])}`);
  shown = told;
  if (isAnother) comparedWith = "";
  find("#fe-run").hidden = false;
  find("#fe-name").textContent = told.name;
  stateOf(find("#fe-state"), told);
  if (isNewState) {
    const hadFocus = shownPlace.contains(document.activeElement);
    shownPlace.replaceChildren(...partsOf(told));
    if (hadFocus) find("#fe-name").focus();
    if (told.state === "finished") offerComparison();
  }
  if (told.state === "running") showProgress(told);
}

document.addEventListener("click", ({ target }) => {
  const files = find(".fe-files[open]");
  if (files && !files.contains(target)) files.open = false;
});
document.addEventListener("keydown", ({ key }) => {
  const files = key === "Escape" && find(".fe-files[open]");
  if (!files) return;
  files.open = false;
  find("summary", files).focus();
});

export function hideEvaluation() {
  shown = null;
  find("#fe-run").hidden = true;
  shownPlace.replaceChildren();
}

export function stateOf(place, { state }) {
  place.textContent = say(STATES[state]);
  place.dataset.state = state;
}

function partsOf(told) {
  const acts = made("div", { className: "fe-acts" });
  if (told.state === "ready") {
    acts.append(button("start", "evaluation.start", "fe-primary"), button("delete", "evaluation.delete"));
    return [readingOf(told), acts];
  }
  if (told.state === "running") {
    acts.append(button("stop", "evaluation.stop"));
    return [filled("progress"), acts];
  }
  if (told.state === "finished") return [...notesOf(told), filled("report")];
  acts.append(button("start", "evaluation.resume", "fe-primary"), button("delete", "evaluation.delete"));
  const { done, total } = told;
  const said = [made("p", { text: say("evaluation.stopped_at", { done, total }) })];
  if (told.message) said.push(made("p", { className: "fe-alert", text: told.message, lang: "en", dir: "auto" }));
  return [...said, acts];
}

function notesOf({ failed }) {
  return failed ? [made("p", { className: "fe-soft", text: say("evaluation.some_failed", { count: failed }) })] : [];
}

// What was read, before anything is asked.

function readingOf({ understood }) {
  const { questions, answerable, unusable, lack_gold: lackGold, articles, columns, others, problems } = understood;
  const part = filled("read");
  find(".fe-usable", part).textContent = say("evaluation.usable", { count: questions });
  const counts = [
    ["evaluation.unanswerable", questions - answerable],
    ["evaluation.unusable", unusable],
    ["evaluation.lack_gold", lackGold],
    ["evaluation.articles", articles],
  ];
  for (const [key, count] of counts) {
    if (count) find(".fe-counts", part).append(made("li", { text: say(key, { count }) }));
  }
  const table = find(".fe-columns tbody", part);
  for (const [field, names] of Object.entries(columns)) table.append(rowOf(FIELDS[field] ? say(FIELDS[field]) : field, names));
  if (others.length) table.append(rowOf(say("evaluation.others"), others));
  if (!table.children.length) find(".fe-columns", part).parentElement.remove();
  for (const { question, answers, answerable: can } of understood.examples) {
    const row = made("tr");
    row.append(made("td", { text: question, dir: "auto" }));
    row.append(made("td", { text: can ? answers.join(" / ") || "–" : say("evaluation.no_answer"), dir: "auto" }));
    find(".fe-examples tbody", part).append(row);
  }
  const list = find("details", part);
  find("summary", list).textContent = say("evaluation.problems", { count: unusable + lackGold });
  for (const problem of problems) find("ul", list).append(made("li", { text: problem, lang: "en", dir: "auto" }));
  if (!problems.length) list.remove();
  else list.open = true;
  return part;
}

function rowOf(head, names) {
  const row = made("tr");
  row.append(made("th", { scope: "row", text: head }), made("td", { text: names.join(", "), dir: "auto" }));
  return row;
}

// How far it is.

function showProgress({ stage, done, total, seconds_left: left }) {
  const bar = find("progress", shownPlace);
  if (total && stage !== "measuring") bar.value = done / total;
  else bar.removeAttribute("value");
  const time = left === null || stage === "measuring" ? "" : ` ${say("evaluation.left", { time: timeOf(left) })}`;
  find(".fe-progress", shownPlace).textContent = say(STAGES[stage], { done, total }) + time;
}

function timeOf(seconds) {
  const [unit, size] = seconds < 90 ? ["second", 1] : seconds < 5400 ? ["minute", 60] : ["hour", 3600];
  const amount = Math.max(1, Math.round(seconds / size));
  return new Intl.NumberFormat(spoken.locale, { style: "unit", unit, unitDisplay: "long" }).format(amount);
}

// The report, its files, and how it compares.

function offerComparison() {
  const part = shownPlace;
  const report = fileOf(shown.id, "report.html");
  find("iframe", part).src = report;
  find(".fe-alone", part).href = report;
  const list = find(".fe-files ul", part);
  const all = made("li");
  all.append(made("a", { href: `${API}/${shown.id}/files`, download: "", text: say("evaluation.all_files") }));
  list.replaceChildren(all);
  for (const name of shown.files) {
    const row = made("li");
    row.append(made("a", { href: fileOf(shown.id, name), download: name, text: name }));
    list.append(row);
  }
  offerBaselines();
}

export function offerEvaluations(evaluations) {
  known = evaluations;
  offerBaselines();
}

// The evaluations that the shown one can be compared with, as the list has them.
function offerBaselines() {
  const menu = shown?.state === "finished" && find("select", shownPlace);
  if (!menu) return;
  const others = known.filter((each) => each.state === "finished" && each.id !== shown.id);
  const nothing = made("option", { value: "", text: say(others.length ? "evaluation.nothing" : "evaluation.no_other") });
  const chosen = baselineInAddress();
  menu.replaceChildren(nothing);
  for (const { id, name, created } of others) {
    menu.append(made("option", { value: id, text: `${name} (${days.format(new Date(created))})` }));
  }
  menu.disabled = !others.length;
  menu.value = others.some(({ id }) => id === chosen) ? chosen : "";
  if (menu.value !== comparedWith) compareWith(menu.value);
}

let comparedWith = "";
export async function compareWith(baseline, { focus = false } = {}) {
  comparedWith = baseline;
  const place = find(".fe-comparison", shownPlace);
  const { id } = shown;
  place.hidden = true;
  refuse("");
  if (!baseline) return;
  try {
    const told = await call("GET", `${API}/${id}/comparison?baseline=${encodeURIComponent(baseline)}`);
    if (shown?.id !== id || comparedWith !== baseline) return;
    place.replaceChildren(...comparisonOf(told));
    place.hidden = false;
    if (focus) place.focus();
  } catch (error) {
    refuse("evaluation.refused_action", error.message);
  }
}

// First what is better or worse, and the main figures; the rest is folded up.
function comparisonOf(told) {
  const isMain = ({ metric, verdict }) => metric in FIGURES || verdict === "better" || verdict === "worse";
  const parts = [made("p", { text: say("evaluation.shared", { count: told.questions }) })];
  for (const [reason, count] of Object.entries(told.left_out)) {
    parts.push(made("p", { className: "fe-soft", lang: "en", dir: "auto", text: `${numbers.format(count)} ${reason}` }));
  }
  parts.push(tableOf(told.differences.filter(isMain)));
  parts.push(...changesOf("evaluation.lost_questions", told.changes.filter(({ before, now }) => now < before)));
  parts.push(...changesOf("evaluation.won_questions", told.changes.filter(({ before, now }) => now > before)));
  const rest = told.differences.filter((each) => !isMain(each));
  const all = made("details");
  all.append(made("summary", { text: say("evaluation.other_metrics", { count: rest.length }) }), tableOf(rest));
  return rest.length ? [...parts, all] : parts;
}

function tableOf(differences) {
  const part = filled("comparison");
  for (const { metric, before, now, verdict, words } of differences) {
    const row = made("tr", { "data-verdict": verdict });
    row.append(made("th", { scope: "row", text: FIGURES[metric] ? say(FIGURES[metric]) : metric }));
    if (FIGURES[metric]) row.firstChild.append(made("code", { text: metric }));
    for (const value of [before, now]) row.append(made("td", { text: value.toFixed(4), className: "fe-number" }));
    row.append(made("td", { text: words, lang: "en" }));
    find("tbody", part).append(row);
  }
  return part;
}

function changesOf(key, changes) {
  if (!changes.length) return [];
  const place = made("details", { className: "fe-changes" });
  const list = made("ul");
  place.append(made("summary", { text: say(key, { count: changes.length }) }), list);
  for (const { metric, question, question_id: id, before, now } of changes.slice(0, SHOWN_CHANGES)) {
    const row = made("li");
    const link = made("button", { type: "button", className: "fe-link", "data-does": "question", dir: "auto", text: question });
    link.dataset.question = id;
    row.append(link, made("span", { className: "fe-soft", text: ` ${metric} ${before.toFixed(2)} → ${now.toFixed(2)}` }));
    list.append(row);
  }
  const more = changes.length - SHOWN_CHANGES;
  if (more > 0) list.append(made("li", { className: "fe-soft", text: say("evaluation.more", { count: more }) }));
  return [place];
}

// The report is of no origin, and cannot be reached into; but it opens the question that its address names.
export function showQuestion(id) {
  const frame = find("iframe", shownPlace);
  frame.src = `${fileOf(shown.id, "report.html")}#${new URLSearchParams({ q: id })}`;
  frame.scrollIntoView({ block: "start" });
  frame.focus();
}
