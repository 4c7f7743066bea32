// Before the first paint: the colours, and the language that was chosen in this browser, as the chat keeps them.
{
  const root = document.documentElement;
  let theme = null, language = null;
  try {
    theme = localStorage.getItem("footnote-theme");
    language = localStorage.getItem("footnote-language");
  } catch { /* a window that keeps nothing */ }
  const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  root.dataset.choice = ["light", "dark"].includes(theme) ? theme : "system";
  const wanted = new URLSearchParams(location.search);
  if (language && !wanted.has("lang") && language !== root.lang) {
    wanted.set("lang", language);
    location.replace(`${location.pathname}?${wanted}`);
  }
}
