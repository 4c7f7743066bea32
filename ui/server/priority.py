"""Questions that people wait for go before those of an evaluation, which gives way to them.

A question keeps all cores busy for a while. So whoever asks in the background
waits until no face is asking, but not for ever: a server that is asked without
a pause still gets on with its evaluation.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

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
