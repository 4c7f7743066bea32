from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Mark, Span
from index.errors import SourceError
from index.formats.limits import DEFAULT_LIMITS
from index.formats.markdown import mark_headings, read_markdown, split_front_matter

WriteFile = Callable[[str, str | bytes], Path]


def labels(text: str) -> list[tuple[str, int, str]]:
    return [(mark.label, mark.level, mark.span.slice(text)) for mark in mark_headings(text)]


def test_a_heading_covers_what_stands_under_it() -> None:
    text = "# A\none\n## B\ntwo\n# C\nthree"
    assert mark_headings(text) == (
        Mark("heading", Span(0, 17), "A", 1),
        Mark("heading", Span(8, 17), "B", 2),
        Mark("heading", Span(17, 26), "C", 1),
    )


def test_a_lower_heading_ends_at_a_higher_one_two_levels_up() -> None:
    text = "# A\n### B\n## C\n"
    assert labels(text) == [("A", 1, "# A\n### B\n## C\n"), ("B", 3, "### B\n"), ("C", 2, "## C\n")]


def test_underlined_headings_are_headings() -> None:
    assert labels("A\n===\nx\n\nB\n---\ny") == [("A", 1, "A\n===\nx\n\nB\n---\ny"), ("B", 2, "B\n---\ny")]


def test_code_quotes_and_lists_hold_no_section() -> None:
    assert labels("```\n# no\n```\n\n    # no\n\n> # no\n\n- # no\n\n<pre>\n# no\n</pre>\n\n#no\n\n\\# no") == []


def test_a_label_is_the_headings_words_without_markup() -> None:
    text = "# The *big* [war](http://x.y) of `1812` <b>&amp;</b> [ref] ##\n\n[ref]: http://z.y\n"
    assert [mark.label for mark in mark_headings(text)] == ["The big war of 1812 & ref"]


def test_a_span_begins_at_the_first_character_beyond_the_bmp_too() -> None:
    assert labels("👩‍💻\n\n  ## B") == [("B", 2, "## B")]


def test_the_text_is_the_file_and_the_title_its_first_heading(write: WriteFile) -> None:
    article = read_markdown(write("a.md", "Intro *stays*.\r\n\r\n## B\r\n\r\n# A\r\n"), DEFAULT_LIMITS)
    assert article.text == "Intro *stays*.\n\n## B\n\n# A\n"
    assert (article.title, article.format) == ("A", "markdown")


def test_front_matter_is_metadata_and_no_text(write: WriteFile) -> None:
    matter = '---\ntitle: "On War"\npublished: 2020-02-03\nlanguage: no\nurl: https://x.y/z\ntags: [a, b]\n---\n\n'
    article = read_markdown(write("a.md", matter + "# Other\n\nText.\n"), DEFAULT_LIMITS)
    assert article.text == "# Other\n\nText.\n"
    assert (article.title, article.language, article.url) == ("On War", "no", "https://x.y/z")
    assert article.published == date(2020, 2, 3)


@pytest.mark.parametrize(
    "text",
    [
        "---\nJust a line between rules.\n---\n\nText",
        "---\n[: bad\n---\nText",
        "---\nnever closed",
        "\n---\na: b\n---\n",
        "---\n---\nText",
    ],
    ids=["prose", "bad yaml", "open", "not first", "empty"],
)
def test_what_is_no_front_matter_stays_in_the_text(text: str) -> None:
    assert split_front_matter(text) == ({}, 0)


def test_front_matter_without_text_holds_no_text(write: WriteFile) -> None:
    with pytest.raises(SourceError, match="holds no text"):
        read_markdown(write("a.md", "---\ntitle: A\n---\n"), DEFAULT_LIMITS)


@given(st.text(st.sampled_from("#=-`> ab\n\t*[]😀"), max_size=60))
def test_any_text_has_marks_that_lie_in_it_and_nest(text: str) -> None:
    marks = mark_headings(text)
    assert all(0 <= mark.span.start < mark.span.end <= len(text) for mark in marks)
    assert [mark.span.start for mark in marks] == sorted({mark.span.start for mark in marks})
