"""Addresses as articles: each format by what it is, its own words, its address and its source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from index.article import Article
from index.config import FetchingConfig
from index.errors import SourceError
from index.formats.limits import ReadingLimits
from index.web import read_url
from index.web.fetch import Fetched
from index.web.pages import suffix_of
from tests.index.formats.making import docx_of, epub_of, pdf_of, pptx_of, zip_of
from tests.index.web.serving import HOST, Internet, page, redirect, serving

SITE = f"http://{HOST}"
STORY = (
    b"""<html lang="it"><head><title>Il Nilo</title><meta property="article:published_time" content="2021-03-04">
<link rel="canonical" href="http://www.articles.example/nilo"></head><body><nav>Menu</nav><article><h1>Il Nilo</h1>
<p>Il Nilo \xc3\xa8 un fiume lungo, e scorre verso nord fino al mare.</p>
<p>"""
    + b"Chi lo risale incontra cateratte, dighe e citt\xc3\xa0 antiche. " * 9
    + b"""</p></article></body></html>"""
)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    from index.web import fetch

    with serving(Internet(), monkeypatch) as internet:
        defaults = {**(fetch.fetch.__kwdefaults__ or {}), "resolve": internet.look_up}
        monkeypatch.setattr(fetch.fetch, "__kwdefaults__", defaults)
        yield internet


def read(url: str) -> list[Article]:
    return list(read_url(url, FetchingConfig()))


def test_a_page_has_its_main_text_title_date_language_and_own_address(internet: Internet) -> None:
    internet.pages["/n?from=search"] = page(STORY)
    (article,) = read(f"{SITE}/n?from=search#top")
    assert article.text.startswith("Il Nilo\n\nIl Nilo è un fiume lungo, e scorre verso nord fino al mare.\n\nChi lo")
    assert "Menu" not in article.text
    assert (article.title, article.language, article.published) == ("Il Nilo", "it", date(2021, 3, 4))
    assert (article.url, article.source) == ("http://www.articles.example/nilo", f"{SITE}/n?from=search")


def test_the_address_of_a_page_that_was_moved_is_where_it_ended_and_its_source_where_it_began(
    internet: Internet,
) -> None:
    internet.pages |= {"/old": redirect("/new.txt"), "/new.txt": page(b"Some words.", "text/plain")}
    (article,) = read(f"{SITE}/old")
    assert (article.source, article.url, article.format) == (f"{SITE}/old", f"{SITE}/new.txt", "text")


def test_a_page_cannot_call_itself_a_page_of_another_site(internet: Internet) -> None:
    internet.pages["/"] = page(STORY.replace(b"www.articles.example", b"bank.example"))
    assert [article.url for article in read(SITE)] == [f"{SITE}/"]


def test_a_corpus_keeps_the_addresses_that_its_articles_have(internet: Internet) -> None:
    lines = b'{"_id": "a", "text": "One.", "url": "https://paper.example/1"}\n{"_id": "b", "text": "Two."}\n'
    internet.pages["/c.jsonl"] = page(lines, "text/plain")
    assert [(article.url, article.source) for article in read(f"{SITE}/c.jsonl")] == [
        ("https://paper.example/1", f"{SITE}/c.jsonl#a"),
        (f"{SITE}/c.jsonl", f"{SITE}/c.jsonl#b"),
    ]


def test_the_files_of_an_archive_are_known_by_its_address(internet: Internet) -> None:
    internet.pages["/a"] = page(zip_of({"b/c.txt": "In an archive."}), "application/zip")
    assert [(a.source, a.url, a.text) for a in read(f"{SITE}/a")] == [
        (f"{SITE}/a#b/c.txt", f"{SITE}/a", "In an archive.")
    ]


@pytest.mark.parametrize(
    ("path", "content_type", "content", "expected"),
    [
        ("/a", "application/pdf", pdf_of(("A page.",)), ("pdf", "A page.")),
        ("/a.pdf", "application/octet-stream", pdf_of(("A page.",)), ("pdf", "A page.")),
        ("/a", "text/html", pdf_of(("A page.",)), ("pdf", "A page.")),
        ("/a", "application/zip", docx_of(("Normal", "A document.")), ("docx", "A document.")),
        ("/a", "application/octet-stream", pptx_of(("A slide.", "")), ("pptx", "A slide.")),
        ("/a", "", epub_of("<p>A chapter.</p>"), ("epub", "A chapter.")),
        ("/a", "text/markdown", b"# Heading", ("markdown", "# Heading")),
        ("/a.md", "text/plain", b"# Heading", ("markdown", "# Heading")),
        ("/a.html", "text/plain", b"<p>Source code.</p>", ("text", "<p>Source code.</p>")),
        ("/a.txt", "text/html", b"<p>A paragraph of a page.</p>", ("html", "A paragraph of a page.")),
        ("/a", "text/csv", b"text\nA cell.\n", ("csv", "A cell.")),
        ("/a.htm", "", b"<p>A paragraph of a page.</p>", ("html", "A paragraph of a page.")),
        ("/a", "", b"<!DOCTYPE html><p>A paragraph of a page.</p>", ("html", "A paragraph of a page.")),
        ("/a", "", b"Some words.", ("text", "Some words.")),
        ("/a", "text/plain; charset=koi8-r", "Слова.".encode("koi8-r"), ("text", "Слова.")),
        ("/a", "text/plain; charset=nonsense", "Café.".encode(), ("text", "Café.")),
        ("/a", "text/plain; charset=ascii", "Café.".encode(), ("text", "Café.")),
        ("/a", "text/html; charset=windows-1251", "<p>Слова этой страницы.</p>".encode("cp1251"),
         ("html", "Слова этой страницы.")),
    ],
    ids=["declared", "named", "believed by its bytes", "a document said to be an archive", "a presentation of no type",
         "a book of no type", "Markdown", "Markdown said to be text", "text is text, whatever it is named",
         "a page named as a text", "a table", "a page by its name", "a page by its first words", "text of no type",
         "encoding of the server", "encoding that there is not", "wrong encoding", "encoding of a page"],
)  # fmt: skip
def test_a_format_is_told_by_type_name_and_bytes(
    internet: Internet, path: str, content_type: str, content: bytes, expected: tuple[str, str]
) -> None:
    internet.pages[path] = page(content, content_type)
    (article,) = read(SITE + path)
    assert (article.format, article.text) == expected


@pytest.mark.parametrize(
    ("content_type", "content", "complaint"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n", "is a PNG image, which is not read yet"),
        ("video/mp4", b"\x00\x01\x02\x03" * 99, "is not text but binary data"),
        ("application/json", b"{}", "is a JSON file, which is not read"),
        ("application/pdf", b"<p>Please log in.</p>", "is not a PDF file, whatever its name says"),
        ("text/html", b"<html><body></body></html>", "has no main text that could be found"),
        ("application/zip", b"PK\x03\x04x", "is damaged or cut short"),
    ],
)
def test_what_cannot_be_read_is_refused_under_its_address(
    internet: Internet, content_type: str, content: bytes, complaint: str
) -> None:
    internet.pages["/a"] = page(content, content_type)
    with pytest.raises(SourceError) as caught:
        read(f"{SITE}/a")
    assert str(caught.value).startswith(f"{SITE}/a: {complaint}")
    assert "footnote-" not in str(caught.value)  # no temporary folder


def test_the_limits_of_reading_hold_for_pages_too(internet: Internet) -> None:
    internet.pages["/a"] = page(b"twelve bytes", "text/plain")
    with pytest.raises(SourceError, match="holds 12 bytes, above the limit of 11"):
        list(read_url(f"{SITE}/a", FetchingConfig(), limits=ReadingLimits(max_file_bytes=11)))


@pytest.mark.parametrize("path", ["/", "/..", "/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/a%00b", "/%ff", "/" + "x" * 900])
def test_no_address_leads_a_temporary_file_astray(internet: Internet, path: str) -> None:
    internet.pages[path] = internet.pages["/"] = page(b"Some words.", "text/plain")
    (article,) = read(SITE + path)
    assert article.text == "Some words."


def test_a_page_that_tries_to_look_like_many_comments_is_told_at_once() -> None:
    assert suffix_of(Fetched(b"<!---->" * 100_000, f"{SITE}/a")) == ".txt"
