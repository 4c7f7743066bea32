"""Searching while somebody writes: each search sees one whole state of the library."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.article import Article, Passage, Span
from index.errors import LibraryMismatchError
from index.ingest import reembed
from index.protocols import Rows, Vectors
from index.storage.library import FILE_NAME, Library
from index.storage.statements import EmbeddedPassage
from index.vectors.faiss import FaissStore, load_stores
from index.vectors.snapshots import Snapshots
from tests.world import CHUNKING, FINGERPRINT, PAPER, RIVERS, TEA, WordCountingEmbedder, library_of, retriever_over

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


def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how many vectors each store is built of from now on."""
    built: list[int] = []
    build = FaissStore.build

    def counted(rows: Rows, vectors: Vectors) -> FaissStore:
        built.append(len(rows))
        return build(rows, vectors)

    monkeypatch.setattr(FaissStore, "build", counted)
    return built


def stored(folder: Path) -> dict[str, list[int]]:
    with Library.open(folder) as library:
        return {kind: rows.tolist() for kind, (rows, _) in library.vectors()[1].items()}


def held(snapshots: Snapshots) -> dict[str, list[int]]:
    return {kind: store.rows.tolist() for kind, store in snapshots.current().stores.items()}


MILK = Article("milk", "Milk", "Milk is white. It turns sour.", source="milk.txt")
MILK_VECTORS = [EmbeddedPassage(Passage("milk", Span(0, 14), "Milk is white.", "sentence"), "milk", np.eye(8)[7])]


def test_an_article_that_is_added_costs_its_own_vectors_and_not_those_of_the_others(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = Snapshots(library, fingerprint=FINGERPRINT)
    snapshots.current()
    with Library.create(library.folder, fingerprint=FINGERPRINT) as writer:
        writer.put(MILK, MILK_VECTORS)
        built = builds(monkeypatch)
        assert held(snapshots) == stored(library.folder)
        assert built == [1]
        assert snapshots.current().state == library.state


def test_an_article_that_is_removed_costs_no_vectors(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = Snapshots(library, fingerprint=FINGERPRINT)
    snapshots.current()
    with Library.create(library.folder, fingerprint=FINGERPRINT) as writer:
        writer.remove("tea")
        built = builds(monkeypatch)
        assert held(snapshots) == stored(library.folder)
        assert built == []


@pytest.mark.parametrize("change", ["replace", "remove", "add"])
def test_what_a_changed_library_finds_is_what_a_fresh_start_finds(library: Library, folder: Path, change: str) -> None:
    retriever = retriever_over(library)
    retriever.retrieve("Which tea?", k=5)
    if change == "remove":
        with Library.create(folder, fingerprint=FINGERPRINT) as writer:
            writer.remove("tea")
    else:
        milk = replace(TEA, text="Tea is hot. Its water is brown.") if change == "replace" else MILK
        library_of(folder, milk).close()
    for question in ("Which tea?", "Which river is long?", "Is milk white?"):
        assert retriever.retrieve(question, k=5) == retriever_over(library).retrieve(question, k=5)


def test_a_library_that_was_empty_and_one_that_has_been_emptied_are_seen_as_they_are(folder: Path) -> None:
    with library_of(folder) as library:
        snapshots = Snapshots(library, fingerprint=FINGERPRINT)
        assert held(snapshots) == {}
        library_of(folder, TEA).close()
        assert held(snapshots) == stored(folder)
        with Library.create(folder, fingerprint=FINGERPRINT) as writer:
            writer.remove("tea")
        assert held(snapshots) == {}
    with library_of(folder, TEA) as library:
        snapshots = Snapshots(library, fingerprint=FINGERPRINT)
        snapshots.current()
        with Library.create(folder, fingerprint=FINGERPRINT) as writer:
            writer.remove("tea")
        assert held(snapshots) == {}


@pytest.mark.parametrize(("most", "sizes"), [(1, [1]), (0, [4, 8])], ids=["as many as may", "one more"])
def test_stores_are_built_anew_when_too_much_has_changed(
    library: Library, monkeypatch: pytest.MonkeyPatch, most: int, sizes: list[int]
) -> None:
    snapshots = Snapshots(library, fingerprint=FINGERPRINT)
    snapshots.current()
    monkeypatch.setattr("index.vectors.snapshots.MOST_GROWN", most)
    with Library.create(library.folder, fingerprint=FINGERPRINT) as writer:
        writer.put(MILK, MILK_VECTORS)
    built = builds(monkeypatch)
    assert held(snapshots) == stored(library.folder)
    assert sorted(built) == sizes


def test_a_backup_put_in_the_librarys_place_is_seen_though_its_rows_have_the_same_numbers(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    with library_of(tmp_path / "backup", replace(RIVERS, text="The Rhine is a river. It flows.")) as backup:
        library_of(tmp_path / "backup", replace(PAPER, text="Paper burns. Paper is thin. Paper is old.")).close()
        library_of(tmp_path / "backup", MILK).close()
        expected = retriever_over(backup).retrieve("Which paper?", k=5)
        retriever = retriever_over(library)
        retriever.retrieve("Which paper?", k=5)
        connections = [sqlite3.connect(place / FILE_NAME) for place in (tmp_path / "backup", folder)]
        connections[0].backup(connections[1])
        for connection in connections:
            connection.close()
    assert retriever.retrieve("Which paper?", k=5) == expected


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
