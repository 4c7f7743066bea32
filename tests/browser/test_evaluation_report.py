"""The report of an evaluation in a real browser: read from a file, with the keyboard, in print and in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from qa.evaluation.compare.baseline import Against
from qa.evaluation.compare.paired_bootstrap import Run
from qa.evaluation.data.datasets import Question
from qa.evaluation.metrics import measure
from qa.evaluation.metrics.slices import measure_slices
from qa.evaluation.report import Report
from qa.evaluation.reports.files import files_of
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_accessibility import barriers
from tests.qa.evaluation.conftest import World

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(1)</script>"
Open = Callable[..., Page]


def write_report(folder: Path, copies: int = 1, compared: bool = False) -> Path:
    """Write a report of the small world's questions, each in several copies, and of one that failed.

    ``compared`` is with a run that abstained from the first and answered the last.
    """
    world = World()
    outcomes = [
        replace(
            each, question=replace(each.question, id=f"{each.question.id}-{copy}", tags=(HOSTILE, f"copy {copy % 2}"))
        )
        for copy in range(copies)
        for each in world.outcomes()
    ]
    measured = outcomes[:10]  # two copies: figures of more take long, and say no more
    failed = Question("a b/c#d&e", f"Too long? {HOSTILE}", (HOSTILE,), (), True)
    report = Report(
        dataset=f"tiny {HOSTILE}",
        n_questions=len(outcomes) + 1,
        n_unanswerable=2 * copies,
        failed={failed.id: f"cannot be asked {HOSTILE}"},
        metrics=measure(measured, world.text),
        curves={"risk_coverage": [{"threshold": 0.5, "coverage": 0.5, "risk": 0.2}]},
        slices=measure_slices(measured),
    )
    questions = [*(outcome.question for outcome in outcomes), failed]
    against = None
    if compared:
        first, *others, last = outcomes
        earlier = [replace(first, reply=world.abstention(0.2)), *others, replace(last, reply=world.abstention(0.1))]
        baseline = Run(f"earlier {HOSTILE}", report, {each.question.id: each for each in earlier})
        against = Against(baseline)
        report = against.compared(report, outcomes)
    path = folder / "report.html"
    files = files_of(report, questions, outcomes, world.text, None, against)
    path.write_text(files["report.html"], encoding="utf-8")
    return path


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a report from its file; the test fails if it asks for anything else, or if anything complains."""
    contexts: list[BrowserContext] = []
    addresses: list[str] = []
    faults: list[str] = []

    def refuse(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    def open_at(
        hash_: str = "", size: tuple[int, int] = DESK, copies: int = 1, compared: bool = False, **options: Any
    ) -> Page:
        address = write_report(tmp_path, copies, compared).as_uri()
        viewport: Any = {"width": size[0], "height": size[1]}
        contexts.append(browser.new_context(viewport=viewport, **options))
        page = contexts[-1].new_page()
        page.on("request", lambda request: addresses.append(request.url.partition("#")[0].removeprefix(address)))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text))
        page.on("dialog", refuse)
        page.goto(address + hash_)
        expect(page.locator("#filters")).to_be_visible()
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert {address for address in addresses if not address.startswith("data:")} == {""}
    assert faults == []


def questions(page: Page) -> list[str]:
    return page.locator("#list .open").all_inner_texts()


def test_it_lists_every_question_and_says_how_many_count_as_wrong(open_report: Open) -> None:
    page = open_report()
    expect(page.locator("#count")).to_have_text("6 of 6 questions; 3 count as wrong.")
    assert questions(page)[:2] == ["Where does the Nile flow?", "What is tea made of?"]
    expect(page.locator("h1")).to_have_text(f"tiny {HOSTILE}")


def test_a_question_opens_with_its_quote_marked_in_its_context(open_report: Open) -> None:
    page = open_report()
    page.get_by_role("button", name="Where does the Nile flow?").click()
    detail = page.locator("tr.detail")
    expect(detail.locator("mark:not(.gold)")).to_have_text("It flows north.")
    expect(detail.locator("mark.gold")).to_have_text("north")
    expect(detail.locator("blockquote").last).to_contain_text("The Nile is long. It flows north.")


def test_a_question_says_which_metrics_it_costs_something(open_report: Open) -> None:
    page = open_report("#q=q2-0")
    assert page.locator("tr.detail li").all_inner_texts() == [
        "citation.precision 1 of 2 quotes do not hold the answer.",
        "answer.exact_match The answer is not an expected one word for word.",
        "answer.f1 Its words agree with the nearest expected answer to 0.22.",
    ]


def test_an_abstention_shows_what_it_withheld_as_withheld(open_report: Open) -> None:
    page = open_report("#q=q3-0")
    detail = page.locator("tr.detail")
    expect(detail.get_by_role("heading", name="Withheld, and not shown to people")).to_be_visible()
    expect(detail.locator("mark:not(.gold)")).to_have_text("🙂 Paper was made in China.")


def test_filters_narrow_the_list_and_stand_in_the_address(open_report: Open) -> None:
    page = open_report()
    page.get_by_label("Verdict").select_option(label="All that count as wrong")
    assert len(questions(page)) == 3
    page.get_by_label("Text").fill("PAPER china")
    expect(page.locator("#count")).to_have_text("1 of 6 questions; 1 count as wrong.")
    again = open_report("#" + page.url.partition("#")[2])
    assert questions(again) == ["Where was paper made?"]
    again.get_by_role("button", name="Show all").click()
    assert len(questions(again)) == 6


