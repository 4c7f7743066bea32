"""The seams of the index: what it needs of an embedding model, a vector store and a retriever.

Each docstring is the contract; `tests/contracts` holds a test class for each
that every implementation inherits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.article import Retrieval, Span

Vectors = NDArray[np.float32]  # (n, d), unit rows
Rows = NDArray[np.int64]  # (n,), row numbers of passages in the library
Similarities = NDArray[np.float32]  # (n,), cosines

Progress = Callable[[int, int], None]  # (done, total), both in the caller's unit


def no_progress(done: int, total: int) -> None:
    """Report nothing: the default of everything that takes a `Progress`."""


class Embedder(Protocol):
    """Turns texts into unit vectors; passages and questions may be treated differently."""

    @property
    def name(self) -> str:
        """The model as a person knows it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Equal for two embedders only if their vectors may be compared."""
        ...

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text the model reads, special tokens not counted."""
        ...

    @property
    def unrelated_cosine(self) -> float:
        """About the cosine of a question and a text that has nothing to do with it; below 1."""
        ...

    @property
    def least_characters(self) -> int:
        """Below so many (a wide one counts twice) a text is too near to anything to be embedded alone; 0 for none."""
        ...

    @property
    def means_of_sentences(self) -> bool:
        """Whether a passage's vector is the mean of its sentences', so that nothing is embedded twice."""
        ...

    def tokens(self, text: str) -> Sequence[Span]:
        """Return the place of every token of a text, in order, special tokens left out."""
        ...

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """Return ``(len(texts), d)`` unit rows in the order given; no text gives ``(0, d)``.

        A text longer than ``max_tokens`` is read in windows whose vectors are
        averaged: nothing is silently cut off.
        """
        ...

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Like `embed_passages`, for what is asked instead of what is stored."""
        ...


class VectorStore(Protocol):
    """An immutable set of unit vectors, each under the row number of its passage."""

    @property
    def rows(self) -> Rows:
        """The row numbers held, ascending."""
        ...

    def search(self, query: Vectors, *, k: int, allowed: Rows | None = None) -> tuple[Rows, Similarities]:
        """Return the ``k`` rows nearest to one ``(d,)`` query by cosine, best first.

        Ties are broken by row number; which of several equals make the cut at
        ``k`` is left to the store. ``allowed`` restricts the search to those
        rows; rows that the store does not hold are ignored. Fewer than ``k``
        are returned when there are fewer; an empty store gives none.
        """
        ...


class Retriever(Protocol):
    """Finds passages and sentences for a question."""

    def retrieve(
        self, question: str, *, k: int, article_ids: Sequence[str] | None = None, background: str = ""
    ) -> Retrieval:
        """Return at most ``k`` passages and ``k`` sentences, each best first, ranks from 1.

        ``inside`` has the sentences of the first passages, all of them: which
        passages count as the first is the retriever's to decide.

        Ties are broken by passage id, so equal input gives equal output. An
        empty library gives no hits; it is not an error. ``article_ids``
        restricts the search to those articles. ``background`` is text that the
        question belongs to, such as the conversation before it: it moves up
        passages that are near both. Sentences are scored by the question alone.
        """
        ...
