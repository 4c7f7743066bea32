"""Changing the library over HTTP: what is sent becomes articles, and only of those who may."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from index.article import content_id
from index.errors import StorageError
from index.library_writer import MAX_SOURCES, AddingEvent
from index.storage.library import Library
from qa.config import ReadingConfig
from tests.index.formats.making import docx_of, pdf_of
from tests.ui.fakes import seed_product
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, TEA, WordCountingEmbedder, library_of
from ui.api import articles
from ui.app.example import SEED_IS_FIXED
from ui.app.settings import Settings
from ui.app.wiring import Indexer, OpenProduct, product_over
from ui.http.permission import NOBODY, Writers
from ui.http.security import LARGE_REQUESTS, MAX_REQUEST_BYTES
from ui.server import app as api
from ui.server.app import create_app

ROUTE = "/v1/articles"
TOKEN = "correct horse battery"  # noqa: S105  # of a test
LOCAL = Writers(is_local=True)
FROM_HERE = {"X-Footnote-Request": "1"}
MINT = "Mint tea is tea of mint. It is green."


@pytest.fixture(autouse=True)
def without_page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the chat page out, which takes half a second to make, but where a test is about it."""
    if "with_page" not in request.fixturenames:
        monkeypatch.setattr(api, "mount_chat", lambda *_: None)


@pytest.fixture
def product(folder: Path) -> Iterator[OpenProduct]:
    """The tiny world, opened to be asked, and a service that may change it."""
    library_of(folder, *ARTICLES).close()
    settings = Settings(chunking=CHUNKING, reading=ReadingConfig(model="none"))
    indexer = Indexer(settings, WordCountingEmbedder(), FINGERPRINT)
    with Library.open(folder, fingerprint=FINGERPRINT) as library:
        yield replace(product_over(library, indexer), adding=indexer.adding(folder))


def client_of(product: Any, writers: Writers = LOCAL, host: str = "127.0.0.1:7860") -> TestClient:
    return TestClient(
        create_app(product, writers=writers, names=["footnote.example"]), base_url=f"http://{host}", headers=FROM_HERE
    )


@pytest.fixture
def client(product: OpenProduct) -> TestClient:
    return client_of(product)


def ids(product: OpenProduct) -> list[str]:
    return [summary.id for summary in product.library.articles()]


def assert_problem(response: Any, status: int, detail: str, path: str = ROUTE) -> None:
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["detail"]) == (status, detail)
    assert (response.json()["status"], response.json()["instance"]) == (status, path)


def server_sent(text: str) -> list[tuple[str, Any]]:
    events = re.findall(r"event: (\w+)\ndata: ([^\n]*)\n\n", text)
    assert "".join(f"event: {name}\ndata: {sent}\n\n" for name, sent in events) == text
    return [(name, json.loads(sent)) for name, sent in events]


# What can be sent


def test_a_text_is_added_and_the_next_question_finds_it(client: TestClient, product: OpenProduct) -> None:
    response = client.post(ROUTE, json={"text": MINT, "title": "Mint"})
    (result,) = response.json()["results"]
    assert result == {"name": "Mint", "state": "added", "message": "", "article_ids": [content_id(MINT)]}
    source = client.post("/v1/ask", json={"question": "Is mint tea tea of mint?"}).json()["citations"][0]["source"]
    assert (source["article_id"], source["quote"]["exact"]) == (content_id(MINT), "Mint tea is tea of mint.")


def test_files_are_added_with_a_result_for_each(client: TestClient, product: OpenProduct) -> None:
    files = [
        ("file", ("Milk.pdf", pdf_of(("Milk is white.",)))),
        ("file", ("bad.pdf", b"%PDF-1.7")),
        ("file", ("Ice.docx", docx_of(("Normal", "Ice is cold.")))),
    ]
    results = client.post(ROUTE, files=files).json()["results"]
    assert [(result["name"], result["state"]) for result in results] == [
        *(("Milk.pdf", "added"), ("bad.pdf", "failed"), ("Ice.docx", "added")),
    ]
    assert results[1]["message"].startswith("upload:bad.pdf: is damaged")
    milk = client.get(f"{ROUTE}/{results[0]['article_ids'][0]}").json()
    assert (milk["title"], milk["text"], milk["format"]) == ("Milk", "Milk is white.", "pdf")


