"""Conversations and feedback over HTTP: the real application, a real store, scripted replies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.storage.conversations import ConversationStore, Feedback
from index.storage.library import Library
from qa.answer import Reply, Trace
from qa.conversations import History
from qa.reply_json import reply_schema, reply_to_json
from tests.ui.fakes import FakeProduct, seed_product
from ui.app.conversations import history_over
from ui.replies.markdown import conversation_markdown
from ui.replies.messages import wording_of
from ui.server.app import create_app

BORIS = "boris-" + "b" * 32
WHO = "Who asked for the intervention of the troops?"
BORN = "When was Tokaev born?"
HEADER = "X-Footnote-Owner"


NUMBERS = count()

# One application for all tests of this file, since it takes a second to make; each test is another browser.


@pytest.fixture(scope="module")
def product() -> FakeProduct:
    return seed_product()


@pytest.fixture(scope="module")
def history(product: FakeProduct) -> History:
    return history_over(ConversationStore.in_memory(), product.library.article)


@pytest.fixture(scope="module")
def app(product: FakeProduct, history: History) -> FastAPI:
    return create_app(product, history)


@pytest.fixture
def anna() -> str:
    return f"anna-{next(NUMBERS):032}"


@pytest.fixture
def client(app: FastAPI, anna: str) -> TestClient:
    return TestClient(app, headers={HEADER: anna})


@pytest.fixture
def nobody(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture
def given(history: History) -> Callable[[], list[Feedback]]:
    """Return what feedback has been given since the test began."""
    before = len(history.feedback())
    return lambda: history.feedback()[before:]


@pytest.fixture
def reply(product: FakeProduct) -> Reply:
    return product.assistant.ask(WHO)


@pytest.fixture
def kept(history: History, product: FakeProduct, reply: Reply, anna: str) -> str:
    """A conversation of Anna's with an answer and an abstention."""
    conversation_id, _ = history.append(anna, reply, article_ids=["seed"])
    history.append(anna, product.assistant.ask(BORN), conversation_id=conversation_id)
    return conversation_id


def assert_problem(response: Any, status: int, detail: str) -> None:
    assert (response.status_code, response.json()["detail"]) == (status, detail)
    assert response.headers["content-type"] == "application/problem+json"


# Conversations ------------------------------------------------------------------------------------


def test_conversations_are_listed_with_what_a_list_shows(
    client: TestClient, history: History, anna: str, kept: str
) -> None:
    (summary,) = history.conversations(anna)
    assert client.get("/v1/conversations").json() == {
        "conversations": [
            {
                "id": kept,
                "title": WHO,
                "created": summary.created.isoformat().replace("+00:00", "Z"),
                "updated": summary.updated.isoformat().replace("+00:00", "Z"),
                "article_ids": ["seed"],
                "turns": 2,
            }
        ],
        "lasts": False,
    }


@pytest.mark.parametrize(
    ("search", "found"), [("INTERVENTION", 1), ("tokaev born", 1), ("coffee", 0), ("", 1), ("%", 0)], ids=repr
)
def test_conversations_can_be_searched(client: TestClient, kept: str, search: str, found: int) -> None:
    listed = client.get("/v1/conversations", params={"search": search}).json()["conversations"]
    assert [each["id"] for each in listed] == [kept] * found


def test_a_conversation_is_given_with_its_replies_in_their_published_shape(
    client: TestClient, product: FakeProduct, kept: str
) -> None:
    document = client.get(f"/v1/conversations/{kept}").json()
    assert (document["format"], document["id"], document["title"]) == ("footnote-conversation/1", kept, WHO)
    assert [turn["reply"] for turn in document["turns"]] == [
        reply_to_json(product.assistant.ask(question)) for question in (WHO, BORN)
    ]
    for turn in document["turns"]:
        jsonschema.validate(turn["reply"], reply_schema())


def test_citations_are_checked_again_before_they_are_given() -> None:
    changing = seed_product()
    history = history_over(ConversationStore.in_memory(), changing.library.article)
    kept, _ = history.append(BORIS, changing.assistant.ask(WHO))
    client = TestClient(create_app(changing, history), headers={HEADER: BORIS})
    article = changing.library.held[0]
    changing.library.held = [replace(article, text=f"🙂{article.text}")]
    text = client.get("/v1/articles/seed").json()["text"]
    for each in citations(client, kept):
        source = each["source"]
        assert each["status"] == "repaired"
        assert text[source["start_char_index"] : source["end_char_index"]] == source["quote"]["exact"]
    changing.library.held = []
    assert {each["status"] for each in citations(client, kept)} == {"unverified"}


