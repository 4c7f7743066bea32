"""The answer as it grows: each finished statement is checked, then taken up, moved to its source, marked or dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from index.article import Span
from qa.answer import Citation
from qa.citing import cite_place, verify
from qa.config import UnsupportedPolicy
from qa.errors import LanguageModelError
from qa.events import Cited, Delta
from qa.llm.prompting import NOT_STATED, visible
from qa.llm.statements import Said
from qa.llm.supporting import Evidence, Support, find_support, is_checkable, is_fragment, stands_in

MOST_REPEATS = 3

_BRACKETED_NUMBER = re.compile(r"\[(\d{1,4})\]")
_SAYS_NOT_STATED = re.compile(rf"\W*(?:(?i:{NOT_STATED})\W*\Z|{NOT_STATED}\b)")
_IS_WHOLE = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*\Z")


@dataclass(slots=True)
class StatementDraft:
    """What of a model's prose is an answer so far.

    ``given`` are the sources that it may cite, by number from 1; ``consulted``
    those in which support is looked for when a citation does not hold: the
    given ones first. ``quotes`` are the places of the answer that is to be
    worded, by article: only in them a bare name or number answers. ``left_out``
    counts the statements that nothing bears out and that are not shown,
    ``found_nothing`` says that it wrote that the passages do not state the
    answer, ``cut`` that it was stopped within a sentence; ``written`` is all
    that it wrote.
    """

    given: Sequence[Evidence]
    consulted: Sequence[Evidence]
    policy: UnsupportedPolicy
    quotes: Sequence[tuple[str, Span]] = ()
    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    unsupported: list[Span] = field(default_factory=list)
    left_out: int = 0
    found_nothing: bool = False
    cut: bool = False
    written: list[str] = field(default_factory=list)
    _numbers: dict[tuple[str, Span], int] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _repeats: int = 0

    def take(self, said: Said) -> Iterator[Delta | Cited]:
        """Check what is finished; yield what becomes of it, which may be nothing.

        Raises:
            LanguageModelError: the model says the same things again and again.
        """
        text = harmless(said.text)
        self.written.append(text)
        if not text or self._was_said(text):
            return
        if _SAYS_NOT_STATED.match(text):
            self.found_nothing = True
            return
        supports, moved = self._support(text, said.numbers) if said.states else ([], False)
        if supports:
            yield from self._supported(said.before, text, supports, moved=moved)
        elif self.policy == "mark" and is_checkable(text):
            told = len(self.text)
            start = self._append(said.before, text)
            self.unsupported.append(Span(start, len(self.text)))
            yield Delta(self.text[told:], supported=False)
        else:
            self.left_out += 1

    def _was_said(self, text: str) -> bool:
        key = "".join(filter(str.isalnum, text.casefold()))
        if key not in self._seen:
            self._seen.add(key)
            return False
        self._repeats += 1
        if self._repeats >= MOST_REPEATS:
            raise LanguageModelError("the language model said the same again and again")
        return True

    def _support(self, text: str, numbers: Sequence[int]) -> tuple[list[Support], bool]:
        """Return what bears a statement out, and whether that is not what it cites."""
        cited = [self.given[number - 1] for number in numbers]
        if supports := self._answering(text, find_support(text, cited)):
            return supports, False
        if self.policy == "remove":
            return [], False
        for evidence in self.consulted:
            if evidence not in cited and (supports := self._answering(text, find_support(text, [evidence]))):
                return supports, True
        return [], False

    def _answering(self, text: str, supports: Sequence[Support]) -> list[Support]:
        """Leave out what holds a bare name or number somewhere: which one it is, only the quoted answer knows."""
        return [
            support
            for support in supports
            if not is_fragment(text, support.source.article.language)
            or (stands_in(text, support.span.slice(support.source.article.text)) and self._is_quoted(support))
        ]

    def _is_quoted(self, support: Support) -> bool:
        article_id = support.source.article.id
        return any(quoted == article_id and span.overlaps(support.span) for quoted, span in self.quotes)

    def _supported(
        self, before: str, text: str, supports: Sequence[Support], *, moved: bool
    ) -> Iterator[Delta | Cited]:
        told = len(self.text)
        start = self._append(before, text)
        citations = [self._cited(support, Span(start, len(self.text)), moved=moved) for support in supports]
        self.text += " " + "".join(f"[{number}]" for number in sorted({citation.number for citation in citations}))
        self.citations += citations
        yield Delta(self.text[told:])
        yield from map(Cited, citations)

    def _append(self, before: str, text: str) -> int:
        """Add a statement to the text; return where it begins."""
        self.text += (before if self.text else before.lstrip()) + text
        return len(self.text) - len(text)

    def _cited(self, support: Support, supports: Span, *, moved: bool) -> Citation:
        article = support.source.article
        citation = verify(cite_place(article, support.span, score=support.source.score), article)
        if citation is None:  # a span of sentences is never empty
            raise LanguageModelError(f"nothing stands at {support.span!r} of the article {article.id!r}")
        number = self._numbers.setdefault((article.id, support.span), len(self._numbers) + 1)
        return replace(citation, number=number, supports=supports, status="repaired" if moved else citation.status)


def harmless(text: str) -> str:
    """Return a model's words on one line, without hidden characters and without what looks like one of our markers."""
    return _BRACKETED_NUMBER.sub(r"(\1)", " ".join(visible(text).split()))


def is_whole(text: str) -> bool:
    """Tell whether a sentence ends as sentences do."""
    return _IS_WHOLE.search(text) is not None