def test_a_file_larger_than_other_requests_may_be_is_added(client: TestClient, product: OpenProduct) -> None:
    text = f"Tea is {'very' * 30} hot.\n\n" * 10_000
    assert len(text) > MAX_REQUEST_BYTES
    (result,) = client.post(ROUTE, files={"file": ("a.txt", text)}).json()["results"]
    assert product.library.article(result["article_ids"][0]).text == text


def test_the_name_of_a_file_is_text_and_no_path(client: TestClient, product: OpenProduct) -> None:
    name = "../ロシア <b>🙂.txt"
    assert client.post(ROUTE, files={"file": (name, b"Some words.")}).json()["results"][0]["name"] == name
    assert product.library.articles()[-1].source == "upload:ロシア <b>🙂.txt"


def test_an_address_is_fetched_with_the_servers_own_caution(client: TestClient, product: OpenProduct) -> None:
    detail = (
        "http://127.0.0.1/: is at 127.0.0.1, which is not a public address of the internet; if you trust it, set in "
        'footnote.toml: [fetching] allow_hosts = ["127.0.0.1:80"]'
    )
    assert_problem(client.post(ROUTE, json={"url": "http://127.0.0.1/"}), 422, detail)


def test_where_nothing_could_be_added_the_answer_is_a_problem_that_names_all(client: TestClient) -> None:
    response = client.post(ROUTE, files=[("file", ("a.txt", b"")), ("file", ("b.png", b"\x89PNG\r\n\x1a\n"))])
    assert response.status_code == 422
    assert response.json()["detail"].startswith(
        "upload:a.txt: is empty; give a file that holds text | upload:b.png: is"
    )


def test_what_was_added_before_is_unchanged_or_replaced(client: TestClient) -> None:
    def state(content: bytes) -> str:
        return str(client.post(ROUTE, files={"file": ("a.txt", content)}).json()["results"][0]["state"])

    assert [state(b"One."), state(b"One."), state(b"Two.")] == ["added", "unchanged", "replaced"]


def test_who_listens_is_told_of_each_source_as_it_comes(client: TestClient) -> None:
    files = [("file", ("a.txt", b"Tea is hot.\nMilk.")), ("file", ("b.txt", b""))]
    response = client.post(ROUTE, files=files, headers={"accept": "text/event-stream"})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    events = server_sent(response.text)
    assert [(name, sent.get("name"), sent.get("state")) for name, sent in events] == [
        ("progress", "a.txt", "reading"),
        ("progress", "a.txt", "embedding"),
        ("progress", "a.txt", "added"),
        ("progress", "b.txt", "reading"),
        ("progress", "b.txt", "failed"),
        ("results", None, None),
    ]
    assert (events[1][1]["done"], events[1][1]["total"]) == (3, 3)
    ends = [
        {key: sent[key] for key in ("name", "state", "message", "article_ids")} for _, sent in (events[2], events[4])
    ]
    assert events[-1][1] == {"results": ends}


def test_a_name_with_line_ends_breaks_no_event(client: TestClient) -> None:
    asked = {"text": MINT, "title": "a\n\nevent: results\ndata: {}"}
    events = server_sent(client.post(ROUTE, json=asked, headers={"accept": "text/event-stream"}).text)
    assert [name for name, _ in events] == ["progress", "progress", "progress", "results"]


