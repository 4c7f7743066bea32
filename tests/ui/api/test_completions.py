"""OpenAI's own client asks a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import jsonschema
import openai
import pytest
from fastapi.testclient import TestClient

from index.article import Article, Span
from index.errors import StorageError
from qa.answer import Answer, Reply
from qa.errors import ReplyError
from qa.events import Cited, Delta, Event, Finished, Found, Waiting
from qa.followups.standalone import Turn
from qa.reply_json import reply_schema, reply_to_json
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, answer, seed_article, seed_product
from tests.ui.serving import served
from ui.api.completions import WITHDRAWN, Completion, CompletionChunks, annotations_of, spoken
from ui.http.security import MAX_REQUEST_BYTES
from ui.server.app import create_app

WHO = "Who asked for the intervention of the troops?"
ROUTE = "/v1/chat/completions"


@pytest.fixture(scope="module")
def product() -> FakeProduct:
    return seed_product()


@pytest.fixture(scope="module")
def client(product: FakeProduct) -> Iterator[openai.OpenAI]:
    with (
        served(create_app(product)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=20) as client,
    ):
        yield client


def asked(client: openai.OpenAI, question: str) -> Any:
    return client.chat.completions.create(model="gpt-whatever", messages=[{"role": "user", "content": question}])


def streamed(client: openai.OpenAI, question: str) -> list[Any]:
    messages: Any = [{"role": "user", "content": question}]
    return list(client.chat.completions.create(model="any", messages=messages, stream=True))


@contextmanager
def told_by(assistant: ScriptedAssistant) -> Iterator[openai.OpenAI]:
    with (
        served(create_app(replace(seed_product(), assistant=assistant))) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=20) as client,
    ):
        yield client


def on_the_web(article: Article) -> Article:
    return replace(article, url="https://example.org/kazakhstan")


def content_of(chunks: Sequence[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


# Whole


def test_the_answer_is_the_message_and_the_reply_stands_beside_it(client: openai.OpenAI, product: FakeProduct) -> None:
    completion = asked(client, WHO)
    reply = product.assistant.ask(WHO)
    assert isinstance(reply, Answer)
    assert completion.choices[0].message.content == reply.text
    assert completion.choices[0].finish_reason == "stop"
    assert (completion.object, completion.model) == ("chat.completion", "footnote")
    assert completion.footnote == reply_to_json(reply)
    jsonschema.validate(completion.footnote, reply_schema())


def test_two_completions_have_two_names(client: openai.OpenAI) -> None:
    assert asked(client, WHO).id != asked(client, WHO).id


def test_each_citation_of_a_file_says_which_words_of_the_answer_it_bears(client: openai.OpenAI) -> None:
    message = asked(client, "How did other countries react?").choices[0].message
    given = [annotation.model_dump(exclude_none=True) for annotation in message.annotations]
    quotes = [message.content[a["file_citation"]["start_index"] : a["file_citation"]["end_index"]] for a in given]
    assert [annotation["type"] for annotation in given] == ["file_citation", "file_citation"]
    assert [a["file_citation"]["file_id"] for a in given] == ["seed", "seed"]
    assert [quote in seed_article().text for quote in quotes] == [True, True]
    assert [quote[:9] for quote in quotes] == ["The USA, ", "China mai"]


def test_a_citation_of_a_web_page_leads_to_its_words() -> None:
    article = on_the_web(seed_article())
    reply = answer(article, WHO, article.text[:20])
    assert annotations_of(reply) == [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": 0,
                "end_index": 20,
                "title": "Kazakhstan on fire",
                "url": "https://example.org/kazakhstan#:~:text=Quwhich%20began%20as%20a%20s",
            },
        }
    ]


def test_the_client_reads_a_citation_of_a_web_page() -> None:
    article = on_the_web(seed_article())
    product = FakeProduct(FakeLibrary([article]), ScriptedAssistant({WHO: answer(article, WHO, article.text[:20])}))
    with served(create_app(product)) as address, openai.OpenAI(base_url=f"{address}/v1", api_key="any") as client:
        (annotation,) = asked(client, WHO).choices[0].message.annotations
    assert annotation.url_citation.start_index == 0
    assert annotation.url_citation.url.startswith("https://example.org/kazakhstan#")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", None])
def test_what_is_no_web_address_never_becomes_a_link(url: str | None) -> None:
    article = replace(seed_article(), url=url)
    assert [a["type"] for a in annotations_of(answer(article, WHO, article.text[:20]))] == ["file_citation"]


def test_an_abstention_is_a_message_that_says_so_in_words(client: openai.OpenAI) -> None:
    completion = asked(client, "When was Tokaev born?")
    assert completion.choices[0].message.content == (
        "The article does not say. It comes near the subject, but does not state what was asked."
    )
    assert completion.choices[0].message.annotations == []
    assert completion.footnote["status"] == "abstained"


def test_an_answer_in_part_says_so_after_its_own_words(client: openai.OpenAI) -> None:
    completion = asked(client, "How did other countries react?")
    assert completion.choices[0].message.content == (
        completion.footnote["answer"] + "\n\nThis answers only part of the question."
    )


def test_what_no_quote_bears_out_is_said_after_the_answer() -> None:
    reply = answer(seed_article(), WHO, seed_article().text[:20])
    worded = replace(reply, text=reply.text + " Tea is hot.", unsupported=(Span(25, 36),), notice="The model was slow.")
    assert spoken(worded).removeprefix(worded.text) == (
        "\n\nNot supported by any quote: “Tea is hot.”\n\nThe model was slow."
    )


# What is asked


def test_what_was_said_before_is_the_history_and_the_system_is_not_obeyed(
    client: openai.OpenAI, product: FakeProduct
) -> None:
    client.chat.completions.create(
        model="any",
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "developer", "content": "Never cite."},
            {"role": "tool", "content": [{"type": "text", "text": "Paris"}], "tool_call_id": "1"},
            {"role": "user", "content": "How did Russia react?"},
            {"role": "assistant", "content": "It sent troops. [1]"},
            {"role": "user", "content": [{"type": "text", "text": "And"}, {"type": "text", "text": "China?"}]},
            {"role": "assistant", "content": "It"},
        ],
    )
    assert product.assistant.asked[-1] == ("And\nChina?", None)
    assert product.assistant.heard[-1] == (
        (Turn("user", "How did Russia react?"), Turn("assistant", "It sent troops. [1]")),
        None,
    )


def test_of_a_long_conversation_the_last_fifty_turns_count_and_a_long_turn_is_cut(
    client: openai.OpenAI, product: FakeProduct
) -> None:
    said: Any = [{"role": "user", "content": f"Question {n} " + "🙂" * 4000} for n in range(60)]
    client.chat.completions.create(model="any", messages=[*said, {"role": "user", "content": WHO}])
    history, _ = product.assistant.heard[-1]
    assert len(history) == 50
    assert history[0].text == ("Question 10 " + "🙂" * 4000)[:4000]


def test_what_else_openai_takes_changes_nothing(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="any",
        messages=[{"role": "user", "content": WHO, "name": "Anna"}],
        temperature=2,
        seed=7,
        n=1,
        tools=[{"type": "function", "function": {"name": "f"}}],
        response_format={"type": "json_object"},
        extra_body={"something": "new"},
    )
    assert completion.choices[0].message.content == asked(client, WHO).choices[0].message.content


# Streaming


@pytest.mark.parametrize("question", [WHO, "How did other countries react?", "When was Tokaev born?", "What?"])
def test_the_chunks_together_are_the_message(client: openai.OpenAI, question: str) -> None:
    chunks, whole = streamed(client, question), asked(client, question)
    assert content_of(chunks) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    given = [annotation.model_dump(exclude_none=True) for annotation in whole.choices[0].message.annotations]
    assert chunks[-1].choices[0].delta.annotations == given
    assert chunks[-1].footnote == whole.footnote


def test_the_end_of_a_stream_is_told(product: FakeProduct) -> None:
    with TestClient(create_app(product)) as client:
        body = {"messages": [{"role": "user", "content": WHO}], "stream": True}
        response = client.post(ROUTE, json=body)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.text.endswith("\n\ndata: [DONE]\n\n")
    assert {line[:6] for line in response.text.split("\n") if line} == {"data: "}


def test_nobody_hears_nothing_while_the_answer_is_made(product: FakeProduct) -> None:
    assert CompletionChunks(Completion("c", 0, asked=1)).told(Waiting()).startswith(":")


def test_a_worded_answer_comes_as_it_is_worded() -> None:
    reply = answer(seed_article(), WHO, seed_article().text[:20])
    told: list[Event] = [
        Found(()),
        Delta(reply.text[:10]),
        Delta(reply.text[10:]),
        *map(Cited, reply.citations),
        Finished(reply),
    ]
    with told_by(ScriptedAssistant(events=told)) as client:
        chunks = streamed(client, "x")
        assert [chunk.choices[0].delta.content for chunk in chunks] == ["", reply.text[:10], reply.text[10:], None]


def test_what_a_failing_model_has_said_is_withdrawn_and_the_offsets_count_from_what_counts() -> None:
    reply = answer(seed_article(), WHO, seed_article().text[:20])
    with told_by(ScriptedAssistant(events=[Found(()), Delta("Half a"), Finished(reply)])) as client:
        chunks = streamed(client, "x")
        content = content_of(chunks)
        assert content == f"Half a{WITHDRAWN}{reply.text}"
        (annotation,) = chunks[-1].choices[0].delta.annotations
        place = annotation["file_citation"]
        assert content[place["start_index"] : place["end_index"]] == seed_article().text[:20]


@pytest.mark.parametrize(
    ("failure", "message"),
    [(StorageError("the disk is full"), "the disk is full"), (ReplyError("secret"), "Something went wrong here.")],
    ids=["unavailable", "defect"],
)
def test_a_failure_on_the_way_reaches_the_client(failure: Exception, message: str) -> None:
    telling = ScriptedAssistant(events=[Found(())], failure=failure)
    with told_by(telling) as client, pytest.raises(openai.APIError, match=message):
        streamed(client, "x")


# Errors


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({}, "body.messages: Field required", id="no messages"),
        pytest.param({"messages": []}, "at least 1 item", id="an empty list"),
        pytest.param({"messages": [{"role": "system", "content": "a"}]}, "there is no question", id="no user"),
        pytest.param({"messages": [{"role": "user", "content": " "}]}, "the question is empty", id="blank"),
        pytest.param({"messages": [{"role": "user", "content": None}]}, "valid string", id="null"),
        pytest.param({"messages": [{"role": "pope", "content": "a"}]}, "does not match any", id="another role"),
        pytest.param(
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "Input should be 'text'",
            id="an image",
        ),
        pytest.param({"messages": [{"role": "user", "content": "a"}], "n": 2}, "less than or equal to 1", id="n = 2"),
        pytest.param({"messages": [{"role": "user", "content": "a"}], "stream": "loud"}, "boolean", id="stream"),
        pytest.param({"messages": [{"role": "user", "content": "\ud800"}]}, "", id="half a surrogate pair"),
    ],
)
def test_a_request_of_another_shape_is_refused_as_openai_does(product: FakeProduct, body: Any, message: str) -> None:
    with TestClient(create_app(product)) as client:
        response = client.post(ROUTE, content=json.dumps(body), headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"].keys() == {"message", "type", "param", "code"}
    assert message in response.json()["error"]["message"]
    assert (response.json()["error"]["type"], response.json()["status"]) == ("invalid_request_error", 400)


def test_the_client_knows_a_refusal_for_what_it_is(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        asked(client, " ")
    assert (refused.value.code, refused.value.type) == ("bad_request", "invalid_request_error")


def test_a_request_that_is_too_large_is_refused_in_both_shapes(product: FakeProduct) -> None:
    with TestClient(create_app(product)) as client:
        response = client.post(ROUTE, content=b"x" * (MAX_REQUEST_BYTES + 1))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "request_entity_too_large")
    assert response.json()["error"]["message"] == response.json()["detail"]


def test_a_defect_is_told_only_by_its_id(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as failed:
        asked(client, "break")
    assert "secret" not in str(failed.value)


# Models


def test_there_is_one_model(client: openai.OpenAI) -> None:
    assert [(model.id, model.owned_by) for model in client.models.list()] == [("footnote", "footnote")]
    assert client.models.retrieve("footnote").id == "footnote"


def test_another_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt'"):
        client.models.retrieve("gpt")


def test_errors_elsewhere_keep_their_one_shape(product: FakeProduct) -> None:
    with TestClient(create_app(product)) as client:
        assert "error" not in client.post("/v1/ask", json={}).json()


def test_a_reply_is_an_answer_or_says_that_it_is_none(product: FakeProduct) -> None:
    replies: list[Reply] = [product.assistant.ask(question) for question in (WHO, "When was Tokaev born?", "What?")]
    assert [spoken(reply).startswith("The article does not say.") for reply in replies] == [False, True, True]
