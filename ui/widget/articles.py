"""Which articles a site key may quote: those that it names, or all, and with pages those of its own origins.

What a request names is looked up here and nowhere else, and what it does not
name is not made up: only a key that was given all articles is asked without
naming one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from index.errors import ArticleNotFoundError
from qa.answer import Abstention, Reply

if TYPE_CHECKING:  # the commands import this: asking should start at once
    from index.storage.statements import ArticleSummary
    from ui.app.protocols import Library
    from ui.widget.site_keys import SiteKey

SHOWN_TITLES = 20


class Holder(Protocol):
    """What a site key says of articles; see `ui.widget.site_keys.SiteKey`."""

    @property
    def origins(self) -> Collection[str]: ...
    @property
    def articles(self) -> Collection[str] | None: ...
    @property
    def pages(self) -> bool: ...


def may_quote(holder: Holder, article_id: str, url: str | None) -> bool:
    """Tell whether an article may be quoted: by its id, or as a page of the key's origins by its address."""
    if holder.articles is None or article_id in holder.articles:
        return True
    return holder.pages and is_of(holder.origins, url)


def is_of(origins: Collection[str], url: str | None) -> bool:
    """Tell whether an address is of one of some origins; one that is written unusually is not."""
    return (url or "").lower().startswith(tuple(f"{origin}/" for origin in origins))


def held_articles(library: Library, holder: Holder) -> Sequence[ArticleSummary]:
    """Return the articles of a library that a key may quote, in the library's order."""
    return [summary for summary in library.articles() if may_quote(holder, summary.id, summary.url)]


def articles_asked(library: Library, holder: Holder, named: Sequence[str] | None) -> Sequence[str] | None:
    """Return which articles are asked: those named, of which the key may have lost some; None for the whole library.

    Raises:
        ArticleNotFoundError: none is named and the key is not for all, it is not for one of them, or none is left.
    """
    if named is None and holder.articles is not None:
        raise ArticleNotFoundError(
            "no article is named, and the site key is not for all of the library; name the page's, as article_ids"
        )
    if named is None or holder.articles is None:
        return named
    there = {summary.id: summary.url for summary in library.articles()}
    asked = [article_id for article_id in named if article_id in there or article_id not in holder.articles]
    for article_id in asked:
        if article_id not in there or not may_quote(holder, article_id, there[article_id]):
            # nor is it told of those that are there
            raise ArticleNotFoundError(f"no article has the id {article_id!r}")
    if not asked:
        raise ArticleNotFoundError("none of the articles that are named is in the library any more")
    return asked


def may_be_shown(library: Library, holder: Holder, replies: Sequence[Reply]) -> list[bool]:
    """Tell of each reply whether a key may still quote all that it quotes; what is no longer there it may not."""
    if holder.articles is None:
        return [True] * len(replies)
    held = {summary.id for summary in held_articles(library, holder)} | set(holder.articles)
    return [_quoted(reply) <= held for reply in replies]


def _quoted(reply: Reply) -> set[str]:
    """Return the articles whose words stand in a reply."""
    if isinstance(reply, Abstention):
        cited = [hit.passage.article_id for hit in reply.nearest]
        guessed = [] if reply.best_guess is None else [reply.best_guess.article_id]
    else:
        cited, guessed = [citation.article_id for citation in reply.citations], []
    return {*cited, *guessed, *(hit.passage.article_id for hit in reply.trace.consulted)}


def holdings_in_words(key: str, holder: Holder, library: Library) -> str:
    """Say what pages with a key may quote: how many articles, their titles, and what comes later."""
    if holder.articles is not None and not holder.articles and not holder.pages:
        change = f"footnote widget key change {key} --articles ID..., --pages or --all"
        return f"it may quote no article until it is given some: {change}"
    told = []
    if holder.articles is None:
        count = _counted(len(library.articles()))
        told.append(f"it publishes the whole library, {count} and each that is added later: {titles_of(library, None)}")
    elif holder.articles:
        told.append(f"it may quote {_counted(len(holder.articles))}: {titles_of(library, holder.articles)}")
    if holder.pages:
        told.append(f"it may quote each page of {', '.join(holder.origins)} that a widget asks about")
    return "; ".join(told)


def closed_in_words(site_key: SiteKey) -> str:
    """Say of a key that a version made for all articles what became of it."""
    named = f" ({site_key.name})" if site_key.name else ""
    left = "pages of its sites alone" if site_key.pages else "no article"
    return (
        f"the site key {site_key.key}{named} was for the whole library, since nothing else was said, and is now for "
        f"{left}; say what it may quote: footnote widget key change {site_key.key} --articles ID..., --pages or --all"
    )


def titles_of(library: Library, ids: Collection[str] | None) -> str:
    """Return the titles of some articles of a library, or of all, the first of many."""
    titles = [f"{summary.title!r}" for summary in library.articles() if ids is None or summary.id in ids]
    more = f", and {len(titles) - SHOWN_TITLES:,} more (footnote list)" if len(titles) > SHOWN_TITLES else ""
    return ", ".join(titles[:SHOWN_TITLES]) + more


def _counted(count: int) -> str:
    return "1 article" if count == 1 else f"{count:,} articles"