class Failing:
    """Tells of one source, and then fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def start(self, sources: Any, *, done: Callable[[], object] | None = None) -> Iterator[AddingEvent]:
        yield AddingEvent("a", "reading")
        raise self.error

    def remove(self, article_ids: Any) -> None:
        raise self.error


def failing(error: Exception) -> TestClient:
    failing: Any = Failing(error)
    return client_of(replace(seed_product(), adding=failing))


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_library_that_fails_is_said_as_it_is(accept: str) -> None:
    error = StorageError("the disk is full; free some space")
    response = failing(error).post(ROUTE, json={"text": "a"}, headers={"accept": accept})
    document = response.json() if accept == "application/json" else server_sent(response.text)[-1][1]
    assert (document["status"], document["detail"]) == (503, str(error))


def test_a_defect_in_the_middle_of_events_is_told_by_its_id_only(caplog: pytest.LogCaptureFixture) -> None:
    client = failing(RuntimeError("secret"))
    events = server_sent(client.post(ROUTE, json={"text": "a"}, headers={"accept": "text/event-stream"}).text)
    assert [name for name, _ in events] == ["progress", "error"]
    assert "secret" not in str(events)
    assert events[1][1]["detail"].split()[-1].rstrip(".") in caplog.text


def test_an_article_is_removed(client: TestClient, product: OpenProduct) -> None:
    response = client.delete(f"{ROUTE}/tea")
    assert (response.status_code, response.content) == (204, b"")
    assert ids(product) == ["rivers", "paper"]
    detail = "no article 'tea' in the library; see: footnote list"
    assert_problem(client.delete(f"{ROUTE}/tea"), 404, detail, f"{ROUTE}/tea")


@pytest.mark.parametrize("path", ["wiki%2FTea%3F", "wiki/Tea%3F"], ids=["slash encoded", "slash as it is"])
def test_an_article_whose_id_holds_a_slash_is_given_and_removed(
    client: TestClient, product: OpenProduct, path: str
) -> None:
    library_of(product.library.folder, replace(TEA, id="wiki/Tea?", source="other.txt")).close()
    assert client.get(f"{ROUTE}/{path}").json()["id"] == "wiki/Tea?"
    assert client.delete(f"{ROUTE}/{path}").status_code == 204
    assert ids(product) == ["rivers", "tea", "paper"]
    assert client.get(f"{ROUTE}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "wiki/tea", "tea/", "/tea", "tea%2F.."])
def test_a_path_that_names_no_article_removes_none(client: TestClient, product: OpenProduct, path: str) -> None:
    response = client.delete(f"{ROUTE}/{path}")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert ids(product) == ["rivers", "tea", "paper"]


def test_the_description_names_the_path_of_an_article_as_it_is_called(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths[f"{ROUTE}/{{article_id}}"]) == {"get", "delete"}


# What cannot


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "give either url or text"),
        ({"url": "https://a.example", "text": "b"}, "give either url or text"),
        ({"url": "https://a.example", "title": "b"}, "give title with text only"),
        ({"text": 7}, "body.text: Input should be a valid string"),
        ({"text": "a", "id": "b"}, "body.id: Extra inputs are not permitted"),
        ({"url": "https://a.example/" + "b" * 4_000}, "body.url: String should have at most 4000 characters"),
        ({"text": "a", "title": "b" * 301}, "body.title: String should have at most 300 characters"),
        ([], "body: Input should be an object"),
    ],
    ids=["nothing", "both", "title of a page", "number", "other key", "long address", "long title", "list"],
)
def test_a_request_of_another_shape_is_refused_with_the_reason(client: TestClient, body: Any, complaint: str) -> None:
    response = client.post(ROUTE, json=body)
    assert response.status_code == 422
    assert complaint in response.json()["detail"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"text": "\\ud800"}', b'{"text": "\xff"}'], ids=["nothing", "torn", "surrogate", "not UTF-8"]
)
def test_a_body_that_is_no_json_text_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post(ROUTE, content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_kind_is_refused(client: TestClient, kind: str) -> None:
    detail = 'Send files as multipart/form-data, or {"url": …} or {"text": …} as application/json.'
    assert_problem(client.post(ROUTE, content=b'{"text": "a"}', headers={"content-type": kind}), 415, detail)


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        ({"content": b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--x--\r\n',
          "headers": {"content-type": "multipart/form-data; boundary=x"}}, 422, "The form holds no file; choose one."),
        ({"files": {"file": ("a.txt", b"x")}, "data": {"url": "b"}}, 422,
         "The form has a field that is no file; send an address or a text as JSON."),
        ({"content": b"no boundary", "headers": {"content-type": "multipart/form-data"}}, 400,
         "Missing boundary in multipart."),
    ],
    ids=["no file", "field", "no boundary"],
)  # fmt: skip
def test_a_form_that_is_not_files_is_refused(
    client: TestClient, sent: dict[str, Any], status: int, detail: str
) -> None:
    assert_problem(client.post(ROUTE, **sent), status, detail)


def test_files_are_counted(client: TestClient, product: OpenProduct) -> None:
    files = [("file", (f"{n}.txt", b"x")) for n in range(MAX_SOURCES + 1)]
    detail = "Too many files. Maximum number of files is 100."
    assert_problem(client.post(ROUTE, files=files), 400, detail)
    assert len(ids(product)) == 3


def test_bytes_are_counted_as_they_come_and_not_believed(
    client: TestClient, product: OpenProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LARGE_REQUESTS, ("POST", ROUTE), 3_000_000)
    came = []

    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(100):
            came.append(1)
            yield b"a" * 100_000

    detail = "The request has more than 3,000,000 bytes; send its files in parts."
    response = client.post(ROUTE, content=endless(), headers={"content-type": "multipart/form-data; boundary=x"})
    assert_problem(response, 413, detail)
    assert len(ids(product)) == 3


@pytest.mark.parametrize(("size", "fits"), [(1_000, True), (1_001, False)])
def test_a_pasted_text_has_a_limit_of_its_own(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, size: int, fits: bool
) -> None:
    monkeypatch.setattr(articles, "MAX_JSON_BYTES", 1_000)
    body = b'{"text": "' + b"a" * (size - 12) + b'"}'
    response = client.post(ROUTE, content=body, headers={"content-type": "application/json"})
    if fits:
        assert (len(body), response.status_code) == (1_000, 200)
    else:
        assert_problem(response, 413, "The text has more than 1,000 bytes; send it as a file.")


def test_the_library_of_the_seed_article_is_not_added_to() -> None:
    client = client_of(seed_product())
    assert_problem(client.post(ROUTE, json={"text": "a"}), 409, SEED_IS_FIXED)
    assert_problem(client.delete(f"{ROUTE}/seed"), 409, SEED_IS_FIXED, f"{ROUTE}/seed")


# Who may

BY_TOKEN = Writers(token=TOKEN, is_local=True)


def changes(client: TestClient, headers: dict[str, str]) -> list[int]:
    """Return the status of adding and of removing; the client's own headers are left out."""
    client.headers.pop("X-Footnote-Request", None)
    return [
        client.post(ROUTE, json={"text": MINT}, headers=headers).status_code,
        client.delete(f"{ROUTE}/tea", headers=headers).status_code,
    ]


