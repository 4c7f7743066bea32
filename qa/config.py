"""Settings of answering: frozen, built once at the edge."""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import ConfigurationError

MAX_QUESTION_CHARACTERS = 2_000
SHIPPED_READER = "footnote-reader"
NO_READER = "none"


@dataclass(frozen=True, slots=True)
class AnsweringConfig:
    """How answers are made.

    ``consulted``: how many passages and sentences are retrieved and named in a
    reply. ``most_quotes``: the most an answer cites. ``nearest``: how many
    passages an abstention shows. ``abstain_below``: the confidence, 0 to 1,
    under which nothing is answered; without it, the calibrated threshold.
    """

    consulted: int = 20
    most_quotes: int = 3
    nearest: int = 3
    abstain_below: float | None = None


@dataclass(frozen=True, slots=True)
class ReadingConfig:
    """What reads the passages found.

    ``model``: the shipped reader, an extractive question-answering model (a
    folder or a hub name), or ``none`` for sentences as retrieval ranks them.
    ``reranker``: a cross-encoder that orders the passages before they are read.
    ``passages``: the most that are read for a question.

    Raises:
        ConfigurationError: no passage would be read, or a model has an empty name.
    """

    model: str = SHIPPED_READER
    reranker: str | None = None
    passages: int = 8

    def __post_init__(self) -> None:
        if self.passages < 1:
            raise ConfigurationError(f"passages is {self.passages!r}; it must be at least 1")
        if not self.model.strip():
            raise ConfigurationError(f"model is {self.model!r}; leave it out, or set it to {NO_READER!r} for no reader")
        if self.reranker is not None and not self.reranker.strip():
            raise ConfigurationError(f"reranker is {self.reranker!r}; leave it out for no reranker")
