"""A figure and how far it would move with other articles of the same kind.

Questions about one article succeed and fail together, so the bootstrap draws
whole articles, not questions; where all questions are about one article there
is nothing else to draw than questions, and the interval says less.

Source: Davison & Hinkley, "Bootstrap Methods and their Application", 1997,
sections 2.4 (percentile intervals) and 3.8 (resampling clusters).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Draws:
    """The values that metrics took in each resample, for who compares two runs of the same questions.

    The resamples are seeded, so two runs of the same questions are drawn alike
    and their draws pair off. ``units`` is how many clusters were drawn from.
    """

    resamples: int
    taken: dict[int, tuple[Metric, Floats, int]] = field(default_factory=dict)

    def of(self, metric: Metric) -> tuple[Floats, int] | None:
        """Return a metric's draws and how many units they are of; None if it has none."""
        found = self.taken.get(id(metric))  # equal metrics have draws of their own; the metric is kept, so is its id
        return None if found is None else found[1:]


_keeping: ContextVar[Draws | None] = ContextVar("_keeping", default=None)


@contextmanager
def keeping_draws(resamples: int) -> Iterator[Draws]:
    """Draw so many times, and keep what was drawn of each metric that is measured inside."""
    draws = Draws(resamples)
    token = _keeping.set(draws)
    try:
        yield draws
    finally:
        _keeping.reset(token)


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
    with np.errstate(invalid="ignore"):
        blocks = [(block @ part_sums) / (block @ whole_sums) for block in _cluster_weights(len(part_sums))]
    return _metric(float(sum(parts)) / total, np.concatenate(blocks), round(total), len(part_sums))


def estimate(statistic: Statistic, clusters: Sequence[str]) -> Metric:
    """Return a statistic of all questions that is more than a ratio of sums."""
    if not clusters:
        return UNMEASURED
    codes = _codes(clusters)
    value = float(statistic(np.ones((1, len(codes))))[0])
    if not np.isfinite(value):
        return UNMEASURED
    units = int(codes.max()) + 1
    blocks = [statistic(block[:, codes]) for block in _cluster_weights(units)]
    return _metric(value, np.concatenate(blocks), len(codes), units)


def _codes(clusters: Sequence[str]) -> NDArray[np.intp]:
    """Number the clusters in order of name; a lone cluster falls apart into its questions."""
    _, codes = np.unique(np.asarray(clusters, dtype=np.str_), return_inverse=True)
    return codes if codes.any() else np.arange(len(clusters))


def _cluster_weights(count: int) -> Iterator[Floats]:
    """Give blocks of (ROWS_AT_ONCE, count): how often each cluster is drawn, in ``count`` draws."""
    draws = _keeping.get()
    generator = np.random.default_rng(SEED)
    for _ in range(0, RESAMPLES if draws is None else draws.resamples, ROWS_AT_ONCE):
        drawn = generator.multinomial(count, np.full(count, 1 / count), size=ROWS_AT_ONCE)
        yield drawn.astype(np.float64)


def _metric(value: float, resampled: Floats, n: int, units: int) -> Metric:
    low, high = np.percentile(resampled[np.isfinite(resampled)], [2.5, 97.5])
    metric = Metric(value, float(low), float(high), n)
    draws = _keeping.get()
    if draws is not None:
        draws.taken[id(metric)] = (metric, resampled, units)
    return metric
