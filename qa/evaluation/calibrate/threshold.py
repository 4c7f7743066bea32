"""From which confidence on to answer, so that a wanted share of the answers given is right on questions like these.

The lowest threshold at which the pairs at hand reach the share would mostly
promise too much: it is the one where they were lucky. So each threshold is
tested by the exact binomial test, and the level of the tests is lowered until
one of them passes in only 5 % of draws from a world where exactly the share is
right at every confidence: then the chance of promising too much is about 5 %,
however many thresholds are tried. What has passed is put aside and the rest
tested again, less strictly, since there are fewer (step-down). Questions about
one article succeed and fail together, so a test counts as many answers as they
are worth.

Source: Westfall & Young, "Resampling-Based Multiple Testing", 1993 (step-down
by the least p-value); Korn & Graubard, "Confidence Intervals for Proportions
with Small Expected Number of Positive Counts Estimated from Survey Data", 1998
(the exact interval with an effective number of answers).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom, t

from qa.evaluation.metrics.interval import Floats
from qa.evaluation.metrics.verdicts import holds
from qa.evaluation.outcome import Outcome

RISK = 0.05  # of a threshold whose precision on other questions is below the target
STEPS = 20  # thresholds are looked at that answer so many twentieths of the questions,
FIRST_STEP = 4  # from a fifth on: what answers less is of no use, and says too little
USUAL_LEVEL = 0.015  # of one test, to estimate how many pairs are needed: what `_level` gives, nearly always
DRAWS = 4000  # from the world that the level of the tests is taken from
SEED = 20240607
FOLDS = 5
DIGITS = 1000  # a threshold has three decimals, rounded down: what has just that confidence is answered
MOST_PAIRS = 100_000  # nobody has more; a target that needs them is out of reach

Flags = NDArray[np.bool_]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedReply:
    """Pairs as columns: how sure the best candidate was, whether it was right, and the article it is about."""

    confidence: Floats
    right: Flags
    answerable: Flags
    article: Codes

    def __len__(self) -> int:
        return len(self.confidence)

    def only(self, kept: Flags) -> JudgedReply:
        """Return some of the pairs."""
        return JudgedReply(self.confidence[kept], self.right[kept], self.answerable[kept], self.article[kept])


@dataclass(frozen=True, slots=True)
class Share:
    """A share of ``n``, with its 95 % interval; nothing of nothing has no value, and could be anything."""

    value: float | None
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Level:
    """What answering from a confidence on gives: of the answers, how many are right; of the answerable, how many."""

    threshold: float
    precision: Share
    coverage: Share


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What came of choosing on four fifths of the articles and answering the rest, over all fifths.

    ``chose`` of the ``folds`` found a threshold; the others answer nothing.
    """

    folds: int
    chose: int
    precision: Share
    coverage: Share


@dataclass(frozen=True, slots=True)
class Choice:
    """The threshold for a target, or why there is none.

    ``level`` is None where there is none. ``pairs_needed`` is roughly how many
    pairs it takes, where more could do; None where none is needed, or no number
    would do: then ``best`` is the highest precision that any threshold has.
    """

    target: float
    level: Level | None
    pairs_needed: int | None = None
    best: float | None = None


def judge(outcomes: Sequence[Outcome]) -> tuple[JudgedReply, int]:
    """Return the pairs whose best candidate can be judged, and how many cannot be.

    What an abstention withheld is judged as if it were given. A candidate is
    right that `holds` what was expected; on an unanswerable question none is.
    """
    rights = [_is_right(outcome) for outcome in outcomes]
    kept = [(outcome, right) for outcome, right in zip(outcomes, rights, strict=True) if right is not None]
    _, articles = np.unique(np.array([o.question.cluster for o, _ in kept], dtype=np.str_), return_inverse=True)
    judged = JudgedReply(
        np.array([outcome.reply.confidence for outcome, _ in kept], dtype=np.float64),
        np.array([right for _, right in kept], dtype=np.bool_),
        np.array([outcome.question.answerable for outcome, _ in kept], dtype=np.bool_),
        articles.astype(np.intp),
    )
    return judged, len(outcomes) - len(kept)


