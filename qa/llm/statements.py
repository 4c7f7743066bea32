"""Cut the prose of a language model into statements while it comes: each is given out once it is finished."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from qa.errors import LanguageModelError
from qa.llm.markers import MarkerStream, split_statements

LONGEST = 2_000  # characters of a statement: what goes on for longer is no prose

_MARKERS = re.compile(r"(?:[ \t]*\[\d{1,3}\])+")
_BULLET = re.compile(r"(?:^|(?<=\n))[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\Z")
_HALF_A_PAIR = re.compile(r"[\ud800-\udfff]")
_THOUGHTS, _END_OF_THOUGHTS = "<think>", "</think>"


class Said(NamedTuple):
    """A stretch of prose: what stands before it, its words without markers, and the sources that it cites.

    ``before`` is white space and, in a list, the item's bullet. ``states``:
    False for headings and code, which are no sentences that could be checked.
    """

    before: str
    text: str
    numbers: tuple[int, ...]
    states: bool = True


@dataclass(slots=True)
class StatementStream:
    """Takes prose in pieces of any size and gives back what is finished.

    A statement is finished when the next one has begun with a whole word: only
    then is it certain where it ends and which markers follow it. Thoughts that
    a model writes down first, between ``<think>`` and ``</think>``, are no prose.

    Args:
        sources: how many sources there are, numbered from 1; see `MarkerStream`.
    """

    sources: int
    _markers: MarkerStream = field(init=False)
    _opening: str | None = ""  # what came so far, while it may be thoughts
    _rest: str = ""  # prose that was not given out
    _begun: bool = False

    def __post_init__(self) -> None:
        self._markers = MarkerStream(self.sources)

    def feed(self, piece: str) -> list[Said]:
        """Take a piece; return what is now finished, in order.

        Raises:
            LanguageModelError: there is no end to a statement.
        """
        prose = self._without_thoughts(_HALF_A_PAIR.sub("\ufffd", piece))
        return self._given_out(self._markers.feed(prose), final=False) if prose else []

    def finish(self) -> list[Said]:
        """Return what is left: no more will come."""
        opening, self._opening = self._opening or "", None
        left = "" if opening.lstrip().startswith(_THOUGHTS) else opening
        return self._given_out(self._markers.feed(left) + self._markers.finish(), final=True)

    def _without_thoughts(self, piece: str) -> str:
        if self._opening is None:
            return piece
        self._opening += piece
        begun = self._opening.lstrip()
        if begun.startswith(_THOUGHTS):
            _, ended, piece = begun.partition(_END_OF_THOUGHTS)
            if not ended:
                return ""
        elif _THOUGHTS.startswith(begun[: len(_THOUGHTS)]):
            return ""
        else:
            piece = self._opening
        self._opening = None
        return piece

    def _given_out(self, prose: str, *, final: bool) -> list[Said]:
        self._rest += prose
        found = split_statements(self._rest)
        if not final:
            found = found[:-1] if found and re.search(r"\S\s", self._rest[found[-1].span.start :]) else found[:-2]
        given: list[Said] = []
        end = 0
        for statement in found:
            given += self._between(self._rest[end : statement.span.start])
            before = given.pop().before
            given.append(Said(before, statement.text, statement.numbers))
            end = statement.span.end
            if markers := _MARKERS.match(self._rest, end):
                end = markers.end()
        self._rest = self._rest[end:]
        if final:
            given += self._between(self._rest)[:-1]
            self._rest = ""
        if len(self._rest) > LONGEST:
            raise LanguageModelError(f"the language model wrote {LONGEST:,} characters without an end to its sentence")
        return given

    def _between(self, gap: str) -> list[Said]:
        """Return the headings and code before a statement, if any, and last what stands right before it, wordless."""
        plain = _MARKERS.sub("", gap)
        bullet = _BULLET.search(plain)
        aside = plain[: bullet.start()] if bullet else plain
        given = []
        if any(map(str.isalnum, aside)):
            given.append(Said(self._space(aside[: len(aside) - len(aside.lstrip())]), aside.strip(), (), states=False))
            aside = aside[len(aside.rstrip()) :]
        mark = bullet[0].strip() + " " if bullet else ""
        space = self._space(aside) or ("\n" if mark and self._begun else "")
        self._begun = True
        return [*given, Said(space + ("- " if mark in ("* ", "+ ", "• ") else mark), "", ())]

    def _space(self, gap: str) -> str:
        if not self._begun:
            self._begun = True
            return ""
        return "\n\n" if gap.count("\n") > 1 else "\n" if "\n" in gap else " "
