"""What an answer says, taken apart: its text without markers, and each statement with the quotes given for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.article import Span
from qa.answer import Answer

_MARKER = re.compile(r"[ \t]*\[(\d{1,4})\]")


@dataclass(frozen=True, slots=True)
class Stated:
    """What an answer states in one place, without markers, and the quotes that are cited for it."""

    text: str
    quotes: tuple[str, ...]

    @property
    def verbatim(self) -> bool:
        """Whether it is nothing but one of its quotes, white space aside."""
        return self.text.split() in [quote.split() for quote in self.quotes]


def statements(answer: Answer) -> list[Stated]:
    """Return the statements that cite something, in the order they stand in; what cites nothing is none of them."""
    quotes: dict[Span, list[str]] = {}
    for citation in sorted(answer.citations, key=lambda each: (each.supports, each.number)):
        quotes.setdefault(citation.supports, []).append(citation.quote)
    return [Stated(_plain(answer, span), tuple(given)) for span, given in quotes.items()]


def plain_answer(answer: Answer) -> str:
    """Return what an answer says without its markers; brackets that an article has itself stay."""
    return _plain(answer, Span(0, len(answer.text)))


def _plain(answer: Answer, place: Span) -> str:
    numbers = {citation.number for citation in answer.citations}
    verbatim = [each.supports for each in answer.citations if each.supports.slice(answer.text) == each.quote]

    def without(marker: re.Match[str]) -> str:
        stands = Span(marker.start() + place.start, marker.end() + place.start)
        is_ours = int(marker[1]) in numbers and not any(quoted.covers(stands) for quoted in verbatim)
        return "" if is_ours else marker[0]

    return _MARKER.sub(without, place.slice(answer.text)).strip()
