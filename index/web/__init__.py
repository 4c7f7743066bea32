"""Web pages to articles: `read_url` fetches an address, `read_fetched` reads what was fetched.

Every fault is a `SourceError` of one line. The HTTP client is loaded when
something is fetched: it takes a while, which asking a question should not pay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.article import Article
from index.config import FetchingConfig
from index.formats.by_suffix import read_file
from index.formats.limits import DEFAULT_LIMITS, ReadingLimits
from index.web.addresses import is_address

if TYPE_CHECKING:
    from index.web.fetch import Fetched

__all__ = ["is_address", "read_fetched", "read_url"]


def read_url(url: str, config: FetchingConfig, *, limits: ReadingLimits = DEFAULT_LIMITS) -> Iterator[Article]:
    """Yield the articles of a web page, or of the file that an address leads to.

    ``source`` is the address asked for, ``url`` where it led, or what the page
    calls its own address if that is on the same site.

    Raises:
        SourceError: the page cannot be fetched, or cannot be read.
    """
    from index.web.pages import read_page

    return read_page(url, config, limits, read_file=read_file)


def read_fetched(fetched: Fetched, *, source: str, limits: ReadingLimits = DEFAULT_LIMITS) -> Iterator[Article]:
    """Yield the articles of what was fetched from an address, as `read_url` would, known by ``source``.

    Raises:
        SourceError: it cannot be read.
    """
    from index.web.pages import articles_in

    return articles_in(fetched, limits, source=source, read_file=read_file)
