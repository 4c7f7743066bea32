"""An answer's text as pieces: words, the markers between them, and what no citation supports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from index.article import Span
from qa.answer import Answer

MARKER = re.compile(r"\[(\d{1,4})\]")


class Words(NamedTuple):
    """Text of the answer; ``unsupported`` is the number of the unsupported span it is in, ``is_last`` its end."""

    text: str
    unsupported: int | None = None
    is_last: bool = False


class Marker(NamedTuple):
    """One marker for the numbers of all sources that stand side by side."""

    numbers: tuple[int, ...]


def pieces(answer: Answer) -> Iterator[Words | Marker]:
    """Split the answer into words and markers, in order; the space before a marker is left out.

    An article may itself contain ``[1]``: inside a verbatim quote brackets are
    the author's.
    """
    position = 0
    for numbers, span in _markers(answer):
        yield from _words(answer, Span(position, span.start), before_marker=True)
        yield Marker(numbers)
        position = span.end
    yield from _words(answer, Span(position, len(answer.text)), before_marker=False)


def _markers(answer: Answer) -> Iterator[tuple[tuple[int, ...], Span]]:
    """Yield the numbers and place of each marker; neighbours with nothing but space between are one."""
    known = {citation.number for citation in answer.citations}
    quoted = [c.supports for c in answer.citations if c.supports.slice(answer.text) == c.quote]
    together: tuple[tuple[int, ...], Span] | None = None
    for found in MARKER.finditer(answer.text):
        number, span = int(found[1]), Span(*found.span())
        if number not in known or any(quote.covers(span) for quote in quoted):
            continue
        if together and not answer.text[together[1].end : span.start].strip():
            numbers = together[0] if number in together[0] else (*together[0], number)
            together = numbers, Span(together[1].start, span.end)
            continue
        if together:
            yield together
        together = (number,), span
    if together:
        yield together


def _words(answer: Answer, span: Span, *, before_marker: bool) -> Iterator[Words]:
    end = span.end - 1 if before_marker and span.slice(answer.text).endswith(" ") else span.end
    edges = {edge for gap in answer.unsupported for edge in gap if span.start < edge < end}
    for start, stop in pairwise(sorted({span.start, end, *edges})):
        inside = next((n for n, gap in enumerate(answer.unsupported) if gap.covers(Span(start, stop))), None)
        yield Words(answer.text[start:stop], inside, inside is not None and _ends(answer, inside, stop))


def _ends(answer: Answer, number: int, position: int) -> bool:
    """Tell whether nothing but markers and space is left of an unsupported span."""
    rest = answer.text[position : answer.unsupported[number].end]
    return not MARKER.sub("", rest).strip()


def spoken(parts: Sequence[Words | Marker]) -> str:
    """Return the words alone."""
    return "".join(part.text for part in parts if isinstance(part, Words))
