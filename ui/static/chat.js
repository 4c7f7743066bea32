// The page's behaviour; runs once, as the conversation's js_on_load: `element`, `trigger` and `watch` are Gradio's.
// All HTML comes from the server, escaped; here elements are only found, marked and scrolled to.

const root = document.documentElement;
const pane = () => document.querySelector("#fn-source");
const motion = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
let opener = null; // the button that opened the source, to return to
let asked = false; // whether a click waits for the source to come

const status = document.createElement("div");
status.className = "fn-hidden";
status.id = "fn-status";
status.setAttribute("role", "status");
status.setAttribute("aria-live", "polite");
document.body.append(status);

function openSource() {
  root.classList.add("fn-source-open");
}

function closeSource() {
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

function show(turn, number) {
  openSource();
  const shown = pane().querySelector(".fn-source");
  if (shown?.dataset.turn === turn.dataset.turn && marksOf(number).length) {
    emphasise(number);
  } else {
    asked = true;
    trigger("show_place", { turn: turn.dataset.turn, places: JSON.parse(turn.dataset.places), number: Number(number) });
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  if (button.dataset.show) {
    opener = button;
    show(button.closest("[data-turn]"), button.dataset.show);
  } else if (button.dataset.ask) {
    trigger("ask_example", { question: button.dataset.ask });
  } else if (button.dataset.open !== undefined) {
    opener = button.closest("#fn-source") ? opener : button;
    openSource();
    if (button.dataset.open) trigger("show_place", { turn: "", places: [], article_id: button.dataset.open, number: 0 });
  } else if (button.id === "fn-close") {
    closeSource();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opener) closeSource();
});

// The server has put another article, or another turn's places, into the pane.
document.addEventListener("fn-source-changed", () => {
  const number = pane().querySelector(".fn-source")?.dataset.focus;
  if (number) emphasise(number, { focus: asked });
  else pane().scrollTo({ top: 0 });
  asked = false;
});

watch("value", () => {
  const turn = element.querySelector(".fn-turn:last-of-type");
  if (!turn) return;
  status.textContent = turn.dataset.announce; // once a reply; nothing while it is looked for
  const scroller = document.querySelector("#fn-conversation");
  const top = turn.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTo({ top: scroller.scrollTop + top + 2, behavior: motion() });
});
