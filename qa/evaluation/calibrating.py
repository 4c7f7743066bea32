"""Fit what `qa.abstaining` stores: a probability that the best candidate is right, and where to stop.

Fitted on some articles, judged on others: the threshold and the risk-coverage
curve that are stored come from articles the weights have not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from qa.evaluation.metrics.abstention import auroc, expected_calibration_error

Floats = NDArray[np.float64]

PENALTY = 1e-3  # of the squared weights: enough to keep correlated features from pulling against each other
CURVE_POINTS = 20


@dataclass(frozen=True, slots=True)
class Example:
    """One question of a calibration set: what was measured, and whether the best candidate was right."""

    dataset: str
    article: str
    features: Mapping[str, float]
    right: bool
    answerable: bool
    similarity: float  # of the nearest sentence


def fit(examples: Sequence[Example], *, names: Sequence[str], embedder: str | None) -> dict[str, Any]:
    """Return a calibration as it is stored, fitted on half of the articles, its figures from the other half.

    Each dataset weighs the same, whatever its size. The threshold is the one
    that finds the answerable questions best: highest F1, averaged over the
    datasets that have unanswerable ones. A question whose nearest sentence
    is farther than that of 999 in 1,000 answerable ones, on average, is off topic.
    """
    seen = [example for example in examples if _half(example.article) == 0]
    unseen = [example for example in examples if _half(example.article) == 1]
    weights, intercept = _fit_logistic(seen, names)
    datasets = sorted({example.dataset for example in examples})
    similarities = [[e.similarity for e in seen if e.answerable and e.dataset == name] for name in datasets]
    threshold = _best_threshold(seen, _sigmoid(_matrix(seen, names) @ weights + intercept))
    return {
        "embedder": embedder,
        "intercept": _rounded(intercept),
        "weights": {name: _rounded(weight) for name, weight in zip(names, weights, strict=True)},
        "threshold": threshold,
        "off_topic_similarity": _rounded(float(np.mean([np.quantile(each, 0.001) for each in similarities if each]))),
        "fitted_on": {name: sum(e.dataset == name for e in seen) for name in datasets},
        "figures": {
            name: _figures([e for e in unseen if e.dataset == name], weights, intercept, names, threshold)
            for name in datasets
        },
    }


def _best_threshold(examples: Sequence[Example], confidence: Floats) -> float:
    """Return the hundredth at which F1 of answerable against unanswerable is highest, averaged over datasets."""
    answerable = np.array([e.answerable for e in examples], dtype=bool)
    datasets = np.array([e.dataset for e in examples])
    of_each = [datasets == name for name in np.unique(datasets)]
    judged = [s for s in of_each if 0 < answerable[s].sum() < s.sum()]

    def mean_f1(threshold: float) -> float:
        given = confidence >= threshold
        return float(
            np.mean([2 * (given & answerable)[s].sum() / (given[s].sum() + answerable[s].sum()) for s in judged])
        )

    return max((hundredth / 100 for hundredth in range(1, 100)), key=mean_f1)


def _fit_logistic(examples: Sequence[Example], names: Sequence[str]) -> tuple[Floats, float]:
    matrix, right = _matrix(examples, names), np.array([e.right for e in examples], dtype=float)
    sizes = {name: sum(e.dataset == name for e in examples) for name in {e.dataset for e in examples}}
    each = np.array([1 / sizes[e.dataset] for e in examples])
    each /= each.sum()

    def loss(parameters: Floats) -> tuple[float, Floats]:
        logits = matrix @ parameters[:-1] + parameters[-1]
        value = float(
            np.sum(each * (np.logaddexp(0, logits) - right * logits)) + PENALTY * parameters[:-1] @ parameters[:-1]
        )
        residual = each * (_sigmoid(logits) - right)
        gradient = np.append(matrix.T @ residual + 2 * PENALTY * parameters[:-1], residual.sum())
        return value, gradient

    fitted = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    return fitted[:-1], float(fitted[-1])


def _figures(
    examples: Sequence[Example], weights: Floats, intercept: float, names: Sequence[str], threshold: float
) -> dict[str, Any]:
    confidence = _sigmoid(_matrix(examples, names) @ weights + intercept)
    right = np.array([e.right for e in examples], dtype=bool)
    answerable = np.array([e.answerable for e in examples], dtype=bool)
    given = confidence >= threshold
    one = np.ones((1, len(examples)))
    return {
        "questions": len(examples),
        "auroc_answerable": _rounded(auroc(confidence, answerable)(one)[0]),
        "auroc_right": _rounded(auroc(confidence, right)(one)[0]),
        "calibration_error": _rounded(expected_calibration_error(confidence, right)(one)[0]),
        "answered": _rounded(given.mean()),
        "answered_of_answerable": _rounded(given[answerable].mean()),
        "answered_of_unanswerable": _rounded(given[~answerable].mean()) if (~answerable).any() else None,
        "right_of_answered": _rounded(right[given].mean()) if given.any() else None,
        "risk_coverage": _curve(confidence, right),
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


def _matrix(examples: Sequence[Example], names: Sequence[str]) -> Floats:
    return np.array([[e.features[name] for name in names] for e in examples], dtype=float)


def _sigmoid(logits: Floats) -> Floats:
    return 1 / (1 + np.exp(-logits))


def _half(article: str) -> int:
    """Put an article on one side or the other, the same every time."""
    return hashlib.sha256(article.encode()).digest()[0] % 2


def _rounded(value: float) -> float:
    return round(float(value), 4)
