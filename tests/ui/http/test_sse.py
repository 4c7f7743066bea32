"""An answer as server-sent events: in order, escaped, and ended when nobody listens."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
import uvicorn
from fastapi.testclient import TestClient

from index.errors import ArticleNotFoundError, FootnoteError, StorageError
from qa.errors import ReplyError
from qa.events import Cited, Delta, Finished, Found, Waiting
from qa.reply_json import citation_to_json, reply_schema, reply_to_json
from tests.ui.fakes import ScriptedAssistant, abstention, answer, hit, seed_article, seed_product
from ui.http.sse import frame
from ui.server.app import create_app

WHO = "Who asked for the intervention of the troops?"


def events_in(text: str) -> list[tuple[str, Any]]:
    frames = [block.split("\n") for block in text.split("\n\n") if block and not block.startswith(":")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in frames]


def told_by(assistant: ScriptedAssistant) -> Any:
    with TestClient(create_app(replace(seed_product(), assistant=assistant))) as client:
        return client.post("/v1/ask", json={"question": "x", "stream": True})


@pytest.mark.parametrize("question", [WHO, "How did other countries react?", "When was Tokaev born?", "What?"])
def test_the_last_event_is_the_reply_as_it_is_without_streaming(question: str) -> None:
    product = seed_product()
    with TestClient(create_app(product)) as client:
        response = client.post("/v1/ask", json={"question": question, "stream": True})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    name, document = events_in(response.text)[-1]
    assert (name, document) == ("reply", reply_to_json(product.assistant.ask(question)))
    jsonschema.validate(document, reply_schema())


def test_hits_come_first_then_the_text_and_its_citations_then_the_reply() -> None:
    product = seed_product()
    with TestClient(create_app(product)) as client:
        events = events_in(client.post("/v1/ask", json={"question": WHO, "stream": True}).text)
    assert [name for name, _ in events] == ["hits", "delta", "citation", "reply"]
    assert events[1][1] == {"text": events[-1][1]["answer"], "supported": True}
    assert [events[2][1]] == events[-1][1]["citations"]


def test_some_articles_only_can_be_asked() -> None:
    product = seed_product()
    with TestClient(create_app(product)) as client:
        client.post("/v1/ask", json={"question": WHO, "stream": True, "article_ids": ["seed"]})
    assert product.assistant.asked[-1] == (WHO, ("seed",))


def test_without_stream_the_reply_is_one_document() -> None:
    with TestClient(create_app(seed_product())) as client:
        response = client.post("/v1/ask", json={"question": WHO, "stream": False})
    assert response.headers["content-type"] == "application/json"


def test_each_event_has_its_shape() -> None:
    article = seed_article()
    reply = answer(article, WHO, article.text[:20])
    found = hit(article, article.text[:20])
    assert frame(Found((found,))) == (
        'event: hits\ndata: {"hits": [{"article_id": "seed", "start_char_index": 0, "end_char_index": 20,'
        ' "score": 0.5}]}\n\n'
    )
    assert frame(Delta("Tea.\n", supported=False)) == (
        'event: delta\ndata: {"text": "Tea.\\n", "supported": false}\n\n'
    )
    assert events_in(frame(Cited(reply.citations[0]))) == [("citation", citation_to_json(reply.citations[0]))]
    assert events_in(frame(Finished(reply))) == [("reply", reply_to_json(reply))]
    assert frame(Waiting()).startswith(":")


@pytest.mark.parametrize(
    "text", ["a\n\nevent: reply\ndata: {}\n\n", "\r\n\r", "\u2028\u2029\x85", "🙂", "</script>\x00"]
)
def test_no_text_can_end_its_event(text: str) -> None:
    told = frame(Delta(text))
    assert told.isascii()
    assert told.count("\n") == 3
    assert events_in(told) == [("delta", {"text": text, "supported": True})]


# Errors


@pytest.mark.parametrize(
    ("failure", "status", "detail"),
    [
        (ArticleNotFoundError("no article has the id 'x'"), 404, "no article has the id 'x'"),
        (StorageError("the disk is full"), 503, "the disk is full"),
    ],
    ids=["not found", "unavailable"],
)
def test_what_cannot_be_asked_is_a_problem_and_no_stream(failure: FootnoteError, status: int, detail: str) -> None:
    response = told_by(ScriptedAssistant(events=[], failure=failure))
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["detail"] == detail


def test_an_empty_question_is_a_problem_and_no_stream() -> None:
    with TestClient(create_app(seed_product())) as client:
        response = client.post("/v1/ask", json={"question": " ", "stream": True})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


def test_a_failure_on_the_way_is_the_last_event() -> None:
    response = told_by(ScriptedAssistant(events=[Found(())], failure=StorageError("the disk is full")))
    (_, (name, problem)) = events_in(response.text)
    assert (name, problem["status"], problem["detail"]) == ("error", 503, "the disk is full")


@pytest.mark.parametrize(
    "failure", [RuntimeError("secret"), ReplyError("secret")], ids=["unforeseen", "broken promise"]
)
def test_a_defect_on_the_way_is_told_only_by_its_id(failure: Exception) -> None:
    response = told_by(ScriptedAssistant(events=[Found(())], failure=failure))
    (_, (name, problem)) = events_in(response.text)
    assert (name, problem["status"]) == ("error", 500)
    assert "secret" not in response.text


# Leaving


@contextmanager
def served(assistant: ScriptedAssistant) -> Iterator[int]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    app = create_app(replace(seed_product(), assistant=assistant))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()


def test_a_client_that_leaves_ends_the_work_at_once() -> None:
    assistant = ScriptedAssistant(events=[Found(())], endless=True)
    with served(assistant) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        body = json.dumps({"question": "x", "stream": True})
        connection.request("POST", "/v1/ask", body, {"content-type": "application/json"})
        response = connection.getresponse()
        assert response.readline() == b"event: hits\n"
        assert not assistant.closed.is_set()
        response.close()
        connection.close()
        assert assistant.closed.wait(10)


def test_a_reply_that_has_come_ends_the_work() -> None:
    assistant = ScriptedAssistant(events=[Found(()), Finished(abstention("x"))])
    told_by(assistant)
    assert assistant.closed.is_set()
