"""The contract of a `VectorStore`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from index.protocols import Rows, Vectors, VectorStore

MakeStore = Callable[[Rows, Vectors], VectorStore]

# Numbers that half precision holds exactly. Seen from EAST: 3 is nearest, 5 and 8 are tied, 9 is opposite.
ROWS = np.array([3, 5, 8, 9], dtype=np.int64)
VECTORS = np.array([[1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], [0.5, -0.5, 0.5, -0.5], [-1, 0, 0, 0]], dtype=np.float32)
EAST = np.array([1, 0, 0, 0], dtype=np.float32)


class VectorStoreContract:
    """Inherit, and give a fixture ``make_store``."""

    @pytest.fixture
    def store(self, make_store: MakeStore) -> VectorStore:
        return make_store(ROWS, VECTORS)

    def test_the_rows_are_those_given(self, store: VectorStore) -> None:
        assert store.rows.tolist() == [3, 5, 8, 9]

    def test_the_nearest_come_first_with_their_cosines_and_ties_by_row(self, store: VectorStore) -> None:
        rows, similarities = store.search(EAST, k=4)
        assert rows.tolist() == [3, 5, 8, 9]
        assert similarities.tolist() == [1.0, 0.5, 0.5, -1.0]
        assert rows.dtype == np.int64
        assert similarities.dtype == np.float32

    @pytest.mark.parametrize(("k", "found"), [(0, []), (1, [3]), (3, [3, 5, 8]), (4, [3, 5, 8, 9]), (5, [3, 5, 8, 9])])
    def test_at_most_k_are_found(self, store: VectorStore, k: int, found: list[int]) -> None:
        rows, similarities = store.search(EAST, k=k)
        assert rows.tolist() == found
        assert len(similarities) == len(found)

    @pytest.mark.parametrize(
        ("allowed", "found"),
        [([5, 9], [5, 9]), ([9, 5, 9, 5], [5, 9]), ([4, 9, 100], [9]), ([4], []), ([], [])],
        ids=["some", "unsorted and twice", "one that is held", "none that is held", "none"],
    )
    def test_only_allowed_rows_are_found(self, store: VectorStore, allowed: list[int], found: list[int]) -> None:
        rows, similarities = store.search(EAST, k=4, allowed=np.array(allowed, dtype=np.int64))
        assert rows.tolist() == found
        assert len(similarities) == len(found)

    def test_an_empty_store_finds_nothing(self, make_store: MakeStore) -> None:
        rows, similarities = make_store(ROWS[:0], VECTORS[:0]).search(EAST, k=3)
        assert (rows.tolist(), similarities.tolist()) == ([], [])

    def test_a_store_of_one_vector_finds_it(self, make_store: MakeStore) -> None:
        rows, similarities = make_store(ROWS[3:], VECTORS[3:]).search(EAST, k=3)
        assert (rows.tolist(), similarities.tolist()) == ([9], [-1.0])

    def test_searching_twice_finds_the_same(self, store: VectorStore) -> None:
        assert [found.tolist() for found in store.search(EAST, k=3)] == [
            found.tolist() for found in store.search(EAST, k=3)
        ]
