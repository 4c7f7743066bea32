"""Does it know when it does not know: who was answered, and what confidence is worth.

A reply is *right* when its first candidate (the first citation, or the guess
withheld by an abstention) covers a gold span, or stands in a gold article
where gold is known only by article. On an unanswerable question no candidate
is right. Answerable questions without any gold place are left out of what
needs right and wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa.evaluation.metrics.interval import Floats, Metric, Statistic, estimate, mean
from qa.evaluation.outcome import Outcome, clusters, covers_gold

BINS = 10
CURVE_POINTS = 100

Curve = list[dict[str, float]]


def measure_abstentions(outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    """Return the abstention metrics.

    - ``coverage``: answerable questions that got an answer.
    - ``false_answers``: unanswerable questions that got one; lower is better.
    - ``auroc_answerable``: confidence, answerable against unanswerable questions.
    - ``auroc_right``: confidence, right against wrong, unanswerable questions counting as wrong.
    - ``aurc`` and ``ece``: over answerable and unanswerable questions; lower is better.
    """
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    judged = _judged(outcomes)
    can_be_answered = np.array([outcome.question.answerable for outcome in outcomes], dtype=bool)
    confidence, right = _confidence(judged), _right(judged)
    statistics = {
        "auroc_answerable": (auroc(_confidence(outcomes), can_be_answered), outcomes),
        "auroc_right": (auroc(confidence, right), judged),
        "aurc": (area_under_risk_coverage(confidence, right), judged),
        "ece": (expected_calibration_error(confidence, right), judged),
    }
    answered = {"coverage": share_answered(answerable), "false_answers": share_answered(unanswerable)}
    estimated = {name: estimate(each, clusters(over)) for name, (each, over) in statistics.items()}
    return {f"abstention.{name}": metric for name, metric in (answered | estimated).items()}


def risk_coverage_curve(outcomes: Sequence[Outcome]) -> Curve:
    """Return what each threshold would give: share answered, and share of those that is wrong.

    From the highest threshold down; equal confidences are one point, and at
    most `CURVE_POINTS` points are kept, evenly spread.
    """
    judged = _judged(outcomes)
    if not judged:
        return []
    levels, answered, wrong = _risk_coverage(_confidence(judged), _right(judged), np.ones((1, len(judged))))
    coverage, risk = answered[0] / len(judged), wrong[0] / answered[0]
    kept = np.unique(np.linspace(0, len(levels) - 1, CURVE_POINTS).round().astype(int))
    return [
        {"threshold": float(levels[each]), "coverage": float(coverage[each]), "risk": float(risk[each])}
        for each in kept
    ]


def confidence_and_right(outcomes: Sequence[Outcome]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the confidence of each question that has a right and a wrong, and whether it was right."""
    judged = _judged(outcomes)
    return _confidence(judged), _right(judged)


def auroc(scores: Floats, positive: NDArray[np.bool_]) -> Statistic:
    """Return the chance that a positive has a higher score than a negative, ties counting half.

    Undefined (nan) without a positive or without a negative.
    """
    order, starts, _ = _tie_groups(scores)
    is_positive = positive[order]

    def statistic(weights: Floats) -> Floats:
        ordered = weights[:, order]
        positives = _group_sums(ordered * is_positive, starts)
        negatives = _group_sums(ordered * ~is_positive, starts)
        below = np.cumsum(negatives, axis=1) - negatives / 2
        with np.errstate(invalid="ignore"):
            pairs: Floats = positives.sum(axis=1) * negatives.sum(axis=1)
            return np.asarray((positives * below).sum(axis=1) / pairs)

    return statistic


def area_under_risk_coverage(confidence: Floats, right: NDArray[np.bool_]) -> Statistic:
    """Return the mean, over questions from the most confident down, of the share wrong so far.

    Questions of equal confidence are taken together, so file order is nothing.

    Source: Geifman & El-Yaniv, "Selective Classification for Deep Neural Networks", 2017.
    """

    def statistic(weights: Floats) -> Floats:
        _, answered, wrong = _risk_coverage(confidence, right, weights)
        risk = np.divide(wrong, answered, out=np.zeros_like(wrong), where=answered > 0)
        taken = np.diff(answered, axis=1, prepend=0)
        return np.asarray((risk * taken).sum(axis=1) / weights.sum(axis=1))

    return statistic


def expected_calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> Statistic:
    """Return the mean distance between confidence and share right, in ten bins of equal mass.

    Equal confidences share a bin, the one that their middle rank falls in. A
    resample keeps the bins of the whole sample.

    Source: Naeini et al., "Obtaining Well Calibrated Probabilities Using
    Bayesian Binning", 2015; equal mass as in Nguyen & O'Connor, 2015.
    """
    order, starts, codes = _tie_groups(confidence)
    counts = np.diff(starts, append=len(order))
    middle_ranks = (starts + counts / 2)[codes]
    bins = (middle_ranks * BINS // max(len(order), 1)).astype(int)
    in_bin = bins[:, None] == np.arange(BINS)
    differences = (confidence - right)[:, None] * in_bin

    def statistic(weights: Floats) -> Floats:
        return np.asarray(np.abs(weights @ differences).sum(axis=1) / weights.sum(axis=1))

    return statistic


def _risk_coverage(confidence: Floats, right: NDArray[np.bool_], weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return confidence levels from high to low and, at each, the weight answered and the weight wrong."""
    order, starts, _ = _tie_groups(-confidence)
    ordered = weights[:, order]
    answered = np.cumsum(_group_sums(ordered, starts), axis=1)
    wrong = np.cumsum(_group_sums(ordered * ~right[order], starts), axis=1)
    return confidence[order][starts], answered, wrong


def _tie_groups(scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the ascending order, where each group of equal scores starts in it, and each score's group."""
    order = np.argsort(scores, kind="stable")
    _, starts, codes = np.unique(scores[order], return_index=True, return_inverse=True)
    group_of = np.empty_like(order)
    group_of[order] = codes
    return order, starts, group_of


def _group_sums(values: Floats, starts: NDArray[np.intp]) -> Floats:
    return np.asarray(np.add.reduceat(values, starts, axis=1), dtype=np.float64)


def share_answered(outcomes: Sequence[Outcome]) -> Metric:
    """Return the share of questions that got an answer."""
    return mean([outcome.answered for outcome in outcomes], clusters(outcomes))


def _judged(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.question.gold or not outcome.question.answerable]


def _is_right(outcome: Outcome) -> bool:
    candidate, question = outcome.first_candidate, outcome.question
    if candidate is None or not question.answerable:
        return False
    if question.gold_spans:
        return covers_gold(question, candidate.article_id, candidate.span)
    return candidate.article_id in {gold.article_id for gold in question.gold}


def _right(outcomes: Sequence[Outcome]) -> NDArray[np.bool_]:
    return np.array([_is_right(outcome) for outcome in outcomes], dtype=bool)


def _confidence(outcomes: Sequence[Outcome]) -> Floats:
    return np.array([outcome.reply.confidence for outcome in outcomes], dtype=np.float64)
