"""Which sentences an answer quotes, and how it is written."""

from __future__ import annotations

import pytest

from index.article import Hit, Passage, Retrieval, Span
from qa.answer import Citation
from qa.composing import choose, compose, parts_of
from qa.reader import Candidate

WEIGHTS = {"paper": 1.0, "tea": 1.0, "made": 1.0, "what": 0.0}


def candidate(name: str, *matched: str, score: float = 1.0) -> Candidate:
    passage = Passage(name, Span(0, len(name)), name, "sentence")
    return Candidate(Hit(passage, score, 1, matched=matched), score)


def chosen(*candidates: Candidate, most: int = 3) -> list[str]:
    found = Retrieval("?", word_weights=WEIGHTS)
    return [each.sentence.passage.text for each in choose(candidates, found, most=most)]


def test_a_sentence_that_covers_the_question_is_quoted_alone() -> None:
    assert chosen(candidate("all", "paper", "tea", "made"), candidate("some", "tea")) == ["all"]


def test_what_the_best_sentence_lacks_is_quoted_from_another() -> None:
    assert chosen(candidate("first", "paper"), candidate("same", "paper"), candidate("other", "tea")) == [
        "first",
        "other",
    ]


def test_a_sentence_far_below_the_best_is_not_quoted() -> None:
    assert chosen(candidate("first", "paper"), candidate("weak", "tea", score=0.59)) == ["first"]


def test_no_more_are_quoted_than_asked_for() -> None:
    three = (candidate("first", "paper"), candidate("second", "tea"), candidate("third", "made"))
    assert chosen(*three, most=2) == ["first", "second"]


def test_no_candidate_gives_no_quote() -> None:
    assert chosen() == []


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
