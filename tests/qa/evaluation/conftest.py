"""A world of three articles and five questions, small enough to score by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from index.article import Hit, Passage, Span
from index.errors import ArticleNotFoundError
from qa.answer import Abstention, Answer, Citation, Reply, Trace
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.outcome import Outcome

ARTICLES = {
    "rivers": "The Nile is long. It flows north.",
    "tea": "Tea is a drink. It is made of leaves. Leaves are picked by hand.",
    "paper": "🙂 Paper was made in China. It is thin.",
}


class World:
    """Builds nouns from an article's id and the words that stand in it."""

    def text(self, article_id: str) -> str:
        try:
            return ARTICLES[article_id]
        except KeyError:
            raise ArticleNotFoundError(f"no article {article_id!r}") from None

    def span(self, article_id: str, words: str) -> Span:
        start = ARTICLES[article_id].index(words)
        return Span(start, start + len(words))

    def gold(self, article_id: str, words: str) -> Gold:
        return Gold(article_id, self.span(article_id, words))

    def hits(self, *places: tuple[str, str]) -> tuple[Hit, ...]:
        return tuple(
            Hit(Passage(article_id, self.span(article_id, words), words), score=1.0, rank=rank)
            for rank, (article_id, words) in enumerate(places, start=1)
        )

    def citation(self, article_id: str, words: str, number: int = 1) -> Citation:
        return Citation(
            number=number,
            article_id=article_id,
            title=article_id.title(),
            span=self.span(article_id, words),
            quote=words,
            supports=Span(0, len(words)),
            status="verified",
            score=0.5,
        )

    def answer(
        self,
        *citations: Citation,
        confidence: float = 0.5,
        short_answer: str | None = None,
        consulted: Sequence[Hit] = (),
        timings_ms: Mapping[str, float] | None = None,
    ) -> Answer:
        return Answer(
            id="reply",
            question="?",
            text=" ".join(f"{each.quote} [{each.number}]" for each in citations),
            short_answer=short_answer,
            citations=citations,
            confidence=confidence,
            trace=Trace("?", tuple(consulted), timings_ms or {}, {"embedder": "word-length"}),
        )

    def abstention(
        self, confidence: float = 0.5, best_guess: Citation | None = None, consulted: Sequence[Hit] = ()
    ) -> Abstention:
        return Abstention(
            id="reply",
            question="?",
            reason="not_stated",
            nearest=(),
            confidence=confidence,
            trace=Trace("?", tuple(consulted), {}, {"embedder": "word-length"}),
            best_guess=best_guess,
        )

    def questions(self) -> list[Question]:
        return [
            Question("q1", "Where does the Nile flow?", ("north",), (self.gold("rivers", "north"),), True),
            Question("q2", "What is tea made of?", ("leaves",), (self.gold("tea", "leaves"),), True),
            Question("q3", "Where was paper made?", ("China",), (self.gold("paper", "China"),), True),
            Question("q4", "Who drinks tea?", (), (), False, context_article="tea"),
            Question("q5", "How wide is the Nile?", (), (), False, context_article="rivers"),
        ]

    def replies(self) -> dict[str, Reply]:
        nile, flow = ("rivers", "The Nile is long."), ("rivers", "It flows north.")
        drink, leaves = ("tea", "Tea is a drink."), ("tea", "It is made of leaves.")
        china = ("paper", "🙂 Paper was made in China.")
        return {
            "q1": self.answer(
                self.citation(*flow),
                confidence=0.9,
                short_answer="the North",
                consulted=self.hits(flow, drink),
                timings_ms={"retrieve": 10.0, "total": 30.0},
            ),
            "q2": self.answer(
                self.citation(*drink),
                self.citation(*leaves, number=2),
                confidence=0.6,
                consulted=self.hits(china, drink, leaves),
                timings_ms={"retrieve": 20.0, "total": 40.0},
            ),
            "q3": self.abstention(0.3, best_guess=self.citation(*china), consulted=self.hits(china)),
            "q4": self.abstention(0.1),
            "q5": self.answer(self.citation(*nile), confidence=0.7, consulted=self.hits(nile)),
        }

    def outcomes(self) -> list[Outcome]:
        replies = self.replies()
        return [Outcome(question, replies[question.id], seconds=0.5) for question in self.questions()]


@pytest.fixture
def world() -> World:
    return World()
