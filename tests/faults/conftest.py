"""Disks that are full, small or read-only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

BALLAST = "ballast"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes in memory; needs the right to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = sys.platform == "linux" and not subprocess.call(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], stderr=subprocess.DEVNULL
    )
    if not mounted:
        pytest.skip("no right to mount a small disk")
    yield place
    subprocess.check_call(["umount", "--lazy", place])


@pytest.fixture
def fill(small_disk: Path) -> Callable[[], None]:
    """Fill the small disk to its last byte."""

    def write_until_full() -> None:
        with (small_disk / BALLAST).open("ab", buffering=0) as ballast:
            for size in (65536, 512, 1):
                try:
                    while ballast.write(b"\0" * size) == size:
                        pass
                except OSError:
                    continue

    return write_until_full


@pytest.fixture
def make_read_only(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """Make a folder one that nobody can write to: by its mode, or for root by its disk."""

    def make(folder: Path) -> None:
        if os.geteuid() != 0:
            for path in (folder, *folder.iterdir()):
                path.chmod(path.stat().st_mode & ~0o222)
            request.addfinalizer(lambda: folder.chmod(0o755))
            return
        bind = subprocess.call(["mount", "--bind", folder, folder], stderr=subprocess.DEVNULL)
        if bind:
            pytest.skip("root can write to any folder, and there is no right to mount one read-only")
        request.addfinalizer(lambda: subprocess.check_call(["umount", "--lazy", folder]))
        subprocess.check_call(["mount", "-o", "remount,ro,bind", folder])

    return make
