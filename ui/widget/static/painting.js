// Painting, without a change to the page's elements

const PAINT = "footnote";
const paintSheet = new CSSStyleSheet();
let painter = null; // the element whose footnote is painted: of several on a page, the last that was clicked

export const canPaint = "highlights" in CSS;

export function paint(element, ranges) {
  unpaint(painter);
  const wanted = getComputedStyle(element).getPropertyValue("--footnote-highlight");
  const colour = CSS.supports("color", wanted) ? wanted : "#f5d565";
  paintSheet.replaceSync(`::highlight(${PAINT}) { background: ${colour}; color: #22201c; }
    @media (forced-colors: active) { ::highlight(${PAINT}) { background: Highlight; color: HighlightText; } }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, paintSheet];
  CSS.highlights.set(PAINT, new Highlight(...ranges));
  painter = element;
}

export function unpaint(element) {
  if (!painter || painter !== element) return;
  painter = null;
  CSS.highlights.delete(PAINT);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== paintSheet);
}

export function reveal(range) {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  const element = range.startContainer.parentElement;
  element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  window.scrollBy({ top: range.getBoundingClientRect().top - window.innerHeight * 0.2, behavior });
}