@pytest.mark.parametrize(
    ("writers", "host", "headers"),
    [
        (LOCAL, "127.0.0.1:7860", FROM_HERE),
        (LOCAL, "localhost:7860", FROM_HERE),
        (LOCAL, "LOCALHOST", FROM_HERE),
        (LOCAL, "[::1]:7860", FROM_HERE),
        (LOCAL, "127.8.9.10", FROM_HERE),
        (LOCAL, "localhost:7860", {**FROM_HERE, "origin": "http://localhost:7860"}),
        (BY_TOKEN, "footnote.example", {"authorization": f"Bearer {TOKEN}"}),
        (BY_TOKEN, "footnote.example", {"authorization": f"bearer  {TOKEN} "}),
        (BY_TOKEN, "footnote.example", {"authorization": f"Bearer {TOKEN}", "x-forwarded-for": "203.0.113.9"}),
    ],
)
def test_those_who_may_change_the_library_can(
    product: OpenProduct, writers: Writers, host: str, headers: dict[str, str]
) -> None:
    client = client_of(product, writers)
    assert changes(client, {**headers, "host": host}) == [200, 204]


@pytest.mark.parametrize(
    ("writers", "host", "headers", "complaint"),
    [
        (LOCAL, "localhost", {}, "takes the header X-Footnote-Request: 1."),
        (LOCAL, "localhost", {"X-Footnote-Request": "0"}, "takes the header X-Footnote-Request: 1."),
        (LOCAL, "localhost", {**FROM_HERE, "origin": "http://evil.example"}, "comes from a page of another site"),
        (LOCAL, "localhost", {**FROM_HERE, "origin": "http://localhost:3000"}, "comes from a page of another site"),
        (LOCAL, "localhost", {**FROM_HERE, "origin": "null"}, "comes from a page of another site"),
        (LOCAL, "localhost", {**FROM_HERE, "origin": ""}, "comes from a page of another site"),
        (LOCAL, "localhost", {**FROM_HERE, "x-forwarded-for": "203.0.113.9"}, "start the server with"),
        (LOCAL, "localhost", {**FROM_HERE, "via": "1.1 proxy"}, "start the server with"),
        (LOCAL, "localhost", {"authorization": "Bearer "}, "takes the header X-Footnote-Request: 1."),
        (NOBODY, "localhost", FROM_HERE, "start the server with FOOTNOTE_ADMIN_TOKEN set"),
        (BY_TOKEN, "localhost", FROM_HERE, "takes the header Authorization: Bearer, with the token set in"),
        (BY_TOKEN, "localhost", {"authorization": "Bearer wrong"}, "takes the header Authorization"),
        (BY_TOKEN, "localhost", {"authorization": f"Basic {TOKEN}"}, "takes the header Authorization"),
        (BY_TOKEN, "localhost", {"authorization": TOKEN}, "takes the header Authorization"),
        (BY_TOKEN, "localhost", {"authorization": f"Bearer {TOKEN[:-1]}"}, "takes the header Authorization"),
    ],
)
def test_all_others_are_refused_with_what_to_do(
    product: OpenProduct, writers: Writers, host: str, headers: dict[str, str], complaint: str
) -> None:
    client = client_of(product, writers)
    client.headers.pop("X-Footnote-Request")
    response = client.post(ROUTE, json={"text": MINT}, headers={**headers, "host": host})
    assert response.status_code == 403
    assert complaint in response.json()["detail"]
    assert changes(client, {**headers, "host": host}) == [403, 403]
    assert len(ids(product)) == 3


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example@localhost"),
        *("evil.example#localhost", "[::1", "192.168.1.2:7860", "2130706433"),
    ],
)
def test_a_name_that_is_not_this_machines_own_changes_nothing(product: OpenProduct, host: str) -> None:
    client = client_of(product)
    assert changes(client, {**FROM_HERE, "host": host}) == [421, 421]
    assert len(ids(product)) == 3


