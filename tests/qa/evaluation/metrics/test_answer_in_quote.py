from __future__ import annotations

from dataclasses import replace

import pytest

from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.metrics import measure
from qa.evaluation.metrics.answer_in_quote import holds_answer, measure_answers_in_quotes
from qa.evaluation.outcome import Outcome
from tests.qa.evaluation.conftest import World


@pytest.mark.parametrize(
    ("quote", "answer", "holds"),
    [
        pytest.param("It is made of leaves.", "The leaves", True, id="articles and punctuation do not count"),
        pytest.param("It is made of leaves.", "leave", False, id="a part of a word"),
        pytest.param("made of green leaves", "made leaves", False, id="words apart"),
        pytest.param("The The played.", "the the", True, id="an answer of articles alone"),
        pytest.param("首都は東京です。", "東京", True, id="a script without spaces"),
        pytest.param("首都は東京です。", "京都", False, id="another name in it"),
        pytest.param("Tea.", " ", False, id="a blank answer"),
    ],
)
def test_a_quote_holds_an_answer_when_its_words_stand_in_it_in_order(quote: str, answer: str, holds: bool) -> None:
    assert holds_answer(quote, answer) is holds


def without_spans(question: Question) -> Question:
    return replace(question, gold=tuple(Gold(gold.article_id, None) for gold in question.gold))


def test_citations_without_a_marked_place_are_scored_by_the_answer_in_their_quote(world: World) -> None:
    outcomes = [replace(outcome, question=without_spans(outcome.question)) for outcome in world.outcomes()]
    metrics = measure_answers_in_quotes(outcomes)
    precision, recall = (metrics[f"citation.answer_in_quote_{name}"] for name in ("precision", "recall"))
    assert (precision.value, precision.n) == (2 / 3, 3)  # q1 one of one, q2 one of two, q3 abstains
    assert (recall.value, recall.n) == (2 / 3, 3)


def test_questions_with_a_gold_span_are_scored_by_it_alone(world: World) -> None:
    metrics = measure(world.outcomes(), world.text)
    assert metrics["citation.answer_in_quote_recall"].value is None
    assert metrics["citation.recall"].n == 3


def test_nothing_to_measure_on_is_unmeasured() -> None:
    assert [metric.n for metric in measure_answers_in_quotes(list[Outcome]()).values()] == [0, 0]
