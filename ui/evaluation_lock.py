"""Which evaluation of a folder is running, in whatever process; the only file that imports filelock.

The system gives the lock back when its process ends, however it ends: so a run
that a dead server left is never taken for one that runs.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from qa.evaluation.journal import storage_errors

LOCK = ".running"
NAMED = ".running-id"


class RunningLock:
    """The lock of one folder of evaluations; who has it may run one."""

    def __init__(self, folder: Path) -> None:
        """Nothing is locked yet."""
        self._folder = folder
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)

    def take(self, evaluation_id: str) -> bool:
        """Take the lock for an evaluation; False where another process has it.

        Raises:
            StorageError: the folder cannot be written to.
        """
        with storage_errors(self._folder):
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
        if not (self._folder / LOCK).exists():
            return None
        probe = FileLock(self._folder / LOCK, timeout=0, thread_local=False)
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
