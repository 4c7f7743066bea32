// What somebody thinks of a reply: kept with it on the server, which writes the thumb as pressed where the conversation
// is opened again. The last word counts; it can be changed.
import { find } from "../../static/dom.js";
import { motion, questionOf, say, shownConversation, tell } from "./page.js";
import { request } from "./requests.js";

const given = new Map(); // what this page has said of a reply: its id and place, to a verdict

const nameOf = (turn) => `${shownConversation()} ${turn.dataset.place} ${turn.dataset.reply}`;

export function paintThumbs() {
  for (const turn of document.querySelectorAll(".fn-turn[data-reply]")) {
    const said = given.get(nameOf(turn));
    if (said === undefined) continue;
    for (const thumb of turn.querySelectorAll(".fn-thumb")) {
      thumb.setAttribute("aria-pressed", String(said === thumb.dataset.act));
    }
  }
}

export async function rate(turn, verdict, { reason = "", comment = "" } = {}) {
  const place = turn.dataset.place;
  const told = { reply_id: turn.dataset.reply, verdict, reason, comment };
  const where = place === undefined
    ? { question: questionOf(turn) }
    : { conversation_id: shownConversation(), position: Number(place) };
  const name = nameOf(turn);
  if (!(await request("POST", "v1/feedback", { ...told, ...where }))) return;
  given.set(name, verdict);
  paintThumbs();
  tell(say("feedback.thanks"));
}

export function askWhy(turn, thumb) {
  const open = turn.querySelector(".fn-why");
  if (open) {
    open.leave();
    return;
  }
  const form = find("#fn-why-form").content.firstElementChild.cloneNode(true);
  form.leave = () => {
    form.remove();
    thumb.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = new FormData(form);
    form.leave();
    rate(turn, "down", { reason: said.get("reason") ?? "", comment: said.get("comment").trim() });
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    form.leave();
  });
  form.querySelector("[data-leave]").addEventListener("click", () => form.leave());
  turn.append(form);
  form.querySelector("input").focus();
  form.scrollIntoView({ block: "nearest", behavior: motion() });
}
