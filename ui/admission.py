"""How many questions are answered at once, how many wait, and what the rest are told.

Answering takes a processor for a while. More than a few at once are each slower
and no sooner done, and their threads would be missing where a health check or a
page is wanted. So questions wait here, in the order they came and without a
thread; where too many wait already, or one has waited too long, it is told to
come again.
"""

from __future__ import annotations

import asyncio
import os

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.security import problem

ASKING_PATHS = frozenset({"/v1/ask", "/v1/chat/completions", "/v1/widget/ask", "/mcp"})
MOST_AT_ONCE = max(2, os.cpu_count() or 1)  # a question fills a processor
MOST_AT_ONCE_WORDED = max(8, MOST_AT_ONCE)  # where a language model words answers, most of the time is waiting for it
MOST_WAITING = 200
LONGEST_WAIT_S = 60.0
RETRY_AFTER_S = 5


class Turns:
    """The turns of one server: so many are answered at once, so many more wait so long."""

    def __init__(
        self,
        most_at_once: int = MOST_AT_ONCE,
        most_waiting: int = MOST_WAITING,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        """Begin with nobody asking."""
        self._free = asyncio.Semaphore(most_at_once)
        self._most = most_at_once + most_waiting
        self._longest_wait_s = longest_wait_s
        self.asking = 0

    @property
    def are_taken(self) -> bool:
        """Whether nobody more can wait."""
        return self.asking >= self._most

    async def take(self, receive: Receive) -> bool:
        """Wait for a turn, to be given back; False where the client left, or waited too long, and has none."""
        if not self._free.locked():
            return await self._free.acquire()
        taking, leaving = asyncio.ensure_future(self._free.acquire()), asyncio.ensure_future(receive())
        try:
            waiting = {taking, leaving}
            await asyncio.wait(waiting, timeout=self._longest_wait_s, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if taking.done() and not taking.cancelled():
                self.give_back()
            raise
        finally:
            leaving.cancel()
            taking.cancel()  # of no effect where the turn has come
        return taking.done() and not taking.cancelled()

    def give_back(self) -> None:
        """Let the next one in."""
        self._free.release()


class InTurn:
    """Lets questions in one after the other; everything else passes.

    To stand within `SmallRequests`, which has read the whole request: a client
    that sends slowly then takes nobody's turn.
    """

    def __init__(self, app: ASGIApp, turns: Turns) -> None:
        self.app = app
        self.turns = turns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in ASKING_PATHS:
            await self.app(scope, receive, send)
            return
        if self.turns.are_taken:
            await _busy(scope, receive, send)
            return
        self.turns.asking += 1
        try:
            await self._in_turn(scope, receive, send)
        finally:
            self.turns.asking -= 1

    async def _in_turn(self, scope: Scope, receive: Receive, send: Send) -> None:
        unread: list[Message] = [await receive()]  # the body; what comes next is that the client has left
        if not await self.turns.take(receive):
            await _busy(scope, receive, send)
            return

        async def receive_again() -> Message:
            return unread.pop() if unread else await receive()

        try:
            await self.app(scope, receive_again, send)
        finally:
            self.turns.give_back()


async def _busy(scope: Scope, receive: Receive, send: Send) -> None:
    detail = f"Too many questions are being answered; ask again in {RETRY_AFTER_S} seconds."
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    await problem(503, detail, instance=scope["path"], headers=headers)(scope, receive, send)
