"""Processes that write conversations: some die at a given point, some write many turns.

Run as ``python -m tests.faults.conversing FOLDER WHAT``; nothing is replaced in
the code under test.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from index.storage.conversations import ConversationStore, StoredTurn
from index.storage.schema import LIBRARY
from index.storage.sqlite import Database

OWNER = "owner"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
TURNS = 20


def turn(question: str) -> StoredTurn:
    return StoredTurn(question, question, "Long. " * 2_000, "{}", NOW)


def dying(*questions: str) -> Iterator[StoredTurn]:
    """Yield some turns, then die as if the power had failed."""
    yield from map(turn, questions)
    os.kill(os.getpid(), signal.SIGKILL)


def in_the_middle_of_beginning(folder: Path) -> None:
    ConversationStore.open(folder).create(OWNER, "new", "New", dying("1?", "2?"), created=NOW)


def in_the_middle_of_replacing(folder: Path) -> None:
    ConversationStore.open(folder).replace_from(OWNER, "old", 0, dying("1?", "2?"), updated=NOW)


def in_the_middle_of_bringing_up_to_date(folder: Path) -> None:
    executed = 0

    def die_at_the_fourth(frame: FrameType, event: str, called: Any) -> None:
        nonlocal executed
        is_statement = event == "c_call" and frame.f_code.co_name == "migrate" and called.__name__ == "execute"
        executed += is_statement
        if is_statement and executed == 4:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(die_at_the_fourth)
    Database(folder, LIBRARY).migrate()


def writing(folder: Path, name: str) -> None:
    """Say that all is ready, and add turns once told to."""
    store = ConversationStore.open(folder)
    print("ready", flush=True)
    sys.stdin.read(1)
    for number in range(TURNS):
        store.append(OWNER, "old", turn(f"{name}{number}"), most_turns=1000)


POINTS: dict[str, Callable[[Path], None]] = {
    point.__name__: point
    for point in (in_the_middle_of_beginning, in_the_middle_of_replacing, in_the_middle_of_bringing_up_to_date)
}

if __name__ == "__main__":
    if sys.argv[2] in POINTS:
        POINTS[sys.argv[2]](Path(sys.argv[1]))
    else:
        writing(Path(sys.argv[1]), sys.argv[2])
