"""Speed, measured and never asserted: `make bench`, or ``python -m tests.bench [--corpus FILE] [--rounds N]``.

Prints one JSON document. Rates that are compared are measured in turn, round by
round, in one run; medians are quoted, because machines are noisy.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.chunking import cut_article
from index.embedding.sentence_transformers import SentenceTransformersEmbedder
from index.formats import read_articles
from index.ingest import embedded_text
from index.sentences import split_sentences
from index.storage.library import Library
from tests.bench.load import load
from tests.bench.painting import first_paint
from ui.app.settings import Settings
from ui.app.wiring import Indexer, indexer_of, product_over, seed_articles

LIBRARY_ARTICLES = 2_000
QUESTIONS = (
    "Who asked for the intervention of the Collective Defense Pact troops?",
    "How big is Kazakhstan compared with Italy?",
    "Why did Nazarbayev move away from Moscow after 2014?",
    "What did the Telegram channels say?",
    "What is the capital of Australia?",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--corpus", type=Path, help="a corpus.jsonl to measure on, instead of made-up articles")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    articles = list(islice(read_articles(arguments.corpus), LIBRARY_ARTICLES)) if arguments.corpus else made_up()
    settings = Settings()
    indexer = indexer_of(settings)
    report: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "articles": len(articles)}
    report["embedding_minilm"] = embedding_rates(
        SentenceTransformersEmbedder(precision=settings.embedding.precision), articles[:150], settings, arguments.rounds
    )
    with tempfile.TemporaryDirectory() as folder:
        report["indexing"] = indexing(indexer, articles, Path(folder))
        report["answering_ms_large_library"] = answering(settings, Path(folder) / "library")
        seed = Path(folder) / "seed"
        index(indexer, [a for file in seed_articles() for a in read_articles(file)], seed)
        report["answering_ms_seed_library"] = answering(settings, seed)
    report["cold_ask"] = cold_ask(arguments.rounds)
    report["server_first_answer_s"] = server_first_answer(arguments.rounds)
    try:
        report["first_paint"] = first_paint()
    except pytest.skip.Exception as no_chromium:
        report["first_paint"] = str(no_chromium)
    report["load"] = load(askers=50, seconds=60.0)
    print(json.dumps(report, indent=2))


def made_up() -> list[Article]:
    """Return articles of ten sentences of the seed article in chance order, each with a number of its own."""
    (seed,) = (a for file in seed_articles() for a in read_articles(file))
    sentences = [span.slice(seed.text) for span in split_sentences(seed.text)]
    chance = random.Random(0)  # not a secret

    def text(number: int) -> str:
        return " ".join(f"{sentence} Note {number}.{n}." for n, sentence in enumerate(chance.sample(sentences, 10)))

    return [Article(f"made-up-{n}", f"Article {n}", text(n), source=f"made-up-{n}") for n in range(LIBRARY_ARTICLES)]


def embedding_rates(
    embedder: SentenceTransformersEmbedder, articles: Sequence[Article], settings: Settings, rounds: int
) -> dict[str, float]:
    """Compare our bulk embedding with a plain ``SentenceTransformer.encode`` in fp32, on the same texts."""
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(embedder._folder))
    chunks = [(a, cut_article(a, embedder, settings.chunking)) for a in articles]
    texts = [embedded_text(p, a, settings.chunking) for a, cut in chunks for p in (*cut.passages, *cut.sentences)]
    tokens = sum(len(embedder.tokens(text)) for text in texts)
    embedder.embed_passages(texts[:64])  # the bf16 copy is made once, not in the timed part
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(seconds(lambda: plain.encode(texts, show_progress_bar=False)))
        ours.append(seconds(lambda: embedder.embed_passages(texts)))
    ratios = [t / o for t, o in zip(theirs, ours, strict=True)]
    return {
        "texts": len(texts),
        "tokens": tokens,
        "ours_tokens_per_s": tokens / statistics.median(ours),
        "plain_fp32_tokens_per_s": tokens / statistics.median(theirs),
        "ratio_median": statistics.median(ratios),
        "ratio_least": min(ratios),
        "ratio_most": max(ratios),
    }


def indexing(indexer: Indexer, articles: Sequence[Article], folder: Path) -> dict[str, float]:
    """Compare indexing as a whole with the part of it that is spent embedding."""
    spent, embedder = 0.0, indexer.embedder
    embed = embedder.embed_passages

    def timed(*arguments: Any, **options: Any) -> Any:
        nonlocal spent
        began = time.perf_counter()
        try:
            return embed(*arguments, **options)
        finally:
            spent += time.perf_counter() - began

    embedder.embed_passages = timed  # type: ignore[method-assign]  # measured from outside, as it is
    total = seconds(lambda: index(indexer, articles, folder / "library"))
    embedder.embed_passages = embed  # type: ignore[method-assign]
    return {"total_s": total, "embedding_s": spent, "ratio": total / spent}


def index(indexer: Indexer, articles: Sequence[Article], folder: Path) -> None:
    with indexer.library_of(articles, folder):
        pass


def answering(settings: Settings, folder: Path) -> dict[str, float]:
    """Time the stages of whole answers, after one question to warm up."""
    indexer = indexer_of(settings)
    with Library.open(folder, fingerprint=indexer.fingerprint) as library:
        product = product_over(library, indexer)
        product.assistant.ask("What is it about?")
        replies = [product.assistant.ask(question) for _ in range(20) for question in QUESTIONS]
    stages = {
        stage: sorted(reply.trace.timings_ms[stage] for reply in replies) for stage in ("retrieve", "read", "total")
    }
    of_each = {f"{stage}_p50": statistics.median(times) for stage, times in stages.items()}
    return of_each | {
        "total_p95": stages["total"][int(0.95 * len(replies))],
        "share_read": sum(stages["read"]) / sum(stages["total"]),
    }


def cold_ask(rounds: int) -> dict[str, float]:
    """Measure ``footnote ask`` as a new process, on a library that exists: median seconds, and the most memory."""
    command = [sys.executable, "-c", "from ui.cli.main import main; main()", "ask", QUESTIONS[0]]
    subprocess.run(command, check=True, capture_output=True)
    spent, peaks = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        spent.append(time.perf_counter() - began)
        peaks.append(usage.ru_maxrss / 1024)
    return {"seconds": statistics.median(spent), "peak_mib": max(peaks)}


def server_first_answer(rounds: int) -> float:
    """Return the median seconds from starting ``footnote serve`` to the reply to its first question."""
    return statistics.median(_first_answer() for _ in range(rounds))


def _first_answer() -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from ui.cli.main import main; main()", "serve", "--port", str(port)]
    asked = urllib.request.Request(  # a loopback address of our own
        f"http://127.0.0.1:{port}/v1/ask",
        json.dumps({"question": QUESTIONS[0]}).encode(),
        {"Content-Type": "application/json"},
    )
    began = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - began < 60:
            try:
                with urllib.request.urlopen(asked, timeout=60) as reply:  # noqa: S310  # http, see above
                    json.load(reply)
                return time.perf_counter() - began
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        raise TimeoutError("the server did not answer within 60 seconds")
    finally:
        server.terminate()
        server.wait(timeout=30)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
