from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from typing import Any, NoReturn

import pytest

from index.errors import StorageError
from index.storage.conversations import ConversationStore
from qa.answer import Reply
from qa.conversations import History
from qa.events import Event, Finished, Found
from tests.ui.fakes import FakeProduct, ScriptedAssistant, seed_article, seed_product
from ui.app.cancellation import Running, Stopped
from ui.app.conversations import history_over
from ui.app.suggestions import Suggestions
from ui.chat.session import ChatSessions, ChatWindow, Wish, Writing, wish_of

ME, OTHER = "m" * 32, "o" * 32
WHO, BORN, ABROAD = (
    "Who asked for the intervention of the troops?",
    "When was Tokaev born?",
    "How did other countries react?",
)


@pytest.fixture
def history() -> Iterator[History]:
    history = history_over(ConversationStore.in_memory(), lambda _: seed_article())
    yield history
    history.close()


@pytest.fixture
def product() -> FakeProduct:
    return seed_product()


@pytest.fixture
def talking(product: FakeProduct, history: History) -> ChatSessions:
    return ChatSessions(product, history)


def asked(talking: ChatSessions, talk: ChatWindow, question: str, **wish: Any) -> ChatWindow:
    named: dict[str, Any] = {"owner": ME, "conversation_id": talk.conversation_id}
    *_, after = talking.ask(talk, Wish(question, **(named | wish)), None)
    assert isinstance(after, ChatWindow)
    return after


def questions(talk: ChatWindow) -> list[str]:
    return [turn.question for turn in talk.turns]


def kept(history: History, owner: str = ME) -> list[list[str]]:
    return [
        [turn.reply.question for turn in history.load(owner, summary.id).turns]
        for summary in history.conversations(owner)
    ]


def test_each_reply_is_kept_in_one_conversation(talking: ChatSessions, history: History) -> None:
    talk = asked(talking, asked(talking, ChatWindow(), WHO), BORN)
    assert questions(talk) == [WHO, BORN]
    assert kept(history) == [[WHO, BORN]]
    assert kept(history, OTHER) == []


def test_a_window_that_knows_nothing_goes_on_with_what_is_kept(talking: ChatSessions) -> None:
    talk = asked(talking, ChatWindow(), WHO)
    assert questions(asked(talking, ChatWindow(), BORN, conversation_id=talk.conversation_id)) == [WHO, BORN]


def test_somebody_elses_conversation_is_not_gone_on_with(talking: ChatSessions, history: History) -> None:
    talk = asked(talking, ChatWindow(), WHO)
    assert questions(asked(talking, ChatWindow(), BORN, owner=OTHER, conversation_id=talk.conversation_id)) == [BORN]
    assert kept(history) == [[WHO]]


def test_nothing_is_kept_for_who_does_not_say_who_it_is(talking: ChatSessions) -> None:
    talk = asked(talking, ChatWindow(), WHO, owner="")
    assert (questions(talk), talk.conversation_id, talk.turns[0].is_kept) == ([WHO], None, False)


def test_what_replaces_a_turn_replaces_all_after_it(talking: ChatSessions, history: History) -> None:
    talk = asked(talking, asked(talking, ChatWindow(), WHO), BORN)
    talk = asked(talking, talk, ABROAD, replaces=talk.turns[0].number)
    assert questions(talk) == [ABROAD]
    assert kept(history) == [[ABROAD]]
    assert questions(asked(talking, talk, WHO)) == [ABROAD, WHO]


def test_a_turn_that_failed_is_not_kept_and_gives_its_place_to_the_next(
    talking: ChatSessions, history: History
) -> None:
    talk = asked(talking, asked(talking, asked(talking, ChatWindow(), WHO), "break"), BORN)
    assert questions(talk) == [WHO, "break", BORN]
    assert kept(history) == [[WHO, BORN]]
    talk = asked(talking, talk, ABROAD, replaces=talk.turns[1].number)
    assert (questions(talk), kept(history)) == ([WHO, ABROAD], [[WHO, ABROAD]])


def test_what_fails_to_replace_leaves_what_is_kept(talking: ChatSessions, history: History) -> None:
    talk = asked(talking, asked(talking, ChatWindow(), WHO), BORN)
    talk = asked(talking, talk, "break", replaces=talk.turns[1].number)
    assert (questions(talk), kept(history)) == ([WHO, "break"], [[WHO, BORN]])
    assert (questions(asked(talking, talk, ABROAD)), kept(history)) == ([WHO, "break", ABROAD], [[WHO, ABROAD]])


def test_a_turn_that_another_window_added_is_shown_too(talking: ChatSessions, history: History) -> None:
    one = asked(talking, ChatWindow(), WHO)
    asked(talking, one, BORN)
    assert questions(asked(talking, one, ABROAD)) == [WHO, BORN, ABROAD]
    assert kept(history) == [[WHO, BORN, ABROAD]]


def test_a_conversation_that_was_deleted_meanwhile_begins_anew(talking: ChatSessions, history: History) -> None:
    talk = asked(talking, ChatWindow(), WHO)
    history.delete(ME, talk.conversation_id or "")
    after = asked(talking, talk, BORN)
    assert kept(history) == [[BORN]]
    assert after.conversation_id != talk.conversation_id


