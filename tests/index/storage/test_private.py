"""Files and folders that are one user's alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from index.storage.conversations import ConversationStore
from index.storage.library import Library
from index.storage.private import close_library, make_private_folder, only_we_write
from index.vectors.snapshots import build_snapshot, publish
from tests.world import ARTICLES, library_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows guards a user's folders itself")
NOBODY = 12345


def mode_of(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.fixture(autouse=True)
def generous_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def lax(tmp_path: Path) -> Path:
    """A library as an earlier version made it, readable by all."""
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("library.sqlite3", "library.sqlite3-wal", "widget.sqlite3", "faiss.json", "passages.faiss"):
        (folder / name).write_text("x")
    (folder / "evaluations").mkdir()
    return folder


def given_away(path: Path) -> Path:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(path, NOBODY, NOBODY)
    return path


def test_a_folder_is_made_for_its_user_alone_and_so_are_those_above_it(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "a" / "b")
    assert (mode_of(tmp_path / "a"), mode_of(tmp_path / "a" / "b")) == ("0o700", "0o700")


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    make_private_folder(tmp_path / "a")
    assert mode_of(tmp_path / "a") == "0o777"


def test_a_file_where_the_folder_would_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(FileExistsError):
        make_private_folder(tmp_path / "a")


def test_a_library_of_an_earlier_version_is_closed_to_others(lax: Path) -> None:
    close_library(lax)
    modes = {path.name: mode_of(path) for path in (lax, *lax.iterdir())}
    assert modes == {
        "library": "0o700",
        "library.sqlite3": "0o600",
        "library.sqlite3-wal": "0o600",
        "widget.sqlite3": "0o600",
        "faiss.json": "0o600",
        "passages.faiss": "0o600",
        "evaluations": "0o700",
    }


def test_a_folder_that_holds_other_things_too_stays_open_and_so_do_they(lax: Path) -> None:
    (lax / "notes.txt").touch()
    close_library(lax)
    assert (mode_of(lax), mode_of(lax / "notes.txt"), mode_of(lax / "library.sqlite3")) == ("0o777", "0o666", "0o600")


def test_the_folder_of_temporary_files_is_never_closed(lax: Path) -> None:
    lax.chmod(0o1777)
    close_library(lax)
    assert (mode_of(lax), mode_of(lax / "library.sqlite3")) == ("0o1777", "0o600")


def test_a_folder_with_nothing_in_it_and_one_that_is_not_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    close_library(tmp_path / "empty")
    close_library(tmp_path / "nowhere")
    assert mode_of(tmp_path / "empty") == "0o777"


def test_what_a_link_leads_to_stays_as_it_is(lax: Path, tmp_path: Path) -> None:
    public = tmp_path / "public.html"
    public.touch()
    (lax / "sentences.faiss").symlink_to(public)
    close_library(lax)
    assert mode_of(public) == "0o666"


def test_somebody_elses_files_stay_as_they_are(lax: Path) -> None:
    given_away(lax / "library.sqlite3")
    close_library(lax)
    assert mode_of(lax / "library.sqlite3") == "0o666"


@pytest.mark.parametrize(
    ("mode", "ours"), [(0o600, True), (0o644, True), (0o620, False), (0o602, False)], ids=["600", "644", "620", "602"]
)
def test_a_file_is_ours_alone_where_nobody_else_may_write_it(tmp_path: Path, mode: int, ours: bool) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(mode)
    assert only_we_write(file) is ours


def test_a_file_that_is_not_there_or_somebody_elses_is_not_ours(tmp_path: Path) -> None:
    assert not only_we_write(tmp_path / "nowhere")
    file = tmp_path / "file"
    file.touch(0o600)
    assert not only_we_write(given_away(file))


def test_a_link_that_somebody_else_made_is_not_ours_whatever_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o600)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "file")
    assert only_we_write(link)
    if os.geteuid() != 0:
        pytest.skip("only root can give links away")
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    assert not only_we_write(link)


def test_a_library_is_its_users_alone_while_it_is_written_too(tmp_path: Path) -> None:
    folder = tmp_path / "own" / "library"
    with library_of(folder, *ARTICLES) as library, closing(ConversationStore.open(folder)):
        publish(library, build_snapshot(library))
        paths = {path.name: mode_of(path) for path in (folder.parent, folder, *folder.iterdir())}
    assert {name for name, mode in paths.items() if mode == "0o700"} == {"own", "library"}
    assert {name for name, mode in paths.items() if mode == "0o600"} == {
        *("library.sqlite3", "library.sqlite3-wal", "library.sqlite3-shm"),
        *("faiss.json", "passages.faiss", "sentences.faiss"),
    }


@pytest.mark.parametrize("opening", [Library.open, Library.open_for_rewriting, ConversationStore.open])
def test_one_that_was_open_to_others_is_closed_when_it_is_opened(tmp_path: Path, opening: Any) -> None:
    folder = tmp_path / "library"
    library_of(folder, *ARTICLES).close()
    folder.chmod(0o755)
    (folder / "library.sqlite3").chmod(0o644)
    opening(folder).close()
    assert (mode_of(folder), mode_of(folder / "library.sqlite3")) == ("0o700", "0o600")