def citations(client: TestClient, conversation_id: str) -> list[dict[str, Any]]:
    cited: list[dict[str, Any]] = client.get(f"/v1/conversations/{conversation_id}").json()["turns"][0]["reply"][
        "citations"
    ]
    assert cited
    return cited


def test_a_conversation_can_be_renamed(client: TestClient, kept: str) -> None:
    assert client.patch(f"/v1/conversations/{kept}", json={"title": " Troops\n🙂 "}).status_code == 204
    assert client.get(f"/v1/conversations/{kept}").json()["title"] == "Troops 🙂"


def test_a_conversation_can_be_deleted(client: TestClient, kept: str) -> None:
    assert client.delete(f"/v1/conversations/{kept}").status_code == 204
    assert client.get("/v1/conversations").json()["conversations"] == []
    detail = f"there is no conversation '{kept}'; it may have been deleted"
    assert_problem(client.get(f"/v1/conversations/{kept}"), 404, detail)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"title": " "}, "the title is empty; type one"),
        ({"title": "x" * 121}, "the title has 121 characters, at most 120 are kept; shorten it"),
        ({"title": 1}, "body.title: Input should be a valid string"),
        ({}, "body.title: Field required"),
        ({"title": "a", "owner": "b"}, "body.owner: Extra inputs are not permitted"),
    ],
    ids=["blank", "too long", "a number", "none", "more than a title"],
)
def test_a_title_of_another_shape_is_refused(client: TestClient, kept: str, body: Any, detail: str) -> None:
    assert_problem(client.patch(f"/v1/conversations/{kept}", json=body), 422, detail)
    assert client.get(f"/v1/conversations/{kept}").json()["title"] == WHO


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"limit": 0}, "query.limit: Input should be greater than or equal to 1"),
        ({"limit": 201}, "query.limit: Input should be less than or equal to 200"),
        ({"offset": -1}, "query.offset: Input should be greater than or equal to 0"),
        ({"offset": 10**30}, "query.offset: Input should be less than or equal to 1000000"),
        ({"search": "x" * 201}, "query.search: String should have at most 200 characters"),
    ],
    ids=["none", "too many", "before the first", "beyond counting", "a long search"],
)
def test_a_list_of_another_shape_is_refused(client: TestClient, parameters: dict[str, Any], detail: str) -> None:
    assert_problem(client.get("/v1/conversations", params=parameters), 422, detail)


# Owners -------------------------------------------------------------------------------------------

