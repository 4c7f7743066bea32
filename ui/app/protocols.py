"""What every face is given: a library to show, an assistant to ask, and what changes the library.

`ui.app.wiring` makes it of a folder, tests of what they have written down.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, Unpack

from index.article import Article
from index.library_writer import Adding
from index.storage.statements import ArticleSummary
from qa.answer import Reply
from qa.assistant import Asking
from qa.events import Event
from ui.app.example import LibraryBesideExample
from ui.app.publisher_pages import PublisherPages


class Library(Protocol):
    """The articles that can be asked: one's own library, or two that are shown as one (`ui.app.example`)."""

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
    """`qa.assistant.Assistant`, or what stands in front of it: the example's (`ui.app.example`), a server's counts."""

    def ask(self, question: str, **asking: Unpack[Asking]) -> Reply:
        """Return the reply to a question; called from several threads at once. For errors see the assistant."""
        ...

    def stream(self, question: str, **asking: Unpack[Asking]) -> Generator[Event]:
        """Tell what is known of the reply as it comes; the last event holds it. Closing the generator ends the work."""
        ...

    def quote(self, question: str, **asking: Unpack[Asking]) -> Reply:
        """Return the reply in the articles' own words, whatever else words replies."""
        ...


@dataclass(frozen=True, slots=True)
class Product:
    """Everything a face is given; ``adding`` and ``pages`` are None where the library may not be changed.

    ``examples`` are questions about the example article, or about whatever else the library holds for ever.
    """

    library: Library
    assistant: Assistant
    examples: Sequence[str] = ()
    adding: Adding | None = None
    pages: PublisherPages | None = None

    @property
    def example_questions(self) -> Sequence[str]:
        """Questions to begin with: none about an example that stands back behind articles of one's own."""
        stands_back = isinstance(self.library, LibraryBesideExample) and not self.library.is_example
        return () if stands_back else self.examples
