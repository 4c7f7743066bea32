"""The library pane in a real browser: articles are added, found, chosen, opened and removed by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from index.article import Article
from index.config import FetchingConfig
from index.storage.library import Library
from qa.config import ReadingConfig
from tests.browser.conftest import DESK, PHONE, OpenPage, Server
from tests.browser.test_accessibility import barriers
from tests.browser.test_chat import ask, emphasised
from tests.index.formats.making import docx_of, pdf_of
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, WordCountingEmbedder, library_of
from ui.app.settings import Settings
from ui.app.wiring import Indexer, product_over
from ui.http.permission import Writers

pytestmark = pytest.mark.browser

TOKEN = "correct horse battery"  # noqa: S105  # of a test
LOCAL = Writers(is_local=True)
MILK = pdf_of(("Cows stand about.",), ("Milk is white.", "Paper is not."))
ICE = docx_of(("Normal", "Ice is cold. It floats on the sea."))

PAGE_OF_MARK = """() => {
  const [before, inside] = [Node.DOCUMENT_POSITION_PRECEDING, Node.DOCUMENT_POSITION_CONTAINED_BY];
  const mark = document.querySelector("mark.fn-active");
  const breaks = [...document.querySelectorAll(".fn-page")];
  return breaks.filter((each) => mark.compareDocumentPosition(each) & (before | inside)).at(-1).ariaLabel;
}"""


def file(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


@contextmanager
def served(
    folder: Path, *articles: Article, writers: Writers = LOCAL, fetching: FetchingConfig | None = None
) -> Iterator[str]:
    """Serve a library of some articles that can be changed, read without a model."""
    library_of(folder, *articles).close()
    settings = Settings(chunking=CHUNKING, reading=ReadingConfig(model="none"), fetching=fetching or FetchingConfig())
    indexer = Indexer(settings, WordCountingEmbedder(), FINGERPRINT)
    with Library.open(folder, fingerprint=FINGERPRINT) as library:
        product = replace(product_over(library, indexer), adding=indexer.adding(folder))
        with Server(product, writers=writers) as url:
            yield url


def titles(page: Page) -> Locator:
    return page.locator("#fn-listing [data-open]")


def rows(page: Page) -> Locator:
    return page.locator("#fn-progress li")


def add(page: Page, *files: Any) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add files").click()
    chooser.value.set_files(list(files))


def settled(page: Page, *states: str) -> None:
    expect(page.locator("#fn-progress .fn-item-state")).to_have_text(list(states), timeout=30_000)


# Adding


def test_a_pdf_that_is_added_can_be_asked_at_once_and_its_page_is_shown(folder: Path, open_page: OpenPage) -> None:
    with served(folder, *ARTICLES) as url:
        page = open_page(url)
        add(page, file("Milk.pdf", MILK))
        settled(page, "added")
        expect(titles(page)).to_have_text(["Milk", "Paper", "Tea", "Rivers"])
        expect(page.locator(".fn-shelved").first).to_contain_text("Milk.pdf")
        expect(page.locator(".fn-shelved").first).to_contain_text("2 pages")
        turn = ask(page, "Is milk white?")
        expect(turn.locator(".fn-where").first).to_contain_text("Milk, p. 2")
        turn.locator(".fn-marker").first.click()
        assert emphasised(page) == "Milk is white."
        assert page.evaluate(PAGE_OF_MARK) == "Page 2"


def test_a_word_document_is_added_opened_and_left_again(folder: Path, open_page: OpenPage) -> None:
    with served(folder, *ARTICLES) as url:
        page = open_page(url)
        add(page, file("Ice.docx", ICE))
        settled(page, "added")
        rows(page).get_by_role("button", name="Open").click()
        expect(page.locator(".fn-text")).to_have_text("Ice is cold. It floats on the sea.")
        page.get_by_role("button", name="Back to the library").click()
        expect(titles(page)).to_have_count(4)
        expect(page.locator("#fn-source")).to_be_hidden()


def test_one_bad_file_does_not_stop_the_others(folder: Path, open_page: OpenPage) -> None:
    with served(folder) as url:
        page = open_page(url)
        add(page, file("a.txt", b"One."), file("b.pdf", b"%PDF-1.7"), file("c.txt", b"Three."), file("a.txt", b"x"))
        settled(page, "added", "not added", "added", "not added")
        expect(rows(page).nth(1).locator(".fn-item-message")).to_have_text(re.compile("^is damaged"))
        expect(rows(page).nth(3)).to_contain_text("Another file of this name")
        expect(titles(page)).to_have_count(2)
        page.get_by_role("button", name="Clear what is finished").click()
        expect(rows(page)).to_have_count(0)


def test_an_empty_library_invites_to_add_and_welcomes_once_there_is_something(
    folder: Path, open_page: OpenPage
) -> None:
    with served(folder) as url:
        page = open_page(url)
        expect(page.locator(".fn-welcome")).to_contain_text("drop files anywhere on this page")
        assert barriers(page) == []
        page.get_by_role("button", name="Paste a text").click()
        page.get_by_label("Title (may be left out)").fill("Mint <b>")
        page.get_by_label("Text", exact=True).fill("Mint tea is tea of mint. It is green.")
        page.get_by_role("button", name="Add", exact=True).click()
        settled(page, "added")
        expect(page.locator(".fn-welcome h2")).to_have_text("Ask the article a question")
        expect(titles(page)).to_have_text(["Mint <b>"])
        expect(ask(page, "Is mint tea green?")).to_contain_text("Mint")


def test_files_can_be_dropped_anywhere(folder: Path, open_page: OpenPage) -> None:
    with served(folder, *ARTICLES) as url:
        page = open_page(url)
        dropped = page.evaluate_handle(
            "() => { const d = new DataTransfer(); d.items.add(new File(['Snow falls.'], 'Snow.txt')); return d; }"
        )
        page.locator("#fn-conversation").dispatch_event("dragenter", {"dataTransfer": dropped})
        expect(page.locator("#fn-drop")).to_be_visible()
        page.locator("#fn-conversation").dispatch_event("drop", {"dataTransfer": dropped})
        expect(page.locator("#fn-drop")).to_be_hidden()
        settled(page, "added")
        expect(titles(page)).to_have_text(["Snow", "Paper", "Tea", "Rivers"])


def test_a_page_of_the_web_is_added_by_its_address(folder: Path, open_page: OpenPage) -> None:
    with served(folder / "web", ARTICLES[0]) as other:
        host = urlsplit(other).netloc
        with served(folder / "own", *ARTICLES, fetching=FetchingConfig(allow_hosts=(host,))) as url:
            page = open_page(url)
            page.get_by_role("button", name="Web address").click()
            page.get_by_label("Web address").last.fill(f"{other}/v1/articles/nothing")
            page.keyboard.press("Enter")
            settled(page, "not added")
            page.get_by_label("Web address").last.fill("http://127.0.0.1:1/")
            page.keyboard.press("Enter")
            settled(page, "not added", "not added")
            expect(rows(page).last).to_contain_text("allow_hosts")


def test_what_waits_can_be_cancelled(folder: Path, open_page: OpenPage) -> None:
    with served(folder) as url:
        page = open_page(url)
        page.route("**/v1/articles", lambda route: None)  # the first is never answered
        add(page, file("a.txt", b"One."), file("b.txt", b"Two."))
        settled(page, "sending", "waiting")
        rows(page).last.get_by_role("button", name="Cancel").click()
        settled(page, "sending", "cancelled")
        rows(page).first.get_by_role("button", name="Cancel").click()
        settled(page, "cancelled", "cancelled")


# Who may


def test_where_a_token_is_needed_it_is_asked_for_and_the_rest_goes_on(folder: Path, open_page: OpenPage) -> None:
    with served(folder, *ARTICLES, writers=Writers(token=TOKEN)) as url:
        page = open_page(url, faults_allowed=True)  # the browser reports each 403
        add(page, file("a.txt", b"One."), file("b.txt", b"Two."))
        field = page.get_by_label("Token", exact=True)
        expect(field).to_be_focused()
        expect(page.locator("#fn-way-token")).to_contain_text("Ask whoever runs the server")
        assert barriers(page) == []
        field.fill("wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#fn-refusal")).to_contain_text("This token is not right.")
        field.fill(TOKEN)
        page.keyboard.press("Enter")
        settled(page, "added", "added")
        expect(titles(page)).to_have_text(["Two.", "One.", "Paper", "Tea", "Rivers"])
        kept = "[sessionStorage.getItem('footnote-token'), JSON.stringify({...localStorage})]"
        mine, others = page.evaluate(kept)
        assert mine == TOKEN
        assert TOKEN not in others


def test_a_library_that_is_fixed_says_so(open_page: OpenPage) -> None:
    with Server(FakeProduct(FakeLibrary(ARTICLES), ScriptedAssistant())) as url:
        page = open_page(url)
        expect(page.locator("#fn-adding")).to_contain_text("footnote serve --library DIR")
        expect(page.get_by_role("button", name="Remove")).to_have_count(0)
        expect(page.get_by_role("button", name="Add files")).to_have_count(0)


# Removing


def test_an_article_is_removed_once_that_is_confirmed(folder: Path, open_page: OpenPage) -> None:
    with served(folder, *ARTICLES) as url:
        page = open_page(url)
        page.get_by_role("button", name="Remove “Tea”").click()
        expect(page.get_by_role("button", name="Keep")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Remove “Tea”")).to_be_focused()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Remove", exact=True).click()
        expect(titles(page)).to_have_text(["Paper", "Rivers"])
        expect(page.locator(".fn-shelf-title")).to_have_text("2 articles")
        expect(page.locator(".fn-welcome h2")).to_have_text("Ask 2 articles a question")
        expect(titles(page).nth(1)).to_be_focused()


# Finding


def many(count: int) -> list[Article]:
    return [
        Article(f"a{n}", f"Title {n}", "Tea and ice.", url=f"https://s{n % 3}.org/{n}", language=("en", "de")[n % 2])
        for n in range(count)
    ]


def test_articles_are_found_by_their_title_their_text_and_what_they_are(open_page: OpenPage) -> None:
    articles = [*many(120), Article("zoo", "Zoo", "A lion roars.", source="zoo.pdf", format="pdf", language="it")]
    with Server(FakeProduct(FakeLibrary(articles), ScriptedAssistant())) as url:
        page = open_page(url)
        expect(titles(page)).to_have_count(50)
        page.get_by_role("button", name="Next").click()
        expect(page.locator(".fn-pages")).to_contain_text("2 of 3")
        page.get_by_role("button", name="Next").click()
        expect(titles(page)).to_have_count(21)
        expect(page.locator(".fn-pages")).to_contain_text("3 of 3")
        search = page.get_by_label("Search titles and text")
        search.press_sequentially("lion")
        expect(titles(page)).to_have_text(["Zoo"])
        expect(search).to_be_focused()
        search.fill("title 11")
        expect(page.locator(".fn-found")).to_have_text("11 of 121 articles found.")
        page.get_by_label("All languages").select_option(label="German")
        page.get_by_label("All sites").select_option("s0.org")
        page.get_by_label("Order").select_option(label="By title")
        expect(titles(page)).to_have_text(["Title 111", "Title 117"])
        search.fill("nothing is called so")
        expect(page.locator("#fn-listing")).to_have_text("No article is like that.")


# Choosing


def test_only_the_articles_that_are_ticked_are_asked(open_page: OpenPage) -> None:
    assistant = ScriptedAssistant()
    with Server(FakeProduct(FakeLibrary(ARTICLES), assistant)) as url:
        page = open_page(url)
        page.get_by_label("Ask “Tea”").check()
        page.get_by_label("Ask “Rivers”").check()
        expect(page.locator(".fn-scope")).to_contain_text("Asking 2 of 3 articles.")
        ask(page, "What is long?")
        assert assistant.asked[-1:] == [("What is long?", ("tea", "rivers"))]
        page.reload()
        expect(page.locator(".fn-scope")).to_contain_text("Asking 2 of 3 articles.")
        expect(page.get_by_label("Ask “Tea”")).to_be_checked()
        again = page.context.new_page()
        again.goto(url)  # the choice is kept, not only addressed
        expect(again.locator(".fn-scope")).to_contain_text("Asking 2 of 3 articles.")
        page.get_by_label("Ask “Tea”").uncheck()
        expect(page.locator(".fn-scope")).to_contain_text("Only “Rivers” is asked.")
        assert parse_qs(urlsplit(page.url).query)["article"] == ["rivers"]
        page.get_by_role("button", name="Ask all articles").click()
        expect(page.locator(".fn-scope")).to_have_count(0)
        expect(page.get_by_label("Ask “Rivers”")).not_to_be_checked()
        ask(page, "And now?")
        assert assistant.asked[-1:] == [("And now?", None)]


# For everybody


def test_the_library_can_be_used_by_keyboard_alone(folder: Path, open_page: OpenPage) -> None:
    with served(folder, *ARTICLES) as url:
        page = open_page(url)
        page.get_by_role("button", name="Library", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Search titles and text")).to_be_focused()
        page.keyboard.type("tea")
        expect(titles(page)).to_have_text(["Tea"])
        while page.evaluate("!document.activeElement.matches('#fn-listing [data-open]')"):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('[data-pick]')"):
                page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.locator(".fn-source h2")).to_have_text("Tea")
        expect(page.locator(".fn-scope")).to_contain_text("Only “Tea” is asked.")


@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [
        pytest.param(DESK, "light", "en", id="desktop, light"),
        pytest.param(DESK, "dark", "de", id="desktop, dark, German"),
        pytest.param(PHONE, "dark", "ru", id="phone, dark, Russian"),
        pytest.param(PHONE, "light", "it", id="phone, light, Italian"),
    ],
)
def test_the_library_shuts_nobody_out(
    folder: Path, open_page: OpenPage, size: tuple[int, int], scheme: Any, language: str
) -> None:
    with served(folder, *ARTICLES) as url:
        page = open_page(f"{url}?lang={language}", size, color_scheme=scheme)
        if size == PHONE:
            page.locator("#fn-read").click()
        page.locator("#fn-files").set_input_files([file("Milk.pdf", MILK), file("b.pdf", b"%PDF-1.7")])
        expect(page.locator('#fn-progress [data-state="failed"]')).to_be_visible(timeout=30_000)
        page.locator("[data-pick]").first.check()
        page.locator("[data-remove]").last.click()
        page.locator('#fn-library [data-add="text"]').click()
        expect(page.locator(".fn-scope")).to_have_count(1)
        assert barriers(page) == []
        width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] == width[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_box_that_is_ticked_shows_its_tick_in_the_colour_of_the_page(open_page: OpenPage, theme: str) -> None:
    with Server(FakeProduct(FakeLibrary(ARTICLES), ScriptedAssistant())) as url:
        box = open_page(url, color_scheme=theme).get_by_role("checkbox").first
        before = box.screenshot()
        box.check()
        expect(box).to_be_checked()
        look = "box => [getComputedStyle(box).appearance, getComputedStyle(box).accentColor]"
        assert box.evaluate(look) == ["auto", {"light": "rgb(125, 42, 31)", "dark": "rgb(231, 155, 132)"}[theme]]
        assert box.screenshot() != before


@pytest.mark.parametrize("width", [1200, 1280, 1440, 1500])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_header_has_room_beside_the_open_drawer(url: str, open_page: OpenPage, width: int, language: str) -> None:
    page = open_page(f"{url}?lang={language}", (width, 800))
    page.locator("#fn-history").click()
    expect(page.locator("#fn-drawer")).to_be_visible()
    tools = page.locator("#fn-header :is(button, a, .fn-language, h1):visible")
    boxes = sorted((box["x"], box["x"] + box["width"]) for box in (each.bounding_box() for each in tools.all()) if box)
    main = page.locator("#fn-main").bounding_box()
    assert main is not None
    assert len(boxes) == (6 if width < 1280 else 7)  # then the way to evaluations is in the drawer alone
    expect(page.locator("#fn-drawer .fn-only-narrow")).to_be_visible(visible=width < 1280)
    assert [after[0] - before[1] for before, after in pairwise(boxes) if after[0] < before[1]] == []
    assert boxes[-1][1] <= main["x"] + main["width"] - 8
