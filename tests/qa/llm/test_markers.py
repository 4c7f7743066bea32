"""Markers of a language model's prose: one shape, no number without a source, and never half a marker on screen."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from index.article import Span
from qa.llm.markers import MarkerStream, Statement, normalise_markers, split_statements

PIECES = [
    "[",
    "]",
    "1",
    "17",
    "0",
    " ",
    "`",
    "```",
    "\n",
    "(",
    ")",
    "ID:",
    "^",
    "†",
    "s",
    ", ",
    "-",
    "【",
    "】",
    "［",
    "］",
]
PIECES += ["word", ".", "~~~", "\t", '"', "[1]", "[[1]]", "[x](y)", "[2-3]"]


def streamed(pieces: list[str], *, sources: int = 3) -> tuple[str, tuple[int, ...]]:
    stream = MarkerStream(sources)
    shown = "".join([stream.feed(piece) for piece in pieces]) + stream.finish()
    return shown, tuple(stream.removed)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Tea【1】.", "Tea[1]."),
        ("Tea ［2］.", "Tea [2]."),
        ("Tea [ID:3].", "Tea [3]."),
        ("Tea [ID: 1, ID: 3].", "Tea [1][3]."),
        ("Tea [^2].", "Tea [2]."),
        ("Tea [[2]].", "Tea [2]."),
        ("Tea [1, 3].", "Tea [1][3]."),
        ("Tea [1、2].", "Tea [1][2]."),
        ("Tea [1][3].", "Tea [1][3]."),
        ("Tea [1-3].", "Tea [1][2][3]."),
        ("Tea [2–3].", "Tea [2][3]."),
        ("Tea [3-1].", "Tea [3][1]."),
        ("Tea [1, 1].", "Tea [1]."),
        ("Tea 【2†source】.", "Tea [2]."),
        ("Tea [２].", "Tea [2]."),
        ("Tea [٢].", "Tea [2]."),
        ("Tea[1].", "Tea[1]."),
    ],
    ids=repr,
)
def test_every_shape_of_a_marker_becomes_a_number_in_brackets(written: str, shown: str) -> None:
    assert normalise_markers(written, sources=3) == (shown, ())


@pytest.mark.parametrize(
    "written",
    [
        "They said [sic] so.",
        "In [1990] it ended.",
        "See [the map](https://example.org/a_(b)).",
        'See [1](https://example.org "One").',
        "Take array[0] and grid[0][1].",
        "A box: [ ] and [x].",
        "Write `a[17]`, or ``b ` [17]``.",
        "```python\nrow[1] = 【2】\n```\n",
        "~~~\n[17]\n```\n[17]\n~~~\n",
        "  ```\n[17]",
        "The end [1, 2",
    ],
    ids=repr,
)
def test_code_links_and_other_brackets_are_left_alone(written: str) -> None:
    assert normalise_markers(written, sources=3) == (written, ())


@pytest.mark.parametrize(
    ("written", "shown", "removed"),
    [
        ("Tea [17].", "Tea.", (17,)),
        ("Tea [0] is old.", "Tea is old.", (0,)),
        ("Tea [2, 17] is old [18].", "Tea [2] is old.", (17, 18)),
        ("Tea [4-6].", "Tea [4][5].", (6,)),
        ("A stray ` and tea [17].", "A stray ` and tea.", (17,)),
        ("```\ncode\n```\nTea [17].", "```\ncode\n```\nTea.", (17,)),
    ],
    ids=repr,
)
def test_a_number_that_is_no_source_is_removed_and_reported(written: str, shown: str, removed: tuple[int, ...]) -> None:
    assert normalise_markers(written, sources=5) == (shown, removed)


def test_a_marker_is_shown_only_when_it_is_complete() -> None:
    stream = MarkerStream(3)
    assert [stream.feed(piece) for piece in ("Tea", " ", "[", "1", "]", ".", " [s", "ic]")] == [
        "Tea", "", "", "", "", " [1].", " [s", "ic]",
    ]  # fmt: skip


def test_a_parenthesis_after_a_marker_waits_until_it_is_no_link() -> None:
    stream = MarkerStream(3)
    assert [stream.feed(piece) for piece in ("Tea [1]", "(see", " below)")] == ["Tea", "", " [1](see below)"]


def test_what_is_held_back_at_the_end_is_shown() -> None:
    assert streamed(["Tea [", "1"]) == ("Tea [1", ())


@pytest.mark.parametrize("seed", range(5))
def test_where_the_pieces_are_cut_changes_nothing(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(400):
        prose = "".join(chance.choices(PIECES, k=chance.randint(1, 25)))
        cuts = [0, *sorted(chance.choices(range(len(prose) + 1), k=6)), len(prose)]
        pieces = [prose[start:end] for start, end in pairwise(cuts)]
        whole = normalise_markers(prose, sources=3)
        assert (prose, streamed(pieces), streamed(list(prose))) == (prose, whole, whole)


def test_what_is_normal_stays_as_it_is() -> None:
    shown, _ = normalise_markers("Tea【1】 [2, 3] `x[9]` [^1].", sources=3)
    assert normalise_markers(shown, sources=3) == (shown, ())


def test_a_statement_has_its_place_its_words_and_the_numbers_it_cites() -> None:
    prose = "Tea [1] is green [2]. It is old."
    assert split_statements(prose) == [
        Statement(Span(0, 21), "Tea is green.", (1, 2)),
        Statement(Span(22, 32), "It is old.", ()),
    ]


def test_a_marker_after_the_full_stop_belongs_to_the_sentence_before_it() -> None:
    prose = "Tea is green. [1] It is old.[2][1]"
    assert split_statements(prose) == [
        Statement(Span(0, 13), "Tea is green.", (1,)),
        Statement(Span(18, 28), "It is old.", (2, 1)),
    ]


def test_a_list_item_is_a_statement_without_its_bullet() -> None:
    prose = "Tea is:\n\n- green [1]\n- [2] old\n1. Hot. [3]"
    assert [(each.span.slice(prose), each.numbers) for each in split_statements(prose)] == [
        ("Tea is:", ()),
        ("green", (1,)),
        ("old", (2,)),
        ("Hot.", (3,)),
    ]


def test_headings_and_code_blocks_state_nothing() -> None:
    prose = "# Tea\n\n**Colour**\n\nIt is green. [1]\n\n```\nIt is black. [2]\n```\n"
    assert [(each.text, each.numbers) for each in split_statements(prose)] == [("It is green.", (1,))]


def test_a_heading_that_cites_is_a_statement() -> None:
    assert [(each.text, each.numbers) for each in split_statements("## Tea is old [1]")] == [("Tea is old", (1,))]


def test_brackets_in_code_cite_nothing() -> None:
    assert split_statements("Write `tea[1]`.") == [Statement(Span(0, 15), "Write `tea[1]`.", ())]


def test_a_statement_slices_to_its_words_beyond_the_basic_plane() -> None:
    prose = "Tea 🙂 is green [1]. 茶 is old."
    assert [each.span.slice(prose) for each in split_statements(prose)] == ["Tea 🙂 is green [1].", "茶 is old."]


@pytest.mark.parametrize("prose", ["", "\n", "[1]", "- [1]"], ids=repr)
def test_prose_without_words_states_nothing(prose: str) -> None:
    assert split_statements(prose) == []
