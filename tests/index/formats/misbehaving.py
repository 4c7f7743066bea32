"""Work that does what a parser does with a hostile file; `limited` has it done in another process."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from index.formats.limits import ReadingLimits

Items = Iterator[tuple[object, bytes]]


def dies(path: Path, limits: ReadingLimits) -> Items:
    yield "first", b""
    os.abort()


def never_ends(path: Path, limits: ReadingLimits) -> Items:
    yield "first", b""
    while True:
        pass


def sleeps(path: Path, limits: ReadingLimits) -> Items:
    yield os.getpid(), b""
    time.sleep(600)


def fills_memory(path: Path, limits: ReadingLimits) -> Items:
    held = [bytearray(10_000_000)]
    while held:
        held.append(bytearray(10_000_000))
    yield "never", b""


def writes_much(path: Path, limits: ReadingLimits) -> Items:
    for number in range(3):
        yield number, b"x" * 600


def tells_much(path: Path, limits: ReadingLimits) -> Items:
    yield "x" * 11_000_000, b""


def fails(path: Path, limits: ReadingLimits) -> Items:
    yield 1 // (len(path.name) - len(path.name)), b""


def prints(path: Path, limits: ReadingLimits) -> Items:
    print('{"item": "not this", "body": 0}', flush=True)
    os.write(1, b'{"done": 0}\n')
    logging.getLogger("footnote").warning("one %s", "thing")
    yield "this", b"\n{}\x00"


def where(path: Path, limits: ReadingLimits) -> Items:
    yield {"process": os.getpid(), "environment": dict(os.environ), "path": sys.path, "text": path.read_text()}, b""


def lies(path: Path, limits: ReadingLimits) -> Items:
    """Give what no program of ours would, as one that was taken over might."""
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b"[" * 100_000 + b"\n")
        except OSError:
            continue
    os.kill(os.getpid(), signal.SIGKILL)
    yield "never", b""
