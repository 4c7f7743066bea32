"""Routes and headers: what a page elsewhere, a name of a stranger, and who has no token get. Every route is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount
from starlette.types import Message

from tests.ui.fakes import seed_product
from tests.waiting import run_async
from ui.http.host_names import HostNames
from ui.http.permission import EVERYBODY, Readers, Writers
from ui.server.app import create_app
from ui.server.front_gate import FrontGate

HERE = "http://127.0.0.1:7860"
EVIL = "http://evil.example:7860"
READ, WRITE = "0123456789abcdef", "fedcba9876543210"
OPEN = {"/healthz", "/signin"}
WORDS_OF_THE_ARTICLE = "Kazakhstan"
# What a page that has its own name lead here can send: it is of the same origin as what it asks.
REBINDING = {"host": "evil.example:7860", "origin": EVIL, "sec-fetch-site": "same-origin", "x-footnote-request": "1"}
FOREIGN = {"origin": EVIL, "sec-fetch-site": "cross-site", "x-footnote-request": "1"}


def app_of(readers: Readers, writers: Writers) -> FastAPI:
    return create_app(seed_product(), readers=readers, writers=writers)


LOCAL = app_of(EVERYBODY, Writers(is_local=True))
BY_TOKEN = app_of(Readers(READ), Writers(WRITE))


def routes_of(app: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Give each method and path that an application serves, mounted ones too, with something in its parameters."""
    for route in app.routes:
        path = prefix + re.sub(r"\{\w+(:\w+)?\}", "x", getattr(route, "path", ""))
        if isinstance(route, Mount):
            yield from routes_of(route.app, path)
        elif included := getattr(route, "original_router", None):
            yield from routes_of(included, path)
        else:
            yield from ((method, path) for method in sorted(getattr(route, "methods", None) or {"GET"}))


ROUTES = sorted(set(routes_of(BY_TOKEN)))


def answered(app: FastAPI, method: str, path: str, headers: Mapping[str, str]) -> Any:
    client = TestClient(app, base_url=HERE, follow_redirects=False, raise_server_exceptions=False)
    return client.request(method, path, headers=headers)


def is_for_widgets(path: str) -> bool:
    return path.startswith(("/v1/widget/", "/widget/v1/"))


NOT_FOR_WIDGETS = [route for route in ROUTES if not is_for_widgets(route[1])]


def statuses(app: FastAPI, routes: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """Return what each route answers with, of which none tells a word of the article or lets another site read it."""
    responses = {route: answered(app, *route, headers) for route in routes}
    assert [route for route, each in responses.items() if WORDS_OF_THE_ARTICLE in each.text] == []
    assert [route for route, each in responses.items() if "access-control-allow-origin" in each.headers] == []
    return {route: each.status_code for route, each in responses.items()}


def test_the_table_holds_the_routes_of_every_face() -> None:
    assert {
        *(("POST", "/v1/ask"), ("GET", "/v1/articles"), ("POST", "/v1/feedback"), ("POST", "/mcp")),
        *(("GET", "/"), ("GET", "/config"), ("POST", "/gradio_api/queue/join"), ("GET", "/gradio_api/queue/data")),
        *(("GET", "/gradio_api/heartbeat/x"), ("GET", "/metrics"), ("GET", "/evaluate"), ("GET", "/openapi.json")),
        *(("POST", "/signin"), ("POST", "/v1/widget/ask"), ("GET", "/widget/demo")),
    } <= set(ROUTES)


@pytest.mark.parametrize("app", [LOCAL, BY_TOKEN], ids=["on a loopback address", "with a token"])
def test_a_page_whose_name_leads_here_gets_nothing(app: FastAPI) -> None:
    assert statuses(app, ROUTES, REBINDING) == dict.fromkeys(ROUTES, 421)


def test_a_page_of_another_site_gets_nothing_but_by_the_widget() -> None:
    assert statuses(LOCAL, NOT_FOR_WIDGETS, FOREIGN) == dict.fromkeys(NOT_FOR_WIDGETS, 403)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_page_elsewhere_loads_without_naming_itself_keeps_nobody_waiting(site: str) -> None:
    as_an_image = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    assert statuses(LOCAL, NOT_FOR_WIDGETS, as_an_image) == dict.fromkeys(NOT_FOR_WIDGETS, 403)


@pytest.mark.parametrize("path", ["/", "/evaluate", "/widget/demo"])
def test_a_link_on_a_page_elsewhere_leads_here(path: str) -> None:
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert answered(LOCAL, "GET", path, followed).status_code == 200


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if is_for_widgets(route[1])])
def test_what_widgets_use_keeps_to_the_rule_of_their_key(method: str, path: str) -> None:
    for app in (LOCAL, BY_TOKEN):
        response = answered(app, method, path, FOREIGN)
        assert response.status_code == (401 if path.startswith("/v1/") else 404 if "-x" in path else 200)
        assert WORDS_OF_THE_ARTICLE not in response.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer "}, {"authorization": f"Basic {READ}"}, {"cookie": f"footnote-read={READ}"}],
    ids=["nothing", "an empty token", "another scheme", "the token as a cookie"],
)
def test_without_the_token_there_is_nothing_to_read(headers: dict[str, str]) -> None:
    responses = {route: answered(BY_TOKEN, *route, headers) for route in ROUTES}
    assert [route for route, each in responses.items() if WORDS_OF_THE_ARTICLE in each.text] == []
    closed = [route for route in NOT_FOR_WIDGETS if route[1] not in OPEN]
    told = {route: (responses[route].status_code, responses[route].headers.get("www-authenticate")) for route in closed}
    assert told == dict.fromkeys(closed, (401, "Bearer"))


