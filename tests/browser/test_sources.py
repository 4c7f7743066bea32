"""Footnotes in a real browser: the card of a marker, several sources, what was also read, pages, copies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from index.article import Article, Mark, Span
from qa.answer import Answer, Trace
from tests.browser.conftest import PHONE, OpenPage, Server
from tests.browser.test_chat import SEVERAL, WHO, ask, emphasised, quote_from_api
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, answer, citation, hit

pytestmark = pytest.mark.browser

FOX = Article(
    id="fox",
    title="The Fox",
    text="# The Fox\n\nA fox saw grapes. They hung\nhigh on the wall.\n\nHe left. All laughed.",
    marks=(Mark("page", Span(0, 29), "11"), Mark("page", Span(29, 85), "12"), Mark("heading", Span(0, 85), "The Fox")),
)


def fox_product() -> FakeProduct:
    quotes = ("A fox saw grapes.", "He left.")
    notes = [citation(FOX, quote, number=n) for n, quote in enumerate(quotes, start=1)]
    notes[1] = replace(notes[1], status="repaired")
    both = replace(
        answer(FOX, "both", quotes[0]),
        text="It saw them and went. [1] [2] It wept.",
        citations=tuple(notes),
        unsupported=(Span(30, 38),),
        trace=Trace("both", consulted=(hit(FOX, "All laughed."), hit(FOX, "A fox saw grapes."))),
    )
    across = answer(FOX, "across", "They hung\nhigh on the wall.")
    replies: dict[str, Answer | Exception] = {"both": both, "across": across}
    return FakeProduct(FakeLibrary([FOX]), ScriptedAssistant(replies), ("both", "across"))


def card(page: Page) -> Locator:
    return page.locator("#fn-card")


def tab_back_to(page: Page, selector: str) -> None:
    page.get_by_label("Question", exact=True).focus()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def test_a_mouse_that_rests_on_a_marker_sees_the_quote(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, SEVERAL).locator(".fn-marker").first.hover()
    expect(card(page)).to_be_visible()
    expect(card(page).locator("q")).to_have_text(quote_from_api(url, SEVERAL))
    expect(card(page)).to_contain_text("Kazakhstan on fire")
    expect(card(page)).to_contain_text("quote found word for word")
    card(page).hover()
    page.wait_for_timeout(400)
    expect(card(page)).to_be_visible()  # it can be read at leisure
    page.mouse.move(5, 5)
    expect(card(page)).to_be_hidden()


def test_a_marker_reached_by_keyboard_shows_its_quote_and_escape_hides_it(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    tab_back_to(page, ".fn-marker")
    expect(card(page)).to_be_visible()
    expect(card(page)).to_have_attribute("role", "tooltip")
    expect(page.locator(".fn-marker")).to_have_attribute("aria-describedby", "fn-card")
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    expect(page.locator(".fn-marker")).to_be_focused()


def test_on_a_phone_the_card_lies_within_the_screen(open_page: OpenPage) -> None:
    with Server(fox_product()) as url:
        page = open_page(url, PHONE, has_touch=True)
        ask(page, "both").locator(".fn-marker").tap()
        box = card(page).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE[0]
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= PHONE[1]


def test_a_finger_on_a_marker_opens_the_source_and_no_card(url: str, open_page: OpenPage) -> None:
    page = open_page(url, PHONE, has_touch=True)
    ask(page, WHO).locator(".fn-marker").tap()
    expect(page.locator("mark.fn-active")).to_be_in_viewport()
    expect(card(page)).to_be_hidden()


def test_several_sources_are_chosen_from_one_marker_by_keyboard(open_page: OpenPage) -> None:
    with Server(fox_product()) as url:
        page = open_page(url)
        ask(page, "both")
        tab_back_to(page, ".fn-marker")
        expect(page.locator(".fn-marker")).to_have_text(["[1, 2]"])
        page.keyboard.press("Enter")
        expect(card(page)).to_have_attribute("role", "dialog")
        expect(card(page)).to_have_attribute("aria-label", "2 sources for this")
        expect(page.locator(".fn-marker")).to_have_attribute("aria-expanded", "true")
        expect(card(page).get_by_role("button").first).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".fn-marker")).to_be_focused()
        expect(card(page)).to_be_hidden()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert emphasised(page) == "He left."
        expect(card(page)).to_be_hidden()
        page.keyboard.press("Escape")
        expect(page.locator(".fn-marker")).to_be_focused()


def test_what_was_also_read_can_be_seen_in_its_place(open_page: OpenPage) -> None:
    with Server(fox_product()) as url:
        page = open_page(url)
        turn = ask(page, "both")
        also = turn.locator(".fn-also")
        expect(also.locator("button")).to_be_hidden()
        also.get_by_text("Also read: 1 passage").click()
        also.locator("button").click()
        expect(page.locator("mark.fn-active")).to_have_text("All laughed.")
        turn.locator(".fn-note").first.click()  # the turn's own footnotes work on
        expect(page.locator("mark.fn-active")).to_have_text("A fox saw grapes.")


def test_the_state_of_each_source_and_of_each_statement_is_said(open_page: OpenPage) -> None:
    with Server(fox_product()) as url:
        turn = ask(open_page(url), "both")
        said = ["✓ quote found word for word", "≈ quote found, place corrected"]
        expect(turn.locator(".fn-notes .fn-status")).to_have_text(said)
        expect(turn.locator(".fn-unsupported").first).to_have_text(" It wept.")
        turn.get_by_text("What the marks mean").click()
        expect(turn.locator(".fn-legend dd").first).to_be_visible()


def test_pages_and_headings_are_seen_and_the_text_is_the_articles(open_page: OpenPage) -> None:
    with Server(fox_product()) as url:
        page = open_page(url)
        turn = ask(page, "across")
        expect(turn.locator("cite")).to_have_text("The Fox, p. 12")
        turn.locator(".fn-marker").click()
        assert emphasised(page) == "They hung\nhigh on the wall."
        assert page.locator(".fn-text").text_content() == FOX.text
        expect(page.locator(".fn-text").get_by_role("heading")).to_have_text("# The Fox")
        labels = page.locator(".fn-page").evaluate_all("all => all.map(e => getComputedStyle(e, '::before').content)")
        assert labels == ['"Page 11"', '"Page 12"']
        expect(page.get_by_role("separator", name="Page 12")).to_be_in_viewport()


def test_a_copied_answer_keeps_its_footnotes(open_page: OpenPage) -> None:
    with Server(fox_product()) as url:
        page = open_page(url, permissions=["clipboard-read", "clipboard-write"])
        ask(page, "both").get_by_role("button", name="Copy").click()
        expect(page.locator("#fn-said")).to_have_text("Copied, with its footnotes.")
        assert page.evaluate("navigator.clipboard.readText()") == (
            "It saw them and went. [1][2] It wept. (not supported)\n\n"
            "[1] “A fox saw grapes.” — The Fox, p. 11\n[2] “He left.” — The Fox, p. 12 (quote found, place corrected)"
        )
        kinds = page.evaluate("navigator.clipboard.read().then(items => items[0].types)")
        assert kinds == ["text/plain", "text/html"]


def test_a_copy_works_where_the_page_has_no_clipboard_of_its_own(open_page: OpenPage) -> None:
    with Server(fox_product()) as url:
        page = open_page(url, permissions=["clipboard-read", "clipboard-write"])
        turn = ask(page, "across")
        page.evaluate("window.ClipboardItem = undefined")
        turn.get_by_role("button", name="Copy").click()
        expect(page.locator("#fn-said")).to_have_text("Copied, with its footnotes.")
        assert str(page.evaluate("navigator.clipboard.readText()")).endswith("— The Fox, p. 12")


HEBREW = Article(
    id="fox-he",
    title="השועל",
    text="השועל ראה ענבים. הם היו גבוהים מדי. הוא הלך משם בלי לאכול.",
    language="he",
)


def test_a_right_to_left_article_and_answer_run_from_the_right(open_page: OpenPage) -> None:
    quotes = ("השועל ראה ענבים.", "הוא הלך משם בלי לאכול.")
    product = FakeProduct(FakeLibrary([HEBREW]), ScriptedAssistant({"q": answer(HEBREW, "q", *quotes)}))
    with Server(product) as url:
        page = open_page(url)
        turn = ask(page, "q")
        turn.locator(".fn-marker").nth(1).click()
        assert emphasised(page) == quotes[1]
        directions = page.evaluate("""() => ['.fn-answer', '.fn-text p', '.fn-source h2', '.fn-notes q'].map(
            selector => getComputedStyle(document.querySelector(selector)).direction)""")
        assert directions == ["rtl"] * 4
        first, second = (turn.locator(".fn-marker").nth(n).bounding_box() for n in (0, 1))
        assert first is not None
        assert second is not None
        assert (second["y"], -second["x"]) > (first["y"], -first["x"])  # further left, or on a line below
        expect(page.locator(".fn-text")).to_have_attribute("lang", "he")
