"""What the faces need of the product, and no more: a library to show and an assistant to ask.

Owned here, by those who use it; `ui.compose` makes one, tests make another.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import date
from typing import Protocol

from index.article import Article
from qa.answer import Reply
from qa.events import Event


class ArticleSummary(Protocol):
    """What a list of articles shows of one."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def url(self) -> str | None: ...
    @property
    def published(self) -> date | None: ...
    @property
    def characters(self) -> int: ...
    @property
    def passages(self) -> int: ...


class Library(Protocol):
    """The articles that can be asked."""

    def articles(self) -> Sequence[ArticleSummary]:
        """Return a summary of every article, always in the same order; none is not an error."""
        ...

    def article(self, article_id: str) -> Article:
        """Return one article.

        Raises:
            ArticleNotFoundError: no article has that id.
        """
        ...


class Assistant(Protocol):
    """Answers with citations, or abstains."""

    def ask(self, question: str, *, article_ids: Sequence[str] | None = None) -> Reply:
        """Return the reply to a question about all articles, or about those named.

        Called from several threads at once.

        Raises:
            QuestionError: the question is empty or too long.
            ArticleNotFoundError: one of ``article_ids`` is not in the library.
        """
        ...

    def stream(self, question: str, *, article_ids: Sequence[str] | None = None) -> Generator[Event]:
        """Tell what is known of the reply as it comes; the last event holds it. Closing the generator ends the work.

        Raises:
            QuestionError, ArticleNotFoundError: see `ask`; with the first event.
        """
        ...


class Product(Protocol):
    """Everything a face is given."""

    @property
    def library(self) -> Library: ...
    @property
    def assistant(self) -> Assistant: ...
    @property
    def example_questions(self) -> Sequence[str]: ...