def choose(judged: JudgedReply, target: float) -> Choice:
    """Return the lowest threshold whose precision is the target's or more, as far as these pairs can tell."""
    threshold = _chosen(judged, target)
    if threshold is not None:
        return Choice(target, level_at(judged, threshold))
    return Choice(target, None, _pairs_needed(judged, target), _best_precision(judged))


def level_at(judged: JudgedReply, threshold: float) -> Level:
    """Return what answering from a threshold on gives on these pairs."""
    given = judged.confidence >= threshold
    return Level(
        threshold,
        share(judged.right[given], judged.article[given]),
        share(given[judged.answerable], judged.article[judged.answerable]),
    )


def cross_check(judged: JudgedReply, target: float) -> CrossCheck:
    """Choose on some articles and answer the others, so that no pair is judged by a threshold it had a say in."""
    fold_of = _folds(judged.article)
    given, chose = np.zeros(len(judged), dtype=np.bool_), 0
    folds = sorted(set(fold_of.tolist()))
    for fold in folds if len(folds) > 1 else ():
        threshold = _chosen(judged.only(fold_of != fold), target)
        if threshold is not None:
            chose += 1
            given |= (fold_of == fold) & (judged.confidence >= threshold)
    return CrossCheck(
        len(folds),
        chose,
        share(judged.right[given], judged.article[given]),
        share(given[judged.answerable], judged.article[judged.answerable]),
    )


def share(positive: Flags, article: Codes) -> Share:
    """Return the share that is positive, with a 95 % interval that knows which belong to one article."""
    n = len(positive)
    if not n:
        return Share(None, 0.0, 1.0, 0)
    level = 0.025
    low, high = lower_bound(positive, article, level), 1 - lower_bound(~positive, article, level)
    return Share(float(positive.mean()), low, high, n)


def lower_bound(positive: Flags, article: Codes, level: float) -> float:
    """Return what a share is at least, but for a chance of ``level``; of nothing, 0.

    Exact for independent questions; for several about one article it counts
    fewer of them, and fewer still where there are few articles. Questions about
    one single article count as independent: then it holds for that article.
    """
    worth = len(positive) * _worth(positive, article, level)
    right = worth * float(positive.mean()) if len(positive) else 0.0
    return float(beta.ppf(level, right, worth - right + 1)) if right > 0 else 0.0


def _is_right(outcome: Outcome) -> bool | None:
    if not outcome.question.answerable:
        return False
    if not outcome.question.gold and not outcome.question.answers:
        return None
    return outcome.first_candidate is not None and holds(outcome, outcome.first_candidate)


def _worth(positive: Flags, article: Codes, level: float) -> float:
    """Return how many independent questions one is worth, at most 1: by how articles differ, and how many there are."""
    counts, rights = _by_article(positive, article)
    n, articles, mean = len(positive), len(counts), float(positive.mean()) if len(positive) else 0.0
    if articles == n or articles < 2:
        return 1.0
    independent = mean * (1 - mean) / n
    spread = articles / (articles - 1) * float(np.sum((rights - counts * mean) ** 2)) / n**2
    alike = max(1.0, spread / independent) if independent else 1.0
    return float(min(1.0, (t.ppf(level, n - 1) / t.ppf(level, articles - 1)) ** 2 / alike))


def _by_article(positive: Flags, article: Codes) -> tuple[Floats, Floats]:
    """Return how many questions each article that has any has, and how many of them are positive."""
    counts = np.bincount(article).astype(np.float64)
    rights = np.bincount(article, positive).astype(np.float64)
    return counts[counts > 0], rights[counts > 0]


