// The drawer of conversations: find one, open it, name it, take it along, delete it.
import { find, root } from "../../static/dom.js";
import { box, running, stopAndThen } from "./asking.js";
import { forgetPicked } from "./library.js";
import { forgetPlace, owner, rewriteAddress, say, shownConversation, tell, trigger } from "./page.js";
import { request } from "./requests.js";

const drawer = () => find("#fn-drawer");
export const drawerIsOpen = () => root.classList.contains("fn-drawer-open");
const isCovering = matchMedia("(max-width: 1199px)"); // then what lies under the drawer cannot be reached

export function openDrawer() {
  root.classList.add("fn-drawer-open");
  listConversations();
  settleDrawer();
  find("#fn-drawer-search").focus();
}

export function closeDrawer() {
  if (!drawerIsOpen()) return;
  root.classList.remove("fn-drawer-open");
  settleDrawer();
  find("#fn-history").focus();
}

export function settleDrawer() {
  const open = drawerIsOpen();
  find("#fn-history")?.setAttribute("aria-expanded", String(open));
  for (const below of [find("#fn-main"), find("#fn-side")]) below.inert = open && isCovering.matches;
}
isCovering.addEventListener("change", settleDrawer);

export function listConversations() {
  trigger("list_conversations", { owner, search: find("#fn-drawer-search")?.value ?? "", offset: -new Date().getTimezoneOffset() });
}

let typing = 0;
document.addEventListener("input", (event) => {
  if (event.target.id !== "fn-drawer-search") return;
  clearTimeout(typing);
  typing = setTimeout(listConversations, 200);
});

export function openConversation(id) {
  if (running) { // its turn would be written over the conversation that is opened
    stopAndThen(() => openConversation(id));
    return;
  }
  forgetPlace();
  rewriteAddress((wanted) => {
    for (const name of ["q", "conversation", "article"]) wanted.delete(name);
    if (id) wanted.set("conversation", id);
  });
  forgetPicked(); // the articles that the conversation asks are told with it
  trigger("open_conversation", { owner, conversation: id });
  if (isCovering.matches || !id) closeDrawer();
  if (!id) box().focus();
}

async function saveAs(id, format) {
  const response = await request("GET", `v1/conversations/${encodeURIComponent(id)}/export?format=${format}&lang=${root.lang}`);
  if (!response) return;
  const named = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition") ?? "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = named ? decodeURIComponent(named[1]) : `conversation.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function rename(row, title) {
  if (!(await request("PATCH", `v1/conversations/${encodeURIComponent(row.dataset.id)}`, { title }))) return;
  tell(say("history.renamed"));
  refocus = row.dataset.id;
  listConversations();
}

async function removeConversation(row) {
  const id = row.dataset.id;
  if (!(await request("DELETE", `v1/conversations/${encodeURIComponent(id)}`))) return;
  tell(say("history.deleted"));
  if (id === shownConversation()) {
    rewriteAddress((wanted) => { wanted.delete("conversation"); wanted.delete("q"); });
    trigger("open_conversation", { owner, conversation: "" });
  }
  refocus = "search";
  listConversations();
}

let refocus = ""; // where the focus goes when the list has been written anew
document.addEventListener("fn-list-changed", () => {
  for (const row of document.querySelectorAll(".fn-row")) {
    if (row.dataset.id === shownConversation()) row.querySelector(".fn-row-open").setAttribute("aria-current", "true");
  }
  if (refocus === "search") find("#fn-drawer-search").focus();
  else if (refocus) find(`.fn-row[data-id="${CSS.escape(refocus)}"] .fn-row-open`)?.focus();
  refocus = "";
});

// Rename and delete take the row's place; Escape and Cancel give it back.
function unfold(row, form) {
  row.querySelector(".fn-row-menu").open = false;
  for (const each of row.children) each.hidden = each !== form;
  const field = form.querySelector("input, button");
  field.focus();
  field.select?.();
}

function fold(row) {
  for (const each of row.children) each.hidden = each.classList.contains("fn-row-form");
  row.querySelector("summary").focus();
}

export function actOnRow(button) {
  const row = button.closest(".fn-row");
  const does = button.dataset.row;
  if (does === "open") openConversation(row.dataset.id);
  else if (does === "rename") unfold(row, row.querySelector(".fn-row-rename"));
  else if (does === "delete") unfold(row, row.querySelector(".fn-row-sure"));
  else if (does === "leave") fold(row);
  else if (does === "really") removeConversation(row);
  else {
    row.querySelector(".fn-row-menu").open = false;
    saveAs(row.dataset.id, does);
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".fn-row-rename")) return;
  event.preventDefault();
  rename(event.target.closest(".fn-row"), event.target.querySelector("input").value);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drawerIsOpen() || !drawer().contains(event.target)) return;
  event.stopPropagation();
  const row = event.target.closest(".fn-row");
  const menu = row?.querySelector(".fn-row-menu");
  if (event.target.closest(".fn-row-form")) {
    fold(row);
  } else if (menu?.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else {
    closeDrawer();
  }
}, { capture: true });
