"""What a run has answered so far: a line a question, so that a run that was killed goes on where it was.

While a run lasts the lines are in ``answers.jsonl.part``, as they come; when
all have come they are put into ``answers.jsonl``, in the order of the
questions. A line that was answered counts for a question only where the key is
the same: the question with its history, asked of the same articles with the
same settings, models and code. So a run never mixes two, and both files serve
as a cache.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from index.errors import StorageError
from index.storage.atomic_files import file_errors, whole_file, write_through
from qa.errors import DatasetError
from qa.evaluation.data.datasets import Question
from qa.evaluation.data.question_json import question_to_json

ANSWERS = "answers.jsonl"
PART = ".part"
LINES_A_SYNC = 50  # this many answers are lost at most when the power fails; none when only the process dies

Record = dict[str, Any]
logger = logging.getLogger(__name__)


def answer_key(question: Question, configuration: str) -> str:
    """Return what an answer is known by; nothing that does not change the reply is in it."""
    asked = [configuration, question.question, [asdict(turn) for turn in question.history]]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:24]


class Journal:
    """The lines of one run; a context manager, which keeps what was answered however it ends."""

    def __init__(self, folder: Path, questions: Sequence[Question], configuration: str, *, restart: bool) -> None:
        """Read what was answered before; without a configuration, or with ``restart``, that is nothing.

        Raises:
            StorageError: the folder cannot be written to.
        """
        self._path = folder / ANSWERS
        self._questions = questions
        self._by_id = {question.id: question for question in questions}
        self._keys = {question.id: answer_key(question, configuration) for question in questions}
        with file_errors(self._path):
            folder.mkdir(parents=True, exist_ok=True)
        self.records = self._kept() if configuration and not restart else {}
        self._unsynced = 0
        self._file = self._begun()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, *_: object) -> None:
        if isinstance(raised, KeyboardInterrupt):  # what a face says of it
            done, total = f"{len(self.records):,}", f"{len(self._questions):,}"
            raised.args = (f"{self._path.parent}: stopped; the same command goes on after {done} of {total} answers",)
        with file_errors(self._path):  # closing writes what is buffered, so a full disk shows here too
            self._file.close()

    def write(self, question: Question, record: Record) -> None:
        """Keep what came of a question: in the file before this returns.

        Raises:
            StorageError: the disk is full, or gone.
        """
        line = {"id": question.id, "asked": question_to_json(question), **record, "key": self._keys[question.id]}
        self.records[question.id] = line
        with file_errors(self._path):
            self._file.write(_line(line))
            self._file.flush()
            self._unsynced += 1
            if self._unsynced >= LINES_A_SYNC:
                write_through(self._file)
                self._unsynced = 0

    def finish(self) -> None:
        """Give the answers their own name, in the order of the questions.

        Raises:
            StorageError: the disk is full, or gone.
        """
        with whole_file(self._path) as file:
            file.writelines(_line(self.records[question.id]) for question in self._questions)
        self._file.close()
        with file_errors(self._path):
            self._path.with_name(ANSWERS + PART).unlink()

    def _kept(self) -> dict[str, Record]:
        """Return the answers that this run would give again; a question that failed is asked again."""
        kept: dict[str, Record] = {}
        others = 0
        for path in (self._path, self._path.with_name(ANSWERS + PART)):
            for record in _whole_lines(path):
                question = self._by_id.get(str(record.get("id")))
                if question is None or record.get("key") != self._keys[question.id]:
                    others += 1
                elif "reply" in record and isinstance(record.get("seconds"), float | int):
                    kept[question.id] = {**record, "asked": question_to_json(question)}  # its gold may be another
        if kept:
            logger.warning("%s: %s of %s questions are answered there; only the others are asked",
                           self._path.parent, f"{len(kept):,}", f"{len(self._questions):,}")  # fmt: skip
        elif others:
            logger.warning("%s: answered with other articles, settings, code or questions; all %s are asked anew",
                           self._path, f"{len(self._questions):,}")  # fmt: skip
        return kept

    def _begun(self) -> TextIO:
        """Return the file to go on with: what is kept is in it, and no line that was torn."""
        path = self._path.with_name(ANSWERS + PART)
        with whole_file(path) as file:
            file.writelines(_line(record) for record in self.records.values())
        with file_errors(self._path):
            return path.open("a", encoding="utf-8", newline="\n")


def read_answers(folder: Path) -> list[Record]:
    """Return the lines of a finished run.

    Raises:
        DatasetError: there is none, or it is damaged.
    """
    path = folder / ANSWERS
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        again = " (a run stopped there; the same command goes on with it)" if _is_part(path) else ""
        raise DatasetError(f"{path}: cannot be read ({error.strerror}){again}") from error
    records = []
    for number, line in enumerate(lines, start=1):
        record = _parsed(line)
        if record is None or not isinstance(record.get("id"), str):
            raise DatasetError(f"{path}:{number}: not an answer of a run; run the evaluation again")
        records.append(record)
    return records


def _is_part(path: Path) -> bool:
    return path.with_name(path.name + PART).is_file()


def _whole_lines(path: Path) -> Iterator[Record]:
    """Give the records of a file that may be torn anywhere; a line that cannot be read is as good as none."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror}); choose another directory") from error
    with file:
        for line in file:
            record = _parsed(line) if line.endswith(b"\n") else None
            if record is not None:
                yield record


def _parsed(line: bytes) -> Record | None:
    try:
        record: Mapping[str, Any] = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return dict(record) if isinstance(record, dict) else None


def _line(record: Record) -> str:
    return json.dumps(record) + "\n"
