"""A question that is being answered and can be stopped.

The assistant works in a thread of its own, so that whoever waits hears at once
that it was stopped, even while nothing is told; the work itself ends with the
next thing that the assistant tells, and a language model's request with it.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from qa.events import Event

REMEMBERED_STOPS = 256  # of questions that were stopped before their turn came


@dataclass(frozen=True, slots=True)
class Stopped:
    """Whoever asked wants no reply any more; nothing follows."""


Inbox = queue.SimpleQueue[Event | Stopped | BaseException | None]


class Running:
    """The questions that are being answered, each by a key that only who asked it knows; safe in several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inboxes: dict[str, Inbox] = {}
        self._early: deque[str] = deque(maxlen=REMEMBERED_STOPS)

    def stop(self, key: str) -> None:
        """Stop a question, one that still waits for its turn too; one that is answered already stays answered."""
        with self._lock:
            inbox = self._inboxes.get(key)
            if inbox is None:
                self._early.append(key)
            else:
                inbox.put(Stopped())

    @contextmanager
    def events(self, key: str, begin: Callable[[], Generator[Event]]) -> Iterator[Iterator[Event | Stopped]]:
        """Begin the work at once, and give what is told of the reply as it comes; leaving the block stops the work.

        The last is `Finished` or `Stopped`. Whatever the assistant raises is raised where its events are read.
        """
        inbox, unwanted = Inbox(), threading.Event()
        with self._lock:
            if key and key in self._early:
                inbox.put(Stopped())
            else:
                self._inboxes[key] = inbox
                threading.Thread(target=_work, args=(begin, inbox, unwanted), daemon=True).start()
        try:
            yield _told(inbox)
        finally:
            unwanted.set()
            with self._lock:
                if self._inboxes.get(key) is inbox:
                    del self._inboxes[key]


def _told(inbox: Inbox) -> Iterator[Event | Stopped]:
    while (told := inbox.get()) is not None:
        if isinstance(told, BaseException):
            raise told
        yield told
        if isinstance(told, Stopped):
            return


def _work(begin: Callable[[], Generator[Event]], inbox: Inbox, unwanted: threading.Event) -> None:
    try:
        with closing(begin()) as events:
            for event in events:
                if unwanted.is_set():
                    return
                inbox.put(event)
        inbox.put(None)
    except Exception as error:  # noqa: BLE001 -- it is raised again where the reply is waited for
        inbox.put(error)
