from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from index.errors import LibraryMismatchError
from qa.errors import ReplyError
from qa.followups.standalone import Turn
from qa.reply_json import reply_schema, reply_to_json
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, seed_article, seed_product
from ui.http.security import MAX_REQUEST_BYTES
from ui.server.app import create_app

WHO = "Who asked for the intervention of the troops?"


@pytest.fixture(scope="module")
def product() -> FakeProduct:
    return seed_product()


@pytest.fixture(scope="module")
def client(product: FakeProduct) -> Iterator[TestClient]:
    with TestClient(create_app(product)) as client:
        yield client


def failing(error: Exception) -> TestClient:
    return TestClient(create_app(FakeProduct(FakeLibrary([]), ScriptedAssistant({"x": error}))))


def assert_problem(response: Any, status: int, detail: str, instance: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert {name: response.json()[name] for name in ("type", "status", "detail", "instance")} == {
        "type": "about:blank",
        "status": status,
        "detail": detail,
        "instance": instance,
    }


def test_the_process_says_that_it_answers(client: TestClient) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_readiness_says_how_many_articles_can_be_asked(client: TestClient) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ready", "articles": 1})


@pytest.mark.parametrize("question", [WHO, "How did other countries react?", "When was Tokaev born?", "What?"])
def test_a_question_gets_the_reply_as_every_face_gives_it(
    client: TestClient, product: FakeProduct, question: str
) -> None:
    response = client.post("/v1/ask", json={"question": question})
    assert response.status_code == 200
    assert response.json() == reply_to_json(product.assistant.ask(question))
    jsonschema.validate(response.json(), reply_schema())


def test_a_citation_slices_the_text_that_the_api_gives_out(client: TestClient) -> None:
    source = client.post("/v1/ask", json={"question": WHO}).json()["citations"][0]["source"]
    text = client.get(f"/v1/articles/{source['article_id']}").json()["text"]
    assert text[source["start_char_index"] : source["end_char_index"]] == source["quote"]["exact"]


def test_a_question_can_be_put_to_some_articles_only(client: TestClient, product: FakeProduct) -> None:
    client.post("/v1/ask", json={"question": WHO, "article_ids": ["seed"]})
    assert product.assistant.asked[-1] == (WHO, ("seed",))


def test_a_follow_up_comes_with_its_turns_and_with_what_to_read_it_as(client: TestClient, product: FakeProduct) -> None:
    turns = [{"role": "user", "text": "How did Russia react?"}, {"role": "assistant", "text": "🙂" * 4000}]
    body = {"question": WHO, "history": turns, "standalone_question": "How did China react?"}
    assert client.post("/v1/ask", json=body).status_code == 200
    heard = (Turn("user", "How did Russia react?"), Turn("assistant", "🙂" * 4000))
    assert product.assistant.heard[-1] == (heard, "How did China react?")


@pytest.mark.parametrize("body", [{}, {"history": [], "standalone_question": None}], ids=["left out", "empty"])
def test_a_first_question_needs_no_turns(client: TestClient, product: FakeProduct, body: dict[str, Any]) -> None:
    assert client.post("/v1/ask", json={"question": WHO, **body}).status_code == 200
    assert product.assistant.heard[-1] == ((), None)


def test_fifty_turns_of_4000_characters_are_taken(client: TestClient, product: FakeProduct) -> None:
    body = {"question": WHO, "history": [{"role": "user", "text": "🙂" * 4000}] * 50}
    sent = json.dumps(body, ensure_ascii=False).encode()
    assert client.post("/v1/ask", content=sent, headers={"content-type": "application/json"}).status_code == 200
    assert product.assistant.heard[-1][0] == (Turn("user", "🙂" * 4000),) * 50


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param({}, "body.question: Field required", id="no question"),
        pytest.param({"question": 7}, "body.question: Input should be a valid string", id="number"),
        pytest.param({"question": "a", "history": "b"}, "body.history: Input should be a valid list", id="no turns"),
        pytest.param(
            {"question": "a", "history": [{"role": "system", "text": "b"}]},
            "body.history.0.role: Input should be 'user' or 'assistant'",
            id="another role",
        ),
        pytest.param(
            {"question": "a", "history": [{"role": "user"}]}, "body.history.0.text: Field required", id="a silent turn"
        ),
        pytest.param(
            {"question": "a", "history": [{"role": "user", "text": "b", "time": 1}]},
            "body.history.0.time: Extra inputs are not permitted",
            id="a turn with more",
        ),
        pytest.param(
            {"question": "a", "history": [{"role": "user", "text": "b"}] * 51},
            "body.history: List should have at most 50 items after validation, not 51",
            id="51 turns",
        ),
        pytest.param(
            {"question": "a", "history": [{"role": "user", "text": "b" * 4001}]},
            "body.history.0.text: String should have at most 4000 characters",
            id="a turn of 4,001 characters",
        ),
        pytest.param(
            {"question": "a", "standalone_question": 7},
            "body.standalone_question: Input should be a valid string",
            id="no text to read it as",
        ),
        pytest.param(
            {"question": "a", "stream": "loud"},
            "body.stream: Input should be a valid boolean",
            id="stream",
        ),
        pytest.param(
            {"question": "a", "article_ids": "seed"},
            "body.article_ids: Input should be a valid list",
            id="one id",
        ),
        pytest.param([], "body: Input should be a valid dictionary or object to extract fields from", id="list"),
    ],
)
def test_a_request_of_another_shape_is_refused_with_the_reason(client: TestClient, body: Any, detail: str) -> None:
    assert_problem(client.post("/v1/ask", json=body), 422, detail, "/v1/ask")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"question": "\\ud800"}',
        b"\xff",
        b'{"question": "a", "standalone_question": "\\ud800"}',
        b'{"question": "a", "history": [{"role": "user", "text": "\\ud800"}]}',
    ],
    ids=["nothing", "torn", "surrogate", "not UTF-8", "surrogate to read it as", "surrogate in a turn"],
)
def test_a_request_that_is_no_json_text_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


