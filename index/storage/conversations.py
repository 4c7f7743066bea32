"""Conversations and feedback, kept in the library's own file beside its articles.

What a reply is, is not known here: it is JSON that somebody else wrote and
reads. Ids, owners and times are given. Nothing here changes the articles, nor
the state that their vectors are checked against.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from index.errors import ConversationError, ConversationNotFoundError, LibraryNotFoundError
from index.storage.private import close_library
from index.storage.schema import LIBRARY
from index.storage.sqlite import SHORT_BUSY_TIMEOUT_S, Connection, Database

Verdict = Literal["up", "down"]
MOST_IN_MEMORY = 1_000  # conversations, of all owners: those used longest ago give way
ACCENTS = 200  # Unicode's combining classes from here on are accents; below are marks that make another letter


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One question with its reply; ``answer`` is the reply's text, which a search reads."""

    question: str
    standalone_question: str
    answer: str
    reply_json: str
    created: datetime


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """One line of a list of conversations. ``article_ids`` are those that are asked, None for all."""

    id: str
    title: str
    created: datetime
    updated: datetime
    article_ids: tuple[str, ...] | None
    turns: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person thought of a reply. ``reply_json`` is the reply itself, where it was known.

    ``conversation_id`` becomes None when the conversation is deleted; what was
    given as feedback stays.
    """

    reply_id: str
    verdict: Verdict
    question: str
    created: datetime
    reason: str = ""
    comment: str = ""
    conversation_id: str | None = None
    position: int | None = None
    reply_json: str | None = None


class ConversationStore:
    """The conversations of one library, each its owner's alone; safe to use from several threads and processes."""

    def __init__(self, database: Database, *, lasts: bool) -> None:
        self._database = database
        self.lasts = lasts
        """Whether what is stored is still there when the program starts again."""

    @classmethod
    def open(cls, folder: Path) -> ConversationStore:
        """Open the conversations of the library at ``folder``; a library of an earlier format is brought up to date.

        Raises:
            LibraryNotFoundError: there is none.
            StorageError: it cannot be written.
        """
        database = Database(folder, LIBRARY, busy_timeout_s=SHORT_BUSY_TIMEOUT_S)
        if not database.exists():
            raise LibraryNotFoundError(f"there is no library at {str(folder)!r} to keep conversations in")
        close_library(folder)
        database.migrate()
        with database.writing():  # fails now, and not after the first answer, where nothing can be written
            pass
        return cls(database, lasts=True)

    @classmethod
    def in_memory(cls) -> ConversationStore:
        """Keep conversations as long as the program runs: for a library that cannot be written."""
        return cls(Database.in_memory(LIBRARY), lasts=False)

    def close(self) -> None:
        """Close the connections; what is only in memory is gone."""
        self._database.close()

    # Conversations ---------------------------------------------------------------------------

    def create(
        self,
        owner: str,
        conversation_id: str,
        title: str,
        turns: Iterable[StoredTurn] = (),
        *,
        created: datetime,
        article_ids: Sequence[str] | None = None,
    ) -> None:
        """Begin a conversation, with its first turns if there are any.

        Raises:
            ConversationError: there is one of that id.
        """
        asked = None if article_ids is None else json.dumps(list(article_ids))
        with self._database.writing() as connection:
            if connection.execute("SELECT 1 FROM conversation WHERE id = ?", (conversation_id,)).fetchone():
                raise ConversationError(f"there is a conversation {conversation_id!r} already; give another id")
            connection.execute(
                "INSERT INTO conversation VALUES (?, ?, ?, ?, ?, ?, ?)",
                (conversation_id, owner, title, folded(title), _stamp(created), _stamp(created), asked),
            )
            _insert_turns(connection, conversation_id, 0, turns)
            if not self.lasts:
                connection.execute(
                    """DELETE FROM conversation WHERE id IN (
                           SELECT id FROM conversation ORDER BY updated DESC, id LIMIT -1 OFFSET ?)""",
                    (MOST_IN_MEMORY,),
                )

    def append(self, owner: str, conversation_id: str, turn: StoredTurn, *, most_turns: int) -> int:
        """Add a turn at the end and return its position, from 0.

        Raises:
            ConversationNotFoundError: the owner has none of that id.
            ConversationError: it has ``most_turns`` already.
        """
        with self._database.writing() as connection:
            count = _summary(connection, owner, conversation_id).turns
            if count >= most_turns:
                raise ConversationError(f"the conversation has {count:,} turns, which is as many as one may have")
            _insert_turns(connection, conversation_id, count, [turn])
            _touch(connection, conversation_id, turn.created)
        return count

    def replace_from(
        self, owner: str, conversation_id: str, position: int, turns: Iterable[StoredTurn], *, updated: datetime
    ) -> None:
        """Put some turns in the place of the one at ``position`` and of all after it, together or not at all.

        Raises:
            ConversationNotFoundError: the owner has none of that id.
            ConversationError: it has no turn at ``position``.
        """
        with self._database.writing() as connection:
            count = _summary(connection, owner, conversation_id).turns
            if not 0 <= position < count:
                raise ConversationError(f"the conversation has no turn {position!r}; it has {count:,}, counted from 0")
            connection.execute(
                "DELETE FROM turn WHERE conversation_id = ? AND position >= ?", (conversation_id, position)
            )
            _insert_turns(connection, conversation_id, position, turns)
            _touch(connection, conversation_id, updated)

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Give a conversation another title; its place in the list stays.

        Raises:
            ConversationNotFoundError: the owner has none of that id.
        """
        with self._database.writing() as connection:
            _summary(connection, owner, conversation_id)
            connection.execute(
                "UPDATE conversation SET title = ?, folded_title = ? WHERE id = ?",
                (title, folded(title), conversation_id),
            )

    def delete(self, owner: str, conversation_id: str) -> None:
        """Delete a conversation with its turns, and overwrite their words; feedback that was given in it stays.

        Raises:
            ConversationNotFoundError: the owner has none of that id.
        """
        with self._database.writing() as connection:
            _summary(connection, owner, conversation_id)
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted is not left lying in the file
            connection.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))

    def conversations(
        self, owner: str, *, search: str = "", limit: int = 100, offset: int = 0
    ) -> list[ConversationSummary]:
        """List an owner's conversations, last used first, ties by id.

        With ``search``, only those that hold each of its words, or parts of
        words, in the title, a question or an answer; capitals and accents do
        not count, in any script.
        """
        words = json.dumps(folded(search).split())
        with self._database.reading() as connection:
            found = connection.execute(
                f"""{_SUMMARY} WHERE owner = :owner AND NOT EXISTS (
                    SELECT 1 FROM json_each(:words) AS word
                    WHERE NOT instr(folded_title, word.value) AND NOT EXISTS (
                        SELECT 1 FROM turn
                        WHERE conversation_id = conversation.id AND instr(folded, word.value)))
                    ORDER BY updated DESC, id LIMIT :limit OFFSET :offset""",
                {"owner": owner, "words": words, "limit": limit, "offset": offset},
            )
            return [_to_summary(row) for row in found]

    def read(self, owner: str, conversation_id: str) -> tuple[ConversationSummary, tuple[StoredTurn, ...]]:
        """Return a conversation and its turns in order.

        Raises:
            ConversationNotFoundError: the owner has none of that id.
        """
        with self._database.reading() as connection:
            summary = _summary(connection, owner, conversation_id)
            return summary, _turns(connection, conversation_id)

    def turns(self) -> Iterator[tuple[str, tuple[StoredTurn, ...]]]:
        """Yield the turns of every conversation, of all owners, by its id: for evaluation; oldest first, ties by id."""
        with self._database.reading() as connection:
            ids = [row[0] for row in connection.execute("SELECT id FROM conversation ORDER BY created, id")]
        for conversation_id in ids:
            with self._database.reading() as connection:
                yield conversation_id, _turns(connection, conversation_id)

    def kept_bytes(self) -> int:
        """Return how much the turns of all conversations hold, by their letters; reads them all."""
        with self._database.reading() as connection:
            (found,) = connection.execute(
                """SELECT total(length(question) + length(standalone_question) + length(answer) + length(reply)
                                + length(folded)) FROM turn"""
            ).fetchone()
            return int(found)

    # Feedback --------------------------------------------------------------------------------

    def add_feedback(self, feedback: Feedback) -> None:
        """Keep what a person thought of a reply; of the same reply all are kept, in order.

        Of a conversation that has been deleted meanwhile nothing is named.
        """
        with self._database.writing() as connection:
            connection.execute(
                """INSERT INTO feedback (reply_id, verdict, question, created, reason, comment, conversation_id,
                                         position, reply)
                   VALUES (?, ?, ?, ?, ?, ?, (SELECT id FROM conversation WHERE id = ?), ?, ?)""",
                (
                    feedback.reply_id,
                    feedback.verdict,
                    feedback.question,
                    _stamp(feedback.created),
                    feedback.reason,
                    feedback.comment,
                    feedback.conversation_id,
                    feedback.position,
                    feedback.reply_json,
                ),
            )

    def feedback_bytes(self) -> int:
        """Return how much all feedback holds, by its letters; reads it all."""
        with self._database.reading() as connection:
            (found,) = connection.execute(
                """SELECT total(length(question) + length(reason) + length(comment) + coalesce(length(reply), 0))
                   FROM feedback"""
            ).fetchone()
            return int(found)

    def feedback(self) -> list[Feedback]:
        """Return all feedback, in the order given."""
        with self._database.reading() as connection:
            found = connection.execute(
                """SELECT reply_id, verdict, question, created, reason, comment, conversation_id, position, reply
                   FROM feedback ORDER BY row"""
            )
            return [Feedback(i, cast(Verdict, v), q, datetime.fromisoformat(c), *rest) for i, v, q, c, *rest in found]

    def verdicts(self, conversation_id: str) -> dict[tuple[int, str], Verdict]:
        """Return what was thought last of each reply of a conversation, by its position and its id."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT position, reply_id, verdict FROM feedback WHERE conversation_id = ? ORDER BY row",
                (conversation_id,),
            )
            return {(position, reply_id): cast(Verdict, verdict) for position, reply_id, verdict in found}


