"""How one reply counts, and what it falls short of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.answer import Reply
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.metrics.verdicts import MEANING, Verdict, shortfalls, verdict_of
from qa.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World


def costs(outcome: Outcome, world: World) -> list[tuple[str, str]]:
    return [(each.metric, each.words) for each in shortfalls(outcome, world.text)]


@pytest.mark.parametrize(
    ("position", "verdict"),
    [
        pytest.param(0, "right", id="the quote covers the gold place"),
        pytest.param(1, "right", id="the second quote covers it"),
        pytest.param(2, "abstained", id="no answer to an answerable question"),
        pytest.param(3, "rightly_abstained", id="no answer to an unanswerable one"),
        pytest.param(4, "false_answer", id="an answer to an unanswerable one"),
    ],
)
def test_a_reply_counts_by_whether_its_quotes_hold_the_answer(world: World, position: int, verdict: Verdict) -> None:
    assert verdict_of(world.outcomes()[position]) == verdict


def test_every_verdict_has_its_meaning_in_words() -> None:
    assert set(MEANING) == set(Verdict.__args__)  # type: ignore[attr-defined]


def asked(question: Question, reply: Reply) -> Outcome:
    return Outcome(question, reply, seconds=0.5)


@pytest.mark.parametrize(
    ("gold", "answers", "verdict"),
    [
        pytest.param((Gold("tea", None),), (), "right", id="in the article that is known"),
        pytest.param((Gold("paper", None),), (), "wrong", id="in another article"),
        pytest.param((Gold("tea", None),), ("milk",), "wrong", id="in the article, without the expected words"),
        pytest.param((), ("A LEAVES!",), "right", id="the expected words, as SQuAD compares them"),
        pytest.param((), ("leave",), "wrong", id="part of a word is not it"),
        pytest.param((), ("the",), "wrong", id="an answer without a word is in no quote"),
        pytest.param((), (), "unjudged", id="nothing is known"),
    ],
)
def test_where_no_span_is_known_the_best_that_is_known_decides(
    world: World, gold: tuple[Gold, ...], answers: tuple[str, ...], verdict: Verdict
) -> None:
    question = Question("q", "What is tea made of?", answers, gold, True)
    assert verdict_of(asked(question, world.answer(world.citation("tea", "It is made of leaves.")))) == verdict


def test_a_reply_that_is_right_in_all_costs_nothing(world: World) -> None:
    question = world.questions()[0]
    reply = world.answer(
        world.citation("rivers", "It flows north."),
        short_answer="North",
        consulted=world.hits(("rivers", "It flows north.")),
    )
    assert costs(asked(question, reply), world) == []


def test_a_quote_too_many_and_other_words_are_told_with_their_metrics(world: World) -> None:
    assert costs(world.outcomes()[1], world) == [
        ("citation.precision", "1 of 2 quotes do not hold the answer."),
        ("answer.exact_match", "The answer is not an expected one word for word."),
        ("answer.f1", "Its words agree with the nearest expected answer to 0.22."),
    ]


def test_an_abstention_tells_whether_what_it_withheld_was_right(world: World) -> None:
    outcome = world.outcomes()[2]
    assert costs(outcome, world) == [
        ("abstention.coverage", "It was not answered; the quote that was withheld is right.")
    ]
    other = replace(outcome, reply=world.abstention(best_guess=world.citation("tea", "Tea is a drink.")))
    assert costs(other, world)[0] == (
        "abstention.coverage",
        "It was not answered; the quote that was withheld is not right either.",
    )


def test_an_answer_to_an_unanswerable_question_costs_that_alone(world: World) -> None:
    assert costs(world.outcomes()[4], world) == [
        ("abstention.false_answers", "It was answered, and nothing in the articles answers it.")
    ]


@pytest.mark.parametrize(
    ("article", "words", "told"),
    [
        pytest.param("tea", "made of leav", "A quote overlaps the expected place, and none covers it.", id="overlap"),
        pytest.param(
            "tea", "Tea is a drink.", "The quotes are from the right article, but from other places.", id="place"
        ),
        pytest.param(
            "rivers", "It flows north.", "The quotes are from other articles than the one expected.", id="article"
        ),
    ],
)
def test_a_miss_says_how_near_it_was(world: World, article: str, words: str, told: str) -> None:
    question = world.questions()[1]
    outcome = asked(question, world.answer(world.citation(article, words), short_answer="leaves"))
    assert costs(outcome, world) == [
        ("citation.recall", told),
        ("retrieval.span_recall", "No passage that was found holds the expected place; 0 were found."),
    ]


def test_a_quote_that_stands_elsewhere_is_told_by_its_number(world: World) -> None:
    moved = replace(world.citation("rivers", "It flows north."), quote="It flows south.")
    gone = replace(world.citation("tea", "Tea is a drink.", number=2), article_id="burnt")
    question = replace(world.questions()[4])
    assert costs(asked(question, world.answer(moved, gone)), world)[:2] == [
        ("citation.exact_quote", "Quote 1 does not stand where it says."),
        ("citation.exact_quote", "Quote 2 does not stand where it says."),
    ]


def test_without_a_known_place_a_quote_without_the_words_costs_the_measure_of_words(world: World) -> None:
    question = Question("q", "What is tea made of?", ("milk",), (), True)
    outcome = asked(question, world.answer(world.citation("tea", "Tea is a drink."), short_answer="milk"))
    assert costs(outcome, world) == [
        ("citation.answer_in_quote_recall", "No quote has the words of an expected answer.")
    ]
