"""The assistant as a server asks it: each question is noticed while it is answered, and each reply counted."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from typing import Unpack

from qa.answer import Reply
from qa.assistant import Asking
from qa.events import Event, Finished
from ui.app.protocols import Assistant


@dataclass(frozen=True, slots=True)
class InstrumentedAssistant:
    """Answers as its assistant does, and says when.

    ``asking`` is entered before a question and left once it is answered, has failed, or nobody listens any more;
    ``replied`` is given each reply that somebody asked for, which those to suggestions (`quote`) are not.
    """

    assistant: Assistant
    asking: Callable[[], AbstractContextManager[None]]
    replied: Callable[[Reply], object]

    def ask(self, question: str, **asking: Unpack[Asking]) -> Reply:
        """See `qa.assistant.Assistant.ask`."""
        with self.asking():
            reply = self.assistant.ask(question, **asking)
        self.replied(reply)
        return reply

    def stream(self, question: str, **asking: Unpack[Asking]) -> Generator[Event]:
        """See `qa.assistant.Assistant.stream`."""
        with self.asking(), closing(self.assistant.stream(question, **asking)) as events:
            for event in events:
                if isinstance(event, Finished):
                    self.replied(event.reply)
                yield event

    def quote(self, question: str, **asking: Unpack[Asking]) -> Reply:
        """See `qa.assistant.Assistant.quote`."""
        with self.asking():
            return self.assistant.quote(question, **asking)
