"""Conversations as a face keeps and loads them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.errors import ArticleNotFoundError, ConversationError, ConversationNotFoundError
from index.storage.conversations import ConversationStore, Feedback
from qa.answer import Answer, Reply
from qa.conversations import MADE_TITLE_CHARACTERS, MAX_COMMENT_CHARACTERS, MAX_KEPT_TURNS, History, title_of
from qa.reply_json import reply_to_json
from tests.ui.fakes import abstention, answer, hit
from ui.app.conversations import history_over

ANNA, BORIS = "anna-" + "a" * 32, "boris-" + "b" * 32
START = datetime(2026, 11, 22, tzinfo=UTC)
TEA = Article("tea", "Tea", "Tea is a drink of leaves. The leaves are dried.")
DRINK = answer(TEA, "What is tea?", "Tea is a drink of leaves.", short="a drink")
DRIED = answer(TEA, "And the leaves?", "The leaves are dried.")
UNKNOWN = abstention("Who drinks it?", nearest=[hit(TEA, "The leaves are dried.")])


class Shelf:
    """Articles that a test can change and take away."""

    def __init__(self) -> None:
        self.held = {TEA.id: TEA}

    def article(self, article_id: str) -> Article:
        if article_id not in self.held:
            raise ArticleNotFoundError(f"no article {article_id!r}")
        return self.held[article_id]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def store() -> ConversationStore:
    return ConversationStore.in_memory()


@pytest.fixture
def history(shelf: Shelf, store: ConversationStore) -> History:
    """A clock that strikes a minute each time it is looked at, and ids that count."""
    minutes, ids = count(), count(1)
    return History(
        store,
        shelf.article,
        now=lambda: START + timedelta(minutes=next(minutes)),
        new_id=lambda: f"c{next(ids)}",
        conversations_mb=1_000,
        feedback_mb=100,
    )


def replies(history: History, conversation_id: str = "c1") -> list[Reply]:
    return [turn.reply for turn in history.load(ANNA, conversation_id).turns]


@pytest.mark.parametrize(("last", "positions"), [(0, []), (1, [2]), (2, [1, 2]), (3, [0, 1, 2]), (4, [0, 1, 2])])
def test_the_last_turns_alone_can_be_loaded(history: History, last: int, positions: list[int]) -> None:
    history.append(ANNA, DRINK)
    for reply in (DRIED, UNKNOWN):
        history.append(ANNA, reply, conversation_id="c1")
    assert [turn.position for turn in history.load(ANNA, "c1", last=last).turns] == positions


def test_a_conversation_comes_back_turn_by_turn(history: History) -> None:
    assert history.append(ANNA, DRINK, article_ids=["tea"]) == ("c1", 0)
    assert history.append(ANNA, DRIED, conversation_id="c1") == ("c1", 1)
    assert history.append(ANNA, UNKNOWN, conversation_id="c1") == ("c1", 2)
    loaded = history.load(ANNA, "c1")
    assert (loaded.id, loaded.title, loaded.article_ids) == ("c1", "What is tea?", ("tea",))
    assert [turn.reply for turn in loaded.turns] == [DRINK, DRIED, UNKNOWN]
    assert [turn.position for turn in loaded.turns] == [0, 1, 2]
    assert [turn.created for turn in loaded.turns] == [START + timedelta(minutes=n) for n in range(3)]
    assert (loaded.created, loaded.updated) == (START, START + timedelta(minutes=2))


def test_the_list_has_the_newest_first_and_can_be_searched(history: History) -> None:
    history.append(ANNA, DRINK)
    history.append(ANNA, UNKNOWN)
    assert [each.id for each in history.conversations(ANNA)] == ["c2", "c1"]
    assert [each.id for each in history.conversations(ANNA, search="DRINK of")] == ["c1"]
    assert [each.id for each in history.conversations(ANNA, search="drinks")] == ["c2"]
    assert [each.id for each in history.conversations(ANNA, limit=1, offset=1)] == ["c1"]


def test_what_was_withheld_is_not_found_by_a_search(history: History) -> None:
    history.append(ANNA, replace(UNKNOWN, best_guess=DRIED.citations[0]))
    assert history.conversations(ANNA, search="dried") == []


def test_an_edited_question_replaces_what_came_after(history: History) -> None:
    for reply, conversation_id in ((DRINK, None), (DRIED, "c1"), (UNKNOWN, "c1")):
        history.append(ANNA, reply, conversation_id=conversation_id)
    history.replace_from(ANNA, "c1", 1, UNKNOWN)
    assert replies(history) == [DRINK, UNKNOWN]


def test_citations_are_checked_against_the_articles_as_they_are_now(history: History, shelf: Shelf) -> None:
    history.append(ANNA, DRINK)
    history.append(ANNA, DRIED, conversation_id="c1")
    shelf.held["tea"] = replace(TEA, text="The leaves are dried. Tea is cold.")
    statuses = [[c.status for c in reply.citations] for reply in replies(history) if isinstance(reply, Answer)]
    assert statuses == [["unverified"], ["repaired"]]
    shelf.held["tea"] = TEA
    assert replies(history) == [DRINK, DRIED]
    del shelf.held["tea"]
    statuses = [[c.status for c in reply.citations] for reply in replies(history) if isinstance(reply, Answer)]
    assert statuses == [["unverified"], ["unverified"]]


def test_a_conversation_that_is_full_says_so(history: History) -> None:
    history.append(ANNA, DRINK)
    for _ in range(MAX_KEPT_TURNS - 1):
        history.append(ANNA, DRINK, conversation_id="c1")
    with pytest.raises(ConversationError, match=r"^the conversation has 200 turns"):
        history.append(ANNA, DRINK, conversation_id="c1")


# Owners -------------------------------------------------------------------------------------------


OPERATIONS: dict[str, Callable[[History, str], object]] = {
    "load": lambda history, token: history.load(token, "c1"),
    "rename": lambda history, token: history.rename(token, "c1", "Mine"),
    "delete": lambda history, token: history.delete(token, "c1"),
    "append": lambda history, token: history.append(token, DRIED, conversation_id="c1"),
    "replace": lambda history, token: history.replace_from(token, "c1", 0, DRIED),
    "feedback": lambda history, token: history.give_feedback_on_turn(token, "c1", 0, DRINK.id, "up"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_another_browser_finds_nothing(history: History, operation: str) -> None:
    history.append(ANNA, DRINK)
    with pytest.raises(ConversationNotFoundError):
        OPERATIONS[operation](history, BORIS)
    assert (replies(history), history.conversations(BORIS), history.feedback()) == ([DRINK], [], [])


@pytest.mark.parametrize(
    "token", ["", "a" * 31, "a" * 129, "a" * 40 + " ", "a" * 40 + "\n", "é" * 40, "'" * 40], ids=repr
)
def test_what_is_no_token_is_nobody(history: History, token: str) -> None:
    with pytest.raises(ConversationError, match=r"^who asks is not known"):
        history.conversations(token)


@pytest.mark.parametrize("token", ["a" * 32, "Z9-_" * 32])
def test_a_token_of_the_least_and_the_greatest_length_is_one(history: History, token: str) -> None:
    assert history.conversations(token) == []


def test_the_token_itself_is_not_stored(store: ConversationStore, history: History) -> None:
    history.append(ANNA, DRINK)
    assert store.conversations(ANNA) == []
    assert [each.id for each in history.conversations(ANNA)] == ["c1"]


# Titles -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "title"),
    [
        pytest.param("What is tea?", "What is tea?", id="short"),
        pytest.param(" What\n is\ttea? ", "What is tea?", id="on several lines"),
        pytest.param("x" * 60, "x" * 60, id="exactly as long as may be"),
        pytest.param("x" * 61, "x" * 59 + "…", id="one word, one character more"),
        pytest.param(
            "word " * 20, "word word word word word word word word word word word word…"[:59] + "…", id="words"
        ),
        pytest.param(
            "Who asked for the intervention of the troops, and why did he do that?",
            "Who asked for the intervention of the troops, and why did…",
            id="at a word",
        ),
        pytest.param("x" * 56 + ", and y and z", "x" * 56 + "…", id="without the comma before the cut"),
        pytest.param("茶" * 61, "茶" * 59 + "…", id="without spaces"),
        pytest.param("x" * 58 + "e\u0301" + "yy", "x" * 58 + "…", id="not between a letter and its accent"),
        pytest.param("x" * 56 + "👩\u200d👩\u200d👧" + "yy", "x" * 56 + "…", id="not inside a joined emoji"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_question_becomes_a_title(question: str, title: str) -> None:
    assert title_of(question) == title


@given(st.text(max_size=200))
def test_a_made_title_is_one_short_line(question: str) -> None:
    title = title_of(question)
    assert len(title) <= MADE_TITLE_CHARACTERS
    assert title.splitlines() in ([], [title])
    assert title.removesuffix("…") in re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", question)


def test_a_title_can_be_changed(history: History) -> None:
    history.append(ANNA, DRINK)
    assert history.rename(ANNA, "c1", "  On\n tea 🙂 ") == "On tea 🙂"
    assert history.load(ANNA, "c1").title == "On tea 🙂"


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("", "the title is empty; type one"),
        (" \n\x00", "the title is empty; type one"),
        ("x" * 121, "the title has 121 characters, at most 120 are kept; shorten it"),
        ("\ud800", "the title holds bytes that are not text; type it again, in UTF-8"),
    ],
    ids=["empty", "blank", "too long", "no text"],
)
def test_a_title_that_is_none_is_refused(history: History, title: str, why: str) -> None:
    history.append(ANNA, DRINK)
    with pytest.raises(ConversationError, match=f"^{why}$"):
        history.rename(ANNA, "c1", title)
    assert history.load(ANNA, "c1").title == "What is tea?"


# Feedback -----------------------------------------------------------------------------------------


def test_feedback_on_a_turn_is_kept_with_its_reply(history: History) -> None:
    history.append(ANNA, DRINK)
    history.give_feedback_on_turn(ANNA, "c1", 0, DRINK.id, "down", reason="wrong source", comment="No 🙂")
    kept = json.dumps(reply_to_json(DRINK, to_keep=True))
    given_at = START + timedelta(minutes=1)
    assert history.feedback() == [
        Feedback(DRINK.id, "down", "What is tea?", given_at, "wrong source", "No 🙂", "c1", 0, kept)
    ]


def test_a_conversation_comes_with_what_was_thought_last_of_each_of_its_replies(history: History) -> None:
    for reply in (DRINK, DRIED, UNKNOWN):
        history.append(ANNA, reply, conversation_id="c1" if reply is not DRINK else None)
    history.give_feedback_on_turn(ANNA, "c1", 0, DRINK.id, "up")
    history.give_feedback_on_turn(ANNA, "c1", 2, UNKNOWN.id, "up")
    history.give_feedback_on_turn(ANNA, "c1", 2, UNKNOWN.id, "down")
    assert [turn.verdict for turn in history.load(ANNA, "c1").turns] == ["up", None, "down"]


def test_what_was_thought_of_a_reply_says_nothing_of_the_one_that_takes_its_place(history: History) -> None:
    history.append(ANNA, DRINK)
    history.give_feedback_on_turn(ANNA, "c1", 0, DRINK.id, "up")
    history.replace_from(ANNA, "c1", 0, UNKNOWN)
    assert [turn.verdict for turn in history.load(ANNA, "c1").turns] == [None]


def test_feedback_on_a_reply_that_is_in_no_conversation_is_kept_without_it(history: History) -> None:
    history.give_feedback("r7", "up", question="What is tea?")
    assert history.feedback() == [Feedback("r7", "up", "What is tea?", START)]


@pytest.mark.parametrize(("position", "reply_id"), [(0, "another"), (1, DRINK.id), (-1, DRINK.id)])
def test_feedback_on_a_reply_that_is_not_there_any_more_is_refused(
    history: History, position: int, reply_id: str
) -> None:
    history.append(ANNA, DRINK)
    with pytest.raises(ConversationError, match=rf"^turn {position} of the conversation has no reply '{reply_id}'"):
        history.give_feedback_on_turn(ANNA, "c1", position, reply_id, "up")
    assert history.feedback() == []


def test_a_comment_has_a_length(history: History) -> None:
    history.give_feedback("r1", "up", comment="x" * MAX_COMMENT_CHARACTERS)
    with pytest.raises(ConversationError, match=r"^the comment has 4,001 characters, at most 4,000 are kept"):
        history.give_feedback("r1", "up", comment="x" * (MAX_COMMENT_CHARACTERS + 1))
    assert len(history.feedback()) == 1


# The real clock -----------------------------------------------------------------------------------


def test_a_history_of_this_machine_has_its_own_time_and_ids(store: ConversationStore, shelf: Shelf) -> None:
    history = history_over(store, shelf.article)
    before = datetime.now(UTC)
    ids = {history.append(ANNA, DRINK)[0] for _ in range(2)}
    assert len(ids) == 2
    assert all(before <= each.created <= datetime.now(UTC) for each in history.conversations(ANNA))
    assert history.lasts is False
