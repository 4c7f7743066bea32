"""A figure and how far it would move with other articles of the same kind.

Questions about one article succeed and fail together, so the bootstrap draws
whole articles, not questions; where all questions are about one article there
is nothing else to draw than questions, and the interval says less.

Source: Davison & Hinkley, "Bootstrap Methods and their Application", 1997,
sections 2.4 (percentile intervals) and 3.8 (resampling clusters).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""From weights (b, n), one row a resample and one column a question, to b values; nan where undefined."""

RESAMPLES = 1000
SEED = 20240607
ROWS_AT_ONCE = 100  # keeps a block of weights for 6,000 questions under 5 MB


@dataclass(frozen=True, slots=True)
class Metric:
    """A value with its 95% interval and the ``n`` it was measured on.

    With nothing to measure on, ``value`` is None and ``n`` 0. Without a
    meaningful interval (speed), ``low`` and ``high`` are None.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


UNMEASURED = Metric(None, None, None, 0)


def mean(values: Sequence[float], clusters: Sequence[str]) -> Metric:
    """Return the mean over questions; ``clusters[i]`` is the article of ``values[i]``."""
    return ratio(values, [1.0] * len(values), clusters)


def ratio(parts: Sequence[float], wholes: Sequence[float], clusters: Sequence[str]) -> Metric:
    """Return ``sum(parts) / sum(wholes)``; ``n`` is the sum of the wholes."""
    total = float(sum(wholes))
    if not total:
        return UNMEASURED
    codes = _codes(clusters)
    part_sums, whole_sums = np.bincount(codes, parts), np.bincount(codes, wholes)
    weights = _cluster_weights(len(part_sums))
    with np.errstate(invalid="ignore"):
        resampled = (weights @ part_sums) / (weights @ whole_sums)
    return _metric(float(sum(parts)) / total, resampled, round(total))


def estimate(statistic: Statistic, clusters: Sequence[str]) -> Metric:
    """Return a statistic of all questions that is more than a ratio of sums."""
    if not clusters:
        return UNMEASURED
    codes = _codes(clusters)
    value = float(statistic(np.ones((1, len(codes))))[0])
    if not np.isfinite(value):
        return UNMEASURED
    weights = _cluster_weights(int(codes.max()) + 1)
    blocks = [statistic(weights[row : row + ROWS_AT_ONCE][:, codes]) for row in range(0, RESAMPLES, ROWS_AT_ONCE)]
    return _metric(value, np.concatenate(blocks), len(codes))


def _codes(clusters: Sequence[str]) -> NDArray[np.intp]:
    """Number the clusters in order of name; a lone cluster falls apart into its questions."""
    _, codes = np.unique(np.asarray(clusters, dtype=np.str_), return_inverse=True)
    return codes if codes.any() else np.arange(len(clusters))


def _cluster_weights(count: int) -> Floats:
    """Return (RESAMPLES, count): how often each cluster is drawn, in ``count`` draws."""
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return drawn.astype(np.float64)


def _metric(value: float, resampled: Floats, n: int) -> Metric:
    low, high = np.percentile(resampled[np.isfinite(resampled)], [2.5, 97.5])
    return Metric(value, float(low), float(high), n)
