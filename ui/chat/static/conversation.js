// What happens when the conversation has grown: the address, the pane, and what is read out follow it.
import { find } from "../../static/dom.js";
import { takeOver } from "./appearance.js";
import { askQuestion, endAsking, rememberQuestion } from "./asking.js";
import { hideCard } from "./card.js";
import { keepUnanswered, unanswered } from "./connection.js";
import { address, element, heard, isNewPlace, questionOf, rewriteAddress, trigger } from "./page.js";
import { showReading } from "./source.js";
import { paintThumbs } from "./thumbs.js";

// A page that is opened with a question in its address asks it, once, unless it shows the conversation it was asked in.
let begun = false;
function begin() {
  if (begun) return;
  begun = true;
  takeOver();
  const question = unanswered() ?? (find(".fn-turn") ? "" : address().get("q"));
  if (question) askQuestion(question);
}

// Questions to begin with are made when the page is up, and shown where nothing has been asked yet.
function suggest() {
  const welcome = element.querySelector(".fn-welcome");
  if (welcome?.dataset.suggests !== undefined) trigger("suggest", {});
}
document.addEventListener("fn-suggested-changed", () => {
  const chips = find("#fn-suggested .fn-chips");
  const welcome = element.querySelector(".fn-welcome");
  if (!chips || !welcome || welcome.querySelector(".fn-chips")) return;
  welcome.querySelector("p").after(chips.cloneNode(true));
});

// The browser takes a new address for a new page to be listed: while a reply may come at any moment, that can wait.
const ADDRESS_WAITS = 500;
let naming;
function nameTurn(turn, id) {
  clearTimeout(naming);
  const name = () => {
    if (!turn.isConnected) return;
    rewriteAddress((wanted) => {
      wanted.set("q", questionOf(turn));
      if (id) wanted.set("conversation", id);
    });
  };
  if (turn.classList.contains("fn-is-pending")) naming = setTimeout(name, ADDRESS_WAITS);
  else name();
}

export function conversationChanged() {
  hideCard();
  const id = find("#fn-talk")?.dataset.conversation;
  const turn = element.querySelector(".fn-turn:last-of-type");
  const isPending = turn?.classList.contains("fn-is-pending") ?? false;
  if (!isPending) endAsking();
  if (begun && turn && !isPending) keepUnanswered("");
  begin();
  paintThumbs();
  suggest();
  if (!turn) return;
  heard.textContent = turn.dataset.announce; // once a reply; nothing while it is looked for
  rememberQuestion(questionOf(turn));
  nameTurn(turn, id);
  if (JSON.parse(turn.dataset.places || "[]").length) showReading();
  if (!isNewPlace(turn.dataset.number) && !isPending) return;
  const scroller = find("#fn-conversation");
  const top = turn.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  // At once: the answer may be there before a smooth movement has ended, and each of its frames would delay it.
  scroller.scrollTo({ top: scroller.scrollTop + top + 2, behavior: "auto" });
}

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
