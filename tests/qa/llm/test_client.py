"""The client of language models, against a server on this machine that answers byte for byte as written here."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from index.errors import ModelUnavailableError
from qa.config import LLMConfig
from qa.errors import LanguageModelError
from qa.llm.client import OpenAIClient
from qa.llm.model import Piece, Prompt
from tests.architecture.checkout import ROOT
from tests.qa.llm.scripted import DONE, Script, chunk, free_port, saying, serving

PROMPT = Prompt("Be brief.", "What is tea?")


def client_of(address: str, **settings: Any) -> OpenAIClient:
    return OpenAIClient(LLMConfig(base_url=address, model="small", **settings))


def heard(client: OpenAIClient) -> str:
    return "".join(piece.text for piece in client.stream(PROMPT))


def failure_of(*scripts: Script, **settings: Any) -> str:
    with serving(*scripts) as server, pytest.raises(LanguageModelError) as raised:
        heard(client_of(server.address, **settings))
    return str(raised.value)


def test_what_is_sent_is_what_every_compatible_server_understands() -> None:
    with serving(Script([saying("Tea.")])) as server:
        assert heard(client_of(server.address, max_tokens=50)) == "Tea."
    assert server.requests == [
        {
            "path": "/v1/chat/completions",
            "model": "small",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is tea?"}],
            "stream": True,
            "max_tokens": 50,
            "temperature": 0.0,
        }
    ]


STREAM = saying("Tea ", "is 🙂 茶", " [1].")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, len(STREAM)])
def test_where_the_bytes_are_cut_changes_nothing(size: int) -> None:
    parts = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    with serving(Script(parts)) as server:
        assert heard(client_of(server.address)) == "Tea is 🙂 茶 [1]."


def test_lines_may_end_as_windows_ends_them_and_comments_say_nothing() -> None:
    stream = (b": wait\n\n" + STREAM).replace(b"\n", b"\r\n")
    with serving(Script([stream])) as server:
        assert heard(client_of(server.address)) == "Tea is 🙂 茶 [1]."


def test_a_last_event_without_choices_is_passed_over() -> None:
    usage = b'data: {"id":"1","object":"chat.completion.chunk","created":0,"model":"m","choices":[],"usage":null}\n\n'
    with serving(Script([chunk("Tea.", finish="stop") + usage + DONE])) as server:
        assert heard(client_of(server.address)) == "Tea."


def test_an_answer_that_reached_its_length_says_so() -> None:
    with serving(Script([saying("Tea is", finish="length")])) as server:
        assert [piece for piece in client_of(server.address).stream(PROMPT) if piece != Piece("")] == [
            Piece("Tea is"),
            Piece("", cut=True),
        ]


def test_thoughts_are_not_the_answer() -> None:
    with serving(Script([chunk(reasoning_content="Hm.") + saying("Tea.")])) as server:
        assert heard(client_of(server.address)) == "Tea."


# The key


def test_the_key_is_read_from_the_variable_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_MY_KEY", "secret-1")
    with serving(Script([STREAM])) as server:
        heard(client_of(server.address, api_key_env="FOOTNOTE_MY_KEY"))
    assert server.headers[0]["authorization"] == "Bearer secret-1"


def test_what_was_set_for_openai_is_not_sent_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "secret-1")
    monkeypatch.delenv("FOOTNOTE_LLM_API_KEY", raising=False)
    with serving(Script([STREAM])) as server:
        heard(client_of(server.address))
    assert [name for name, value in server.headers[0].items() if "secret" in value] == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_neither_told_nor_logged(
    status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "secret-1")
    body = json.dumps({"error": {"message": "Incorrect key secret-1"}}).encode()
    with caplog.at_level(logging.DEBUG):
        message = failure_of(Script([body], status=status))
    assert message == "the language model refused the key in the environment variable FOOTNOTE_LLM_API_KEY"
    assert "secret-1" not in caplog.text


# Failures


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Script(status=404, sends=[b"{}"]), "knows no model 'small' (status 404)"),
        (Script(status=429, sends=[b"{}"]), "takes no more questions at the moment (status 429)"),
        (Script(status=500, sends=[b"<html>secret</html>"]), "answered with an error (status 500)"),
        (Script(status=302, sends=[b""]), "answered with an error (status 302)"),
        (
            Script(status=400, sends=[b'{"error": {"message": "exceeds the available context size"}}']),
            "can read less than the prompt (status 400); set context_tokens in [llm] to what it can",
        ),
        (Script(status=400, sends=[b'{"error": {"message": "no"}}']), "answered with an error (status 400)"),
        (Script([chunk("Tea is")], torn=True), "broke off in the middle of its answer"),
        (Script([chunk("Tea is")]), "broke off in the middle of its answer"),
        (Script([b""]), "broke off in the middle of its answer"),
        (Script([b"<html>Welcome</html>"]), "broke off in the middle of its answer"),
        (Script([b"data: {not json\n\n"]), "answered with something that cannot be read"),
        (Script([b'data: {"choices": 7}\n\n']), "answered with something that cannot be read"),
        (Script([b'data: "Tea"\n\n']), "answered with something that cannot be read"),
        (Script([b'data: {"error": {"message": "secret"}}\n\n']), "failed while it was answering"),
        (Script([saying("", finish="content_filter")]), "declined to answer"),
        (Script([chunk(refusal="I can't.", finish="stop") + DONE]), "declined to answer"),
    ],
    ids=[
        *("unknown model", "too many questions", "server error", "moved elsewhere", "prompt too long", "bad request"),
        *("torn", "ended early", "nothing", "a page", "no JSON", "another shape", "no object", "error in the stream"),
        *("filtered", "refused"),
    ],
)
def test_a_failure_is_told_in_our_words_and_not_the_servers(script: Script, reason: str) -> None:
    assert failure_of(script) == f"the language model {reason}"


def test_a_server_that_is_not_there_could_not_be_reached() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(LanguageModelError, match="the language model could not be reached"):
        heard(client_of(f"http://{address}/v1"))


def test_a_connection_that_breaks_is_tried_once_more() -> None:
    with serving(Script(dropped=True), Script([STREAM])) as server:
        assert heard(client_of(server.address)) == "Tea is 🙂 茶 [1]."


def test_and_only_once() -> None:
    with serving(Script(dropped=True)) as server, pytest.raises(LanguageModelError, match="could not be reached"):
        heard(client_of(server.address))
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 404, 429, 500])
def test_an_answer_with_an_error_is_not_asked_for_again(status: int) -> None:
    with serving(Script([b"{}"], status=status)) as server, pytest.raises(LanguageModelError):
        heard(client_of(server.address))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "script",
    [
        Script(held=True),
        Script([chunk(role="assistant"), chunk("")], held=True),
        Script([b": still here\n\n"] * 100, pause_s=0.05),
    ],
    ids=["silent", "no words", "comments only"],
)
def test_a_model_without_a_word_in_time_is_given_up(script: Script) -> None:
    assert failure_of(script, timeout_s=0.3) == "the language model did not begin to answer within 0.3 seconds"


def test_a_model_that_does_not_end_is_given_up() -> None:
    message = failure_of(Script([chunk("Tea ")] * 1000, pause_s=0.02), total_timeout_s=0.5)
    assert message == "the language model was not done after 0.5 seconds"


def test_after_its_first_words_a_model_may_take_its_time() -> None:
    slow = Script([chunk("Tea"), chunk(" is."), chunk(finish="stop"), DONE], pause_s=0.75)
    with serving(slow) as server:
        assert heard(client_of(server.address, timeout_s=2)) == "Tea is."


# Stopping


@pytest.mark.parametrize("sends", [[], [chunk("Tea ")]], ids=["before a word", "after a word"])
def test_whoever_stops_listening_ends_the_request_at_once(sends: list[bytes]) -> None:
    with serving(Script(sends, held=True)) as server:
        pieces = client_of(server.address).stream(PROMPT)
        next(pieces)
        began = time.monotonic()
        pieces.close()
        assert server.left_early.wait(10)
    assert time.monotonic() - began < 10  # the server would have held the line for ever
    assert [thread.name for thread in threading.enumerate() if thread.name == "footnote-llm"] == []


def test_while_nothing_comes_there_is_a_chance_to_stop() -> None:
    with serving(Script(held=True)) as server:
        pieces = client_of(server.address).stream(PROMPT)
        assert [next(pieces), next(pieces)] == [Piece(""), Piece("")]
        pieces.close()


def test_two_questions_are_answered_at_the_same_time() -> None:
    with serving(Script([STREAM], pause_s=0.1)) as server:
        client = client_of(server.address)
        answers: list[str] = []
        threads = [threading.Thread(target=lambda: answers.append(heard(client))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == ["Tea is 🙂 茶 [1]."] * 2


# Not loaded, not installed


def test_its_package_is_loaded_when_it_is_needed_and_not_before() -> None:
    look = "import sys, qa.llm.client as c, qa.config as q; print('openai' in sys.modules, end=' ')"
    make = "client = c.OpenAIClient(q.LLMConfig(base_url='http://127.0.0.1/v1', model='m'))"
    program = (
        f"{look}; {make}; print('openai' in sys.modules, end=' '); client.warm_up(); print('openai' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "False", "True"]


def test_without_its_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ModelUnavailableError, match=r"pip install 'footnote-qa\[llm\]'"):
        client_of("http://127.0.0.1/v1")
