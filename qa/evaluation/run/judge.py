"""What a language model makes of the replies of a run: whether answers are right, and statements borne out.

These figures are another model's opinion and are kept apart from those that
are counted: their names begin with ``judged.``, and no gate looks at them
unless it names one. What was not judged (no reply, or one that is no verdict)
is never counted as wrong: it is in ``judged.not_judged`` alone. An abstention
is not put to the judge, nor a statement that is a quote word for word.

Verdicts are kept in ``judged.jsonl``, a line each, by what was asked of which
model: a run that goes on asks nothing again but what had no reply.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from index.storage.atomic_files import file_errors
from qa.answer import Answer
from qa.errors import LanguageModelError
from qa.evaluation.metrics.interval import Metric, mean
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import Report
from qa.evaluation.run.judge_prompt import (
    PROMPT_VERSION,
    Judgement,
    Kind,
    correctness_prompt,
    faithfulness_prompt,
    read_judgement,
)
from qa.evaluation.statements import plain_answer, statements
from qa.llm.model import LanguageModel, Prompt
from qa.llm.prompting import estimated_tokens

JUDGED = "judged.jsonl"
FAILURES_IN_A_ROW = 5  # then the server is taken for gone, and the rest is not asked
MOST_KEPT = 300  # characters kept of a reply that is no verdict

Record = dict[str, Any]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to judge; ``cluster`` is the article of its question."""

    question_id: str
    cluster: str
    kind: Kind
    prompt: Prompt
    key: str


def cases(outcomes: Sequence[Outcome], model: str) -> list[Case]:
    """Return what there is to judge: answers to questions that list right ones, and statements that are no quotes."""
    found: list[Case] = []
    for outcome in outcomes:
        question, reply = outcome.question, outcome.reply
        if not isinstance(reply, Answer):
            continue
        asked = reply.trace.standalone_question
        if question.answerable and question.answers:
            prompt = correctness_prompt(asked, question.answers, plain_answer(reply))
            found.append(_case(outcome, "correctness", prompt, model))
        for stated in statements(reply):
            if stated.text and not stated.verbatim:
                prompt = faithfulness_prompt(asked, stated.text, stated.quotes)
                found.append(_case(outcome, "faithfulness", prompt, model))
    return found


def _case(outcome: Outcome, kind: Kind, prompt: Prompt, model: str) -> Case:
    asked = json.dumps([PROMPT_VERSION, kind, model, *prompt])
    key = hashlib.sha256(asked.encode()).hexdigest()[:24]
    return Case(outcome.question.id, outcome.question.cluster, kind, prompt, key)


