"""Decide whether to answer: a calibrated probability, and a threshold that comes with it.

A calibration belongs to an embedding model and a reader, and is stored as a
file that names them, with the data it was fitted on and the curves the
threshold was read from.
"""

from __future__ import annotations

import importlib.resources
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from index.article import Retrieval
from qa.answer import AbstentionReason
from qa.readers.protocols import Candidate, Signals

OFF_TOPIC_COVERAGE = 0.5  # less than half of the question's words, by weight, in the nearest passages
NEAREST_READ = 3
WIDEST_MARGIN = 12.0


def features(retrieval: Retrieval, candidates: Sequence[Candidate]) -> Signals:
    """Measure how well the best candidate fits the question, in ways that do not depend on the library's size.

    The candidate's own signals, and: ``coverage``, the share of the question's
    words, by weight, that its sentence holds; ``similarity``, the cosine of its
    sentence; ``margin``, how far its score is above that of the next candidate.
    No candidate gives nothing.
    """
    if not candidates:
        return {}
    best = candidates[0]
    margin = best.score - candidates[1].score if len(candidates) > 1 else WIDEST_MARGIN
    return {
        **best.signals,
        "coverage": retrieval.coverage(best.sentence),
        "similarity": best.sentence.similarity,
        "margin": min(margin, WIDEST_MARGIN),
    }


@dataclass(frozen=True, slots=True)
class Calibration:
    """How candidates are ranked, what the best one's chance of being right is, and where to stop answering.

    ``ranking`` maps a reader's signals to their weights in a candidate's score.
    The chance: ``intercept`` plus the sum of ``weights`` times features is a
    logit; ``levels``, pairs of (logit, probability) both ascending, say what
    share was right at each, straight lines between them; without levels it is
    the logistic function of the logit. ``off_topic_similarity``: below this
    cosine of the nearest sentence, and with few of its words in the nearest
    passages, nothing is even about the question. ``embedder`` and ``reader``
    are the fingerprints it holds for; None in the fallback, which uses no
    cosines, and where there is no reader.
    """

    embedder: str | None
    intercept: float
    weights: Mapping[str, float]
    threshold: float
    off_topic_similarity: float
    reader: str | None = None
    ranking: Mapping[str, float] = field(default_factory=dict)
    levels: Sequence[tuple[float, float]] = ()

    def confidence(self, measured: Signals) -> float:
        """Return the probability, 0 to 1, that the best candidate answers the question; nothing measured gives 0."""
        if not measured:
            return 0.0
        logit = self.intercept + sum(weight * measured.get(name, 0.0) for name, weight in self.weights.items())
        if not self.levels:
            return 1 / (1 + math.exp(-logit))
        logits, shares = zip(*self.levels, strict=True)
        return float(np.interp(logit, logits, shares))

    def reason(self, retrieval: Retrieval) -> AbstentionReason:
        """Say why nothing is answered: nothing to read, nothing about it, or about it but silent."""
        if not retrieval.passages:
            return "empty_library"
        nearest = max(hit.similarity for hit in (*retrieval.sentences, *retrieval.passages))
        shared = retrieval.coverage(*retrieval.passages[:NEAREST_READ])
        is_foreign = nearest < self.off_topic_similarity and shared < OFF_TOPIC_COVERAGE
        return "off_topic" if is_foreign else "not_stated"


def calibration_for(embedder: str, reader: str | None) -> Calibration:
    """Return the calibration fitted for an embedding model and a reader, by fingerprint.

    A reader nobody calibrated is ranked as the shipped one is, beside the same
    model if it was calibrated with that one, and its answers are judged by how
    retrieval ranked their sentences; an embedding model
    nobody calibrated, by the words they share with the question.
    """
    stored = _stored()
    exact = stored.get((embedder, reader))
    if exact is not None:
        return exact
    fallback = stored.get((embedder, None), stored[None, None])
    with_reader = sorted((key for key in stored if key[1] is not None), key=lambda key: (key[0] != embedder, repr(key)))
    shipped = stored[with_reader[0]] if with_reader else None
    return replace(fallback, ranking=shipped.ranking) if reader is not None and shipped is not None else fallback


def _stored() -> dict[tuple[str | None, str | None], Calibration]:
    folder = importlib.resources.files("qa") / "calibration"
    entries = [json.loads(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    return {(entry["embedder"], entry["reader"]): _from_json(entry) for entry in entries}


def _from_json(entry: Mapping[str, Any]) -> Calibration:
    return Calibration(
        embedder=entry["embedder"],
        reader=entry["reader"],
        ranking=entry["ranking"],
        intercept=entry["intercept"],
        weights=entry["weights"],
        levels=tuple((logit, share) for logit, share in entry["levels"]),
        threshold=entry["threshold"],
        off_topic_similarity=entry["off_topic_similarity"],
    )
