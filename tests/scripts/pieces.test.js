import assert from "node:assert/strict";
import { test } from "node:test";

import { pieces } from "../../ui/widget/static/pieces.js";

const citation = (n, start, end, exact) => ({ n, answer: { start, end }, source: { quote: { exact } } });
const told = (reply, isDraft) => [...pieces(reply, isDraft)].map((piece) => piece.number ?? piece.text);

test("a marker is the number of its source, and the space before it is not written", () => {
  const reply = { answer: "Tea is hot. [1]", citations: [citation(1, 0, 11, "Tea is hot.")] };
  assert.deepEqual(told(reply), ["Tea is hot.", 1]);
});

test("brackets within a quote are the author's", () => {
  const reply = { answer: "As [1] says. [1]", citations: [citation(1, 0, 12, "As [1] says.")] };
  assert.deepEqual(told(reply), ["As [1] says.", 1]);
});

test("a number that no source has is text, and in a draft waits for its source", () => {
  const reply = { answer: "So [7].", citations: [] };
  assert.deepEqual(told(reply), ["So [7]."]);
  assert.deepEqual(told(reply, true), ["So", "."]);
});

test("a draft that ends within a marker does not show its beginning", () => {
  assert.deepEqual(told({ answer: "Tea is hot. [1", citations: [] }, true), ["Tea is hot."]);
});

test("words without a source are told apart, once behind the last of them", () => {
  const reply = { answer: "Sure. Perhaps.", citations: [], unsupported: [{ start: 6, end: 14 }] };
  assert.deepEqual([...pieces(reply)], [
    { text: "Sure. ", isDoubtful: false, isLast: false },
    { text: "Perhaps.", isDoubtful: true, isLast: true },
  ]);
});

test("places count code points, as the server does", () => {
  const reply = { answer: "🌍 Maybe", citations: [], unsupported: [{ start: 2, end: 7 }] };
  assert.deepEqual([...pieces(reply)].map(({ text, isDoubtful }) => [text, isDoubtful]), [["🌍 ", false], ["Maybe", true]]);
});
