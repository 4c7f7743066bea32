"""What the faces need of the product, and no more: a library to show and an assistant to ask.

Owned here, by those who use it; `ui.app.wiring` makes one, tests make another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from index.article import Article, ArticleFormat
from index.library_writer import AddingEvent, Source
from qa.answer import Reply
from qa.events import Event
from qa.followups.standalone import Turn


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
    @property
    def language(self) -> str | None: ...
    @property
    def format(self) -> ArticleFormat: ...
    @property
    def pages(self) -> int: ...


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

    def articles_holding(self, words: str) -> set[str]:
        """Return the ids of the articles whose text holds all words of a search; none for no words."""
        ...


class Assistant(Protocol):
    """Answers with citations, or abstains."""

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_ids: Sequence[str] | None = None,
        standalone: str | None = None,
    ) -> Reply:
        """Return the reply to a question about all articles, or about those named.

        ``history`` are the turns before it, by which a follow-up is understood;
        ``standalone`` is what to read it as instead. Called from several
        threads at once.

        Raises:
            QuestionError: the question is empty or too long.
            ArticleNotFoundError: one of ``article_ids`` is not in the library.
        """
        ...

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_ids: Sequence[str] | None = None,
        standalone: str | None = None,
    ) -> Generator[Event]:
        """Tell what is known of the reply as it comes; the last event holds it. Closing the generator ends the work.

        Raises:
            QuestionError, ArticleNotFoundError: see `ask`; with the first event.
        """
        ...

    def quote(self, question: str, *, article_ids: Sequence[str] | None = None) -> Reply:
        """Return the reply in the articles' own words, whatever else words replies.

        Raises:
            QuestionError, ArticleNotFoundError: see `ask`.
        """
        ...


class Adding(Protocol):
    """Changes the library while it is asked."""

    def start(self, sources: Sequence[Source], *, done: Callable[[], object] | None = None) -> Iterator[AddingEvent]:
        """Add sources in a thread of its own, and give what becomes of each as it comes.

        ``done`` is called when all is over, whether anybody listens or not. A
        bad source is told of and does not stop the others.

        Raises:
            ConfigurationError: there are too many of them.
            StorageError: the library cannot be written, once the events have reached that.
        """
        ...

    def remove(self, article_ids: Sequence[str]) -> None:
        """Remove articles, all of them or none.

        Raises:
            ArticleNotFoundError: one is not there.
            StorageError: the library cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class ReadPage:
    """The article of a page of the web. ``kept``: not read just now, but the library holds it under that address."""

    article_id: str
    title: str
    state: Literal["added", "replaced", "unchanged", "kept"]


class Pages(Protocol):
    """Reads pages of publishers into the library."""

    def read(self, url: str, *, origins: Collection[str], count_new: Callable[[], None]) -> Future[ReadPage]:
        """Read a page in a thread of its own, unless it was read lately; who asks for one being read waits for it.

        ``origins`` are the publisher's: no other is connected to. ``count_new``
        is called before an article is added that the library does not hold, and may refuse.

        Raises:
            SourceError: the address is none, or of another origin; as the future's exception, also
                that the page cannot be read.
            QuotaError: too many pages are being read now; as the future's, what ``count_new`` raises.
            StorageError: as the future's exception, the library cannot be written.
        """
        ...


class Product(Protocol):
    """Everything a face is given; ``adding`` and ``pages`` are None where the library may not be changed."""

    @property
    def library(self) -> Library: ...
    @property
    def assistant(self) -> Assistant: ...
    @property
    def example_questions(self) -> Sequence[str]: ...
    @property
    def adding(self) -> Adding | None: ...
    @property
    def pages(self) -> Pages | None: ...


@dataclass(frozen=True, slots=True)
class OtherAssistant:
    """A product as it is, but for who answers."""

    product: Product
    assistant: Assistant

    @property
    def library(self) -> Library:
        """The same library."""
        return self.product.library

    @property
    def example_questions(self) -> Sequence[str]:
        """The same questions."""
        return self.product.example_questions

    @property
    def adding(self) -> Adding | None:
        """The same adding."""
        return self.product.adding

    @property
    def pages(self) -> Pages | None:
        """The same pages."""
        return self.product.pages