def test_an_answer_that_cannot_be_kept_is_shown_and_says_so(
    product: FakeProduct, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise StorageError("the disk is full")

    monkeypatch.setattr(history, "append", refuse)
    turn = asked(ChatSessions(product, history), ChatWindow(), WHO).turns[0]
    assert (turn.reply is not None, turn.is_kept, turn.unkept) == (True, False, "the disk is full")


def test_a_follow_up_is_asked_with_what_was_said_before_it(talking: ChatSessions, product: FakeProduct) -> None:
    asked(talking, asked(talking, ChatWindow(), WHO), BORN)
    (said, answered), given = product.assistant.heard[-1]
    assert (said.role, said.text, answered.role) == ("user", WHO, "assistant")
    assert answered.text.startswith("And the readiness with which the oligarchs")
    assert given is None


def test_a_question_is_read_as_somebody_says_and_remembered_so(talking: ChatSessions, product: FakeProduct) -> None:
    talk = asked(talking, asked(talking, ChatWindow(), WHO), "Why?", reading="Why did Tokaev ask?")
    assert talk.turns[1].read_as == "Why did Tokaev ask?"
    assert product.assistant.heard[-1][1] == "Why did Tokaev ask?"
    asked(talking, talk, BORN)
    assert [turn.text for turn in product.assistant.heard[-1][0] if turn.role == "user"] == [WHO, "Why did Tokaev ask?"]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param({"question": 7, "owner": None, "replaces": True, "reading": "  ", "typed": 1}, id="other kinds"),
    ],
)
def test_a_wish_that_makes_no_sense_wishes_nothing(told: Any) -> None:
    assert wish_of(told) == Wish()


# Stopping


def endless(closed: threading.Event) -> Generator[Event]:
    try:
        while True:
            yield Found(())
    finally:
        closed.set()


def test_the_turn_of_a_stopped_question_says_so_and_is_not_kept(talking: ChatSessions, history: History) -> None:
    talking.stop("key")
    talk = asked(talking, ChatWindow(), WHO, key="key")
    assert (talk.turns[0].is_stopped, talk.turns[0].reply, kept(history)) == (True, None, [])


def test_stopping_ends_the_work_and_is_told_at_once() -> None:
    running, closed = Running(), threading.Event()
    with running.events("key", lambda: endless(closed)) as told:
        assert next(told) == Found(())
        running.stop("key")
        assert list(told)[-1] == Stopped()
    assert closed.wait(10)


def test_who_stops_listening_ends_the_work_too() -> None:
    running, closed = Running(), threading.Event()
    with running.events("key", lambda: endless(closed)) as told:
        next(told)
    assert closed.wait(10)


def test_the_work_begins_before_anybody_reads_what_is_told() -> None:
    begun = threading.Event()

    def begin() -> Generator[Event]:
        begun.set()
        yield Found(())

    with Running().events("key", begin):
        assert begun.wait(10)


def test_a_question_that_nobody_waits_for_is_given_up(
    product: FakeProduct, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = threading.Event()
    monkeypatch.setattr(ScriptedAssistant, "stream", lambda *_, **__: endless(closed))
    told = ChatSessions(product, history).ask(ChatWindow(), Wish(question=WHO), None)
    assert isinstance(next(told), Writing)
    told.close()  # type: ignore[attr-defined]
    assert closed.wait(10)


def test_a_question_that_is_stopped_before_its_turn_is_never_asked() -> None:
    running = Running()
    running.stop("key")
    begun: list[bool] = []

    def begin() -> Generator[Event]:
        begun.append(True)
        yield Found(())

    with running.events("key", begin) as told:
        assert (list(told), begun) == ([Stopped()], [])


def test_what_the_assistant_raises_is_raised_to_who_waits() -> None:
    def begin() -> Generator[Event]:
        yield Found(())
        raise StorageError("gone")

    with Running().events("key", begin) as told:
        assert next(told) == Found(())
        with pytest.raises(StorageError, match="gone"):
            next(told)


# Questions to begin with


def test_questions_are_suggested_once_for_each_content(product: FakeProduct, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def suggest(article: Any, ask: Any) -> list[str]:
        made.append(article.id)
        reply: Reply = ask(WHO)
        return [reply.question]

    monkeypatch.setattr("ui.app.suggestions.suggest", suggest)
    bare = FakeProduct(product.library, product.assistant)
    suggestions = Suggestions(bare)
    assert suggestions.of("") == [WHO]
    assert suggestions.of("seed") == [WHO]
    assert made == ["seed"]
    assert product.assistant.asked == [(WHO, ("seed",))]


def test_nothing_is_suggested_where_there_are_examples(product: FakeProduct) -> None:
    assert Suggestions(product).of("") == []
    assert product.assistant.asked == []


def test_the_last_event_is_the_reply(product: FakeProduct) -> None:
    with Running().events("key", lambda: product.assistant.stream(WHO)) as told:
        assert isinstance(list(told)[-1], Finished)
