"""Decide whether to answer: a calibrated probability, and a threshold that comes with it.

A calibration belongs to an embedding model and is stored as a file that names
it, with the data it was fitted on and the curve the threshold was read from.
"""

from __future__ import annotations

import importlib.resources
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.article import Retrieval
from index.errors import ConfigurationError
from qa.answer import AbstentionReason
from qa.reader import Candidate

Features = Mapping[str, float]


def features(retrieval: Retrieval, candidates: Sequence[Candidate]) -> dict[str, float]:
    """Measure how well what was found fits the question; each about 0 to 1, none depends on the library's size."""
    if not candidates or not retrieval.passages:
        return dict.fromkeys(FEATURES, 0.0)
    return {name: measure(retrieval, candidates) for name, measure in FEATURES.items()}


def _margin(retrieval: Retrieval, candidates: Sequence[Candidate]) -> float:
    return candidates[0].score - (candidates[1].score if len(candidates) > 1 else 0.0)


FEATURES: dict[str, Callable[[Retrieval, Sequence[Candidate]], float]] = {
    "sentence_similarity": lambda retrieval, candidates: candidates[0].sentence.similarity,
    "best_similarity": lambda retrieval, candidates: max(hit.similarity for hit in retrieval.sentences),
    "passage_similarity": lambda retrieval, candidates: max(hit.similarity for hit in retrieval.passages[:5]),
    "sentence_coverage": lambda retrieval, candidates: retrieval.coverage(candidates[0].sentence),
    "passage_coverage": lambda retrieval, candidates: max(
        retrieval.coverage(h) for h in retrieval.passages[:5]
    ),
    "library_coverage": lambda retrieval, candidates: retrieval.coverage(*retrieval.passages),
    "margin": _margin,
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of "the best candidate answers the question", and where to stop answering.

    probability = 1 / (1 + exp(-(intercept + sum of weight x feature)))

    ``off_topic_similarity``: below this cosine of the nearest sentence, no
    passage is even about the question. ``embedder`` is the fingerprint of the
    model it holds for; None for the fallback, which uses no cosines.
    """

    embedder: str | None
    intercept: float
    weights: Mapping[str, float]
    threshold: float
    off_topic_similarity: float

    def __post_init__(self) -> None:
        if unknown := set(self.weights) - set(FEATURES):
            raise ConfigurationError(
                f"calibration for {self.embedder!r} names unknown features {sorted(unknown)}"
            )

    def confidence(self, measured: Features) -> float:
        """Return the probability, 0 to 1, that the best candidate answers the question."""
        logit = self.intercept + sum(weight * measured[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-logit))

    def reason(self, retrieval: Retrieval) -> AbstentionReason:
        """Say why nothing is answered: nothing to read, nothing about it, or about it but silent."""
        if not retrieval.passages:
            return "empty_library"
        nearest = max((hit.similarity for hit in (*retrieval.sentences, *retrieval.passages)), default=0.0)
        return "off_topic" if nearest < self.off_topic_similarity else "not_stated"


def calibration_for(embedder_fingerprint: str) -> Calibration:
    """Return the calibration that was fitted for an embedding model, else the one that uses words alone."""
    folder = importlib.resources.files("qa") / "calibration"
    stored = [json.loads(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    by_embedder = {entry["embedder"]: entry for entry in stored}
    return _from_json(by_embedder.get(embedder_fingerprint) or by_embedder[None])


def _from_json(entry: Mapping[str, Any]) -> Calibration:
    return Calibration(
        embedder=entry["embedder"],
        intercept=entry["intercept"],
        weights=entry["weights"],
        threshold=entry["threshold"],
        off_topic_similarity=entry["off_topic_similarity"],
    )
