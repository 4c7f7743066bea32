"""Evaluations that are kept beside a library: uploaded, asked in a thread of their own, stopped, gone on with.

Each is a folder that ``footnote eval --out`` could have made, so it goes on
after a stop or a crash by the journal in it, and ``footnote eval compare`` reads
it too. One runs at a time. What is told of a run is what its record says, and
who has the lock: a record that says ``running`` where nobody has it is of a
server that is gone, and counts as stopped.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import uuid
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from index.errors import FootnoteError
from index.storage.atomic_files import file_errors
from index.storage.private import make_private_folder
from qa.errors import EvaluationError, EvaluationNotFoundError
from qa.evaluation.compare.paired_bootstrap import compare, read_run
from qa.evaluation.comparison import Comparison
from qa.evaluation.data.locating import Articles
from qa.evaluation.run.background_run import (
    Opening,
    RunningJob,
    StopError,
    ask_all,
    plain_name,
    read_uploaded,
    understood_of,
)
from qa.evaluation.run.lock import RunningLock
from qa.evaluation.run.uploads import Evaluation, Records, upload_name

STOP_WAIT_S = 10.0  # for the question that is being answered

logger = logging.getLogger(__name__)


class Evaluations:
    """The evaluations of a library; safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        library: Articles,
        opening: Opening,
        *,
        lasts: bool = True,
        give_way: Callable[[], object] = lambda: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        """Use a folder, which is made when it is needed.

        Args:
            folder: where they are kept.
            library: what is asked where a file brings no articles of its own.
            opening: opens what is asked.
            lasts: whether the folder outlives the server.
            give_way: called before each question; it may wait.
            now, new_id: the clock, and names that nobody can guess: who has one may read that evaluation.
        """
        self.lasts = lasts
        self.give_way = give_way
        self._records = Records(folder)
        self._library = library
        self._opening = opening
        self._now, self._new_id = now, new_id
        self._lock = threading.Lock()
        self._running_lock: RunningLock | None = None
        self._running: RunningJob | None = None

    @classmethod
    def temporary(cls, library: Articles, opening: Opening) -> Evaluations:
        """Keep them in a folder of their own until nobody uses them any more."""
        folder = Path(tempfile.gettempdir()) / f"footnote-evaluations-{uuid.uuid4().hex}"
        evaluations = cls(folder, library, opening, lasts=False)
        weakref.finalize(evaluations, shutil.rmtree, folder, ignore_errors=True)
        return evaluations

    # What there is

    def all(self) -> list[Evaluation]:
        """Return every evaluation as it stands, newest first."""
        holder = self._holder()
        return [self._as_it_is(each, holder) for each in self._records.all()]

    def get(self, evaluation_id: str) -> Evaluation:
        """Return one of them as it stands.

        Raises:
            EvaluationNotFoundError: there is none.
        """
        return self._as_it_is(self._records.read(evaluation_id), self._holder())

    def files(self, evaluation_id: str) -> list[Path]:
        """Return the files that can be downloaded.

        Raises:
            EvaluationNotFoundError: there is no such evaluation.
        """
        return self._records.files(evaluation_id)

    def file(self, evaluation_id: str, name: str) -> Path:
        """Return one of them by its name.

        Raises:
            EvaluationNotFoundError: there is no such evaluation, or no such file of it.
        """
        for path in self._records.files(evaluation_id):
            if path.name == name:
                return path
        raise EvaluationNotFoundError(f"the evaluation has no file {name!r:.80}; it may not be finished yet")

    def compare(self, evaluation_id: str, baseline_id: str) -> Comparison:
        """Return how a finished run differs from another, by the names of their files and their days.

        Raises:
            EvaluationNotFoundError: there is no such evaluation.
            EvaluationError: one of them is not finished.
            DatasetError: they have no question in common.
        """
        runs = []
        for each in (self.get(evaluation_id), self.get(baseline_id)):
            if each.state != "finished":
                raise EvaluationError(f"{each.name} is not finished; compare runs that are")
            name = f"{each.name} ({each.created[:19].replace('T', ' ')})"
            runs.append(replace(read_run(self._records.path(each.id)), name=name))
        return compare(runs[0], runs[1])

    # What changes them

    def add(self, name: str, content: BinaryIO, mapped: Sequence[tuple[str, str]] = ()) -> Evaluation:
        """Keep an uploaded file of questions, and say what was read of it; nothing is asked yet.

        Raises:
            DatasetError: it cannot be read, or has no question that can be asked.
            StorageError: it cannot be kept.
        """
        name = plain_name(name)
        evaluation_id = self._new_id()
        folder = self._records.folder / evaluation_id
        path = folder / upload_name(name)
        with file_errors(self._records.folder):
            make_private_folder(self._records.folder)
            folder.mkdir(mode=0o700)
        try:
            with file_errors(folder), path.open("xb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
            given = read_uploaded(path, name, mapped)
            understood = understood_of(given, self._library)
            created = self._now().isoformat(timespec="milliseconds")
            questions = understood.questions
            made = Evaluation(evaluation_id, name, created, understood, mapped=tuple(mapped), total=questions)
            self._records.write(made)
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return made

    def start(self, evaluation_id: str) -> Evaluation:
        """Ask the questions of an evaluation in a thread of its own, or those that are left of them.

        Raises:
            EvaluationNotFoundError: there is none.
            EvaluationError: it is finished, or one runs already.
            StorageError: its folder cannot be written to.
        """
        with self._lock:
            evaluation = self.get(evaluation_id)
            if evaluation.state == "finished":
                raise EvaluationError(f"{evaluation.name} is finished; upload it again to ask it again")
            self._require_nothing_running()
            lock = self._lock_of_folder()
            if not lock.take(evaluation_id):
                raise EvaluationError("another program evaluates beside this library; wait until it is done")
            started = replace(evaluation, state="running", message="", seconds_left=None)
            try:
                self._records.write(started)
                running = RunningJob(started, threading.Event())
                work = threading.Thread(target=self._work, args=(running, lock), name="evaluation", daemon=True)
                running.thread, self._running = work, running
                work.start()
            except BaseException:
                self._running = None
                lock.give_back()
                raise
            return started

    def stop(self, evaluation_id: str) -> Evaluation:
        """Stop a run after the question that is being answered; what was answered is kept. Another state stays.

        Raises:
            EvaluationNotFoundError: there is no such evaluation.
            EvaluationError: it runs in another process.
        """
        running = self._running
        if running is not None and running.evaluation.id == evaluation_id:
            running.stop.set()
            if running.thread is not None:
                running.thread.join(STOP_WAIT_S)
        evaluation = self.get(evaluation_id)
        if evaluation.state == "running" and self._running is None:
            raise EvaluationError(f"{evaluation.name} is run by another program; stop it there")
        return evaluation

    def close(self) -> None:
        """Stop what runs, before the process ends: a thread that is left would end in the middle of a model's work."""
        running = self._running
        if running is not None and running.thread is not None:
            running.stop.set()
            running.thread.join(STOP_WAIT_S)

    def delete(self, evaluation_id: str) -> None:
        """Delete an evaluation with all its files.

        Raises:
            EvaluationNotFoundError: there is none.
            EvaluationError: it runs.
            StorageError: it cannot be deleted.
        """
        with self._lock:
            evaluation = self.get(evaluation_id)
            if evaluation.state == "running":
                raise EvaluationError(f"{evaluation.name} runs; stop it first")
            self._records.delete(evaluation_id)

    def require_idle(self) -> None:
        """Make sure that an evaluation could be started now.

        Raises:
            EvaluationError: one runs.
        """
        with self._lock:
            self._require_nothing_running()

    # The states

    def _require_nothing_running(self) -> None:
        holder = self._holder()
        if holder is None:
            return
        try:
            name = f"{self._records.read(holder).name!r:.80} is being evaluated"
        except EvaluationNotFoundError:
            name = "something is being evaluated"
        raise EvaluationError(f"{name}, and one evaluation runs at a time; wait for it, or stop it")

    def _holder(self) -> str | None:
        running = self._running
        return running.evaluation.id if running is not None else self._lock_of_folder().holder()

    def _lock_of_folder(self) -> RunningLock:
        if self._running_lock is None:
            self._running_lock = RunningLock(self._records.folder)
        return self._running_lock

    def _as_it_is(self, evaluation: Evaluation, holder: str | None) -> Evaluation:
        running = self._running
        if running is not None and running.evaluation.id == evaluation.id:
            return running.evaluation
        if evaluation.state == "running" and evaluation.id != holder:  # its server is gone
            left = self._records.read(evaluation.id)  # anew: it may have ended just now
            return replace(left, state="stopped", seconds_left=None) if left.state == "running" else left
        return evaluation

    # The run

    def _work(self, running: RunningJob, lock: RunningLock) -> None:
        """Ask everything, and leave a record that says how it ended."""
        evaluation = running.evaluation
        try:
            ended = ask_all(running, self._records, self._opening, lambda: self.give_way())
        except StopError:
            ended = replace(running.evaluation, state="stopped")
        except FootnoteError as error:
            ended = replace(running.evaluation, state="failed", message=str(error))
        except Exception:  # nobody waits for this thread: what went wrong is in the log, and the record says where
            log_id = uuid.uuid4().hex[:8]
            logger.exception("defect %s in the evaluation %s", log_id, evaluation.id)
            message = f"Something went wrong here. The log has more under {log_id}."
            ended = replace(running.evaluation, state="failed", message=message)
        try:
            self._records.write(replace(ended, seconds_left=None))
        except FootnoteError as error:
            logger.warning("how the evaluation %s ended could not be kept: %s", evaluation.id, error)
        finally:
            with self._lock:
                self._running = None
                lock.give_back()
