"""Searching while somebody writes: each search sees one whole state of the library."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.errors import LibraryMismatchError
from index.faiss_store import load_stores
from index.ingest import reembed
from index.library import Library
from index.stores import Snapshots
from tests.world import CHUNKING, FINGERPRINT, RIVERS, TEA, WordCountingEmbedder, library_of, retriever_over

SEARCHING_THREADS = 3
CHANGES = 25


def test_an_unchanged_library_gives_the_same_snapshot(library: Library) -> None:
    snapshots = Snapshots(library, fingerprint=FINGERPRINT)
    assert snapshots.current() is snapshots.current()


def test_a_changed_library_gives_a_new_snapshot_and_leaves_the_old_one_as_it_was(
    library: Library, folder: Path
) -> None:
    snapshots = Snapshots(library, fingerprint=FINGERPRINT)
    before = snapshots.current()
    rows = before.stores["sentence"].rows.tolist()
    library_of(folder, replace(TEA, text="Tea is hot.")).close()
    after = snapshots.current()
    assert (len(rows), len(after.stores["sentence"].rows)) == (7, 5)
    assert before.stores["sentence"].rows.tolist() == rows


def test_a_library_embedded_anew_is_refused_by_those_who_have_the_old_model(library: Library) -> None:
    snapshots = Snapshots(library, fingerprint=FINGERPRINT)
    snapshots.current()
    with Library.open_for_rewriting(library.folder) as rewritten:
        reembed(rewritten, WordCountingEmbedder(), CHUNKING, fingerprint="world@2")
    with pytest.raises(LibraryMismatchError):
        snapshots.current()


def test_an_empty_library_has_no_stores(folder: Path) -> None:
    with library_of(folder) as library:
        assert dict(Snapshots(library, fingerprint=FINGERPRINT).current().stores) == {}


def test_threads_search_while_a_writer_changes_the_library(library: Library, folder: Path) -> None:
    versions = [replace(TEA, text=f"Version {n} of tea. Tea of version {n}.") for n in range(CHANGES)]
    allowed = {TEA.text, RIVERS.text, *(version.text for version in versions)}
    retriever = retriever_over(library)
    finished = threading.Event()
    faults: list[str] = []
    searches: list[int] = []

    def search() -> None:
        try:
            while not finished.is_set():
                found = retriever.retrieve("Which tea?", k=3, article_ids=["tea", "rivers"])
                searches.append(len(found.passages))
                faults.extend(
                    hit.passage.text for hit in found.passages if not any(hit.passage.text in text for text in allowed)
                )
        except Exception as error:  # noqa: BLE001  # whatever it is, it must reach the assertion
            faults.append(repr(error))

    threads = [threading.Thread(target=search) for _ in range(SEARCHING_THREADS)]
    for thread in threads:
        thread.start()
    for version in versions:
        library_of(folder, version).close()
    finished.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(searches) >= SEARCHING_THREADS
    found = retriever.retrieve("Which tea?", k=1)
    assert found.passages[0].passage.text == versions[-1].text


def test_threads_search_faiss_while_stores_are_swapped(library: Library) -> None:
    query = np.eye(8, dtype=np.float32)[4]  # tea
    current = [Snapshots(library, fingerprint=FINGERPRINT).current()]
    finished, found = threading.Event(), set()

    def search() -> None:
        while not finished.is_set():
            rows, similarities = current[0].stores["passage"].search(query, k=1)
            found.add((int(rows[0]), float(similarities[0])))

    threads = [threading.Thread(target=search) for _ in range(SEARCHING_THREADS)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        current[0] = Snapshots(library, fingerprint=FINGERPRINT).current()
    finished.set()
    for thread in threads:
        thread.join()
    assert found == {(4, 1.0)}


def test_faiss_files_of_a_library_that_was_made_anew_are_not_trusted(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    library_of(first, RIVERS).close()
    with library_of(second, TEA) as library:
        for name in ("faiss.json", "passages.faiss", "sentences.faiss"):
            (second / name).write_bytes((first / name).read_bytes())
        assert library.state.generation == 1
        assert load_stores(second, library.state) == "it was made from another state of the library"
