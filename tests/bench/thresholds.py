"""How often does a calibrated threshold promise too much? Sets are drawn from worlds whose truth is known.

``python -m tests.bench.thresholds [SETS]`` prints, for each world and size of
set, how often the threshold's true precision is below the target, how often
one is found, and how much of all that is asked it answers on average. Beside
the rule stand two simpler ones: the lowest threshold at which the pairs at
hand reach the target, and the lowest at which an exact test passes, however
many thresholds were tried.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import beta

from qa.evaluation.calibrate.threshold import RISK, JudgedReply, _thresholds, choose

SETS = 1000
OF_THE_WORLD = 400_000  # questions from which a threshold's true precision is known to a thousandth
SLOPE, EASY = 1.8, 1.1

Rule = Callable[[JudgedReply, float], float | None]


@dataclass(frozen=True, slots=True)
class World:
    """Questions whose best candidate is right more often the surer it is, but for what an article adds.

    ``apart``: how much articles differ, in logits. ``flat``: the share right, whatever the confidence.
    """

    name: str
    questions_an_article: int = 1
    apart: float = 0.0
    flat: float | None = None

    def draw(self, count: int, chance: np.random.Generator) -> JudgedReply:
        article = np.arange(count) // self.questions_an_article
        sure = chance.normal(size=count) * 1.5
        logit = SLOPE * sure + EASY + (chance.normal(size=article.max() + 1) * self.apart)[article]
        likely = expit(logit) if self.flat is None else np.full(count, self.flat)
        right = chance.random(count) < likely
        return JudgedReply(expit(sure), right, np.ones(count, dtype=np.bool_), article)


WORLDS = (
    World("questions on their own"),
    World("ten questions an article", 10, 0.8),
    World("articles that differ much", 10, 1.6),
    World("confidence says nothing, .945 right", flat=0.945),
    World("confidence says nothing, .895 right", flat=0.895),
)


def lowest_that_reaches(judged: JudgedReply, target: float) -> float | None:
    """The lowest threshold at which the pairs at hand reach the target: what is done without statistics."""
    return min((t for t in _thresholds(judged) if judged.right[judged.confidence >= t].mean() >= target), default=None)


def lowest_that_passes(judged: JudgedReply, target: float) -> float | None:
    """The lowest threshold that passes an exact test of its own."""
    passing = []
    for threshold in _thresholds(judged):
        right = judged.right[judged.confidence >= threshold]
        if right.any() and beta.ppf(RISK, right.sum(), (~right).sum() + 1) >= target:
            passing.append(threshold)
    return min(passing, default=None)


def chosen(judged: JudgedReply, target: float) -> float | None:
    """The product's own rule."""
    level = choose(judged, target).level
    return None if level is None else level.threshold


RULES: Mapping[str, Rule] = {
    "reaches it": lowest_that_reaches,
    "passes a test": lowest_that_passes,
    "the product's": chosen,
}


def measure(
    world: World, pairs: int, target: float, sets: int, rules: Mapping[str, Rule] = RULES
) -> dict[str, tuple[float, float, float]]:
    """Return, by rule, how often it promises too much, how often it finds a threshold, and the mean share answered."""
    truth = world.draw(OF_THE_WORLD, np.random.default_rng(0))
    order = np.argsort(-truth.confidence)
    confidence = truth.confidence[order]
    precision = np.cumsum(truth.right[order]) / np.arange(1, OF_THE_WORLD + 1)
    results: dict[str, list[tuple[bool, bool, float]]] = {name: [] for name in rules}
    chance = np.random.default_rng(1)
    for _ in range(sets):
        judged = world.draw(pairs, chance)
        for name, rule in rules.items():
            threshold = rule(judged, target)
            answered = 0 if threshold is None else int(np.searchsorted(-confidence, -threshold, side="right"))
            missed = answered > 0 and bool((world.flat or precision[answered - 1]) < target)
            results[name].append((missed, threshold is not None, answered / OF_THE_WORLD))
    return {name: tuple(np.mean(found, axis=0).tolist()) for name, found in results.items()}


def main() -> None:
    """Print the table."""
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else SETS
    for pairs in (400, 1500):
        for target in (0.9, 0.95):
            for world in WORLDS:
                found = measure(world, pairs, target, sets)
                told = "   ".join(f"{name}: {m:.3f} {f:.2f} {a:.2f}" for name, (m, f, a) in found.items())
                print(f"{pairs} pairs, target {target}, {world.name}:  {told}", flush=True)


if __name__ == "__main__":
    main()
