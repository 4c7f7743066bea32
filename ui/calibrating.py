"""Fit the abstention rule to datasets and store it: ``python -m ui.calibrating DATASET... --out DIR``.

For those who work on the product, not for its users: it writes the files of
``qa/calibration``. Each dataset is indexed with the default settings.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from index.article import Retrieval
from index.ingest import ingest
from index.library import Library
from index.protocols import Embedder
from index.reading import read_articles
from index.retriever import HybridRetriever
from qa.abstaining import features
from qa.evaluation.calibrating import Example, fit
from qa.evaluation.datasets import Question, load_dataset
from qa.reader import SentenceReader
from ui.compose import fingerprint_of, make_embedder
from ui.settings import Settings


def main() -> None:
    """Write one calibration for the default embedding model, and one that uses words alone."""
    parser = argparse.ArgumentParser(prog="python -m ui.calibrating")
    parser.add_argument("datasets", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder of the calibration files")
    arguments = parser.parse_args()
    settings = Settings()
    embedder = make_embedder(settings)
    examples = [e for folder in arguments.datasets for e in _examples(folder, embedder, settings)]
    own = fit(examples, names=["score"], embedder=embedder.fingerprint)
    words = fit(examples, names=["coverage"], embedder=None)
    for name, calibration in ((embedder.name, own), ("words-alone", words | {"off_topic_similarity": 0.0})):
        text = json.dumps(calibration, indent=1, sort_keys=True) + "\n"
        (arguments.out / f"{name}.json").write_text(text, "utf-8")
        sys.stdout.write(text)


def _examples(folder: Path, embedder: Embedder, settings: Settings) -> Iterator[Example]:
    dataset = load_dataset(folder)
    fingerprint = fingerprint_of(settings, embedder)
    with (
        tempfile.TemporaryDirectory(prefix="footnote-calibrate-") as place,
        Library.create(Path(place), fingerprint=fingerprint) as library,
    ):
        ingest(read_articles(dataset.corpus), library, embedder, settings.chunking)
        retriever = HybridRetriever(library, embedder, settings.retrieval, fingerprint=fingerprint)
        for question in dataset.questions:
            if question.gold or not question.answerable:
                found = retriever.retrieve(question.question, k=settings.answering.consulted)
                yield _example(dataset.name, question, found)


def _example(dataset: str, question: Question, found: Retrieval) -> Example:
    candidates = SentenceReader().read(question.question, found)
    best = candidates[0].sentence.passage
    right = any(
        gold.article_id == best.article_id and (gold.span is None or gold.span.overlaps(best.span))
        for gold in question.gold
    )
    return Example(
        dataset=dataset,
        article=question.cluster,
        features=features(found, candidates),
        right=right and question.answerable,
        answerable=question.answerable,
        similarity=max(hit.similarity for hit in found.sentences),
    )


if __name__ == "__main__":
    main()
