"""Disks that are full or read-only: one clear line, and what was stored stays."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.article import Article
from index.errors import StorageError
from index.storage.library import FILE_NAME, Library
from index.vectors.faiss import MANIFEST
from tests.faults.conftest import BALLAST
from tests.world import ARTICLES, FINGERPRINT, RIVERS, TEA, library_of, retriever_over

pytestmark = pytest.mark.faults

LONG = Article("long", "Long", "One sentence of many words stands here. " * 20_000)
DAMAGED = r"^library '.*': the file is damaged; restore it from a backup, or index the articles again elsewhere"
ANSWER = "It flows north to the sea."


def answer(library: Library) -> str:
    return retriever_over(library).retrieve("Where is the sea?", k=1).sentences[0].passage.text


def test_an_article_that_does_not_fit_is_refused_and_what_was_stored_stays(small_disk: Path) -> None:
    library_of(small_disk, *ARTICLES).close()
    with pytest.raises(StorageError, match=r"the disk is full; free some space .*; what was stored before stays$"):
        library_of(small_disk, LONG, RIVERS)
    with Library.open(small_disk, fingerprint=FINGERPRINT) as library:
        assert [each.id for each in library.articles()] == ["rivers", "tea", "paper"]
        assert library.integrity() == "ok"
        assert answer(library) == ANSWER


def test_when_space_has_been_freed_the_same_run_goes_on(small_disk: Path, fill: Callable[[], None]) -> None:
    library_of(small_disk, RIVERS).close()
    fill()
    with pytest.raises(StorageError, match=r"the disk is full or faulty; see that it has free space"):
        library_of(small_disk, *ARTICLES)
    (small_disk / BALLAST).unlink()
    with library_of(small_disk, *ARTICLES) as library:
        assert [each.id for each in library.articles()] == ["rivers", "tea", "paper"]


def test_a_library_that_does_not_fit_is_not_begun(small_disk: Path, fill: Callable[[], None]) -> None:
    fill()
    with pytest.raises(StorageError, match="the disk is full"):
        Library.create(small_disk / "library", fingerprint=FINGERPRINT)
    (small_disk / BALLAST).unlink()
    assert not (small_disk / "library" / FILE_NAME).exists()
    with library_of(small_disk / "library", TEA) as library:
        assert library.article("tea") == TEA


def test_a_full_disk_answers_questions_even_without_faiss_files(
    small_disk: Path, fill: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    library_of(small_disk, *ARTICLES).close()
    (small_disk / "passages.faiss").unlink()
    (small_disk / MANIFEST).unlink()
    fill()
    with caplog.at_level(logging.WARNING, "footnote"), Library.open(small_disk, fingerprint=FINGERPRINT) as library:
        assert answer(library) == ANSWER
    assert "were not written" in caplog.text
    assert not (small_disk / MANIFEST).exists()


def test_embedding_anew_on_a_full_disk_leaves_the_library_as_it_was(small_disk: Path, fill: Callable[[], None]) -> None:
    with library_of(small_disk, *ARTICLES) as library:
        state = library.state
        fill()
        with pytest.raises(StorageError, match="the disk is full"):
            library.replace_all([(article, []) for article in (*ARTICLES, LONG)], fingerprint="world@2")
        assert library.state == state
        assert answer(library) == ANSWER


@pytest.mark.parametrize("healthy", [True, False], ids=["with FAISS files", "without FAISS files"])
def test_a_read_only_folder_can_be_asked(folder: Path, make_read_only: Callable[[Path], None], healthy: bool) -> None:
    library_of(folder, *ARTICLES).close()
    if not healthy:
        (folder / MANIFEST).unlink()
    make_read_only(folder)
    with Library.open(folder, fingerprint=FINGERPRINT) as library:
        assert [each.id for each in library.articles()] == ["rivers", "tea", "paper"]
        assert answer(library) == ANSWER


def test_a_read_only_folder_cannot_be_changed(folder: Path, make_read_only: Callable[[Path], None]) -> None:
    library_of(folder, *ARTICLES).close()
    make_read_only(folder)
    with pytest.raises(StorageError, match=r"^library '.*': .*(read-only|no permission|cannot be opened)"):
        library_of(folder, RIVERS, Article("ice", "Ice", "Ice floats."))


def test_no_library_can_be_made_in_a_read_only_folder(folder: Path, make_read_only: Callable[[Path], None]) -> None:
    folder.mkdir()
    make_read_only(folder)
    for place in (folder, folder / "inside"):
        with pytest.raises(StorageError, match=r"read-only|no permission"):
            Library.create(place, fingerprint=FINGERPRINT)


def flip_bytes(file: Path, *, start: int, count: int) -> None:
    content = bytearray(file.read_bytes())
    for position in range(start, start + count):
        content[position] ^= 0xFF
    file.write_bytes(content)


def test_a_library_with_a_damaged_page_is_refused(folder: Path) -> None:
    library_of(folder, *ARTICLES).close()
    flip_bytes(folder / FILE_NAME, start=2 * 4096, count=100)
    with Library.open(folder) as library, pytest.raises(StorageError, match=DAMAGED):
        library.articles()


def test_a_truncated_library_is_refused(folder: Path) -> None:
    library_of(folder, *ARTICLES).close()
    content = (folder / FILE_NAME).read_bytes()
    (folder / FILE_NAME).write_bytes(content[: len(content) // 2])
    with pytest.raises(StorageError, match=DAMAGED):
        Library.open(folder)


def test_a_library_without_its_write_ahead_files_is_as_it_was_when_closed(folder: Path, tmp_path: Path) -> None:
    library_of(folder, *ARTICLES).close()
    (tmp_path / "copy").mkdir()
    shutil.copy(folder / FILE_NAME, tmp_path / "copy" / FILE_NAME)
    with Library.open(tmp_path / "copy") as library:
        assert answer(library) == ANSWER
