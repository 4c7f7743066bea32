import assert from "node:assert/strict";
import { test } from "node:test";

import { meaningOf } from "../../ui/chat/static/compiled.js";

const page = {
  arrive: () => ["here"],
  behave: (...given) => ["behaves", ...given],
  tell: (...given) => ["tells", ...given],
};

test("a template that is nothing but a value gives the value, as text", () => {
  assert.equal(meaningOf(page, ["other", "value"], "return `${value}`;")(1, 2), "2");
  assert.equal(meaningOf(page, [], 'return "";')(), "");
});

test("the calls that Gradio is given are the page's own functions", () => {
  const names = ["element", "trigger", "watch"];
  const behave = 'footnotePage.behave(element, trigger, watch, ["ask_question", "suggest"])';
  assert.deepEqual(meaningOf(page, names, behave)("e", "t", "w"), ["behaves", "e", "t", "w"]);
  assert.deepEqual(meaningOf(page, names, 'footnotePage.tell(watch, "list")')("e", "t", "w"), ["tells", "w", "list"]);
  assert.equal(meaningOf(page, [], "return (\n() => footnotePage.arrive()\n);")(), page.arrive);
});

for (const text of [
  "alert(1)",
  "return `${value}${alert(1)}`;",
  'footnotePage.tell(watch, "list"); alert(1)',
  'footnotePage.behave(element, trigger, watch, ["x"]); alert(1)',
  'return "${alert(1)}";',
]) {
  test(`no other text means anything: ${text}`, () => assert.equal(meaningOf(page, ["value"], text), undefined));
}
