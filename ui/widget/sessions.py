"""What widgets ask, each visitor in a session of their own; knows no web framework.

A session is a conversation in the library's history. Its owner is made of the
site key and of the id that the visitor's page made up, so that no other site
and no other visitor finds it. No line of the log holds a question, unless the
settings want it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from index.errors import ConversationError, ConversationNotFoundError, FootnoteError
from index.storage.conversations import Verdict
from qa.answer import Reply
from qa.conversations import History, KeptTurn
from qa.errors import ReplyError
from qa.events import Event, Finished
from ui.app.cancellation import Running, Stopped
from ui.app.config import WidgetConfig
from ui.app.conversations import MAX_SHOWN_TURNS, ShownTurn, said
from ui.app.errors import TimeLimitError
from ui.app.protocols import Product
from ui.widget.articles import articles_asked, may_be_shown
from ui.widget.site_keys import SiteKey

logger = logging.getLogger(__name__)


class AskingFailedError(Exception):
    """A reply could not be made; in the place of an exception whose words may repeat the question."""


@dataclass(frozen=True, slots=True)
class Session:
    """One visitor of one site: a site key, and the id that the visitor's page made up."""

    site_key: SiteKey
    id: str

    @property
    def owner(self) -> str:
        """By what the history knows the session; who reads it there cannot tell the id."""
        return f"w-{hashlib.sha256(f'{self.site_key.key} {self.id}'.encode()).hexdigest()}"


class WidgetAsking:
    """Asks for widgets and keeps what was said; safe to use from several threads."""

    def __init__(self, product: Product, history: History, config: WidgetConfig) -> None:
        self._product = product
        self._history = history
        self._config = config
        self._running = Running()
        self._keeping = threading.Lock()
        if config.log_questions:
            logger.setLevel(logging.INFO)

    def stream(self, session: Session, question: str, article_ids: Sequence[str] | None) -> Generator[Event]:
        """Tell what is known of the reply as it comes; it is kept before the last event, which holds it, is told.

        Closing the generator ends the work.

        Raises:
            QuestionError: the question is empty or too long.
            ArticleNotFoundError: see `ui.widget.articles.articles_asked`.
            TimeLimitError: the reply is not there in time.
            AskingFailedError: something is wrong here.
        """
        asked = articles_asked(self._product.library, session.site_key, article_ids)
        if self._config.log_questions:
            logger.info("asked with %s: %r", session.site_key.key, question)
        with self._saying_little():
            past = said([ShownTurn(n, t.reply.question, t.reply) for n, t in enumerate(self.turns(session))])

            def begin() -> Generator[Event]:
                return self._product.assistant.stream(question, history=past, article_ids=asked)

            for event in self._in_time(begin):
                if isinstance(event, Finished):
                    self._keep(session, event.reply)
                yield event

    def ask(self, session: Session, question: str, article_ids: Sequence[str] | None) -> Reply:
        """Return the reply; errors as for `stream`."""
        for event in self.stream(session, question, article_ids):
            if isinstance(event, Finished):
                return event.reply
        raise AskingFailedError("the assistant told no reply")

    def turns(self, session: Session) -> Sequence[KeptTurn]:
        """Return what was said in a session, the last of it, oldest first, its citations checked again.

        What quotes an article that the site key may not quote any more is left out.
        """
        kept = self._history.conversations(session.owner, limit=1)
        try:
            turns = self._history.load(session.owner, kept[0].id, last=MAX_SHOWN_TURNS).turns if kept else ()
        except ConversationNotFoundError:  # deleted at this moment, in another window
            return ()
        shown = may_be_shown(self._product.library, session.site_key, [turn.reply for turn in turns])
        return [turn for turn, is_shown in zip(turns, shown, strict=True) if is_shown]

    def forget(self, session: Session) -> None:
        """Delete what was said in a session; feedback that was given in it stays."""
        while kept := self._history.conversations(session.owner):
            for conversation in kept:
                try:
                    self._history.delete(session.owner, conversation.id)
                except ConversationNotFoundError:  # deleted at this moment, in another window
                    continue

    def give_feedback(self, session: Session, reply_id: str, verdict: Verdict, comment: str) -> None:
        """Keep what a visitor thinks of a reply of their session, together with the reply.

        Raises:
            ConversationNotFoundError: the session has no such reply.
            ConversationError: the comment is no text.
        """
        kept = self._history.conversations(session.owner, limit=1)
        place = next((t.position for t in reversed(self.turns(session)) if t.reply.id == reply_id), None)
        if not kept or place is None:
            raise ConversationNotFoundError(f"this session has no reply {reply_id!r}; it may have been deleted")
        self._history.give_feedback_on_turn(session.owner, kept[0].id, place, reply_id, verdict, comment=comment)

    def _in_time(self, begin: Callable[[], Generator[Event]]) -> Generator[Event]:
        key = uuid.uuid4().hex
        timer = threading.Timer(self._config.seconds, self._running.stop, [key])
        timer.daemon = True
        timer.start()
        try:
            with self._running.events(key, begin) as events:
                for event in events:
                    if isinstance(event, Stopped):
                        limit = f"{self._config.seconds:g} seconds"
                        raise TimeLimitError(f"the reply was not there after {limit}; ask again, or a simpler question")
                    yield event
        finally:
            timer.cancel()

    def _keep(self, session: Session, reply: Reply) -> None:
        """Keep a reply in its session; one that cannot be kept is an answer all the same."""
        try:
            with self._keeping:  # of two first questions of a session one begins its conversation
                kept = self._history.conversations(session.owner, limit=1)
                try:
                    self._history.append(session.owner, reply, conversation_id=kept[0].id if kept else None)
                except ConversationError:  # it is full, or was deleted meanwhile: what is asked now begins another
                    self._history.append(session.owner, reply)
        except FootnoteError as error:
            logger.warning("a widget's reply could not be kept: %s", error)

    @contextmanager
    def _saying_little(self) -> Iterator[None]:
        """Raise no exception whose words would bring a question into the log."""
        try:
            yield
        except Exception as error:
            is_for_the_asker = isinstance(error, FootnoteError) and not isinstance(error, ReplyError)
            if is_for_the_asker or self._config.log_questions:
                raise
            raise AskingFailedError(type(error).__name__).with_traceback(error.__traceback__) from None
