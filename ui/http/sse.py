"""An answer as server-sent events: hits, delta, citation, reply, or error.

The names and the data are those of the reply's JSON; the order is that of
`qa.events`. A client that leaves ends the work at once, the request to a
language model included.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from index.errors import FootnoteError
from qa.errors import ReplyError
from qa.events import Cited, Delta, Event, Finished, Found, Waiting
from qa.reply_json import citation_to_json, place_to_json, reply_to_json
from ui.http.problems import status_of
from ui.http.security import defect_document, problem_document

ALIVE = ": waiting\n\n"  # a comment: it tells whether anybody listens, and keeps proxies from closing
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Teller(Protocol):
    """Writes down what is told, as one kind of client wants to read it; one for each stream."""

    def told(self, event: Event) -> str:
        """Return an event as it is sent; nothing to be sent is an empty string."""
        ...

    def failed(self, document: dict[str, Any]) -> str:
        """Return a problem document as it is sent when the stream has begun; nothing follows it."""
        ...


class NamedEvents:
    """The events by their own names, as ``/v1/ask`` tells them."""

    def told(self, event: Event) -> str:
        """Return an event by its name."""
        return frame(event)

    def failed(self, document: dict[str, Any]) -> str:
        """Return the event ``error``."""
        return _frame("error", document)


class EventStream(StreamingResponse):
    """A response that tells events as they come; the first is waited for before it is made.

    Raises:
        FootnoteError: the question cannot be asked; a problem document can then still say so.
    """

    def __init__(self, events: Generator[Event], *, instance: str, teller: Teller | None = None) -> None:
        """Take the events, the path that an error is told to have happened at, and who writes them down."""
        self._events = events
        self._instance = instance
        self._teller = teller or NamedEvents()
        first = next(events)
        super().__init__(self._frames(first), media_type="text/event-stream", headers=HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever ends it ends the work."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._events.close()

    async def _frames(self, first: Event) -> AsyncIterator[str]:
        event: Event | None = first
        try:
            while event is not None:
                yield self._teller.told(event)
                event = await run_in_threadpool(next, self._events, None)
        except ReplyError:
            yield self._teller.failed(defect_document(self._instance))
        except FootnoteError as error:
            document = problem_document(status_of(error), str(error), instance=self._instance)
            yield self._teller.failed(document)
        except Exception:  # noqa: BLE001 -- the client must hear that it failed; the log says why
            yield self._teller.failed(defect_document(self._instance))


def frame(event: Event) -> str:
    """Return an event as it is sent."""
    match event:
        case Found(hits):
            return _frame("hits", {"hits": [place_to_json(hit) for hit in hits]})
        case Delta(text, supported):
            return _frame("delta", {"text": text, "supported": supported})
        case Cited(citation):
            return _frame("citation", citation_to_json(citation))
        case Finished(reply):
            return _frame("reply", reply_to_json(reply))
        case Waiting():
            return ALIVE


def _frame(name: str, document: dict[str, Any]) -> str:
    """Name an event and give its document on one line: JSON in ASCII has no line ends of its own."""
    return f"event: {name}\ndata: {json.dumps(document)}\n\n"
