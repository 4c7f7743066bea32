"""Conversations where processes die, meet, or cannot write."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import StorageError
from index.storage.conversations import ConversationStore
from index.storage.library import Library
from tests.faults.conversing import NOW, OWNER, TURNS, turn
from tests.index.format_1 import format_of, make_format_1
from tests.ui.fakes import abstention
from tests.world import ARTICLES, FINGERPRINT, library_of, retriever_over
from ui.app.wiring import open_history

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]


def start(folder: Path, what: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.conversing", str(folder), what]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def die(folder: Path, point: str) -> None:
    process = start(folder, point)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL


@pytest.fixture
def kept(folder: Path) -> Path:
    """A library with one conversation of two turns."""
    library_of(folder, *ARTICLES).close()
    store = ConversationStore.open(folder)
    store.create(OWNER, "old", "Old", [turn("a?"), turn("b?")], created=NOW)
    store.close()
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("point", ["in_the_middle_of_beginning", "in_the_middle_of_replacing"])
def test_a_process_killed_while_it_writes_leaves_the_conversations_as_they_were(kept: Path, point: str) -> None:
    die(kept, point)
    store = ConversationStore.open(kept)
    assert [each.id for each in store.conversations(OWNER)] == ["old"]
    assert [each.question for each in store.read(OWNER, "old")[1]] == ["a?", "b?"]
    store.append(OWNER, "old", turn("c?"), most_turns=3)
    store.close()
    with Library.open(kept, fingerprint=FINGERPRINT) as library:
        assert library.integrity() == "ok"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_process_killed_while_it_brings_a_library_up_to_date_leaves_the_old_one_whole(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    make_format_1(folder)
    die(folder, "in_the_middle_of_bringing_up_to_date")
    assert format_of(folder) == 1
    with Library.open(folder, fingerprint=FINGERPRINT) as library:
        assert library.integrity() == "ok"
        assert [each.id for each in library.articles()] == [article.id for article in ARTICLES]
    ConversationStore.open(folder).close()
    assert format_of(folder) == 2


def test_processes_that_write_one_conversation_lose_none_of_its_turns(kept: Path) -> None:
    writers = [start(kept, name) for name in "xy"]
    assert [process.stdout.readline() for process in writers if process.stdout] == ["ready\n"] * 2
    for process in writers:
        assert process.stdin is not None
        process.stdin.write("g")
        process.stdin.close()
    library_of(kept, *ARTICLES[:1]).close()
    for process in writers:
        assert process.stdout is not None
        assert (process.stdout.read(), process.wait(60)) == ("", 0)
        process.stdout.close()
    store = ConversationStore.open(kept)
    questions = [each.question for each in store.read(OWNER, "old")[1]]
    store.close()
    assert questions[:2] == ["a?", "b?"]
    for name in "xy":
        assert [q for q in questions if q.startswith(name)] == [f"{name}{n}" for n in range(TURNS)]


def test_where_the_library_cannot_be_written_it_says_so_at_once_and_still_answers(
    kept: Path, make_read_only: Callable[[Path], None]
) -> None:
    make_read_only(kept)
    with pytest.raises(StorageError, match=r"^library '.*': .*(read-only|no permission|cannot be opened)"):
        ConversationStore.open(kept)
    with Library.open(kept, fingerprint=FINGERPRINT) as library:
        found = retriever_over(library).retrieve("Where is the sea?", k=1)
    assert found.sentences[0].passage.text == "It flows north to the sea."


def test_where_the_library_cannot_be_written_conversations_are_kept_in_memory_and_the_log_says_so(
    kept: Path, make_read_only: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    make_read_only(kept)
    with Library.open(kept) as library, caplog.at_level(logging.WARNING):
        history = open_history(library)
        conversation_id, _ = history.append("a" * 32, abstention("Why?"))
        assert (history.lasts, history.load("a" * 32, conversation_id).title) == (False, "Why?")
        history.close()
    assert "conversations are kept until the server stops, and no longer: library '" in caplog.text


def test_where_the_library_can_be_written_conversations_last(kept: Path) -> None:
    with Library.open(kept) as library:
        first = open_history(library)
        conversation_id, _ = first.append("a" * 32, abstention("Why?"))
        first.close()
        second = open_history(library)
        assert (second.lasts, second.load("a" * 32, conversation_id).title) == (True, "Why?")
        second.close()


def test_an_old_library_that_cannot_be_written_still_answers(
    tmp_path: Path, make_read_only: Callable[[Path], None]
) -> None:
    make_format_1(tmp_path / "old")
    make_read_only(tmp_path / "old")
    with pytest.raises(StorageError):
        ConversationStore.open(tmp_path / "old")
    with Library.open(tmp_path / "old", fingerprint=FINGERPRINT) as library:
        found = retriever_over(library).retrieve("Where is the sea?", k=1)
    assert found.sentences[0].passage.text == "It flows north to the sea."


def test_a_turn_that_does_not_fit_on_the_disk_is_refused_and_the_others_stay(
    small_disk: Path, fill: Callable[[], None]
) -> None:
    library_of(small_disk, *ARTICLES).close()
    store = ConversationStore.open(small_disk)
    store.create(OWNER, "old", "Old", [turn("a?")], created=NOW)
    fill()
    with pytest.raises(StorageError, match=r"the disk is full"):
        store.create(OWNER, "new", "New", [turn(f"{n}?") for n in range(100)], created=NOW)
    assert [each.id for each in store.conversations(OWNER)] == ["old"]
    store.close()
