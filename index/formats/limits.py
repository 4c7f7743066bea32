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

    ``max_seconds`` of a processor, and ``max_seconds_per_megabyte`` of the file's size more, are
    what reading a file may take, or reading one article of a file that is streamed; four times
    that by the clock on the wall, since other work may have the processor.
    ``max_memory_bytes`` bounds the process that reads it (what it may ask the system for; on macOS
    and Windows what it holds), ``max_text_bytes`` the text that it gives, in UTF-8. Plain text
    is read without such a process.

    ``max_pages`` bounds the pages of a PDF and the slides of a presentation. The others bound what
    is packed: files in an archive, bytes that all of them unpack to, and how
    many times larger than the packed bytes the unpacked ones may be. They are
    counted while unpacking; what a header claims is not believed. The ratio is
    looked at from a million bytes on, since a short text may pack well.
    """

    max_file_bytes: int = 50_000_000
    max_record_size: int = 50_000_000
    max_seconds: int = 30
    max_seconds_per_megabyte: int = 2
    max_memory_bytes: int = 2_000_000_000
    max_text_bytes: int = 100_000_000
    max_pages: int = 5_000
    max_members: int = 10_000
    max_unpacked_bytes: int = 500_000_000
    max_compression_ratio: int = 100

    def seconds_for(self, size: int) -> int:
        """Return the processor's seconds for a file of so many bytes; no more than for the largest that is read."""
        megabytes = min(size, self.max_file_bytes) // 1_000_000
        return self.max_seconds + self.max_seconds_per_megabyte * megabytes


DEFAULT_LIMITS = ReadingLimits()
