"""What one question scores, and by what two replies to it differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.answer import Reply
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.metrics.per_question import changed_scores
from qa.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World


def told(question: Question, before: Reply, now: Reply) -> dict[str, tuple[float, float]]:
    return dict(changed_scores(Outcome(question, before, 0.5), Outcome(question, now, 0.5)))


@pytest.fixture
def tea(world: World) -> Question:
    return world.questions()[1]  # whose answer is "leaves", in "It is made of leaves."


def test_the_same_reply_changes_nothing(world: World, tea: Question) -> None:
    reply = world.replies()["q2"]
    assert told(tea, reply, replace(reply, confidence=0.1)) == {}


def test_other_words_change_exact_match_and_f1(world: World, tea: Question) -> None:
    cited = world.citation("tea", "It is made of leaves.")
    before, now = world.answer(cited, short_answer="leaves"), world.answer(cited, short_answer="tea leaves")
    assert told(tea, before, now) == {"answer.exact_match": (1.0, 0.0), "answer.f1": (1.0, pytest.approx(2 / 3))}


def test_another_quote_changes_recall_by_place_or_where_none_is_known_by_words(world: World, tea: Question) -> None:
    right = world.answer(world.citation("tea", "It is made of leaves."), short_answer="leaves")
    wrong = world.answer(world.citation("tea", "Tea is a drink."), short_answer="leaves")
    assert told(tea, wrong, right) == {"citation.recall": (0.0, 1.0)}
    assert told(replace(tea, gold=()), wrong, right) == {"citation.answer_in_quote_recall": (0.0, 1.0)}


def test_silence_costs_an_answerable_question_and_is_right_for_an_unanswerable_one(world: World) -> None:
    cited = world.answer(world.citation("tea", "Tea is a drink."))
    answerable = Question("q", "What is tea?", (), (), True)
    assert told(answerable, cited, world.abstention()) == {"abstention.coverage": (1.0, 0.0)}
    unanswerable = replace(answerable, answerable=False)
    assert told(unanswerable, cited, world.abstention()) == {"abstention.false_answers": (0.0, 1.0)}


@pytest.mark.parametrize(
    ("gold", "scores"),
    [
        pytest.param("the place", (0.0, 0.5), id="the place, by the passage that holds it"),
        pytest.param("the article", (1.0, 0.5), id="the article, where no more is known"),
    ],
)
def test_the_rank_of_what_was_wanted_is_a_score(
    world: World, tea: Question, gold: str, scores: tuple[float, float]
) -> None:
    question = tea if gold == "the place" else replace(tea, gold=(Gold("tea", None),))
    drink, leaves, nile = ("tea", "Tea is a drink."), ("tea", "It is made of leaves."), ("rivers", "The Nile is long.")
    before, now = (world.abstention(consulted=world.hits(*each)) for each in ((drink, nile), (nile, leaves)))
    assert told(question, before, now) == {"retrieval.first_rank": scores}
