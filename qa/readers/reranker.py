"""Reranking: the passages found, put in the order of a model that reads each beside the question.

Optional: without a reranker the retriever's order stands.
"""

from __future__ import annotations

from dataclasses import replace

from index.article import Retrieval
from qa.readers.span_scores import PassageModel


class Reranker:
    """Orders the passages of a retrieval by the scores of a `PassageModel`."""

    def __init__(self, model: PassageModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The model as a person knows it."""
        return self._model.name

    def rerank(self, retrieval: Retrieval, *, k: int) -> Retrieval:
        """Return the retrieval with its ``k`` best passages, best first, ranks from 1.

        Each hit has the model's score in place of the retriever's; ties are
        broken by passage id. Sentences stay as they are. No passages give none,
        and the model is not asked.
        """
        if not retrieval.passages:
            return retrieval
        scores = self._model.score(retrieval.question, [hit.passage.text for hit in retrieval.passages])
        scored = [replace(hit, score=score) for hit, score in zip(retrieval.passages, scores, strict=True)]
        best = sorted(scored, key=lambda hit: (-hit.score, hit.passage.id))[:k]
        return replace(retrieval, passages=tuple(replace(hit, rank=rank) for rank, hit in enumerate(best, start=1)))
