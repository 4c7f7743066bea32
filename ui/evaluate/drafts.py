"""Draft questions, and find what the chat could not help with: open or build the library, ask, give rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.article import Article
from index.errors import SourceError
from index.formats import read_articles
from index.storage.conversations import ConversationStore
from index.storage.library import Library
from index.web import is_address, read_url
from qa.evaluation.data.locating import Gazetteer
from qa.evaluation.review.candidates import FoundPairs, RatedTurn, candidates
from qa.evaluation.review.label import label
from qa.evaluation.review.rows import Row, row_of
from qa.question_generation.by_llm import draft_with
from qa.question_generation.select import LANGUAGES, draft, language_in
from ui.app.settings import Settings
from ui.app.wiring import (
    OpenProduct,
    library_folder,
    library_settings,
    make_language_model,
    open_product,
    opened_library,
    product_of,
)


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """What an article at hand is called."""

    id: str
    title: str
    source: str
    url: str | None


class Shelf:
    """The articles of a library with some more beside them, as a review looks them up."""

    def __init__(self, library: Library | None, more: Sequence[Article]) -> None:
        self._library = library
        self._more = {article.id: article for article in more}

    def articles(self) -> list[DraftSummary]:
        """Return a summary of each, those of the library first."""
        there = self._library.articles() if self._library is not None else ()
        named = [DraftSummary(each.id, each.title, each.source, each.url) for each in (*there, *self._more.values())]
        return list({each.id: each for each in named}.values())

    def article(self, article_id: str) -> Article:
        """Return one that is there."""
        if article_id in self._more or self._library is None:
            return self._more[article_id]
        return self._library.article(article_id)

    def articles_holding(self, words: str) -> set[str]:
        """Return the ids of those that hold all words; of those beside the library, of all."""
        there = self._library.articles_holding(words) if self._library is not None else set()
        return there | self._more.keys()


def draft_rows(
    named: Sequence[str], folder: Path | None, *, count: int, seed: int, told: Callable[[str], object]
) -> list[Row]:
    """Draft questions about articles, ask the product each, and return them as rows.

    Args:
        named: ids of the library's articles, files, folders or addresses.
        folder: the library's folder; None is the user's own, or the seed article's.
        count: the most of one article.
        seed: the same seed gives the same drafts.
        told: given a line for what a person should know: no rules, no sentence that they fit.

    Raises:
        SourceError: a name is neither an article of the library nor a file or address that can be read.
    """
    with _at_hand(named, folder) as (product, articles):
        model = make_language_model(product.settings.llm)
        rows: list[Row] = []
        for article in articles:
            if model is not None:
                drafts = draft_with(article, model, count=count, seed=seed, told=told)
            else:
                drafts = draft(article, count=count, seed=seed)
            if len(drafts) < count:
                told(_too_few(article, len(drafts), count))
            rows += [row_of(each, article, label(each, product.assistant.quote)) for each in drafts]
        return rows


def candidate_rows(folder: Path | None) -> FoundPairs:
    """Return what the chat of a library could not help with, as rows.

    Raises:
        LibraryNotFoundError: there is no library of that name.
    """
    with opened_library(folder, own=True) as library, closing(ConversationStore.open(library.folder)) as store:
        turns = (
            RatedTurn(conversation_id, position, turn, turns[:position])
            for conversation_id, turns in store.turns()
            for position, turn in enumerate(turns)
        )
        return candidates(turns, store.feedback())


@contextmanager
def articles_at_hand(folder: Path | None, corpus: Path | None) -> Iterator[Gazetteer]:
    """Open the articles that a review looks things up in; no model is needed."""
    more = list(read_articles(corpus)) if corpus is not None else []
    with opened_library(folder) as library:
        yield Gazetteer(Shelf(library, more))


@contextmanager
def _at_hand(named: Sequence[str], folder: Path | None) -> Iterator[tuple[OpenProduct, list[Article]]]:
    """Open what is asked: the library where all are its articles, or else one that is made of those that are read."""
    stored: list[Article] = []
    elsewhere = list(named)
    settings = library_settings(library_folder(folder))
    if not all(is_address(name) or Path(name).exists() for name in named):
        product = open_product(folder)
        with product.library:
            ids = {summary.id for summary in product.library.articles()}
            elsewhere = [name for name in named if name not in ids]
            stored = [product.library.article(name) for name in named if name in ids]
            settings = product.settings
            if not elsewhere:
                yield product, stored
                return
    read = [article for name in elsewhere for article in _read(name, settings)]
    articles = list({article.id: article for article in (*stored, *read)}.values())
    with (
        tempfile.TemporaryDirectory(prefix="footnote-draft-") as made,
        product_of(articles, settings, Path(made)) as product,
    ):
        yield product, articles


def _read(name: str, settings: Settings) -> list[Article]:
    if is_address(name):
        return list(read_url(name, settings.fetching))
    if not Path(name).exists():
        raise SourceError(
            f"{name!r:.80} is neither an article of the library nor a file; list them with: footnote list"
        )
    return list(read_articles(Path(name)))


def _too_few(article: Article, made: int, count: int) -> str:
    language = language_in(article)
    called = f"{article.title!r:.60}"
    if made == 0 and language not in LANGUAGES:
        return f"{called}: no drafts, since there are rules for English and German only, and no language model is set"
    return f"{called}: {made} of {count} drafts; the rules fit no more of its sentences"
