"""Conversations come out as they went in, are their owner's alone, and leave the articles alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ConversationError, ConversationNotFoundError, LibraryNotFoundError
from index.storage.conversations import (
    MOST_IN_MEMORY,
    ConversationStore,
    ConversationSummary,
    Feedback,
    StoredTurn,
    folded,
)
from index.storage.library import FILE_NAME, Library
from tests.index.format_1 import format_of, make_format_1
from tests.world import ARTICLES, FINGERPRINT, TEA, retriever_over

ANNA, BORIS = "owner-anna", "owner-boris"
MOST = 3


def at(minute: int) -> datetime:
    return datetime(2026, 11, 22, 10, minute, tzinfo=UTC)


def turn(question: str = "What is tea?", answer: str = "Tea is a drink. [1]", minute: int = 0) -> StoredTurn:
    return StoredTurn(question, f"{question} (alone)", answer, '{"id": "r1", "🙂": [1.0]}', at(minute))


@pytest.fixture(params=["on disk", "in memory"])
def store(request: pytest.FixtureRequest, library: Library, folder: Path) -> Iterator[ConversationStore]:
    opened = ConversationStore.open(folder) if request.param == "on disk" else ConversationStore.in_memory()
    yield opened
    opened.close()


def titles(store: ConversationStore, owner: str = ANNA, search: str = "") -> list[str]:
    return [each.title for each in store.conversations(owner, search=search)]


# What goes in comes out ---------------------------------------------------------------------------


def test_a_conversation_comes_out_as_it_went_in(store: ConversationStore) -> None:
    turns = (turn(minute=1), turn("А чай?", "Чай — напиток 🙂\x00.", 2))
    store.create(ANNA, "c1", "On tea", turns, created=at(0), article_ids=["tea", "ice"])
    summary = ConversationSummary("c1", "On tea", at(0), at(0), ("tea", "ice"), 2)
    assert store.read(ANNA, "c1") == (summary, turns)
    assert store.conversations(ANNA) == [summary]


def test_all_articles_are_told_from_none(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "All", created=at(0))
    store.create(ANNA, "c2", "None", created=at(0), article_ids=[])
    assert [each.article_ids for each in store.conversations(ANNA)] == [None, ()]


def test_a_conversation_without_turns_is_one(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "", created=at(0))
    assert store.read(ANNA, "c1") == (ConversationSummary("c1", "", at(0), at(0), None, 0), ())


def test_a_time_of_another_zone_is_the_same_moment(store: ConversationStore) -> None:
    there = at(0).astimezone(timezone(timedelta(hours=6)))
    store.create(ANNA, "c1", "", created=there)
    assert store.read(ANNA, "c1")[0].created == there


def test_an_id_is_taken_once(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "First", created=at(0))
    for owner in (ANNA, BORIS):
        with pytest.raises(ConversationError, match=r"^there is a conversation 'c1' already; give another id$"):
            store.create(owner, "c1", "Second", created=at(1))
    assert (titles(store), titles(store, BORIS)) == (["First"], [])


# Turns --------------------------------------------------------------------------------------------


def test_turns_are_added_at_the_end(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "Tea", created=at(0))
    assert [store.append(ANNA, "c1", turn(f"{n}?", minute=n), most_turns=MOST) for n in (1, 2)] == [0, 1]
    summary, turns = store.read(ANNA, "c1")
    assert [each.question for each in turns] == ["1?", "2?"]
    assert (summary.created, summary.updated) == (at(0), at(2))


def test_a_conversation_that_is_full_takes_no_more(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "Tea", [turn(f"{n}?") for n in range(MOST - 1)], created=at(0))
    assert store.append(ANNA, "c1", turn(), most_turns=MOST) == MOST - 1
    with pytest.raises(ConversationError, match=r"^the conversation has 3 turns, which is as many as one may have$"):
        store.append(ANNA, "c1", turn("Too many?"), most_turns=MOST)
    assert store.read(ANNA, "c1")[0].turns == MOST


@pytest.mark.parametrize(
    ("position", "left"),
    [(0, ["new?"]), (1, ["0?", "new?"]), (2, ["0?", "1?", "new?"])],
    ids=["the first", "one in the middle", "the last"],
)
def test_an_edited_question_takes_the_place_of_all_that_came_after(
    store: ConversationStore, position: int, left: list[str]
) -> None:
    store.create(ANNA, "c1", "Tea", [turn(f"{n}?") for n in range(3)], created=at(0))
    store.replace_from(ANNA, "c1", position, [turn("new?")], updated=at(9))
    summary, turns = store.read(ANNA, "c1")
    assert ([each.question for each in turns], summary.updated) == (left, at(9))


def test_a_conversation_can_be_cut_off(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "Tea", [turn(), turn()], created=at(0))
    store.replace_from(ANNA, "c1", 0, [], updated=at(1))
    assert store.read(ANNA, "c1")[1] == ()


@pytest.mark.parametrize("position", [-1, 2, 3])
def test_a_turn_that_is_not_there_cannot_be_replaced(store: ConversationStore, position: int) -> None:
    store.create(ANNA, "c1", "Tea", [turn(), turn()], created=at(0))
    with pytest.raises(ConversationError, match=rf"has no turn {position}; it has 2, counted from 0$"):
        store.replace_from(ANNA, "c1", position, [turn("new?")], updated=at(1))
    assert [each.question for each in store.read(ANNA, "c1")[1]] == ["What is tea?"] * 2


def test_a_replacement_that_breaks_off_replaces_nothing(store: ConversationStore) -> None:
    def broken() -> Iterator[StoredTurn]:
        yield turn("new?")
        raise RuntimeError("interrupted")

    store.create(ANNA, "c1", "Tea", [turn(), turn()], created=at(0))
    with pytest.raises(RuntimeError, match="interrupted"):
        store.replace_from(ANNA, "c1", 0, broken(), updated=at(1))
    summary, turns = store.read(ANNA, "c1")
    assert (turns, summary.updated) == ((turn(), turn()), at(0))


# Titles, lists, deleting --------------------------------------------------------------------------


def test_a_new_title_leaves_everything_else(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "Old", [turn()], created=at(0))
    before = store.read(ANNA, "c1")
    store.rename(ANNA, "c1", "New")
    assert store.read(ANNA, "c1") == (replace(before[0], title="New"), before[1])
    assert (titles(store, search="new"), titles(store, search="old")) == (["New"], [])


def test_the_list_begins_with_what_was_used_last_and_breaks_ties_by_id(store: ConversationStore) -> None:
    for name, minute in (("b", 1), ("a", 1), ("c", 0), ("d", 2)):
        store.create(ANNA, name, name, created=at(minute))
    store.append(ANNA, "c", turn(minute=5), most_turns=MOST)
    assert titles(store) == ["c", "d", "a", "b"]
    assert [each.id for each in store.conversations(ANNA, limit=2, offset=1)] == ["d", "a"]


def test_a_deleted_conversation_is_gone(store: ConversationStore) -> None:
    for name in ("c1", "c2"):
        store.create(ANNA, name, name, [turn()], created=at(0))
    store.delete(ANNA, "c1")
    assert titles(store, search="tea") == ["c2"]
    with pytest.raises(ConversationNotFoundError, match=r"^there is no conversation 'c1'; it may have been deleted$"):
        store.read(ANNA, "c1")


def test_the_words_of_a_deleted_conversation_are_not_left_in_the_file(library: Library, folder: Path) -> None:
    store = ConversationStore.open(folder)
    secret = "unmistakable words " * 500
    store.create(ANNA, "c1", "c1", [turn(secret)], created=at(0))
    store.delete(ANNA, "c1")
    store.close()
    library.close()
    assert sorted(path.name for path in folder.glob(f"{FILE_NAME}*")) == [FILE_NAME]
    assert b"unmistakable" not in (folder / FILE_NAME).read_bytes()


@pytest.mark.parametrize("operation", ["read", "rename", "delete", "append", "replace_from"])
@pytest.mark.parametrize("conversation_id", ["c1", "no such"])
def test_a_conversation_is_its_owners_alone(store: ConversationStore, operation: str, conversation_id: str) -> None:
    store.create(ANNA, "c1", "Anna's", [turn()], created=at(0))
    before = store.read(ANNA, "c1")
    calls: dict[str, Callable[[], object]] = {
        "read": lambda: store.read(BORIS, conversation_id),
        "rename": lambda: store.rename(BORIS, conversation_id, "Boris's"),
        "delete": lambda: store.delete(BORIS, conversation_id),
        "append": lambda: store.append(BORIS, conversation_id, turn(), most_turns=MOST),
        "replace_from": lambda: store.replace_from(BORIS, conversation_id, 0, [], updated=at(1)),
    }
    with pytest.raises(ConversationNotFoundError, match=f"^there is no conversation '{conversation_id}'"):
        calls[operation]()
    assert (store.read(ANNA, "c1"), titles(store, BORIS)) == (before, [])


# Searching ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "search",
    [
        pytest.param("TEA", id="the title, in capitals"),
        pytest.param("kettle", id="a question"),
        pytest.param("leaves", id="an answer"),
        pytest.param("leav", id="part of a word"),
        pytest.param("leaves tea  KETTLE", id="words of different places, in any order"),
        pytest.param("ПОДНЕБЕСНОЙ", id="Cyrillic capitals"),
        pytest.param("strasse", id="sharp s"),
        pytest.param("CAFÉ", id="accent and capital"),
        pytest.param("cafe", id="without the accent"),
        pytest.param("istanbul", id="dotted capital I"),
        pytest.param("ISPARTA", id="dotless i"),
        pytest.param("ὈΔΥΣΣΕΎΣ", id="final sigma"),
        pytest.param("茶", id="no spaces between words"),
        pytest.param("ﬁne", id="a ligature"),
        pytest.param("", id="nothing asked"),
        pytest.param(" \t", id="white space"),
    ],
)
def test_a_search_finds_what_it_names_in_any_script(store: ConversationStore, search: str) -> None:
    answer = "Dried LEAVES. В Поднебесной; Straße; Café; İstanbul; ısparta; Ὀδυσσεύς; 喝茶; fine."
    store.create(ANNA, "c1", "Tea time", [turn("Whose kettle?", answer)], created=at(0))
    assert titles(store, search=search) == ["Tea time"]


@pytest.mark.parametrize(
    "search",
    ["coffee", "tea coffee", "%", "_", "te_", "' OR 1=1 --", '"', "alone", "🙂"],
    ids=repr,
)
def test_a_search_finds_nothing_else(store: ConversationStore, search: str) -> None:
    store.create(ANNA, "c1", "Tea", [turn()], created=at(0))
    assert titles(store, search=search) == []


def test_letters_that_differ_by_more_than_an_accent_are_told_apart(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "かき कि", created=at(0))
    assert [titles(store, search=word) for word in ("かき", "がき", "कि", "कु")] == [["かき कि"], [], ["かき कि"], []]


@given(st.text(max_size=20))
def test_what_is_folded_stays_so(text: str) -> None:
    assert folded(folded(text)) == folded(text)


# Feedback -----------------------------------------------------------------------------------------

UP = Feedback("r1", "up", "What is tea?", at(1))
DOWN = Feedback("r1", "down", "What is tea?", at(2), "wrong source", "Not this 🙂.", "c1", 0, '{"id": "r1"}')


def test_feedback_comes_out_as_given_in_the_order_given(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "Tea", [turn()], created=at(0))
    store.add_feedback(UP)
    store.add_feedback(DOWN)
    assert store.feedback() == [UP, DOWN]


def test_feedback_outlives_the_conversation_and_forgets_which_it_was(store: ConversationStore) -> None:
    store.create(ANNA, "c1", "Tea", [turn()], created=at(0))
    store.add_feedback(DOWN)
    store.delete(ANNA, "c1")
    assert store.feedback() == [replace(DOWN, conversation_id=None)]


def test_feedback_on_a_conversation_deleted_meanwhile_does_not_name_it(store: ConversationStore) -> None:
    store.add_feedback(DOWN)
    assert store.feedback() == [replace(DOWN, conversation_id=None)]


# Beside the articles ------------------------------------------------------------------------------


def test_conversations_last(library: Library, folder: Path) -> None:
    first = ConversationStore.open(folder)
    first.create(ANNA, "c1", "Tea", [turn()], created=at(0))
    first.add_feedback(UP)
    first.close()
    second = ConversationStore.open(folder)
    assert (second.lasts, titles(second), second.feedback()) == (True, ["Tea"], [UP])
    second.close()


def test_conversations_in_memory_do_not(library: Library) -> None:
    first, second = ConversationStore.in_memory(), ConversationStore.in_memory()
    first.create(ANNA, "c1", "Tea", created=at(0))
    assert (first.lasts, titles(first), titles(second)) == (False, ["Tea"], [])


def test_in_memory_the_conversations_used_longest_ago_give_way() -> None:
    store = ConversationStore.in_memory()
    for n in range(MOST_IN_MEMORY):
        store.create(ANNA, f"c{n:04}", str(n), created=at(1))
    store.append(ANNA, f"c{MOST_IN_MEMORY - 1:04}", turn(minute=2), most_turns=MOST)
    store.create(BORIS, "new", "New", created=at(3))
    assert titles(store, BORIS) == ["New"]
    assert store.read(ANNA, "c0000")[0].title == "0"
    assert store.read(ANNA, f"c{MOST_IN_MEMORY - 1:04}")[0].turns == 1
    with pytest.raises(ConversationNotFoundError):
        store.read(ANNA, f"c{MOST_IN_MEMORY - 2:04}")  # the last of those used as long ago, by id


def test_a_conversation_changes_nothing_that_vectors_are_checked_against(library: Library, folder: Path) -> None:
    with Library.open(folder, fingerprint=FINGERPRINT) as asked:
        retriever = retriever_over(asked)
        before, found = asked.state, retriever.retrieve("Where is the sea?", k=3)
        files = {path.name: path.read_bytes() for path in folder.iterdir() if "sqlite3" not in path.name}
        store = ConversationStore.open(folder)
        store.create(ANNA, "c1", "Tea", [turn()], created=at(0))
        store.delete(ANNA, "c1")
        store.close()
        assert (asked.state, retriever.retrieve("Where is the sea?", k=3)) == (before, found)
        assert {path.name: path.read_bytes() for path in folder.iterdir() if "sqlite3" not in path.name} == files


def test_changing_the_articles_leaves_the_conversations(library: Library, folder: Path) -> None:
    store = ConversationStore.open(folder)
    store.create(ANNA, "c1", "Tea", [turn()], created=at(0), article_ids=["tea"])
    library.remove("tea")
    with Library.open_for_rewriting(folder) as rewritten:
        rewritten.replace_all([], fingerprint="world@2")
    assert store.read(ANNA, "c1")[1] == (turn(),)
    store.close()


def test_the_articles_can_be_read_while_a_conversation_is_being_written(library: Library, folder: Path) -> None:
    read: list[str] = []

    def slow() -> Iterator[StoredTurn]:
        yield turn()
        with Library.open(folder, fingerprint=FINGERPRINT) as asked:
            read.append(asked.article("tea").text)
        yield turn()

    store = ConversationStore.open(folder)
    store.create(ANNA, "c1", "Tea", slow(), created=at(0))
    store.close()
    assert read == [TEA.text]


def test_a_library_of_the_first_format_takes_conversations(tmp_path: Path) -> None:
    make_format_1(tmp_path / "old")
    store = ConversationStore.open(tmp_path / "old")
    store.create(ANNA, "c1", "Tea", [turn()], created=at(0))
    store.close()
    assert format_of(tmp_path / "old") == 2
    with Library.open(tmp_path / "old", fingerprint=FINGERPRINT) as library:
        assert [each.id for each in library.articles()] == [article.id for article in ARTICLES]


def test_where_there_is_no_library_there_are_no_conversations(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFoundError, match=r"^there is no library at '.*' to keep conversations in$"):
        ConversationStore.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_several_stores_write_in_turn(library: Library, folder: Path) -> None:
    stores = [ConversationStore.open(folder) for _ in range(2)]
    stores[0].create(ANNA, "c1", "Tea", created=at(0))
    for n in range(4):
        stores[n % 2].append(ANNA, "c1", turn(f"{n}?"), most_turns=9)
    assert [each.question for each in stores[0].read(ANNA, "c1")[1]] == ["0?", "1?", "2?", "3?"]
    for store in stores:
        store.close()
