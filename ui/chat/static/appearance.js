// Colours and language: chosen in the header, kept in the browser.

const THEMES = ["system", "light", "dark"];
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => (THEMES.includes(kept("theme")) ? kept("theme") : "system");

function paint() {
  const dark = theme() === "dark" || (theme() === "system" && systemIsDark.matches);
  root.dataset.theme = dark ? "dark" : "light";
  root.dataset.choice = theme();
  document.body.classList.toggle("dark", dark); // for what is left of Gradio's own look
  const button = find("#fn-theme");
  if (button) {
    button.setAttribute("aria-label", button.dataset[theme()]);
    button.title = button.dataset[theme()];
  }
}

function nextTheme() {
  keep("theme", THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
  paint();
  tell(find("#fn-theme").dataset[theme()]);
}

function chooseLanguage(language) {
  keep("language", language);
  rewriteAddress((wanted) => wanted.delete("lang")); // what is chosen here goes before what the address says
  const conversation = shownConversation();
  trigger("choose_language", { language, shown: shownInPane(), view: shelfView, owner, conversation });
}

// The server has written the header in a language: the page around it follows.
function takeOver() {
  const told = find("#fn-words");
  if (!told) return;
  root.lang = told.dataset.language;
  root.dir = told.dataset.direction;
  nameRegion("#fn-main", "region", "region.conversation"); // Gradio has a main of its own around it
  nameRegion("#fn-side", "complementary", "region.source");
  // What scrolls can be scrolled by keyboard.
  const scrollers = ["#fn-conversation", "#fn-source", "#fn-library"];
  for (const scroller of scrollers.map(find)) scroller.tabIndex = 0;
  nameRegion("#fn-drawer", "navigation", "history.title");
  nameRegion("#fn-conversation", "group", "region.conversation");
  nameRegion("#fn-source", "group", "region.source");
  nameRegion("#fn-library", "group", "region.library");
  paint();
  settleDrawer();
  if (drawerIsOpen()) listConversations();
}

function nameRegion(selector, role, key) {
  find(selector).setAttribute("role", role);
  find(selector).setAttribute("aria-label", say(key));
}

systemIsDark.addEventListener("change", paint);
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
