import assert from "node:assert/strict";
import { test } from "node:test";

import { randomKey } from "../../ui/static/keys.js";
import { inWords } from "../../ui/static/words.js";

test("a key is as long as it was asked for, and no other is the same", () => {
  assert.match(randomKey(), /^[0-9a-f]{32}$/);
  assert.match(randomKey(24), /^[0-9a-f]{48}$/);
  assert.notEqual(randomKey(), randomKey());
});

test("numbers are written as the language writes them, texts as they are", () => {
  assert.equal(inWords("de", "{done} von {name}", { done: 12000, name: "{x}" }), "12.000 von {x}");
});

test("what has no value stays", () => {
  assert.equal(inWords("en", "{left} is left"), "{left} is left");
});

test("a text that counts has the form of its number", () => {
  const text = { one: "{count} сноска", few: "{count} сноски", many: "{count} сносок", other: "{count} сноски" };
  assert.deepEqual([1, 2, 5, 21].map((count) => inWords("ru", text, { count })), ["1 сноска", "2 сноски", "5 сносок", "21 сноска"]);
});
