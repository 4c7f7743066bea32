"""Cutting articles: whole sentences, within the budget, nothing lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import chunking
from index.article import Article, Mark, Passage, Span
from index.chunking import Chunks, cut_article
from index.config import ChunkingConfig
from index.ingest import embedded_text
from tests.index.test_sentences import TEXTS
from tests.world import ARTICLES, CHUNKING, WordCountingEmbedder

FIVE = "One is here. Two is here. Three is here. Four is here. Five is here."  # of three words each
BUDGETS = st.builds(
    ChunkingConfig,
    max_passage_tokens=st.integers(1, 12),
    overlap_sentences=st.integers(0, 3),
    title_in_embedding=st.booleans(),
)


def cut(text: str, config: ChunkingConfig = CHUNKING, *, title: str = "", marks: tuple[Mark, ...] = ()) -> Chunks:
    return cut_article(Article("a", title, text, marks=marks), WordCountingEmbedder(), config)


def texts(passages: Sequence[Passage]) -> list[str]:
    return [passage.text for passage in passages]


def words(text: str) -> int:
    return len(text.split())


def test_the_tiny_world_is_cut_as_its_sizes_say() -> None:
    chunks = [cut_article(article, WordCountingEmbedder(), CHUNKING) for article in ARTICLES]
    assert [texts(each.passages) for each in chunks] == [
        ["The Nile is a long river. It flows north to the sea."],
        ["Tea is a drink of leaves. The leaves are dried.", "Hot water turns brown."],
        ["Paper is thin. 🙂 It was first made in China."],
    ]
    assert texts(chunks[2].sentences) == ["Paper is thin.", "🙂 It was first made in China."]


def test_kinds_and_places_are_those_of_the_article() -> None:
    chunks = cut("Tea is hot. \n\n Water is wet.")
    assert chunks.passages == (Passage("a", Span(0, 28), "Tea is hot. \n\n Water is wet.", "passage"),)
    assert chunks.sentences == (
        Passage("a", Span(0, 11), "Tea is hot.", "sentence"),
        Passage("a", Span(15, 28), "Water is wet.", "sentence"),
    )


@pytest.mark.parametrize("text", ["", " \n\t"], ids=["empty", "white space"])
def test_a_text_of_nothing_gives_nothing(text: str) -> None:
    assert cut(text) == Chunks((), ())


def test_a_single_sentence_is_a_passage_and_a_sentence() -> None:
    chunks = cut("Tea is hot.")
    assert texts(chunks.passages) == texts(chunks.sentences) == ["Tea is hot."]


@pytest.mark.parametrize(
    ("budget", "sizes"), [(3, [3, 3, 3, 3, 3]), (5, [3, 3, 3, 3, 3]), (6, [6, 6, 3]), (14, [12, 3]), (15, [15])]
)
def test_passages_are_filled_with_whole_sentences_up_to_the_budget(budget: int, sizes: list[int]) -> None:
    chunks = cut(FIVE, replace(CHUNKING, max_passage_tokens=budget))
    assert [words(text) for text in texts(chunks.passages)] == sizes


def test_neighbours_share_so_many_sentences() -> None:
    chunks = cut(FIVE, replace(CHUNKING, max_passage_tokens=9, overlap_sentences=1))
    assert texts(chunks.passages) == [
        "One is here. Two is here. Three is here.",
        "Three is here. Four is here. Five is here.",
    ]
    two = cut(FIVE, replace(CHUNKING, max_passage_tokens=9, overlap_sentences=2))
    assert [text.split()[0] for text in texts(two.passages)] == ["One", "Two", "Three"]


def test_sentences_are_not_shared_where_the_budget_does_not_permit_it() -> None:
    text = "One two three four. One two three four five. End."
    chunks = cut(text, replace(CHUNKING, max_passage_tokens=5, overlap_sentences=1))
    assert texts(chunks.passages) == ["One two three four.", "One two three four five.", "End."]


def test_a_heading_opens_a_passage() -> None:
    text = "Intro here.\n\nTea\n\nIt is hot.\n\nWater\n\nIt is wet."
    marks = tuple(Mark("heading", Span(text.index(name), len(text)), name) for name in ("Tea", "Water"))
    assert texts(cut(text, marks=marks).passages) == ["Intro here.", "Tea\n\nIt is hot.", "Water\n\nIt is wet."]


def test_headings_that_follow_each_other_stay_together() -> None:
    text = "Drinks\n\nTea\n\nIt is hot."
    marks = (Mark("heading", Span(0, len(text)), "Drinks"), Mark("heading", Span(8, len(text)), "Tea", level=2))
    assert texts(cut(text, marks=marks).passages) == [text]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one two three; four five six, seven eight", ["one two three; four five six,", "seven eight"]),
        ("one two three four; five six seven eight", ["one two three four;", "five six seven eight"]),
        ("one two three four five six seven eight", ["one two three four five six", "seven eight"]),
        ("a, b c d e f g h", ["a, b c d e f", "g h"]),
        ("一二、三四", ["一二、三四"]),
    ],
    ids=["comma late", "semicolon", "space", "comma too early", "one word"],
)
def test_an_overlong_sentence_is_cut_at_its_best_inner_boundary(text: str, pieces: list[str]) -> None:
    chunks = cut(text, replace(CHUNKING, max_passage_tokens=6))
    assert texts(chunks.sentences) == texts(chunks.passages) == pieces


@dataclass
class CharacterEmbedder(WordCountingEmbedder):
    """A token is a character; an emoji is three, all at the same place, as bytes are for some models."""

    def tokens(self, text: str) -> Sequence[Span]:
        sizes = [3 if ord(character) > 0xFFFF else 1 for character in text]
        return [Span(at, at + 1) for at, size in enumerate(sizes) for _ in range(size)]


@pytest.mark.parametrize("budget", [0, 1, 2, 4])
def test_a_character_of_several_tokens_is_never_cut(budget: int) -> None:
    config = replace(CHUNKING, max_passage_tokens=budget)
    chunks = cut_article(Article("a", "", "🙂🙂a🙂"), CharacterEmbedder(), config)
    assert "".join(texts(chunks.sentences)) == "🙂🙂a🙂"


def test_a_word_longer_than_the_budget_is_cut_between_characters() -> None:
    chunks = cut_article(Article("a", "", "abcdefg"), CharacterEmbedder(), replace(CHUNKING, max_passage_tokens=3))
    assert texts(chunks.sentences) == ["abc", "def", "g"]


def covered(text: str, passages: Sequence[Passage]) -> bool:
    """Tell whether passages hold every character but white space, each at its exact place, none too long."""
    inside = {position for passage in passages for position in range(*passage.span)}
    left_out = "".join(character for position, character in enumerate(text) if position not in inside)
    exact = all(passage.text == passage.span.slice(text) for passage in passages)
    return exact and not left_out.strip() and all(len(passage.text) <= 2000 for passage in passages)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("x" * 5000, [2000, 2000, 1000]),
        ("x" * 2000, [2000]),
        ("茶" * 4001, [2000, 2000, 1]),
        ("a" + " " * 9000 + "b", [1, 1]),
        ("👩‍👩‍👧" * 500, [2000, 500]),
        ("x" + "👩‍👩‍👧" * 500, [1996, 505]),
        ("x" + "🇩🇪" * 1200, [1999, 402]),
        ("e" + "\u0301" * 2500, [2000, 501]),
        ("é" * 999 + "e\u0301" * 1000, [1999, 1000]),
        ("ก็" * 1001, [2000, 2]),
    ],
    ids=["letters", "exactly", "ideographs", "white space", "emoji", "emoji late", "flags", "one letter", "accents",
         "thai"],
)  # fmt: skip
def test_text_without_spaces_is_cut_by_characters_between_two_that_are_seen(text: str, sizes: list[int]) -> None:
    chunks = cut(text, replace(CHUNKING, max_passage_tokens=10_000))
    assert [len(piece) for piece in texts(chunks.sentences)] == sizes
    assert covered(text, chunks.sentences)
    assert covered(text, chunks.passages)


def test_a_gulf_between_two_sentences_is_in_no_passage() -> None:
    gap = "\n" * 5000
    assert texts(cut(f"Tea is hot.{gap}Water is wet.").passages) == ["Tea is hot.", "Water is wet."]


def test_of_a_title_as_long_as_a_book_the_beginning_is_embedded() -> None:
    article = Article("a", "T" * 1000, "Tea is hot.")
    [sentence] = cut(article.text).sentences
    assert embedded_text(sentence, article, ChunkingConfig()) == f"{'T' * 300}. Tea is hot."


def test_the_model_limits_the_budget() -> None:
    embedder = WordCountingEmbedder(max_tokens=6)
    chunks = cut_article(Article("a", "", FIVE), embedder, replace(CHUNKING, max_passage_tokens=100))
    assert [words(text) for text in texts(chunks.passages)] == [6, 6, 3]


@pytest.mark.parametrize(
    ("title", "sizes"),
    [("", [12, 3]), ("Here", [9, 6]), ("A very long title indeed of ten words and more", [9, 6])],
    ids=["no title", "one word and its stop", "a quarter at most"],
)
def test_a_title_that_is_embedded_takes_its_share_of_the_budget(title: str, sizes: list[int]) -> None:
    config = ChunkingConfig(max_passage_tokens=13, overlap_sentences=0)
    if title:
        config = replace(config, max_passage_tokens=12)
    assert [words(text) for text in texts(cut(FIVE, config, title=title).passages)] == sizes


def test_a_title_made_of_the_opening_words_takes_no_share() -> None:
    config = ChunkingConfig(max_passage_tokens=15, overlap_sentences=0)
    assert texts(cut(FIVE, config, title="One is…").passages) == [FIVE]


@given(TEXTS, BUDGETS, st.sampled_from(["", "T", "A title of five words"]))
def test_nothing_of_an_article_is_lost(text: str, config: ChunkingConfig, title: str) -> None:
    chunks = cut(text, config, title=title)
    for kind in (chunks.sentences, chunks.passages):
        inside = {position for passage in kind for position in range(*passage.span)}
        outside = [character for position, character in enumerate(text) if position not in inside]
        assert "".join(outside).strip() == ""


@given(TEXTS, BUDGETS)
def test_no_passage_exceeds_the_budget(text: str, config: ChunkingConfig) -> None:
    chunks = cut(text, config)
    sizes = [words(passage.text) for passage in (*chunks.passages, *chunks.sentences)]
    assert max(sizes, default=0) <= config.max_passage_tokens


@given(TEXTS, BUDGETS)
def test_passages_are_whole_sentences_in_order(text: str, config: ChunkingConfig) -> None:
    chunks = cut(text, config)
    starts = [sentence.span.start for sentence in chunks.sentences]
    ends = [sentence.span.end for sentence in chunks.sentences]
    places = [(starts.index(p.span.start), ends.index(p.span.end)) for p in chunks.passages]
    assert places == sorted(set(places))
    assert all(first <= last for first, last in places)
    assert all(passage.text == passage.span.slice(text) for passage in (*chunks.passages, *chunks.sentences))


def test_a_long_text_is_cut_the_same_whether_it_is_read_at_once_or_in_stretches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    article = Article("long", "Long", " ".join(f"Sentence {n} has six words." for n in range(40)))
    at_once = cut_article(article, WordCountingEmbedder(), CHUNKING)
    monkeypatch.setattr(chunking, "STRETCH_CHARACTERS", 50)
    assert cut_article(article, WordCountingEmbedder(), CHUNKING) == at_once
