"""Every route that writes is known here: a new one takes the token, or says why it does not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Route

from tests.ui.fakes import seed_product
from ui.http.admission import ASKING_PATHS
from ui.http.attempts import Attempts
from ui.http.permission import Writers
from ui.server.app import create_app

READING = {"GET", "HEAD", "OPTIONS"}
OF_ITS_OWNER = {"/v1/feedback", "/v1/conversations/{conversation_id}"}  # by X-Footnote-Owner
BY_SITE_KEY = "/v1/widget/"
TOKEN = "right"  # noqa: S105  # of a test


def writing_routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, Route) and not route.path.startswith(BY_SITE_KEY):
            yield from ((method, route.path) for method in sorted((route.methods or set()) - READING))


HOURS = itertools.count(step=3_601)  # between two tries: nobody has to wait
APP = create_app(
    seed_product(), writers=Writers(token=TOKEN, is_local=True, attempts=Attempts(now=lambda: next(HOURS)))
)
GUARDED = [(m, path) for m, path in writing_routes(APP) if path not in OF_ITS_OWNER | ASKING_PATHS]
OF_THE_LIBRARY = [("POST", "/v1/articles"), ("DELETE", "/v1/articles/{article_id:path}")]
OF_EVALUATIONS = [
    ("POST", "/v1/evaluations"),
    ("POST", "/v1/evaluations/{evaluation_id}/start"),
    ("POST", "/v1/evaluations/{evaluation_id}/stop"),
    ("DELETE", "/v1/evaluations/{evaluation_id}"),
]


def client() -> TestClient:
    return TestClient(APP, base_url="http://127.0.0.1:7860")


def test_these_routes_are_guarded_and_no_others() -> None:
    assert sorted(GUARDED) == sorted(OF_THE_LIBRARY + OF_EVALUATIONS)


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer wrong", "Bearer righ", "Bearer rightt", "Bearer RIGHT", "Basic right", "Bearer r\u00efght"],
)
def test_a_route_that_changes_something_takes_the_token(method: str, path: str, given: str) -> None:
    headers = {b"authorization": given.encode(), b"x-footnote-request": b"1", b"host": b"127.0.0.1:7860"}
    assert client().request(method, path.replace("{article_id:path}", "seed"), headers=headers).status_code == 403


@pytest.mark.parametrize(("method", "path"), OF_THE_LIBRARY)
def test_with_the_token_it_is_let_in(method: str, path: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    response = client().request(method, path.replace("{article_id:path}", "seed"), headers=headers)
    assert response.status_code == 409  # the seed article's library is fixed: the next thing that is looked at


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [(m, path, 415 if path.endswith("evaluations") else 404) for m, path in OF_EVALUATIONS],  # no file; none is there
)
def test_with_the_token_evaluations_are_let_in(method: str, path: str, status: int) -> None:
    response = client().request(method, path, headers={"authorization": f"Bearer {TOKEN}"})
    assert response.status_code == status
