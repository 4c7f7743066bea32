"""What a real browser lets pages of other sites do: it asks before it calls, and keeps strangers from reading."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server
from tests.ui.fakes import seed_product
from ui.http.permission import Writers
from ui.widget.site_keys import SiteKeys

pytestmark = pytest.mark.browser

WHO = "Who asked for the intervention of the troops?"
ASK = """async ([url, key, route, question]) => {
    const headers = {"X-Site-Key": key, "X-Session-Id": "0".repeat(32), "Content-Type": "application/json"};
    const options = question ? {method: "POST", body: JSON.stringify({question})} : {};
    try {
        const response = await fetch(url + route, {...options, headers, credentials: "omit"});
        return [response.status, await response.json()];
    } catch (error) {
        return [0, error.name];
    }
}"""


class Host(BaseHTTPRequestHandler):
    """A page of another site; at /frame?URL it shows an address in a frame."""

    def do_GET(self) -> None:
        path, _, framed = self.path.partition("?")
        body = f'<!doctype html><title>Host</title><iframe src="{framed}"></iframe>' if path == "/frame" else "Host"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@dataclass(frozen=True, slots=True)
class World:
    url: str
    friend: str
    stranger: str
    key: str


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A server, a site that has a key, and one that has read the key in the other's page."""
    keys = SiteKeys.in_memory()
    with host() as friend, host() as stranger:
        key = keys.add([friend], articles=None).key
        with Server(seed_product(), keys=keys, writers=Writers(is_local=True)) as url:
            yield World(url, friend, stranger, key)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_site_that_has_a_key_asks_and_reads_what_comes_back(world: World, page: Page) -> None:
    page.goto(world.friend)
    status, reply = page.evaluate(ASK, [world.url, world.key, "/v1/widget/ask", WHO])
    assert (status, reply["status"]) == (200, "answered")
    status, session = page.evaluate(ASK, [world.url, world.key, "/v1/widget/session", None])
    assert (status, [turn["question"] for turn in session["turns"]]) == (200, [WHO])
    assert page.context.cookies() == []


def test_a_site_reads_why_it_is_refused(world: World, page: Page) -> None:
    page.goto(world.friend)
    status, problem = page.evaluate(ASK, [world.url, world.key, "/v1/widget/ask", "x" * 2_001])
    assert (status, problem["detail"]) == (422, "body.question: String should have at most 2000 characters")


@pytest.mark.parametrize("route", ["/v1/widget/config", "/v1/widget/session", "/v1/widget/source?article_id=seed"])
def test_a_stranger_with_the_right_key_reads_nothing(world: World, page: Page, route: str) -> None:
    page.goto(world.stranger)
    assert page.evaluate(ASK, [world.url, world.key, route, None]) == [0, "TypeError"]
    assert page.evaluate(ASK, [world.url, "pk_demo", route, None]) == [0, "TypeError"]


def test_a_stranger_with_the_right_key_cannot_ask(world: World, page: Page) -> None:
    page.goto(world.stranger)
    assert page.evaluate(ASK, [world.url, world.key, "/v1/widget/ask", WHO]) == [0, "TypeError"]


def test_no_other_route_is_open_to_a_site_that_has_a_key(world: World, page: Page) -> None:
    page.goto(world.friend)
    for route in ("/v1/articles", "/v1/ask", "/v1/conversations"):
        assert page.evaluate(ASK, [world.url, world.key, route, None]) == [0, "TypeError"]


def test_the_servers_own_page_reads_without_naming_its_origin(world: World, page: Page) -> None:
    page.goto(world.url)
    status, config = page.evaluate(ASK, [world.url, "pk_demo", "/v1/widget/config", None])
    assert (status, config["articles"]) == (200, 1)


def test_the_chat_is_shown_in_frames_of_sites_that_have_a_key_and_of_no_other(world: World, page: Page) -> None:
    page.goto(f"{world.friend}/frame?{world.url}/")
    expect(page.frame_locator("iframe").locator(".fn-brand")).to_be_visible(timeout=20_000)
    page.goto(f"{world.stranger}/frame?{world.url}/")
    page.wait_for_timeout(500)
    assert page.frames[1].url.startswith("chrome-error://")
