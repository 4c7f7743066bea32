"""Headings to marks: which range of the text stands under each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from index.article import Mark, Span

_LEVELS = 6


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
