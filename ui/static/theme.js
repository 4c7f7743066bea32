// Colours: chosen with a button, else those of the system.
import { find, root } from "./dom.js";
import { browserMemory } from "./memory.js";

const THEMES = ["system", "light", "dark"];
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function chosenTheme() {
  const kept = browserMemory.get("theme");
  return THEMES.includes(kept) ? kept : "system";
}

export function paintTheme() {
  const theme = chosenTheme();
  const isDark = theme === "dark" || (theme === "system" && systemIsDark.matches);
  root.dataset.theme = isDark ? "dark" : "light";
  root.dataset.choice = theme;
  document.body?.classList.toggle("dark", isDark); // for what is left of Gradio's own look
  const button = find("#fn-theme");
  if (!button) return;
  button.setAttribute("aria-label", button.dataset[theme]);
  button.title = button.dataset[theme];
}

// Returns what the button says now.
export function nextTheme() {
  browserMemory.set("theme", THEMES[(THEMES.indexOf(chosenTheme()) + 1) % THEMES.length]);
  paintTheme();
  return find("#fn-theme").title;
}

systemIsDark.addEventListener("change", paintTheme);
