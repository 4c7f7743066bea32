"""A question beside a passage, as word pieces: one way for learning and for use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from index.article import Span

MOST_TOKENS = 256
MOST_QUESTION_TOKENS = 64  # of the 256; a passage has at most 180
MOST_CONTEXT_TOKENS = 24
CONTEXT_END = ". "  # between a title and the passage under it


class PairEncoding(NamedTuple):
    """One pair as word pieces; the passage begins ``context`` characters into the second text."""

    encoding: Encoding
    context: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """A batch: token ids and types, (batch, tokens) int64, zero after ``lengths``; and where each token stands.

    ``starts`` and ``ends`` are positions in the passage, -1 for a token that is
    not the passage's.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    mask: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


class PairEncoder:
    """Encodes questions beside passages; it never pads more than the longest of a batch needs."""

    def __init__(self, tokenizer_file: Path) -> None:
        self._tokenizer, self._single = _tokenizer(tokenizer_file), _tokenizer(tokenizer_file)
        self._tokenizer.enable_truncation(MOST_TOKENS, strategy="only_second")

    def encode(self, pairs: Sequence[tuple[str, str]], contexts: Sequence[str] = ()) -> list[PairEncoding]:
        """Return one encoding a (question, passage) pair; a long question is cut, then a passage too long beside it.

        Args:
            pairs: questions and passages.
            contexts: what stands before each passage and is read with it but never quoted (a title, a heading);
                none, or one a pair, "" for a passage without. At most its first 24 word pieces are read.
        """
        shortened = [(self._shortened(question, MOST_QUESTION_TOKENS), passage) for question, passage in pairs]
        before = [self._shortened(text, MOST_CONTEXT_TOKENS) + CONTEXT_END if text else "" for text in contexts]
        before = before or [""] * len(pairs)
        read = [(question, head + passage) for (question, passage), head in zip(shortened, before, strict=True)]
        encodings: list[Encoding] = self._tokenizer.encode_batch(read)
        return [PairEncoding(encoding, len(head)) for encoding, head in zip(encodings, before, strict=True)]

    def _shortened(self, text: str, most: int) -> str:
        if len(text) <= most:  # a token is at least one character
            return text
        offsets = self._single.encode(text, add_special_tokens=False).offsets
        return text if len(offsets) <= most else text[: offsets[most - 1][1]]


def _tokenizer(file: Path) -> Tokenizer:
    tokenizer: Tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True  # an article that says "[SEP]" is text, not structure
    return tokenizer


def stack(encodings: Sequence[PairEncoding], *, multiple_of: int = 1) -> Pairs:
    """Put encodings side by side, as wide as the longest, rounded up to a multiple."""
    longest = max(len(each.encoding.ids) for each in encodings)
    width = -(-longest // multiple_of) * multiple_of
    shape = (len(encodings), width)
    ids, types, mask = (np.zeros(shape, np.int64) for _ in range(3))
    starts, ends = (np.full(shape, -1, np.int64) for _ in range(2))
    for row, (encoding, context) in enumerate(encodings):
        length = len(encoding.ids)
        ids[row, :length] = encoding.ids
        types[row, :length] = encoding.type_ids
        mask[row, :length] = 1
        offsets = np.array(encoding.offsets, dtype=np.int64) - context
        of_passage = np.array([sequence == 1 for sequence in encoding.sequence_ids]) & (offsets[:, 1] > 0)
        starts[row, :length][of_passage] = np.maximum(offsets[of_passage, 0], 0)  # the space before may be in a token
        ends[row, :length][of_passage] = offsets[of_passage, 1]
    return Pairs(ids, types, mask, starts, ends)


def token_range(answer: Span, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[int, int] | None:
    """Return the first and the last token of an answer, or None where the passage was cut before its end."""
    first = np.flatnonzero((starts >= 0) & (ends > answer.start))
    last = np.flatnonzero((starts >= 0) & (starts < answer.end))
    if not len(first) or not len(last) or ends[last[-1]] < answer.end or first[0] > last[-1]:
        return None
    return int(first[0]), int(last[-1])
