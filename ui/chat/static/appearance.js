// The page around the conversation, in the language that is chosen in its header.
import { find, root } from "../../static/dom.js";
import { browserMemory } from "../../static/memory.js";
import { paintTheme } from "../../static/theme.js";
import { drawerIsOpen, listConversations, settleDrawer } from "./history.js";
import { shelfView } from "./library.js";
import { owner, rewriteAddress, say, shownConversation, trigger } from "./page.js";
import { shownInPane } from "./source.js";

function chooseLanguage(language) {
  browserMemory.set("language", language);
  rewriteAddress((wanted) => wanted.delete("lang")); // what is chosen here goes before what the address says
  const conversation = shownConversation();
  trigger("choose_language", { language, shown: shownInPane(), view: shelfView, owner, conversation });
}

// The server has written the header in a language: the page around it follows.
export function takeOver() {
  const told = find("#fn-words");
  if (!told) return;
  root.lang = told.dataset.language;
  root.dir = told.dataset.direction;
  nameRegion("#fn-main", "region", "region.conversation"); // Gradio has a main of its own around it
  nameRegion("#fn-side", "complementary", "region.source");
  // What scrolls can be scrolled by keyboard.
  const scrollers = ["#fn-conversation", "#fn-source", "#fn-library"];
  for (const scroller of scrollers.map((selector) => find(selector))) scroller.tabIndex = 0;
  nameRegion("#fn-drawer", "navigation", "history.title");
  nameRegion("#fn-conversation", "group", "region.conversation");
  nameRegion("#fn-source", "group", "region.source");
  nameRegion("#fn-library", "group", "region.library");
  paintTheme();
  settleDrawer();
  if (drawerIsOpen()) listConversations();
}

function nameRegion(selector, role, key) {
  find(selector).setAttribute("role", role);
  find(selector).setAttribute("aria-label", say(key));
}

document.addEventListener("fn-header-changed", () => {
  const chosen = document.activeElement === document.body && changedByKeyboard;
  takeOver();
  if (chosen) find("#fn-language").focus(); // the menu that had the focus has been replaced
  changedByKeyboard = false;
});

let changedByKeyboard = false;
document.addEventListener("change", (event) => {
  if (event.target.id !== "fn-language") return;
  changedByKeyboard = true;
  chooseLanguage(event.target.value);
});
