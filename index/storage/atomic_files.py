"""Files that are replaced as a whole: written under another name first, so that nobody ever sees half of one.

What a process that was killed has left of that is removed by the next one that
writes there, and what a living one is writing never is: it holds a lock of the
system on it, which ends with the process. (Process ids are given again, and
mean nothing to another container.)
"""

from __future__ import annotations

import errno
import glob
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO

from index.errors import StorageError

if sys.platform != "win32":  # there a file that is open cannot be removed anyway
    import fcntl

PRIVATE, AS_OTHERS_ARE = 0o600, 0o666  # what the system's umask takes from the second is its user's choice
_TRIES = 10


def replace_file(path: Path, body: bytes) -> None:
    """Write a file that this user alone may read, durably, and give it its name once it is whole.

    Raises:
        OSError: it cannot be written; what was there stays, and nothing else is left behind.
    """
    with _replacing(path, PRIVATE) as stream:
        stream.write(body)


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Open a text file, its folder made if missing, that takes the place and the mode of another when all went well.

    Raises:
        StorageError: it cannot be written; what was there stays, and nothing else is left behind.
    """
    with file_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path, AS_OTHERS_ARE) as stream:
            if path.exists():
                shutil.copymode(path, stream.name)
            yield TextIOWrapper(stream, encoding="utf-8", newline="\n", write_through=True)


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Say what the disk's errors mean for a file or folder that is written to."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror}); choose another directory") from error


def write_through(stream: IO[Any]) -> None:
    """Have what was written to a file reach the disk itself."""
    stream.flush()
    os.fsync(stream.fileno())


def rename_new(source: Path, target: Path) -> None:
    """Give a file another name, unless there is a file of that name."""
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:  # a disk that knows no links
        source.replace(target)


def remove_leftovers(folder: Path, pattern: str) -> None:
    """Remove the files that a pattern finds, unless a process is still writing them; what cannot be removed stays."""
    for file in folder.glob(pattern):
        with suppress(OSError):
            _remove_unless_written(file)


@contextmanager
def _replacing(path: Path, mode: int) -> Iterator[BinaryIO]:
    """Give a new file beside a path that takes its place when all went well, and is gone otherwise."""
    remove_leftovers(path.parent, f".{glob.escape(path.name)}.*.tmp")
    with _temporary(path, mode) as stream:
        yield stream
        write_through(stream)
        if sys.platform == "win32":
            stream.close()
        Path(stream.name).replace(path)


@contextmanager
def _temporary(path: Path, mode: int) -> Iterator[BinaryIO]:
    """Give a new file beside a path that is locked as long as it is written, and gone afterwards."""
    for _ in range(_TRIES):
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as stream:
            try:
                if _is_claimed(stream.fileno(), temporary):
                    yield stream
                    return
            finally:
                temporary.unlink(missing_ok=True)
    raise OSError(errno.EBUSY, "its temporary files are removed by another process", str(path))


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
