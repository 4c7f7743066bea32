"""What the library pane lists: which articles, in which order, from where on; and which of them are asked.

Pure functions over summaries. What a browser tells is never taken for granted:
what makes no sense counts as not said.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import PurePath
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from index.storage.statements import ArticleSummary
from ui.app.example import example_beside
from ui.app.protocols import Library

Order = Literal["added", "title", "published", "length"]
Facet = Literal["format", "language", "site"]
ORDERS: tuple[Order, ...] = get_args(Order)
FACETS: tuple[Facet, ...] = get_args(Facet)
ARTICLES_A_PAGE = 50
MAX_CHOICES = 60  # of one facet; a longer menu is no help
MAX_SEARCH_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class LibraryView:
    """What a person wants to see of the library; an empty facet is any, pages count from 0."""

    search: str = ""
    format: str = ""
    language: str = ""
    site: str = ""
    order: Order = "added"
    page: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the articles that a view finds; ``found`` of ``total`` are there."""

    view: LibraryView
    articles: Sequence[ArticleSummary]
    found: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.found // ARTICLES_A_PAGE))


def view_of(told: Any) -> LibraryView:
    """Return the view that a browser asks for."""
    wanted = told if isinstance(told, Mapping) else {}
    texts = {f.name: wanted[f.name] for f in fields(LibraryView) if isinstance(wanted.get(f.name), str)}
    page = wanted.get("page")
    return LibraryView(
        search=texts.get("search", "").strip()[:MAX_SEARCH_CHARACTERS],
        format=texts.get("format", ""),
        language=texts.get("language", ""),
        site=texts.get("site", ""),
        order=next((order for order in ORDERS if order == texts.get("order")), "added"),
        page=page if isinstance(page, int) and page > 0 else 0,
    )


def listed(library: Library, view: LibraryView) -> Listing:
    """Return a page of the articles that match; all words of a search stand in the title or name, or in the text."""
    summaries = library.articles()
    found = [summary for summary in summaries if all(_has(summary, facet, getattr(view, facet)) for facet in FACETS)]
    if view.search:
        holding = _articles_holding(library, view.search)
        found = [summary for summary in found if summary.id in holding or _is_called(summary, view.search)]
    found = _sorted(found, view.order)
    page = min(view.page, max(0, (len(found) - 1) // ARTICLES_A_PAGE))
    start = page * ARTICLES_A_PAGE
    shown = found[start : start + ARTICLES_A_PAGE]
    return Listing(_on_page(view, page), shown, len(found), len(summaries))


def choices(summaries: Sequence[ArticleSummary]) -> dict[Facet, list[str]]:
    """Return what a library can be narrowed to: for each facet of more than one kind its kinds, the commonest first."""
    kinds = {facet: Counter(kind for s in summaries if (kind := kind_of(s, facet))) for facet in FACETS}
    return {
        facet: [kind for kind, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))][:MAX_CHOICES]
        for facet, counted in kinds.items()
        if len(counted) > 1
    }


def kind_of(summary: ArticleSummary, facet: Facet) -> str:
    """Return what an article is in one respect; nothing where that is not known."""
    if facet == "site":
        return site_of(summary)
    return summary.format if facet == "format" else summary.language or ""


def site_of(summary: ArticleSummary) -> str:
    """Return the host of a web page, without the www that says nothing."""
    try:
        return (urlsplit(summary.url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def name_of(summary: ArticleSummary) -> str:
    """Return the name of an article's file, without its folders: where they are is the server's business."""
    kind, colon, rest = summary.source.partition(":")
    if colon and kind in ("pasted", "http", "https"):
        return ""
    named = rest if kind == "upload" else summary.source
    return PurePath(named.partition("#")[0]).name


def asked_ids(library: Library, told: str) -> tuple[str, ...]:
    """Return the articles that a page asks, in its order: those of a JSON list that are there; none where all are.

    The example beside them is asked alone, or not at all.
    """
    try:
        wanted = json.loads(told or "[]")
    except ValueError:
        return ()
    there = {summary.id for summary in library.articles()}
    example = example_beside(library)
    if example is not None and wanted == [example.id]:
        return (example.id,)
    if not isinstance(wanted, list) or len(there) < 2:
        return ()
    return tuple(dict.fromkeys(each for each in wanted if isinstance(each, str) and each in there))


def _on_page(view: LibraryView, page: int) -> LibraryView:
    return LibraryView(view.search, view.format, view.language, view.site, view.order, page)


def _has(summary: ArticleSummary, facet: Facet, wanted: str) -> bool:
    return not wanted or kind_of(summary, facet) == wanted


def _articles_holding(library: Library, words: str) -> set[str]:
    try:
        words.encode()
    except UnicodeEncodeError:  # half a surrogate pair stands in no article
        return set()
    return library.articles_holding(words)


def _is_called(summary: ArticleSummary, search: str) -> bool:
    name = f"{summary.title} {name_of(summary)} {site_of(summary)}".casefold()
    return all(word in name for word in search.casefold().split())


def _sorted(summaries: list[ArticleSummary], order: Order) -> list[ArticleSummary]:
    """Sort: the last added first, titles as in a dictionary, the newest or the longest first; ties as they were added.

    Articles without a date stand behind those with one.
    """
    if order == "added":
        return summaries[::-1]
    keys: dict[Order, Callable[[ArticleSummary], Any]] = {
        "title": lambda summary: summary.title.casefold(),
        "published": lambda summary: -summary.published.toordinal() if summary.published else 0,
        "length": lambda summary: -summary.characters,
    }
    return sorted(summaries, key=keys[order])