def test_a_slice_shows_its_questions(open_report: Open) -> None:
    page = open_report()
    page.get_by_role("link", name="where", exact=True).click()
    assert questions(page) == ["Where does the Nile flow?", "Where was paper made?"]
    expect(page.locator("#value")).to_have_value("where")


def test_a_link_to_a_question_opens_it_on_its_page_whatever_its_id(open_report: Open) -> None:
    page = open_report(copies=40)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#page")).to_have_text("Page 5 of 5")
    page.get_by_role("button", name="Too long?").click()
    link = page.get_by_role("link", name="Link to this question").get_attribute("href")
    assert link == "#q=a+b%2Fc%23d%26e"
    linked = open_report(link, copies=40)
    expect(linked.locator("#page")).to_have_text("Page 5 of 5")
    expect(linked.locator("tr.detail")).to_contain_text("cannot be asked")
    expect(linked.get_by_role("button", name="Too long?")).to_be_focused()


def test_a_link_to_a_question_that_the_filters_hide_shows_it_all_the_same(open_report: Open) -> None:
    page = open_report("#q=q1-0&verdict=-wrong")
    expect(page.locator("tr.detail")).to_be_visible()
    expect(page.get_by_label("Verdict")).to_have_value("")


@pytest.mark.parametrize(
    ("hash_", "count"),
    [
        pytest.param("#q=gone", "There is no question gone in this report. 6 of 6", id="a question that is gone"),
        pytest.param("#verdict=odd&by=odd&value=odd&page=-9", "6 of 6 questions", id="filters that are unknown"),
        pytest.param("#%", "6 of 6 questions", id="what is no address"),
    ],
)
def test_a_link_that_leads_nowhere_shows_all(open_report: Open, hash_: str, count: str) -> None:
    page = open_report(hash_)
    expect(page.locator("#count")).to_contain_text(count)
    assert len(questions(page)) == 6


def test_a_question_opens_and_closes_with_the_keyboard(open_report: Open) -> None:
    page = open_report()
    page.get_by_role("button", name="Show all").focus()
    page.keyboard.press("Tab")  # the list, which scrolls
    page.keyboard.press("Tab")
    first = page.get_by_role("button", name="Where does the Nile flow?")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-expanded", "true")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("tr.detail")).to_have_count(0)


@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        pytest.param(DESK, "light", id="desktop, light"),
        pytest.param(DESK, "dark", id="desktop, dark"),
        pytest.param(PHONE, "light", id="phone, light"),
    ],
)
def test_the_report_shuts_nobody_out(open_report: Open, size: tuple[int, int], scheme: Any) -> None:
    page = open_report("#q=q2-0", size, color_scheme=scheme, bypass_csp=True)  # for axe alone, which is no part of it
    for summary in page.locator("summary").all():
        if summary.evaluate("e => !e.parentElement.open"):
            summary.click()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_compared_question_shows_both_replies_side_by_side(open_report: Open) -> None:
    page = open_report("#q=q1-0", compared=True)
    both = page.locator("tr.detail .both > div")
    expect(both).to_have_count(2)
    before, now = both.all()
    expect(before).to_contain_text("No answer.")
    expect(now.locator("mark")).to_have_text("It flows north.")
    left, right = before.bounding_box(), now.bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] < right["x"]
    expect(page.locator("tr.detail")).to_contain_text("citation.recall won: 0.00, now 1.00")


def test_the_questions_lost_and_won_are_filters_that_stand_in_the_address(open_report: Open) -> None:
    page = open_report(compared=True)
    box = page.get_by_label("Beside the earlier run")
    box.select_option(label="Lost anything")
    assert questions(page) == ["How wide is the Nile?"]
    box.select_option(label="All that were replied to otherwise")
    assert questions(page) == ["Where does the Nile flow?", "How wide is the Nile?"]
    box.select_option(label="Won: answer.f1")
    again = open_report("#" + page.url.partition("#")[2], compared=True)
    assert questions(again) == ["Where does the Nile flow?"]
    expect(again.locator("#list small")).to_have_text("Before: Abstained, though it can be answered")


def test_a_count_of_the_comparison_shows_its_questions(open_report: Open) -> None:
    page = open_report(compared=True)
    page.get_by_role("link", name="1 lost, abstention.false_answers").click()
    assert questions(page) == ["How wide is the Nile?"]
    expect(page.locator("#questions")).to_be_focused()


def test_without_a_comparison_there_is_no_filter_for_it(open_report: Open) -> None:
    expect(open_report().locator("#change")).to_be_hidden()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desktop", "phone"])
def test_the_comparison_shuts_nobody_out(open_report: Open, size: tuple[int, int]) -> None:
    page = open_report("#q=q1-0", size, compared=True, bypass_csp=True)
    for summary in page.locator("summary").all():
        if summary.evaluate("e => !e.parentElement.open"):
            summary.click()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_print_has_dark_ink_and_no_controls(open_report: Open) -> None:
    page = open_report("#q=q1-0", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("tr.detail")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_ten_thousand_questions_are_shown_a_page_at_a_time(open_report: Open) -> None:
    page = open_report(copies=2000)
    expect(page.locator("#count")).to_have_text("10001 of 10001 questions; 4001 count as wrong.")
    assert len(questions(page)) == 50
    took = page.evaluate(
        """() => { const began = performance.now(), box = document.getElementById("verdict");
        box.value = "false_answer"; box.dispatchEvent(new Event("change")); return performance.now() - began; }"""
    )
    expect(page.locator("#count")).to_have_text("2000 of 10001 questions; 2000 count as wrong.")
    print(f"filtered in {took:.0f} ms")
