"""A product served by uvicorn, and pages of a real Chromium that may speak to nobody else."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page, expect, sync_playwright

from qa.conversations import History
from qa.evaluation.run.evaluations import Evaluations
from tests.ui.fakes import seed_product
from ui.app.protocols import Product
from ui.http.permission import NOBODY, Writers
from ui.server.app import create_app
from ui.widget.site_keys import SiteKeys

DESK, PHONE = (1280, 800), (390, 844)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WHOLE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OpenPage = Callable[..., Page]
LEAVING = "footnote-tests: the page is being left"
# Ports of servers that have stopped in this test, and before it. The latter are taken anew: a page that is opened there
# has Gradio's scripts, most of what a page costs, in its cache.
RETIRED: list[int] = []
PORTS: list[int] = []
STOPPED: set[str] = set()  # addresses of servers that a test is done with: that a page misses them is no fault
expect.set_options(timeout=20_000)  # a machine that is busy with other work is slow, not wrong


class Server:
    """A product on this machine, served by uvicorn in a thread; on a free port unless one is named."""

    def __init__(
        self,
        product: Product,
        port: int = 0,
        history: History | None = None,
        writers: Writers = NOBODY,
        wrap: Callable[[Any], Any] = lambda app: app,
        keys: SiteKeys | None = None,
        evaluations: Evaluations | None = None,
    ) -> None:
        self._socket = _listening(port)
        self._address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        app = wrap(create_app(product, history, writers=writers, keys=keys, evaluations=evaluations))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> str:
        """Return the address once it answers."""
        STOPPED.discard(self._address)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.02)
        return self._address

    def __exit__(self, *_: object) -> None:
        STOPPED.add(self._address)
        RETIRED.append(self._socket.getsockname()[1])
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=20)
        self._socket.close()


def _listening(port: int) -> socket.socket:
    """Bind a port, or where it is 0, one that an earlier test had, or a free one."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with suppress(OSError):
        listening.bind(("127.0.0.1", port or (PORTS.pop() if PORTS else 0)))
        return listening
    listening.bind(("127.0.0.1", port))
    return listening


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Serve the seed article with scripted replies."""
    with Server(seed_product()) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


def chromium(*, whole: bool = False) -> str:
    """Return the Chromium of this machine; where CI has none that is a failure, elsewhere a skip.

    Its headless shell is preferred, which takes half the time; it does all that the ``whole`` one does, but paints no
    text fragments.
    """
    names = WHOLE if whole else ("chromium-headless-shell", *WHOLE)
    found, named = next(filter(None, map(shutil.which, names)), None), os.environ.get("FOOTNOTE_CHROMIUM")
    found = found or named if whole else named or found
    if found:
        return found
    reason = "no Chromium: install the package chromium, or name one in FOOTNOTE_CHROMIUM"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _is_stopped(url: str) -> bool:
    return any(url.startswith(address) for address in STOPPED)


class _Listening:
    """Hears what fails in a page; not what it was still asking for when it was left, which ends with an error."""

    def __init__(self, page: Page, is_done: Callable[[], bool], faults: list[str]) -> None:
        self._page, self._is_done, self._faults = page, is_done, faults
        self._is_left = False
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("framenavigated", self._arrive)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.text == LEAVING:
            self._is_left = True
        elif line.type == "error":
            self._note(line.text)

    def _note(self, fault: str) -> None:
        if not self._is_left and not self._is_done():
            self._faults.append(fault)

    def _arrive(self, frame: Frame) -> None:
        if frame == self._page.main_frame:
            self._is_left = False


@pytest.fixture(scope="session")
def cached(browser: Browser) -> dict[tuple[int, int], BrowserContext]:
    """A context for each size of window, which its cache makes faster than a new one; for one page of a test."""
    return {}


def _emptied(context: BrowserContext, page: Page, url: str) -> None:
    """Take from a context what earlier tests left in it, but for its cache."""
    origin = "/".join(url.split("/")[:3]).partition("?")[0]
    kinds = "cookies,file_systems,indexeddb,local_storage,service_workers,cache_storage"
    session = context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": kinds})
    session.detach()
    context.clear_cookies()
    context.set_offline(False)


@pytest.fixture
def open_page(browser: Browser, cached: dict[tuple[int, int], BrowserContext]) -> Iterator[OpenPage]:
    """Open pages; the test fails if one of them turns to another host, or if its script fails."""
    PORTS.extend(RETIRED)
    RETIRED.clear()
    contexts: list[BrowserContext] = []  # of this test alone
    shared: list[BrowserContext] = []
    addresses: list[str] = []
    faults: list[str] = []

    def open_at(
        url: str, size: tuple[int, int] = DESK, faults_allowed: bool = False, tour: bool = False, **options: Any
    ) -> Page:
        is_shared = not (shared or tour or options)  # a second page of a test is somebody else's
        context = cached.get(size) if is_shared else None
        if context is None:
            viewport: Any = {"width": size[0], "height": size[1]}
            context = browser.new_context(viewport=viewport, reduced_motion="reduce", **options)
            if not tour:
                context.add_init_script(
                    "try { localStorage.setItem('footnote-tour', 'seen') } catch { /* of no origin */ }"
                )
        page = context.new_page()
        if is_shared:
            cached[size] = context
            _emptied(context, page, url)
        (shared if is_shared else contexts).append(context)
        page.on("request", lambda request: addresses.append(request.url))
        page.on("websocket", lambda websocket: addresses.append(websocket.url))
        if not faults_allowed:
            page.add_init_script(f"addEventListener('beforeunload', () => console.info('{LEAVING}'))")
            _Listening(page, partial(_is_stopped, url), faults)
        page.goto(url)
        expect(page.locator(".fn-welcome, .fn-turn, #fe-new").first).to_be_visible(timeout=20_000)
        return page

    yield open_at
    for context in contexts:
        context.close()
    for page in [page for context in shared for page in context.pages]:
        page.close()
    here = ("http://127.0.0.1:", "data:", "blob:")
    assert [address for address in addresses if not address.startswith(here)] == []
    assert faults == []
