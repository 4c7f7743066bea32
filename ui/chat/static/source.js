// The source beside the conversation; on a phone a sheet over it.
import { find, root } from "../../static/dom.js";
import { motion, trigger } from "./page.js";

export const pane = () => find("#fn-source");
let opener = null; // the button that opened the source, to return to
let asked = false; // whether a click waits for the source to come

// Whom closing it returns to.
export function openedBy(button) {
  opener = button;
}
export const wasOpened = () => opener !== null;

// The class says that an article is read, and the library is not shown.
export function showReading() {
  root.classList.add("fn-reads");
}

export function openSource() {
  root.classList.add("fn-source-open");
}

export function closeSource() {
  root.classList.remove("fn-source-open");
  if (opener?.isConnected) opener.focus();
  opener = null;
}

function marksOf(number) {
  return pane().querySelectorAll(`mark[data-n~="${number}"]`);
}

// Scroll the pane, never the page, so that the place stands in its upper third.
function emphasise(number, { focus = true } = {}) {
  const marks = marksOf(number);
  if (!marks.length) return;
  for (const mark of pane().querySelectorAll("mark.fn-active")) mark.classList.remove("fn-active");
  for (const mark of marks) mark.classList.add("fn-active");
  const scroller = pane();
  const top = marks[0].getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTo({ top: scroller.scrollTop + top - scroller.clientHeight / 3, behavior: motion() });
  if (focus) marks[0].focus({ preventScroll: true });
}

export function show(turn, number) {
  openSource();
  showReading();
  const shown = pane().querySelector(".fn-source");
  if (shown?.dataset.turn === turn.dataset.turn && marksOf(number).length) {
    emphasise(number);
  } else {
    asked = true;
    trigger("show_place", { turn: turn.dataset.turn, places: JSON.parse(turn.dataset.places), number: Number(number) });
  }
}

export function openArticle(id) {
  openSource();
  if (!id) return;
  showReading();
  trigger("show_place", { turn: "", places: [], article_id: id, number: 0 });
}

// What a click would have to say for the pane to hold what it holds now.
export function shownInPane() {
  const { turn = "", article = "", focus } = pane().querySelector(".fn-source")?.dataset ?? {};
  const places = turn && find(`#fn-conversation [data-turn="${CSS.escape(turn)}"]`)?.dataset.places;
  return { turn, places: JSON.parse(places || "[]"), article_id: article, number: Number(focus || 0) };
}

// The server has put another article, or another turn's places, into the pane.
document.addEventListener("fn-source-changed", () => {
  const number = pane().querySelector(".fn-source")?.dataset.focus;
  if (number) emphasise(number, { focus: asked });
  else pane().scrollTo({ top: 0 });
  asked = false;
});
