"""Files that are replaced as a whole, and what killed processes leave."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from index.storage.atomic_files import remove_leftovers, replace_file, whole_file
from tests.architecture.checkout import ROOT

PATTERN = ".words.*.tmp"
# Writes a file as the product does, and stops for ever where it is half written.
WRITING = """
import os, sys
from pathlib import Path
from index.storage import atomic_files
def stop(handle):
    print("half written", flush=True)
    sys.stdin.read()
atomic_files.os.fsync = stop
atomic_files.replace_file(Path(sys.argv[1]), b"new")
"""


def writer(path: Path) -> subprocess.Popen[bytes]:
    """Start a process that has written half of a file, and goes on when its standard input ends."""
    command = [sys.executable, "-c", WRITING, str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"half written\n"
    return process


def leftovers(folder: Path) -> list[Path]:
    return list(folder.glob(PATTERN))


def test_a_file_takes_the_place_of_another_and_is_its_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_bytes(b"old")
    path.chmod(0o644)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_cannot_be_given_its_name_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "in the way").touch()
    with pytest.raises(OSError, match="words"):
        replace_file(tmp_path / "words", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["words"]


def test_a_whole_file_has_the_mode_of_the_one_whose_place_it_takes(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with whole_file(path) as file:
        file.write("new\n")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new\n"
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_whole_file_is_as_the_users_other_files_are(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with whole_file(tmp_path / "missing" / "words") as file:
        file.write("new")
    assert (tmp_path / "missing" / "words").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_file_that_is_not_finished_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(b"old")
    with pytest.raises(UnicodeEncodeError), whole_file(tmp_path / "words") as file:
        file.writelines(("half", "\ud800"))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.faults
def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "words"
    with writer(path) as process:
        process.send_signal(signal.SIGKILL)
    assert len(leftovers(tmp_path)) == 1
    replace_file(path, b"new")
    assert leftovers(tmp_path) == []


@pytest.mark.faults
def test_what_a_living_process_is_writing_stays_and_gets_its_name(tmp_path: Path) -> None:
    path = tmp_path / "words"
    with writer(path) as process:
        remove_leftovers(tmp_path, PATTERN)
        assert len(leftovers(tmp_path)) == 1
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    assert path.read_bytes() == b"new"
    assert leftovers(tmp_path) == []


def test_files_of_earlier_versions_go_too_and_nothing_else_does(tmp_path: Path) -> None:
    for name in (".words.10266.tmp", ".other.10266.tmp", "words.tmp"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path, PATTERN)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.10266.tmp", "words.tmp"]


def test_a_link_is_no_leftover(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    (tmp_path / ".words.1.tmp").symlink_to(tmp_path / "kept")
    remove_leftovers(tmp_path, PATTERN)
    assert (tmp_path / "kept").exists()
