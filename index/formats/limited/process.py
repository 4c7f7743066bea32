"""Work on a stranger's file, done in a process of its own that is held to its time, memory and output.

A file is a program for the parser that a stranger wrote: it may keep it busy for hours, fill the
memory, or crash it. So that this stops neither the other files of a batch nor a server that
answers questions meanwhile, `run` has it done by `limited.program`. Starting one of these takes
a quarter of a second, so one that is done waits a minute for the next file; one that was ended,
or has grown large, is not used again.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from index.errors import FootnoteError, SourceError
from index.formats.files import place_of
from index.formats.limited.program import OUT_OF_MEMORY
from index.formats.limits import ReadingLimits
from index.telemetry import SWITCHES

_ROOT = Path(__file__).parents[3]
_PROGRAM = "from index.formats.limited.program import main; main()"
_MAX_HEAD_BYTES = 10_000_000  # of one line of JSON, which is parsed here
_IDLE_S = 60.0
_MOST_IDLE = 2
_MOST_IDLE_BYTES = 500_000_000  # of memory, that it ever held: what a parser took, it does not give back
_MOST_AT_ONCE = max(2, (os.cpu_count() or 2) - 1)  # busy ones: what is asked meanwhile wants a processor too
_STARTS_WITHIN_S = 60.0
_WAITS_TIMES_AS_LONG = 4  # the clock on the wall, beside the processor's time: other work may share the processor
# What Python and the system need to start it. Secrets that lie in the environment are not for parsers.
_PASSED_ON = ("SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

Items = Generator[tuple[Any, bytes], None, None]

logger = logging.getLogger("footnote")


class LimitError(Exception):
    """The work reached a limit; the message says which, as the end of a sentence about the file."""


class CrashedError(Exception):
    """The process ended in the middle of the work; the message is the end of a sentence about the file."""


class DefectError(Exception):
    """The work raised what is no error of the product; the message is where, in the other process."""


def run(
    task: str,
    path: Path,
    limits: ReadingLimits,
    *,
    whole: bool = False,
    given: Sequence[Any] = (),
    raises: type[FootnoteError] = SourceError,
) -> Items:
    """Have a file worked on by another process, and give what that yields, as it comes.

    Args:
        task: ``module:function``, called with the path, the limits and what is ``given``; yields pairs
            of a value that JSON can hold, and bytes.
        path: the file; where it is shown as another place, it is so there too.
        limits: what each item may take; the time is one for the size of the file.
        whole: whether ``max_text_bytes`` bounds all items together, and not each of them.
        given: more that the work is to know; values that JSON can hold.
        raises: an error of the work that is raised here as what it is, and not as `SourceError`.

    Raises:
        SourceError, or what it ``raises``: what the work raised.
        LimitError, CrashedError: it was ended.
        DefectError: it failed otherwise.
    """
    seconds = limits.seconds_for(_size(path))
    process = PROCESSES.take()
    left = limits.max_text_bytes
    try:
        with _Clock(process) as clock:
            process.send({**_request(task, path, limits, seconds), "given": given})
            while True:
                with _TURNS, clock.running(_WAITS_TIMES_AS_LONG * seconds):
                    head, body = _next(process, left, limits.max_text_bytes)
                match head:
                    case {"item": value}:
                        yield value, body
                        left -= len(body) if whole else 0
                    case {"done": int(peak)}:
                        process.peak_bytes, process.is_idle = peak, True
                        _raise_what_was_raised(head, raises)
                        return
                    case _:
                        _raise_end(process, seconds, limits, is_late=clock.has_run_out)
    finally:
        PROCESSES.give_back(process)


def _request(task: str, path: Path, limits: ReadingLimits, seconds: int) -> Mapping[str, Any]:
    return {
        "task": task,
        "path": os.fspath(path),
        "folder": None if path.is_absolute() else str(Path.cwd()),
        "place": place_of(path),
        "limits": asdict(limits),
        "seconds": seconds,
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0  # the work says what is wrong


def _next(process: _Process, left: int = 0, most_bytes: int = 0) -> tuple[Any, bytes]:
    """Return what a process hands over next, once what it logged before is logged; None when it has ended.

    Raises:
        LimitError: it is more than what is left.
    """
    while True:
        line = process.output.readline(_MAX_HEAD_BYTES + 1)
        if len(line) > _MAX_HEAD_BYTES:
            raise LimitError("has more headings and pages than can be told of")
        if not line.endswith(b"\n"):
            return None, b""
        try:
            head = json.loads(line)
        except (ValueError, RecursionError):
            return None, b""  # whatever sent this, it is not our program any more
        match head:
            case {"log": [int(level), str(message)]}:
                logger.log(level, "%s", message)
            case {"body": int(length)} if length > left:
                raise LimitError(f"holds more text than the limit of {most_bytes:,} bytes")
            case {"body": int(length)}:
                body = process.output.read(length)
                return (head, body) if len(body) == length else (None, b"")
            case _:
                return head, b""


def _raise_what_was_raised(head: Mapping[str, Any], raises: type[FootnoteError]) -> None:
    match head:
        case {"error": [name, str(message)]}:
            raise (raises if name == raises.__name__ else SourceError)(message)
        case {"defect": str(where)}:
            raise DefectError(where)


def _raise_end(process: _Process, seconds: int, limits: ReadingLimits, *, is_late: bool) -> NoReturn:
    code = process.end()
    if is_late or (sys.platform != "win32" and code == -signal.SIGXCPU):
        raise LimitError(f"takes longer to read than the limit of {seconds} seconds for a file of its size")
    if code == OUT_OF_MEMORY:
        raise LimitError(f"takes more memory to read than the limit of {limits.max_memory_bytes:,} bytes")
    raise CrashedError("is damaged, or made so that its parser fails")


class _Process:
    """One process that does requests, started and ready."""

    def __init__(self) -> None:
        self.is_idle = False
        self.peak_bytes = 0
        self.idle_since_s = 0.0
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment(),
            cwd=_ROOT,
        )
        with _Clock(self) as clock, clock.running(_STARTS_WITHIN_S):
            head, _ = _next(self)
        if head != {"ready": True}:
            raise DefectError(f"the process that reads files does not start: {self.end()}\n{self._last_words}")

    @property
    def output(self) -> IO[bytes]:
        return cast("IO[bytes]", self._popen.stdout)

    @property
    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def send(self, request: Mapping[str, Any]) -> None:
        stream = cast("IO[bytes]", self._popen.stdin)
        with suppress(OSError):  # it has ended, which shows in what it hands over: nothing
            stream.write(json.dumps(request).encode("ascii") + b"\n")
            stream.flush()

    def kill(self) -> None:
        self._popen.kill()

    def end(self) -> int:
        """End it, whatever it does, and return its exit code."""
        self._popen.kill()
        code = self._popen.wait()
        if not self._errors.closed:
            self._errors.seek(0)
            self._last_words = self._errors.read()[-2_000:].decode("utf-8", "replace")
        for stream in (self._popen.stdin, self._popen.stdout, self._errors):
            with suppress(OSError):
                cast("IO[bytes]", stream).close()
        return code


def environment() -> dict[str, str]:
    """Return the environment of a process that reads what strangers wrote: where Python's packages are, no more."""
    passed_on = {
        name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith(("PYTHON", "LC_"))
    }
    places = [place for place in sys.path if Path(place).is_absolute()]
    return passed_on | {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys((*places, str(_ROOT)))),
        **SWITCHES,
    }


