"""The nouns of the index: article, span, mark, passage, hit.

Pure values: frozen, comparable, no I/O, standard library only. Positions are
half-open character ranges ``[start, end)`` into ``Article.text``, counted in
Unicode code points (not tokens, not bytes, not UTF-16 units).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

ArticleFormat = Literal["text", "markdown", "html", "corpus", "csv", "pdf", "docx", "pptx", "epub"]
PassageKind = Literal["passage", "sentence"]

MOST_PASSAGE_CHARACTERS = 2_000  # of a passage or sentence: twice what 180 tokens of prose come to, in any language


class Span(NamedTuple):
    """A half-open range ``[start, end)`` in code points of one article's text."""

    start: int
    end: int

    def slice(self, text: str) -> str:
        """Return the characters of ``text`` that the span covers."""
        return text[self.start : self.end]

    def covers(self, other: Span) -> bool:
        """Tell whether every character of ``other`` is inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled range of an article: the page or the section it covers.

    A heading's span runs from its own first character to the next heading of
    the same or a higher level, so that it covers what stands under it.
    """

    kind: Literal["page", "heading"]
    span: Span
    label: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Article:
    """A source text and what is known about it.

    ``text`` is canonical: what positions count in, what is stored, shown and
    quoted. A reader decides once what it is; nothing edits it afterwards.
    ``source`` says where it came from (a file's absolute path, with ``#name``
    for a file in an archive and ``#id`` for one article of a file that holds many) and is what a later run
    recognises a changed article by.
    """

    id: str
    title: str
    text: str
    source: str = ""
    url: str | None = None
    language: str | None = None
    published: date | None = None
    format: ArticleFormat = "text"
    marks: tuple[Mark, ...] = ()

    @property
    def content_hash(self) -> str:
        """SHA-256 over everything a reader may see; equal means nothing to re-index."""
        parts = (
            self.title,
            self.url or "",
            self.language or "",
            self.published.isoformat() if self.published else "",
            repr(self.marks),
            self.text,
        )
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def page_at(self, position: int) -> int | None:
        """Return the page number that holds a position, or None in an unpaged source."""
        for mark in self.marks:
            if mark.kind == "page" and mark.span.start <= position < mark.span.end:
                return int(mark.label)
        return None

    def heading_at(self, position: int) -> str | None:
        """Return the innermost heading above a position, or None where there is none."""
        above = [m for m in self.marks if m.kind == "heading" and m.span.start <= position < m.span.end]
        return max(above, key=lambda m: (m.level, m.span.start)).label if above else None


def content_id(text: str) -> str:
    """Return the id of an article whose source gives none: 16 hex digits of its text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Passage:
    """A unit of retrieval: ``text`` is exactly ``article.text[span.start:span.end]``.

    Whole sentences; a passage of kind ``sentence`` is a single one. It has no
    score: a `Hit` has.
    """

    article_id: str
    span: Span
    text: str
    kind: PassageKind = "passage"

    @property
    def id(self) -> str:
        """The same for the same place of the same article, so ties break the same way everywhere."""
        return passage_id(self.article_id, self.span)


def has_own_title(article: Article) -> bool:
    """Tell a title that says something from none, and from one made of the text's opening words."""
    return bool(article.title) and not article.text.lstrip().startswith(article.title.rstrip("…"))


def passage_id(article_id: str, span: Span) -> str:
    """Return the id of the passage at a place."""
    return f"{article_id}#{span.start:08d}-{span.end:08d}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    ``rank`` counts from 1. ``score`` is higher for better and comparable only
    within its run. ``found_by`` names the runs that found it, sorted.
    ``similarity`` is the cosine of the question with the passage, ``matched``
    are the question's words that the passage holds (or inflects), in the
    question's order.
    """

    passage: Passage
    score: float
    rank: int
    found_by: tuple[str, ...] = ()
    similarity: float = 0.0
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What retrieval found for one question: passages to read, sentences to quote; each best first.

    ``inside``: every sentence of the first passages, best first, scored like
    those of ``sentences``: wherever in them an answer stands, its sentence is
    known. ``word_weights`` maps the question's words to how rare they are in the
    library: what none of its passages holds weighs most.
    """

    question: str
    passages: Sequence[Hit] = ()
    sentences: Sequence[Hit] = ()
    word_weights: Mapping[str, float] = field(default_factory=dict)
    inside: Sequence[Hit] = ()

    def coverage(self, *hits: Hit) -> float:
        """Return the share, 0 to 1 by weight, of the question's words that some hits hold together.

        The weight of a word is ln(1 + odds that a sentence does not hold it), which stays
        above nothing also where a library is so small that half of it holds the word.
        """
        total = sum(self.word_weights.values())
        matched = {word for hit in hits for word in hit.matched}
        return sum(weight for word, weight in self.word_weights.items() if word in matched) / total if total else 0.0
