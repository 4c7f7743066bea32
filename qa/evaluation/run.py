"""Ask every question of a data set, keep what came of it, and measure.

Written to the output directory: ``answers.jsonl`` (a reply a line, as they
come), ``run.trec`` (the articles found) and ``report.json``. Each appears
under its own name only once it is whole.
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol, TextIO
from urllib.parse import quote

from index.errors import FootnoteError, StorageError
from qa.answer import Reply
from qa.conversation import Turn
from qa.evaluation.datasets import Question
from qa.evaluation.metrics import measure
from qa.evaluation.metrics.abstention import risk_coverage_curve
from qa.evaluation.metrics.retrieval import rank_articles
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import Report, report_to_json
from qa.reply_json import reply_to_json


class Ask(Protocol):
    """What is evaluated."""

    def __call__(self, question: str, *, history: Sequence[Turn]) -> Reply:
        """Return the reply to a question that was asked after some turns; most have none before them."""
        ...


VERSIONED = ("footnote-qa", "faiss-cpu", "ir-measures", "numpy", "sentence-transformers", "torch")


def evaluate(
    questions: Sequence[Question],
    ask: Ask,
    article_text: Callable[[str], str],
    *,
    out: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    dataset: str = "",
    fingerprint: str = "",
    created: str | None = None,
    unusable: Sequence[str] = (),
    clock: Callable[[], float] = time.perf_counter,
) -> Report:
    """Return the report of asking every question, in order, each with the conversation it belongs to.

    A question that raises a `FootnoteError` is recorded as failed and left out
    of every metric; any other exception is a defect and stops the run.

    Args:
        questions: what to ask.
        ask: gives the reply to one question, after the turns of its history.
        article_text: gives an article's text by id, to check quotes against.
        out: directory for the files, made if missing; None writes nothing.
        progress: called after each question with how many are done, and of how many.
        dataset: name of the data set, for the report.
        fingerprint: what the library was made with, for the report.
        created: when, for the report; it is not read from a clock here.
        unusable: what of the data set could not be used, for the report.
        clock: seconds, for the time each question takes.

    Raises:
        StorageError: the output directory cannot be written to.
    """
    with ExitStack() as files:
        answers = None if out is None else files.enter_context(_whole_file(out / "answers.jsonl"))
        outcomes, failed = _ask_all(questions, ask, answers, progress, clock)
    report = Report(
        dataset=dataset,
        n_questions=len(questions),
        n_unanswerable=sum(not question.answerable for question in questions),
        failed=failed,
        metrics=measure(outcomes, article_text),
        curves={"risk_coverage": risk_coverage_curve(outcomes)},
        models=dict(outcomes[0].reply.trace.models) if outcomes else {},
        fingerprint=fingerprint,
        versions=_versions(),
        created=created,
        unusable=tuple(unusable),
    )
    if out is not None:
        for name, text in (("run.trec", trec_run(outcomes)), ("report.json", report_to_json(report))):
            with _whole_file(out / name) as file, _storage_errors(out / name):
                file.write(text)
    return report


def _ask_all(
    questions: Sequence[Question],
    ask: Ask,
    answers: TextIO | None,
    progress: Callable[[int, int], None] | None,
    clock: Callable[[], float],
) -> tuple[list[Outcome], dict[str, str]]:
    """Return what came of each question, and the error of each that failed, by id."""
    outcomes: list[Outcome] = []
    failed: dict[str, str] = {}
    for done, question in enumerate(questions, start=1):
        began = clock()
        try:
            reply = ask(question.question, history=question.history)
        except FootnoteError as error:
            failed[question.id] = str(error)
            _write_line(answers, {"id": question.id, "error": str(error)})
        else:
            outcomes.append(Outcome(question, reply, clock() - began))
            _write_line(answers, {"id": question.id, "reply": reply_to_json(reply)})
        if progress is not None:
            progress(done, len(questions))
    return outcomes, failed


def trec_run(outcomes: Sequence[Outcome]) -> str:
    """Return the articles found for each question in trec_eval's run format.

    The score is 1 / rank: trec_eval orders by score alone and breaks ties its
    own way, so a score of ours with ties would be another ranking. White space
    in ids is percent-encoded, since it parts the columns.
    """
    return "".join(
        f"{_column(outcome.question.id)} Q0 {_column(article_id)} {rank} {1 / rank:.6f} footnote\n"
        for outcome in outcomes
        for rank, article_id in enumerate(rank_articles(outcome.consulted), start=1)
    )


def _column(identifier: str) -> str:
    return re.sub(r"\s", lambda match: quote(match.group()), identifier)


def _write_line(file: TextIO | None, record: dict[str, Any]) -> None:
    if file is not None:
        with _storage_errors(Path(file.name)):
            file.write(json.dumps(record) + "\n")
            file.flush()


@contextmanager
def _whole_file(path: Path) -> Iterator[TextIO]:
    """Open ``path`` for writing under a temporary name, and give it its own when all went well."""
    unfinished = path.with_name(path.name + ".part")
    with _storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = unfinished.open("w", encoding="utf-8", newline="\n")
    try:
        yield file
    finally:
        with _storage_errors(path):  # closing writes what is buffered, so a full disk shows here too
            file.close()
    with _storage_errors(path):
        os.replace(unfinished, path)


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror}); choose another directory") from error


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
