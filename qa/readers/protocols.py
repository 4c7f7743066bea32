"""What reads the passages found for a question and says which places may answer it.

The seam where a question-answering model goes. `SentenceReader` needs none: it
offers the sentences that retrieval ranked, best first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from index.article import Hit, Retrieval, Span

Signals = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may answer: the sentence to quote, and the answer's own words in it if known.

    ``short_answer`` is a span of the same article, inside the sentence.
    ``score`` is higher for better and comparable only within one reading;
    ``signals`` are the measurements that it was made of, by name.
    """

    sentence: Hit
    score: float
    short_answer: Span | None = None
    signals: Signals = field(default_factory=dict)

    @property
    def answer_text(self) -> str | None:
        """The answer's own words: a slice of the sentence."""
        if self.short_answer is None:
            return None
        start = self.sentence.passage.span.start
        return self.sentence.passage.text[self.short_answer.start - start : self.short_answer.end - start]


class Reader(Protocol):
    """Finds answers in what was retrieved."""

    @property
    def name(self) -> str | None:
        """The model as a person knows it, or None where there is no model."""
        ...

    def read(self, question: str, retrieval: Retrieval) -> Sequence[Candidate]:
        """Return candidates best first, at most one a sentence; ties by passage id; no hits give none."""
        ...


class SentenceReader:
    """A `Reader` without a model: each sentence found is a candidate, in the order it was ranked."""

    name: str | None = None

    def __init__(self, weight: float = 1.0) -> None:
        """Take the weight that makes a retrieval score a logit."""
        self._weight = weight

    def read(self, question: str, retrieval: Retrieval) -> Sequence[Candidate]:
        """Return the sentences of the retrieval as they stand."""
        return [
            Candidate(hit, self._weight * hit.score, signals={"sentence": hit.score}) for hit in retrieval.sentences
        ]