class _Clock:
    """Kills a process that lets us wait too long; runs only while we do."""

    def __init__(self, process: _Process) -> None:
        self.has_run_out = False
        self._process = process
        self._changed = threading.Condition()
        self._ends_at: float | None = None
        self._is_over = False
        self._thread = threading.Thread(target=self._watch, name="footnote-reading-clock", daemon=True)

    def __enter__(self) -> _Clock:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify()
        self._thread.join()

    @contextmanager
    def running(self, seconds: float) -> Iterator[None]:
        self._set(time.monotonic() + seconds)
        try:
            yield
        finally:
            self._set(None)

    def _set(self, ends_at: float | None) -> None:
        with self._changed:
            self._ends_at = ends_at
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._is_over:
                left = None if self._ends_at is None else self._ends_at - time.monotonic()
                if left is not None and left <= 0:
                    self.has_run_out = True
                    self._process.kill()
                    return
                self._changed.wait(left)


class _Processes:
    """Those that wait for a file, the one that waits longest used last; safe to use from several threads."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Know of none, as behind a fork: they are the other process's."""
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._is_swept = False

    def take(self) -> _Process:
        while True:
            with self._lock:
                process = self._idle.pop() if self._idle else None
            if process is None:
                return _Process()
            if process.is_alive:
                process.is_idle = False
                return process
            process.end()

    def give_back(self, process: _Process) -> None:
        with self._lock:
            keeps = process.is_idle and process.peak_bytes < _MOST_IDLE_BYTES and len(self._idle) < _MOST_IDLE
            if keeps:
                process.idle_since_s = time.monotonic()
                self._idle.append(process)
            sweeps, self._is_swept = keeps and not self._is_swept, self._is_swept or keeps
        if sweeps:
            threading.Thread(target=self._sweep, name="footnote-reading-idle", daemon=True).start()
        if not keeps:
            process.end()

    def _sweep(self) -> None:
        """End those that nobody has needed for a while, until there are none."""
        while True:
            time.sleep(_IDLE_S / 4)
            with self._lock:
                old = [each for each in self._idle if time.monotonic() - each.idle_since_s > _IDLE_S]
                self._idle = [each for each in self._idle if each not in old]
                self._is_swept = bool(self._idle)
                is_last = not self._idle
            for each in old:
                each.end()
            if is_last:
                return

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()


_TURNS = threading.BoundedSemaphore(_MOST_AT_ONCE)
PROCESSES = _Processes()
atexit.register(PROCESSES.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=PROCESSES.forget)
