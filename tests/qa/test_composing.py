"""Which sentences an answer quotes, and how it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.article import Hit, Passage, Retrieval, Span
from qa.answer import Citation
from qa.composing import asks_for_several, choose, compose, contradicting, parts_of, short_answer
from qa.readers.protocols import Candidate

WEIGHTS = {"paper": 1.0, "tea": 1.0, "made": 1.0, "what": 0.0}


SURE = 9.0  # a logit beside which the others' belief is next to nothing


def candidate(name: str, *matched: str, score: float = 1.0, answer: Span | None = None) -> Candidate:
    passage = Passage(name, Span(0, len(name)), name, "sentence")
    return Candidate(Hit(passage, score, 1, matched=matched), score, answer)


def chosen(*candidates: Candidate, most: int = 3) -> list[str]:
    found = Retrieval("?", word_weights=WEIGHTS)
    return [each.sentence.passage.text for each in choose(candidates, found, most=most)]


def test_a_sentence_that_answers_for_sure_is_quoted_alone() -> None:
    assert chosen(candidate("all", "paper", score=SURE), candidate("some", "paper")) == ["all"]


def test_where_it_is_open_which_sentence_answers_the_likeliest_are_quoted() -> None:
    """Belief: 0.42, 0.34, 0.25; the first two together have more than 0.7 of it."""
    three = (candidate("first", score=1.0), candidate("second", score=0.8), candidate("third", score=0.5))
    assert chosen(*three) == ["first", "second"]


def test_what_the_best_sentence_lacks_is_quoted_from_another() -> None:
    """Belief: 0.76, 0.12, 0.12: enough in the first, but the other has a word of the question that it lacks."""
    three = (candidate("first", "paper", score=3.0), candidate("same", "paper"), candidate("other", "tea"))
    assert chosen(*three[:1], *(replace(each, score=1.15) for each in three[1:])) == ["first", "other"]


def test_a_sentence_far_below_the_best_is_not_quoted() -> None:
    assert chosen(candidate("first", "paper", score=SURE), candidate("weak", "tea")) == ["first"]


def test_no_more_are_quoted_than_asked_for() -> None:
    three = (candidate("first", "paper"), candidate("second", "tea"), candidate("third", "made"))
    assert chosen(*three, most=2) == ["first", "second"]
    assert chosen(*three, most=1) == ["first"]


def test_no_candidate_gives_no_quote() -> None:
    assert chosen() == []


def test_short_answers_are_the_answers_own_words_each_once() -> None:
    some = [
        candidate("by Tom", answer=Span(3, 6)),
        candidate("by Tom too"),
        candidate("Tom and Ann", answer=Span(8, 11)),
    ]
    assert short_answer([*some, some[0]]) == "Tom; Ann"
    assert short_answer(some[1:2]) is None


# Several articles


def said_in(article: str, year: str, *, score: float = 1.0) -> Candidate:
    """A sentence of an article that answers with a year."""
    text = f"It sank in {year}."
    hit = Hit(Passage(article, Span(0, len(text)), text, "sentence"), score, 1)
    return Candidate(hit, score, Span(11, 11 + len(year)))


def quoted(*candidates: Candidate) -> list[tuple[str, str | None]]:
    found = Retrieval("?", word_weights=WEIGHTS)
    return [(c.sentence.passage.article_id, c.answer_text) for c in choose(candidates, found, most=3)]


def test_two_articles_that_disagree_are_both_quoted() -> None:
    """Belief: 0.54, 0.33 and 0.13; the third is of an article that is quoted already."""
    pair = said_in("a", "1912", score=1.0), said_in("b", "1913", score=0.5), said_in("b", "1914", score=-0.4)
    assert quoted(*pair) == [("a", "1912"), ("b", "1913")]


def test_an_article_that_disagrees_is_quoted_though_another_would_be_enough() -> None:
    """Belief: 0.38, 0.35 (together enough) and 0.27."""
    three = said_in("a", "1912", score=1.0), said_in("a", "April 1912", score=0.9), said_in("b", "1913", score=0.65)
    assert quoted(*three) == [("a", "1912"), ("a", "April 1912"), ("b", "1913")]


def test_an_article_that_says_the_same_again_is_not_quoted() -> None:
    assert quoted(said_in("a", "1912"), said_in("b", "1912")) == [("a", "1912")]
    assert quoted(said_in("a", "May 1912"), said_in("b", "MAY, 1912")) == [("a", "May 1912")]


@pytest.mark.parametrize(
    ("other", "disagrees"),
    [
        pytest.param(said_in("b", "1913"), True, id="another year, believed alike"),
        pytest.param(said_in("b", "1913", score=-0.09), True, id="believed a little more than a third as much"),
        pytest.param(said_in("b", "1913", score=-0.10), False, id="believed a little less than a third as much"),
        pytest.param(said_in("a", "1913"), False, id="the same article"),
        pytest.param(said_in("b", "May 1912"), False, id="the same year, said more exactly"),
        pytest.param(candidate("b"), False, id="a sentence whose answer is not named"),
    ],
)
def test_who_disagrees_with_the_best(other: Candidate, disagrees: bool) -> None:
    assert contradicting([said_in("a", "1912"), other]) == ([other] if disagrees else [])


def test_nothing_disagrees_with_nothing() -> None:
    assert contradicting([]) == []
    assert contradicting([candidate("a"), said_in("b", "1913")]) == []


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which countries are members?", True),
        ("What were the reasons given?", True),
        ("Name the three rivers.", True),
        ("Who are the founders?", True),
        ("Which river is the longest?", False),
        ("When did they arrive?", False),
        ("How many people were there?", False),
    ],
)
def test_a_question_for_a_list_is_told_from_one_for_a_fact(question: str, several: bool) -> None:
    assert asks_for_several(question) == several


def citation(quote: str) -> Citation:
    return Citation(0, "a", "A", Span(0, len(quote)), quote, Span(0, 0), "verified", 1.0)


def test_quotes_stand_verbatim_before_their_markers_and_citations_know_where() -> None:
    text, citations = compose([citation("Tea 🙂 is green."), citation("Paper is thin.")])
    assert text == "Tea 🙂 is green. [1] Paper is thin. [2]"
    assert [(c.number, c.supports, c.supports.slice(text)) for c in citations] == [
        (1, Span(0, 15), "Tea 🙂 is green."),
        (2, Span(20, 34), "Paper is thin."),
    ]


def test_nothing_to_cite_is_an_empty_text() -> None:
    assert compose([]) == ("", ())


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who asked?", ["Who asked?"]),
        ("Who took sides, and why did they?", ["Who took sides", "why did they?"]),
        (
            "What is tea and where does it grow; but who drinks it?",
            ["What is tea", "where does it grow", "who drinks it?"],
        ),
        ("Who are Tom and Jerry?", ["Who are Tom and Jerry?"]),
        ("and who?", ["and who?"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_question_in_parts_is_taken_apart(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts


def test_a_question_of_more_than_250_characters_is_read_once() -> None:
    question = f"Who asked, and why{' so' * 77}?"
    assert parts_of(question) == ["Who asked", question.removeprefix("Who asked, and ")]
    assert len(question) == 250
    assert parts_of(f"{question}?") == [f"{question}?"]
