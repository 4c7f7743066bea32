"""A conversation with a person: what is asked next, what comes of it, and that it is kept.

Knows neither the page's framework nor its HTML. A `ChatWindow` is what one window
shows; what outlasts the window is kept through `qa.conversations`, and a window that
knows nothing yet, or whose server has been started again, is given it from there.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from index.errors import ConversationNotFoundError, FootnoteError
from qa.answer import Reply
from qa.conversations import Conversation, History
from qa.events import Cited, Delta, Event, Finished
from ui.app.cancellation import Running, Stopped
from ui.app.conversations import MAX_SHOWN_TURNS, ShownTurn, _standalone, said
from ui.app.protocols import Product

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChatWindow:
    """What one window shows of a conversation; ``stored`` turns of it are kept, the next one stands at ``next``."""

    owner: str = ""
    conversation_id: str | None = None
    title: str = ""
    article_ids: tuple[str, ...] | None = None
    turns: tuple[ShownTurn, ...] = ()
    stored: int = 0
    next: int = 0

    @property
    def next_number(self) -> int:
        """A number that no turn of the window has had."""
        return self.turns[-1].number + 1 if self.turns else 1


@dataclass(frozen=True, slots=True)
class Wish:
    """A question as a page asks it. ``replaces`` is the number of the turn that it stands in for, with all after it."""

    question: str = ""
    owner: str = ""
    conversation_id: str | None = None
    key: str = ""
    replaces: int | None = None
    reading: str | None = None
    is_typed: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """A reply that is being made: the turns before it, and what of it is sure already."""

    talk: ChatWindow
    question: str
    read_as: str
    number: int
    deltas: tuple[Delta, ...] = ()
    cited: frozenset[int] = field(default_factory=frozenset)


def nobody_counts(address: str) -> None:
    """Count nothing, and refuse nothing."""


class ChatSessions:
    """Asks the questions of all windows; safe to use from several threads."""

    def __init__(self, product: Product, history: History, count_turn: Callable[[str], None] = nobody_counts) -> None:
        """Take what is asked, what keeps it, and what counts the turns that are kept for an address, and may refuse."""
        self._product = product
        self.history = history
        self._count_turn = count_turn
        self._running = Running()

    def stop(self, key: str) -> None:
        """Stop the question that was asked with this key."""
        if key:
            self._running.stop(key)

    def open(self, owner: str, conversation_id: str) -> ChatWindow:
        """Return a kept conversation as a window shows it, its citations checked as the articles are now.

        Raises:
            ConversationNotFoundError: this browser has none of that id.
            ConversationError: who asks is not known.
            StorageError: it cannot be read.
        """
        return _shown(owner, self.history.load(owner, conversation_id))

    def resumed(self, talk: ChatWindow, owner: str, conversation_id: str | None) -> ChatWindow:
        """Return what the window shows: what it was shown here before, else what is kept of it, else nothing."""
        if (talk.owner, talk.conversation_id) == (owner, conversation_id):
            return talk
        if not conversation_id:
            return ChatWindow(owner)
        try:
            return self.open(owner, conversation_id)
        except FootnoteError:  # deleted meanwhile, or never this browser's
            return ChatWindow(owner)

    def ask(self, talk: ChatWindow, wish: Wish, article_ids: Sequence[str] | None) -> Iterator[Writing | ChatWindow]:
        """Answer a question in its conversation: tell how it comes along; the last is the talk with its new turn.

        Whatever happens, there is a turn that says so.
        """
        talk = self.resumed(talk, wish.owner, wish.conversation_id)
        number = talk.next_number
        talk, place = _cut(talk, wish.replaces)
        past = said(talk.turns)
        read = wish.reading or _standalone(wish.question, past)
        turn = ShownTurn(
            *(number, wish.question.strip()),
            place=place,
            reading=wish.reading,
            article_ids=None if article_ids is None else tuple(article_ids),
        )
        writing = Writing(talk, turn.question, "" if read.strip() == turn.question else read, number)

        def begin() -> Generator[Event]:
            return self._product.assistant.stream(
                wish.question, history=past, article_ids=article_ids, standalone=wish.reading
            )

        try:
            with self._running.events(wish.key or uuid.uuid4().hex, begin) as events:
                yield writing  # while the page shows the question, it is being read
                for event in events:
                    if isinstance(event, Stopped):
                        turn = replace(turn, is_stopped=True)
                    elif isinstance(event, Finished):
                        turn = replace(turn, reply=event.reply)
                    elif isinstance(event, Delta):
                        writing = replace(writing, deltas=(*writing.deltas, event))
                        yield writing
                    elif isinstance(event, Cited):
                        writing = replace(writing, cited=writing.cited | {event.citation.number})
                        yield writing
        except FootnoteError as error:
            turn = replace(turn, message=str(error))
        except Exception:  # noqa: BLE001 -- the page must say that it failed; the log says why
            turn = replace(turn, log_id=log_defect())
        yield self._kept(talk, turn, article_ids, wish.address)

    def _kept(self, talk: ChatWindow, turn: ShownTurn, article_ids: Sequence[str] | None, address: str) -> ChatWindow:
        """Return the talk with a turn at its end, which is kept if it has a reply and whose it is is known."""
        if turn.reply is None or not talk.owner:
            return replace(talk, turns=(*talk.turns, turn)[-MAX_SHOWN_TURNS:])
        try:
            self._count_turn(address)
            return self._keep(talk, turn, turn.reply, article_ids)
        except FootnoteError as error:
            turn = replace(turn, unkept=str(error))
        except Exception:  # noqa: BLE001 -- an answer is not lost because it cannot be kept
            turn = replace(turn, unkept=log_defect())
        return replace(talk, turns=(*talk.turns, turn)[-MAX_SHOWN_TURNS:])

    def _keep(self, talk: ChatWindow, turn: ShownTurn, reply: Reply, article_ids: Sequence[str] | None) -> ChatWindow:
        made = talk.conversation_id
        if made is not None and turn.place < talk.stored:
            self.history.replace_from(talk.owner, made, turn.place, reply)
            place = turn.place
        else:
            try:
                made, place = self.history.append(
                    talk.owner, reply, conversation_id=made, article_ids=None if made else article_ids
                )
            except ConversationNotFoundError:  # deleted in another window: what is asked now begins another
                made, place = self.history.append(talk.owner, reply, article_ids=article_ids)
        if place != turn.place:  # another window has gone on with it: show the whole
            return self.open(talk.owner, made)
        turn = replace(turn, is_kept=True)
        turns = (*talk.turns, turn)[-MAX_SHOWN_TURNS:]
        return replace(talk, conversation_id=made, turns=turns, stored=place + 1, next=place + 1)


def wish_of(told: Any) -> Wish:
    """Return what a page asks; it comes from a browser, and what makes no sense counts as not said."""
    told = told if isinstance(told, dict) else {}
    replaces = told.get("replaces")
    return Wish(
        question=text_of(told, "question"),
        owner=text_of(told, "owner"),
        conversation_id=text_of(told, "conversation") or None,
        key=text_of(told, "key")[:128],
        replaces=replaces if isinstance(replaces, int) and not isinstance(replaces, bool) else None,
        reading=text_of(told, "reading").strip() or None,
        is_typed=told.get("typed") is True,
    )


def text_of(told: Any, name: str) -> str:
    """Return a text that a page tells by a name; an empty one where it tells none."""
    value = told.get(name) if isinstance(told, dict) else None
    return value if isinstance(value, str) else ""


def log_defect() -> str:
    """Log the exception being handled; return what to look for in the log."""
    log_id = uuid.uuid4().hex[:8]
    logger.exception("defect %s in the chat", log_id)
    return log_id


def _shown(owner: str, kept: Conversation) -> ChatWindow:
    turns = tuple(
        ShownTurn(
            number,
            turn.reply.question,
            turn.reply,
            place=turn.position,
            is_kept=True,
            verdict=turn.verdict,
            article_ids=kept.article_ids,
        )
        for number, turn in enumerate(kept.turns[-MAX_SHOWN_TURNS:], start=1)
    )
    count = len(kept.turns)
    return ChatWindow(owner, kept.id, kept.title, kept.article_ids, turns, count, count)


def _cut(talk: ChatWindow, replaces: int | None) -> tuple[ChatWindow, int]:
    """Return the talk before the turn that is replaced, and the place of what replaces it; else the talk's end."""
    position = next((n for n, turn in enumerate(talk.turns) if turn.number == replaces), None)
    if position is None:
        return talk, talk.next
    place = talk.turns[position].place
    return replace(talk, turns=talk.turns[:position], next=place), place
