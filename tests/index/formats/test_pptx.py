import io
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from pptx import Presentation

from index.article import Article, Mark, Span
from index.errors import SourceError
from index.formats.limits import DEFAULT_LIMITS, ReadingLimits
from index.formats.office.pptx import read_pptx
from tests.index.formats.making import docx_of, pptx_of, saved

WriteFile = Callable[[str, str | bytes], Path]


def read(write: WriteFile, raw: bytes) -> Article:
    return read_pptx(write("talk.pptx", raw), DEFAULT_LIMITS)


def test_each_slide_is_a_page_and_its_title_a_heading(write: WriteFile) -> None:
    article = read(write, pptx_of(("Rivers", "They run.\nThey flood."), ("Tea", "It grows.")))
    assert article.text == "Rivers\n\nThey run.\nThey flood.\n\nTea\n\nIt grows."
    assert article.marks == (
        Mark("page", Span(0, 31), "1"),
        Mark("page", Span(31, 45), "2"),
        Mark("heading", Span(0, 31), "Rivers", 1),
        Mark("heading", Span(31, 45), "Tea", 1),
    )
    assert (article.title, article.format) == ("Rivers", "pptx")


def test_the_notes_of_a_slide_stand_below_it(write: WriteFile) -> None:
    article = read(write, pptx_of(("Rivers", ""), ("Tea", ""), notes="Speak slowly."))
    assert article.text == "Rivers\n\nSpeak slowly.\n\nTea"
    assert article.page_at(article.text.index("Speak")) == 1


def test_slides_come_as_they_are_shown(write: WriteFile) -> None:
    presentation = Presentation(io.BytesIO(pptx_of(("Second", ""), ("First", ""))))
    order = presentation.slides._sldIdLst
    order.append(order[0])  # lxml moves it
    assert read(write, saved(presentation)).text == "First\n\nSecond"


def test_a_slide_without_text_keeps_its_number_and_is_named(write: WriteFile, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="footnote"):
        article = read(write, pptx_of(("Rivers", ""), ("", ""), ("Tea", "")))
    assert article.page_at(article.text.index("Tea")) == 3
    assert "talk.pptx: without text, and left out: slide 2" in caplog.text


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (pptx_of(("", "")), "holds no text; give a file that holds text"),
        (docx_of(("Normal", "Text.")), "is not a PowerPoint presentation (.pptx), whatever its name says; name it as"),
        (pptx_of(("A", ""))[:-200], "is damaged or cut short, and no longer a PowerPoint presentation (.pptx)"),
        (pptx_of(("A", ""), ("B", ""), ("C", "")), "has 3 slides, above the limit of 2; split it"),
    ],
    ids=["blank", "Word", "cut short", "slides"],
)
def test_what_cannot_be_read_is_refused_in_one_line(write: WriteFile, raw: bytes, complaint: str) -> None:
    path = write("talk.pptx", raw)
    with pytest.raises(SourceError) as caught:
        read_pptx(path, ReadingLimits(max_pages=2))
    assert str(caught.value).startswith(f"{path}: {complaint}")
    assert "\n" not in str(caught.value)
