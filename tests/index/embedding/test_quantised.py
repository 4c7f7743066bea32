"""Weights in 8 bits: what is kept of them, by numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from index.embedding.quantised import RestoredRows, RestoredWeights, quantised, restored


def test_each_block_of_inputs_of_each_output_has_the_scale_that_brings_its_largest_weight_to_127() -> None:
    numbers, scales = quantised(np.array([[1.27, -0.5, 0.02, 0.005]], np.float32), blocks=2)
    assert numbers.tolist() == [[127, -50, 127, 32]]
    assert scales == pytest.approx(np.array([[0.01], [0.02 / 127]]))


def test_what_is_restored_is_within_half_a_step() -> None:
    weights = np.random.default_rng(3).normal(size=(5, 12)).astype(np.float32)
    numbers, scales = quantised(weights, blocks=3)
    steps = np.repeat(scales.T, 4, axis=1)
    assert np.all(np.abs(restored(numbers, scales) - weights) <= steps / 2 + 1e-7)


def test_restored_and_kept_again_nothing_changes() -> None:
    numbers, scales = quantised(np.random.default_rng(4).normal(size=(5, 12)).astype(np.float32), blocks=3)
    again, _ = quantised(restored(numbers, scales), blocks=3)
    assert np.array_equal(again, numbers)


def test_weights_that_are_all_nought_stay_so() -> None:
    assert restored(*quantised(np.zeros((2, 4), np.float32), blocks=1)).tolist() == [[0.0] * 4] * 2


def test_weights_are_restored_by_name_and_those_that_were_kept_as_they_are_stay() -> None:
    numbers, scales = quantised(np.array([[1.27, -1.27]], np.float32), blocks=1)
    weights = RestoredWeights({"a": numbers, "a.scales": scales, "b": np.array([3.0], np.float32)})
    assert (sorted(weights), len(weights)) == (["a", "b"], 2)
    assert weights["a"] == pytest.approx(np.array([[1.27, -1.27]]))
    assert weights["b"].tolist() == [3.0]


def test_only_the_rows_that_are_asked_for_are_restored_in_the_shape_they_are_asked_in() -> None:
    table = np.array([[1.27, 0.0], [0.0, 2.54], [0.5, 0.5]], np.float32)
    rows = RestoredRows(*quantised(table, blocks=1))
    assert rows[np.array([[1, 0]])] == pytest.approx(np.array([[[0.0, 2.54], [1.27, 0.0]]]))
