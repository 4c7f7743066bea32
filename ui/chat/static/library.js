// The library pane: find articles, choose which of them are asked, open and remove them. It stands where the source
// stands; the class fn-reads on the root says that an article is read instead.
import { askFirst, leaveQuestion } from "../../static/confirm.js";
import { find, root } from "../../static/dom.js";
import { browserMemory } from "../../static/memory.js";
import { problemOf } from "../../static/problems.js";
import { permission } from "../../static/token.js";
import { needToken } from "./needing_token.js";
import { heard, rewriteAddress, say, tell, trigger } from "./page.js";
import { fetchPlainly } from "./requests.js";
import { openedBy, openSource, pane, shownInPane, showReading } from "./source.js";

const LATER = 200; // milliseconds without a key before a search is made
const MOST_IN_ADDRESS = 10; // of the articles that are asked; more make no address to pass on
export let shelfView = {};
let picked = []; // the articles that are asked; none: all of them
let searchDelay = 0;
let hasSource = false; // whether the page has decided what stands in the pane at first
let rowToFocus = -1; // where a row was removed

const anArticle = () => pane().querySelector(".fn-source[data-article]");

function showLibrary() {
  root.classList.remove("fn-reads");
  openSource();
  (find("#fn-search") ?? find(".fn-shelf-title"))?.focus();
}

function lookFor(change, { at = 0 } = {}) {
  shelfView = { ...shelfView, ...change, page: at };
  trigger("list_articles", shelfView);
}

export function refreshLibrary() {
  hasSource = true; // an article that comes into an empty library does not push the library away
  trigger("library_changed", { view: shelfView, shown: shownInPane(), articles: toldPicked() });
}

// Which articles are asked

function askOnly(ids) {
  picked = ids;
  isOpened = true; // from here on the page tells the server
  browserMemory.set("articles", JSON.stringify(ids));
  rewriteAddress((wanted) => {
    wanted.delete("article");
    if (ids.length <= MOST_IN_ADDRESS) for (const id of ids) wanted.append("article", id);
  });
  tickBoxes();
  trigger("choose_articles", { articles: toldPicked() });
}

// What is asked, as the server is told with a question or a change: what it has told itself may be older than a tick.
// Nothing before the page knows.
export const toldPicked = () => (isOpened ? JSON.stringify(picked) : "");

function tickBoxes() {
  for (const box of document.querySelectorAll("#fn-listing [data-pick]")) box.checked = picked.includes(box.dataset.pick);
}

// Removing asks first, in the row itself.

const confirmationOf = (row) => [find("[data-remove]", row), find(".fn-confirm", row)];

async function removeArticle(id) {
  const rows = [...document.querySelectorAll("#fn-listing [data-removed]")];
  const at = rows.findIndex((each) => each.dataset.removed === id);
  let told;
  try {
    const response = await fetchPlainly(`v1/articles/${encodeURIComponent(id)}`, { method: "DELETE", headers: permission() });
    if (response.status === 403) {
      if (await needToken(await problemOf(response))) removeArticle(id);
      return;
    }
    told = response.ok ? say("library.removed") : await problemOf(response);
    if (response.ok) {
      rowToFocus = at;
      if (picked.includes(id)) askOnly(picked.filter((each) => each !== id));
    }
  } catch {
    told = say("adding.lost");
  }
  tell(told);
  refreshLibrary();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  const { library, remove, removed, keep: kept, turnTo } = button.dataset;
  if (library !== undefined) {
    if (!button.closest("#fn-side")) openedBy(button);
    showLibrary();
  } else if (remove !== undefined) {
    askFirst(...confirmationOf(button.closest("li")));
  } else if (removed !== undefined) {
    removeArticle(removed);
  } else if (kept !== undefined) {
    leaveQuestion(...confirmationOf(button.closest("li")));
  } else if (turnTo !== undefined) {
    lookFor({}, { at: Number(turnTo) });
  } else if (button.dataset.askAll !== undefined || button.dataset.askOnly !== undefined) {
    askOnly(button.dataset.askOnly ? [button.dataset.askOnly] : []);
    find("#fn-composer textarea").focus();
  }
});

document.addEventListener("change", ({ target }) => {
  if (target.dataset?.pick !== undefined) {
    const others = picked.filter((id) => id !== target.dataset.pick);
    askOnly(target.checked ? [...others, target.dataset.pick] : others);
  } else if (target.dataset?.facet !== undefined) {
    lookFor({ [target.dataset.facet]: target.value });
  }
});

document.addEventListener("input", ({ target }) => {
  if (target.id !== "fn-search") return;
  clearTimeout(searchDelay);
  searchDelay = setTimeout(() => lookFor({ search: target.value }), LATER);
});

// The server has written the pane anew: what was chosen in it stays.

document.addEventListener("fn-finder-changed", () => {
  const search = find("#fn-search");
  if (search) search.value = shelfView.search ?? "";
  for (const menu of document.querySelectorAll("#fn-finding [data-facet]")) {
    if (shelfView[menu.dataset.facet]) menu.value = shelfView[menu.dataset.facet];
  }
});

document.addEventListener("fn-listing-changed", () => {
  tickBoxes();
  if (shelfView.search) heard.textContent = find(".fn-found")?.textContent ?? "";
  if (rowToFocus < 0) return;
  const rows = document.querySelectorAll("#fn-listing .fn-library [data-open]");
  (rows[Math.min(rowToFocus, rows.length - 1)] ?? find(".fn-shelf-title"))?.focus();
  rowToFocus = -1;
});

// What the page is opened with: the server knows which of the articles are still there.
let isOpened = false;
export function forgetPicked() {
  isOpened = false;
}
document.addEventListener("fn-notices-changed", () => {
  if (isOpened) return;
  isOpened = true;
  picked = JSON.parse(find(".fn-scope")?.dataset.asked ?? "[]");
  tickBoxes();
});

document.addEventListener("fn-source-changed", () => {
  if (!anArticle() && !pane().textContent.trim()) root.classList.remove("fn-reads");
  if (!hasSource && find(".fn-source")) showReading(); // the article that the page is opened with
  hasSource = true;
});
