"""BM25 over the word tables, with figures that can be worked out by hand."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.article import Article
from index.storage import fts
from index.storage.fts import question_words
from index.storage.library import Library
from tests.world import library_of

# Five sentences of four words, so that none is longer than the average: rows 2, 4, 6, 8 and 10.
SENTENCES = ("red tea is hot", "green tea is cold", "tea tea tastes good", "milk is not tea", "white milk stays white")
ROW_OF_SENTENCE = (2, 4, 6, 8, 10)


@pytest.fixture
def drinks(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path, *(Article(str(n), "", text) for n, text in enumerate(SENTENCES))) as library:
        yield library


def search(
    library: Library, *words: str, k: int = 10, also: tuple[int, ...] = (), article_ids: list[str] | None = None
) -> dict[int, float]:
    weights = library.word_weights("sentence", words)
    return library.search_words("sentence", weights, k=k, also=also, article_ids=article_ids)


def test_words_count_less_where_few_of_the_questions_stand_anywhere_in_the_library(drinks: Library) -> None:
    """A question in another language shares a name, or a word by chance."""
    hot, absent = math.log(4.5 / 1.5), math.log(5.5 / 0.5)
    assert search(drinks, "hot", "chaud", "boisson") == {
        2: pytest.approx(hot / (hot + 2 * absent) * (1 / 3)),
    }
    assert search(drinks, "chaud", "boisson") == {}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Which river, which sea?", ["which", "river", "sea"]),
        ("U.S.A. in 1999", ["u", "s", "a", "in", "1999"]),
        ("Ärger ÇA", ["ärger", "ça"]),
        ("茶是什么", ["茶", "是", "什", "么"]),
        ("snake_case__x", ["snake", "case", "x"]),
        ("🙂 …?!", []),
        ("", []),
    ],
)
def test_the_words_of_a_question_are_distinct_in_order_and_lower_case(question: str, words: list[str]) -> None:
    assert question_words(question) == words


def test_one_occurrence_in_a_sentence_of_average_length_scores_one_and_two_score_more(drinks: Library) -> None:
    assert search(drinks, "hot") == {2: pytest.approx(2.2 * 1 / (1 + 1.2))}
    assert search(drinks, "white") == {10: pytest.approx(2.2 * 2 / (2 + 1.2))}
    assert search(drinks, "tastes", "good") == {6: pytest.approx(1.0)}


def test_a_word_that_is_missing_takes_its_weight_from_the_score(drinks: Library) -> None:
    hot, milk = math.log(4.5 / 1.5), math.log(3.5 / 2.5)
    assert search(drinks, "hot", "milk") == {
        2: pytest.approx(hot / (hot + milk)),
        8: pytest.approx(milk / (hot + milk)),
        10: pytest.approx(milk / (hot + milk)),
    }


def test_where_every_word_is_common_none_tells_much(drinks: Library) -> None:
    assert search(drinks, "milk")[8] == pytest.approx(math.log(3.5 / 2.5))
    assert search(drinks, "tea")[6] == pytest.approx(0.0, abs=1e-5)


def test_words_weigh_more_the_fewer_sentences_hold_them(drinks: Library) -> None:
    assert drinks.word_weights("sentence", ["zebra", "hot", "milk", "tea"]) == {
        "zebra": pytest.approx(math.log(5.5 / 0.5)),
        "hot": pytest.approx(math.log(4.5 / 1.5)),
        "milk": pytest.approx(math.log(3.5 / 2.5)),
        "tea": 1e-6,
    }


def test_ties_are_broken_by_row_and_at_most_k_are_found(drinks: Library) -> None:
    assert list(search(drinks, "milk")) == [8, 10]
    assert list(search(drinks, "milk", k=1)) == [8]


def test_rows_asked_for_are_scored_too_if_they_hold_a_word(drinks: Library) -> None:
    assert list(search(drinks, "milk", k=1, also=(2, 10))) == [8, 10]


@pytest.mark.parametrize("words", [(), ("zebra",), ("_",)], ids=["no words", "unknown", "no letter"])
def test_what_nobody_says_is_not_found(drinks: Library, words: tuple[str, ...]) -> None:
    assert search(drinks, *words) == {}


@pytest.mark.parametrize(
    ("chosen", "rows"), [(["4"], [10]), (["3", "4"], [8, 10]), (["0"], []), ([], []), (["no such"], [])]
)
def test_only_the_chosen_articles_are_searched(drinks: Library, chosen: list[str], rows: list[int]) -> None:
    assert list(search(drinks, "milk", article_ids=chosen)) == rows


def test_any_number_of_articles_may_be_chosen(drinks: Library) -> None:
    assert list(search(drinks, "milk", article_ids=[str(n) for n in range(300_000)])) == [8, 10]


def test_inflected_and_accented_words_are_found(tmp_path: Path) -> None:
    with library_of(tmp_path, Article("a", "", "The cafés were flowing with rivers of tea")) as library:
        assert library.words_held("sentence", ["cafe", "flow", "river", "water"], [2]) == {2: {"cafe", "flow", "river"}}


def test_a_character_of_a_script_without_spaces_is_a_word(tmp_path: Path) -> None:
    with library_of(tmp_path, Article("a", "", "茶是一种饮料。"), Article("b", "", "水很冷。")) as library:
        assert list(search(library, *question_words("饮料"))) == [2]


def test_a_title_is_no_part_of_the_words(tmp_path: Path) -> None:
    with library_of(tmp_path, Article("a", "Milk", "It is white.")) as library:
        assert search(library, "milk") == {}


def test_in_a_large_library_words_that_stand_nearly_everywhere_are_not_searched(
    drinks: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fts, "COMMON_ROWS", 2)
    assert drinks.word_weights("sentence", ["tea", "hot"]) == {"hot": pytest.approx(math.log(3))}
    assert list(search(drinks, "tea")) == [6, 2, 4, 8]  # unless no other is left


def test_no_word_of_a_question_is_a_phrase_to_the_word_tables() -> None:
    """A phrase of a thousand common words costs as much as they are many: `_` once joined them."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(fts.SCHEMA)
    connection.execute("CREATE VIRTUAL TABLE tokens USING fts5vocab('sentence_words', 'instance')")
    letters = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000 and re.match(r"\w", chr(code))]
    for code in letters:
        joined = question_words(f"a{chr(code)}b")
        connection.execute("INSERT INTO sentence_words (rowid, body) VALUES (?, ?)", (code, joined[0]))
    several = connection.execute("SELECT doc FROM tokens GROUP BY doc HAVING count(*) > 1").fetchall()
    assert [f"U+{code:04X}" for (code,) in several] == []


