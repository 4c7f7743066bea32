"""One run at a time, in a folder of its own or among others: the one file that imports filelock.

A lock belongs to the open file, so the system drops it with the process that
holds it, however that ends: nobody ever has to clear one away. Who holds it is
written beside it, for people, and believed only while the lock stands.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.storage.atomic_files import file_errors
from qa.errors import RunningError

LOCK, HOLDER = ".running.lock", ".running.json"  # of one run
PLACE, NAMED = ".running", ".running-id"  # of a folder of runs, one of which may run


@contextmanager
def only_run_in(folder: Path | None) -> Iterator[None]:
    """Hold a folder, made if missing, for as long as a run writes to it; None is no folder.

    Raises:
        RunningError: another process holds it.
        StorageError: it cannot be written to.
    """
    if folder is None:
        yield
        return
    lock = FileLock(folder / LOCK, timeout=0)
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as error:
            raise RunningError(
                f"{folder}: another evaluation writes there ({_holder(folder)}); wait for it, or name another --out"
            ) from error
    try:
        with file_errors(folder):
            _sign(folder)
        yield
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _sign(folder: Path) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    (folder / HOLDER).write_text(json.dumps({"pid": os.getpid(), "since": since}), encoding="utf-8")


def _holder(folder: Path) -> str:
    """Return who holds the lock; there is a moment before it is written."""
    try:
        told = json.loads((folder / HOLDER).read_bytes())
        return f"process {told['pid']}, since {told['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        return "which began just now"


class RunningLock:
    """The lock of one folder of evaluations; who has it may run one."""

    def __init__(self, folder: Path) -> None:
        """Nothing is locked yet."""
        self._folder = folder
        self._lock = FileLock(folder / PLACE, timeout=0, thread_local=False)

    def take(self, evaluation_id: str) -> bool:
        """Take the lock for an evaluation; False where another process has it.

        Raises:
            StorageError: the folder cannot be written to.
        """
        with file_errors(self._folder):
            try:
                self._lock.acquire()
            except Timeout:
                return False
            (self._folder / NAMED).write_text(evaluation_id, "utf-8")
        return True

    def give_back(self) -> None:
        """Let the next one run."""
        self._lock.release()

    def holder(self) -> str | None:
        """Return the evaluation that runs in some process; None where none does, or nobody can tell."""
        if self._lock.is_locked:
            return self._named()
        if not (self._folder / PLACE).exists():
            return None
        probe = FileLock(self._folder / PLACE, timeout=0, thread_local=False)
        try:
            with probe:
                return None
        except Timeout:
            return self._named()
        except OSError:  # a folder that may only be read: nobody runs anything in it
            return None

    def _named(self) -> str | None:
        try:
            return (self._folder / NAMED).read_text("utf-8")
        except OSError:
            return None
