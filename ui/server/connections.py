"""Connections that cost something and get nothing done are ended: uvicorn's protocol, with an eye on its time.

uvicorn closes a connection that is idle between two requests. Not looked after
there: half of a request, a response that nobody reads, and how many connections
one address has. Each connection looks at itself once a second.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from ui.http.quotas import counted_address

if sys.platform != "win32":  # there, sockets are not counted among a process's files
    import resource

FILES_KEPT = 150  # of a process's open files: for the library, models and uploads
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a connection may take, and how many there may be.

    ``headers_s``: for a request's headers, and to send a first one. ``body_s``: for a body, and a second more for each
    ``body_bytes_per_s`` of it. ``stalled_s``: for a client to read what was sent, as much as the buffers hold.
    """

    headers_s: float = 10.0
    body_s: float = 20.0
    body_bytes_per_s: int = 1_000
    stalled_s: float = 60.0
    per_address: int = 200
    in_all: int = 800
    look_every_s: float = 1.0

    @property
    def most(self) -> int:
        """How many connections there may be in all, given the files that the system lets a process open."""
        if sys.platform == "win32":
            return self.in_all
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return self.in_all if files == resource.RLIM_INFINITY else max(16, min(self.in_all, files - FILES_KEPT))


class LimitedConnection(H11Protocol):
    """One connection, ended when it takes longer than it may; see `Limits`."""

    limits: ClassVar[Limits] = Limits()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._stage: tuple[str, int] = ("silent", 0)
        self._since = time.monotonic()
        self._unanswered = 0  # bytes of a request that has not begun to be answered
        self._in_body = 0
        self._drained = 0  # how often a client has read what had been kept back for it
        self._looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, unless there are too many; then one that gets nothing done makes way, or this one is refused."""
        super().connection_made(transport)
        self._look()
        rivals = self._rivals()
        if rivals is None:
            return
        leaving = [rival for rival in rivals if rival.is_waited_for] or self._pages_of_who_has_most(rivals)
        if leaving:
            min(leaving, key=lambda rival: rival._since).transport.abort()
        else:
            self._say(503, f"Retry-After: {RETRY_AFTER_S}\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and look no more."""
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what was sent."""
        self._unanswered += len(data)
        self._in_body += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._unanswered = 0
        super().on_response_complete()

    def resume_writing(self) -> None:
        """Note that the client has read."""
        self._drained += 1
        super().resume_writing()

    @property
    def address(self) -> str:
        """The address that it comes from, as it is counted."""
        return counted_address(self.client[0]) if self.client else ""

    @property
    def is_waited_for(self) -> bool:
        """Whether the next step is the client's: to send a request, or the rest of it."""
        return self._stage_now()[0] in ("silent", "headers", "idle", "body")

    @property
    def is_open_page(self) -> bool:
        """Whether all that it does is to tell that a page is open; see `left_when_stopping` in `ui.server.run`."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete and "/heartbeat/" in cycle.scope["path"]

    def _rivals(self) -> Sequence[LimitedConnection] | None:
        """Return the connections of which one must go; None where there is room."""
        others = [each for each in self.connections if isinstance(each, LimitedConnection) and each is not self]
        others = [each for each in others if not each.transport.is_closing()]
        if not self._is_of_a_proxy():
            of_the_address = [each for each in others if each.address == self.address]
            if len(of_the_address) >= self.limits.per_address:
                return of_the_address
        return others if len(others) >= self.limits.most else None

    def _pages_of_who_has_most(self, rivals: Sequence[LimitedConnection]) -> Sequence[LimitedConnection]:
        """Return what holds pages open, for ever, of the address that has most; nothing where this one's has as many.

        Else a few addresses could take all the places, and keep them.
        """
        had = Counter(rival.address for rival in rivals)
        address, number = had.most_common(1)[0]
        if number <= had[self.address] + 1:
            return []
        return [rival for rival in rivals if rival.address == address and rival.is_open_page]

    def _is_of_a_proxy(self) -> bool:
        """Tell whether many may come from the address: it is believed when it says whom it asks for."""
        return self.client is not None and self.client[0] in getattr(self.app, "trusted_hosts", ())

    def _look(self) -> None:
        stage, now = self._stage_now(), time.monotonic()
        if stage != self._stage:
            self._stage, self._since = stage, now
            if stage[0] == "body":
                self._in_body = 0
        elif now - self._since > self._allowed_s():
            self._end()
        self._looking = self.loop.call_later(self.limits.look_every_s, self._look)

    def _stage_now(self) -> tuple[str, int]:
        """Return what the connection is at, and where that may go on for as long as it moves, how far it has moved."""
        cycle: RequestResponseCycle | None = self.cycle
        if self.flow.write_paused or (self.transport.is_closing() and self.transport.get_write_buffer_size()):
            return "sending", self._drained
        if cycle is None or cycle.response_complete:
            if self._unanswered:
                return "headers", 0
            return ("silent", 0) if cycle is None else ("idle", 0)
        if cycle.more_body and not self.flow.read_paused and not cycle.waiting_for_100_continue:
            return "body", 0
        return "answering", 0

    def _allowed_s(self) -> float:
        match self._stage[0]:
            case "silent" | "headers":
                return self.limits.headers_s
            case "body":
                return self.limits.body_s + self._in_body / self.limits.body_bytes_per_s
            case "sending":
                return self.limits.stalled_s
            case _:
                return float("inf")  # uvicorn closes what is idle

    def _end(self) -> None:
        if self._stage[0] == "sending":
            self.transport.abort()
        elif self._stage[0] == "silent" or self._has_answered():
            self.transport.close()  # an answer would be none to a question, or come after another
        else:
            self._say(408)

    def _has_answered(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.response_started

    def _say(self, status: int, headers: str = "") -> None:
        """Answer without the application, and close."""
        phrase = {408: "Request Timeout", 503: "Service Unavailable"}[status]
        answer = f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Length: 0\r\n{headers}\r\n"
        self.transport.write(answer.encode())
        self.transport.close()
