"""Score the product on a dataset's folder: build its library, ask, report."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from index.article import Article
from index.errors import DatasetError
from index.ingest import ingest
from index.library import Library
from index.protocols import Progress
from index.reading import read_articles, readable_files
from qa.evaluation.datasets import load_dataset, load_questions
from qa.evaluation.report import Report
from qa.evaluation.run import evaluate
from ui import compose
from ui.compose import fingerprint_of, product_over
from ui.run_configuration import DEFAULT_JOBS, configuration_of
from ui.settings import read_settings


def evaluate_folder(
    dataset: Path,
    library: Path | None,
    out: Path | None,
    progress: Progress,
    gates: Mapping[str, float] | None = None,
    *,
    jobs: int | None = None,
    restart: bool = False,
) -> Report:
    """Ask every question of a dataset about its own articles.

    The library is made in ``library`` (and brought up to date there), or in a
    temporary folder. What ``out`` holds of the same run is not asked again,
    unless to ``restart``.

    Raises:
        DatasetError: the dataset cannot be used.
    """
    if not dataset.is_dir():
        raise DatasetError(f"{str(dataset)!r} is not a folder; a dataset is a folder with questions.jsonl")
    has_corpus = (dataset / "corpus.jsonl").is_file()
    articles = list(read_articles(dataset / "corpus.jsonl")) if has_corpus else _article_files(dataset)
    questions = (
        load_dataset(dataset).questions
        if has_corpus
        else load_questions(dataset / "questions.jsonl", articles={a.id: a.text for a in articles})
    )
    with ExitStack() as stack:
        folder = library or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footnote-eval-")))
        settings = read_settings(folder)
        embedder = compose.make_embedder(settings)
        fingerprint = fingerprint_of(settings, embedder)
        stored = stack.enter_context(Library.create(folder, fingerprint=fingerprint))
        ingest(articles, stored, embedder, settings.chunking, progress=progress)
        product = product_over(stored, embedder, settings, fingerprint)
        return evaluate(
            questions,
            product.assistant.ask,
            lambda article_id: stored.article(article_id).text,
            out=out,
            progress=progress,
            dataset=dataset.resolve().name,
            fingerprint=fingerprint,
            gates=gates,
            configuration=configuration_of(product),
            restart=restart,
            jobs=jobs or DEFAULT_JOBS,
        )


def gates(wanted: Sequence[str]) -> dict[str, float]:
    """Parse ``METRIC=VALUE`` gates.

    Raises:
        DatasetError: one is not of that form.
    """
    parsed = {}
    for gate in wanted:
        name, separator, value = gate.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not separator or not name or not math.isfinite(number):
            raise DatasetError(f"--fail-under {gate!r} is not of the form METRIC=VALUE, as in citation.recall=0.8")
        parsed[name.strip()] = number
    return parsed


def _article_files(dataset: Path) -> list[Article]:
    """Read the articles that stand beside ``questions.jsonl``; a README tells about them and is none."""
    files = [
        file for file in readable_files(dataset) if file.name != "questions.jsonl" and file.stem.lower() != "readme"
    ]
    if not files:
        raise DatasetError(f"{dataset} has neither corpus.jsonl nor article files beside questions.jsonl")
    return [article for file in files for article in read_articles(file)]
