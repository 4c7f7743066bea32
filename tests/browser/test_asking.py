"""A reply that takes its time, in a real browser: it can be stopped, and is painted as it comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

import anyio
import pytest
from playwright.sync_api import Page, expect

from qa.answer import Answer
from qa.assistant import Asking
from qa.events import Cited, Delta, Event, Finished, Found, Waiting
from tests.browser.conftest import OpenPage, Server
from tests.browser.test_chat import SEVERAL, UNSTATED, WHO, ask
from tests.ui.fakes import FakeProduct, ScriptedAssistant, seed_product

pytestmark = pytest.mark.browser

PATIENCE_S = 20


@dataclass(slots=True)
class SlowAssistant(ScriptedAssistant):
    """Tells a reply in two parts, and waits before each until the test lets it go on; says when it was closed."""

    parts: list[threading.Event] = field(default_factory=lambda: [threading.Event(), threading.Event()])

    def stream(self, question: str, **asking: Unpack[Asking]) -> Generator[Event]:
        reply = self.ask(question, **asking)
        if question != SEVERAL or not isinstance(reply, Answer):
            yield Finished(reply)
            return
        try:
            yield Found(())
            cut = reply.text.index("[1]") + 4
            for let_go, text, citation in zip(
                self.parts, (reply.text[:cut], reply.text[cut:]), reply.citations, strict=True
            ):
                yield from waiting(let_go)
                yield Delta(text)
                yield Cited(citation)
            yield Finished(replace(reply, trace=replace(reply.trace, models={"llm": "scripted"})))
        finally:
            self.closed.set()


def waiting(let_go: threading.Event) -> Generator[Event]:
    end = time.monotonic() + PATIENCE_S
    while not let_go.wait(0.05) and time.monotonic() < end:
        yield Waiting()


def slow_product() -> tuple[FakeProduct, SlowAssistant]:
    product = seed_product()
    assistant = SlowAssistant(product.assistant.replies)
    return replace(product, assistant=assistant), assistant


def begin(page: Page) -> None:
    page.get_by_label("Question", exact=True).fill(SEVERAL)
    page.keyboard.press("Enter")
    expect(page.locator(".fn-is-pending")).to_be_visible()
    expect(page.get_by_label("Question", exact=True)).to_have_value("")


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_a_reply_that_is_being_made_can_be_stopped_and_asked_for_again(open_page: OpenPage, way: str) -> None:
    product, assistant = slow_product()
    with Server(product) as url:
        page = open_page(url)
        begin(page)
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_hidden()
        if way == "button":
            page.get_by_role("button", name="Stop").click()
        else:
            page.keyboard.press("Escape")
        expect(page.locator(".fn-is-stopped")).to_contain_text("Stopped.")
        assert assistant.closed.wait(PATIENCE_S)
        expect(page.get_by_label("Question", exact=True)).to_be_focused()
        ask(page, WHO)
        expect(page.locator(".fn-question")).to_have_text([SEVERAL, WHO])
        for part in assistant.parts:
            part.set()
        page.locator(".fn-is-stopped").get_by_role("button", name="Ask again").click()
        expect(page.locator(".fn-question")).to_have_text([SEVERAL])
        expect(page.locator(".fn-is-answer")).to_have_count(1)


def test_a_waiting_turn_stands_behind_those_before_it_and_in_the_place_of_those_after(open_page: OpenPage) -> None:
    product, assistant = slow_product()
    with Server(product) as url:
        page = open_page(url)
        ask(page, WHO)
        begin(page)
        expect(page.locator(".fn-question")).to_have_text([WHO, SEVERAL])
        for part in assistant.parts:
            part.set()
        expect(page.locator(".fn-is-answer")).to_have_count(2)
        ask(page, UNSTATED)
        for part in assistant.parts:
            part.clear()
        page.locator(".fn-turn").nth(1).get_by_role("button", name="Ask again").click()
        expect(page.locator(".fn-is-pending")).to_be_visible()
        expect(page.locator(".fn-question")).to_have_text([WHO, SEVERAL])
        for part in assistant.parts:
            part.set()
        expect(page.locator(".fn-is-answer .fn-question")).to_have_text([WHO, SEVERAL])


def test_a_question_asked_meanwhile_is_refused_visibly_and_stays_in_the_box(open_page: OpenPage) -> None:
    product, assistant = slow_product()
    with Server(product) as url:
        page = open_page(url)
        begin(page)
        page.get_by_label("Question", exact=True).fill(UNSTATED)
        page.keyboard.press("Enter")
        expect(page.locator("#fn-said")).to_have_text("A reply is being made. Stop it first, or wait.")
        for part in assistant.parts:
            part.set()
        expect(page.locator(".fn-is-answer")).to_have_count(1)
        expect(page.get_by_label("Question", exact=True)).to_have_value(UNSTATED)
        page.keyboard.press("Enter")
        expect(page.locator(".fn-question")).to_have_text([SEVERAL, UNSTATED])


def test_a_question_asked_right_after_stop_is_asked_when_that_has_ended(open_page: OpenPage) -> None:
    product, _ = slow_product()
    with Server(product) as url:
        page = open_page(url)
        begin(page)
        page.get_by_label("Question", exact=True).fill(UNSTATED)
        page.evaluate("document.querySelector('#fn-stop').click()")
        page.keyboard.press("Enter")
        expect(page.locator(".fn-is-abstention .fn-question")).to_have_text(UNSTATED)
        expect(page.locator(".fn-is-stopped .fn-question")).to_have_text(SEVERAL)


def test_a_conversation_opened_meanwhile_is_not_written_over(open_page: OpenPage) -> None:
    product, _ = slow_product()
    with Server(product) as url:
        page = open_page(url)
        begin(page)
        page.get_by_role("button", name="Conversations").click()
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator(".fn-welcome")).to_be_visible()
        page.wait_for_timeout(500)  # for what must not come there is nothing to wait for
        expect(page.locator(".fn-turn")).to_have_count(0)
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def held_back(app: Any) -> Any:
    """Return an app whose page hears a second late that the stream of its answers has ended."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            if b'"close_stream"' in message.get("body", b""):
                await anyio.sleep(1)
            await send(message)

        await app(scope, receive, sent if scope["type"] == "http" else send)

    return served