def test_of_a_question_of_many_words_the_64_rarest_are_searched(tmp_path: Path) -> None:
    """Sentence n holds the words from n on: word 0 stands in one sentence, word 99 in a hundred."""
    words = [f"w{n}" for n in range(100)]
    articles = (Article(str(n), "", " ".join(words[n:])) for n in range(100))
    with library_of(tmp_path, *articles) as library:
        assert list(library.word_weights("sentence", [*reversed(words)])) == list(reversed(words[:64]))
        assert list(library.word_weights("sentence", words[90:])) == words[90:]
        unheard = [f"unheard{n}" for n in range(63)]
        assert list(library.word_weights("sentence", [*unheard, "w98", "w99"])) == [*unheard[:62], "w98", "w99"]


def test_words_behind_the_256th_are_not_looked_at(drinks: Library) -> None:
    assert "milk" not in drinks.word_weights("sentence", [*(f"w{n}" for n in range(256)), "milk"])
    assert "milk" in drinks.word_weights("sentence", [*(f"w{n}" for n in range(255)), "milk"])


def test_what_is_searched_stands_in_so_many_rows_together_or_is_the_rarest_word(
    drinks: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fts, "MOST_POSTINGS", 3)
    assert list(drinks.word_weights("sentence", ["tea", "milk", "zebra", "hot"])) == ["milk", "zebra", "hot"]
    assert list(drinks.word_weights("sentence", ["tea"])) == ["tea"]
