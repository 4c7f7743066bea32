"""Ask every question of a data set, keep what came of it, and measure.

Written to the output directory: ``answers.jsonl`` (a reply a line, see
`journal`), ``run.trec`` (the articles found), ``report.json``, and the same for
people and other programs (`files_of`). Each appears under its own name only
once it is whole.
"""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from index.errors import FootnoteError
from index.storage.atomic_files import whole_file
from qa.answer import Reply
from qa.evaluation.compare.baseline import Against
from qa.evaluation.data.datasets import Question
from qa.evaluation.journal import Journal, Record
from qa.evaluation.metrics import measure
from qa.evaluation.metrics.abstention import confidence_and_right, risk_coverage_curve
from qa.evaluation.metrics.reliability import reliability
from qa.evaluation.metrics.retrieval import rank_articles
from qa.evaluation.metrics.slices import measure_slices
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import Report, report_to_json
from qa.evaluation.reports.files import files_of
from qa.followups.standalone import Turn
from qa.reply_json import reply_from_json, reply_to_json


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
    gates: Mapping[str, float] | None = None,
    configuration: str = "",
    restart: bool = False,
    jobs: int = 1,
    judge: Callable[[Report, Sequence[Outcome]], Report] | None = None,
    against: Against | None = None,
) -> Report:
    """Return the report of asking every question, each with the conversation it belongs to.

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
        gates: the least or most that metrics may be, to show in ``junit.xml``.
        configuration: all that decides the replies, as one string; what ``out`` holds of the same is not asked
            again. Empty: everything is asked.
        restart: ask everything anew.
        jobs: how many questions are asked at a time; ``ask`` is then called from several threads.
        judge: adds to the report what a language model makes of the replies.
        against: an earlier run to compare with, in the report and its files.

    Raises:
        StorageError: the output directory cannot be written to.
    """
    with ExitStack() as files:
        journal = None if out is None else files.enter_context(Journal(out, questions, configuration, restart=restart))
        records = _answer_all(questions, ask, journal, progress, clock, jobs)
        if journal is not None:
            journal.finish()
    outcomes = [_outcome(question, records[question.id]) for question in questions if "reply" in records[question.id]]
    failed = {question.id: records[question.id]["error"] for question in questions if "error" in records[question.id]}
    report = Report(
        dataset=dataset,
        n_questions=len(questions),
        n_unanswerable=sum(not question.answerable for question in questions),
        failed=failed,
        metrics=measure(outcomes, article_text),
        curves={
            "risk_coverage": risk_coverage_curve(outcomes),
            "reliability": reliability(*confidence_and_right(outcomes)),
        },
        models=dict(outcomes[0].reply.trace.models) if outcomes else {},
        fingerprint=fingerprint,
        versions=_versions(),
        created=created,
        slices=measure_slices(outcomes),
        configuration=configuration,
        hardware=_hardware(),
        unusable=tuple(unusable),
        jobs=jobs,
    )
    if judge is not None:
        report = judge(report, outcomes)
    if against is not None:
        report = against.compared(report, outcomes)
    if out is not None:
        written = {"run.trec": trec_run(outcomes), "report.json": report_to_json(report)}
        written |= files_of(report, questions, outcomes, article_text, gates, against)
        for name, text in written.items():
            with whole_file(out / name) as file:
                file.write(text)
    return report


def _answer_all(
    questions: Sequence[Question],
    ask: Ask,
    journal: Journal | None,
    progress: Callable[[int, int], None] | None,
    clock: Callable[[], float],
    jobs: int,
) -> Mapping[str, Record]:
    """Return what came of each question by id: its reply, or the error it failed with.

    ``seconds`` is what a question added to the run: the time since the one
    before it was done, which is how long it took where one is asked at a time.
    """
    records: dict[str, Record] = {} if journal is None else dict(journal.records)
    left = [question for question in questions if question.id not in records]
    if records and progress is not None:
        progress(len(records), len(questions))
    before = clock()
    with closing(_answered(left, ask, jobs)) as answered:
        for question, came in answered:
            now = clock()
            records[question.id] = record = {**came, "seconds": round(now - before, 6)}
            before = now
            if journal is not None:
                journal.write(question, record)
            if progress is not None:
                progress(len(records), len(questions))
    return records


def _answered(questions: Sequence[Question], ask: Ask, jobs: int) -> Generator[tuple[Question, Record]]:
    """Give what comes of each question as it comes; with one job, in order."""
    if jobs == 1:
        for question in questions:
            yield question, _ask_one(question, ask)
        return
    waiting = iter(questions)
    with ThreadPoolExecutor(jobs, thread_name_prefix="asking") as pool:
        asked: dict[Future[Record], Question] = {}
        try:
            while True:
                for question in islice(waiting, 2 * jobs - len(asked)):  # a few in hand, so that no thread waits
                    asked[pool.submit(_ask_one, question, ask)] = question
                if not asked:
                    return
                for done in wait(asked, return_when=FIRST_COMPLETED).done:
                    yield asked.pop(done), done.result()
        finally:  # a defect, or Ctrl-C: what has not begun does not
            pool.shutdown(wait=False, cancel_futures=True)


def _ask_one(question: Question, ask: Ask) -> Record:
    try:
        return {"reply": reply_to_json(ask(question.question, history=question.history))}
    except FootnoteError as error:
        return {"error": str(error)}


def _outcome(question: Question, record: Record) -> Outcome:
    """Read the reply back from what is kept of it, fresh or not: so a run that went on measures the same."""
    return Outcome(question, reply_from_json(record["reply"]), record["seconds"])


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


def _hardware() -> dict[str, str]:
    return {"machine": platform.machine(), "system": platform.system(), "processors": str(os.cpu_count())}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
