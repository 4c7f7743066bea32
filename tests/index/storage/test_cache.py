"""Folders for what can be made anew: the user's own, or none that anybody could have prepared."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from index.storage import cache
from index.storage.cache import cache_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows guards a user's folders itself")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, everybody's as it is on a real machine; the user's cache is beside it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache._of_this_process.cache_clear()
    return folder


@pytest.fixture
def no_cache(temporary: Path, tmp_path: Path) -> Path:
    """As above, where the user has no cache that can be written; the folder that is used instead."""
    (tmp_path / "cache").touch()
    return temporary / f"footnote-{os.getuid()}"


def test_it_is_in_the_users_cache_and_his_alone(temporary: Path, tmp_path: Path) -> None:
    folder = cache_folder("engines")
    assert folder == tmp_path / "cache" / "footnote" / "engines"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(temporary.iterdir()) == []


def test_a_cache_that_an_earlier_version_made_for_all_is_closed(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "cache" / "footnote").mkdir(parents=True)
    (tmp_path / "cache" / "footnote").chmod(0o775)
    folder = cache_folder("engines")
    assert folder == tmp_path / "cache" / "footnote" / "engines"
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_without_a_cache_it_is_among_the_temporary_files_and_the_users_alone(no_cache: Path) -> None:
    assert cache_folder("engines") == no_cache / "engines"
    assert stat.S_IMODE(no_cache.stat().st_mode) == 0o700


def test_one_that_somebody_else_made_among_the_temporary_files_is_not_used(no_cache: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give folders away")
    no_cache.mkdir(mode=0o700)
    os.chown(no_cache, 12345, 12345)
    folder = cache_folder("engines")
    assert folder.parent.parent == no_cache.parent
    assert folder.parent != no_cache
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert cache_folder("engines") == folder  # the same for as long as the process lasts


def test_a_link_that_somebody_else_put_there_is_not_followed(no_cache: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give links away")
    (tmp_path / "own").mkdir(mode=0o700)
    no_cache.symlink_to(tmp_path / "own")
    os.chown(no_cache, 12345, 12345, follow_symlinks=False)
    assert cache_folder("engines").parent != no_cache
    assert list((tmp_path / "own").iterdir()) == []
