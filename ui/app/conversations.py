"""A conversation as a window shows it, and what is kept of it by this machine's clock; see `qa.conversations`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from index.article import Article
from index.storage.conversations import ConversationStore, Verdict
from qa.answer import Answer, Reply
from qa.conversations import History
from qa.followups.standalone import Turn as Said
from qa.followups.standalone import standalone
from ui.app.config import DEFAULT_KEEPING, KeepingConfig

MAX_SHOWN_TURNS = 50  # that a window shows

MAX_REMEMBERED = 12  # turns by which a follow-up is understood


def history_over(
    store: ConversationStore, article_of: Callable[[str], Article], keeping: KeepingConfig = DEFAULT_KEEPING
) -> History:
    """Return a history that goes by this machine's clock and makes up its ids."""
    return History(
        store,
        article_of,
        now=lambda: datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
        conversations_mb=keeping.conversations_mb,
        feedback_mb=keeping.feedback_mb,
    )


@dataclass(frozen=True, slots=True)
class ShownTurn:
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


def said(turns: Sequence[ShownTurn]) -> list[Said]:
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