class Judge:
    """Adds to a report what a language model makes of its replies."""

    def __init__(
        self,
        model: LanguageModel,
        *,
        room: int,
        folder: Path | None = None,
        jobs: int = 1,
        restart: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Take the model, and where verdicts are kept.

        Args:
            model: asked from several threads when there is more than one job.
            room: tokens that a prompt may have; what has more is not judged.
            folder: of the run; None keeps nothing.
            jobs: how many are asked at a time.
            restart: ask also what was judged before.
            progress: told how many are done, and of how many.
        """
        self._model, self._room, self._jobs, self._progress = model, room, jobs, progress
        self._path = None if folder is None else folder / JUDGED
        self._restart = restart
        self._failed_in_a_row = 0
        self._last_failure = ""

    def __call__(self, report: Report, outcomes: Sequence[Outcome]) -> Report:
        """Return the report with the figures under ``judged.``, the model as ``judge`` and the prompt's version.

        Raises:
            StorageError: the verdicts cannot be kept.
        """
        listed = cases(outcomes, self._model.name)
        judgements = self._judge_all(listed)
        self._warn(listed, judgements)
        return replace(
            report,
            metrics={**report.metrics, **measure_judgements(listed, judgements)},
            models={**report.models, "judge": self._model.name},
            versions={**report.versions, "judge prompt": PROMPT_VERSION},
        )

    def _judge_all(self, listed: Sequence[Case]) -> dict[str, Judgement | None]:
        """Return the verdicts by key; None is a reply that is none, and what had no reply is not in it."""
        known = {} if self._path is None or self._restart else _kept(self._path)
        judgements = {each.key: known[each.key] for each in listed if each.key in known}
        total = len({each.key for each in listed})
        left = list({each.key: each for each in listed if each.key not in known}.values())
        with self._journal() as file, closing(self._asked(left)) as asked:
            for done, (case, written) in enumerate(asked, start=len(judgements) + 1):
                if written is not None:
                    judgements[case.key] = found = read_judgement(written, case.kind)
                    if file is not None and self._path is not None:
                        with file_errors(self._path):
                            file.write(json.dumps(self._record(case, found, written)) + "\n")
                            file.flush()
                if self._progress is not None:
                    self._progress(done, total)
        return judgements

    def _asked(self, left: Sequence[Case]) -> Generator[tuple[Case, str | None]]:
        pool = ThreadPoolExecutor(self._jobs, thread_name_prefix="judging")
        try:
            yield from zip(left, pool.map(self._ask, left), strict=True)
        finally:  # a defect, or Ctrl-C: what has not begun does not
            pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, case: Case) -> str | None:
        """Return what the model wrote of one case; None where it did not, or could not be asked."""
        if self._failed_in_a_row >= FAILURES_IN_A_ROW:
            return None
        if estimated_tokens("".join(case.prompt)) > self._room:
            self._last_failure = "the prompt is longer than context_tokens allows"
            return None
        try:
            with closing(self._model.stream(case.prompt)) as pieces:
                written = "".join(piece.text for piece in pieces)
        except LanguageModelError as error:
            self._failed_in_a_row += 1
            self._last_failure = str(error)
            return None
        self._failed_in_a_row = 0
        return written

    def _journal(self) -> AbstractContextManager[TextIO | None]:
        if self._path is None:
            return nullcontext()
        with file_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return _appended(self._path, anew=self._restart)

    def _record(self, case: Case, found: Judgement | None, written: str) -> Record:
        record: Record = {"key": case.key, "id": case.question_id, "kind": case.kind}
        if found is None:
            record |= {"holds": None, "written": written[:MOST_KEPT]}
        else:
            record |= {"holds": found.holds, "reason": found.reason}
        return {**record, "model": self._model.name, "prompt": PROMPT_VERSION}

    def _warn(self, listed: Sequence[Case], judgements: dict[str, Judgement | None]) -> None:
        unread = sum(each.key in judgements and judgements[each.key] is None for each in listed)
        silent = sum(each.key not in judgements for each in listed)
        if unread or silent:
            why = f"; the last: {self._last_failure}" if silent and self._last_failure else ""
            logger.warning(
                "%s of %s were not judged: to %s the judge's reply was no verdict, to %s there was none%s",
                f"{unread + silent:,}", f"{len(listed):,}", f"{unread:,}", f"{silent:,}", why,
            )  # fmt: skip


def measure_judgements(listed: Sequence[Case], judgements: dict[str, Judgement | None]) -> dict[str, Metric]:
    """Return the figures; each ``n`` counts what was judged, that of ``judged.not_judged`` what was to be."""
    judged = [(each, found) for each in listed if (found := judgements.get(each.key)) is not None]
    metrics = {}
    kinds: tuple[Kind, ...] = ("correctness", "faithfulness")
    for kind in kinds:
        of_kind = [(each, found) for each, found in judged if each.kind == kind]
        metrics[f"judged.{kind}"] = mean([found.holds for _, found in of_kind], [each.cluster for each, _ in of_kind])
    missing = [judgements.get(each.key) is None for each in listed]
    return {**metrics, "judged.not_judged": mean(missing, [each.cluster for each in listed])}


def _appended(path: Path, *, anew: bool) -> TextIO:
    """Return the file to go on with; a line that was torn is ended, and so is lost alone."""
    file = path.open("w" if anew else "a", encoding="utf-8", newline="\n")
    if not anew and path.stat().st_size:
        with path.open("rb") as before:
            before.seek(-1, 2)
            if before.read() != b"\n":
                file.write("\n")
    return file


def _kept(path: Path) -> dict[str, Judgement | None]:
    """Return the verdicts that were kept, by key; a line that cannot be read is as good as none."""
    kept: dict[str, Judgement | None] = {}
    with file_errors(path):
        lines = path.read_bytes().splitlines() if path.is_file() else []
    for line in lines:
        try:
            record = json.loads(line)
            holds = record["holds"]
            kept[str(record["key"])] = None if holds is None else Judgement(bool(holds), str(record["reason"]))
        except (ValueError, RecursionError, LookupError, TypeError):
            continue
    return kept
