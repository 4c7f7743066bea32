"""The route by which a widget asks about the page it stands on: the server reads that page itself.

Who may call it, is found out before (`ui.widget.gate`): a site key that is bound
to the origin of the page. Here the page's address must be of that very origin.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Header
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from index.errors import SourceError
from index.web.addresses import parse_address, shown
from ui.app.config import DEFAULT_WIDGET, WidgetConfig
from ui.app.errors import OriginError
from ui.app.example import SEED_IS_FIXED
from ui.app.protocols import Library, Product
from ui.app.publisher_pages import ReadPage, held_page
from ui.http.quotas import DAY_S, Limit
from ui.widget.articles import may_quote
from ui.widget.gate import Caller, caller_of
from ui.widget.site_keys import SiteKey, SiteKeys

PATH = "/v1/widget/page"
SessionId = Annotated[str | None, Header(alias="X-Session-Id", pattern="^[0-9a-f]{32}$")]
NEW_PAGE = "site key (new pages)"  # as what a new page is counted


class PageRequest(BaseModel):
    """The address of the page that the widget stands on."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=4_000, examples=["https://example.org/articles/1"])


class PageArticle(BaseModel):
    """The article that the page is asked as."""

    article_id: str
    title: str
    state: Literal["added", "replaced", "unchanged", "kept"] = Field(
        description="kept: not read just now; the library holds it under that address."
    )


def add_page_route(app: FastAPI, product: Product, keys: SiteKeys, config: WidgetConfig = DEFAULT_WIDGET) -> None:
    """Let widgets have their page read, in an application that has the gate before it (`ui.widget.gate.WidgetGate`)."""

    @app.post(PATH, openapi_extra={"security": [{"siteKey": []}]})
    async def read_page(
        asked: PageRequest, caller: Annotated[Caller, Depends(caller_of)], session_id: SessionId = None
    ) -> PageArticle:
        """Read the page that the widget stands on into the library, unless that was done lately.

        A key that lets no pages be read gets the article that it may quote and that says it stands there.
        """
        site_key = caller.site_key
        if parse_address(asked.url).origin != caller.origin:
            raise OriginError(
                "the page is not of the origin that the request comes from; a widget has its own page read"
            )
        if not site_key.pages:
            await run_in_threadpool(keys.count_read, site_key, caller.address)
            return await run_in_threadpool(_held, asked.url, site_key, product.library)
        if product.pages is None:
            raise HTTPException(409, SEED_IS_FIXED)
        pages = product.pages
        most = Limit(site_key.key, NEW_PAGE, "", config.pages_per_day, DAY_S)
        await run_in_threadpool(keys.count, site_key, session_id, caller.address)
        reading = pages.read(asked.url, origins=site_key.origins, count_new=lambda: keys.take(most))
        try:
            return _article(await asyncio.shield(asyncio.wrap_future(reading)))  # others may wait for it too
        except SourceError as error:  # what it says of the publisher's network is for the log
            raise SourceError(
                f"{shown(asked.url)}: cannot be read by this server, whose log says why; "
                "see it with: footnote widget check, or index the page with: footnote index"
            ) from error


def _held(url: str, site_key: SiteKey, library: Library) -> PageArticle:
    """Return the page as the publisher has indexed it, if the key may quote that."""
    found = held_page(library.articles(), url)
    if found is None or not may_quote(site_key, found.id, found.url):
        raise OriginError(
            "the site key neither holds this page nor lets the server read pages; "
            "allow it with: footnote widget key change KEY --pages"
        )
    return PageArticle(article_id=found.id, title=found.title, state="kept")


def _article(page: ReadPage) -> PageArticle:
    return PageArticle(article_id=page.article_id, title=page.title, state=page.state)
