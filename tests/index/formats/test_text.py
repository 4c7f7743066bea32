from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import content_id
from index.errors import SourceError
from index.formats.limits import DEFAULT_LIMITS
from index.formats.text import read_text, split_header

WriteFile = Callable[[str, str | bytes], Path]

SEED = Path(__file__).parents[3] / "seeds" / "000_a53645bc2e1e2512.txt"


def test_the_seed_articles_date_is_known_and_its_words_stay_as_they_are() -> None:
    article = read_text(SEED, DEFAULT_LIMITS)
    assert " date 2022-01-06 " + article.text == SEED.read_bytes().decode("utf-8")
    assert article.text.startswith("Quwhich began as a street revolution, with")
    assert article.text.endswith("front in the East.")
    assert "Kasym-Zhomart. Tokaev" in article.text
    assert article.published == date(2022, 1, 6)
    assert article.title == "Quwhich began as a street revolution…"


def test_an_article_knows_its_file_and_is_known_by_its_text(write: WriteFile) -> None:
    path = write("a.txt", "Some words.\n")
    article = read_text(path, DEFAULT_LIMITS)
    assert (article.id, article.source) == (content_id("Some words.\n"), str(path))
    assert (article.format, article.marks) == ("text", ())


def test_white_space_around_a_text_without_header_is_the_authors(write: WriteFile) -> None:
    assert read_text(write("a.txt", "\n  Indented. \n\n"), DEFAULT_LIMITS).text == "\n  Indented. \n\n"


def test_a_header_block_becomes_metadata(write: WriteFile) -> None:
    header = "Title: The War: a History\nDate: 2020-02-03\nURL: https://example.org/w\nLanguage: en-GB\n\n"
    article = read_text(write("a.txt", header + "It began.\n"), DEFAULT_LIMITS)
    assert article.text == "It began.\n"
    assert (article.title, article.published) == ("The War: a History", date(2020, 2, 3))
    assert (article.url, article.language) == ("https://example.org/w", "en-GB")


@pytest.mark.parametrize(
    "prose",
    [
        "Date 2022-01-06 was the turning point.",
        "date 2022-02-30 is no day.",
        "date 2022-01-06",
        "date: 2022-01-06 was the turning point.",
        "Title: a word of many meanings\nand so on.\n\nMore.",
        "Language: the human instinct\n\nWe speak.",
        "Title: A\nWarning: mind the step\n\nMore.",
        "Title: A\nTitle: B\n\nMore.",
        "Title: A\n\n",
        "update 2022-01-06 follows.",
    ],
    ids=[
        "capital",
        "no day",
        "nothing else",
        "colon",
        "open block",
        "not a tag",
        "other key",
        "twice",
        "no text",
        "word",
    ],
)
def test_prose_is_never_taken_for_a_header(prose: str) -> None:
    assert split_header(prose) == ({}, 0)


@pytest.mark.parametrize("content", [" \r\n\t\n", "\ufeff \n"], ids=["space", "mark and space"])
def test_a_file_of_white_space_holds_no_text(write: WriteFile, content: str) -> None:
    with pytest.raises(SourceError, match=r"a\.txt: holds no text; give a file that holds text$"):
        read_text(write("a.txt", content), DEFAULT_LIMITS)


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_split_off_a_text_leaves_a_suffix_that_begins_with_a_word(text: str) -> None:
    fields, start = split_header(text)
    assert start == 0 or (fields and not text[start].isspace())
