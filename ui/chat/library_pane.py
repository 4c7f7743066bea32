"""The library pane as HTML: what to look for, and a page of the articles found.

The page's scripts rely on these hooks: ``data-facet`` (a menu), ``data-pick`` (a
box: ask this article), ``data-open``, ``data-remove``, ``data-removed`` and
``data-keep`` (buttons of a row), ``data-turn-to`` (a page of the list), ``data-ask-only`` (of the example).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from index.storage.statements import ArticleSummary
from ui.chat.library_view import FACETS, ORDERS, Facet, Listing, Order, choices, name_of, site_of
from ui.replies.messages import Wording
from ui.replies.places import escape
from ui.replies.templating import html_of

TEMPLATES = Path(__file__).with_name("templates")

_FORMATS = {
    "markdown": "Markdown",
    "corpus": "JSON",
    "csv": "CSV",
    "pdf": "PDF",
    "docx": "Word",
    "pptx": "PowerPoint",
    "epub": "EPUB",
}
_ANY: dict[Facet, str] = {
    "format": "library.any.format",
    "language": "library.any.language",
    "site": "library.any.site",
}
_ORDERS: dict[Order, str] = {
    "added": "library.order.added",
    "title": "library.order.title",
    "published": "library.order.published",
    "length": "library.order.length",
}


def finder_html(articles: Sequence[ArticleSummary], *, words: Wording, is_example: bool = False) -> str:
    """Return the library's title and what finds articles in it, as far as there is anything to choose from."""
    title = words.text("library.title", count=len(articles)) if articles else words.text("empty.title")
    title = words.text("example.title") if is_example else title
    found = choices(articles) if len(articles) > 1 else {}
    menus: list[tuple[str, str, list[tuple[str, str]]]] = [
        (facet, words.text(_ANY[facet]), [("", words.text(_ANY[facet])), *_named(facet, found[facet], words)])
        for facet in FACETS
        if facet in found
    ]
    if len(articles) > 1:
        orders = [(str(order), words.text(_ORDERS[order])) for order in ORDERS]
        menus.append(("order", words.text("library.order"), orders))
    return html_of(TEMPLATES, "finder.html", words, title=title, menus=menus)


def _named(facet: Facet, kinds: Sequence[str], words: Wording) -> list[tuple[str, str]]:
    return [(kind, _kind_in_words(facet, kind, words)) for kind in kinds]


def _kind_in_words(facet: Facet, kind: str, words: Wording) -> str:
    if facet == "language":
        return words.language_name(kind)
    return format_in_words(kind, words) if facet == "format" else kind


def format_in_words(kind: str, words: Wording) -> str:
    """Return what a person calls a format of files."""
    if kind == "html":
        return words.text("library.format.page")
    return _FORMATS.get(kind) or words.text("library.format.text")


def listing_html(listing: Listing, *, asked: Collection[str], can_remove: bool, words: Wording) -> str:
    """Return one page of the articles; those that are asked are ticked."""
    picks = listing.total > 1
    if not listing.total:
        return ""
    if not listing.articles:
        return f'<p class="fn-details fn-found">{escape(words.text("library.none"))}</p>'
    found = words.text("library.found", count=listing.found, total=words.number(listing.total))
    return html_of(
        TEMPLATES,
        "listing.html",
        words,
        said=found if listing.found < listing.total else words.text("library.pick") if picks else "",
        rows=[(each, each.title or words.text("source.untitled"), _details(each, words)) for each in listing.articles],
        picks=picks,
        asked=asked,
        can_remove=can_remove,
        page=listing.view.page,
        pages=listing.pages,
    )


def example_html(example: ArticleSummary, *, words: Wording) -> str:
    """Return the example apart from the articles beside which it stands: to be read, and to be asked by itself."""
    return html_of(TEMPLATES, "example.html", words, example=example)


def _details(summary: ArticleSummary, words: Wording) -> list[str]:
    parts = [
        site_of(summary) or name_of(summary),
        words.date(summary.published) if summary.published else "",
        words.language_name(summary.language) if summary.language else "",
        format_in_words(summary.format, words),
        words.text("library.pages", count=summary.pages) if summary.pages else "",
        words.text("library.characters", count=summary.characters),
        words.text("library.passages", count=summary.passages),
    ]
    return [part for part in parts if part]
