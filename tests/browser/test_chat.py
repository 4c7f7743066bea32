"""The chat in a real browser: what is shown, where the focus goes, and that nothing leaves the machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from index.article import Article, Span
from tests.browser.conftest import PHONE, OpenPage, Server
from tests.ui.fakes import (
    FakeLibrary,
    FakeProduct,
    ScriptedAssistant,
    abstention,
    answer,
    citation,
    hit,
    seed_article,
    seed_product,
)

pytestmark = pytest.mark.browser

WHO = "Who asked for the intervention of the troops?"
SEVERAL = "How did other countries react?"
UNSTATED = "When was Tokaev born?"


def ask(page: Page, question: str) -> Locator:
    turns = page.locator(".fn-turn")
    before = turns.count()
    box = page.get_by_label("Question", exact=True)
    box.fill(question)
    page.keyboard.press("Enter")
    expect(turns).to_have_count(before + 1)
    expect(page.locator(".fn-is-pending")).to_have_count(0)
    return turns.last


def quote_from_api(url: str, question: str, number: int = 1) -> str:
    citations = httpx2.post(f"{url}/v1/ask", json={"question": question}).json()["citations"]
    return str(next(c["source"]["quote"]["exact"] for c in citations if c["n"] == number))


def emphasised(page: Page) -> str:
    expect(page.locator("mark.fn-active").first).to_be_visible()
    return str(page.evaluate("[...document.querySelectorAll('mark.fn-active')].map(m => m.textContent).join('')"))


def width_of(page: Page) -> list[int]:
    return list(page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]"))


def test_a_click_on_a_footnote_shows_exactly_its_quote(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    turn = ask(page, WHO)
    turn.get_by_role("button", name="Footnote 1").click()
    assert emphasised(page) == quote_from_api(url, WHO)
    expect(page.locator("mark.fn-active")).to_be_in_viewport(ratio=0.9)


def test_each_footnote_of_an_answer_leads_to_its_own_quote(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    turn = ask(page, SEVERAL)
    turn.get_by_role("button", name="Footnote 2").click()
    assert emphasised(page) == quote_from_api(url, SEVERAL, 2)
    turn.locator(".fn-note").first.click()
    assert emphasised(page) == quote_from_api(url, SEVERAL, 1)


def test_a_footnote_of_an_earlier_turn_still_works(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    ask(page, SEVERAL)
    page.locator("#marker-1-1").click()
    expect(page.locator(".fn-source")).to_have_attribute("data-turn", "answer-1")
    assert emphasised(page) == quote_from_api(url, WHO)


def test_an_example_question_can_be_asked_by_a_click(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    page.get_by_role("button", name=WHO).click()
    expect(page.locator(".fn-is-answer")).to_contain_text("Tokaev, who called for the intervention")


def test_everything_can_be_done_by_keyboard(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    page.get_by_label("Question", exact=True).focus()
    page.keyboard.type(WHO)
    page.keyboard.press("Enter")
    expect(page.locator(".fn-is-answer")).to_be_visible()
    expect(page.get_by_label("Question", exact=True)).to_be_focused()  # ready for the next question
    for _ in ("down", "up", "edit", "again", "link", "copy", "legend", "footnote", "marker"):
        page.keyboard.press("Shift+Tab")
    expect(page.locator("#marker-1-1")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("mark.fn-active")).to_be_focused()
    assert emphasised(page) == quote_from_api(url, WHO)
    page.keyboard.press("Escape")
    expect(page.locator("#marker-1-1")).to_be_focused()


def test_the_focused_marker_has_a_visible_ring(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    for _ in ("down", "up", "edit", "again", "link", "copy", "legend", "footnote", "marker"):
        page.keyboard.press("Shift+Tab")
    expect(page.locator("#marker-1-1")).to_be_focused()
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"


def test_a_reply_is_announced_to_a_screen_reader(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    status = page.get_by_role("status").filter(has_text="1 footnote.")
    expect(status).to_have_attribute("aria-live", "polite")
    ask(page, UNSTATED)
    expect(page.get_by_role("status").filter(has_text="The article does not say.")).to_have_count(1)


def test_an_abstention_looks_like_none_of_the_answers(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    turn = ask(page, UNSTATED)
    expect(turn).to_contain_text("The article does not say.")
    expect(turn).to_contain_text("Nearest passages (not an answer)")
    expect(turn.locator(".fn-marker, .fn-answer")).to_have_count(0)
    expect(page.locator("mark.fn-active")).to_have_count(0)
    assert turn.locator(".fn-abstention").evaluate("e => getComputedStyle(e).borderTopStyle") == "dashed"


def test_a_nearest_passage_can_be_seen_in_its_place(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    turn = ask(page, UNSTATED)
    near = turn.locator(".fn-near").nth(1)
    near.click()
    assert emphasised(page) == near.text_content()


def test_a_question_out_of_scope_is_told_as_such(url: str, open_page: OpenPage) -> None:
    expect(ask(open_page(url), "What is the capital of Australia?")).to_contain_text("Nothing in it is about this.")


def test_a_failure_is_told_without_its_inside(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    turn = ask(page, "break")
    expect(turn).to_contain_text("Something went wrong here. The log has more under")
    expect(turn).not_to_contain_text("secret")
    expect(ask(page, "refuse")).to_contain_text("the question has 20,000 characters")


def test_a_blank_question_changes_nothing(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, WHO)
    page.get_by_label("Question", exact=True).fill("   ")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)  # for a change that must not come there is nothing to wait for
    expect(page.locator(".fn-question")).to_have_text([WHO])
    ask(page, UNSTATED)
    expect(page.locator(".fn-question")).to_have_text([WHO, UNSTATED])


def test_a_phone_opens_the_source_as_a_sheet_and_closes_it(url: str, open_page: OpenPage) -> None:
    page = open_page(url, PHONE, has_touch=True)
    turn = ask(page, SEVERAL)
    expect(page.locator("#fn-side")).not_to_be_visible()
    turn.get_by_role("button", name="Footnote 2").tap()
    expect(page.locator("mark.fn-active")).to_be_in_viewport()
    assert emphasised(page) == quote_from_api(url, SEVERAL, 2)
    page.get_by_role("button", name="Close").tap()
    expect(page.locator("#fn-side")).not_to_be_visible()
    expect(turn.get_by_role("button", name="Footnote 2")).to_be_focused()


def test_a_phone_can_read_the_article_without_a_question(url: str, open_page: OpenPage) -> None:
    page = open_page(url, PHONE)
    page.get_by_role("button", name="Article", exact=True).click()
    expect(page.get_by_role("heading", name="Kazakhstan on fire")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#fn-side")).not_to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 768, 899, 900, 1280])
def test_no_width_scrolls_sideways(url: str, open_page: OpenPage, width: int) -> None:
    page = open_page(url, (width, 800))
    assert width_of(page) == [width, width]
    turn = ask(page, SEVERAL)
    turn.get_by_role("button", name="Footnote 1").click()
    expect(page.locator("mark.fn-active")).to_be_in_viewport()
    assert width_of(page) == [width, width]


def test_on_a_phone_whatever_can_be_touched_is_large_enough(url: str, open_page: OpenPage) -> None:
    page = open_page(url, PHONE)
    chips = page.locator("button:visible, textarea:visible").evaluate_all(
        "all => all.map(e => Math.round(e.getBoundingClientRect().height))"
    )
    assert min(chips) >= 44
    turn = ask(page, WHO)
    box = turn.get_by_role("button", name="Footnote 1").bounding_box()
    assert box is not None
    middle, edge = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 21
    hit_id = page.evaluate("([x, y]) => document.elementFromPoint(x, y).id", [middle, edge])
    assert hit_id == "marker-1-1"


@pytest.mark.parametrize(("scheme", "darker"), [("light", "ink"), ("dark", "paper")])
def test_the_page_follows_the_systems_colours(url: str, open_page: OpenPage, scheme: Any, darker: str) -> None:
    page = open_page(url, color_scheme=scheme)
    colours = page.evaluate("""() => {
      const light = colour => colour.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
      const style = getComputedStyle(document.body);
      return {ink: light(style.color), paper: light(style.backgroundColor)};
    }""")
    assert min(colours, key=colours.get) == darker


def test_two_conversations_do_not_mix(url: str, open_page: OpenPage) -> None:
    one, other = open_page(url), open_page(url)
    ask(one, WHO)
    ask(other, SEVERAL)
    ask(one, UNSTATED)
    expect(one.locator(".fn-question")).to_have_text([WHO, UNSTATED])
    expect(other.locator(".fn-question")).to_have_text([SEVERAL])


# Other libraries

ATTACK = (
    '<img src=x onerror="window.hacked=1"> <script>window.hacked=1</script> ${window.hacked=1} '
    "{{value}} `${window.hacked=1}` </mark></section><iframe src=//evil.example></iframe> "
    "[click](javascript:window.hacked=1) ![](https://evil.example/x.png)"
)


def test_an_article_that_attacks_the_page_stays_text(open_page: OpenPage) -> None:
    article = Article(id=ATTACK, title=ATTACK, text=f"{ATTACK}\n\n{ATTACK} again.", url="javascript:window.hacked=1")
    quote = f"{ATTACK} again."
    reply = answer(article, ATTACK, quote)
    near = abstention("near", "not_stated", [hit(article, quote)])
    product = FakeProduct(FakeLibrary([article]), ScriptedAssistant({ATTACK: reply, "near": near}), [ATTACK])
    with Server(product) as url:
        page = open_page(url)
        page.locator(".fn-chips button").click()
        turn = page.locator(".fn-is-answer")
        turn.locator(".fn-marker").click()
        assert emphasised(page) == quote
        expect(turn.locator(".fn-question")).to_have_text(ATTACK)
        ask(page, "near").locator(".fn-near").click()
        assert emphasised(page) == quote
        assert page.evaluate("window.hacked") is None
        expect(page.locator('#fn-page :is(img, script, iframe, a:not([href^="evaluate?lang="]))')).to_have_count(0)


def test_hard_text_is_shown_to_the_character(open_page: OpenPage) -> None:
    text = "Before 👩‍🚀.\r\n\r\nZażółć \u202eabc\u202c 🇰🇿 שלום\n\nand on\tand  on. After."
    quote = text[text.index("Zaż") : text.index(" After")]
    article = Article(id="hard", title="Hard", text=text)
    product = FakeProduct(FakeLibrary([article]), ScriptedAssistant({"q": answer(article, "q", quote)}))
    with Server(product) as url:
        page = open_page(url)
        ask(page, "q").locator(".fn-marker").click()
        assert emphasised(page) == quote
        assert page.locator(".fn-text").text_content() == text


def test_a_footnote_opens_the_article_it_cites(open_page: OpenPage) -> None:
    seed = seed_article()
    other = Article(id="other", title="Another article", text="Almaty is a city. " * 200 + "It has trams.")
    reply = answer(seed, "q", "Putin has never believed")
    second = citation(other, "It has trams.", number=2, supports=Span(29, 42))
    reply = replace(reply, text=f"{reply.text} It has trams. [2]", citations=(*reply.citations, second))
    library = FakeLibrary([seed, other])
    with Server(FakeProduct(library, ScriptedAssistant({"q": reply}))) as url:
        page = open_page(url)
        expect(page.get_by_role("heading", name="2 articles", exact=True)).to_be_visible()
        page.get_by_role("button", name="Another article").click()
        expect(page.locator(".fn-source h2")).to_have_text("Another article")
        turn = ask(page, "q")
        expect(page.locator(".fn-source h2")).to_have_text("Kazakhstan on fire")
        turn.get_by_role("button", name="Footnote 2").click()
        expect(page.locator(".fn-source h2")).to_have_text("Another article")
        assert emphasised(page) == "It has trams."
        expect(page.locator("mark.fn-active")).to_be_in_viewport()


def test_a_page_left_open_works_with_a_restarted_server(open_page: OpenPage) -> None:
    with Server(seed_product()) as url:
        page = open_page(url, faults_allowed=True)  # the browser reports each connection that fails
        ask(page, WHO)
    with Server(seed_product(), port=int(url.rpartition(":")[2])):
        page.get_by_label("Question", exact=True).fill(UNSTATED)
        page.keyboard.press("Enter")
        expect(page.locator(".fn-is-abstention")).to_contain_text("The article does not say.", timeout=20_000)
