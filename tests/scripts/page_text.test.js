import assert from "node:assert/strict";
import { test } from "node:test";

import { locate, plain } from "../../ui/widget/static/page_text.js";

// A page whose blocks are parted by one space that stands nowhere, as the widget reads it.
function page(...blocks) {
  const places = blocks.flatMap((block) => [...[...block].map((_, offset) => [block, offset]), null]);
  return { flat: blocks.map((block) => `${block} `).join(""), places };
}
const quote = (exact, prefix = "", suffix = "") => ({ exact, prefix, suffix });
const found = (wanted, where, isArticle = true) =>
  locate(wanted, where, isArticle)?.map(([start, end]) => where.flat.slice(start, end)) ?? null;

const [ONE, TWO] = ["The first of two long paragraphs.", "The second of two long paragraphs."];

test("white space counts as one space, and what cannot be seen as nothing", () => {
  assert.equal(plain(" a\u00ad\u200bb \n\t c"), " ab c");
});

test("a long quote needs nothing around it, on its article's page", () => {
  const where = page("The lighthouse was built in 1902 by the harbour.");
  assert.deepEqual(found(quote("The lighthouse was built in 1902"), where), ["The lighthouse was built in 1902"]);
  assert.equal(found(quote("The lighthouse was built in 1902"), where, false), null);
});

test("few words need what stands around them", () => {
  const where = page("He left in May.");
  assert.equal(found(quote("in May"), where), null);
  assert.deepEqual(found(quote("in May", "He left ", "."), where), ["in May"]);
});

test("of two places the one with the same words around it is meant", () => {
  const where = page("Tea is hot.", "Soup, they say: Tea is hot.");
  assert.deepEqual(locate(quote("Tea is hot.", "they say: "), where, true), [[28, 39]]);
  assert.equal(locate(quote("Tea is hot."), where, true), null);
});

test("words are not found within other words, unless the article has the same there", () => {
  assert.equal(found(quote("he left", "", " early"), page("When she left early")), null);
  assert.deepEqual(found(quote("他走了", "说", ""), page("她说他走了")), ["他走了"]);
});

test("a quote across paragraphs is found in its parts, in their order", () => {
  assert.deepEqual(found(quote(`${ONE}\n\n${TWO}`), page(ONE, "A figure", TWO)), [ONE, TWO]);
});

for (const [name, blocks] of Object.entries({
  "in another order": [TWO, ONE],
  "with more in the first": [`${ONE} And more.`, TWO],
  "with more in the second": [ONE, `And more. ${TWO}`],
  "cut off": [ONE, TWO.slice(0, 20)],
  "with one word that differs": [ONE.replace("two", "six"), TWO],
})) {
  test(`paragraphs are not the quote's: ${name}`, () => assert.equal(found(quote(`${ONE}\n\n${TWO}`), page(...blocks)), null));
}
