"""Two processes on one folder: the second is told who is there, and a process that died stands in nobody's way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from index.errors import StorageError
from qa.errors import RunningError
from qa.evaluation.run.lock import HOLDER, only_run_in
from tests.architecture.checkout import ROOT

HOLD = """
import sys, time
from pathlib import Path
from qa.evaluation.run.lock import only_run_in
with only_run_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holding(folder: Path) -> subprocess.Popen[str]:
    """Return a process that holds the folder."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str], sign: int) -> None:
    process.send_signal(sign)
    process.communicate(timeout=10)


def test_a_second_run_in_a_folder_is_told_who_is_there_and_since_when(tmp_path: Path) -> None:
    process = holding(tmp_path)
    since = json.loads((tmp_path / HOLDER).read_text("utf-8"))["since"]
    with pytest.raises(RunningError) as raised, only_run_in(tmp_path):
        pass
    end(process, signal.SIGTERM)
    assert str(raised.value) == (
        f"{tmp_path}: another evaluation writes there (process {process.pid}, since {since}); "
        "wait for it, or name another --out"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_the_lock_of_a_process_that_was_killed_does_not_stand(tmp_path: Path) -> None:
    end(holding(tmp_path), signal.SIGKILL)
    assert (tmp_path / HOLDER).exists()
    with only_run_in(tmp_path):
        pass


def test_a_folder_is_free_again_after_a_run_however_it_ended(tmp_path: Path) -> None:
    with pytest.raises(KeyError), only_run_in(tmp_path / "new"):
        raise KeyError
    with only_run_in(tmp_path / "new"):
        pass
    assert not (tmp_path / "new" / HOLDER).exists()


def test_a_holder_that_has_not_signed_yet_is_said_to_have_just_begun(tmp_path: Path) -> None:
    process = holding(tmp_path)
    (tmp_path / HOLDER).unlink()
    with pytest.raises(RunningError, match=r"\(which began just now\)"), only_run_in(tmp_path):
        pass
    end(process, signal.SIGTERM)


def test_no_folder_is_nobodys() -> None:
    with only_run_in(None):
        pass


def test_a_folder_that_cannot_be_made_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with (
        pytest.raises(StorageError, match=r"file/out: cannot be written \(Not a directory\); choose another directory"),
        only_run_in(tmp_path / "file" / "out"),
    ):
        pass