CALLS = [
    pytest.param("GET", "", None, id="read"),
    pytest.param("GET", "/export", None, id="export"),
    pytest.param("PATCH", "", {"title": "Mine"}, id="rename"),
    pytest.param("DELETE", "", None, id="delete"),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_somebody_elses_conversation_is_not_told_from_none(
    client: TestClient, kept: str, method: str, path: str, body: Any
) -> None:
    told = []
    for conversation_id in (kept, "nothing"):
        response = client.request(
            method, f"/v1/conversations/{conversation_id}{path}", json=body, headers={HEADER: BORIS}
        )
        told.append((response.status_code, response.json()["detail"].replace(conversation_id, "ID")))
    assert told == [(404, "there is no conversation 'ID'; it may have been deleted")] * 2
    assert client.get("/v1/conversations", headers={HEADER: BORIS}).json()["conversations"] == []
    assert client.get(f"/v1/conversations/{kept}").json()["title"] == WHO


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_without_an_owner_there_is_nothing(nobody: TestClient, kept: str, method: str, path: str, body: Any) -> None:
    response = nobody.request(method, f"/v1/conversations/{kept}{path}", json=body)
    assert_problem(response, 422, f"header.{HEADER}: Field required")
    assert_problem(nobody.get("/v1/conversations"), 422, f"header.{HEADER}: Field required")


@pytest.mark.parametrize("token", ["", "short", "a" * 129, "a" * 40 + "'"], ids=repr)
def test_what_is_no_token_is_refused(client: TestClient, token: str) -> None:
    response = client.get("/v1/conversations", headers={HEADER: token})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


def test_nothing_that_is_private_is_left_in_a_cache(client: TestClient, kept: str) -> None:
    for path in ("", f"/{kept}", f"/{kept}/export?format=md", f"/{kept}/export?format=json"):
        assert client.get(f"/v1/conversations{path}").headers["cache-control"] == "no-store"


def test_another_site_may_not_send_the_header(client: TestClient) -> None:
    asked = {
        "origin": "https://elsewhere.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": HEADER,
    }
    response = client.options("/v1/conversations", headers=asked)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


# Export -------------------------------------------------------------------------------------------


def test_a_conversation_is_exported_as_a_markdown_file(
    client: TestClient, history: History, anna: str, kept: str
) -> None:
    response = client.get(f"/v1/conversations/{kept}/export", params={"format": "md"})
    titles = {"seed": "Kazakhstan on fire"}
    assert response.text == conversation_markdown(history.load(anna, kept), titles, words=wording_of("en"))
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.headers["content-disposition"] == (
        'attachment; filename="conversation.md"; '
        "filename*=UTF-8''Who%20asked%20for%20the%20intervention%20of%20the%20troops.md"
    )
    assert "[^1]: “And the readiness" in response.text


@pytest.mark.parametrize(
    ("language", "said"), [("de", "*Gelesen als:*"), ("en", "*Read as:*"), ("xx", "*Read as:*")], ids=repr
)
def test_a_markdown_file_speaks_the_language_that_is_asked_for(
    client: TestClient, history: History, anna: str, kept: str, language: str, said: str
) -> None:
    reply = history.load(anna, kept).turns[0].reply
    history.append(anna, replace(reply, trace=Trace("Who asked for them?")), conversation_id=kept)
    response = client.get(f"/v1/conversations/{kept}/export", params={"lang": language})
    assert f"\n{said} Who asked for them?\n" in response.text


def test_a_conversation_is_exported_as_the_json_it_is_given_as(client: TestClient, kept: str) -> None:
    response = client.get(f"/v1/conversations/{kept}/export", params={"format": "json"})
    assert response.json() == client.get(f"/v1/conversations/{kept}").json()
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc passwd.md"),
        ('a"; filename=evil.exe', "a ; filename=evil.exe.md"),
        ("Чай 茶", "Чай 茶.md"),
        ("\u202egpj.exe", "gpj.exe.md"),
        ("???", "conversation.md"),
    ],
    ids=["a path", "a quotation mark", "other scripts", "reordered", "nothing left"],
)
def test_the_name_of_an_exported_file_is_only_a_name(client: TestClient, kept: str, title: str, name: str) -> None:
    client.patch(f"/v1/conversations/{kept}", json={"title": title})
    disposition = client.get(f"/v1/conversations/{kept}/export").headers["content-disposition"]
    start = "attachment; filename=\"conversation.md\"; filename*=UTF-8''"
    assert disposition.startswith(start)
    assert unquote(disposition.removeprefix(start)) == name


def test_another_form_is_refused(client: TestClient, kept: str) -> None:
    response = client.get(f"/v1/conversations/{kept}/export", params={"format": "pdf"})
    assert_problem(response, 422, "query.format: Input should be 'md' or 'json'")


# Feedback -----------------------------------------------------------------------------------------


def test_anybody_can_say_what_they_think_of_a_reply(
    nobody: TestClient, given: Callable[[], list[Feedback]], reply: Reply
) -> None:
    body = {"reply_id": reply.id, "verdict": "down", "reason": "wrong", "comment": "No 🙂", "question": WHO}
    response = nobody.post("/v1/feedback", json=body)
    assert (response.status_code, response.content) == (204, b"")
    (said,) = given()
    assert (said.reply_id, said.verdict, said.reason, said.comment) == (reply.id, "down", "wrong", "No 🙂")
    assert (said.question, said.conversation_id, said.reply_json) == (WHO, None, None)


def test_feedback_on_a_turn_is_kept_with_the_reply(
    client: TestClient, given: Callable[[], list[Feedback]], kept: str, reply: Reply
) -> None:
    body = {"reply_id": reply.id, "verdict": "up", "conversation_id": kept, "position": 0}
    assert client.post("/v1/feedback", json=body).status_code == 204
    (said,) = given()
    assert (said.question, said.conversation_id, said.position) == (WHO, kept, 0)
    assert json.loads(said.reply_json or "")["answer"] == reply_to_json(reply)["answer"]


