"""The example article beside a library of one's own: asked as long as that holds nothing, and whenever it is named.

Two libraries, shown as one, so that nothing of the example stands among a
user's articles: no search of theirs finds it, and nothing has to be removed.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Unpack

from index.article import Article
from index.errors import ArticleNotFoundError
from index.storage.library import Library
from index.storage.statements import ArticleSummary
from qa.answer import Reply
from qa.assistant import Asking, Assistant
from qa.events import Event

SEED_IS_FIXED = (
    "this is the library of the seed article, which nothing is added to; "
    "stop the server, and start it with a library of your own: footnote serve --library DIR"
)


class LibraryBesideExample:
    """A library of one's own; the example's articles are listed while it has none, and can always be read."""

    def __init__(self, own: Library, example: Library) -> None:
        self._own, self._example = own, example

    @property
    def folder(self) -> Path:
        """Where one's own is kept, and with it everything that is said about either."""
        return self._own.folder

    @property
    def is_example(self) -> bool:
        """Whether the articles listed are the example's."""
        return not self._own.articles()

    @property
    def beside(self) -> ArticleSummary | None:
        """The example, where it stands beside articles of one's own that do not hold it too."""
        own = {summary.id for summary in self._own.articles()}
        others = [summary for summary in self._example.articles() if own and summary.id not in own]
        return others[0] if others else None

    def articles(self) -> list[ArticleSummary]:
        """Return one's own articles; the example's where there are none."""
        return self._own.articles() or self._example.articles()

    def article(self, article_id: str) -> Article:
        """Return an article, one's own before the example's; errors as for `ui.app.protocols.Library`."""
        try:
            return self._own.article(article_id)
        except ArticleNotFoundError:
            if not self.is_of_example([article_id]):
                raise
            return self._example.article(article_id)

    def articles_holding(self, words: str) -> set[str]:
        """Return the ids of the listed articles whose text holds all words of a search."""
        return (self._example if self.is_example else self._own).articles_holding(words)

    def is_of_example(self, article_ids: Sequence[str]) -> bool:
        """Tell whether a question about these articles, all where there are none, is one about the example."""
        own = {summary.id for summary in self._own.articles()}
        if not own or not article_ids:
            return not own
        return not own & set(article_ids) and set(article_ids) <= {each.id for each in self._example.articles()}

    def close(self) -> None:
        """Close both; neither may be in use."""
        self._own.close()
        self._example.close()


class AssistantBesideExample:
    """Asks one's own articles, or the example; which, `LibraryBesideExample.is_of_example` says at each question."""

    def __init__(self, library: LibraryBesideExample, own: Assistant, example: Assistant) -> None:
        self._library, self._own, self._example = library, own, example

    def _of(self, article_ids: Sequence[str] | None = None) -> Assistant:
        return self._example if self._library.is_of_example(article_ids or ()) else self._own

    def ask(self, question: str, **asking: Unpack[Asking]) -> Reply:
        """See `qa.assistant.Assistant.ask`."""
        return self._of(asking.get("article_ids")).ask(question, **asking)

    def stream(self, question: str, **asking: Unpack[Asking]) -> Generator[Event]:
        """See `qa.assistant.Assistant.stream`."""
        return self._of(asking.get("article_ids")).stream(question, **asking)

    def quote(self, question: str, **asking: Unpack[Asking]) -> Reply:
        """See `qa.assistant.Assistant.quote`."""
        return self._of(asking.get("article_ids")).quote(question, **asking)

    def warm_up(self) -> None:
        """Load the models, which both share."""
        self._of().warm_up()


def example_beside(library: object) -> ArticleSummary | None:
    """Return the example that stands beside the articles of a library, if one does."""
    return library.beside if isinstance(library, LibraryBesideExample) else None


def shows_example(library: object) -> bool:
    """Tell whether a library shows the example in place of articles of one's own."""
    return isinstance(library, LibraryBesideExample) and library.is_example
