import assert from "node:assert/strict";
import { test } from "node:test";

import { eventsOf } from "../../ui/static/event_stream.js";

async function heard(...parts) {
  const bytes = parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part));
  const found = [];
  for await (const event of eventsOf(ReadableStream.from(bytes))) found.push(event);
  return found;
}

test("each event is its name and its value", async () => {
  const told = await heard('event: delta\ndata: {"text": "a"}\n\nevent: reply\ndata: [1]\n\n');
  assert.deepEqual(told, [["delta", { text: "a" }], ["reply", [1]]]);
});

test("an event may come in parts, cut within a letter too", async () => {
  const whole = new TextEncoder().encode('event: delta\ndata: "é"\n\n');
  for (let cut = 1; cut < whole.length; cut++) {
    assert.deepEqual(await heard(whole.slice(0, cut), whole.slice(cut)), [["delta", "é"]]);
  }
});

test("a comment that keeps the line open, and an event without a value, are no events", async () => {
  assert.deepEqual(await heard(": ping\n\nevent: none\n\n", 'event: reply\ndata: 1\n\n'), [["reply", 1]]);
});

test("what has not ended is not told", async () => {
  assert.deepEqual(await heard("event: reply\ndata: 1\n"), []);
});
