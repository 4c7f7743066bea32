"""What came of asking one question: the pair that every metric is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Hit, Span
from qa.answer import Abstention, Answer, Citation, Reply
from qa.evaluation.data.datasets import Question


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, the reply it got, and the seconds that took."""

    question: Question
    reply: Reply
    seconds: float

    @property
    def answered(self) -> bool:
        """Whether it is an answer, whole or partial."""
        return isinstance(self.reply, Answer)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations that were given; none when it abstained."""
        return self.reply.citations if isinstance(self.reply, Answer) else ()

    @property
    def first_candidate(self) -> Citation | None:
        """The first citation, or when it abstained the guess it withheld."""
        if isinstance(self.reply, Abstention):
            return self.reply.best_guess
        return self.reply.citations[0]

    @property
    def consulted(self) -> Sequence[Hit]:
        """The passages it rests on, best first."""
        return sorted(self.reply.trace.consulted, key=lambda hit: hit.rank)


def clusters(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the article that each outcome's question is about."""
    return [outcome.question.cluster for outcome in outcomes]


def covers_gold(question: Question, article_id: str, span: Span) -> bool:
    """Tell whether a span holds every character of at least one gold span."""
    return any(article_id == gold_article and span.covers(gold) for gold_article, gold in question.gold_spans)


def overlaps_gold(question: Question, article_id: str, span: Span) -> bool:
    """Tell whether a span shares at least one character with a gold span."""
    return any(article_id == gold_article and span.overlaps(gold) for gold_article, gold in question.gold_spans)
