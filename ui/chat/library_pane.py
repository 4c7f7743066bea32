"""The library pane as HTML: what to look for, and a page of the articles found.

The page's scripts rely on these hooks: ``data-facet`` (a menu), ``data-pick`` (a
box: ask this article), ``data-open``, ``data-remove``, ``data-removed`` and
``data-keep`` (buttons of a row), ``data-turn-to`` (a page of the list), ``data-ask-only`` (of the example).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from index.storage.statements import ArticleSummary
from ui.chat.library_view import FACETS, ORDERS, Facet, Listing, Order, choices, name_of, site_of
from ui.replies.messages import Wording
from ui.replies.places import escape

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
    heading = f'<h2 class="fn-shelf-title" tabindex="-1">{escape(title)}</h2>'
    if len(articles) < 2:
        return heading
    found = choices(articles)
    menus = [
        _menu(facet, words.text(_ANY[facet]), [("", words.text(_ANY[facet])), *_named(facet, found[facet], words)])
        for facet in FACETS
        if facet in found
    ]
    orders = [(order, words.text(_ORDERS[order])) for order in ORDERS]
    label = escape(words.text("library.search"))
    return (
        f'{heading}<div class="fn-finder" role="search"><input type="search" id="fn-search" autocomplete="off"'
        f' aria-label="{label}" placeholder="{label}">'
        f"{''.join(menus)}{_menu('order', words.text('library.order'), orders)}</div>"
    )


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


def _menu(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options)
    return f'<select data-facet="{name}" aria-label="{escape(label)}">{listed}</select>'


def listing_html(listing: Listing, *, asked: Collection[str], can_remove: bool, words: Wording) -> str:
    """Return one page of the articles; those that are asked are ticked."""
    picks = listing.total > 1
    rows = "".join(_row(summary, summary.id in asked, picks, can_remove, words) for summary in listing.articles)
    if not listing.total:
        return ""
    if not rows:
        return f'<p class="fn-details fn-found">{escape(words.text("library.none"))}</p>'
    found = words.text("library.found", count=listing.found, total=words.number(listing.total))
    said = found if listing.found < listing.total else words.text("library.pick") if picks else ""
    above = f'<p class="fn-details fn-found">{escape(said)}</p>' if said else ""
    return f'{above}<ul class="fn-library">{rows}</ul>{_pages(listing, words)}'


def example_html(example: ArticleSummary, *, words: Wording) -> str:
    """Return the example apart from the articles beside which it stands: to be read, and to be asked by itself."""
    title = escape(example.title)
    return (
        f'<section class="fn-example"><h3>{escape(words.text("example.title"))}</h3>'
        f'<p class="fn-details">{escape(words.text("example.beside"))}</p><div class="fn-about">'
        f'<button type="button" data-open="{escape(example.id)}" dir="auto">{title}</button></div>'
        f'<button type="button" class="fn-plain" data-ask-only="{escape(example.id)}">'
        f"{escape(words.text('example.ask'))}</button></section>"
    )


def _row(summary: ArticleSummary, is_asked: bool, picks: bool, can_remove: bool, words: Wording) -> str:
    title = summary.title or words.text("source.untitled")
    pick = escape(words.text("library.ask", title=title))
    box = (
        f'<label class="fn-pick"><input type="checkbox" data-pick="{escape(summary.id)}" aria-label="{pick}"'
        f"{' checked' if is_asked else ''}></label>"
        if picks
        else ""
    )
    return (
        f'<li class="fn-shelved">{box}<div class="fn-about">'
        f'<button type="button" data-open="{escape(summary.id)}" dir="auto">{escape(title)}</button>'
        f'<p class="fn-where">{_details(summary, words)}</p></div>'
        f"{_removal(summary.id, title, words) if can_remove else ''}</li>"
    )


def _details(summary: ArticleSummary, words: Wording) -> str:
    parts = [
        site_of(summary) or name_of(summary),
        words.date(summary.published) if summary.published else "",
        words.language_name(summary.language) if summary.language else "",
        format_in_words(summary.format, words),
        words.text("library.pages", count=summary.pages) if summary.pages else "",
        words.text("library.characters", count=summary.characters),
        words.text("library.passages", count=summary.passages),
    ]
    return " ".join(f"<span>{escape(part)}</span>" for part in parts if part)


def _removal(article_id: str, title: str, words: Wording) -> str:
    """Return the button that removes an article, and the question that it asks first."""
    label = escape(words.text("library.remove.label", title=title))
    question = escape(words.text("library.remove.question"))
    return (
        f'<button type="button" class="fn-icon" data-remove="" aria-label="{label}" title="{label}">×</button>'
        f'<div class="fn-confirm" role="group" aria-label="{label}" hidden><p>{question}</p>'
        f'<button type="button" class="fn-plain" data-keep="">{escape(words.text("library.remove.keep"))}</button>'
        f'<button type="button" class="fn-danger" data-removed="{escape(article_id)}">'
        f"{escape(words.text('library.remove.now'))}</button></div>"
    )


def _pages(listing: Listing, words: Wording) -> str:
    if listing.pages == 1:
        return ""
    page = listing.view.page
    said = words.text("library.page", page=page + 1, pages=listing.pages)
    return (
        f'<nav class="fn-pages" aria-label="{escape(words.text("library.turn"))}">'
        f"{_turning(page - 1, page > 0, words.text('library.earlier'))}<span>{escape(said)}</span>"
        f"{_turning(page + 1, page + 1 < listing.pages, words.text('library.later'))}</nav>"
    )


def _turning(page: int, is_there: bool, label: str) -> str:
    disabled = "" if is_there else " disabled"
    return f'<button type="button" class="fn-plain" data-turn-to="{page}"{disabled}>{escape(label)}</button>'