def test_a_browser_without_the_token_is_led_to_where_it_can_give_it() -> None:
    paths = [path for method, path in NOT_FOR_WIDGETS if method == "GET" and path not in OPEN]
    responses = {path: answered(BY_TOKEN, "GET", f"{path}?q=a", {"accept": "text/html,*/*"}) for path in paths}
    led = {path: (each.status_code, unquote(each.headers.get("location", ""))) for path, each in responses.items()}
    assert led == {path: (303, f"/signin?next={path}?q=a") for path in paths}


@pytest.mark.parametrize("token", [READ, WRITE], ids=["the read token", "the admin token"])
@pytest.mark.parametrize("path", ["/v1/articles", "/v1/articles/seed", "/metrics", "/config", "/", "/evaluate"])
def test_with_a_token_all_can_be_read(token: str, path: str) -> None:
    assert answered(BY_TOKEN, "GET", path, {"authorization": f"Bearer {token}"}).status_code == 200


def test_who_may_read_may_not_change_anything() -> None:
    response = answered(BY_TOKEN, "DELETE", "/v1/articles/seed", {"authorization": f"Bearer {READ}"})
    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/feedback", "/mcp", "/v1/chat/completions"])
@pytest.mark.parametrize(
    ("origin", "is_own"),
    [
        (HERE, True),
        ("http://127.0.0.1:7861", False),
        ("http://localhost:7860", False),
        ("https://127.0.0.1.evil.example", False),
        ("null", False),
        ("", False),
        ("file://", False),
    ],
)
def test_a_post_is_taken_from_the_servers_own_pages(path: str, origin: str, is_own: bool) -> None:
    response = answered(LOCAL, "POST", path, {"origin": origin})
    assert (response.status_code != 403) is is_own


def test_who_is_refused_is_told_how_the_server_would_know_the_name() -> None:
    response = answered(LOCAL, "GET", "/", {"host": "evil.example"})
    assert response.json()["detail"] == (
        "This server is not known as 'evil.example'; if it is to be, start it with --allow-host and that name."
    )


def test_a_websocket_of_a_page_elsewhere_is_closed_before_it_opens() -> None:
    told: list[Message] = []

    async def reached(*_: Any) -> None:
        raise AssertionError

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        told.append(message)

    gate = FrontGate(reached, HostNames(is_local=True), EVERYBODY, Writers())
    for headers in ([(b"host", b"evil.example")], [(b"host", b"localhost"), (b"origin", b"http://evil.example")]):
        scope = {"type": "websocket", "path": "/gradio_api/queue/join", "query_string": b"", "headers": headers}
        run_async(gate(scope, receive, send))
    assert [message["type"] for message in told] == ["websocket.close", "websocket.close"]
