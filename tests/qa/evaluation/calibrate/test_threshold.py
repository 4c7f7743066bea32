"""Thresholds promise no more than the pairs can tell; small worlds are checked by hand, one by simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qa.evaluation.calibrate.threshold import JudgedReply, choose, cross_check, judge, level_at, lower_bound, share
from qa.evaluation.data.datasets import Gold
from qa.evaluation.outcome import Outcome
from tests.bench.thresholds import WORLDS, chosen, lowest_that_reaches, measure
from tests.qa.evaluation.conftest import World


def judged(
    confidence: Sequence[float],
    right: Sequence[bool],
    answerable: Sequence[bool] | None = None,
    article: Sequence[int] | None = None,
) -> JudgedReply:
    count = len(confidence)
    return JudgedReply(
        np.array(confidence, dtype=np.float64),
        np.array(right, dtype=np.bool_),
        np.array([True] * count if answerable is None else answerable, dtype=np.bool_),
        np.array(range(count) if article is None else article, dtype=np.intp),
    )


def stair(sure: int, unsure: int) -> JudgedReply:
    """So many questions right at confidence .9, and so many at .5, of which every second is wrong."""
    return judged([0.9] * sure + [0.5] * unsure, [True] * sure + [n % 2 == 0 for n in range(unsure)])


def test_what_a_share_is_at_least_is_what_clopper_and_pearson_say() -> None:
    ten = np.ones(10, dtype=np.bool_)
    assert lower_bound(ten, np.arange(10), 0.05) == pytest.approx(0.05 ** (1 / 10))  # all of n right: level^(1/n)
    found = share(np.array([True] * 9 + [False]), np.arange(10))
    assert (found.value, found.n) == (0.9, 10)
    assert found.low == pytest.approx(0.5550, abs=1e-4)
    assert found.high == pytest.approx(0.9975, abs=1e-4)


def test_nothing_answered_has_no_precision_and_could_have_any() -> None:
    none = share(np.array([], dtype=np.bool_), np.array([], dtype=np.intp))
    assert (none.value, none.low, none.high, none.n) == (None, 0.0, 1.0, 0)


def test_questions_that_succeed_and_fail_with_their_article_count_for_less() -> None:
    right = np.repeat([True, False, True, True, True, True], 20)
    apart, together = np.arange(120), np.repeat(np.arange(6), 20)
    assert lower_bound(right, together, 0.05) < lower_bound(right, apart, 0.05)


def test_few_articles_tell_less_than_many_even_where_nothing_is_wrong() -> None:
    right = np.ones(120, dtype=np.bool_)
    few, many = (lower_bound(right, np.arange(120) % articles, 0.05) for articles in (3, 60))
    assert few < many < lower_bound(right, np.arange(120), 0.05)


def test_questions_about_one_single_article_count_as_they_are() -> None:
    right = np.array([True] * 9 + [False])
    assert share(right, np.zeros(10, dtype=np.intp)) == share(right, np.arange(10))


def test_a_level_is_measured_on_answers_given_and_on_answerable_questions() -> None:
    four = judged([0.9, 0.6, 0.6, 0.2], [True, False, False, True], answerable=[True, True, False, True])
    level = level_at(four, 0.6)  # what has just this confidence is answered
    assert level.precision.value == pytest.approx(1 / 3)
    assert level.coverage.value == pytest.approx(2 / 3)
    assert (level.precision.n, level.coverage.n) == (3, 3)


def test_the_threshold_is_the_lowest_that_keeps_the_promise() -> None:
    level = choose(stair(200, 200), 0.95).level
    assert level is not None
    assert level.threshold == 0.9
    assert (level.precision.value, level.coverage.value) == (1.0, 0.5)


def test_an_easier_target_is_met_by_answering_more() -> None:
    level = choose(stair(200, 200), 0.6).level
    assert level is not None
    assert (level.threshold, level.precision.value) == (0.5, 0.75)


def test_too_few_pairs_choose_nothing_and_say_how_many_it_takes() -> None:
    choice = choose(stair(20, 20), 0.95)
    assert choice.level is None
    assert choice.best == 1.0
    assert choice.pairs_needed is not None
    assert 150 < choice.pairs_needed < 300
    assert choose(stair(choice.pairs_needed // 2, choice.pairs_needed // 2), 0.95).level is not None


def test_a_target_that_no_number_of_pairs_would_reach_is_out_of_reach() -> None:
    choice = choose(judged([0.9] * 200, [n % 10 != 0 for n in range(200)]), 0.95)
    assert (choice.level, choice.pairs_needed, choice.best) == (None, None, 0.9)


def test_nothing_right_is_out_of_reach() -> None:
    assert choose(judged([0.0] * 30, [False] * 30), 0.5).pairs_needed is None


def test_one_pair_chooses_nothing() -> None:
    assert choose(judged([0.9], [True]), 0.5).level is None


def test_a_threshold_is_rounded_so_that_what_it_was_read_from_is_answered() -> None:
    level = choose(judged([0.98765] * 100, [True] * 100), 0.9).level
    assert level is not None
    assert (level.threshold, level.precision.n) == (0.987, 100)


def test_the_order_of_the_pairs_is_nothing() -> None:
    pairs = stair(200, 200)
    shuffled = np.random.default_rng(0).permutation(400)
    assert choose(JudgedReply(*(column[shuffled] for column in columns(pairs))), 0.95) == choose(pairs, 0.95)


def columns(pairs: JudgedReply) -> tuple[np.ndarray, ...]:
    return pairs.confidence, pairs.right, pairs.answerable, pairs.article


def test_a_check_answers_no_article_with_a_threshold_that_it_had_a_say_in() -> None:
    lucky = 500  # one article alone reaches the target, and answers nothing where it is left out
    pairs = judged(
        [0.9] * lucky + [0.5] * 100, [True] * lucky + [False] * 100, article=[0] * lucky + list(range(1, 101))
    )
    check = cross_check(pairs, 0.95)
    assert check.folds == 5
    assert check.chose < 5


def test_a_check_of_plenty_agrees_with_the_choice() -> None:
    check = cross_check(stair(400, 400), 0.95)
    assert (check.folds, check.chose) == (5, 5)
    assert (check.precision.value, check.coverage.value) == (1.0, 0.5)


def test_a_check_of_one_pair_is_none() -> None:
    check = cross_check(judged([0.9], [True]), 0.95)
    assert (check.chose, check.precision.value) == (0, None)


def test_what_an_abstention_withheld_is_judged_too(world: World) -> None:
    found, not_judged = judge(world.outcomes())
    assert found.confidence.tolist() == [0.9, 0.6, 0.3, 0.1, 0.7]
    assert found.right.tolist() == [True, False, True, False, False]
    assert found.answerable.tolist() == [True, True, True, False, False]
    assert not_judged == 0


def test_without_gold_places_a_quote_is_right_that_holds_an_answer(world: World) -> None:
    first = world.outcomes()[0]
    worded = [replace(first.question, gold=(), answers=(words,)) for words in ("flows north", "flows south")]
    found, _ = judge([Outcome(question, first.reply, 0.0) for question in worded])
    assert found.right.tolist() == [True, False]


def test_of_an_article_alone_any_place_in_it_is_right(world: World) -> None:
    first = world.outcomes()[0]
    named = [replace(first.question, gold=(Gold(article, None),), answers=()) for article in ("rivers", "tea")]
    found, _ = judge([Outcome(question, first.reply, 0.0) for question in named])
    assert found.right.tolist() == [True, False]


def test_a_question_that_nothing_tells_right_from_wrong_for_is_left_out_and_counted(world: World) -> None:
    first = world.outcomes()[0]
    found, not_judged = judge([Outcome(replace(first.question, gold=(), answers=()), first.reply, 0.0)])
    assert (len(found), not_judged) == (0, 1)


@pytest.mark.slow
def test_the_promise_is_broken_in_few_of_many_simulated_sets() -> None:
    """Where confidence says nothing and just too few answers are right: the hardest world, 200 sets of 300 pairs."""
    flat = next(world for world in WORLDS if world.flat == 0.895)
    found = measure(flat, 300, 0.9, 200, {"product": chosen, "reaches it": lowest_that_reaches})
    assert found["product"][0] <= 0.075  # 5 % and what chance adds in 200 draws
    assert found["reaches it"][0] > 0.5
