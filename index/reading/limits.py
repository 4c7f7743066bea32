"""How large a source may be before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """The sizes above which a source is refused.

    ``max_file_bytes`` bounds a file that is read whole (text, Markdown, HTML,
    PDF, Office, EPUB), a file inside an archive, and a part of an Office file
    or an EPUB once unpacked; a file is refused by its size, before anything is read.
    ``max_record_size`` bounds one article of a file that is streamed: bytes of
    a corpus line, characters of a table cell.

    ``max_pages`` bounds the pages of a PDF and the slides of a presentation,
    ``max_pdf_seconds`` and ``max_pdf_memory_bytes`` what opening one PDF may
    take (memory not on Windows). The others bound what
    is packed: files in an archive, bytes that all of them unpack to, and how
    many times larger than the packed bytes the unpacked ones may be. They are
    counted while unpacking; what a header claims is not believed. The ratio is
    looked at from a million bytes on, since a short text may pack well.
    """

    max_file_bytes: int = 50_000_000
    max_record_size: int = 50_000_000
    max_pages: int = 5_000
    max_pdf_seconds: int = 120
    max_pdf_memory_bytes: int = 2_000_000_000
    max_members: int = 10_000
    max_unpacked_bytes: int = 500_000_000
    max_compression_ratio: int = 100


DEFAULT_LIMITS = ReadingLimits()
