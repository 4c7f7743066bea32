"""Reads the page that a widget stands on into the library: once, and again when it has changed.

What the page's visitors ask for is read on the server's account, so little is
left to them: only pages of the publisher's own origins, at each step of a
redirect, through the guarded fetch; only HTML, known by its address alone and
never by what it says about itself; one reading of an address at a time. When
an address was read last, and what its server knows it by, is kept in memory:
a server that starts again reads each page once more, and embeds nothing anew.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote_plus

from index.article import Article
from index.config import FetchingConfig
from index.errors import SourceError, StorageError
from index.library_writer import Adding, ArticleSource
from index.storage.library import Library
from index.storage.statements import ArticleSummary
from index.web import is_address, read_fetched
from index.web.addresses import WebAddress, address_error, parse_address
from qa.errors import QuotaError
from ui.app.config import WidgetConfig

if TYPE_CHECKING:  # an HTTP client takes a while to load, which asking a question should not pay
    from index.web.fetch import Fetched, Validators

MAX_PAGE_BYTES = 5_000_000  # of HTML; the longest articles of newspapers and encyclopaedias have a tenth
MOST_AT_ONCE = 8
FAILED_FOR_S = 60.0  # after which a page that could not be read is tried again
MOST_REMEMBERED = 10_000
_TRACKING = frozenset(("fbclid", "gclid"))

logger = logging.getLogger(__name__)


def page_address(url: str) -> WebAddress:
    """Return the address that a page is known by: without fragment, and without what only tells where one came from.

    Raises:
        SourceError: it is no address of the web.
    """
    address = parse_address(url)
    path, mark, query = address.target.partition("?")
    kept = [part for part in query.split("&") if not _is_tracking(part)]
    target = f"{path}?{'&'.join(kept)}" if mark and any(kept) else path
    return replace(address, target=target)


def _is_tracking(part: str) -> bool:
    name = unquote_plus(part.partition("=")[0]).lower()
    return name in _TRACKING or name.startswith("utm_")


@dataclass(frozen=True, slots=True)
class _Remembered:
    """How an address ended when it was asked last: as an article, or with what its fault was."""

    at: float
    article_id: str = ""
    validators: Validators | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page, and those whose it may be: it is remembered for them, and for no others."""

    url: str
    origins: frozenset[str]

    def admit(self, address: WebAddress) -> None:
        """Raise for an address that is on none of the publisher's origins."""
        if address.origin not in self.origins:
            what = "is on another site than those that the site key is for"
            raise address_error(str(address), what, "make a key that names both origins, or index the page yourself")


@dataclass(frozen=True, slots=True)
class ReadPage:
    """The article of a page of the web. ``kept``: not read just now, but the library holds it under that address."""

    article_id: str
    title: str
    state: Literal["added", "replaced", "unchanged", "kept"]


