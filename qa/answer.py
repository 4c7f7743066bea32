"""The nouns of answering: citation, answer, abstention, reply.

Pure values: frozen, comparable, no I/O, standard library only. The invariants
that need an article to check are `qa.citing`'s; those that a value can check
alone are checked when it is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from index.article import Hit, Span
from qa.errors import ReplyError

CitationStatus = Literal["verified", "repaired", "unverified"]
AbstentionReason = Literal["empty_library", "off_topic", "not_stated"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and the place it stands at: ``article.text[span.start:span.end] == quote``.

    ``supports`` is the span of the *answer's* text that rests on the quote.
    ``prefix`` and ``suffix`` are the characters just before and after the quote
    in the article, enough to find it again in another copy of the text.
    """

    number: int
    article_id: str
    title: str
    span: Span
    quote: str
    supports: Span
    status: CitationStatus
    score: float
    url: str | None = None
    page: int | None = None
    heading: str | None = None
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """How a reply came about: the same for answers and abstentions.

    ``timings_ms`` has one entry a stage and ``total``; ``models`` maps a role
    (embedder, reader, llm) to the name of what filled it, or None.
    """

    standalone_question: str
    consulted: tuple[Hit, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and the quotes it rests on, numbered in order of first use.

    ``text`` carries ``[n]`` markers. ``confidence`` is the calibrated
    probability, 0 to 1, that the first citation answers the question; of an
    answer that a language model worded, that of the quotes it was given first.
    ``unsupported`` are spans of the text that no citation supports, in order.
    ``notice`` is what the reader of the answer should know about how it was made.

    Raises:
        ReplyError: there is no citation (use `Abstention`), their numbers are
            not 1, 2, 3…, or what is called unsupported is not in the text,
            not in order, or supported.
    """

    id: str
    question: str
    text: str
    short_answer: str | None
    citations: tuple[Citation, ...]
    confidence: float
    trace: Trace
    partial: bool = False
    unsupported: tuple[Span, ...] = ()
    notice: str | None = None

    def __post_init__(self) -> None:
        if not self.citations:
            raise ReplyError(f"answer to {self.question!r} cites nothing; abstain instead")
        numbers = [citation.number for citation in self.citations]
        if sorted(set(numbers)) != list(range(1, max(numbers) + 1)) or numbers != sorted(numbers):
            raise ReplyError(f"citations of the answer to {self.question!r} are numbered {numbers}, not 1, 2, 3…")
        edges = [0, *(edge for span in self.unsupported for edge in span), len(self.text)]
        overlaps = any(span.overlaps(c.supports) for span in self.unsupported for c in self.citations)
        if edges != sorted(edges) or overlaps or any(span.start == span.end for span in self.unsupported):
            raise ReplyError(f"the unsupported spans {self.unsupported!r} do not fit the answer to {self.question!r}")


@dataclass(frozen=True, slots=True)
class Abstention:
    """The library does not say: a value, not a phrase.

    ``nearest`` are the passages that came nearest; they are not an answer.
    ``best_guess`` is the quote that was withheld, for evaluation; no face
    shows it as an answer. ``confidence`` is its calibrated probability of
    being right, which was too low, unless ``notice`` says who else withheld it.
    """

    id: str
    question: str
    reason: AbstentionReason
    nearest: tuple[Hit, ...]
    confidence: float
    trace: Trace
    best_guess: Citation | None = None
    notice: str | None = None


Reply = Answer | Abstention
