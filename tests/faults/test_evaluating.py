"""Runs that are killed: going on gives what a run that nobody disturbed gives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.faults, pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")]

ROOT = Path(__file__).parents[2]
NAMES = ["what was begun", "the answers", "the TREC run", "the report"]  # in the order they are given their name


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.evaluating", str(folder), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=environment)


def finish(folder: Path) -> None:
    process = start(folder)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said


def killed_after(folder: Path, answers: int) -> None:
    """Kill the run once so many answers are written."""
    process = start(folder)
    part = folder / "answers.jsonl.part"
    for _ in range(60_000):
        if process.poll() is not None or (part.is_file() and part.read_bytes().count(b"\n") >= answers):
            break
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def without_times(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]], bytes, list[str]]:
    report = json.loads((folder / "report.json").read_bytes())
    report["metrics"] = {name: metric for name, metric in report["metrics"].items() if not name.startswith("speed.")}
    answers = [json.loads(line) for line in (folder / "answers.jsonl").read_bytes().splitlines()]
    for answer in answers:
        del answer["seconds"]
    return report, answers, (folder / "run.trec").read_bytes(), sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    finish(folder)
    return folder


@pytest.mark.parametrize("answers", [0, 1, 9, 17, 25, 33])
def test_a_run_that_was_killed_goes_on_to_the_same_report(undisturbed: Path, tmp_path: Path, answers: int) -> None:
    killed_after(tmp_path, answers)
    finish(tmp_path)
    assert without_times(tmp_path) == without_times(undisturbed)


def test_a_run_that_was_killed_again_and_again_comes_to_the_same_report(undisturbed: Path, tmp_path: Path) -> None:
    for answers in (5, 15, 25):
        killed_after(tmp_path, answers)
    finish(tmp_path)
    assert without_times(tmp_path) == without_times(undisturbed)


@pytest.mark.parametrize("rename", [1, 2, 3, 4], ids=NAMES)
def test_a_run_that_died_as_it_named_a_file_goes_on_to_the_same_report(
    undisturbed: Path, tmp_path: Path, rename: int
) -> None:
    process = start(tmp_path, str(rename))
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "report.json").exists()
    finish(tmp_path)
    assert without_times(tmp_path) == without_times(undisturbed)
