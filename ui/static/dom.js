// The page, and what is found in it.

export const root = document.documentElement;

/** @type {(selector: string, within?: ParentNode) => any} */
export const find = (selector, within = document) => within.querySelector(selector);

// Shows a text in a place for a moment.
export function telling(place, milliseconds) {
  let silence;
  return (text) => {
    place().textContent = text;
    clearTimeout(silence);
    silence = setTimeout(() => { place().textContent = ""; }, milliseconds);
  };
}
