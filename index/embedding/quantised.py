"""Weights in 8 bits, as a model's files hold them: whole numbers, and a scale for each block of inputs of each output.

The blocks are those of the products in `index.embedding.onnx_encoder`, so that what is
read here is what it computes with, to the last bit; a word's row is one block. Not for 4-bit files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LARGEST = 127
SCALES = ".scales"  # after the name of the weights they belong to


def quantised(weights: Floats, blocks: int) -> tuple[NDArray[np.int8], Floats]:
    """Return (outputs, inputs) weights as whole numbers from -127 to 127, and their scales, (blocks, outputs).

    ``weights[o, i]`` is about ``numbers[o, i] * scales[b, o]``, where i lies in block b of `numpy.array_split`.
    """
    numbers, scales = [], []
    for part in np.array_split(weights.astype(np.float32), blocks, axis=1):
        scale = np.maximum(np.abs(part).max(axis=1), np.finfo(np.float32).tiny * LARGEST) / np.float32(LARGEST)
        numbers.append(np.round(part / scale[:, None]).astype(np.int8))
        scales.append(scale)
    return np.concatenate(numbers, axis=1), np.stack(scales)


def restored(numbers: NDArray[np.int8], scales: Floats) -> Floats:
    """Return the weights that `quantised` was given, as far as 8 bits hold them."""
    parts = np.array_split(numbers.astype(np.float32), len(scales), axis=1)
    return np.concatenate([part * scale[:, None] for part, scale in zip(parts, scales, strict=True)], axis=1)


class RestoredWeights(Mapping[str, NDArray[Any]]):
    """Weights by name, those in 8 bits restored when they are asked for, so that never all are in memory at once."""

    def __init__(self, stored: Mapping[str, NDArray[Any]]) -> None:
        self._stored = stored

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return one weight, fp32 where it was kept in 8 bits."""
        values = self._stored[name]
        return restored(values, self._stored[name + SCALES]) if name + SCALES in self._stored else values

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the weights, without those of their scales."""
        return (name for name in self._stored if not name.endswith(SCALES))

    def __len__(self) -> int:
        """Count the weights."""
        return sum(1 for _ in self)


class RestoredRows:
    """A word table in 8 bits, (vocabulary, hidden), of which only the rows that are asked for are restored."""

    def __init__(self, numbers: NDArray[np.int8], scales: Floats) -> None:
        self._numbers = numbers
        self._scales = scales[0]

    def __getitem__(self, rows: NDArray[np.int64], /) -> Floats:
        """Return the rows under some numbers, (..., hidden)."""
        found: Floats = self._numbers[rows].astype(np.float32) * self._scales[rows][..., None]
        return found
