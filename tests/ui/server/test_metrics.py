from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Message, Receive, Scope, Send

from index.errors import StorageError
from index.storage.statements import ArticleSummary
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, seed_product
from tests.waiting import run_async
from ui.http.permission import Writers
from ui.server.app import create_app
from ui.server.metrics import Metrics, MetricsMiddleware

WHO = "Who asked for the intervention of the troops?"


class UnreadableLibrary(FakeLibrary):
    def articles(self) -> list[ArticleSummary]:
        raise StorageError("the disk is full")


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(seed_product())) as client:
        yield client


def figures(client: TestClient) -> dict[str, float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = (sample for family in families for sample in family.samples)
    return {
        f"{sample.name}{{{','.join(f'{k}={v}' for k, v in sorted(sample.labels.items()))}}}": sample.value
        for sample in samples
    }


def test_it_is_the_text_that_prometheus_reads(client: TestClient) -> None:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert re.match(r"text/plain; version=[\d.]+; charset=utf-8", response.headers["content-type"])


def test_replies_are_counted_by_their_status_whoever_asks(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": WHO})
    client.post("/v1/ask", json={"question": WHO, "stream": True})
    client.post("/v1/ask", json={"question": "How did other countries react?"})
    client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "What?"}]})
    found = figures(client)
    assert [found[f"footnote_replies_total{{status={s}}}"] for s in ("answered", "partial", "abstained")] == [2, 1, 1]


def test_what_fails_is_a_request_and_no_reply(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": "break"})
    client.post("/v1/ask", json={"question": " "})
    found = figures(client)
    assert sum(value for name, value in found.items() if name.startswith("footnote_replies_total")) == 0
    assert found["footnote_requests_total{method=POST,route=/v1/ask,status=500}"] == 1
    assert found["footnote_requests_total{method=POST,route=/v1/ask,status=422}"] == 1


def test_requests_are_counted_and_timed_by_route(client: TestClient) -> None:
    client.get("/v1/articles/seed")
    client.get("/v1/articles/none")
    found = figures(client)
    assert found["footnote_requests_total{method=GET,route=/v1/articles/{article_id},status=200}"] == 1
    assert found["footnote_requests_total{method=GET,route=/v1/articles/{article_id},status=404}"] == 1
    assert found["footnote_request_seconds_count{route=/v1/articles/{article_id}}"] == 2


def test_a_request_that_no_route_takes_is_counted_under_another_name(client: TestClient) -> None:
    client.get("/v1/secret-path")
    client.request("BREW", "/v1/ask")
    found = figures(client)
    assert found["footnote_requests_total{method=GET,route=other,status=404}"] == 1
    assert found["footnote_requests_total{method=OTHER,route=other,status=405}"] == 1


def test_nothing_that_somebody_sent_stands_in_it(client: TestClient) -> None:
    client.post("/v1/ask?sent=sentinel", json={"question": "sentinel"}, headers={"x-sent": "sentinel"})
    client.get("/sentinel")
    client.get("/v1/articles/sentinel")
    client.get("/v1/models/sentinel")
    client.request("SENTINEL", "/v1/ask")
    assert "sentinel" not in client.get("/metrics").text.lower()


def test_the_tools_are_one_route(client: TestClient) -> None:
    client.post("/mcp", json={})
    assert [name for name in figures(client) if "route=/mcp," in name and "requests_total" in name] != []


def test_the_articles_are_counted_when_asked_for(client: TestClient) -> None:
    assert figures(client)["footnote_articles{}"] == 1


def test_a_library_that_cannot_be_read_leaves_the_other_figures() -> None:
    with TestClient(create_app(FakeProduct(UnreadableLibrary([]), ScriptedAssistant()))) as client:
        found = figures(client)
    assert str(found["footnote_articles{}"]) == "nan"
    assert "footnote_asking{}" in found


def test_two_servers_in_one_process_count_for_themselves(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": WHO})
    with TestClient(create_app(seed_product())) as other:
        assert figures(other)["footnote_replies_total{status=answered}"] == 0


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/ask", b'{"question": '), ("/v1/evaluations", b"--b\r\n"), ("/mcp", b"{")], ids=str
)
def test_a_client_that_leaves_before_it_is_answered_is_no_fault_of_the_server(
    path: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(seed_product(), writers=Writers(token="t"))  # noqa: S106  # of a test
    coming: list[Message] = [
        {"type": "http.request", "body": body, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None: ...

    headers = [(b"host", b"localhost"), (b"authorization", b"Bearer t")]
    headers.append((b"content-type", b"multipart/form-data; boundary=b"))
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"start=false"}
    run_async(app({**scope, "headers": headers, "client": ("203.0.113.1", 1), "http_version": "1.1"}, receive, send))
    with TestClient(app, base_url="http://localhost") as client:
        found = figures(client)
    counted = {name: value for name, value in found.items() if name.startswith("footnote_requests_total")}
    assert [name.rpartition("status=")[2] for name in counted] == ["499}"]
    assert caplog.records == []


def test_who_leaves_while_waiting_for_a_turn_counts_as_gone() -> None:
    async def refuses(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 503, "headers": []})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None: ...

    metrics = Metrics()
    run_async(MetricsMiddleware(refuses, metrics)({"type": "http", "method": "POST", "path": "/v1/ask"}, receive, send))
    assert b'status="499"' in metrics.text(articles=0, asking=0)


def test_a_fault_of_the_server_still_counts_as_one() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("x")

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None: ...

    metrics = Metrics()
    with pytest.raises(RuntimeError):
        run_async(MetricsMiddleware(fails, metrics)({"type": "http", "method": "GET", "path": "/"}, receive, send))
    assert b'status="500"' in metrics.text(articles=0, asking=0)