def test_a_token_that_is_not_ascii_can_be_compared() -> None:
    writers = Writers(token="naïve")  # noqa: S106  # of a test
    assert writers.refusal(Headers(raw=[(b"authorization", b"Bearer caf\xe9")])) is not None


def test_a_page_of_another_site_is_not_told_that_it_may_send_the_header(client: TestClient) -> None:
    asked = {
        "origin": "https://elsewhere.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-footnote-request",
    }
    response = client.options(ROUTE, headers=asked)
    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control-allow-origin")]


def test_a_request_that_is_refused_is_refused_before_its_body_is_read(product: OpenProduct) -> None:
    client = client_of(product, NOBODY)
    assert client.post(ROUTE, content=b"not read", headers={"content-type": "text/plain"}).status_code == 403


@pytest.fixture
def with_page() -> None:
    """Mount the chat page too."""


@pytest.mark.usefixtures("with_page")
def test_the_page_does_not_hide_the_routes(client: TestClient, product: OpenProduct) -> None:
    assert client.post(ROUTE, json={"text": MINT}).status_code == 200
    assert client.delete(f"{ROUTE}/{content_id(MINT)}").status_code == 204
    assert client.put(ROUTE).status_code == 405
    assert client.get("/").status_code == 200


# The published description


def test_the_description_says_what_can_be_sent_and_by_whom(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    operation = description["paths"][ROUTE]["post"]
    assert set(operation["requestBody"]["content"]) == {"multipart/form-data", "application/json"}
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    assert {"adminToken": []} in operation["security"]
    assert description["components"]["securitySchemes"]["adminToken"] == {"type": "http", "scheme": "bearer"}
    assert set(description["paths"][f"{ROUTE}/{{article_id}}"]["delete"]["responses"]) == {
        "204",
        "403",
        "404",
        "409",
        "429",
        "500",
        "503",
    }
