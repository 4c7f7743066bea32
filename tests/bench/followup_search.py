"""Measure how follow-ups are searched: ``python -m tests.bench.followup_search DATASET [--library DIR]``.

The dataset's articles are indexed with the default settings, in the folder
given (and brought up to date there) or in a temporary one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from index.formats import read_articles
from index.retriever import HybridRetriever
from qa.evaluation.data.datasets import load_dataset
from tests.bench.followup_recall import article_recall
from ui.app.settings import Settings
from ui.app.wiring import indexer_of


def main() -> None:
    """Print article recall at 5 for each way of searching, over each half of the conversations and over all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.followup_search")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--library", type=Path, help="folder to index into; default: a temporary one")
    arguments = parser.parse_args()
    settings = Settings()
    indexer = indexer_of(settings)
    dataset = load_dataset(arguments.dataset)
    with ExitStack() as stack:
        folder = arguments.library or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footnote-talk-")))
        library = stack.enter_context(indexer.library_of(list(read_articles(dataset.corpus)), folder))
        retriever = HybridRetriever(library, indexer.embedder, settings.retrieval, fingerprint=indexer.fingerprint)
        measured = article_recall(dataset.questions, retriever, consulted=settings.answering.consulted)
    for way, halves in measured.items():
        figures = "  ".join(
            f"{half} {metric.value:.3f} [{metric.low:.3f}, {metric.high:.3f}] n {metric.n}"
            for half, metric in halves.items()
            if metric.value is not None and metric.low is not None and metric.high is not None
        )
        sys.stdout.write(f"{way:<46}{figures}\n")


if __name__ == "__main__":
    main()
