"""What a question-answering model says about passages, before anything is decided: scores of tokens.

The seam between the models and the reader: `qa.readers.span_reader` turns these
scores into candidates, whatever model gave them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TokenScores:
    """The scores of one passage: for each of its tokens, of beginning and of ending the answer (logits).

    ``starts`` and ``ends`` say where each token stands, in characters of the
    passage's text; all four arrays have one entry a token, (tokens,).
    ``silent`` is the score of "not in this passage", to be compared with
    ``begin[i] + end[j]``. ``answers`` is the logit of "this passage answers the
    question", None from a model that has no such output.
    """

    begin: Floats
    end: Floats
    starts: Positions
    ends: Positions
    silent: float
    answers: float | None = None


class SpanModel(Protocol):
    """An extractive question-answering model."""

    @property
    def name(self) -> str:
        """The model as a person knows it."""
        ...

    @property
    def fingerprint(self) -> str:
        """What its calibration is found by: name and hash of the weights."""
        ...

    def score(self, question: str, texts: Sequence[str], contexts: Sequence[str] = ()) -> Sequence[TokenScores]:
        """Return the scores of each text, in order, in one batched pass; no texts give none.

        ``contexts``: none, or one a text: what stands over it (a title), which may be read with it and is never
        scored. Offsets count code points of the text. A text too long for the model is
        read as far as it goes: its later tokens are missing.
        """
        ...


class PassageModel(Protocol):
    """A reranker: says how well each text answers the question as a whole (a cross-encoder)."""

    @property
    def name(self) -> str:
        """The model as a person knows it."""
        ...

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Return a score a text, in order, higher for better; no texts give none."""
        ...