def folded(text: str) -> str:
    """Return a text as a search compares it: without capitals, accents and other shapes of the same letters.

    SQLite's own LOWER knows ASCII only. Turkish dotless i counts as i, since a
    capital I may be either.
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.combining(c) < ACCENTS)
    return unicodedata.normalize("NFKC", bare.casefold().replace("ı", "i"))


_SUMMARY = """SELECT id, title, created, updated, article_ids,
                     (SELECT count(*) FROM turn WHERE conversation_id = conversation.id) FROM conversation"""


def _summary(connection: Connection, owner: str, conversation_id: str) -> ConversationSummary:
    found = connection.execute(f"{_SUMMARY} WHERE id = ? AND owner = ?", (conversation_id, owner)).fetchone()
    if found is None:
        raise ConversationNotFoundError(f"there is no conversation {conversation_id!r}; it may have been deleted")
    return _to_summary(found)


def _to_summary(row: Sequence[str | int | None]) -> ConversationSummary:
    conversation_id, title, created, updated, article_ids, turns = cast(tuple[str, str, str, str, str | None, int], row)
    return ConversationSummary(
        id=conversation_id,
        title=title,
        created=datetime.fromisoformat(created),
        updated=datetime.fromisoformat(updated),
        article_ids=None if article_ids is None else tuple(json.loads(article_ids)),
        turns=turns,
    )


def _turns(connection: Connection, conversation_id: str) -> tuple[StoredTurn, ...]:
    found = connection.execute(
        """SELECT question, standalone_question, answer, reply, created FROM turn
           WHERE conversation_id = ? ORDER BY position""",
        (conversation_id,),
    )
    return tuple(StoredTurn(q, s, a, r, datetime.fromisoformat(c)) for q, s, a, r, c in found)


def _insert_turns(connection: Connection, conversation_id: str, position: int, turns: Iterable[StoredTurn]) -> None:
    for number, turn in enumerate(turns, start=position):
        connection.execute(
            "INSERT INTO turn VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                conversation_id,
                number,
                turn.question,
                turn.standalone_question,
                turn.answer,
                turn.reply_json,
                folded(f"{turn.question}\n{turn.answer}"),
                _stamp(turn.created),
            ),
        )


def _touch(connection: Connection, conversation_id: str, updated: datetime) -> None:
    connection.execute("UPDATE conversation SET updated = ? WHERE id = ?", (_stamp(updated), conversation_id))


def _stamp(moment: datetime) -> str:
    """Write a moment so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