def test_a_form_of_another_site_cannot_ask(client: TestClient) -> None:
    response = client.post("/v1/ask", content=b'{"question": "a"}', headers={"content-type": "text/plain"})
    assert response.status_code == 422


def test_a_question_that_cannot_be_asked_is_refused_in_the_products_words(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": " "})
    assert_problem(response, 422, "the question is empty; type one", "/v1/ask")


def test_a_library_that_fails_is_unavailable_and_not_at_fault() -> None:
    error = LibraryMismatchError("the library was made with another model; index it again")
    assert_problem(failing(error).post("/v1/ask", json={"question": "x"}), 503, str(error), "/v1/ask")


@pytest.mark.parametrize("error", [RuntimeError("secret"), ReplyError("secret")], ids=["unforeseen", "broken promise"])
def test_a_defect_is_logged_and_told_only_by_its_id(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = failing(error).post("/v1/ask", json={"question": "x"})
    assert response.status_code == 500
    assert "secret" not in response.text
    log_id = re.fullmatch(
        r"Something went wrong here\. The log has more under ([0-9a-f]{8})\.", response.json()["detail"]
    )
    assert log_id is not None
    assert f"defect {log_id[1]} at /v1/ask" in caplog.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_articles_are_listed_without_text_and_without_their_place_on_the_server(client: TestClient) -> None:
    assert client.get("/v1/articles").json() == {
        "articles": [
            {
                "id": "seed",
                "title": "Kazakhstan on fire",
                "url": None,
                "published": "2022-01-06",
                "characters": len(seed_article().text),
                "passages": 1,
            }
        ]
    }


def test_an_article_is_given_with_its_text(client: TestClient) -> None:
    article = seed_article()
    assert client.get("/v1/articles/seed").json() == {
        "id": "seed",
        "title": "Kazakhstan on fire",
        "url": None,
        "language": None,
        "published": "2022-01-06",
        "format": "text",
        "characters": len(article.text),
        "text": article.text,
    }


def test_an_unknown_article_is_not_found(client: TestClient) -> None:
    detail = "no article has the id 'none'; list them with: footnote list"
    assert_problem(client.get("/v1/articles/none"), 404, detail, "/v1/articles/none")


def test_an_unknown_path_is_not_found(client: TestClient) -> None:
    assert_problem(client.get("/v1/nothing"), 404, "There is nothing at /v1/nothing.", "/v1/nothing")


def test_a_wrong_method_is_told_from_an_unknown_path(client: TestClient) -> None:
    assert_problem(client.get("/v1/ask"), 405, "GET is not served here.", "/v1/ask")


# Size


def test_a_request_of_exactly_the_limit_is_read(client: TestClient) -> None:
    body = b'{"question": "' + b"a" * (MAX_REQUEST_BYTES - 16) + b'"}'
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert (len(body), response.status_code) == (MAX_REQUEST_BYTES, 200)


def test_a_request_one_byte_over_the_limit_is_refused(client: TestClient) -> None:
    response = client.post("/v1/ask", content=b"x" * (MAX_REQUEST_BYTES + 1))
    detail = "The request has more than 1,048,576 bytes; ask a shorter question."
    assert_problem(response, 413, detail, "/v1/ask")


def test_the_size_is_counted_and_not_believed(client: TestClient) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(17):
            yield b"x" * 65536

    assert client.post("/v1/ask", content=parts()).status_code == 413  # chunked: no length is declared


def test_bytes_are_counted_and_not_characters(client: TestClient) -> None:
    question = "é" * (MAX_REQUEST_BYTES // 2)
    assert client.post("/v1/ask", content=f'{{"question": "{question}"}}'.encode()).status_code == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"question": "x", "history": ' + b"[" * 63 + b"]" * 63 + b"}", 422),  # as deep as may be, and no history
        (b'{"question": "x", "history": ' + b"[" * 64 + b"]" * 64 + b"}", 422),
        (b"[" * 500_000, 422),
        (b'{"question": "' + b"[{" * 500 + b'"}', 200),
        (b'{"question": "\\"' + b"[{" * 500 + b'\\\\"}', 200),
    ],
    ids=["64 deep", "65 deep", "without end", "in a string", "in a string with escapes"],
)
def test_json_is_nested_only_so_deep(client: TestClient, body: bytes, status: int) -> None:
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert response.status_code == status
    is_too_deep = body.count(b"[") > 63 and status == 422
    assert ("nested more than 64 deep" in response.text) == is_too_deep


# What a request passes before its route


def test_each_middleware_has_its_place() -> None:
    order = [getattr(entry.cls, "__name__", "") for entry in create_app(seed_product()).user_middleware]
    assert order == [
        "SecureResponses",
        "ChatPage",
        "MetricsMiddleware",
        "FrontGate",
        "WidgetGate",
        "SmallRequests",
        "InTurn",
        "CORSMiddleware",
        "ChatPaths",
    ]


# What the page may do


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/articles", "/v1/articles/none", "/config", "/nothing"])
def test_each_response_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(), geolocation=(), microphone=()"
    policy = headers["content-security-policy"].split("; ")
    assert "frame-ancestors 'self'" in policy
    assert [source for rule in policy for source in rule.split() if "://" in source or source == "*"] == []


@pytest.mark.parametrize("path", ["/", "/v1/articles", "/config"])
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_no_other_site_may_read_a_response(client: TestClient, path: str, origin: str) -> None:
    # The host is not a local name here, as on a public server: Gradio alone would admit every origin.
    headers = client.get(path, headers={"origin": origin, "host": "footnote.example"}).headers
    assert [name for name in headers if name.startswith("access-control-allow-origin")] == []


def test_no_other_site_may_ask_beforehand(client: TestClient) -> None:
    asked = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    response = client.options("/v1/ask", headers=asked)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        "/monitoring",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/file=README.md",
        "/gradio_api/proxy=https://example.org/",
        "/gradio_api/upload_progress",
        "/gradio_api/vibe-code",
        "/gradio_api/runs",
        "/login",
    ],
)
def test_what_the_page_does_not_need_of_gradio_does_not_exist(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/call/ask", "/gradio_api/run/ask", "/login"])
def test_gradios_own_interface_cannot_be_called(client: TestClient, path: str) -> None:
    assert client.post(path, json={"data": []}).status_code == 404


def test_a_page_that_lost_its_server_can_find_it_again(client: TestClient) -> None:
    assert client.get("/gradio_api/app_id").status_code == 200  # Gradio's page asks this before it reloads


def test_the_page_publishes_none_of_its_events(client: TestClient) -> None:
    assert {d["api_visibility"] for d in client.get("/config").json()["dependencies"]} == {"private"}


def test_gradio_compiles_no_text_into_its_templates(client: TestClient) -> None:
    components = client.get("/config").json()["components"]
    assert {c["props"]["html_template"] for c in components if c["type"] == "html"} == {"${value}"}


def test_the_page_names_no_font_or_script_from_elsewhere(client: TestClient) -> None:
    loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', client.get("/").text)
    assert [address for address in loaded if re.match(r"(?:https?:)?//", address)] == []
    assert client.get("/config").json()["stylesheets"] == []
    assert client.get("/config").json()["analytics_enabled"] is False


def test_starting_and_serving_the_page_connects_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address))
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    with TestClient(create_app(seed_product())) as client:
        client.get("/")
        client.get("/config")
    assert asked == []


