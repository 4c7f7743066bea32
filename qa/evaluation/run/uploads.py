"""What is kept of an evaluation that somebody uploaded: a folder as ``--out`` makes it, and a small file of its state.

The folder holds ``run.json`` (the record), the uploaded file as ``questions``
with its own suffix, and what a run writes. The record is written under another
name and then renamed, so that it is always whole.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from index.storage.atomic_files import file_errors, whole_file
from qa.errors import EvaluationNotFoundError
from qa.evaluation.journal import PART

RECORD = "run.json"
UPLOAD = "questions"
OWN_LIBRARY = "library"
ID = re.compile(r"[0-9a-z]{8,64}")
UNFINISHED = (PART, ".begun", ".order", ".new")  # the last three of earlier versions

State = Literal["ready", "running", "stopped", "finished", "failed"]
Stage = Literal["reading", "asking", "measuring"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row as it was understood: what is asked, and what would be right."""

    question: str
    answers: Sequence[str]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read of an uploaded file, before anything is asked.

    ``columns`` are the file's own names for each field, ``others`` those that
    mean nothing to us. ``unusable`` rows are not asked; rows that ``lack_gold``
    are, without the place or article that they name. ``problems`` are the
    first of both, a line each.
    """

    questions: int
    answerable: int
    unusable: int = 0
    lack_gold: int = 0
    articles: int = 0  # that the file brings along, and that are asked instead of the library
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    others: Sequence[str] = ()
    problems: Sequence[str] = ()
    examples: Sequence[SampleRow] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A main figure of a finished run, with its 95 % interval."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An uploaded set of questions, and how far its run is.

    ``name`` is what the file was called; ``mapped`` what the sender said of its
    columns, as (field, column). ``done`` of ``total`` count questions, and
    articles in the stage ``reading``. ``message`` says why a run failed.
    """

    id: str
    name: str
    created: str
    understood: Understood
    mapped: Sequence[tuple[str, str]] = ()
    state: State = "ready"
    stage: Stage = "asking"
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    message: str = ""
    failed: int = 0
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """What the data set is called in a report."""
        return Path(self.name).stem


class Records:
    """The folder of the evaluations of a library."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read or made yet."""
        self.folder = folder

    def path(self, evaluation_id: str) -> Path:
        """Return the folder of an evaluation.

        Raises:
            EvaluationNotFoundError: there is none.
        """
        if ID.fullmatch(evaluation_id) and (self.folder / evaluation_id / RECORD).is_file():
            return self.folder / evaluation_id
        raise EvaluationNotFoundError(f"there is no evaluation {evaluation_id!r:.80}; it may have been deleted")

    def upload(self, evaluation: Evaluation) -> Path:
        """Return the file that was uploaded."""
        return self.folder / evaluation.id / upload_name(evaluation.name)

    def read(self, evaluation_id: str) -> Evaluation:
        """Return a record as it was written last; whether the run is still there is not looked at.

        Raises:
            EvaluationNotFoundError: there is none, or it cannot be read.
        """
        path = self.path(evaluation_id) / RECORD
        try:
            record = _parsed(json.loads(path.read_bytes()))
            return replace(record, id=evaluation_id)  # a library may be a stranger's: where to write it does not say
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            logger.warning("%s: not a record of an evaluation (%s)", path, error)
            raise EvaluationNotFoundError(
                f"the evaluation {evaluation_id!r} cannot be read; delete its folder"
            ) from error

    def write(self, evaluation: Evaluation) -> None:
        """Keep a record.

        Raises:
            StorageError: the disk is full, or gone.
        """
        with whole_file(self.folder / evaluation.id / RECORD) as file:
            json.dump(asdict(evaluation), file, ensure_ascii=False, indent=1)

    def all(self) -> list[Evaluation]:
        """Return every record, newest first; what is none is left out."""
        try:
            ids = [entry.name for entry in self.folder.iterdir() if (entry / RECORD).is_file()]
        except FileNotFoundError:
            return []
        found = []
        for evaluation_id in ids:
            try:
                found.append(self.read(evaluation_id))
            except EvaluationNotFoundError:
                continue
        return sorted(found, key=lambda each: (each.created, each.id), reverse=True)

    def delete(self, evaluation_id: str) -> None:
        """Delete an evaluation with all its files.

        Raises:
            EvaluationNotFoundError: there is none.
            StorageError: it cannot be deleted.
        """
        path = self.path(evaluation_id)
        with file_errors(path):
            (path / RECORD).unlink()  # from here on it is gone, whatever happens to the rest
            shutil.rmtree(path)

    def files(self, evaluation_id: str) -> list[Path]:
        """Return the files that can be downloaded, by name: the upload, and what a run has finished writing."""
        whole = [path for path in self.path(evaluation_id).iterdir() if path.is_file() and path.name != RECORD]
        return sorted(path for path in whole if not path.name.startswith(".") and path.suffix not in UNFINISHED)


def upload_name(name: str) -> str:
    """Return what an upload is called in its folder: nothing of what its sender called it but the kind."""
    suffix = Path(name).suffix.lower()
    return UPLOAD + (suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else "")


def _parsed(record: dict[str, Any]) -> Evaluation:
    understood = record.pop("understood")
    examples = tuple(SampleRow(**each) for each in understood.pop("examples", ()))
    figures = {name: Figure(**each) for name, each in record.pop("figures", {}).items()}
    mapped = tuple((str(each), str(column)) for each, column in record.pop("mapped", ()))
    known = {each.name for each in fields(Evaluation)}
    kept = {name: value for name, value in record.items() if name in known}  # a newer version may say more
    return Evaluation(**kept, understood=Understood(**understood, examples=examples), mapped=mapped, figures=figures)
