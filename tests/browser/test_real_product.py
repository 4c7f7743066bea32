"""The product as a user starts it: ``footnote serve`` as a process, the real model, a real browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_chat import ask, emphasised, quote_from_api
from tests.browser.test_library import file
from tests.index.formats.making import docx_of, pdf_of

pytestmark = [pytest.mark.browser, pytest.mark.model]

WHO = "Who asked for the intervention of the Collective Defense Pact troops?"


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[str]:
    """Start the command in a home of its own; give the address that it prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", str(port), *arguments]
    places = {name: str(home) for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | places) as server:
        assert server.stdout is not None
        found = re.search(r"http://[\d.:]+", server.stdout.readline())
        assert found is not None
        for _ in range(100):
            try:
                httpx2.get(f"{found[0]}/healthz").raise_for_status()
                break
            except httpx2.TransportError:
                server.poll()
                assert server.returncode is None
        try:
            yield found[0]
        finally:
            server.terminate()
            server.wait(20)  # an open page does not hold it


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the seed article."""
    with serving(tmp_path_factory.mktemp("home")) as address:
        yield address


def test_the_seed_article_answers_with_the_words_it_rests_on(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    turn = ask(page, WHO)
    expect(turn).to_contain_text("Tokaev")
    turn.get_by_role("button", name="Footnote 1").click()
    quote = quote_from_api(address, WHO)
    assert emphasised(page) == quote
    assert "Tokaev, who called for the intervention of the troops of the Collective Defense Pact" in quote


def test_what_the_seed_article_does_not_say_is_not_answered(address: str, open_page: OpenPage) -> None:
    turn = ask(open_page(address), "What is the capital of Australia?")
    expect(turn).to_contain_text("The article does not say.")
    expect(turn.get_by_role("button", name="Footnote 1")).to_have_count(0)


def test_every_example_question_is_answered(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    examples = page.locator("[data-ask]").evaluate_all("buttons => buttons.map(each => each.dataset.ask)")
    statuses = {q: httpx2.post(f"{address}/v1/ask", json={"question": q}).json()["status"] for q in examples}
    assert set(statuses.values()) == {"answered"}, statuses
    assert len(statuses) == 4


def test_a_file_dropped_on_the_example_is_asked_from_then_on_and_the_example_stands_beside_it(
    tmp_path: Path, open_page: OpenPage
) -> None:
    with serving(tmp_path) as address:
        page = open_page(address)
        expect(page.locator(".fn-welcome")).to_contain_text("This article is an example.")
        paper = pdf_of(("The old lighthouse of Brantsund was built in 1912 by two brothers.",))
        page.locator("#fn-files").set_input_files([file("Lighthouse.pdf", paper)])
        expect(page.locator("#fn-progress .fn-item-state")).to_have_text(["added"], timeout=60_000)
        expect(page.locator(".fn-library li")).to_have_count(1)
        expect(ask(page, "When was the old lighthouse of Brantsund built?").locator(".fn-short")).to_contain_text(
            "1912"
        )
        expect(ask(page, WHO)).to_contain_text("The article does not say.")
        page.locator("#fn-shelf").click()
        page.get_by_role("button", name="Ask the example").click()
        expect(page.locator(".fn-scope")).to_contain_text("Only “Kazakhstan’s crisis, 6 January 2022” is asked.")
        expect(ask(page, WHO).locator(".fn-short")).to_contain_text("Tokaev")
    assert (tmp_path / "footnote" / "library" / "library.sqlite3").is_file()


def test_a_pdf_and_a_word_document_that_disagree_are_added_to_an_empty_library_and_both_cited(
    tmp_path: Path, open_page: OpenPage
) -> None:
    paper = pdf_of(
        ("The harbour museum tells the story of the town and of its ships.",),
        ("The old lighthouse of Brantsund was built in 1912 by two brothers.",),
    )
    report = docx_of(("Normal", "The old lighthouse of Brantsund was built in 1913, after the great storm."))
    with serving(tmp_path, "--library", str(tmp_path / "library")) as address:
        page = open_page(address)
        page.locator("#fn-files").set_input_files([file("Museum.pdf", paper), file("Report.docx", report)])
        expect(page.locator("#fn-progress .fn-item-state")).to_have_text(["added", "added"], timeout=60_000)
        turn = ask(page, "When was the old lighthouse of Brantsund built?")
        expect(turn.locator(".fn-short")).to_contain_text("1912")
        expect(turn.locator(".fn-short")).to_contain_text("1913")
        expect(turn.locator(".fn-from")).to_have_count(2)
        note = turn.locator(".fn-notes > li").filter(has_text="1912")
        expect(note.locator(".fn-where")).to_contain_text("p. 2")
        note.locator(".fn-note").click()
        expect(page.locator("mark.fn-active").first).to_contain_text("1912")
        assert "was built in 1912 by two brothers." in emphasised(page)
