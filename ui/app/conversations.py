"""Conversations and feedback as a face needs them; knows no web framework.

Replies go in and come out as values. What comes out has been checked again:
articles change while conversations are kept.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import unicodedata
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from index.article import Article
from index.errors import ConversationError, QuotaError
from index.storage.conversations import ConversationStore, ConversationSummary, Feedback, StoredTurn, Verdict
from qa.answer import Answer, Reply
from qa.citing import recheck
from qa.config import MAX_QUESTION_CHARACTERS
from qa.followups.standalone import Turn as Said
from qa.followups.standalone import standalone
from qa.reply_json import reply_from_json, reply_to_json
from ui.app.config import DEFAULT_KEEPING, KeepingConfig

MAX_SHOWN_TURNS = 50  # that a window shows

MAX_REMEMBERED = 12  # turns by which a follow-up is understood

MAX_KEPT_TURNS = 200
MAX_TITLE_CHARACTERS = 120
MADE_TITLE_CHARACTERS = 60
MAX_REPLY_ID_CHARACTERS = 64
MAX_REASON_CHARACTERS = 200
MAX_COMMENT_CHARACTERS = 4_000
MAX_LISTED = 200
MEASURED_AGAIN_S = 60.0  # at the earliest: it reads everything
FULL_RETRY_S = 3_600
OWNER_SHAPE = r"[A-Za-z0-9_-]{32,128}"
"""What a browser makes up, once, and keeps: 16 random bytes in hexadecimal are 32 characters."""


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question and its reply, with its citations as they stand now; positions count from 0.

    ``verdict`` is what the owner thought of the reply last, None where nothing was said.
    """

    position: int
    reply: Reply
    created: datetime
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all its turns. ``article_ids`` are those that are asked, None for all."""

    id: str
    title: str
    created: datetime
    updated: datetime
    article_ids: tuple[str, ...] | None
    turns: tuple[KeptTurn, ...]


class Room:
    """How much more may be kept of one kind; safe to use from several threads.

    What is kept is measured once, and then counted; again where it seems too much, since some may have been deleted.
    """

    def __init__(self, measure: Callable[[], int], most: int, setting: str, *, now: Callable[[], float]) -> None:
        self._measure = measure
        self._most = most
        self._setting = setting
        self._now = now
        self._lock = threading.Lock()
        self._kept = 0
        self._measured: float | None = None

    def take(self, size: int) -> None:
        """Count what is to be kept.

        Raises:
            QuotaError: there is no room for it.
        """
        with self._lock:
            if self._measured is None or (
                self._kept + size > self._most and self._now() - self._measured >= MEASURED_AGAIN_S
            ):
                self._kept, self._measured = self._measure(), self._now()
            if self._kept + size > self._most:
                raise QuotaError(
                    f"the library keeps {self._most // 1_000_000:,} MB of this, as much as it may; whoever runs the "
                    f"server can set {self._setting} in footnote.toml",
                    retry_after_s=FULL_RETRY_S,
                )
            self._kept += size


class History:
    """The conversations of one library; safe to use from several threads.

    Every operation on a conversation is given the ``token`` of its owner's
    browser. What belongs to somebody else is not found: `ConversationNotFoundError`.
    Where the disk refuses, `StorageError`, and where as much is kept as may be,
    `QuotaError`: the answer itself is not lost by that.
    """

    def __init__(
        self,
        store: ConversationStore,
        article_of: Callable[[str], Article],
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        keeping: KeepingConfig = DEFAULT_KEEPING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._article_of = article_of
        self._now = now
        self._new_id = new_id
        conversations, feedback = 1_000_000 * keeping.conversations_mb, 1_000_000 * keeping.feedback_mb
        self._room = Room(store.kept_bytes, conversations, "[keeping] conversations_mb", now=clock)
        self._room_of_feedback = Room(store.feedback_bytes, feedback, "[keeping] feedback_mb", now=clock)

    @property
    def lasts(self) -> bool:
        """Whether conversations are still there when the server starts again; a face says so when not."""
        return self._store.lasts

    def conversations(
        self, token: str, *, search: str = "", limit: int = MAX_LISTED, offset: int = 0
    ) -> list[ConversationSummary]:
        """List conversations, last used first; with ``search``, those that hold all its words."""
        return self._store.conversations(owner_of(token), search=search, limit=min(limit, MAX_LISTED), offset=offset)

    def load(self, token: str, conversation_id: str, *, last: int = MAX_KEPT_TURNS) -> Conversation:
        """Return a conversation, or its ``last`` turns, its citations checked against the articles as they are now."""
        summary, turns = self._store.read(owner_of(token), conversation_id)
        verdicts = self._store.verdicts(conversation_id)
        kept = []
        for position, turn in list(enumerate(turns))[max(0, len(turns) - last) :]:
            reply = recheck(reply_from_json(json.loads(turn.reply_json)), self._article_of)
            kept.append(KeptTurn(position, reply, turn.created, verdicts.get((position, reply.id))))
        return Conversation(
            summary.id, summary.title, summary.created, summary.updated, summary.article_ids, tuple(kept)
        )

    def append(
        self,
        token: str,
        reply: Reply,
        *,
        conversation_id: str | None = None,
        article_ids: Sequence[str] | None = None,
    ) -> tuple[str, int]:
        """Keep a reply at the end of a conversation, or of a new one; return the conversation's id and its position.

        A new one is named after the question, and asks ``article_ids``.

        Raises:
            ConversationError: the conversation has `MAX_KEPT_TURNS` turns.
        """
        owner, turn = owner_of(token), self._turn(reply)
        if conversation_id is not None:
            return conversation_id, self._store.append(owner, conversation_id, turn, most_turns=MAX_KEPT_TURNS)
        made = self._new_id()
        title = title_of(reply.question)
        self._store.create(owner, made, title, [turn], created=turn.created, article_ids=article_ids)
        return made, 0

    def replace_from(self, token: str, conversation_id: str, position: int, reply: Reply) -> None:
        """Keep the reply to an edited question, or another reply to the same, instead of all from ``position`` on."""
        turn = self._turn(reply)
        self._store.replace_from(owner_of(token), conversation_id, position, [turn], updated=turn.created)

    def rename(self, token: str, conversation_id: str, title: str) -> str:
        """Give a conversation a title and return it as it is kept: on one line.

        Raises:
            ConversationError: the title is empty, too long or no text.
        """
        checked = _checked_title(title)
        self._store.rename(owner_of(token), conversation_id, checked)
        return checked

    def delete(self, token: str, conversation_id: str) -> None:
        """Delete a conversation; feedback that was given in it stays."""
        self._store.delete(owner_of(token), conversation_id)

    def give_feedback(
        self, reply_id: str, verdict: Verdict, *, question: str = "", reason: str = "", comment: str = ""
    ) -> None:
        """Keep what somebody thought of a reply that is in no conversation.

        Raises:
            ConversationError: something is too long or no text.
        """
        self._add_feedback(
            Feedback(
                _checked("reply id", reply_id, MAX_REPLY_ID_CHARACTERS),
                verdict,
                _checked("question", question, MAX_QUESTION_CHARACTERS),
                self._now(),
                _checked("reason", reason, MAX_REASON_CHARACTERS),
                _checked("comment", comment, MAX_COMMENT_CHARACTERS),
            )
        )

    def give_feedback_on_turn(
        self,
        token: str,
        conversation_id: str,
        position: int,
        reply_id: str,
        verdict: Verdict,
        *,
        reason: str = "",
        comment: str = "",
    ) -> None:
        """Keep what the owner of a conversation thought of one of its replies, together with the reply.

        Raises:
            ConversationError: there is no such turn, by now it has another reply, or something is too long or no text.
        """
        _, turns = self._store.read(owner_of(token), conversation_id)
        turn = turns[position] if 0 <= position < len(turns) else None
        if turn is None or json.loads(turn.reply_json)["id"] != reply_id:
            raise ConversationError(f"turn {position!r} of the conversation has no reply {reply_id!r}; load it again")
        self._add_feedback(
            Feedback(
                reply_id,
                verdict,
                turn.question,
                self._now(),
                _checked("reason", reason, MAX_REASON_CHARACTERS),
                _checked("comment", comment, MAX_COMMENT_CHARACTERS),
                conversation_id,
                position,
                turn.reply_json,
            )
        )

    def feedback(self) -> list[Feedback]:
        """Return all feedback, in the order given; for evaluation, not for a face that strangers see."""
        return self._store.feedback()

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _add_feedback(self, given: Feedback) -> None:
        self._room_of_feedback.take(
            sum(map(len, (given.question, given.reason, given.comment, given.reply_json or "", given.reply_id)))
        )
        self._store.add_feedback(given)

    def _turn(self, reply: Reply) -> StoredTurn:
        """Return a reply as it is kept, if there is room for it."""
        turn = StoredTurn(
            question=reply.question,
            standalone_question=reply.trace.standalone_question,
            answer=reply.text if isinstance(reply, Answer) else "",
            reply_json=json.dumps(reply_to_json(reply, to_keep=True)),
            created=self._now(),
        )
        searched = len(turn.question) + len(turn.answer)  # which is kept once more, as it is searched
        self._room.take(2 * searched + len(turn.standalone_question) + len(turn.reply_json))
        return turn


def history_over(
    store: ConversationStore, article_of: Callable[[str], Article], keeping: KeepingConfig = DEFAULT_KEEPING
) -> History:
    """Return a history that goes by this machine's clock and makes up its ids."""
    return History(store, article_of, now=lambda: datetime.now(UTC), new_id=lambda: uuid.uuid4().hex, keeping=keeping)


