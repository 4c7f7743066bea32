// The card of a marker: the quote behind a number, seen without leaving the sentence. A mouse that rests on a marker
// and a keyboard that reaches it see it alike; a finger opens the source itself. A marker with several sources opens
// the card as a list to choose from.

export const card = document.createElement("div");
card.id = "fn-card";
card.popover = "manual"; // above everything, clipped by nothing
document.body.append(card);

const EDGE = 8;
const LINE = 20; // a marker stands above its line
export let marked = null; // the marker whose card is open
export let isPinned = false; // opened to choose from; stays until it is left
let delay;

function cardOf(marker) {
  const turn = marker.closest("[data-turn]");
  const numbers = (marker.dataset.sources ?? marker.dataset.show).split(" ");
  const notes = numbers.flatMap((n) => [...turn.querySelectorAll(`.fn-notes > [data-note="${n}"]`)]);
  return { turn, notes: notes.map((note) => note.cloneNode(true)), several: "sources" in marker.dataset };
}

export function showCard(marker, { pin = false } = {}) {
  clearTimeout(delay);
  if (marked && marked !== marker) hideCard();
  const { turn, notes, several } = cardOf(marker);
  marked = marker;
  isPinned = pin;
  card.dataset.turn = turn.dataset.turn;
  card.dataset.places = turn.dataset.places;
  card.replaceChildren(several ? listOf(marker, notes) : quoteOf(notes[0]));
  card.setAttribute("role", several ? "dialog" : "tooltip");
  if (several) {
    card.setAttribute("aria-label", marker.dataset.title);
    marker.setAttribute("aria-expanded", "true");
  } else {
    card.removeAttribute("aria-label");
    marker.setAttribute("aria-describedby", card.id);
  }
  if (!card.matches(":popover-open")) card.showPopover();
  placeCard();
  if (pin) card.querySelector("button").focus();
}

function quoteOf(note) {
  const quote = document.createElement("div");
  quote.append(note.querySelector("q"), note.querySelector(".fn-where"));
  for (const link of quote.querySelectorAll("a")) link.remove(); // a description holds nothing to press
  return quote;
}

function listOf(marker, notes) {
  const whole = document.createDocumentFragment();
  const title = document.createElement("p");
  title.textContent = marker.dataset.title;
  const list = document.createElement("ol");
  list.append(...notes);
  whole.append(title, list);
  return whole;
}

function placeCard() {
  const at = marked.getBoundingClientRect();
  const size = card.getBoundingClientRect();
  const left = Math.min(at.left + at.width / 2 - size.width / 2, innerWidth - size.width - EDGE);
  const below = at.bottom + LINE;
  const above = at.top - size.height - EDGE;
  const fits = below + size.height + EDGE <= innerHeight;
  card.style.left = `${Math.max(EDGE, left)}px`;
  card.style.top = `${fits ? below : Math.max(EDGE, above)}px`; // the sentence that is read stays in sight
}

export function hideCard() {
  clearTimeout(delay);
  if (!marked) return;
  marked.removeAttribute("aria-describedby");
  if ("sources" in marked.dataset) marked.setAttribute("aria-expanded", "false");
  marked = null;
  isPinned = false;
  if (card.matches(":popover-open")) card.hidePopover();
}

const later = (does, milliseconds) => {
  clearTimeout(delay);
  delay = setTimeout(does, milliseconds);
};
const markerAt = (event) => event.target.closest?.(".fn-marker");

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse" || isPinned) return;
  const marker = markerAt(event);
  if (marker) later(() => marker.isConnected && showCard(marker), marked ? 0 : 120);
  else if (event.target.closest?.("#fn-card")) clearTimeout(delay); // it may be moved onto, and read at leisure
  else if (marked && document.activeElement !== marked) later(hideCard, 250);
  else if (!marked) clearTimeout(delay);
});
document.addEventListener("focusin", (event) => {
  const marker = markerAt(event);
  if (marker?.matches(":focus-visible")) showCard(marker);
  else if (marked && !card.contains(event.target) && event.target !== marked) hideCard();
});
document.addEventListener("focusout", (event) => {
  if (event.target === marked && !isPinned && !card.contains(event.relatedTarget)) hideCard();
});
document.addEventListener("scroll", (event) => {
  if (!marked || card.contains(event.target)) return;
  const { top, bottom } = marked.getBoundingClientRect();
  if (bottom < 0 || top > innerHeight) hideCard();
  else placeCard(); // reaching a marker by keyboard scrolls to it
}, { capture: true, passive: true });
addEventListener("resize", hideCard);

// Answers whether there was a card to leave.
export function leaveCard() {
  const [marker, within] = [marked, card.contains(document.activeElement)];
  hideCard();
  if (within) {
    marker.focus();
    hideCard(); // the marker's focus alone shall not open it again
  }
  return marker !== null;
}
