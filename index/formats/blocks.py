"""Blocks of text to one text with its marks: what PDF, Office and EPUB readers share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from index.article import Mark, Span

_LEVELS = 6

PARAGRAPH = "\n\n"
LINE = "\n"


class Block(NamedTuple):
    """A paragraph, line or heading: its text, its level (0: no heading) and what parts it from the one before."""

    text: str
    level: int = 0
    gap: str = PARAGRAPH


def write_blocks(blocks: Iterable[Block]) -> tuple[str, tuple[Mark, ...]]:
    """Write blocks one below the other and mark the headings among them."""
    text, _, marks = _write([list(blocks)])
    return text, marks


def write_pages(pages: Sequence[Sequence[Block]]) -> tuple[str, tuple[Mark, ...]]:
    """Write pages one below the other; the marks are one for each page, in order, and then the headings.

    Pages lie end to end over the whole text: what parts two of them belongs
    to the first. A page without text has an empty span, which no position is in.
    """
    text, starts, headings = _write(pages)
    edges = pairwise([*starts, len(text)])
    numbered = enumerate(edges, start=1)
    return text, (*(Mark("page", Span(start, end), str(number)) for number, (start, end) in numbered), *headings)


def _write(pages: Sequence[Sequence[Block]]) -> tuple[str, list[int], tuple[Mark, ...]]:
    """Return the text, where each page starts, and the marks of its headings."""
    parts: list[str] = []
    headings: list[Heading] = []
    starts: list[int] = []
    length = waiting = 0  # waiting: pages that start where the next block will
    for page in pages:
        waiting += 1
        for block in page:
            gap = block.gap if parts else ""
            start = length + len(gap)
            starts += [start] * waiting
            waiting = 0
            if block.level:
                headings.append(Heading(start, block.level, " ".join(block.text.split())))
            parts += gap, block.text
            length = start + len(block.text)
    starts += [length] * waiting
    return "".join(parts), starts, heading_marks(headings, length)


class Heading(NamedTuple):
    """Where a heading begins in the text, its level from 1 (highest) to 6, and its words."""

    start: int
    level: int
    label: str


def heading_marks(headings: Sequence[Heading], length: int) -> tuple[Mark, ...]:
    """Let each heading run to the next of the same or a higher level, the last to the end of the text."""
    end_of_level = [length] * (_LEVELS + 1)
    marks: list[Mark] = []
    for start, level, label in reversed(headings):
        marks.append(Mark("heading", Span(start, end_of_level[level]), label, level))
        end_of_level[level:] = [start] * (_LEVELS + 1 - level)
    return tuple(reversed(marks))


def first_label(marks: Sequence[Mark], *, level: int) -> str:
    """Return the words of the first heading of a level, or nothing."""
    return next((mark.label for mark in marks if mark.level == level), "")
