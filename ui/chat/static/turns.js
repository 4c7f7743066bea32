// What can be done with a turn: ask it again, ask it otherwise, say what one thinks of it.
import { find } from "../../static/dom.js";
import { askQuestion, running } from "./asking.js";
import { questionOf, say, tell } from "./page.js";
import { askWhy, rate } from "./thumbs.js";

const turnOf = (element) => element.closest(".fn-turn");
const numberOf = (turn) => Number(turn.dataset.number);

export function act(button) {
  const turn = turnOf(button);
  const does = button.dataset.act;
  if (does === "again") {
    askQuestion(questionOf(turn), { replaces: numberOf(turn), reading: turn.querySelector(".fn-reading")?.textContent ?? null });
  } else if (does === "edit") {
    edit(turn, turn.querySelector(".fn-question"), questionOf(turn), button, (text) => ({ question: text }));
  } else if (does === "reading") {
    const line = turn.querySelector(".fn-read-as");
    const read = line.querySelector(".fn-reading").textContent;
    edit(turn, line, read, button, (text) => ({ question: questionOf(turn), reading: text }));
  } else if (does === "up") {
    rate(turn, "up");
  } else if (does === "down") {
    askWhy(turn, button);
  }
}

// A form in the place of what is edited; Escape puts back what stood there.
function edit(turn, place, text, opener, asks) {
  turn.querySelector(".fn-edit")?.leave();
  const form = find("#fn-edit-form").content.firstElementChild.cloneNode(true);
  const field = form.querySelector("textarea");
  form.leave = () => {
    form.remove();
    place.hidden = false;
    opener.focus();
  };
  const send = () => {
    const wish = asks(field.value.trim());
    if (!(wish.reading ?? wish.question)) return;
    if (running) {
      tell(say("composer.wait"));
      return;
    }
    askQuestion(wish.question, { replaces: numberOf(turn), reading: wish.reading ?? null });
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") form.leave();
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === field) send();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  form.querySelector("[data-leave]").addEventListener("click", () => form.leave());
  field.value = text;
  place.hidden = true;
  place.after(form);
  field.focus();
  field.setSelectionRange(text.length, text.length);
}
