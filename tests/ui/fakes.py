"""A product of the seed article and scripted replies: what the faces show, without a model."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Unpack

from index.article import Article, Hit, Passage, Span
from index.errors import ArticleNotFoundError
from index.storage.statements import ArticleSummary
from qa.answer import Abstention, AbstentionReason, Answer, Citation, Reply, Trace
from qa.assistant import Asking
from qa.errors import QuestionError
from qa.events import Cited, Delta, Event, Finished, Found, Waiting
from qa.followups import standalone as conversation
from qa.followups.standalone import Turn
from ui.app.protocols import Assistant, Product

SEED = next((Path(__file__).parents[2] / "seeds").glob("000_*.txt"))


def seed_article() -> Article:
    text = SEED.read_text(encoding="utf-8")[17:]
    return Article(id="seed", title="Kazakhstan on fire", text=text, published=date(2022, 1, 6))


def citation(article: Article, quote: str, *, number: int = 1, supports: Span = Span(0, 0)) -> Citation:
    start = article.text.index(quote)
    return Citation(
        number=number,
        article_id=article.id,
        title=article.title,
        span=Span(start, start + len(quote)),
        quote=quote,
        supports=supports,
        status="verified",
        score=0.8,
        url=article.url,
        page=article.page_at(start),
        heading=article.heading_at(start),
    )


def answer(
    article: Article,
    question: str,
    *quotes: str,
    confidence: float = 0.9,
    partial: bool = False,
    short: str | None = None,
) -> Answer:
    text, citations = "", []
    for number, quote in enumerate(quotes, start=1):
        start = len(text)
        text += quote
        citations.append(citation(article, quote, number=number, supports=Span(start, len(text))))
        text += f" [{number}] "
    return Answer(
        id="reply-1",
        question=question,
        text=text.strip(),
        short_answer=short,
        citations=tuple(citations),
        confidence=confidence,
        trace=Trace(standalone_question=question),
        partial=partial,
    )


def abstention(question: str, reason: AbstentionReason = "not_stated", nearest: Sequence[Hit] = ()) -> Abstention:
    return Abstention(
        id="reply-2",
        question=question,
        reason=reason,
        nearest=tuple(nearest),
        confidence=0.1,
        trace=Trace(standalone_question=question),
    )


def hit(article: Article, text: str) -> Hit:
    start = article.text.index(text)
    return Hit(Passage(article.id, Span(start, start + len(text)), text), score=0.5, rank=1)


def summary(a: Article) -> ArticleSummary:
    pages = sum(mark.kind == "page" for mark in a.marks)
    return ArticleSummary(
        a.id, a.title, a.source, a.url, a.published, len(a.text), 1, a.content_hash, a.language, a.format, pages
    )


@dataclass(slots=True)
class FakeLibrary:
    held: Sequence[Article]

    def articles(self) -> list[ArticleSummary]:
        return [summary(article) for article in self.held]

    def articles_holding(self, words: str) -> set[str]:
        wanted = words.lower().split()
        return {a.id for a in self.held if wanted and all(word in a.text.lower() for word in wanted)}

    def article(self, article_id: str) -> Article:
        for article in self.held:
            if article.id == article_id:
                return article
        raise ArticleNotFoundError(f"no article has the id {article_id!r}; list them with: footnote list")


@dataclass(slots=True)
class ScriptedAssistant:
    """Gives the reply written down for a question; for any other it abstains, off topic.

    Where ``events`` are given, each question streams those; then it fails, if it is told to, or goes on without news.
    """

    replies: Mapping[str, Reply | Exception] = field(default_factory=dict)
    events: Sequence[Event] | None = None
    failure: Exception | None = None
    endless: bool = False
    asked: list[tuple[str, tuple[str, ...] | None]] = field(default_factory=list)
    heard: list[tuple[tuple[Turn, ...], str | None]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def ask(self, question: str, **asking: Unpack[Asking]) -> Reply:
        article_ids, history, standalone = asking.get("article_ids"), asking.get("history"), asking.get("standalone")
        self.asked.append((question, None if article_ids is None else tuple(article_ids)))
        self.heard.append((tuple(history or ()), standalone))
        if not question.strip():
            raise QuestionError("the question is empty; type one")
        reply = self.replies.get(question, abstention(question, "off_topic"))
        if isinstance(reply, Exception):
            raise reply
        if not history and not standalone:
            return reply
        return replace(reply, trace=replace(reply.trace, standalone_question=self.asked_alone(question)))

    quote = ask

    def asked_alone(self, question: str) -> str:
        """Return as what a question was read when it was asked last."""
        asked = max(n for n, (each, _) in enumerate(self.asked) if each == question)
        history, given = self.heard[asked]
        return conversation.standalone(question, history) if given is None else given

    def stream(self, question: str, **asking: Unpack[Asking]) -> Generator[Event]:
        try:
            yield from told(self.ask(question, **asking)) if self.events is None else self.events
            if self.failure is not None:
                raise self.failure
            while self.endless:
                time.sleep(0.01)
                yield Waiting()
        finally:
            self.closed.set()


def told(reply: Reply) -> list[Event]:
    """Return the events by which a reply comes."""
    said: list[Event] = [Delta(reply.text), *map(Cited, reply.citations)] if isinstance(reply, Answer) else []
    return [Found(reply.trace.consulted), *said, Finished(reply)]


@dataclass(slots=True)
class PacedAssistant:
    """Answers as an assistant does, but for questions that wait until they are let go; knows what it was asked."""

    assistant: Assistant
    held: set[str] = field(default_factory=set)
    let_go: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def ask(self, question: str, **asking: Unpack[Asking]) -> Reply:
        self.asked.append(question)
        if question in self.held:
            self.reached.set()
            assert self.let_go.wait(60)
        return self.assistant.ask(question, **asking)

    def stream(self, question: str, **asking: Unpack[Asking]) -> Generator[Event]:
        return self.assistant.stream(question, **asking)

    def quote(self, question: str, **asking: Unpack[Asking]) -> Reply:
        return self.assistant.quote(question, **asking)


@dataclass(frozen=True, slots=True)
class FakeProduct(Product):
    library: FakeLibrary
    assistant: ScriptedAssistant


def seed_product() -> FakeProduct:
    """Return a product that can answer in one place, in two, in part, and abstain in each way."""
    article = seed_article()
    tokaev = article.text[article.text.index("And the readiness") : article.text.index("\n\nThe USA")]
    size = article.text[article.text.index("But Kazakhstan is") : article.text.index(" He is not an enemy")]
    china = article.text[article.text.index("China maintains") : article.text.index(" Seen from Moscow")]
    sides = article.text[article.text.index("The USA, Turkey") : article.text.index(" China maintains")]
    who = "Who asked for the intervention of the troops?"
    how_big = "How big is Kazakhstan compared with Italy?"
    abroad = "How did other countries react?"
    born = "When was Tokaev born?"
    replies: dict[str, Reply | Exception] = {
        who: answer(article, who, tokaev, confidence=0.93),
        how_big: answer(article, how_big, size, confidence=0.7),
        abroad: answer(article, abroad, sides, china, confidence=0.5, partial=True),
        born: abstention(born, "not_stated", [hit(article, tokaev), hit(article, size)]),
        "break": RuntimeError("secret detail"),
        "refuse": QuestionError("the question has 20,000 characters; ask one of at most 2,000"),
    }
    return FakeProduct(FakeLibrary([article]), ScriptedAssistant(replies), (who, how_big, abroad, born))
