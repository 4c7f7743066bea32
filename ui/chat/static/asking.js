// Asking: one question at a time. What is asked while a reply is made stays in the box, and Stop makes room for it.

const owner = window.footnoteOwner; // who this browser is to the server: made in head.html
const box = () => find("#fn-composer textarea");
let lastQuestion = ""; // the one to ask again when the server is back
let running = null; // the question whose reply is being made: { key, question, number }
let stopping = false;
let next = null; // what to do when the reply that was stopped has ended

const randomKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

function askQuestion(question, { typed = false, replaces = null, reading = null } = {}) {
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

function stopAsking() {
  if (!running || stopping) return;
  stopping = true;
  trigger("stop_asking", { key: running.key });
  box().focus();
}

// The reply is there, or cannot come any more.
function endAsking() {
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

const shownConversation = () => find("#fn-talk")?.dataset.conversation || address().get("conversation") || "";

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

// The question's turn, as soon as the server has taken it: alone, since the whole conversation comes with the reply.
function putPending(told) {
  const stands = element.querySelectorAll(".fn-turn");
  const before = Number(told.dataset.before);
  for (const old of element.querySelectorAll(".fn-welcome")) old.remove();
  stands.forEach((old, position) => { if (position >= before) old.remove(); });
  element.append(told.cloneNode(true));
  conversationChanged();
}

// What is sure of the reply, as it comes: pieces are added behind those that stand, and nothing is written twice.
document.addEventListener("fn-draft-changed", () => {
  const waiting = find("#fn-draft template")?.content.firstElementChild;
  if (waiting) putPending(waiting);
  const draft = find("#fn-draft [data-draft]");
  const turn = draft && find(`.fn-is-pending[data-number="${draft.dataset.draft}"]`);
  if (!turn) return;
  const answer = turn.querySelector(".fn-answer");
  for (const piece of draft.querySelectorAll("[data-piece]")) {
    if (Number(piece.dataset.piece) < answer.children.length) continue;
    const place = document.createElement("span");
    place.append(...piece.childNodes);
    answer.append(place);
  }
  const cited = new Set(draft.dataset.cited.split(" "));
  for (const marker of answer.querySelectorAll(".fn-coming")) {
    if (marker.dataset.cites.split(" ").every((number) => cited.has(number))) marker.classList.add("fn-lit");
  }
});
