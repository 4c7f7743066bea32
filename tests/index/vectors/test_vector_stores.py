"""The exact store, and FAISS compared with it on values."""

from __future__ import annotations

import numpy as np
import pytest

from index.protocols import Rows, Vectors, VectorStore
from index.vectors.delta import GrownStore
from index.vectors.exact import ExactStore
from index.vectors.faiss import FaissStore
from tests.contracts.vector_store import MakeStore, VectorStoreContract


class TestExactStore(VectorStoreContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return ExactStore


class TestFaissStore(VectorStoreContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return FaissStore.build


class TestGrownStore(VectorStoreContract):
    """One that was built with another row in front, which has gone since, and without the last."""

    @pytest.fixture
    def make_store(self) -> MakeStore:
        def grown(rows: Rows, vectors: Vectors) -> VectorStore:
            gone = np.array([1], dtype=np.int64)
            before = np.concatenate([gone, rows[:-1]]), np.concatenate([np.eye(1, 4, dtype=np.float32), vectors[:-1]])
            added = FaissStore.build(rows[-1:], vectors[-1:]) if len(rows) else None
            return GrownStore(FaissStore.build(*before), added, gone)

        return grown


def random_vectors(count: int, *, dimension: int = 24, seed: int = 7) -> tuple[Rows, Vectors]:
    """Return rows with gaps and unit vectors, rounded as the library stores them."""
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return 3 * np.arange(count, dtype=np.int64) + 1, vectors.astype(np.float16).astype(np.float32)


def clustered_vectors(count: int) -> tuple[Rows, Vectors]:
    rows, noise = random_vectors(count)
    _, centres = random_vectors(20, seed=8)
    vectors = centres[np.arange(count) % 20] + 0.5 * noise
    return rows, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def assert_equal_values(found: tuple[Rows, Vectors], expected: tuple[Rows, Vectors], *, within: float) -> None:
    """Compare two answers value by value, and row by row wherever no tie leaves a choice."""
    assert found[1] == pytest.approx(expected[1], abs=within)
    gaps = np.abs(np.diff(expected[1], prepend=2.0, append=-2.0)) > 2 * within
    alone = gaps[:-1] & gaps[1:]
    alone[-1:] = False  # the last may be tied with one that did not make the cut
    assert found[0][alone].tolist() == expected[0][alone].tolist()


@pytest.mark.parametrize("k", [1, 10, 299, 300, 1000])
def test_faiss_finds_what_the_exact_store_finds(k: int) -> None:
    rows, vectors = random_vectors(300)
    _, queries = random_vectors(20, seed=9)
    fast, exact = FaissStore.build(rows, vectors), ExactStore(rows, vectors)
    for query in queries:
        assert_equal_values(fast.search(query, k=k), exact.search(query, k=k), within=1e-6)


@pytest.mark.parametrize("k", [1, 10, 100, 300])
def test_faiss_finds_what_the_exact_store_finds_among_many_equals(k: int) -> None:
    rows, vectors = random_vectors(300)
    vectors = vectors[np.arange(300) % 4]  # 75 of each
    fast, exact = FaissStore.build(rows, vectors), ExactStore(rows, vectors)
    for query in vectors[:4]:
        assert_equal_values(fast.search(query, k=k), exact.search(query, k=k), within=1e-6)


@pytest.mark.parametrize("exact_up_to", [1000, 0], ids=["exact", "inverted lists"])
@pytest.mark.parametrize("every", [2, 50], ids=["half", "a few"])
def test_faiss_finds_what_the_exact_store_finds_among_allowed_rows(every: int, exact_up_to: int) -> None:
    rows, vectors = random_vectors(600)
    _, queries = random_vectors(10, seed=9)
    allowed = rows[::every]
    fast = FaissStore.build(rows, vectors, exact_up_to=exact_up_to)
    exact = ExactStore(rows, vectors)
    for query in queries:
        found, similarities = fast.search(query, k=10, allowed=allowed)
        assert set(found) <= set(allowed)
        assert similarities == pytest.approx(exact.search(query, k=10, allowed=allowed)[1], abs=0.01)


def test_the_kind_is_chosen_by_size() -> None:
    rows, vectors = random_vectors(600)
    assert FaissStore.build(rows, vectors, exact_up_to=600).kind == "IndexScalarQuantizer"
    assert FaissStore.build(rows, vectors, exact_up_to=599).kind == "IndexIVFScalarQuantizer"


def test_inverted_lists_find_most_of_what_the_exact_store_finds() -> None:
    rows, vectors = clustered_vectors(2000)
    fast = FaissStore.build(rows, vectors, exact_up_to=0)
    assert fast.recall_against(ExactStore(rows, vectors), vectors[:50]) > 0.9


def test_recall_is_the_share_of_the_nearest_that_were_found() -> None:
    rows, vectors = random_vectors(40)
    half = FaissStore.build(rows[::2], vectors[::2])
    assert half.recall_against(ExactStore(rows, vectors), vectors[:1], k=40) == 0.5
    assert half.recall_against(ExactStore(rows[::2], vectors[::2]), vectors[:5]) == 1.0


def test_building_twice_gives_the_same_answers() -> None:
    rows, vectors = clustered_vectors(1000)
    one, two = (FaissStore.build(rows, vectors, exact_up_to=0) for _ in range(2))
    answers: list[list[list[int]]] = [
        [store.search(query, k=10)[0].tolist() for query in vectors[:20]] for store in (one, two)
    ]
    assert answers[0] == answers[1]


def test_a_query_that_is_no_number_finds_nothing() -> None:
    rows, vectors = random_vectors(20)
    store: VectorStore = FaissStore.build(rows, vectors)
    assert store.search(np.full(24, np.nan, dtype=np.float32), k=5)[0].tolist() == []


@pytest.mark.parametrize("k", [1, 10, 299, 300, 1000])
@pytest.mark.parametrize("every", [None, 2, 50], ids=["all", "half", "a few"])
def test_a_grown_store_finds_what_one_built_anew_finds(k: int, every: int | None) -> None:
    rows, vectors = random_vectors(400)
    _, queries = random_vectors(20, seed=9)
    gone = np.isin(np.arange(400), np.arange(0, 200, 2))
    grown = GrownStore(
        FaissStore.build(rows[:350], vectors[:350]), FaissStore.build(rows[350:], vectors[350:]), rows[gone]
    )
    anew = FaissStore.build(rows[~gone], vectors[~gone])
    allowed = None if every is None else rows[::every]
    assert grown.rows.tolist() == anew.rows.tolist()
    for query in queries:
        found, expected = grown.search(query, k=k, allowed=allowed), anew.search(query, k=k, allowed=allowed)
        assert found[0].tolist() == expected[0].tolist()
        assert found[1].tolist() == expected[1].tolist()


def test_a_store_that_has_only_shrunk_finds_what_is_left() -> None:
    rows, vectors = random_vectors(10)
    shrunk = GrownStore(FaissStore.build(rows, vectors), None, rows[[0, 9]])
    assert shrunk.rows.tolist() == rows[1:9].tolist()
    assert sorted(shrunk.search(vectors[0], k=10)[0].tolist()) == rows[1:9].tolist()
    assert len(shrunk.search(vectors[0], k=3)[0]) == 3


def test_what_is_added_beside_inverted_lists_is_found_exactly_and_what_is_removed_never() -> None:
    rows, vectors = clustered_vectors(2000)
    base = FaissStore.build(rows[:1900], vectors[:1900], exact_up_to=0)
    grown = GrownStore(base, FaissStore.build(rows[1900:], vectors[1900:]), rows[:50])
    assert [int(grown.search(vectors[n], k=1)[0][0]) for n in range(1900, 2000)] == rows[1900:].tolist()
    found = {int(row) for n in range(50) for row in grown.search(vectors[n], k=40)[0]}
    assert found.isdisjoint(rows[:50].tolist())
