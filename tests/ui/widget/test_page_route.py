"""Having a page read over HTTP: by its own widget, counted, and with no word about the publisher's network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.errors import SourceError, StorageError
from qa.errors import QuotaError
from tests.ui.fakes import FakeProduct, seed_article, seed_product
from ui.app.config import WidgetConfig
from ui.app.example import SEED_IS_FIXED
from ui.app.publisher_pages import ReadPage
from ui.http.quotas import DAY_S, Limit
from ui.server.app import _add_error_answers
from ui.widget.gate import Caller, caller_of
from ui.widget.page_route import PATH, add_page_route
from ui.widget.site_keys import SiteKey

SITE = "https://articles.example"
NILE = ReadPage("a1", "The Nile", "added")
SESSION = "0123456789abcdef" * 2


ORIGINS = (SITE, "https://www.articles.example")
KEY = SiteKey("pk_a", "", ORIGINS, articles=(), pages=True, made=datetime(2026, 1, 1, tzinfo=UTC))
VISITOR = Caller(KEY, SITE, "203.0.113.9")


@dataclass(slots=True)
class Counts:
    counted: list[tuple[str, str | None, str]] = field(default_factory=list)
    taken: list[Limit] = field(default_factory=list)
    is_used_up: bool = False

    def count(self, site_key: SiteKey, session_id: str | None, address: str) -> None:
        if self.is_used_up:
            raise QuotaError("this site key has asked as often as it may", retry_after_s=77)
        self.counted.append((site_key.key, session_id, address))

    def count_read(self, site_key: SiteKey, address: str) -> None:
        self.counted.append((site_key.key, "read", address))

    def take(self, *limits: Limit) -> None:
        self.taken += limits


@dataclass(slots=True)
class ScriptedPages:
    """Gives what is written down; calls for a new page to be counted where it is said to be added."""

    gives: ReadPage | Exception = NILE
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    waits_for: threading.Event | None = None

    def read(self, url: str, *, origins: Collection[str], count_new: Callable[[], None]) -> Future[ReadPage]:
        self.asked.append((url, tuple(origins)))
        future: Future[ReadPage] = Future()
        future.set_running_or_notify_cancel()
        threading.Thread(target=self._end, args=(future, count_new), daemon=True).start()
        return future

    def _end(self, future: Future[ReadPage], count_new: Callable[[], None]) -> None:
        if self.waits_for is not None:
            self.waits_for.wait(20)
        if isinstance(self.gives, Exception):
            future.set_exception(self.gives)
        else:
            if self.gives.state == "added":
                count_new()
            future.set_result(self.gives)


@dataclass(slots=True)
class Face:
    """The route over scripted pages, for one visitor."""

    pages: ScriptedPages = field(default_factory=ScriptedPages)
    keys: Counts = field(default_factory=Counts)
    visitor: Caller = VISITOR
    product: FakeProduct = field(default_factory=seed_product)

    def client(self, **config: Any) -> TestClient:
        app = FastAPI()
        _add_error_answers(app)

        app.dependency_overrides[caller_of] = lambda: self.visitor
        pages, keys = cast(Any, self.pages), cast(Any, self.keys)
        product = replace(self.product, pages=pages)
        add_page_route(app, product, keys, WidgetConfig(**config))
        return TestClient(app)

    def post(self, url: Any = f"{SITE}/nile", **headers: str) -> Any:
        return self.client().post(PATH, json={"url": url}, headers=headers)


def problem_in(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.json()["status"], response.json()["instance"]) == (response.status_code, PATH)
    return response.status_code, response.json()["detail"]


@pytest.mark.parametrize("state", ["added", "replaced", "unchanged", "kept"])
def test_a_page_is_read_for_its_own_widget(state: Any) -> None:
    face = Face(ScriptedPages(replace(NILE, state=state)))
    response = face.post(**{"X-Session-Id": SESSION})
    assert (response.status_code, response.json()) == (200, {"article_id": "a1", "title": "The Nile", "state": state})
    assert face.pages.asked == [(f"{SITE}/nile", ORIGINS)]
    assert face.keys.counted == [("pk_a", SESSION, "203.0.113.9")]


def test_without_a_session_key_and_address_are_counted_all_the_same() -> None:
    face = Face()
    face.post()
    assert face.keys.counted == [("pk_a", None, "203.0.113.9")]


def test_a_new_page_takes_one_of_the_days_pages_of_its_key() -> None:
    face = Face()
    assert face.client(pages_per_day=7).post(PATH, json={"url": f"{SITE}/nile"}).status_code == 200
    assert face.keys.taken == [Limit("pk_a", "site key (new pages)", "", 7, DAY_S)]


def test_a_page_that_is_held_takes_none() -> None:
    face = Face(ScriptedPages(replace(NILE, state="unchanged")))
    face.post()
    assert face.keys.taken == []


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://elsewhere.example/nile", SITE),
        ("https://www.articles.example/nile", SITE),  # of the key, but not of the page that asks
        ("http://articles.example/nile", SITE),
        ("https://articles.example:8443/nile", SITE),
        ("https://articles.example.evil.example/nile", SITE),
        (f"{SITE}/nile", "null"),
        (f"{SITE}/nile", None),
    ],
)
def test_a_page_of_another_origin_than_the_requests_is_refused(url: str, origin: str | None) -> None:
    face = Face(visitor=replace(VISITOR, origin=origin))
    assert problem_in(face.post(url))[0] == 403
    assert (face.pages.asked, face.keys.counted) == ([], [])


@pytest.mark.parametrize("url", ["https://ARTICLES.example:443/nile", f"{SITE}/nile?utm_source=a#b"])
def test_an_address_is_of_its_origin_however_it_is_written(url: str) -> None:
    assert Face().post(url).status_code == 200


def test_a_key_that_is_not_for_pages_reads_none() -> None:
    face = Face(visitor=replace(VISITOR, site_key=replace(KEY, pages=False)))
    assert problem_in(face.post()) == (
        403,
        "the site key neither holds this page nor lets the server read pages; "
        "allow it with: footnote widget key change KEY --pages",
    )
    assert (face.pages.asked, face.keys.counted) == ([], [("pk_a", "read", "203.0.113.9")])


@pytest.mark.parametrize(
    ("articles", "url", "status"),
    [
        (("nile",), f"{SITE}/nile?utm_source=x#part", 200),
        (None, f"{SITE}/nile", 200),
        (("tea",), f"{SITE}/nile", 403),
        ((), f"{SITE}/nile", 403),
        (("nile",), f"{SITE}/other", 403),
    ],
    ids=["named", "all", "another named", "none", "another page"],
)
def test_a_page_that_was_indexed_is_asked_as_what_the_key_may_quote(
    articles: tuple[str, ...] | None, url: str, status: int
) -> None:
    face = Face(visitor=replace(VISITOR, site_key=replace(KEY, pages=False, articles=articles)))
    face.product.library.held = [replace(seed_article(), id="nile", title="The Nile", url=f"{SITE}/nile")]
    response = face.post(url)
    assert response.status_code == status
    if status == 200:
        assert response.json() == {"article_id": "nile", "title": "The Nile", "state": "kept"}
    assert face.pages.asked == []


@pytest.mark.parametrize(
    "body",
    [{}, {"url": ""}, {"url": 7}, {"url": f"{SITE}/nile", "prompt": "x"}, {"url": "x" * 4_001}, [], {"url": "nile"}],
    ids=["nothing", "empty", "number", "more", "too long", "list", "no address"],
)
def test_what_is_no_address_is_refused(body: object) -> None:
    face = Face()
    assert problem_in(face.client().post(PATH, json=body))[0] == 422
    assert (face.pages.asked, face.keys.counted) == ([], [])


@pytest.mark.parametrize("session", ["", "x" * 32, "0" * 31, "0" * 33])
def test_what_is_no_session_is_refused(session: str) -> None:
    assert problem_in(Face().post(**{"X-Session-Id": session}))[0] == 422


def test_the_seed_library_reads_no_pages_and_says_what_does() -> None:
    face = Face()
    app_product = seed_product()
    assert app_product.pages is None
    face.pages = None  # type: ignore[assignment]  # as the seed library has it
    assert problem_in(face.post()) == (409, SEED_IS_FIXED)


def test_over_the_quota_nothing_is_read_and_when_to_come_again_is_told() -> None:
    face = Face(keys=Counts(is_used_up=True))
    response = face.post()
    assert (problem_in(response)[0], response.headers["Retry-After"], face.pages.asked) == (429, "77", [])


def test_over_the_days_pages_it_is_told_when_to_come_again() -> None:
    response = Face(ScriptedPages(QuotaError("enough for today", retry_after_s=9))).post()
    assert (problem_in(response), response.headers["Retry-After"]) == ((429, "enough for today"), "9")


def test_why_a_page_cannot_be_read_stays_with_the_server() -> None:
    face = Face(ScriptedPages(SourceError("https://intranet.example/: is at 10.0.0.7, which is not public; allow it")))
    status, detail = problem_in(face.post())
    assert (status, "10.0.0.7" in detail, "intranet" in detail) == (422, False, False)
    assert detail.startswith(f"{SITE}/nile: cannot be read by this server, whose log says why; see it with: footnote")


def test_a_library_that_cannot_be_written_is_unavailable() -> None:
    assert problem_in(Face(ScriptedPages(StorageError("the disk is full"))).post()) == (503, "the disk is full")


def test_a_defect_is_told_by_its_log_id_alone() -> None:
    client = Face(ScriptedPages(RuntimeError("secret detail"))).client()
    with pytest.raises(RuntimeError):  # which the application's outermost layer makes a problem of
        client.post(PATH, json={"url": f"{SITE}/nile"})


def test_who_waits_for_a_page_takes_no_thread() -> None:
    gate = threading.Event()
    face = Face(ScriptedPages(waits_for=gate))
    with face.client() as client, ThreadPoolExecutor(60) as visitors:
        waiting = [visitors.submit(client.post, PATH, json={"url": f"{SITE}/{n}"}) for n in range(60)]
        while len(face.pages.asked) < 60:  # all are being read, though Starlette has 40 threads
            time.sleep(0.01)
        gate.set()
        assert {done.result(timeout=20).status_code for done in waiting} == {200}
