from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.blocks import Block, write_pages
from index.formats.pdf.layout import Line, fold, joined, prose_of_pages, without_running_lines

FULL = 400.0  # points: how far right a full line goes


def line(text: str, row: int, *, left: float = 0, right: float = FULL, size: float = 10) -> Line:
    return Line(text, left, 700 - 12.0 * row, right, size)


def texts(*lines: Line) -> list[tuple[str, str]]:
    (blocks,) = prose_of_pages([lines], [{}])
    return [(block.gap, block.text) for block in blocks]


def test_a_line_that_is_full_goes_on() -> None:
    assert texts(line("It ran", 0), line("to the sea.", 1, right=90)) == [("\n\n", "It ran to the sea.")]


def test_a_line_with_room_for_the_next_word_was_ended_by_the_author() -> None:
    assert texts(line("salt", 0, right=40), line("bread", 1, right=50), line("x " * 39 + "x", 2)) == [
        ("\n\n", "salt"),
        ("\n", "bread"),
        ("\n", "x " * 39 + "x"),
    ]


def test_a_full_stop_before_room_ends_a_paragraph() -> None:
    found = texts(line("It ran.", 0, right=60), line("It rose.", 1, right=70), line("x " * 39 + "x", 2))
    assert [gap for gap, _ in found] == ["\n\n", "\n\n", "\n\n"]


def test_more_leading_than_usual_ends_a_paragraph() -> None:
    found = texts(line("It ran", 0), line("far", 1), line("It rose", 3), line("up", 4))
    assert found == [("\n\n", "It ran far"), ("\n\n", "It rose up")]


def test_an_indented_line_after_a_full_stop_begins_a_paragraph() -> None:
    assert len(texts(line("It ran.", 0), line("It rose", 1, left=12))) == 2
    assert len(texts(line("It ran", 0), line("and rose", 1, left=12))) == 1


def test_another_size_of_type_is_another_paragraph() -> None:
    assert len(texts(line("Rivers", 0, size=16), line("It ran", 1))) == 2


def test_a_sentence_goes_on_in_the_next_column() -> None:
    assert texts(line("It ran", 30), line("to the sea.", 0, left=450, right=850)) == [("\n\n", "It ran to the sea.")]
    assert len(texts(line("It ran.", 30), line("It rose.", 0, left=450, right=850))) == 2


def test_a_title_over_two_columns_does_not_widen_them() -> None:
    title = line("On rivers and on those who live by them, in all times.", 0, right=900)
    left = [line("It ran", 2), line("to the", 3), line("sea.", 4, right=50)]
    right = [line("Tea is", 2, left=450, right=850), line("grown", 3, left=450, right=850)]
    right += [line("there.", 4, left=450, right=500)]
    assert [text for _, text in texts(title, *left, *right)][1:] == ["It ran to the sea.", "Tea is grown there."]


def test_items_of_a_list_stand_on_lines_of_their_own() -> None:
    assert texts(line("• salt and", 0), line("pepper", 1), line("• bread", 2)) == [
        ("\n\n", "• salt and pepper"),
        ("\n", "• bread"),
    ]
    assert texts(line("1. salt", 0), line("2. bread", 1)) == [("\n\n", "1. salt"), ("\n", "2. bread")]


def test_a_dash_or_number_where_prose_wraps_is_no_item() -> None:
    assert texts(line("Ice, rain", 0), line("– and wind", 1)) == [("\n\n", "Ice, rain – and wind")]
    assert texts(line("It froze on May", 0), line("12. and thawed", 1)) == [("\n\n", "It froze on May 12. and thawed")]


@pytest.mark.parametrize(
    ("before", "after", "words", "whole"),
    [
        ("archi\x02", "tecture", "", "architecture"),
        ("archi-", "tecture", "", "architecture"),
        ("bird\x02", "song", "birdsong bird song", "birdsong"),
        ("sea\x02", "level", "sea-level", "sea-level"),
        ("sea\x02", "level", "sea level", "sea-level"),
        ("well\x02", "known", "", "well-known"),
        ("state-of-the\x02", "art", "", "state-of-the-art"),
        ("Franco\x02", "German", "", "Franco-German"),
        ("1990\x02", "95", "", "1990-95"),
        ("pre\x02", "1990", "", "pre-1990"),
        ("a -", "b", "", "a - b"),
        ("no", "hyphen", "", "no hyphen"),
    ],
)
def test_a_hyphen_goes_only_where_the_word_is_written_in_one(before: str, after: str, words: str, whole: str) -> None:
    start, between = joined(before, after, Counter(words.split()))
    assert start + between + after == whole


def test_a_cut_word_is_joined_over_a_page_break() -> None:
    text, marks = write_pages(prose_of_pages([[line("The archi-", 0)], [line("tecture.", 0)]], [{}, {}]))
    assert (text, [mark.span for mark in marks]) == ("The architecture.", [(0, 9), (9, 17)])


def test_ligatures_are_letters_and_soft_hyphens_nothing() -> None:
    assert texts(line("ﬁnd the oﬃ\xadce", 0)) == [("\n\n", "find the office")]


def test_heads_feet_and_page_numbers_go_where_three_pages_agree() -> None:
    pages = [[line(f"On rivers, 2024 {n}", 0), line(f"Rule {n}.", 2), line(f"- {n + 6} -", 50)] for n in range(1, 4)]
    assert without_running_lines(pages) == [[line(f"Rule {n}.", 2)] for n in range(1, 4)]


def test_a_number_that_is_not_the_pages_stays() -> None:
    pages = [[line(f"Invoice {n}", 0), line("To pay.", 2)] for n in (7, 12, 31)]
    assert without_running_lines(pages) == [[page[0]] for page in pages]


def test_heads_stay_on_two_pages_or_at_changing_heights() -> None:
    two = [[line("On rivers", 0), line("Text.", 2)]] * 2
    changing = [[line("On rivers", row), line(f"Text {'x' * row}", 50 - row)] for row in range(3)]
    assert without_running_lines(two) == two
    assert without_running_lines(changing) == changing


def test_a_title_is_compared_without_its_numbering() -> None:
    assert {fold(title) for title in ("2.1  Floods", "Floods", "FLOODS", "IV. Floods")} == {"floods"}
    assert fold("1984") == "1984"


LINES = st.builds(
    Line,
    st.text(st.sampled_from("ab -.•\x02ﬁ1é😀"), min_size=1, max_size=8).filter(lambda text: text.strip(" \x02") != ""),
    st.sampled_from([0.0, 12.0, 300.0]),
    st.integers(0, 800).map(float),
    st.sampled_from([50.0, 400.0]),
    st.sampled_from([10.0, 16.0]),
)


@given(st.lists(st.lists(LINES, max_size=4), max_size=4))
def test_any_lines_give_pages_that_lie_end_to_end(pages: list[list[Line]]) -> None:
    text, marks = write_pages(prose_of_pages(pages, [{"a": 1}] * len(pages)))
    spans = [mark.span for mark in marks if mark.kind == "page"]
    assert len(spans) == len(pages)
    assert [span.end for span in spans] == [*(span.start for span in spans[1:]), *[len(text)] * bool(spans)]
    assert "\x02" not in text
    for mark in marks[len(pages) :]:
        assert " ".join(mark.span.slice(text).split()).startswith(mark.label)


def test_a_page_without_text_has_an_empty_span_where_the_next_begins() -> None:
    text, marks = write_pages([[], [Block("One.")], [], [Block("Two.")], []])
    assert text == "One.\n\nTwo."
    assert [tuple(mark.span) for mark in marks] == [(0, 0), (0, 6), (6, 6), (6, 10), (10, 10)]
