// What Gradio compiles from texts, as functions: the page's policy lets no text run as a script. Gradio has no other way
// to show HTML, or to have a page hear of it, but the texts are always the same few. Any other goes to the browser, and
// is refused there.

// Returns what a text means, as a function of the values of `names`; nothing for a text that is not known.
export function meaningOf(page, names, text) {
  const template = text.match(/^return (["`])(\$\{value\})?\1;$/); // of Handlebars, and of Gradio itself
  if (template) {
    const [, quote, value = ""] = template;
    return quote === "`" && value ? (...given) => String(given[names.indexOf("value")]) : () => value;
  }
  const of = (given, name) => given[names.indexOf(name)];
  const told = text.match(/^footnotePage\.tell\(watch, "([a-z]+)"\)$/)?.[1];
  if (told) return (...given) => page.tell(of(given, "watch"), told);
  if (/^footnotePage\.behave\(element, trigger, watch, \[[a-z_", ]*\]\)$/.test(text))
    return (...given) => page.behave(of(given, "element"), of(given, "trigger"), of(given, "watch"));
  if (text === "return (\n() => footnotePage.arrive()\n);") return () => page.arrive; // from Gradio 6.3x on
  if (text.startsWith("let result = await (() => footnotePage.arrive())(...")) return async () => page.arrive();
  return undefined;
}

export function knowTexts(page) {
  const instead = (compile) => {
    const compiled = function (...texts) {
      return meaningOf(page, texts.slice(0, -1), String(texts.at(-1)).trim()) ?? compile(...texts);
    };
    compiled.prototype = compile.prototype;
    return compiled;
  };
  const asynchronous = Object.getPrototypeOf(async () => {});
  Object.defineProperty(asynchronous, "constructor", { value: instead(asynchronous.constructor) });
  window.Function = /** @type {any} */ (instead(Function));
}
