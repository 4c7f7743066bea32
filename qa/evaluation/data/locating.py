"""Where a pair's answer stands: the article that a row names, and its quotes to gold spans.

A quote is looked for as it is, then with any white space for any other;
nothing else is tolerated, for a gold span that is not the words is worse than
none. What is not found is a problem of the gold: the question is asked all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePath
from typing import Protocol
from urllib.parse import urlsplit

from index.article import Article
from qa.citing import find_quote
from qa.errors import DatasetError
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.data.nouns import Pair, Problem

MOST_PLACES = 20  # of one quote; more is a word that stands everywhere, and tells no citation from another
SEARCHED_WORDS = 12


class Summary(Protocol):
    """What an article is called."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def url(self) -> str | None: ...


class Articles(Protocol):
    """The library that is asked."""

    def articles(self) -> Sequence[Summary]:
        """Return a summary of every article."""
        ...

    def article(self, article_id: str) -> Article:
        """Return one article that is there."""
        ...

    def articles_holding(self, words: str) -> set[str]:
        """Return the ids of the articles that hold all words of a search."""
        ...


class Gazetteer:
    """The articles by every name that a row may call them, and their texts."""

    def __init__(self, library: Articles) -> None:
        self._library = library
        self.ids = [summary.id for summary in library.articles()]
        self._known = frozenset(self.ids)
        self._called: dict[str, dict[str, None]] = {}
        for summary in library.articles():
            for name in _names(summary):
                self._called.setdefault(name, {})[summary.id] = None
        self.text = lru_cache(maxsize=64)(lambda article_id: library.article(article_id).text)

    def find(self, name: str) -> str:
        """Return the id of the article that is called so; an id goes before a title, a file or an address.

        Raises:
            DatasetError: there is none, or several are.
        """
        if name in self._known:
            return name
        found = list(self._called.get(_folded(name), ()))
        if not found:
            raise DatasetError(f"there is no article {name!r:.80}; write an id, title, file name or address")
        if len(found) > 1:
            shown = ", ".join(map(repr, found[:3]))
            raise DatasetError(f"{len(found)} articles are called {name!r:.80}; write an id: {shown}")
        return found[0]

    def likely_for(self, quote: str) -> list[str]:
        """Return the ids of the articles that may hold a quote, in the library's order."""
        if len(self.ids) == 1:
            return self.ids
        holding = self._library.articles_holding(" ".join(quote.split()[:SEARCHED_WORDS]))
        return [article_id for article_id in self.ids if article_id in holding]


def locate(pairs: Sequence[Pair], library: Articles) -> tuple[list[Question], list[Problem]]:
    """Return every pair's question with its gold looked up, in order, and what of the gold cannot be used."""
    gazetteer, problems = Gazetteer(library), list[Problem]()
    questions = [_with_gold(pair, gazetteer, problems) for pair in pairs]
    return questions, problems


def _with_gold(pair: Pair, gazetteer: Gazetteer, problems: list[Problem]) -> Question:
    def note(fault: str) -> None:
        problems.append(Problem(f"{pair.place}: {fault}", asked=True))

    article_id = None
    if pair.article is not None:
        try:
            article_id = gazetteer.find(pair.article)
        except DatasetError as error:
            note(str(error))
    gold: dict[Gold, None] = {}
    for place in pair.places:
        gold.update(dict.fromkeys(_checked(place, gazetteer, note)))
    if not gold and (pair.article is None or article_id is not None):  # an unknown article was said already
        for quote in pair.quotes:
            places = _places(quote, article_id, gazetteer)
            if not 0 < len(places) <= MOST_PLACES:
                note(_unusable(quote, len(places), pair.article))
            else:
                gold.update(dict.fromkeys(places))
    if not gold and article_id is not None:
        gold[Gold(article_id, None)] = None
    return replace(pair.question, gold=tuple(gold) if pair.question.answerable else (), context_article=article_id)


def _checked(place: Gold, gazetteer: Gazetteer, note: Callable[[str], None]) -> Iterator[Gold]:
    try:
        article_id = gazetteer.find(place.article_id)
    except DatasetError as error:
        note(str(error))
        return
    characters = len(gazetteer.text(article_id)) if place.span is not None else 0
    if place.span is not None and place.span.end > characters:
        note(
            f"the gold span ends at {place.span.end}, but article {place.article_id!r:.80} has {characters} "
            "characters; count in code points of its text"
        )
        return
    yield Gold(article_id, place.span)


def _places(quote: str, article_id: str | None, gazetteer: Gazetteer) -> list[Gold]:
    """Return every place of a quote; each counts as right, since nobody says which was meant."""
    candidates = [article_id] if article_id is not None else gazetteer.likely_for(quote)
    return [Gold(each, span) for each in candidates for span in find_quote(gazetteer.text(each), quote)]


def _unusable(quote: str, places: int, article: str | None) -> str:
    if places:
        return f"the quote {quote!r:.60} stands at {places} places; quote more of the sentence that was meant"
    where = "any article" if article is None else f"article {article!r:.80}"
    return f"the quote {quote!r:.60} does not stand in {where}; copy its words from there"


def _names(summary: Summary) -> set[str]:
    """Return what an article may be called: title, address, file with and without its folder and suffix."""
    names = {summary.title, summary.source, summary.url or ""}
    for where in (summary.source, urlsplit(summary.url or "").path):
        path = PurePath(where.removeprefix("upload:").replace("\\", "/"))
        names |= {path.name, path.stem}
    return {_folded(name) for name in names if name.strip()}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
