// Texts in the page's language. One that counts has a form for each kind of number.

export function inWords(locale, text, values = {}) {
  const form = typeof text === "string" ? text : text[new Intl.PluralRules(locale).select(values.count)] ?? text.other;
  const numbers = new Intl.NumberFormat(locale);
  return form.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!(name in values)) return whole;
    return typeof values[name] === "number" ? numbers.format(values[name]) : values[name];
  });
}
