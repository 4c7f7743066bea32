"""Files that are replaced as a whole: written under another name first, so that nobody ever sees half of one.

What a process that was killed has left of that is removed by the next one that
writes there, and what a living one is writing never is: it holds a lock of the
system on it, which ends with the process. (Process ids are given again, and
mean nothing to another container.)
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":  # there a file that is open cannot be removed anyway
    import fcntl

_TRIES = 10


def replace_file(path: Path, body: bytes) -> None:
    """Write a file that this user alone may read, durably, and give it its name once it is whole.

    Raises:
        OSError: it cannot be written; what was there stays, and nothing else is left behind.
    """
    with _temporary(path) as (temporary, stream):
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
        if sys.platform == "win32":
            stream.close()
        temporary.replace(path)


def remove_leftovers(folder: Path, pattern: str) -> None:
    """Remove the files that a pattern finds, unless a process is still writing them; what cannot be removed stays."""
    for file in folder.glob(pattern):
        with suppress(OSError):
            _remove_unless_written(file)


@contextmanager
def _temporary(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Give a new file beside a path that is locked as long as it is written, and gone afterwards."""
    for _ in range(_TRIES):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            try:
                if _is_claimed(handle, temporary):
                    yield temporary, stream
                    return
            finally:
                temporary.unlink(missing_ok=True)
    raise OSError(f"{path} cannot be written: its temporary files are removed by another process")


def _is_claimed(handle: int, temporary: Path) -> bool:
    """Lock a new file; False where somebody has taken it for a leftover in the moment before."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk that knows no locks, on which nobody can take it for a leftover either
        return True
    return temporary.exists()


def _remove_unless_written(file: Path) -> None:
    """Remove a file that no process holds a lock on.

    Raises:
        OSError: it is being written, or cannot be locked or removed.
    """
    if sys.platform == "win32":
        file.unlink()
        return
    handle = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.unlink()
    finally:
        os.close(handle)
