// Clicks, keys, and what happens when the conversation has grown.

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) {
    if (pinned && !card.contains(event.target)) hideCard();
    return;
  }
  const { show: number, sources, ask, open, tour: touring, copy: text, copyHtml } = button.dataset;
  if (number) {
    opener = card.contains(button) ? marked : button;
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
    opener = button.closest("#fn-source") ? opener : button;
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
    nextTheme();
  } else if (button.id === "fn-help") {
    startTour();
  } else if (button.id === "fn-close") {
    closeSource();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || tour()?.open) return;
  if (!leaveCard() && opener) closeSource();
});

document.addEventListener("input", (event) => {
  if (event.target.matches?.("#fn-composer textarea")) lastQuestion = event.target.value || lastQuestion;
});

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
let named = 0;
function nameTurn(turn, id) {
  clearTimeout(named);
  const name = () => {
    if (!turn.isConnected) return;
    rewriteAddress((wanted) => {
      wanted.set("q", questionOf(turn));
      if (id) wanted.set("conversation", id);
    });
  };
  if (turn.classList.contains("fn-is-pending")) named = setTimeout(name, ADDRESS_WAITS);
  else name();
}

let shownTurn = ""; // the last turn that was scrolled to
function conversationChanged() {
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
  lastQuestion = questionOf(turn);
  nameTurn(turn, id);
  if (JSON.parse(turn.dataset.places || "[]").length) showReading();
  if (turn.dataset.number === shownTurn && !isPending) return;
  shownTurn = turn.dataset.number;
  const scroller = find("#fn-conversation");
  const top = turn.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  // At once: the answer may be there before a smooth movement has ended, and each of its frames would delay it.
  scroller.scrollTo({ top: scroller.scrollTop + top + 2, behavior: "auto" });
}
watch("value", conversationChanged);
