"""Score the product on a file or folder of questions: open or build the library that is asked, ask, report."""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from index.errors import StorageError
from index.formats import read_articles
from index.protocols import Progress
from index.storage.atomic_files import file_errors
from index.storage.private import make_private_folder
from qa.errors import DatasetError
from qa.evaluation.compare.baseline import Against
from qa.evaluation.data import PairFile, locate, parse_columns, read_pairs
from qa.evaluation.report import Report
from qa.evaluation.run.background_run import AskedLibrary
from qa.evaluation.run.evaluate import evaluate
from qa.evaluation.run.evaluations import Evaluations
from qa.evaluation.run.lock import only_run_in
from ui.app.settings import Settings
from ui.app.wiring import OpenProduct, Served, library_settings, open_product, product_of, with_seed_title
from ui.evaluate.configuration import configuration_of, default_jobs
from ui.evaluate.judge import make_judge

SHOWN_PROBLEMS = 20
EVALUATIONS = "evaluations"  # the folder, beside the library, of those that were uploaded

logger = logging.getLogger(__name__)


def evaluate_pairs(
    dataset: Path,
    library: Path | None,
    out: Path | None,
    progress: Progress,
    gates: Mapping[str, float] | None = None,
    *,
    corpus: Path | None = None,
    columns: Sequence[str] = (),
    jobs: int | None = None,
    restart: bool = False,
    judged: bool = False,
    against: Against | None = None,
) -> Report:
    """Ask every question of a file or folder, about its own articles if it brings some, or else about a library.

    For its own articles a library is made in ``library`` (and brought up to
    date there), or in a temporary folder. What ``out`` holds of the same run is
    not asked again, unless to ``restart``.

    Args:
        dataset: what `read_pairs` reads.
        library: the library's folder; None is the user's own, or a temporary one.
        out: where the files go; None writes none.
        progress: told of articles embedded, then of questions asked.
        gates: the least or most that metrics may be, to show in ``junit.xml``.
        corpus: articles that the questions are about.
        columns: ``FIELD=COLUMN``, over the usual names.
        jobs: how many questions are asked at a time; None is what suits the models.
        restart: ask everything anew.
        judged: have a language model judge the replies too.
        against: an earlier run to compare with.

    Raises:
        DatasetError: the dataset cannot be used, or not be compared.
        ConfigurationError: no language model is set up to judge.
        RunningError: another process writes to ``out``.
    """
    given = read_pairs(dataset, mapped=parse_columns(columns), corpus=corpus)
    with ExitStack() as stack:
        product = stack.enter_context(_asked(given, library, progress))
        jobs = jobs or default_jobs(product)
        judge = make_judge(product.settings, out, jobs, progress, restart=restart) if judged else None
        stack.enter_context(only_run_in(out))
        questions, lost = locate(given.pairs, product.library)
        if against is not None:
            against.require_comparable(questions)
        return evaluate(
            questions,
            product.assistant.ask,
            lambda article_id: product.library.article(article_id).text,
            out=out,
            progress=progress,
            dataset=given.name,
            fingerprint=product.fingerprint,
            gates=gates,
            configuration=configuration_of(product),
            restart=restart,
            jobs=jobs,
            judge=judge,
            against=against,
            unusable=[problem.message for problem in (*given.problems, *lost)],
        )


def describe_problems(report: Report) -> list[str]:
    """Return a line for each of the first problems of the data set, and one that counts them."""
    if not report.unusable:
        return []
    more = len(report.unusable) - SHOWN_PROBLEMS
    problems = "1 problem" if len(report.unusable) == 1 else f"{len(report.unusable)} problems"
    counted = f"{problems} in the questions; {report.n_questions} asked"
    return [*report.unusable[:SHOWN_PROBLEMS], *([f"and {more} more"] if more > 0 else []), counted]


@contextmanager
def _asked(given: PairFile, folder: Path | None, progress: Progress) -> Iterator[OpenProduct]:
    """Open what is asked: a library as it stands, or one that holds the pairs' own articles."""
    if not given.brings_articles:
        product = open_product(folder)
        with product.library:
            yield product
        return
    with ExitStack() as stack:
        folder = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footnote-eval-")))
        yield stack.enter_context(_over_its_own(given, folder, library_settings(folder), progress))


def _over_its_own(
    given: PairFile, folder: Path, settings: Settings, progress: Progress
) -> AbstractContextManager[OpenProduct]:
    """Make a library of the pairs' own articles, or bring it up to date, and open it."""
    articles = given.own_articles or [
        with_seed_title(article) for file in given.own_files for article in read_articles(file)
    ]
    return product_of(articles, settings, folder, progress=progress)


def open_evaluations(product: Served) -> Evaluations:
    """Open the evaluations beside a library; where it cannot be written they last as long as the server."""

    @contextmanager
    def opening(given: PairFile, folder: Path, progress: Progress) -> Iterator[AskedLibrary]:
        with ExitStack() as stack:
            asked: Served = product
            if given.brings_articles:
                asked = stack.enter_context(_over_its_own(given, folder, product.settings, progress))
            yield AskedLibrary(asked.library, asked.assistant.ask, asked.fingerprint, configuration_of(asked))

    folder = product.library.folder / EVALUATIONS
    try:
        with file_errors(folder):
            make_private_folder(folder)
    except StorageError as error:
        logger.warning("evaluations are kept until the server stops, and no longer: %s", error)
        return Evaluations.temporary(product.library, opening)
    return Evaluations(folder, product.library, opening)


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