def feedback_json(given: Feedback) -> dict[str, Any]:
    """Return feedback as JSON values, with the reply as it was kept where there is one."""
    values = asdict(given)
    kept = values.pop("reply_json")
    return {**values, "created": given.created.isoformat(), "reply": None if kept is None else json.loads(kept)}


def owner_of(token: str) -> str:
    """Return what stands in the store for the owner with a token: who reads the store cannot act for them.

    Raises:
        ConversationError: it is not a token.
    """
    if not re.fullmatch(OWNER_SHAPE, token):
        raise ConversationError("who asks is not known: a browser's token is 32 to 128 letters, digits, - or _")
    return hashlib.sha256(f"footnote owner {token}".encode()).hexdigest()


def title_of(question: str) -> str:
    """Return a question as a title: on one line, and shortened at a word where it is long."""
    title = _on_one_line(question)
    if len(title) <= MADE_TITLE_CHARACTERS:
        return title
    end = MADE_TITLE_CHARACTERS - 1
    space = title.rfind(" ", 0, end + 1)
    if space > end // 2:
        return f"{title[:space].rstrip(' ,;:–—-')}…"
    while end > 1 and (unicodedata.combining(title[end]) or "\u200d" in title[end - 1 : end + 1]):
        end -= 1  # not between a letter and its accent, nor inside a joined emoji
    return f"{title[:end]}…"


