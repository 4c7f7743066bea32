import io
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from index.article import Article, Mark, Span
from index.errors import SourceError
from index.formats.limits import DEFAULT_LIMITS, ReadingLimits
from index.formats.pdf.reader import read_pdf
from tests.index.formats.making import SCAN, STAMPED, pdf_of

WriteFile = Callable[[str, str | bytes], Path]

WRAPPED = ("The river rises in the hills and runs for ninety miles to the", "sea. It floods in May.")


def read(write: WriteFile, raw: bytes, limits: ReadingLimits = DEFAULT_LIMITS) -> Article:
    return read_pdf(write("trip.pdf", raw), limits)


def refusal(write: WriteFile, raw: bytes, limits: ReadingLimits = DEFAULT_LIMITS) -> str:
    path = write("trip.pdf", raw)
    with pytest.raises(SourceError) as caught:
        read_pdf(path, limits)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path}: ")


def test_lines_of_a_paragraph_are_joined_and_paragraphs_parted(write: WriteFile) -> None:
    article = read(write, pdf_of((*WRAPPED, "", "Tea is grown there.")))
    assert article.text == (
        "The river rises in the hills and runs for ninety miles to the sea. It floods in May.\n\nTea is grown there."
    )
    assert (article.title, article.format) == ("trip", "pdf")


def test_every_page_is_marked_and_a_sentence_goes_on_over_the_break(write: WriteFile) -> None:
    article = read(write, pdf_of(("The river rises in the",), ("hills. It floods.",), ("Tea is grown there.",)))
    assert article.text == "The river rises in the hills. It floods.\n\nTea is grown there."
    assert article.marks == (
        Mark("page", Span(0, 23), "1"),
        Mark("page", Span(23, 42), "2"),
        Mark("page", Span(42, 61), "3"),
    )
    assert [article.page_at(article.text.index(word)) for word in ("river", "hills", "Tea")] == [1, 2, 3]


def test_titles_of_the_outline_are_headings_where_they_stand(write: WriteFile) -> None:
    pages = (("1. Rivers", "They run."), ("1.1 Floods", "In May.", "2. Tea", "It grows."))
    article = read(write, pdf_of(*pages, outline={"Rivers": 1, "  Floods": 2, "Tea": 2, "Nowhere": 2}))
    assert article.text == "1. Rivers\n\nThey run.\n\n1.1 Floods\n\nIn May.\n\n2. Tea\n\nIt grows."
    assert [(mark.label, mark.level, mark.span) for mark in article.marks if mark.kind == "heading"] == [
        ("1. Rivers", 1, Span(0, 43)),
        ("1.1 Floods", 2, Span(22, 43)),
        ("2. Tea", 1, Span(43, 60)),
    ]


def test_a_small_bullet_does_not_part_an_item_from_its_second_line(write: WriteFile) -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    for size, left, row, words in ((6, 72, 0, "•"), (12, 80, 0, "They run for ninety"), (12, 80, 1, "miles.")):
        canvas.setFont("Helvetica", size)
        canvas.drawString(left, 700 - 14 * row, words)
    canvas.save()
    assert read(write, stream.getvalue()).text == "• They run for ninety miles."


def test_a_word_cut_at_a_line_end_is_whole_again(write: WriteFile) -> None:
    article = read(write, pdf_of(("The archi-", "tecture of well-", "known towers.")))
    assert article.text == "The architecture of well-known towers."


def test_the_title_is_what_the_file_says_unless_it_says_nothing(write: WriteFile) -> None:
    assert read(write, pdf_of(("Some words.",), title="On rivers")).title == "On rivers"
    assert read(write, pdf_of(("Some words.",), title="Microsoft Word - draft3.doc")).title == "trip"
    assert read(write, pdf_of(("Some words.",), title="printed.html")).title == "trip"


def test_a_scanned_file_is_refused_with_what_to_do(write: WriteFile) -> None:
    assert refusal(write, pdf_of(SCAN, SCAN)) == (
        "is scanned: it has 2 pages of images and no text; "
        "recognise its text first, as with: ocrmypdf scanned.pdf readable.pdf"
    )


def test_a_file_with_scanned_pages_is_read_with_a_warning_that_names_them(
    write: WriteFile, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="footnote"):
        article = read(write, pdf_of(("One.",), SCAN, ("Three.",), SCAN))
    assert article.text == "One.\n\nThree."
    assert [mark.label for mark in article.marks if mark.span.start == mark.span.end] == ["2", "4"]
    assert article.page_at(article.text.index("Three")) == 3
    assert "trip.pdf: pages 2 and 4 are scanned, and images are not read; recognise its text first" in caplog.text


def test_a_scanned_page_with_a_stamp_is_named_too(write: WriteFile, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="footnote"):
        article = read(write, pdf_of(("One.",), STAMPED))
    assert article.text == "One.\n\nScanned by a machine"
    assert "trip.pdf: page 2 is scanned, and images are not read" in caplog.text


def test_a_file_that_only_forbids_printing_is_read(write: WriteFile) -> None:
    assert read(write, pdf_of(("Open.",), opens_with="")).text == "Open."


def test_a_blank_page_is_no_scan(write: WriteFile, caplog: pytest.LogCaptureFixture) -> None:
    assert read(write, pdf_of(("One.",), (), ("Three.",))).text == "One.\n\nThree."
    assert caplog.text == ""


def test_of_many_scanned_pages_eight_are_named(write: WriteFile, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="footnote"):
        read(write, pdf_of(("One.",), *[SCAN] * 10))
    assert "pages 2, 3, 4, 5, 6, 7, 8, 9 and 2 more are scanned" in caplog.text


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "is empty; give a file that holds text"),
        (b"Just words.", "is not a PDF file, whatever its name says; name it as what it is, or make it again"),
        (b"%PDF-1.7\nnothing", "is damaged or cut short; download it again, or save it to a new PDF"),
        (pdf_of(()), "holds no text; give a file that holds text"),
        (pdf_of(("Secret.",), opens_with="tea"), "is encrypted; remove its password, as with: qpdf --decrypt"),
    ],
    ids=["empty", "not a PDF", "damaged", "blank", "encrypted"],
)
def test_what_cannot_be_read_is_refused_in_one_line(write: WriteFile, raw: bytes, complaint: str) -> None:
    assert refusal(write, raw) == complaint


def test_a_file_cut_short_is_read_or_refused_but_never_crashes(write: WriteFile) -> None:
    whole = pdf_of(*[("Some words of a page.",)] * 5)
    for share in (0.2, 0.5, 0.9):
        path = write("trip.pdf", whole[: int(share * len(whole))])
        try:
            text = read_pdf(path, DEFAULT_LIMITS).text
        except SourceError as error:
            text = str(error)
        assert text


@pytest.mark.parametrize(("max_pages", "complaint"), [(2, ""), (1, "has 2 pages, above the limit of 1; split it")])
def test_the_limit_of_pages_itself_is_allowed(write: WriteFile, max_pages: int, complaint: str) -> None:
    limits, raw = ReadingLimits(max_pages=max_pages), pdf_of(("One.",), ("Two.",))
    assert refusal(write, raw, limits) == complaint if complaint else read(write, raw, limits).text == "One.\n\nTwo."


def test_a_file_above_the_limit_of_bytes_is_refused(write: WriteFile) -> None:
    assert "above the limit of 10; split it" in refusal(write, pdf_of(("One.",)), ReadingLimits(max_file_bytes=10))
