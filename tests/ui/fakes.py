"""A product of the seed article and scripted replies: what the faces show, without a model."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from index.article import Article, ArticleFormat, Hit, Passage, Span
from index.errors import ArticleNotFoundError
from qa.answer import Abstention, AbstentionReason, Answer, Citation, Reply, Trace
from qa.errors import QuestionError
from qa.events import Cited, Delta, Event, Finished, Found
from qa.followups import standalone as conversation
from qa.followups.standalone import Turn
from ui.app.protocols import Adding, Pages

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


@dataclass(frozen=True, slots=True)
class Summary:
    id: str
    title: str
    source: str
    url: str | None
    published: date | None
    characters: int
    passages: int
    language: str | None = None
    format: ArticleFormat = "text"
    pages: int = 0


def _summary(a: Article) -> Summary:
    pages = sum(mark.kind == "page" for mark in a.marks)
    return Summary(a.id, a.title, a.source, a.url, a.published, len(a.text), 1, a.language, a.format, pages)


@dataclass(slots=True)
class FakeLibrary:
    held: Sequence[Article]

    def articles(self) -> list[Summary]:
        return [_summary(article) for article in self.held]

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
    """Gives the reply written down for a question; for any other it abstains, off topic."""

    replies: Mapping[str, Reply | Exception] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...] | None]] = field(default_factory=list)
    heard: list[tuple[tuple[Turn, ...], str | None]] = field(default_factory=list)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_ids: Sequence[str] | None = None,
        standalone: str | None = None,
    ) -> Reply:
        self.asked.append((question, None if article_ids is None else tuple(article_ids)))
        self.heard.append((tuple(history), standalone))
        if not question.strip():
            raise QuestionError("the question is empty; type one")
        reply = self.replies.get(question, abstention(question, "off_topic"))
        if isinstance(reply, Exception):
            raise reply
        read = conversation.standalone(question, history) if standalone is None else standalone
        return replace(reply, trace=replace(reply.trace, standalone_question=read)) if history or standalone else reply

    def asked_alone(self, question: str) -> str:
        """Return as what a question was read when it was asked last."""
        asked = max(n for n, (each, _) in enumerate(self.asked) if each == question)
        history, given = self.heard[asked]
        return conversation.standalone(question, history) if given is None else given

    def quote(self, question: str, *, article_ids: Sequence[str] | None = None) -> Reply:
        return self.ask(question, article_ids=article_ids)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_ids: Sequence[str] | None = None,
        standalone: str | None = None,
    ) -> Generator[Event]:
        reply = self.ask(question, history=history, article_ids=article_ids, standalone=standalone)
        yield Found(reply.trace.consulted)
        if isinstance(reply, Answer):
            yield Delta(reply.text)
            yield from map(Cited, reply.citations)
        yield Finished(reply)


@dataclass(frozen=True, slots=True)
class FakeProduct:
    library: FakeLibrary
    assistant: ScriptedAssistant
    example_questions: Sequence[str] = ()
    adding: Adding | None = None
    pages: Pages | None = None


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