def _checked_title(title: str) -> str:
    checked = _on_one_line(_checked("title", title, MAX_TITLE_CHARACTERS))
    if not checked:
        raise ConversationError("the title is empty; type one")
    return checked


def _checked(name: str, text: str, most: int) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ConversationError(f"the {name} holds bytes that are not text; type it again, in UTF-8")
    if len(text) > most:
        raise ConversationError(f"the {name} has {len(text):,} characters, at most {most:,} are kept; shorten it")
    return text


def _on_one_line(text: str) -> str:
    """Return a text without line breaks and control characters, its white space single."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it; without a reply it was stopped, or failed, and ``message`` or the log says why.

    ``number`` tells it from the other turns of its window, ``place`` is where in
    the kept conversation its reply stands, or would stand, from 0. ``reading``
    is the stand-alone question that was given for it; None lets the turns before tell.
    """

    number: int
    question: str
    reply: Reply | None = None
    message: str = ""
    log_id: str = ""
    place: int = 0
    reading: str | None = None
    is_stopped: bool = False
    is_kept: bool = False
    unkept: str = ""
    verdict: Verdict | None = None
    article_ids: tuple[str, ...] | None = None

    @property
    def read_as(self) -> str:
        """What the question was read as, where that is not the question itself."""
        read = self.reply.trace.standalone_question if self.reply else self.reading or ""
        return "" if read.strip() == self.question.strip() else read


def said(turns: Sequence[Turn]) -> list[Said]:
    """Return what was said, as a follow-up is understood by it.

    A question that somebody has read otherwise than the rules do is given as it was read.
    """
    told: list[Said] = []
    for turn in turns[-MAX_REMEMBERED:]:
        if turn.reply is None:
            continue
        read = turn.reply.trace.standalone_question
        is_by_rule = _standalone(turn.question, told) == read
        told.append(Said("user", turn.question if is_by_rule else read))
        if isinstance(turn.reply, Answer):
            quotes = [citation.quote for citation in turn.reply.citations]
            told.append(Said("assistant", "\n".join([turn.reply.short_answer or "", *quotes]).strip()))
    return told


def _standalone(question: str, told: Sequence[Said]) -> str:
    return standalone(question.strip(), told)