# The published description


def test_the_description_gives_the_reply_and_the_problem(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    responses = description["paths"]["/v1/ask"]["post"]["responses"]
    assert responses["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Reply"}
    assert set(responses["200"]["content"]) == {"application/json", "text/event-stream"}
    problems = [response["content"] for status, response in responses.items() if status != "200"]
    assert {content["application/problem+json"]["schema"]["$ref"] for content in problems} == {
        "#/components/schemas/Problem"
    }
    assert set(responses) == {"200", "400", "404", "413", "422", "500", "503"}


def test_each_reference_of_the_description_leads_somewhere(client: TestClient) -> None:
    response = client.get("/openapi.json")
    names = set(re.findall(r'"\$ref":\s*"([^"]*)"', response.text))
    schemas = {f"#/components/schemas/{name}" for name in response.json()["components"]["schemas"]}
    assert names - schemas == set()


def test_a_reply_meets_the_schema_of_the_description(client: TestClient) -> None:
    components = client.get("/openapi.json").json()["components"]
    schema = {"$ref": "#/components/schemas/Reply", "components": components}
    jsonschema.validate(client.post("/v1/ask", json={"question": WHO}).json(), schema)


FILE = {"path": __file__, "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(
    "sent",
    [FILE, [FILE], {"value": {"deep": [FILE]}}, {**FILE, "path": "http://127.0.0.1/"}, {**FILE, "path": "/dev/zero"}],
    ids=["a file", "in a list", "deep", "an address", "one without end"],
)
@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/queue/join/"])
def test_the_chat_copies_no_file_of_the_server_that_a_client_names(client: TestClient, path: str, sent: Any) -> None:
    body = {"data": [sent], "fn_index": 0, "session_hash": "s"}
    for written in (json.dumps(body), json.dumps(body).replace("path", "\\u0070ath"), json.dumps(body)[:-1]):
        response = client.post(path, content=written, headers={"content-type": "application/json"})
        assert (response.status_code, response.json()["detail"]) == (
            422,
            "The chat takes no files; send them to /v1/articles.",
        )


def test_the_chat_takes_words_about_files(client: TestClient) -> None:
    asked = {"data": [json.dumps(FILE)], "fn_index": 0, "session_hash": "s"}
    assert client.post("/gradio_api/queue/join", json=asked).status_code == 200
