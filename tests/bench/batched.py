"""An evaluation beside asking the same questions one at a time through the API.

``python -m tests.bench.batched DATASET LIBRARY [--questions N] [--rounds N] [--jobs N] [--thinking SECONDS]``

Both are the real product over the same library, measured in turn, round by
round. With ``--thinking`` every answer is worded by a server that takes so long
over it and has no end of places, as hosted language models do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qa.evaluation.data import locate, read_pairs
from qa.evaluation.data.datasets import Question
from qa.evaluation.run.evaluate import evaluate
from tests.bench.serving import served
from tests.qa.llm.scripted import Script, saying, serving
from ui.app.trust import TRUST_VARIABLE
from ui.app.wiring import OpenProduct, open_product
from ui.evaluate.configuration import default_jobs


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.batched")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("library", type=Path, help="holds the dataset's articles; it is copied, without its settings")
    parser.add_argument("--questions", type=int, default=100, help="spread over the dataset")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--thinking", type=float, metavar="SECONDS")
    arguments = parser.parse_args()
    with copied(arguments.library) as library, language_model(library, arguments.thinking):
        print(json.dumps(measured(arguments, library), indent=2))


def measured(arguments: argparse.Namespace, library: Path) -> dict[str, Any]:
    """Return questions per second of each, by round, and the ratios."""
    product = open_product(library)
    found, _ = locate(read_pairs(arguments.dataset).pairs, product.library)
    asked = found[:: max(1, len(found) // arguments.questions)][: arguments.questions]
    jobs = arguments.jobs or default_jobs(product)
    product.assistant.warm_up()
    single, together = [], []
    with tempfile.TemporaryDirectory() as home, served(Path(home), "--library", str(library)) as address:
        one_at_a_time(address, asked[:3])  # what the first questions load is not counted
        for _ in range(arguments.rounds):
            single.append(one_at_a_time(address, asked))
            together.append(evaluated(product, asked, jobs))
    ratios = [fast / slow for fast, slow in zip(together, single, strict=True)]
    return {
        "questions": len(asked),
        "jobs": jobs,
        "api_per_s": [round(rate, 2) for rate in single],
        "evaluation_per_s": [round(rate, 2) for rate in together],
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_least": round(min(ratios), 2),
    }


def one_at_a_time(address: str, questions: Sequence[Question]) -> float:
    """Return the rate of one client that waits for each reply."""
    began = time.perf_counter()
    for question in questions:
        body = json.dumps({"question": question.question}).encode()
        request = urllib.request.Request(f"{address}/v1/ask", body, {"content-type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request) as reply:  # noqa: S310  # a loopback address of our own
            json.load(reply)
    return len(questions) / (time.perf_counter() - began)


def evaluated(product: OpenProduct, questions: Sequence[Question], jobs: int) -> float:
    """Return the rate of a whole run, its journal and its reports included."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        evaluate(
            questions, product.assistant.ask, lambda id: product.library.article(id).text, out=Path(out), jobs=jobs
        )
    return len(questions) / (time.perf_counter() - began)


@contextmanager
def copied(library: Path) -> Iterator[Path]:
    """Give a copy of a library that has the default settings."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "library"
        shutil.copytree(library, copy, ignore=shutil.ignore_patterns("footnote.toml"))
        yield copy


@contextmanager
def language_model(library: Path, seconds: float | None) -> Iterator[None]:
    """Have answers worded by a server that takes so long over each, if any is to."""
    if seconds is None:
        yield
        return
    with serving(Script([b": thinking\n\n", saying("It is so [1].")], pause_s=seconds / 2)) as server:
        os.environ[TRUST_VARIABLE] = "1"  # the server is ours
        (library / "footnote.toml").write_text(f'[llm]\nbase_url = "{server.address}"\nmodel = "thinking"\n', "utf-8")
        yield


if __name__ == "__main__":
    main()
