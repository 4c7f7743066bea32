"""The FAISS files: trusted only when they are whole and of this very state, healed when they are not."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from index.article import PassageKind
from index.storage.statements import LibraryState
from index.vectors.faiss import MANIFEST, FaissStore, load_stores, save_stores
from index.vectors.snapshots import Snapshots
from tests.world import ARTICLES, FINGERPRINT, RIVERS, library_of, retriever_over

STATE = LibraryState("model@1", 4)
ROWS = np.array([2, 7], dtype=np.int64)
VECTORS = np.array([[1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5]], dtype=np.float32)
EAST = np.array([1, 0, 0, 0], dtype=np.float32)

Damage = Callable[[Path], None]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    stores: dict[PassageKind, FaissStore] = {
        "passage": FaissStore.build(ROWS, VECTORS),
        "sentence": FaissStore.build(ROWS[:1], VECTORS[:1]),
    }
    save_stores(tmp_path, stores, STATE)
    return tmp_path


def flip_a_byte(position: int) -> Damage:
    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[position] ^= 1
        path.write_bytes(content)

    return flip


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def test_saved_stores_are_loaded_as_they_were(saved: Path) -> None:
    loaded = load_stores(saved, STATE)
    assert not isinstance(loaded, str)
    assert sorted(loaded) == ["passage", "sentence"]
    rows, similarities = loaded["passage"].search(EAST, k=5)
    assert (rows.tolist(), similarities.tolist()) == ([2, 7], [1.0, 0.5])
    assert loaded["sentence"].rows.tolist() == [2]


def test_inverted_lists_are_saved_too(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    store = FaissStore.build(np.arange(200, dtype=np.int64), vectors, exact_up_to=0)
    save_stores(tmp_path, {"passage": store}, STATE)
    loaded = load_stores(tmp_path, STATE)
    assert not isinstance(loaded, str)
    assert loaded["passage"].kind == store.kind == "IndexIVFScalarQuantizer"
    assert loaded["passage"].search(vectors[3], k=5)[0].tolist() == store.search(vectors[3], k=5)[0].tolist()


def test_saving_leaves_the_files_and_nothing_else(saved: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == [MANIFEST, "passages.faiss", "sentences.faiss"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (flip_a_byte(0), "it is damaged (its checksum is wrong)"),
        (flip_a_byte(60), "it is damaged (its checksum is wrong)"),
        (flip_a_byte(-1), "it is damaged (its checksum is wrong)"),
        (truncate, "it is damaged (its checksum is wrong)"),
        (empty, "it is damaged (its checksum is wrong)"),
        (Path.unlink, "passages.faiss is missing"),
    ],
    ids=["first byte", "byte in the vectors", "byte in the rows", "truncated", "emptied", "deleted"],
)
def test_damaged_vectors_are_refused_with_the_reason(saved: Path, damage: Damage, reason: str) -> None:
    damage(saved / "passages.faiss")
    assert load_stores(saved, STATE) == reason


@pytest.mark.parametrize("damage", [truncate, empty, flip_a_byte(0)], ids=["truncated", "emptied", "byte"])
def test_a_damaged_manifest_is_refused(saved: Path, damage: Damage) -> None:
    damage(saved / MANIFEST)
    reason = load_stores(saved, STATE)
    assert isinstance(reason, str)
    assert reason.startswith("it is damaged (")


@pytest.mark.parametrize("content", ["[]", "null", '"x"', "{}", '{"fingerprint": "model@1", "generation": 4}'])
def test_a_manifest_of_another_shape_is_refused(saved: Path, content: str) -> None:
    (saved / MANIFEST).write_text(content)
    assert isinstance(load_stores(saved, STATE), str)


def test_without_a_manifest_nothing_is_loaded(saved: Path) -> None:
    (saved / MANIFEST).unlink()
    assert load_stores(saved, STATE) == f"{MANIFEST} is missing"


@pytest.mark.parametrize("state", [LibraryState("model@2", 4), LibraryState("model@1", 5)])
def test_files_of_another_state_are_refused(saved: Path, state: LibraryState) -> None:
    assert load_stores(saved, state) == "it was made from another state of the library"


def test_files_of_two_saves_are_not_mixed(saved: Path, tmp_path: Path) -> None:
    manifest = (saved / MANIFEST).read_bytes()
    save_stores(tmp_path, {"passage": FaissStore.build(ROWS, VECTORS[::-1])}, STATE)
    (saved / MANIFEST).write_bytes(manifest)
    assert load_stores(saved, STATE) == "it is damaged (its checksum is wrong)"


@pytest.mark.parametrize("name", ["passages.faiss", "sentences.faiss", MANIFEST])
@pytest.mark.parametrize("damage", [Path.unlink, truncate, empty], ids=["deleted", "truncated", "emptied"])
def test_a_library_heals_its_files_says_so_and_answers_the_same(
    folder: Path, name: str, damage: Damage, caplog: pytest.LogCaptureFixture
) -> None:
    with library_of(folder, *ARTICLES) as library:
        expected = retriever_over(library).retrieve("Which river is long?", k=5)
        damage(folder / name)
        with caplog.at_level(logging.WARNING, "footnote"):
            assert retriever_over(library).retrieve("Which river is long?", k=5) == expected
        assert [record.message.partition(":")[0] for record in caplog.records] == [
            f"rebuilt the FAISS files of {folder} from the library"
        ]
        assert not isinstance(load_stores(folder, library.state), str)


def test_healthy_files_are_loaded_without_a_word(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with library_of(folder, *ARTICLES) as library:
        stamp = (folder / MANIFEST).stat().st_mtime_ns
        Snapshots(library, fingerprint=FINGERPRINT).current()
        assert (folder / MANIFEST).stat().st_mtime_ns == stamp
    assert caplog.records == []


def test_files_that_cannot_be_written_are_no_reason_not_to_store_and_answer(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "passages.faiss" / "in the way").mkdir(parents=True)
    with library_of(folder, RIVERS) as library:
        assert "were not written" in caplog.text
        found = retriever_over(library).retrieve("Where is the sea?", k=1)
        assert found.sentences[0].passage.text == "It flows north to the sea."
        assert not (folder / MANIFEST).exists()


def test_the_manifest_says_what_the_files_were_made_from(folder: Path) -> None:
    with library_of(folder, *ARTICLES) as library:
        manifest = json.loads((folder / MANIFEST).read_text())
        assert manifest["library"] == asdict(library.state)
        assert {kind: entry["rows"] for kind, entry in manifest["files"].items()} == {"passage": 4, "sentence": 7}


def test_saving_removes_what_a_killed_process_left(saved: Path) -> None:
    for name in (".passages.faiss.10266.tmp", ".sentences.faiss.w1_x.tmp", ".faiss.json.7.tmp"):
        (saved / name).touch()
    save_stores(saved, {}, STATE)
    assert [file.name for file in saved.iterdir() if file.name.endswith(".tmp")] == []
