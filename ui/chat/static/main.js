// The page's behaviour: runs once, when the conversation is there (head.js). Clicks and keys are heard here.
import { nextTheme } from "../../static/theme.js";
import "./adding.js";
import { askQuestion, box, rememberQuestion, stopAsking } from "./asking.js";
import { card, hideCard, isPinned, leaveCard, marked, showCard } from "./card.js";
import { tryAgain } from "./connection.js";
import { conversationChanged } from "./conversation.js";
import { copy, linkTo } from "./copying.js";
import { actOnRow, closeDrawer, drawerIsOpen, openConversation, openDrawer } from "./history.js";
import { connect, tell } from "./page.js";
import { closeSource, openArticle, openedBy, show, wasOpened } from "./source.js";
import { nextStep, startTour, tour } from "./tour.js";
import { act } from "./turns.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) {
    if (isPinned && !card.contains(event.target)) hideCard();
    return;
  }
  const { show: number, sources, ask, open, tour: touring, copy: text, copyHtml } = button.dataset;
  if (number) {
    openedBy(card.contains(button) ? marked : button);
    const turn = button.closest("[data-turn]");
    show({ dataset: { ...turn.dataset } }, number);
    hideCard();
  } else if (sources) {
    showCard(button, { pin: true });
  } else if (ask) {
    askQuestion(ask);
  } else if (button.dataset.act) {
    act(button);
  } else if (button.dataset.row) {
    actOnRow(button);
  } else if (button.id === "fn-history") {
    if (drawerIsOpen()) closeDrawer();
    else openDrawer();
  } else if (button.id === "fn-drawer-close") {
    closeDrawer();
  } else if (button.id === "fn-new") {
    openConversation("");
  } else if (button.id === "fn-ask") {
    askQuestion(box().value, { typed: true });
  } else if (button.id === "fn-stop") {
    stopAsking();
  } else if (open !== undefined) {
    if (!button.closest("#fn-source")) openedBy(button);
    openArticle(open);
  } else if (text !== undefined) {
    copy(text, copyHtml, "copy.done");
  } else if (button.dataset.link !== undefined) {
    copy(linkTo(button.closest(".fn-turn").querySelector(".fn-question").textContent), "", "link.done");
  } else if (touring) {
    if (touring === "start") startTour();
    else if (touring === "next") nextStep();
    else tour().close();
  } else if (button.dataset.tryAgain !== undefined) {
    tryAgain();
  } else if (button.id === "fn-theme") {
    tell(nextTheme());
  } else if (button.id === "fn-help") {
    startTour();
  } else if (button.id === "fn-close") {
    closeSource();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || tour()?.open) return;
  if (!leaveCard() && wasOpened()) closeSource();
});

document.addEventListener("input", (event) => {
  if (event.target.matches?.("#fn-composer textarea")) rememberQuestion(event.target.value);
});

// `conversation`, `trigger` and `watch` are Gradio's: where it stands, the way to events, and how to hear of a change.
export function behave(conversation, trigger, watch) {
  connect(conversation, trigger);
  watch("value", conversationChanged);
}
