"""A log of requests, if it is wanted, and a log of troubles that nobody can fill a disk with."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from index.errors import ConfigurationError

MOST_BYTES = 10_000_000  # of a file; there is one more, with what was before
MOST_ALIKE = 30  # lines of one kind in a window
WINDOW_S = 60.0
MOST_KINDS = 1_000
SHOWN_CHARACTERS = 200


class AccessLog:
    """One line for each request: when, from where, method, path, status, milliseconds.

    What stands behind ``?`` is left out, since a question may stand there. The
    file is its owner's alone, and begins anew after `MOST_BYTES`; of the old ones the last is kept.
    """

    def __init__(self, handler: logging.Handler, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._handler = handler
        self._now = now

    @classmethod
    def open(cls, file: Path) -> AccessLog:
        """Write to the end of a file.

        Raises:
            ConfigurationError: it cannot be written.
        """
        try:
            return cls(_OwnersFile(file, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8"))
        except OSError as error:
            raise ConfigurationError(
                f"the access log {str(file)!r} cannot be written ({error.strerror}); name another with --access-log"
            ) from error

    def request(self, address: str, method: str, path: str, status: int, seconds: float) -> None:
        """Write down a request that has been answered."""
        when = self._now().isoformat(timespec="milliseconds")
        words = (_plain(address) or "-", _plain(method), _plain(path))
        line = f"{when} {' '.join(words)} {status} {1000 * seconds:.0f}"
        self._handler.handle(logging.LogRecord("footnote.access", logging.INFO, "", 0, line, None, None))

    def close(self) -> None:
        """Close the file."""
        self._handler.close()


class FewAlike(logging.Filter):
    """Lets through so many records of one kind a minute; the next one after that says how many were left out.

    Records are of one kind that are worded alike and come from the same place, whatever they tell.
    """

    def __init__(self, *, most: int = MOST_ALIKE, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most = most
        self._now = now
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}  # when its window began, and how many came

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is written."""
        kind, now = (record.name, str(record.msg)), self._now()
        began, came = self._seen.get(kind, (now, 0))
        left_out = max(0, came - self._most)
        if now - began >= WINDOW_S:
            if left_out:
                record.msg = f"{record.msg} ({left_out:,} more like this were left out)"
            began, came = now, 0
        if kind not in self._seen and len(self._seen) >= MOST_KINDS:
            self._seen.clear()
        self._seen[kind] = (began, came + 1)
        return came < self._most


class _OwnersFile(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        def for_owner(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=for_owner)  # type: ignore[return-value]  # a text file


def _plain(text: str) -> str:
    """Return a text that stands on one line of a terminal, and for one word."""
    shown = text[:SHOWN_CHARACTERS]
    return "".join(c if c.isprintable() and c != " " else f"\\x{ord(c):02x}" for c in shown)
