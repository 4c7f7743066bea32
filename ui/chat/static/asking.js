// Asking: one question at a time. What is asked while a reply is made stays in the box, and Stop makes room for it.
import { find, root } from "../../static/dom.js";
import { randomKey } from "../../static/keys.js";
import { toldPicked } from "./library.js";
import { owner, say, shownConversation, tell, trigger } from "./page.js";

export const box = () => find("#fn-composer textarea");
export let lastQuestion = ""; // the one to ask again when the server is back
export let running = null; // the question whose reply is being made: { key, question, number }
let stopping = false;
let next = null; // what to do when the reply that was stopped has ended

export function askQuestion(question, { typed = false, replaces = null, reading = null } = {}) {
  if (!question.trim()) return;
  if (running && stopping) {
    next = () => askQuestion(question, { typed, replaces, reading });
  } else if (running) {
    if (question !== running.question) tell(say("composer.wait"));
  } else {
    lastQuestion = question;
    running = { key: randomKey(), question };
    paintRunning();
    const asked = { question, typed, replaces, reading, articles: toldPicked() };
    trigger("ask_question", { ...asked, key: running.key, owner, conversation: shownConversation() });
  }
}

export function stopAsking() {
  if (!running || stopping) return;
  stopping = true;
  trigger("stop_asking", { key: running.key });
  box().focus();
}

// Stops, and does this once the reply that was made has ended.
export function stopAndThen(then) {
  stopAsking();
  next = then;
}

export function rememberQuestion(question) {
  lastQuestion = question || lastQuestion;
}

// The reply is there, or cannot come any more.
export function endAsking() {
  if (!running) return;
  const fromStop = document.activeElement === find("#fn-stop");
  running = null;
  stopping = false;
  paintRunning();
  if (fromStop) box().focus();
  const waiting = next;
  next = null;
  waiting?.();
}

function paintRunning() {
  const fromAsk = document.activeElement === find("#fn-ask");
  root.classList.toggle("fn-is-asking", running !== null);
  if (running && fromAsk) find("#fn-stop").focus();
}

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("#fn-composer textarea") || event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    event.stopPropagation();
    askQuestion(event.target.value, { typed: true });
  } else if (event.key === "Escape" && running) {
    event.stopPropagation();
    stopAsking();
  }
}, { capture: true });
