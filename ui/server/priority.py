"""Questions that people wait for go before those of an evaluation, which waits for nobody.

A question keeps all cores busy for a while. So whoever asks in the background
waits until no face is asking, but not for ever: a server that is asked without
a pause still gets on with its evaluation.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from qa.answer import Reply
from qa.events import Event
from qa.followups.standalone import Turn
from ui.app.protocols import Assistant, OtherAssistant, Product

LONGEST_WAIT_S = 5.0


class Foreground:
    """How many questions people wait for; safe in several threads."""

    def __init__(self, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        """Begin with nobody asking."""
        self._longest_wait_s = longest_wait_s
        self._asking = 0
        self._changed = threading.Condition()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Count a question as long as the block lasts."""
        with self._changed:
            self._asking += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking -= 1
                self._changed.notify_all()

    def give_way(self) -> None:
        """Wait until nobody asks, or until it has been long enough."""
        with self._changed:
            self._changed.wait_for(lambda: not self._asking, timeout=self._longest_wait_s)


def noticed(product: Product, foreground: Foreground) -> OtherAssistant:
    """Return a product whose questions ``foreground`` counts while they are answered."""
    return OtherAssistant(product, _NoticedAssistant(product.assistant, foreground))


@dataclass(frozen=True, slots=True)
class _NoticedAssistant:
    assistant: Assistant
    foreground: Foreground

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_ids: Sequence[str] | None = None,
        standalone: str | None = None,
    ) -> Reply:
        with self.foreground.asking():
            return self.assistant.ask(question, history=history, article_ids=article_ids, standalone=standalone)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_ids: Sequence[str] | None = None,
        standalone: str | None = None,
    ) -> Generator[Event]:
        events = self.assistant.stream(question, history=history, article_ids=article_ids, standalone=standalone)
        with self.foreground.asking():
            try:
                yield from events
            finally:
                events.close()  # who stops listening ends the work

    def quote(self, question: str, *, article_ids: Sequence[str] | None = None) -> Reply:
        with self.foreground.asking():
            return self.assistant.quote(question, article_ids=article_ids)