def _thresholds(judged: JudgedReply) -> list[float]:
    """Return the thresholds to look at, the highest first; what is right has no say in them."""
    falling = np.sort(judged.confidence)[::-1]
    last = [math.ceil(len(falling) * step / STEPS) - 1 for step in range(FIRST_STEP, STEPS + 1)]
    return sorted({math.floor(falling[position] * DIGITS) / DIGITS for position in last if position >= 0}, reverse=True)


def _chosen(judged: JudgedReply, target: float) -> float | None:
    """Return the lowest threshold that passes."""
    given = {threshold: judged.confidence >= threshold for threshold in _thresholds(judged)}
    left, passed = list(given), []
    while left:
        level = _level([int(given[threshold].sum()) for threshold in left], target)
        passing = [
            each
            for each in left
            if lower_bound(judged.right[given[each]], judged.article[given[each]], level) >= target
        ]
        if not passing:
            break
        passed += passing
        left = [each for each in left if each not in passing]
    return min(passed, default=None)


def _level(answers: Sequence[int], target: float) -> float:
    """Return the level at which any of the tests passes in 5 % of draws, if the target is met exactly everywhere.

    ``answers`` rise: how many each threshold gives, all those of the one before among them.
    """
    counts = np.array(answers)
    chance = np.random.default_rng(SEED)
    right = np.cumsum(chance.binomial(np.diff(counts, prepend=0), target, size=(DRAWS, len(counts))), axis=1)
    least = np.sort(np.min([_p_values(*column, target) for column in zip(right.T, counts, strict=True)], axis=0))
    return float(least[int(RISK * DRAWS)]) * (1 - 1e-9)  # below it, and not at it: p-values come in steps


def _p_values(right: NDArray[np.int64], count: int, target: float) -> Floats:
    """Return the chance of so many right, or more, among so many; each number is looked up once."""
    numbers, place = np.unique(right, return_inverse=True)
    return np.asarray(binom.sf(numbers - 1, count, target), dtype=np.float64)[place]


def _best_precision(judged: JudgedReply) -> float | None:
    """Return the highest precision that a threshold has."""
    return max((float(judged.right[judged.confidence >= each].mean()) for each in _thresholds(judged)), default=None)


def _pairs_needed(judged: JudgedReply, target: float) -> int | None:
    """Return about how many pairs like these it takes, if they go on as these do; None if no number would do."""
    needed = []
    for threshold in _thresholds(judged):
        given = judged.confidence >= threshold
        right = judged.right[given]
        answers = _answers_needed(float(right.mean()), target)
        if answers is not None:
            worth = _worth(right, judged.article[given], USUAL_LEVEL)
            needed.append(math.ceil(answers / worth * len(judged) / len(right)))
    fewest = min(needed, default=None)
    return None if fewest is None or fewest > MOST_PAIRS else max(fewest, len(judged) + 1)


def _answers_needed(precision: float, target: float) -> int | None:
    """Return the fewest answers of such a precision that pass, one of them wrong where none was."""
    if precision <= target:
        return None
    low, high = 1, MOST_PAIRS
    while low < high:
        middle = (low + high) // 2
        wrong = max(1.0, middle * (1 - precision))
        reaches = middle > wrong and float(beta.ppf(USUAL_LEVEL, middle - wrong, wrong + 1)) >= target
        low, high = (low, middle) if reaches else (middle + 1, high)
    return low


def _folds(article: Codes) -> Codes:
    """Return the fold of each pair: articles whole, the largest first, each to the fold that has the fewest.

    Pairs about one single article are dealt out one by one.
    """
    units = article if len(set(article.tolist())) > 1 else np.arange(len(article))
    counts = np.bincount(units)
    fold_of_unit, sizes = np.zeros(len(counts), dtype=np.intp), [0] * FOLDS
    for unit in sorted(range(len(counts)), key=lambda each: (-counts[each], each)):
        fold = sizes.index(min(sizes))
        fold_of_unit[unit], sizes[fold] = fold, sizes[fold] + int(counts[unit])
    return fold_of_unit[units]
