// The ways to add, where the administrator's token is asked for, too.
import { find, root } from "../../static/dom.js";
import { askForToken } from "../../static/token.js";
import { say } from "./page.js";
import { openSource } from "./source.js";

export function showAdding() {
  root.classList.remove("fn-reads");
  openSource();
  find("#fn-library").scrollTo({ top: 0 });
}

// Resolves to whether it has been given.
export function needToken(detail) {
  showAdding();
  return askForToken(find("#fn-way-token"), find("#fn-refusal"), detail, say("token.refused"));
}
