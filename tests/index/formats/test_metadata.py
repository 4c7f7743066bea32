from datetime import date
from pathlib import Path

import pytest

from index.formats.metadata import (
    given_title,
    opening_words,
    parse_date,
    parse_language,
    parse_url,
    title_from_name,
    title_line,
    title_of,
)


@pytest.mark.parametrize(
    "value",
    ["2022-01-06", " 2022/01/06 ", "2022.01.06", "20220106", "2022-01-06T23:59:00-05:00", "2022-01-06 10:00"],
)
def test_iso_dates_and_times_give_their_day(value: str) -> None:
    assert parse_date(value) == date(2022, 1, 6)


@pytest.mark.parametrize("value", ["", "2022", "6 January 2022", "2022-02-30", "06/01/2022", "2022-01/06", "202201061"])
def test_what_is_not_plainly_a_date_is_none(value: str) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize(("value", "tag"), [("EN", "en"), ("pt_BR", "pt-BR"), ("zh-Hant-TW", "zh-Hant-TW")])
def test_language_tags_are_kept(value: str, tag: str) -> None:
    assert parse_language(value) == tag


@pytest.mark.parametrize("value", ["", "English language", "x", "en-"])
def test_what_is_no_language_tag_is_none(value: str) -> None:
    assert parse_language(value) is None


def test_only_web_addresses_are_kept() -> None:
    assert parse_url(" https://example.org/a?b=1#c ") == "https://example.org/a?b=1#c"
    assert [parse_url(value) for value in ("javascript:alert(1)", "file:///etc/passwd", "a b", "")] == [None] * 4


@pytest.mark.parametrize(
    ("value", "title"),
    [
        (" A \n title\t", "A title"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
        ("x" * 298 + "e\u0301e\u0301", "x" * 298 + "…"),
    ],
    ids=["white space", "the longest", "one more", "a letter with its mark"],
)
def test_a_given_title_is_one_line_of_at_most_300_characters(value: str, title: str) -> None:
    assert given_title(value) == title


def test_a_title_line_is_short_alone_and_without_a_full_stop() -> None:
    assert title_line("\n\n  The  War of 1812 \n\nIt began.") == "The War of 1812"
    assert title_line("Who won?\n\nNobody.") == "Who won?"


@pytest.mark.parametrize(
    "text",
    [
        "It began.\n\nThen it ended.",
        "It began\nand ended",
        "Only a line",
        "Only a line\n\n",
        "x" * 121 + "\n\nBody",
        "***\n\nBody",
    ],
    ids=["full stop", "goes on", "nothing below", "only space below", "long", "ornament"],
)
def test_other_first_lines_are_no_title(text: str) -> None:
    assert title_line(text) is None


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("kazakhstan_crisis-2022.txt", "kazakhstan crisis 2022"),
        ("Covid19 report.md", "Covid19 report"),
        ("казахстан.txt", "казахстан"),
        ("000_a53645bc2e1e2512.txt", None),
        ("deadbeef.txt", None),
        ("article-1.txt", None),
        ("index.html", None),
        ("a.txt", None),
    ],
)
def test_a_file_name_is_a_title_where_it_says_something(name: str, title: str | None) -> None:
    assert title_from_name(Path(name)) == title


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        (
            "Quwhich began as a street revolution, with elements of a palace coup, risks war.",
            "Quwhich began as a street revolution…",
        ),
        (
            "The transformation of a protest against the price of gas into a revolt is sudden",
            "The transformation of a protest against the price of gas…",
        ),
        ("Short.\nMore below.", "Short."),
        (
            "Batteries are the only problem... or so it is often said by engineers",
            "Batteries are the only problem…",
        ),
        ("字" * 80, "字" * 60 + "…"),
        ("x" * 59 + "e\u0301" + "x" * 20, "x" * 59 + "…"),
    ],
    ids=["clause", "word", "whole line", "three dots", "no spaces", "combining mark"],
)
def test_opening_words_end_with_a_clause_a_word_or_a_whole_character(text: str, opening: str) -> None:
    assert opening_words(text) == opening


def test_the_title_line_comes_before_the_name_and_the_name_before_the_first_words() -> None:
    assert title_of("A Title\n\nBody text", Path("some-name.txt")) == "A Title"
    assert title_of("Body text.", Path("some-name.txt")) == "some name"
    assert title_of("Body text.", Path("0001.txt")) == "Body text."