def test_nobody_has_a_turn_to_give_feedback_on(
    nobody: TestClient, given: Callable[[], list[Feedback]], kept: str, reply: Reply
) -> None:
    body = {"reply_id": reply.id, "verdict": "up", "conversation_id": kept, "position": 0}
    detail = f"nobody has a conversation {kept!r}; say whose it is, with X-Footnote-Owner"
    assert_problem(nobody.post("/v1/feedback", json=body), 404, detail)
    assert given() == []


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({"position": 1}, 422, "turn 1 of the conversation has no reply 'reply-1'; load it again"),
        ({"conversation_id": "other"}, 404, "there is no conversation 'other'; it may have been deleted"),
        ({"position": None}, 422, "body: Value error, conversation_id and position go together"),
        ({"position": 200}, 422, "body.position: Input should be less than 200"),
        ({"verdict": "sideways"}, 422, "body.verdict: Input should be 'up' or 'down'"),
        ({"verdict": None}, 422, "body.verdict: Input should be 'up' or 'down'"),
        ({"reply_id": "../x"}, 422, "body.reply_id: String should match pattern '^[A-Za-z0-9_-]{1,64}$'"),
        ({"reason": "x" * 201}, 422, "body.reason: String should have at most 200 characters"),
        ({"comment": "x" * 4001}, 422, "body.comment: String should have at most 4000 characters"),
        ({"mood": "good"}, 422, "body.mood: Extra inputs are not permitted"),
    ],
    ids=[
        "another turn",
        "another conversation",
        "half a place",
        "beyond the last",
        "another verdict",
        "no verdict",
        "no id",
        "a long reason",
        "a long comment",
        "more",
    ],
)
def test_feedback_of_another_shape_is_refused(
    client: TestClient,
    given: Callable[[], list[Feedback]],
    kept: str,
    changes: dict[str, Any],
    status: int,
    detail: str,
) -> None:
    body = {"reply_id": "reply-1", "verdict": "up", "conversation_id": kept, "position": 0} | changes
    assert_problem(client.post("/v1/feedback", json=body), status, detail)
    assert given() == []


def test_feedback_that_holds_half_a_character_is_refused(
    client: TestClient, given: Callable[[], list[Feedback]]
) -> None:
    body = b'{"reply_id": "r1", "verdict": "up", "comment": "\\ud800"}'
    response = client.post("/v1/feedback", content=body, headers={"content-type": "application/json"})
    assert response.status_code in {400, 422}
    assert given() == []


def test_a_form_of_another_site_cannot_give_feedback(client: TestClient, given: Callable[[], list[Feedback]]) -> None:
    body = b'{"reply_id": "r1", "verdict": "up"}'
    assert client.post("/v1/feedback", content=body, headers={"content-type": "text/plain"}).status_code == 422
    assert given() == []


# On disk ------------------------------------------------------------------------------------------


def test_conversations_survive_a_restart(library: Library, folder: Path, product: FakeProduct, reply: Reply) -> None:
    first = history_over(ConversationStore.open(folder), product.library.article)
    conversation_id, _ = first.append(BORIS, reply)
    first.close()
    again = history_over(ConversationStore.open(folder), product.library.article)
    with TestClient(create_app(product, again), headers={HEADER: BORIS}) as client:
        listed = client.get("/v1/conversations").json()
        assert ([each["id"] for each in listed["conversations"]], listed["lasts"]) == ([conversation_id], True)
        document = client.get(f"/v1/conversations/{conversation_id}").json()
        assert document["turns"][0]["reply"] == reply_to_json(reply)
    again.close()


def test_an_application_without_a_history_keeps_conversations_in_memory(product: FakeProduct) -> None:
    with TestClient(create_app(product), headers={HEADER: BORIS}) as client:
        assert client.get("/v1/conversations").json() == {"conversations": [], "lasts": False}


# The published description ------------------------------------------------------------------------


def test_a_conversation_meets_the_schema_of_the_description(client: TestClient, kept: str) -> None:
    components = client.get("/openapi.json").json()["components"]
    schema = {"$ref": "#/components/schemas/ConversationDocument", "components": components}
    jsonschema.validate(client.get(f"/v1/conversations/{kept}").json(), schema)


@pytest.mark.parametrize(
    "path", ["/v1/feedback", "/v1/conversations/{conversation_id}", "/v1/conversations/{conversation_id}/export"]
)
def test_each_route_is_described(client: TestClient, path: str) -> None:
    described = client.get("/openapi.json").json()["paths"][path]
    for operation in described.values():
        assert operation["responses"]["404"]["content"].keys() == {"application/problem+json"}
