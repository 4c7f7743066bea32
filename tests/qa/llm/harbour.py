"""Three short articles about a made-up harbour, and the answer in quotes that a language model is to word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.article import Article, Hit, Passage, Span
from index.errors import ArticleNotFoundError
from qa.answer import Answer, Citation, Reply, Trace
from qa.config import LLMConfig
from qa.events import Event, Finished
from qa.llm.model import LanguageModel
from qa.llm.writing import Writer

HARBOUR = Article(
    "harbour",
    "The harbour of Vell",
    "The harbour of Vell opened in 1921. It was built by Anna Reis. 🙂 A storm closed it in 1950.\n\n"
    "Since then 1,200 boats have found shelter there.",
)
TOWN = Article("town", "Vell", "Vell is a town of 4,000 people. It has no railway station.")
LETTER = Article("letter", "A letter", "The mayor thanked Reis for the harbour. She never came back to Vell.")
ARTICLES = (HARBOUR, TOWN, LETTER)


def hit(article: Article, span: Span | None = None, rank: int = 1) -> Hit:
    span = span or Span(0, len(article.text))
    return Hit(Passage(article.id, span, span.slice(article.text)), 1 / rank, rank)


def quoted(*articles: Article, question: str = "When did the harbour open?", quote: str | None = None) -> Answer:
    """Return the answer that quotes the first article's first sentence, after reading all of them."""
    articles = articles or ARTICLES
    quote = quote or articles[0].text.partition(".")[0] + "."
    start = articles[0].text.index(quote)
    citation = Citation(
        number=1,
        article_id=articles[0].id,
        title=articles[0].title,
        span=Span(start, start + len(quote)),
        quote=quote,
        supports=Span(0, len(quote)),
        status="verified",
        score=2.0,
    )
    consulted = tuple(hit(article, rank=rank) for rank, article in enumerate(articles, start=1))
    trace = Trace(question, consulted, {"total": 5.0}, {"embedder": "e", "reader": "r", "llm": None})
    return Answer("q1", question, f"{quote} [1]", "1921", (citation,), 0.8, trace)


def writer_of(model: LanguageModel, articles: Sequence[Article] = ARTICLES, **settings: Any) -> Writer:
    held = {article.id: article for article in articles}

    def article_of(article_id: str) -> Article:
        if article_id not in held:
            raise ArticleNotFoundError(article_id)
        return held[article_id]

    config = LLMConfig(base_url="http://127.0.0.1/v1", model=model.name, **settings)
    return Writer(model, article_of=article_of, config=config)


def events_of(model: LanguageModel, *articles: Article, **settings: Any) -> list[Event]:
    articles = articles or ARTICLES
    return list(writer_of(model, articles, **settings).write(quoted(*articles)))


def reply_of(model: LanguageModel, *articles: Article, **settings: Any) -> Reply:
    *_, last = events_of(model, *articles, **settings)
    assert isinstance(last, Finished)
    return last.reply


def assert_sound(reply: Reply, articles: Sequence[Article] = ARTICLES) -> None:
    """Assert what holds of every worded answer: each citation slices to its quote, and nothing is left uncovered."""
    assert isinstance(reply, Answer)
    text_of = {article.id: article.text for article in articles}
    for citation in reply.citations:
        assert citation.span.slice(text_of[citation.article_id]) == citation.quote != ""
        assert citation.status in ("verified", "repaired")
        assert citation.supports.slice(reply.text).strip()
        assert reply.text[citation.supports.end :].startswith(" [")
    covered = [*reply.unsupported, *(citation.supports for citation in reply.citations)]
    rest = "".join(
        character for at, character in enumerate(reply.text) if not any(start <= at < end for start, end in covered)
    )
    assert not any(map(str.isalpha, rest))
