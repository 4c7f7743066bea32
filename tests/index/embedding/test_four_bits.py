"""Weights in four bits, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from index.embedding.four_bits import FourBitRows, dequantised


def block(scale: float, low: list[int], high: list[int]) -> bytes:
    """Return one block: the first 16 weights in low halves of bytes, the last 16 in high ones."""
    return np.float16(scale).tobytes() + bytes(one | two << 4 for one, two in zip(low, high, strict=True))


def blocks(*rows: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), -1, 18)


UP, DOWN = list(range(16)), list(range(15, -1, -1))


def test_a_weight_is_its_four_bits_less_eight_times_the_scale() -> None:
    (weights,) = dequantised(blocks(block(0.5, UP, DOWN)))
    assert weights.dtype == np.float32
    assert weights[:16].tolist() == [-4, -3.5, -3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]
    assert weights[16:].tolist() == weights[:16].tolist()[::-1]


def test_each_block_of_a_row_has_a_scale_of_its_own() -> None:
    (weights,) = dequantised(blocks(block(1, [9] * 16, [7] * 16) + block(-0.25, [9] * 16, [7] * 16)))
    assert weights.tolist() == [1.0] * 16 + [-1.0] * 16 + [-0.25] * 16 + [0.25] * 16


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (np.array([1]), [[2.0] * 32]),
        (np.array([[1, 0], [0, 1]]), [[[2.0] * 32, [1.0] * 32], [[1.0] * 32, [2.0] * 32]]),
        (np.zeros((0,), dtype=np.int64), []),
    ],
    ids=["one row", "a batch of texts", "no row"],
)
def test_rows_are_looked_up_by_number(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]], expected: list[object]
) -> None:
    table = FourBitRows(blocks(block(1, [9] * 16, [9] * 16), block(2, [9] * 16, [9] * 16)))
    assert table[rows].tolist() == expected
    assert table[rows].shape == (*rows.shape, 32)
