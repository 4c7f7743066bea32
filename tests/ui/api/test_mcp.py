"""The protocol's own client calls the tools of a running server."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx2
import jsonschema
import pytest
from fastapi.testclient import TestClient
from mcp import Client
from mcp.shared.exceptions import MCPError

from qa.reply_json import reply_schema, reply_to_json
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, seed_article, seed_product
from tests.ui.serving import served
from tests.waiting import run_async
from ui.server.app import create_app

WHO = "Who asked for the intervention of the troops?"
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
READS = {"accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def product() -> FakeProduct:
    return seed_product()


@pytest.fixture(scope="module")
def address(product: FakeProduct) -> Iterator[str]:
    with served(create_app(product, names=["footnote.example"])) as address:
        yield address


def said_by(address: str, talk: Callable[[Client], Awaitable[Any]]) -> Any:
    async def talked() -> Any:
        async with Client(f"{address}/mcp") as client:
            return await talk(client)

    return run_async(talked())


def called(address: str, name: str, **arguments: Any) -> Any:
    return said_by(address, lambda client: client.call_tool(name, arguments))


def test_there_are_two_tools_that_only_read(address: str) -> None:
    tools = said_by(address, lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["ask", "list_articles"]
    assert [tool.annotations.read_only_hint for tool in tools] == [True, True]
    assert tools[0].output_schema == reply_schema()
    assert list(tools[0].input_schema["properties"]) == ["question", "article_ids"]


@pytest.mark.parametrize("question", [WHO, "How did other countries react?", "When was Tokaev born?"])
def test_the_structured_output_is_the_reply(address: str, product: FakeProduct, question: str) -> None:
    result = called(address, "ask", question=question)
    assert not result.is_error
    assert result.structured_content == reply_to_json(product.assistant.ask(question))
    jsonschema.validate(result.structured_content, reply_schema())


def test_a_model_reads_the_answer_with_its_quotes(address: str) -> None:
    (content,) = called(address, "ask", question=WHO).content
    assert content.text.startswith("And the readiness with which the oligarchs")
    assert "[1] “And the readiness" in content.text
    assert "Kazakhstan on fire, characters" in content.text


def test_a_model_reads_that_the_articles_do_not_say(address: str) -> None:
    (content,) = called(address, "ask", question="What?").content
    assert content.text.startswith("The article does not say.")


def test_some_articles_only_can_be_asked(address: str, product: FakeProduct) -> None:
    called(address, "ask", question=WHO, article_ids=["seed"])
    assert product.assistant.asked[-1] == (WHO, ("seed",))


def test_the_articles_are_listed_with_the_ids_that_ask_takes(address: str) -> None:
    result = called(address, "list_articles")
    assert result.structured_content == {
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
    assert result.content[0].text == "seed  Kazakhstan on fire"


def test_an_empty_library_is_said_to_be_empty() -> None:
    with served(create_app(FakeProduct(FakeLibrary([]), ScriptedAssistant()))) as address:
        assert called(address, "list_articles").content[0].text == "There are no articles yet."


# Wrong calls


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({}, "question: Field required", id="no question"),
        pytest.param({"question": 7}, "question: Input should be a valid string", id="number"),
        pytest.param({"question": " "}, "the question is empty; type one", id="blank"),
        pytest.param({"question": "a", "model": "x"}, "model: Extra inputs are not permitted", id="model"),
        pytest.param({"question": "a", "article_ids": "x"}, "article_ids: Input should be a valid list", id="one id"),
    ],
)
def test_what_is_wrong_with_a_call_is_told_to_the_model(address: str, arguments: dict[str, Any], message: str) -> None:
    result = called(address, "ask", **arguments)
    assert (result.is_error, [content.text for content in result.content]) == (True, [message])


def test_a_defect_is_told_only_by_its_id(address: str) -> None:
    (content,) = called(address, "ask", question="break").content
    assert content.text.startswith("Something went wrong here. The log has more under ")


def test_an_unknown_tool_is_an_error_of_the_protocol(address: str) -> None:
    async def fails(client: Client) -> None:
        with pytest.raises(MCPError, match="there is no tool 'delete'"):
            await client.call_tool("delete", {})

    said_by(address, fails)


# Who may call


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="a program"),
        pytest.param({"host": "localhost:80"}, 200, id="localhost"),
        pytest.param({"host": "footnote.example"}, 200, id="a name that it is known by"),
        pytest.param({"host": "evil.example"}, 421, id="a name that it is not known by"),
        pytest.param({"host": "footnote.example.evil.example"}, 421, id="a name that begins alike"),
        pytest.param({"host": "localhost:80", "origin": "http://localhost:80"}, 200, id="a page of its own"),
        pytest.param({"origin": "https://footnote.example"}, 200, id="a page of its own behind a proxy"),
        pytest.param({"origin": "http://localhost:80"}, 403, id="a page of another server of this machine"),
        pytest.param({"origin": "https://evil.example"}, 403, id="a page of another site"),
        pytest.param({"origin": "null"}, 403, id="a page of no site"),
    ],
)
def test_a_page_of_another_name_is_refused(address: str, headers: dict[str, str], status: int) -> None:
    response = httpx2.post(f"{address}/mcp", json=HELLO, headers={**READS, **headers})
    assert response.status_code == status


def test_no_origin_is_allowed_by_name_in_the_response(address: str) -> None:
    response = httpx2.post(f"{address}/mcp", json=HELLO, headers={**READS, "origin": address})
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_no_session_to_listen_to_or_to_end(address: str, method: str) -> None:
    response = httpx2.request(method, f"{address}/mcp", headers=READS)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.lowlevel.server", None)
    with TestClient(create_app(seed_product())) as client:
        response = client.post("/mcp", json=HELLO)
    assert (response.status_code, response.headers["content-type"]) == (501, "application/problem+json")
    assert "pip install 'footnote-qa[mcp]'" in response.json()["detail"]
