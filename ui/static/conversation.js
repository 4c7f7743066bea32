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
    askAgain(ask);
  } else if (open !== undefined) {
    opener = button.closest("#fn-source") ? opener : button;
    openArticle(open);
  } else if (text !== undefined) {
    copy(text, copyHtml, "copy.done");
  } else if (button.dataset.link !== undefined) {
    copy(linkTo(button.closest(".fn-turn").querySelector(".fn-question").textContent), "", "link.done");
  } else if (button.dataset.askAll !== undefined) {
    rewriteAddress((wanted) => wanted.delete("article"));
    trigger("ask_all", {});
  } else if (touring) {
    if (touring === "next") nextStep();
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

function askAgain(question) {
  lastQuestion = question;
  trigger("ask_example", { question });
}

// A page that is opened with a question in its address asks it, once.
let begun = false;
function begin() {
  if (begun) return;
  begun = true;
  takeOver();
  const question = address().get("q");
  if (question) askAgain(question);
  else tourOnFirstVisit();
}

watch("value", () => {
  begin();
  hideCard();
  const turn = element.querySelector(".fn-turn:last-of-type");
  if (!turn) return;
  heard.textContent = turn.dataset.announce; // once a reply; nothing while it is looked for
  lastQuestion = turn.querySelector(".fn-question").textContent;
  rewriteAddress((wanted) => wanted.set("q", lastQuestion));
  const scroller = find("#fn-conversation");
  const top = turn.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTo({ top: scroller.scrollTop + top + 2, behavior: motion() });
});
