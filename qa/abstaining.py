"""Decide whether to answer: a calibrated probability, and a threshold that comes with it.

A calibration belongs to an embedding model and is stored as a file that names
it, with the data it was fitted on and the curve the threshold was read from.
"""

from __future__ import annotations

import importlib.resources
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.article import Retrieval
from qa.answer import AbstentionReason
from qa.reader import Candidate

OFF_TOPIC_COVERAGE = 0.5  # less than half of the question's words, by weight, in the nearest passages
NEAREST_READ = 3

Features = Mapping[str, float]


def features(retrieval: Retrieval, candidates: Sequence[Candidate]) -> Features:
    """Measure how well the best candidate fits the question, in ways that do not depend on the library's size.

    ``score``: the retriever's score of its sentence. ``coverage``: the share of
    the question's words, by weight, that the sentence holds. No candidate gives zeros.
    """
    if not candidates:
        return {"score": 0.0, "coverage": 0.0}
    sentence = candidates[0].sentence
    return {"score": sentence.score, "coverage": retrieval.coverage(sentence)}


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of "the best candidate answers the question", and where to stop answering.

    probability = 1 / (1 + exp(-(intercept + sum of weight x feature)))

    ``off_topic_similarity``: below this cosine of the nearest sentence, and with
    few of its words in the nearest passages, nothing is even about the question. ``embedder`` is the fingerprint of the
    model it holds for; None for the fallback, which uses no cosines.
    """

    embedder: str | None
    intercept: float
    weights: Mapping[str, float]
    threshold: float
    off_topic_similarity: float

    def confidence(self, measured: Features) -> float:
        """Return the probability, 0 to 1, that the best candidate answers the question."""
        logit = self.intercept + sum(weight * measured[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-logit))

    def reason(self, retrieval: Retrieval) -> AbstentionReason:
        """Say why nothing is answered: nothing to read, nothing about it, or about it but silent."""
        if not retrieval.passages:
            return "empty_library"
        nearest = max(hit.similarity for hit in (*retrieval.sentences, *retrieval.passages))
        shared = retrieval.coverage(*retrieval.passages[:NEAREST_READ])
        is_foreign = nearest < self.off_topic_similarity and shared < OFF_TOPIC_COVERAGE
        return "off_topic" if is_foreign else "not_stated"


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
