"""Articles as the JSON that the HTTP face and the MCP tools give out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, Field

from index.article import Article
from index.storage.statements import ArticleSummary


class ArticleCard(BaseModel):
    """What is known about an article, without its text. Where it was read from stays with the server."""

    id: str
    title: str
    url: str | None
    published: date | None
    characters: int = Field(description="Length of the text in code points, which offsets count.")
    passages: int


class ArticleList(BaseModel):
    """Every article of the library."""

    articles: list[ArticleCard]


class ArticleDocument(BaseModel):
    """An article with the text that offsets count in."""

    id: str
    title: str
    url: str | None
    language: str | None
    published: date | None
    format: str
    characters: int
    text: str


def article_list(summaries: Iterable[ArticleSummary]) -> ArticleList:
    """Return the cards of articles, in the order given."""
    return ArticleList(articles=[_card(summary) for summary in summaries])


def article_document(article: Article) -> ArticleDocument:
    """Return an article with its text."""
    return ArticleDocument(
        id=article.id,
        title=article.title,
        url=article.url,
        language=article.language,
        published=article.published,
        format=article.format,
        characters=len(article.text),
        text=article.text,
    )


def _card(summary: ArticleSummary) -> ArticleCard:
    return ArticleCard(
        id=summary.id,
        title=summary.title,
        url=summary.url,
        published=summary.published,
        characters=summary.characters,
        passages=summary.passages,
    )
