"""Texts longer than a model reads: cut into windows, embedded, averaged. Which model is the caller's affair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from index.article import Span
from index.protocols import Progress, Vectors

BLOCK_TEXTS = 512  # between two reports of progress
MOST_WINDOW_CHARACTERS = 8_000  # a "word" of any length is one token to some models, and white space none


def embed_in_windows(
    texts: Sequence[str],
    encode: Callable[[list[str]], Vectors],
    *,
    tokens_of: Callable[[str], Sequence[Span]],
    max_tokens: int,
    dimension: int,
    progress: Progress,
) -> Vectors:
    """Embed texts of any length with a model that reads ``max_tokens``: longest first, so that like lengths meet.

    Returns ``(len(texts), dimension)`` unit rows in the order given. ``encode`` gets
    at most 512 windows at a time; its rows need not be of unit length.
    """
    windows_of = [_windows(text, tokens_of, max_tokens) for text in texts]
    windows = [window for windows in windows_of for window in windows]
    owners = np.repeat(np.arange(len(texts)), [len(windows) for windows in windows_of])
    vectors = np.zeros((len(windows), dimension), dtype=np.float32)
    order = sorted(range(len(windows)), key=lambda position: (-len(windows[position]), position))
    for begin in range(0, len(order), BLOCK_TEXTS):
        block = order[begin : begin + BLOCK_TEXTS]
        vectors[block] = encode([windows[position] for position in block])
        progress(min(begin + BLOCK_TEXTS, len(order)), len(order))
    sums = np.zeros((len(texts), dimension), dtype=np.float32)
    np.add.at(sums, owners, _unit_rows(vectors))
    return _unit_rows(sums)


def _windows(text: str, tokens_of: Callable[[str], Sequence[Span]], max_tokens: int) -> list[str]:
    """Cut a text that is too long for the model into pieces that are not."""
    if len(text.encode("utf-8", "replace")) <= max_tokens:  # a token is at least one byte
        return [text]
    tokens = tokens_of(text)
    if len(tokens) <= max_tokens and len(text) <= MOST_WINDOW_CHARACTERS:
        return [text]
    step = max_tokens * 7 // 8  # a word cut in two may come to more tokens than it was
    cuts = [tokens[begin].start for begin in range(0, len(tokens), step)] or [0]
    return [
        text[at : min(at + MOST_WINDOW_CHARACTERS, end)]
        for start, end in pairwise([*cuts, len(text)])
        for at in range(start, end, MOST_WINDOW_CHARACTERS)
    ]


def _unit_rows(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units
