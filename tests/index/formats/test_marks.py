"""The law of every reader: marks lie in the text, pages end to end, headings where their label stands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from index.article import Article
from index.formats import read_articles
from tests.index.formats.making import SCAN, docx_of, epub_of, pdf_of, pptx_of, zip_of

WriteFile = Callable[[str, str | bytes], Path]

BOOK = epub_of("<h1>Rivers 👩‍💻</h1><p>They run.</p>", "<h2>Tea</h2><p>It grows.</p>")
TRIP = pdf_of(("1. Rivers", "They run and", "flood."), SCAN, ("Tea", "grows."), outline={"Rivers": 1, "  Tea": 3})
CASES: dict[str, tuple[str, str | bytes]] = {
    "plain text": ("a.txt", "Rivers\n\nThey run."),
    "Markdown": ("a.md", "# Rivers\n\nThey run.\n\n## Tea\n\nIt grows.\n"),
    "HTML": (
        "a.html",
        "<html><body><article><h1>Rivers</h1><p>" + "They run. " * 30 + "</p><h2>Tea</h2></article></body></html>",
    ),
    "corpus": ("a.jsonl", '{"_id": "x", "text": "Rivers\\r\\nrun."}'),
    "CSV": ("a.csv", 'text\n"Rivers\nrun."\n'),
    "TSV": ("a.tsv", "id\ttext\n1\tRivers run.\n"),
    "PDF with a scanned page": ("a.pdf", TRIP),
    "PDF of a hundred pages": ("a.pdf", pdf_of(*[(f"Mile {n * n} of the", "river.") for n in range(100)])),
    "Word": ("a.docx", docx_of(("Title", "Rivers"), ("Heading 1", "Tea  time"), ("Table", "a|1"), ("Normal", "Text."))),
    "PowerPoint": ("a.pptx", pptx_of(("Rivers", "Run."), ("", ""), ("Tea\nand bread", "Grows."), notes="Slowly.")),
    "EPUB": ("a.epub", BOOK),
    "archive": ("a.zip", zip_of({"a.epub": BOOK, "b.pdf": TRIP, "c.md": "# Tea\n\nIt grows."})),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def articles(request: pytest.FixtureRequest, write: WriteFile) -> list[Article]:
    return list(read_articles(write(*request.param)))


def test_every_mark_lies_in_the_text(articles: list[Article]) -> None:
    assert articles
    for article in articles:
        for mark in article.marks:
            assert 0 <= mark.span.start <= mark.span.end <= len(article.text)


def test_pages_are_numbered_from_one_and_lie_end_to_end(articles: list[Article]) -> None:
    for article in articles:
        pages = [mark for mark in article.marks if mark.kind == "page"]
        assert [mark.label for mark in pages] == [str(number) for number in range(1, len(pages) + 1)]
        edges = [edge for mark in pages for edge in mark.span]
        assert edges == sorted(edges)
        assert sum(mark.span.end - mark.span.start for mark in pages) in (0, len(article.text))


def test_a_heading_stands_where_its_mark_begins(articles: list[Article]) -> None:
    for article in articles:
        for mark in article.marks:
            if mark.kind == "heading":
                under = " ".join(mark.span.slice(article.text).lstrip("# ").split())
                assert under.startswith(mark.label)
                assert article.heading_at(mark.span.start) == mark.label


def test_every_position_of_a_paged_source_has_one_page(articles: list[Article]) -> None:
    for article in articles:
        if article.format in ("pdf", "pptx"):
            assert None not in {article.page_at(position) for position in range(len(article.text))}


def test_reading_twice_gives_the_same_article(articles: list[Article], tmp_path: Path) -> None:
    (path,) = tmp_path.iterdir()
    assert list(read_articles(path)) == articles
