"""One run of an uploaded file of questions: read it, ask it, keep its record up to date, end when it is unwanted."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from index.formats.files import shown_as
from index.protocols import Progress
from qa.answer import Reply
from qa.errors import DatasetError
from qa.evaluation.data import PairFile, locate, read_pairs
from qa.evaluation.data.locating import Articles
from qa.evaluation.metrics.descriptions import headlines
from qa.evaluation.report import Report
from qa.evaluation.run.evaluate import Ask, evaluate
from qa.evaluation.run.uploads import OWN_LIBRARY, Evaluation, Figure, Records, SampleRow, Stage, Understood
from qa.followups.standalone import Turn

MOST_PROBLEMS = 200  # that are kept for a person to read; the report names all
MOST_EXAMPLES = 3
MOST_NAME_CHARACTERS = 120
SECONDS_A_RECORD = 1.0


@dataclass(frozen=True, slots=True)
class AskedLibrary:
    """What a run asks: the articles, who answers, and all that decides the replies, as for `evaluate`."""

    library: Articles
    ask: Ask
    fingerprint: str = ""
    configuration: str = ""


Opening = Callable[[PairFile, Path, Progress], AbstractContextManager[AskedLibrary]]
"""Opens what a file of questions is asked of; for articles that it brings along, a library is made in the folder."""


def asking_only(library: Articles, ask: Ask) -> Opening:
    """Return what asks one library whatever it is asked; what decides the replies is not known, so none is resumed."""

    @contextmanager
    def opening(given: PairFile, folder: Path, progress: Progress) -> Iterator[AskedLibrary]:
        yield AskedLibrary(library, ask)

    return opening


class StopError(Exception):
    """Raised in the run's own thread: somebody wants it stopped."""


@dataclass(slots=True)
class RunningJob:
    """A run of this process: its record as it is now, and how to stop it."""

    evaluation: Evaluation
    stop: threading.Event
    thread: threading.Thread | None = None


def ask_all(run: RunningJob, records: Records, opening: Opening, give_way: Callable[[], object]) -> Evaluation:
    """Ask what is left of a run, write its files, and return the record of its end.

    ``give_way`` is called before each question; it may wait.

    Raises:
        StopError: the run is to stop; what was answered is kept.
        FootnoteError: it cannot be read, asked or written.
    """
    evaluation = run.evaluation
    folder = records.path(evaluation.id)
    given = read_uploaded(records.upload(evaluation), evaluation.name, evaluation.mapped)
    with opening(given, folder / OWN_LIBRARY, _telling(run, records, "reading")) as asked:
        questions, lost = locate(given.pairs, asked.library)

        def ask(question: str, *, history: Sequence[Turn]) -> Reply:
            give_way()
            if run.stop.is_set():
                raise StopError
            return asked.ask(question, history=history)

        report = evaluate(
            questions,
            ask,
            lambda article_id: asked.library.article(article_id).text,
            out=folder,
            progress=_telling(run, records, "asking"),
            dataset=evaluation.stem,
            fingerprint=asked.fingerprint,
            created=f"{evaluation.created[:16].replace('T', ' ')} UTC",
            configuration=asked.configuration,
            unusable=[problem.message for problem in (*given.problems, *lost)],
        )
    shutil.rmtree(folder / OWN_LIBRARY, ignore_errors=True)  # it can be made anew from the upload
    total = report.n_questions
    failed, figures = len(report.failed), _figures(report)
    return replace(run.evaluation, state="finished", done=total, total=total, failed=failed, figures=figures)


def _telling(run: RunningJob, records: Records, stage: Stage) -> Progress:
    """Return what is told of each thing done: it keeps the record up to date, and ends a run that is unwanted."""
    began: tuple[float, int] | None = None
    written = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal began, written
        now = time.monotonic()
        began = began or (now, done)  # what was answered before counts for nothing in the pace
        pace = (now - began[0]) / (done - began[1]) if done > began[1] else None
        run.evaluation = replace(
            run.evaluation,
            stage="measuring" if stage == "asking" and done == total else stage,
            done=done,
            total=total,
            seconds_left=None if pace is None else round(pace * (total - done), 1),
        )
        if now - written >= SECONDS_A_RECORD or done == total:
            written = now
            records.write(run.evaluation)
        if run.stop.is_set() and (stage == "reading" or done < total):
            raise StopError

    return tell


def understood_of(given: PairFile, library: Articles) -> Understood:
    """Return what was read of a file, the places of its answers looked up in the library that will be asked."""
    unasked = [problem.message for problem in given.problems if not problem.asked]
    lost = [problem.message for problem in given.problems if problem.asked]
    if not given.brings_articles:
        lost += [problem.message for problem in locate(given.pairs, library)[1]]
    return Understood(
        questions=len(given.pairs),
        answerable=sum(pair.question.answerable for pair in given.pairs),
        unusable=len(unasked),
        lack_gold=len(lost),
        articles=len(given.own_articles),
        columns=given.columns,
        others=given.others,
        problems=tuple([*unasked, *lost][:MOST_PROBLEMS]),
        examples=tuple(
            SampleRow(pair.question.question, pair.question.answers, pair.question.answerable)
            for pair in given.pairs[:MOST_EXAMPLES]
        ),
    )


def read_uploaded(path: Path, name: str, mapped: Sequence[tuple[str, str]]) -> PairFile:
    """Return the pairs of an uploaded file, which is called as its sender called it.

    Raises:
        DatasetError: it cannot be used.
    """
    with shown_as(path, name):
        return replace(read_pairs(path, mapped=tuple(mapped)), name=Path(name).stem)


def plain_name(name: str) -> str:
    """Return the last part of a name that somebody sent, as one line that can be stored and shown.

    Raises:
        DatasetError: nothing is left of it.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(character if character.isprintable() else "\ufffd" for character in last).strip()
    if not plain:
        raise DatasetError("the file has no name; send it with one, as in pairs.csv")
    stem, dot, suffix = plain.rpartition(".")
    return f"{stem[:MOST_NAME_CHARACTERS]}{dot}{suffix[:10]}" if stem else plain[:MOST_NAME_CHARACTERS]


def _figures(report: Report) -> dict[str, Figure]:
    found = {name: report.metrics[name] for name in headlines(report.metrics)}
    return {name: Figure(each.value, each.low, each.high, each.n) for name, each in found.items()}
