"""How large a source may be before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """The sizes above which a source is refused.

    ``max_file_bytes`` bounds a file that is read whole (text, Markdown, HTML);
    it is checked before anything is read. ``max_record_size`` bounds one article
    of a file that is streamed: bytes of a corpus line, characters of a table cell.
    """

    max_file_bytes: int = 50_000_000
    max_record_size: int = 50_000_000


DEFAULT_LIMITS = ReadingLimits()
