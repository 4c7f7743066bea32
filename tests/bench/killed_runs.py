"""Evaluations that are killed: ``python -m tests.bench.killed_runs [--rounds 10] [--seed 6] [DATASET]``.

Runs the real ``footnote eval`` twice without disturbing it, then starts it
again and again, kills it (SIGKILL) at a moment drawn from the whole length of a
run, and lets the same command finish. What each leaves must be, byte for byte
but for times, what the first left. Prints a Markdown table; exit code 1 when
something differs.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FILES = ("answers.jsonl", "report.json", "report.html", "report.csv", "junit.xml", "run.trec")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.killed_runs")
    parser.add_argument("dataset", type=Path, nargs="?", default=ROOT / "seeds")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=6)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="footnote-killed-") as name:
        home, dataset = Path(name), arguments.dataset
        began = time.monotonic()
        finish(dataset, home / "first", home)
        length = time.monotonic() - began
        finish(dataset, home / "second", home)
        expected = without_times(home / "first")
        same = differing(without_times(home / "second"), expected)
        print(f"A run took {length:.1f} s. A second one differs in: {', '.join(same) or 'nothing but times'}.\n")
        print("| killed after | answers there | asked again | differs in |\n|---|---|---|---|")
        failed = bool(same)
        for number in range(arguments.rounds):
            out, moment = home / str(number), chance.uniform(0.3, length)
            while (there := killed_after(dataset, out, home, moment)) is None:  # it was faster this time
                shutil.rmtree(out)
                moment = chance.uniform(0.3, moment)
            said = finish(dataset, out, home)
            found = differing(without_times(out), expected)
            failed = failed or bool(found)
            again = re.search(r"(\d+) of (\d+) questions are answered", said)
            asked = int(again[2]) - int(again[1]) if again else "all"
            print(f"| {moment:.1f} s | {there} | {asked} | {', '.join(found) or 'nothing but times'} |", flush=True)
    sys.exit(failed)


def start(dataset: Path, out: Path, home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ui.cli.main", "eval", str(dataset), "--out", str(out)]
    own = {"TMPDIR": str(home), "XDG_DATA_HOME": str(home / "data"), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own}, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip


def finish(dataset: Path, out: Path, home: Path) -> str:
    process = start(dataset, out, home)
    _, said = process.communicate()
    if process.returncode:
        sys.exit(f"the run failed:\n{said}")
    return said


def killed_after(dataset: Path, out: Path, home: Path, seconds: float) -> str | None:
    """Kill a run, and tell how many answers it leaves; None is one that was done before it could be killed."""
    process = start(dataset, out, home)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    if process.returncode != -signal.SIGKILL:
        return None
    for name in ("answers.jsonl.part", "answers.jsonl"):
        if (out / name).is_file():
            lines = (out / name).read_bytes().splitlines()
            return f"{len(lines)} ({name})"
    return "none"


def without_times(folder: Path) -> dict[str, str]:
    """Return the text of each file of a run, whatever tells a time taken out, and the names of all that is there."""
    texts = {name: (folder / name).read_text("utf-8") for name in FILES}
    report = json.loads(texts["report.json"])
    report["metrics"] = {name: metric for name, metric in report["metrics"].items() if not name.startswith("speed.")}
    figures = r'<tr><th scope="row">speed\.\w+</th>.*?</tr>'
    shown = texts["report.html"]
    speed = re.search(r"<details><summary>Time of each stage.*?</details>", shown, re.DOTALL)
    shown = shown.replace(speed[0], "") if speed else shown
    shown = re.sub(figures, "", shown)
    table = list(csv.DictReader(io.StringIO(texts["report.csv"], newline="")))
    return {
        "answers.jsonl": json.dumps([_untimed(json.loads(line)) for line in texts["answers.jsonl"].splitlines()]),
        "report.json": json.dumps(report),
        "report.html": re.sub(r'"milliseconds":[\d.]+', "", shown),
        "report.csv": json.dumps([{**row, "milliseconds": ""} for row in table]),
        "junit.xml": re.sub(r' time="[\d.]+"', "", texts["junit.xml"]),
        "run.trec": texts["run.trec"],
        "the folder": " ".join(sorted(path.name for path in folder.iterdir())),
    }


def _untimed(record: dict[str, Any]) -> dict[str, Any]:
    record["seconds"] = 0
    if "reply" in record:
        record["reply"]["timings_ms"] = {}
    return record


def differing(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    return [name for name, text in expected.items() if found[name] != text]


if __name__ == "__main__":
    main()
