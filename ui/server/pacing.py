"""Requests begin one at each turn of the server's loop, however many come at the same moment.

What a request costs before its work is in a thread, and what its answer costs after, is time of
the one loop that serves all connections; sixty clients that read slowly all ask again in the same
instant. A turn of the loop then lasts as long as one of them takes, and not all, so that whoever
asks whether the server is alive, which waits for nobody, is answered meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.types import ASGIApp, Receive, Scope, Send

AT_ONCE = frozenset({"/healthz"})


class OneATurn:
    """Has requests wait for a turn of the loop of their own, first come, first served.

    Only the beginning of a request waits: one that is answered slowly, or to a client that reads
    slowly, keeps nobody from beginning.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False  # the present turn, or the next

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or what is none."""
        if scope["type"] == "http" and scope["path"] not in AT_ONCE:
            await self._turn()
        await self.app(scope, receive, send)

    async def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        if self._is_taken:
            mine = loop.create_future()
            self._waiting.append(mine)
            await mine
            return
        self._is_taken = True
        loop.call_soon(self._give, loop)

    def _give(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give the next turn to whoever has waited longest and is still there."""
        while self._waiting:
            longest = self._waiting.popleft()
            if not longest.done():  # one that was cancelled waits no more
                longest.set_result(None)
                loop.call_soon(self._give, loop)
                return
        self._is_taken = False
