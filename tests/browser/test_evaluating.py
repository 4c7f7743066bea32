"""The evaluation page in a real browser: a file is sent, read, asked, left in the middle; its report is compared."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from index.storage.library import Library
from qa.config import ReadingConfig
from tests.browser.conftest import DESK, PHONE, OpenPage, Server
from tests.browser.test_accessibility import barriers
from tests.browser.test_library import TOKEN, file
from tests.ui.fakes import PacedAssistant
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, WordCountingEmbedder, library_of
from ui.app.settings import Settings
from ui.app.wiring import Indexer, product_over
from ui.evaluate.evaluate_file import open_evaluations
from ui.http.permission import Writers

pytestmark = pytest.mark.browser

LOCAL = Writers(is_local=True)
NILE, TEA, CAESAR = "Where does the Nile flow?", "What is tea a drink of?", "Who was Caesar?"
PAIRS = (
    "id,question,answer,quote,article,topic\n"
    f"1,{NILE},north,It flows north to the sea.,Rivers,water\n"
    f"2,{TEA},leaves,Tea is a drink of leaves.,Tea,food\n"
    f"3,{CAESAR},,,,history\n"
).encode()
BAD_ROWS = PAIRS + b"4,,nothing,,,\n5,Is paper thin?,yes,Paper is thick.,Paper,\n"
GERMAN = "Frage;Lösung\nWohin fließt der Nil?;nach Norden\n".encode()


@dataclass
class Served:
    url: str
    paced: PacedAssistant


@contextmanager
def evaluated(folder: Path, *held: str, writers: Writers = LOCAL, port: int = 0) -> Iterator[Served]:
    """Serve the tiny world, read without a model; the run waits at the questions that are held."""
    library_of(folder, *ARTICLES).close()
    settings = Settings(chunking=CHUNKING, reading=ReadingConfig(model="none"))
    with Library.open(folder, fingerprint=FINGERPRINT) as library:
        opened = product_over(library, Indexer(settings, WordCountingEmbedder(), FINGERPRINT))
        paced = PacedAssistant(opened.assistant, set(held))
        asked: Any = paced
        product = replace(opened, assistant=asked)
        with Server(product, port=port, writers=writers, evaluations=open_evaluations(product)) as url:
            yield Served(url, paced)
            paced.let_go.set()


def send(page: Page, content: bytes, name: str = "pairs.csv") -> None:
    page.locator("#fe-file").set_input_files(file(name, content))


def state(page: Page) -> Any:
    return page.locator("#fe-state")


def report(page: Page) -> FrameLocator:
    return page.frame_locator("#fe-shown iframe")


def run(page: Page, content: bytes = PAIRS, name: str = "pairs.csv") -> None:
    send(page, content, name)
    expect(page.locator("#fe-name")).to_have_text(name)
    page.get_by_role("button", name="Start").click()
    expect(state(page)).to_have_text("finished")


def test_it_is_reached_from_the_chat_by_keyboard_and_leads_back(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/?lang=de", faults_allowed=True)  # Gradio's, when its page is left
        page.locator("#fn-evaluate").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Auswerten")).to_be_visible()
        page.get_by_role("link", name="Chat").click()
        expect(page.locator(".fn-welcome")).to_be_visible()
        assert page.url == f"{served.url}/?lang=de"


def test_on_a_phone_it_is_reached_from_the_drawer(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder) as served:
        page = open_page(served.url, PHONE, faults_allowed=True)  # Gradio's, when its page is left
        page.locator("#fn-history").click()
        page.locator("#fn-drawer").get_by_role("link", name="Evaluate").click()
        expect(page.locator("#fe-new")).to_be_visible()


def test_a_file_is_shown_as_it_was_understood_before_anything_is_asked(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/evaluate")
        send(page, BAD_ROWS)
        shown = page.locator("#fe-shown")
        expect(shown).to_contain_text("4 questions can be asked.")
        expect(shown.locator(".fe-counts li")).to_have_text(
            [
                "1 of them must not be answered.",
                "1 row cannot be used and is not asked.",
                "1 row names an article or a quote that was not found; it is asked all the same.",
            ]
        )
        expect(shown.locator(".fe-columns tr")).to_have_text(
            ["Name of the rowid", "Questionquestion", "Right answeranswer", "Quote that answersquote",
             "Articlearticle", "To group the figures bytopic"]
        )  # fmt: skip
        expect(shown.locator("details li")).to_have_text(
            [
                "pairs.csv:5: the question is missing or empty; write one",
                "pairs.csv:6: the quote 'Paper is thick.' does not stand in article 'Paper'; copy its words from there",
            ]
        )
        expect(page.locator("#fe-name")).to_be_focused()
        expect(state(page)).to_have_text("not started")


def test_a_run_is_followed_through_a_reload_and_its_report_shown_and_filtered(
    folder: Path, open_page: OpenPage
) -> None:
    with evaluated(folder, TEA) as served:
        page = open_page(f"{served.url}/evaluate")
        send(page, PAIRS)
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".fe-progress")).to_contain_text("1 of 3 questions are asked.")
        page.reload()
        expect(page.locator(".fe-progress")).to_contain_text("1 of 3 questions are asked.")
        second = open_page(f"{served.url}/evaluate")
        expect(second.locator("#fe-list .fe-state")).to_have_text("running")
        served.paced.let_go.set()
        expect(state(page)).to_have_text("finished")
        frame = report(page)
        expect(frame.locator("#count")).to_contain_text("3 of 3 questions")
        frame.get_by_label("Text").fill("nile")
        expect(frame.locator("#count")).to_contain_text("1 of 3 questions")
        frame.get_by_role("button", name=NILE).click()
        expect(frame.locator("tr.detail mark.gold").first).to_contain_text("It flows north to the sea.")
        expect(page.locator("#fe-list dl")).to_contain_text("Answers what it can")


def test_a_run_is_stopped_and_goes_on_without_asking_again_in_a_new_server(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder, TEA) as served:
        page = open_page(f"{served.url}/evaluate", faults_allowed=True)  # the server is away for a while
        send(page, PAIRS)
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".fe-progress")).to_contain_text("1 of 3")
        threading.Timer(0.3, served.paced.let_go.set).start()
        page.get_by_role("button", name="Stop").click()
        expect(state(page)).to_have_text("stopped")
        address = page.url
    port = int(served.url.rpartition(":")[2])
    with evaluated(folder, NILE, port=port):  # to ask it again would take a minute
        page.goto(address)
        expect(page.locator("#fe-shown")).to_contain_text("Stopped after 2 of 3 questions.")
        page.get_by_role("button", name="Go on").click()
        expect(state(page)).to_have_text("finished")
        expect(report(page).locator("#count")).to_contain_text("3 of 3 questions")


def test_a_second_run_is_told_that_one_is_running(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder, NILE) as served:
        page = open_page(f"{served.url}/evaluate", faults_allowed=True)
        send(page, PAIRS, "first.csv")
        page.get_by_role("button", name="Start").click()
        expect(state(page)).to_have_text("running")
        send(page, PAIRS, "second.csv")
        expect(page.locator("#fe-name")).to_have_text("second.csv")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("alert")).to_contain_text(
            "'first.csv' is being evaluated, and one evaluation runs at a time; wait for it, or stop it"
        )


def test_two_runs_are_compared_in_the_words_of_the_command_line(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/evaluate")
        run(page, PAIRS, "before.csv")
        run(page, PAIRS, "after.csv")
        page.get_by_label("Compare with").select_option(index=1)
        comparison = page.get_by_role("region", name="Comparison").first
        expect(comparison).to_contain_text("3 questions of both are compared.")
        expect(comparison.locator("tr", has_text="citation.recall")).to_contain_text("the same")
        page.reload()
        expect(comparison).to_contain_text("3 questions of both are compared.")


def test_files_are_saved_one_by_one_or_all_as_one(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/evaluate", accept_downloads=True)
        with page.expect_download() as saved:
            page.get_by_role("link", name="Excel").click()
        assert saved.value.suggested_filename == "questions.xlsx"
        run(page)
        page.locator(".fe-files summary").click()
        with page.expect_download() as saved:
            page.get_by_role("link", name="All as one ZIP file").click()
        assert saved.value.suggested_filename == "pairs.zip"
        packed = zipfile.ZipFile(io.BytesIO(saved.value.path().read_bytes()))
        assert packed.testzip() is None
        assert {"report.html", "report.json", "answers.jsonl", "run.trec", "questions.csv"} <= set(packed.namelist())
        assert packed.read("questions.csv") == PAIRS
        with page.expect_download() as saved:
            page.get_by_role("link", name="report.json").click()
        assert saved.value.suggested_filename == "report.json"


def test_the_report_opened_alone_is_of_no_origin(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/evaluate")
        run(page)
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Open the report alone").click()
        expect(opened.value.locator("#count")).to_contain_text("3 of 3 questions")
        assert opened.value.evaluate("self.origin") == "null"


def test_an_evaluation_is_deleted_after_a_question(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/evaluate")
        run(page)
        page.get_by_role("button", name="Delete: pairs.csv").click()
        expect(page.get_by_role("button", name="Keep")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Delete: pairs.csv")).to_be_focused()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.locator("#fe-list li")).to_have_count(0)
        expect(page.locator("#fe-none")).to_be_visible()
        expect(page.locator("#fe-run")).to_be_hidden()
        assert [path.name for path in (folder / "evaluations").iterdir() if not path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.pdf", b"%PDF-1.7", "a.pdf: a .pdf file is not read as questions", id="no table"),
        pytest.param("a.csv", b"", "a.csv: is empty", id="nothing in it"),
        pytest.param("a.xlsx", b"zip?", "a.xlsx: is not an Excel workbook", id="a damaged workbook"),
        pytest.param("a.json", b"{", "a.json: not a JSON document", id="damaged JSON"),
        pytest.param(
            "<img src=x onerror=alert(1)>.csv",
            b"question,answer\n,north\n",
            "<img src=x onerror=alert(1)>.csv:2: the question is missing or empty",
            id="a hostile name",
        ),
    ],
)
def test_a_bad_file_is_told_what_is_wrong_with_it(
    folder: Path, open_page: OpenPage, name: str, content: bytes, message: str
) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/evaluate", faults_allowed=True)
        send(page, content, name)
        expect(page.get_by_role("alert")).to_contain_text("This file cannot be used.")
        expect(page.get_by_role("alert")).to_contain_text(message)
        expect(page.locator("#fe-run")).to_be_hidden()


def test_columns_of_other_names_are_asked_for(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/evaluate", faults_allowed=True)
        send(page, GERMAN, "fragen.csv")
        expect(page.get_by_role("alert")).to_contain_text("no column of questions among 'Frage', 'Lösung'")
        page.locator("#fe-mapping").get_by_label("Question").fill("Frage")
        page.locator("#fe-mapping").get_by_label("Right answer").fill("Lösung")
        page.keyboard.press("Enter")
        expect(page.locator(".fe-usable")).to_have_text("1 question can be asked.")
        expect(page.locator(".fe-examples tbody td").last).to_have_text("nach Norden")


def test_who_has_no_token_is_asked_for_it_and_goes_on(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder, writers=Writers(token=TOKEN)) as served:
        page = open_page(f"{served.url}/evaluate", faults_allowed=True)
        expect(page.get_by_label("Token")).to_be_focused()
        page.get_by_label("Token").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#fe-refusal")).to_contain_text("This token is not right.")
        page.get_by_label("Token").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.locator("#fe-none")).to_be_visible()
        run(page)


def test_a_server_that_is_away_is_asked_again(folder: Path, open_page: OpenPage) -> None:
    with evaluated(folder, TEA) as served:
        page = open_page(f"{served.url}/evaluate", faults_allowed=True)
        send(page, PAIRS)
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".fe-progress")).to_contain_text("1 of 3")
        page.context.set_offline(True)
        expect(page.get_by_role("alert")).to_contain_text("Footnote cannot be reached.")
        served.paced.let_go.set()
        page.context.set_offline(False)
        expect(state(page)).to_have_text("finished")
        expect(page.locator("#fe-refused")).to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [pytest.param(DESK, id="desktop"), pytest.param(PHONE, id="phone")])
def test_the_page_shuts_nobody_out(folder: Path, open_page: OpenPage, size: tuple[int, int], scheme: Any) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/evaluate", size, color_scheme=scheme, bypass_csp=True)  # for axe alone
        assert barriers(page) == []
        send(page, BAD_ROWS)
        expect(page.locator(".fe-usable")).to_be_visible()
        assert barriers(page) == []
        page.get_by_role("button", name="Start").click()
        expect(state(page)).to_have_text("finished")
        run(page)
        page.get_by_label("Compare with").select_option(index=1)
        expect(page.locator(".fe-comparison")).to_be_visible()
        page.locator(".fe-comparison details summary").last.click()
        page.locator(".fe-files summary").click()
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", ["de", "it", "ru"])
def test_the_page_is_said_in_each_language(folder: Path, open_page: OpenPage, language: str) -> None:
    with evaluated(folder) as served:
        page = open_page(f"{served.url}/evaluate?lang={language}", PHONE)
        send(page, PAIRS)
        expect(page.locator(".fe-usable")).to_contain_text("3")
        assert "evaluation." not in page.locator("body").inner_text()
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
