"""How long a person waits: from the key press to the first words of an answer on the screen, in a real Chromium.

``python -m tests.bench.painting`` prints each question; the real product, its model and its server included.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.bench.serving import served
from tests.browser.conftest import DESK, FLAGS, chromium

QUESTIONS_FILE = Path(__file__).parents[2] / "seeds" / "questions.jsonl"
ASKED = 15  # after one to warm up
PAUSE_MS = 500  # a person reads before asking again; what the last reply has set going comes to rest

# A time is taken when the frame that first holds what is waited for has been given to the screen: the task after a
# frame's callbacks begins when it is. The key press has the time that the browser's own process gave it.
STOPWATCH = """() => {
  const shown = { turn: null, words: null };
  const seen = { turn: false, words: false };
  const before = document.querySelectorAll(".fn-turn").length;
  let pressed = null;
  addEventListener("keydown", (event) => { pressed ??= event.timeStamp; }, { capture: true });
  const painted = (name) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { shown[name] = performance.now() - pressed; };
    port2.postMessage(null);
  });
  new MutationObserver((_, observer) => {
    const turns = document.querySelectorAll(".fn-turn");
    if (turns.length <= before) return;
    const last = turns[turns.length - 1];
    const words = [...last.querySelectorAll(".fn-short, .fn-answer, .fn-abstention, .fn-failure")];
    const is = { turn: true, words: words.some((element) => element.textContent.trim()) };
    for (const name of ["turn", "words"]) {
      if (is[name] && !seen[name]) { seen[name] = true; painted(name); }
    }
    if (seen.words) observer.disconnect();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  window.stopwatch = shown;
}"""


def first_paint() -> dict[str, Any]:
    """Return the medians and the worst of both times, in milliseconds, and how busy the machine was meanwhile."""
    with tempfile.TemporaryDirectory() as home, served(Path(home)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": DESK[0], "height": DESK[1]})
        page.add_init_script("localStorage.setItem('footnote-tour', 'seen')")
        page.goto(address)
        page.locator(".fn-welcome").wait_for()
        warm, *questions = seed_questions()[: ASKED + 1]
        paint_times(page, warm)
        load_before = os.getloadavg()[0]
        times = {question: paint_times(page, question) for question in questions}
        browser.close()
    return {
        "questions": len(times),
        "load_average": [load_before, os.getloadavg()[0]],
        "turn_ms_p50": statistics.median(each["turn"] for each in times.values()),
        "turn_ms_worst": max(each["turn"] for each in times.values()),
        "words_ms_p50": statistics.median(each["words"] for each in times.values()),
        "words_ms_worst": max(each["words"] for each in times.values()),
        "words_ms": {question: round(each["words"]) for question, each in times.items()},
    }


def seed_questions() -> list[str]:
    """Return the questions of the seed set that its article answers."""
    asked = [json.loads(line) for line in QUESTIONS_FILE.read_text("utf-8").splitlines()]
    return [each["question"] for each in asked if each["answerable"]]


def paint_times(page: Page, question: str) -> dict[str, float]:
    """Ask as a person does, and return the milliseconds until the question's turn and its answer's words are shown."""
    page.wait_for_timeout(PAUSE_MS)
    page.get_by_label("Question", exact=True).fill(question)
    page.evaluate(STOPWATCH)
    page.keyboard.press("Enter")
    while not page.evaluate("stopwatch.turn !== null && stopwatch.words !== null"):
        page.wait_for_timeout(100)  # Playwright's own way evaluates a string, which the page's policy forbids
    page.locator(".fn-is-pending").wait_for(state="detached")
    times: dict[str, float] = page.evaluate("stopwatch")
    return times


if __name__ == "__main__":
    print(json.dumps(first_paint(), indent=2, ensure_ascii=False))
