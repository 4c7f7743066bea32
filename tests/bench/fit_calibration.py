"""Fit the abstention rule to datasets and store it: ``python -m tests.bench.fit_calibration DATASET... --out DIR``.

For those who work on the product, not for its users: it writes the files of
``qa/calibration``. Each dataset is indexed with the default settings; what is
fitted on and what is judged on is decided by `qa.training.sets.part_of`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import Retrieval
from index.formats import read_articles
from index.retriever import HybridRetriever
from qa.abstaining import features
from qa.evaluation.calibrate.fit import CalibrationQuestion, JudgedCandidate, fit
from qa.evaluation.data.datasets import Question, load_dataset
from qa.evaluation.metrics.reliability import reliability_svg
from qa.readers.protocols import Candidate, Reader, SentenceReader
from qa.readers.span_reader import RANKED_BY, SpanReader
from qa.training.sets import Part, part_of
from ui.app.settings import Settings
from ui.app.wiring import Indexer, indexer_of, shipped_reader, shipped_reader_folder

MOST_WRONG = 0.1  # of the answers given
WRONG_IN = ("squad2", "xquad")  # where a quote beside the gold is wrong: of ClapNQ's sentences, others may answer too
JUDGED_BY = ("silent", "answers", "similarity")


def main() -> None:
    """Write a calibration for the default models, one without the reader, and one that uses words alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fit_calibration")
    parser.add_argument("datasets", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder of the calibration files")
    parser.add_argument(
        "--foreign",
        action="append",
        type=Path,
        default=[],
        help="a dataset whose questions are in another language than its articles: only how near they are is learnt",
    )
    arguments = parser.parse_args()
    settings = Settings()
    indexer, model = indexer_of(settings), shipped_reader()
    embedder = indexer.embedder
    found = [each for folder in arguments.datasets for each in _retrieved(folder, indexer)]
    foreign = [
        _nearest(each.hits)
        for folder in arguments.foreign
        for each in _retrieved(folder, indexer)
        if each.part == "calibrate" and each.question.answerable
    ]
    readers: dict[str, tuple[Reader, dict[str, Any]]] = {
        f"{embedder.name}+{model.name}": (
            SpanReader(model, dict.fromkeys(RANKED_BY, 1.0), passages=settings.reading.passages),
            {
                "ranked_by": RANKED_BY,
                "judged_by": JUDGED_BY,
                "reader": model.fingerprint,
                "most_wrong": MOST_WRONG,
                "wrong_in": WRONG_IN,
            },
        ),
        embedder.name: (SentenceReader(), {"ranked_by": ["sentence"], "judged_by": ["sentence"], "reader": None}),
        "words-alone": (SentenceReader(), {"ranked_by": ["sentence"], "judged_by": ["coverage"], "reader": None}),
    }
    for name, (reader, how) in readers.items():
        fitting, judging = (
            [example_of(each.dataset, each.question, each.hits, reader) for each in found if each.part == part]
            for part in ("calibrate", "test")
        )
        known = None if name == "words-alone" else embedder.fingerprint
        calibration = fit(fitting, judging, embedder=known, foreign=foreign, **how)
        if name == "words-alone":
            calibration["off_topic_similarity"] = 0.0
        (arguments.out / f"{name}.json").write_text(_written(calibration), "utf-8")
        if calibration["reader"]:
            curves = {each: figures["reliability"] for each, figures in calibration["figures"].items()}
            (shipped_reader_folder() / "reliability.svg").write_text(reliability_svg(curves), "utf-8")
        sys.stdout.write(f"{name}: threshold {calibration['threshold']}\n")


def _written(calibration: dict[str, Any]) -> str:
    """Return a calibration as JSON to be read by people and compared by git: each point of a curve is a line."""
    text = json.dumps(calibration, indent=1, sort_keys=True)
    innermost = r"(?<=[\[{])\s+([^\[\]{}]*?)\s+(?=[\]}])"
    return re.sub(innermost, lambda match: re.sub(r"\s*\n\s*", " ", match[1]), text) + "\n"


@dataclass(frozen=True, slots=True)
class _Found:
    dataset: str
    part: Part
    question: Question
    hits: Retrieval


def _retrieved(folder: Path, indexer: Indexer) -> Iterator[_Found]:
    dataset = load_dataset(folder)
    articles = {article.id: article for article in read_articles(dataset.corpus)}
    settings, fingerprint = indexer.settings, indexer.fingerprint
    with (
        tempfile.TemporaryDirectory(prefix="footnote-calibrate-") as place,
        indexer.library_of(list(articles.values()), Path(place)) as library,
    ):
        retriever = HybridRetriever(
            library, indexer.embedder, settings.retrieval, fingerprint=fingerprint, read=settings.reading.passages
        )
        for question in dataset.questions:
            about = articles.get(question.cluster)
            part = part_of(about.title if about else question.cluster, dataset.name)
            if part != "train" and (question.gold or not question.answerable):
                found = retriever.retrieve(question.question, k=settings.answering.consulted)
                yield _Found(dataset.name, part, question, found)


def example_of(dataset: str, question: Question, found: Retrieval, reader: Reader) -> CalibrationQuestion:
    """Return what is learnt from one question: its candidates, each judged."""
    candidates = reader.read(question.question, found)
    return CalibrationQuestion(
        dataset=dataset,
        candidates=[JudgedCandidate(candidate.signals, _is_right(question, candidate)) for candidate in candidates],
        context=[_context(found, candidate) for candidate in candidates],
        answerable=question.answerable,
        similarity=_nearest(found),
    )


def _nearest(found: Retrieval) -> float:
    return max((hit.similarity for hit in found.sentences), default=0.0)


def _context(found: Retrieval, candidate: Candidate) -> dict[str, float]:
    measured = features(found, [candidate])
    return {name: measured[name] for name in ("coverage", "similarity")}


def _is_right(question: Question, candidate: Candidate) -> bool:
    """Tell whether a candidate's sentence shares a character with what answers the question."""
    place = candidate.sentence.passage
    return question.answerable and any(
        gold.article_id == place.article_id and (gold.span is None or gold.span.overlaps(place.span))
        for gold in question.gold
    )


if __name__ == "__main__":
    main()
