"""How many questions are answered at once, how many wait, and what the rest are told.

Answering takes a processor for a while. More than a few at once are each slower
and no sooner done, and their threads would be missing where a health check or a
page is wanted. So questions wait here, without a thread and fairly by address:
whoever sends many waits behind those who send few. Where too many wait already,
or one has waited too long, it is told to come again.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import Counter, deque
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.http.quotas import counted_address
from ui.http.security import problem

ASKING_PATHS = frozenset({"/v1/ask", "/v1/chat/completions", "/v1/widget/ask", "/mcp"})
MOST_AT_ONCE = max(2, os.cpu_count() or 1)  # a question fills a processor
MOST_AT_ONCE_WORDED = max(8, MOST_AT_ONCE)  # where a language model words answers, most of the time is waiting for it
MOST_WAITING = 200
LONGEST_WAIT_S = 60.0
RETRY_AFTER_S = 5


class AdmissionQueue:
    """The turns of one server: so many are answered at once, so many more wait so long.

    Whose turn is next goes by address: first one with the fewest questions being answered, then the one whose
    last turn is longest ago, and then in the order they came. Where nobody more can wait, the last of the address
    with the most makes way for one of an address that has fewer.
    """

    def __init__(
        self,
        most_at_once: int = MOST_AT_ONCE,
        most_waiting: int = MOST_WAITING,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        """Begin with nobody asking."""
        self._most_at_once = most_at_once
        self._most_waiting = most_waiting
        self._longest_wait_s = longest_wait_s
        self._answered: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[bool]]] = {}
        self._given: dict[str, int] = {}  # which turn an address had last, for as long as it is asking
        self._turns = itertools.count(1)
        self.stopping = asyncio.Event()
        """Set when the server is being stopped: who waits is told to come again, and so is who asks."""

    @property
    def asking(self) -> int:
        """How many are answered or wait."""
        return self._answered.total() + self._waiting_in_all()

    async def take(self, receive: Receive, address: str = "") -> bool:
        """Wait for a turn, to be given back; False where there is none.

        That is: nobody more can wait, the client left, it waited too long, or the server is stopping.
        """
        if self.stopping.is_set():
            return False
        if self._answered.total() < self._most_at_once:
            self._give(address)
            return True
        if self._waiting_in_all() >= self._most_waiting and not self._made_way_for(address):
            return False
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(turn)
        leaving, stopping = asyncio.ensure_future(receive()), asyncio.ensure_future(self.stopping.wait())
        waited_for: set[asyncio.Future[Any]] = {turn, leaving, stopping}
        try:
            await asyncio.wait(waited_for, timeout=self._longest_wait_s, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if turn.done() and turn.result():
                self.give_back(address)
            raise
        finally:
            leaving.cancel()
            stopping.cancel()
            self._forget(address, turn)
        return turn.done() and turn.result()

    def give_back(self, address: str = "") -> None:
        """Let the next one in."""
        self._answered[address] -= 1
        if not self._answered[address]:
            del self._answered[address]
        if self._waiting:
            following = min(self._waiting, key=lambda waiting: (self._answered[waiting], self._given.get(waiting, 0)))
            turn = self._waiting[following].popleft()
            self._give(following)
            turn.set_result(True)
            self._forget(following, turn)
        self._forget(address)

    def _give(self, address: str) -> None:
        self._answered[address] += 1
        self._given[address] = next(self._turns)

    def _made_way_for(self, address: str) -> bool:
        """Send away the last of the address that has the most waiting, if it has more than the one that comes."""
        if not self._waiting:
            return False
        most = max(self._waiting, key=lambda waiting: len(self._waiting[waiting]))
        if len(self._waiting[most]) <= len(self._waiting.get(address, ())) + 1:
            return False
        turn = self._waiting[most].pop()
        turn.set_result(False)
        return True

    def _forget(self, address: str, turn: asyncio.Future[bool] | None = None) -> None:
        """Let a turn wait no more, and keep nothing of an address that is asking nothing."""
        queue = self._waiting.get(address)
        if queue is not None and turn is not None and turn in queue:
            queue.remove(turn)
        if queue is not None and not queue:
            del self._waiting[address]
        if address not in self._answered and address not in self._waiting:
            self._given.pop(address, None)

    def _waiting_in_all(self) -> int:
        return sum(map(len, self._waiting.values()))


class InTurn:
    """Lets questions in when it is their turn; everything else passes.

    To stand within `SmallRequests`, which has read the whole request: a client
    that sends slowly then takes nobody's turn.
    """

    def __init__(self, app: ASGIApp, turns: AdmissionQueue) -> None:
        self.app = app
        self.turns = turns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in ASKING_PATHS:
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        address = counted_address(client[0]) if client else ""
        unread: list[Message] = [await receive()]  # the body; what comes next is that the client has left
        if not await self.turns.take(receive, address):
            await _refused(scope, receive, send, is_stopping=self.turns.stopping.is_set())
            return

        async def receive_again() -> Message:
            return unread.pop() if unread else await receive()

        try:
            await self.app(scope, receive_again, send)
        finally:
            self.turns.give_back(address)


async def _refused(scope: Scope, receive: Receive, send: Send, *, is_stopping: bool) -> None:
    why = "The server is being stopped" if is_stopping else "Too many questions are being answered"
    detail = f"{why}; ask again in {RETRY_AFTER_S} seconds."
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    await problem(503, detail, instance=scope["path"], headers=headers)(scope, receive, send)