def test_a_question_asked_before_the_page_hears_that_the_last_one_has_ended_is_answered(open_page: OpenPage) -> None:
    with Server(seed_product(), wrap=held_back) as url:
        page = open_page(url)
        ask(page, WHO)
        ask(page, UNSTATED)
        expect(page.locator(".fn-is-answer, .fn-is-abstention")).to_have_count(2)


def test_questions_to_begin_with_are_shown_when_they_are_made(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = threading.Event()

    def suggest(*_: object) -> list[str]:
        made.wait(PATIENCE_S)
        return [WHO]

    monkeypatch.setattr("ui.app.suggestions.suggest", suggest)
    with Server(replace(seed_product(), examples=())) as url:
        page = open_page(url)  # which is up before they are
        expect(page.locator(".fn-welcome .fn-chips")).to_have_count(0)
        made.set()
        page.get_by_role("button", name=WHO).click()
        expect(page.locator(".fn-is-answer")).to_have_count(1)


def test_a_reply_is_painted_as_it_comes_and_nothing_that_stands_moves(open_page: OpenPage) -> None:
    product, assistant = slow_product()
    with Server(product) as url:
        page = open_page(url)
        begin(page)
        answer = page.locator(".fn-is-pending .fn-answer")
        expect(answer).to_be_empty()
        assistant.parts[0].set()
        expect(answer).to_contain_text("immediately took sides against an intervention.")
        expect(answer.locator(".fn-coming")).to_have_text(["[1]"])
        expect(answer.locator(".fn-lit")).to_have_text(["[1]"])
        assert page.locator("#fn-status").text_content() == ""  # said once, at the end
        before = places(page)
        assistant.parts[1].set()
        expect(page.locator(".fn-is-answer")).to_have_count(1)
        after = places(page)
        assert len(before) == 3
        assert after[:3] == before
        expect(page.get_by_role("status").filter(has_text="2 footnotes.")).to_have_count(1)


def places(page: Page) -> list[list[float]]:
    """Return where the question and each piece of the answer stand."""
    pieces = "#fn-conversation :is(.fn-question, .fn-answer bdi, .fn-marker, .fn-coming)"
    found: list[list[float]] = page.evaluate(
        """selector => [...document.querySelectorAll(selector)].filter(e => e.textContent.trim()).map(e => {
          const box = e.getBoundingClientRect();
          return [Math.round(box.left), Math.round(box.top), Math.round(box.width)];
        })""",
        pieces,
    )
    return found