class PublisherPages:
    """Reads pages of publishers into a library; safe to use from several threads."""

    def __init__(
        self,
        library: Library,
        adding: Adding,
        *,
        fetching: FetchingConfig,
        config: WidgetConfig,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library = library
        self._adding = adding
        self._fetching = replace(fetching, max_bytes=min(fetching.max_bytes, MAX_PAGE_BYTES))
        self._fresh_for_s = config.refresh_minutes * 60
        self._clock = clock
        self._lock = threading.Lock()
        self._running: dict[_Asked, Future[ReadPage]] = {}
        self._remembered: OrderedDict[_Asked, _Remembered] = OrderedDict()
        self._free = threading.Condition()
        self._being_read: set[str] = set()

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
        address = page_address(url)
        asked = _Asked(str(address), frozenset(origins))
        asked.admit(address)
        with self._lock:
            if running := self._running.get(asked):
                return running
            if len(self._running) >= MOST_AT_ONCE:
                raise QuotaError("many pages are being read just now; try again in a few seconds", retry_after_s=5)
            future: Future[ReadPage] = Future()
            future.set_running_or_notify_cancel()  # from now on nobody who waits can cancel it for the others
            self._running[asked] = future
        work = threading.Thread(target=self._work, args=(asked, count_new, future), name="footnote-page", daemon=True)
        work.start()
        return future

    def _work(self, asked: _Asked, count_new: Callable[[], None], future: Future[ReadPage]) -> None:
        try:
            with self._alone(asked.url):
                page = self._page(asked, count_new)
        except Exception as error:  # noqa: BLE001  # whoever waits for the page is told
            self._end(asked)
            future.set_exception(error)
        else:
            self._end(asked)
            future.set_result(page)

    def _end(self, asked: _Asked) -> None:
        with self._lock:
            del self._running[asked]

    @contextmanager
    def _alone(self, url: str) -> Iterator[None]:
        """Wait until nobody reads an address: somebody may, for other origins."""
        with self._free:
            self._free.wait_for(lambda: url not in self._being_read)
            self._being_read.add(url)
        try:
            yield
        finally:
            with self._free:
                self._being_read.discard(url)
                self._free.notify_all()

    def _page(self, asked: _Asked, count_new: Callable[[], None]) -> ReadPage:
        remembered = self._remembered.get(asked)
        held = self._held(asked.url, remembered)
        if held is not None and _is_at(held, asked.url) and not is_address(held.source):
            return _page_of(held, "kept")  # the publisher's own copy: no visitor's asking replaces it
        if remembered is not None and remembered.fault and self._age(remembered) < FAILED_FOR_S:
            return _kept(held, SourceError(remembered.fault))
        if remembered is not None and held is not None and self._age(remembered) < self._fresh_for_s:
            return _page_of(held, "kept" if remembered.fault else "unchanged")
        validators = remembered.validators if remembered is not None and held is not None else None
        try:
            fetched = self._fetch(asked, validators)
            article = None if fetched is None else _article_of(fetched, asked.url)
        except SourceError as error:
            logger.warning("a widget's page cannot be read: %s", error)
            self._remember(asked, held.id if held else "", fault=str(error))
            return _kept(held, error)
        if article is not None and fetched is not None:
            page = self._stored(article, count_new)
            self._remember(asked, page.article_id, fetched.validators)
            return page
        if held is None:  # cannot be: without validators there is no such answer
            raise SourceError(f"{asked.url}: is said to be unchanged, and is not held; report this as a defect")
        self._remember(asked, held.id, validators)
        return _page_of(held, "unchanged")

    def _fetch(self, asked: _Asked, validators: Validators | None) -> Fetched | None:
        from index.web.fetch import fetch_if_changed

        return fetch_if_changed(asked.url, self._fetching, validators, admit=asked.admit)

    def _stored(self, article: Article, count_new: Callable[[], None]) -> ReadPage:
        """Add an article, unless the library holds the same text under another address."""
        summaries = self._library.articles()
        twin = next((summary for summary in summaries if summary.id == article.id), None)
        if twin is not None and twin.source != article.source:
            return _page_of(twin, "unchanged")
        if all(summary.source != article.source for summary in summaries):
            count_new()
        read = ArticleSource(article.source, lambda _: [article])
        last = [event for event in self._adding.start([read]) if event.is_last][-1]
        if last.state not in ("added", "replaced", "unchanged"):
            raise StorageError(last.message)
        return ReadPage(article.id, article.title, last.state)

    def _held(self, url: str, remembered: _Remembered | None) -> ArticleSummary | None:
        """Return what the library holds of a page: what it was read as last, what was read from there, or says so."""
        known_id = remembered.article_id if remembered is not None else ""
        summaries = self._library.articles()
        for is_it in (lambda s: s.id == known_id, lambda s: s.source == url, lambda s: _is_at(s, url)):
            if found := next(filter(is_it, summaries), None):
                return found
        return None

    def _age(self, remembered: _Remembered) -> float:
        return self._clock() - remembered.at

    def _remember(
        self, asked: _Asked, article_id: str, validators: Validators | None = None, *, fault: str = ""
    ) -> None:
        with self._lock:
            self._remembered[asked] = _Remembered(self._clock(), article_id, validators, fault)
            self._remembered.move_to_end(asked)
            while len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)


def _article_of(fetched: Fetched, url: str) -> Article:
    """Return a page as an article that is known by one address: what a page calls its own is not asked here.

    A visitor may have chosen the address so that the page says what the visitor wants.
    """
    from index.web.pages import is_web_page

    if not is_web_page(fetched):
        raise address_error(fetched.url, "is no page of HTML", "index it yourself: footnote index URL")
    (article,) = read_fetched(fetched, source=url)
    return replace(article, url=url)


def held_page(summaries: Iterable[ArticleSummary], url: str) -> ArticleSummary | None:
    """Return the article that says that it stands at an address; None where there is none.

    Raises:
        SourceError: it is no address of the web.
    """
    address = str(page_address(url))
    return next((summary for summary in summaries if _is_at(summary, address)), None)


def _is_at(summary: ArticleSummary, url: str) -> bool:
    """Tell whether an article says that it stands at an address, however it writes that."""
    if summary.url is None or not summary.url.lower().startswith(url.partition("?")[0].lower()):
        return False
    try:
        return str(page_address(summary.url)) == url
    except SourceError:
        return False


def _page_of(summary: ArticleSummary, state: Literal["unchanged", "kept"]) -> ReadPage:
    return ReadPage(summary.id, summary.title, state)


def _kept(held: ArticleSummary | None, error: SourceError) -> ReadPage:
    """Return the page as the library holds it, or raise why it cannot be read."""
    if held is None:
        raise error
    return _page_of(held, "kept")
