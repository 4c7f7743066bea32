"""Fit what `qa.abstaining` stores: how candidates rank, a probability that the best is right, and where to stop.

Fitted on some articles, judged on others: the figures and risk-coverage curves
that are stored come from articles the weights have not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit

from qa.composing import likely
from qa.evaluation.metrics.abstention import auroc, expected_calibration_error
from qa.evaluation.metrics.reliability import reliability

Floats = NDArray[np.float64]

PENALTY = 1e-3  # of the squared weights: enough to keep correlated features from pulling against each other
CURVE_POINTS = 20
LEVEL_QUESTIONS = 40  # at least so many questions, by weight, stand behind each level of confidence
MOST_QUOTES = 3  # as `AnsweringConfig` has it
UNANSWERABLE_SHARE = 0.1  # of what is asked, when the threshold is chosen: half of a benchmark is nobody's day


@dataclass(frozen=True, slots=True)
class JudgedCandidate:
    """A candidate of a question: its signals, and whether it answers the question."""

    signals: Mapping[str, float]
    right: bool


@dataclass(frozen=True, slots=True)
class CalibrationQuestion:
    """One question of a calibration set; ``context`` is what `qa.abstaining.features` adds to a candidate's signals.

    ``context`` has one entry a candidate, in their order.
    """

    dataset: str
    candidates: Sequence[JudgedCandidate]
    context: Sequence[Mapping[str, float]]
    answerable: bool
    similarity: float  # of the nearest sentence


@dataclass(frozen=True, slots=True)
class _Best:
    dataset: str
    features: Mapping[str, float]
    right: bool
    helpful: bool  # one of the sentences that an answer would quote is right
    answerable: bool
    similarity: float


def fit(
    fitting: Sequence[CalibrationQuestion],
    judging: Sequence[CalibrationQuestion],
    *,
    ranked_by: Sequence[str],
    judged_by: Sequence[str],
    embedder: str | None,
    reader: str | None,
    most_wrong: float | None = None,
    wrong_in: Sequence[str] | None = None,
    foreign: Sequence[float] = (),
) -> dict[str, Any]:
    """Return a calibration as it is stored, fitted on some examples, its figures from others.

    Each dataset weighs the same, whatever its size. Candidates are ranked by a
    conditional logistic model (which of a question's candidates is right), the
    best one is judged by a logistic model and isotonic levels over its logit,
    fitted on the datasets that have unanswerable questions, where any has.
    The threshold is the lowest at which at most ``most_wrong`` of the answers
    given are wrong (nothing that they quote is right) in the datasets
    ``wrong_in`` (default: all), with one unanswerable question in ten where one
    has any; without ``most_wrong``, the one that tells the answerable questions
    best (F1, mean over the datasets).
    A question whose nearest sentence is farther than that of 999 in 1,000
    answerable ones, on average, is off topic; ``foreign`` are such similarities
    of questions in another language than their articles, and the farther of the
    two bounds holds.

    Source: McFadden, "Conditional Logit Analysis of Qualitative Choice
    Behavior", 1974; Zadrozny & Elkan, "Transforming Classifier Scores into
    Accurate Multiclass Probability Estimates", 2002 (isotonic regression).
    """
    ranking = _fit_ranking(fitting, ranked_by)
    seen, unseen = (
        [best for example in examples if (best := _best(example, ranking)) is not None]
        for examples in (fitting, judging)
    )
    both = {best.dataset for best in seen if not best.answerable}
    telling = [best for best in seen if best.dataset in both] or seen
    weights, intercept = _fit_logistic(telling, judged_by)
    levels = _levels(_matrix(telling, judged_by) @ weights + intercept, telling)
    datasets = sorted({example.dataset for example in fitting})
    similarities = [[b.similarity for b in seen if b.answerable and b.dataset == name] for name in datasets]
    confidence = _confidence(_matrix(seen, judged_by) @ weights + intercept, levels)
    threshold = (
        _telling_threshold(confidence, seen)
        if most_wrong is None
        else _safe_threshold(confidence, seen, most_wrong, wrong_in or datasets)
    )

    def judge(some: Sequence[_Best]) -> dict[str, Any]:
        return _figures(some, _confidence(_matrix(some, judged_by) @ weights + intercept, levels), threshold)

    return {
        "embedder": embedder,
        "reader": reader,
        "ranking": ranking,
        "intercept": _rounded(intercept),
        "weights": {name: _rounded(weight) for name, weight in zip(judged_by, weights, strict=True)},
        "levels": levels,
        "threshold": threshold,
        "off_topic_similarity": _rounded(_off_topic(similarities, foreign)),
        "fitted_on": {name: sum(b.dataset == name for b in seen) for name in datasets},
        "figures": {
            name: judge([b for b in unseen if b.dataset == name]) for name in sorted({b.dataset for b in unseen})
        },
    }


def _off_topic(similarities: Sequence[Sequence[float]], foreign: Sequence[float]) -> float:
    bound = float(np.mean([np.quantile(each, 0.001) for each in similarities if each]))
    return min(bound, float(np.quantile(foreign, 0.001))) if foreign else bound


def _fit_ranking(examples: Sequence[CalibrationQuestion], names: Sequence[str]) -> dict[str, float]:
    """Return the weights under which the right candidates of each question have the highest share."""
    told = [e for e in examples if any(c.right for c in e.candidates) and not all(c.right for c in e.candidates)]
    if not told:  # no question has a choice
        return dict.fromkeys(names, 1.0)
    matrices = [np.array([[c.signals[name] for name in names] for c in e.candidates]) for e in told]
    right = [np.array([c.right for c in e.candidates]) for e in told]
    each = _equal_weights([e.dataset for e in told])
    scale = _scale(np.concatenate(matrices))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        value, gradient = PENALTY * float(parameters @ parameters), 2 * PENALTY * parameters
        for matrix, is_right, weight in zip(matrices, right, each, strict=True):
            scaled = matrix / scale
            scores = scaled @ parameters
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            of_right = np.where(is_right, shares, 0.0)
            value -= weight * float(np.log(of_right.sum() + 1e-300))
            gradient = gradient + weight * (shares - of_right / (of_right.sum() + 1e-300)) @ scaled
        return value, gradient

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x / scale
    return {name: _rounded(weight) for name, weight in zip(names, fitted, strict=True)}


def _best(example: CalibrationQuestion, ranking: Mapping[str, float]) -> _Best | None:
    """Return the candidate that ranks first, with the features `qa.abstaining.features` would give it."""
    if not example.candidates:
        return None
    scores = [sum(w * c.signals[name] for name, w in ranking.items()) for c in example.candidates]
    order = sorted(range(len(scores)), key=lambda position: -scores[position])
    first = order[0]
    quoted = order[: likely([scores[n] for n in order], most=MOST_QUOTES)]
    margin = min(12.0, scores[first] - scores[order[1]]) if len(order) > 1 else 12.0
    return _Best(
        example.dataset,
        {**example.candidates[first].signals, **example.context[first], "margin": margin},
        example.candidates[first].right and example.answerable,
        any(example.candidates[n].right for n in quoted) and example.answerable,
        example.answerable,
        example.similarity,
    )


def _levels(logits: Floats, examples: Sequence[_Best]) -> list[list[float]]:
    """Return (logit, share right) knots of an isotonic fit, each the middle of a stretch of equal share."""
    places, group = np.unique(logits, return_inverse=True)  # equal logits are one place
    weights = _equal_weights([e.dataset for e in examples]) * len(examples)
    each: Floats = np.bincount(group, weights).astype(np.float64)
    right = np.bincount(group, weights * [e.right for e in examples]) / each
    fitted = isotonic_regression(right, weights=each).x
    stretches = np.split(np.arange(len(places)), np.flatnonzero(np.diff(fitted)) + 1)
    knots: list[list[float]] = []
    held: list[int] = []
    for stretch in stretches:
        held += stretch.tolist()
        if each[held].sum() >= LEVEL_QUESTIONS or stretch is stretches[-1]:
            share = float(np.average(right[held], weights=each[held]))
            knots.append([_rounded(np.average(places[held], weights=each[held])), min(0.99, max(0.01, share))])
            held = []
    shares = np.maximum.accumulate([share for _, share in knots])
    return [[logit, _rounded(share)] for (logit, _), share in zip(knots, shares, strict=True)]


def _confidence(logits: Floats, levels: Sequence[Sequence[float]]) -> Floats:
    knots = np.array(levels)
    return np.asarray(np.interp(logits, knots[:, 0], knots[:, 1]))


def _telling_threshold(confidence: Floats, examples: Sequence[_Best]) -> float:
    """Return the hundredth at which F1 of answerable against unanswerable is highest, averaged over datasets."""
    answerable = np.array([e.answerable for e in examples], dtype=bool)
    datasets = np.array([e.dataset for e in examples])
    of_each = [datasets == name for name in np.unique(datasets)]
    judged = [s for s in of_each if 0 < answerable[s].sum() < s.sum()] or of_each

    def mean_f1(threshold: float) -> float:
        given = confidence >= threshold
        return float(
            np.mean([2 * (given & answerable)[s].sum() / (given[s].sum() + answerable[s].sum()) for s in judged])
        )

    return max((hundredth / 100 for hundredth in range(1, 100)), key=mean_f1)


def _safe_threshold(confidence: Floats, examples: Sequence[_Best], most_wrong: float, datasets: Sequence[str]) -> float:
    """Return the lowest hundredth at which at most such a share of the answers given in some datasets is wrong."""
    confidence = confidence[[e.dataset in datasets for e in examples]]
    examples = [e for e in examples if e.dataset in datasets]
    each = _equal_weights([e.dataset for e in examples])
    right, answerable = (
        np.array([getattr(e, name) for e in examples], dtype=bool) for name in ("helpful", "answerable")
    )
    for name in {e.dataset for e in examples}:
        inside = np.array([e.dataset == name for e in examples])
        if 0 < (inside & answerable).sum() < inside.sum():
            whole = each[inside].sum()
            for part, share in ((answerable, 1 - UNANSWERABLE_SHARE), (~answerable, UNANSWERABLE_SHARE)):
                each[inside & part] *= whole * share / each[inside & part].sum()
    for hundredth in range(1, 100):
        given = confidence >= hundredth / 100
        if not given.any() or (each * ~right)[given].sum() <= most_wrong * each[given].sum():
            return hundredth / 100
    return 0.99


def _fit_logistic(examples: Sequence[_Best], names: Sequence[str]) -> tuple[Floats, float]:
    matrix, right = _matrix(examples, names), np.array([e.right for e in examples], dtype=float)
    each = _equal_weights([e.dataset for e in examples])
    scale = _scale(matrix)
    matrix = matrix / scale

    def loss(parameters: Floats) -> tuple[float, Floats]:
        logits = matrix @ parameters[:-1] + parameters[-1]
        value = float(
            np.sum(each * (np.logaddexp(0, logits) - right * logits)) + PENALTY * parameters[:-1] @ parameters[:-1]
        )
        residual = each * (expit(logits) - right)
        gradient = np.append(matrix.T @ residual + 2 * PENALTY * parameters[:-1], residual.sum())
        return value, gradient

    fitted = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    return fitted[:-1] / scale, float(fitted[-1])


def _scale(matrix: Floats) -> Floats:
    """Return each column's standard deviation, 1 for one that is the same everywhere."""
    deviations = matrix.std(axis=0)
    return np.where(deviations > 1e-6, deviations, 1.0)


def _equal_weights(datasets: Sequence[str]) -> Floats:
    """Give each question a weight so that every dataset weighs the same, and all together 1."""
    sizes = {name: datasets.count(name) for name in set(datasets)}
    each = np.array([1 / sizes[name] for name in datasets])
    return np.asarray(each / each.sum())


def _figures(examples: Sequence[_Best], confidence: Floats, threshold: float) -> dict[str, Any]:
    right = np.array([e.right for e in examples], dtype=bool)
    answerable = np.array([e.answerable for e in examples], dtype=bool)
    given = confidence >= threshold
    one = np.ones((1, len(examples)))
    return {
        "questions": len(examples),
        "auroc_answerable": _rounded(auroc(confidence, answerable)(one)[0]) if (~answerable).any() else None,
        "auroc_right": _rounded(auroc(confidence, right)(one)[0]),
        "calibration_error": _rounded(expected_calibration_error(confidence, right)(one)[0]),
        "right": _rounded(right.mean()),
        "answered": _rounded(given.mean()),
        "answered_of_answerable": _rounded(given[answerable].mean()),
        "answered_of_unanswerable": _rounded(given[~answerable].mean()) if (~answerable).any() else None,
        "right_of_answered": _rounded(right[given].mean()) if given.any() else None,
        "risk_coverage": _curve(confidence, right),
        "reliability": reliability(confidence, right),
    }


def _curve(confidence: Floats, right: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Return the risk at each twentieth of coverage, the most confident answers first."""
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    counts = np.unique(np.linspace(1, len(order), CURVE_POINTS + 1).round().astype(int)[1:])
    return [
        {
            "threshold": _rounded(confidence[order[count - 1]]),
            "coverage": _rounded(count / len(order)),
            "risk": _rounded(wrong[count - 1] / count),
        }
        for count in counts
    ]


def _matrix(examples: Sequence[_Best], names: Sequence[str]) -> Floats:
    return np.array([[e.features[name] for name in names] for e in examples], dtype=float)


def _rounded(value: float) -> float:
    return round(float(value), 4)
