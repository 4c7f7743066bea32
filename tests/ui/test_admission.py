"""Questions take their turns: few at once, the others in order, the rest told to come again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.waiting import run_async
from ui.admission import ASKING_PATHS, InTurn, Turns

ASK = {"type": "http", "method": "POST", "path": "/v1/ask"}


class Slow:
    """An application that answers each request when it is let, and notes the order."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.finished: list[str] = []
        self.let: dict[str, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"].decode()
        self.begun.append(body)
        await self.let.setdefault(body, asyncio.Event()).wait()
        self.finished.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})


class Asker:
    """Sends a request and notes what it is told; it may leave."""

    def __init__(self, app: InTurn, name: str, scope: dict[str, Any] = ASK) -> None:
        self.told: list[Message] = []
        self._unread: list[Message] = [{"type": "http.request", "body": name.encode(), "more_body": False}]
        self._left = asyncio.Event()
        self.task = asyncio.ensure_future(app(dict(scope), self._receive, self._send))

    @property
    def status(self) -> int:
        return int(self.told[0]["status"])

    def leave(self) -> None:
        self._left.set()

    async def _receive(self) -> Message:
        if self._unread:
            return self._unread.pop()
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.told.append(message)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def run(scene: Callable[[], Awaitable[None]]) -> None:
    run_async(_awaited(scene))


async def _awaited(scene: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(10):
        await scene()


def test_as_many_as_may_are_answered_at_once_and_the_next_follow_in_order() -> None:
    async def scene() -> None:
        slow = Slow()
        app = InTurn(slow, Turns(most_at_once=2, most_waiting=10))
        askers = {name: Asker(app, name) for name in "abcd"}
        await settle()
        assert slow.begun == ["a", "b"]
        slow.let["b"].set()
        await settle()
        assert slow.begun == ["a", "b", "c"]
        slow.let["a"].set()
        await settle()
        assert slow.begun == ["a", "b", "c", "d"]
        assert [askers[name].status for name in "ab"] == [200, 200]
        for name in "cd":
            slow.let[name].set()
        await asyncio.gather(*(asker.task for asker in askers.values()))

    run(scene)


def test_one_too_many_is_told_when_to_come_again() -> None:
    async def scene() -> None:
        slow, turns = Slow(), Turns(most_at_once=1, most_waiting=1)
        app = InTurn(slow, turns)
        first, waiting = Asker(app, "a"), Asker(app, "b")
        await settle()
        late = Asker(app, "c")
        await late.task
        assert late.status == 503
        assert (b"retry-after", b"5") in late.told[0]["headers"]
        assert turns.asking == 2
        for name in "ab":
            slow.let.setdefault(name, asyncio.Event()).set()
        await asyncio.gather(first.task, waiting.task)
        assert (slow.finished, turns.asking) == (["a", "b"], 0)

    run(scene)


def test_who_waits_too_long_is_told_to_come_again() -> None:
    async def scene() -> None:
        slow = Slow()
        app = InTurn(slow, Turns(most_at_once=1, most_waiting=1, longest_wait_s=0.01))
        first, waiting = Asker(app, "a"), Asker(app, "b")
        await waiting.task
        assert (waiting.status, slow.begun) == (503, ["a"])
        slow.let["a"].set()
        await first.task
        after = Asker(app, "c")
        await settle()
        slow.let["c"].set()
        await after.task
        assert after.status == 200  # the turn was not lost

    run(scene)


def test_who_leaves_while_waiting_is_not_answered_and_frees_the_place() -> None:
    async def scene() -> None:
        slow, turns = Slow(), Turns(most_at_once=1, most_waiting=1)
        app = InTurn(slow, turns)
        first, leaving = Asker(app, "a"), Asker(app, "b")
        await settle()
        leaving.leave()
        await leaving.task
        assert turns.asking == 1
        third = Asker(app, "c")
        await settle()
        slow.let["a"].set()
        await settle()
        slow.let["c"].set()
        await asyncio.gather(first.task, third.task)
        assert slow.begun == ["a", "c"]

    run(scene)


def test_a_request_that_is_cancelled_while_waiting_costs_no_turn() -> None:
    async def scene() -> None:
        slow, turns = Slow(), Turns(most_at_once=1, most_waiting=5)
        app = InTurn(slow, turns)
        first, cancelled, third = Asker(app, "a"), Asker(app, "b"), Asker(app, "c")
        await settle()
        cancelled.task.cancel()
        slow.let["a"].set()  # the turn comes in the same moment
        await settle()
        assert slow.begun[-1] == "c"
        slow.let["c"].set()
        await asyncio.gather(first.task, third.task)
        assert turns.asking == 0

    run(scene)


def test_an_application_that_fails_gives_its_turn_back() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("x")

    async def scene() -> None:
        app = InTurn(fails, Turns(most_at_once=1, most_waiting=0))
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await Asker(app, "a").task

    run(scene)


@pytest.mark.parametrize(
    "scope",
    [
        {**ASK, "method": "OPTIONS"},
        {**ASK, "path": "/healthz"},
        {"type": "lifespan"},
        {"type": "websocket", "path": "/"},
    ],
    ids=["asked beforehand", "health", "lifespan", "websocket"],
)
def test_what_asks_nothing_waits_for_nobody(scope: dict[str, Any]) -> None:
    async def scene() -> None:
        slow = Slow()
        app = InTurn(slow, Turns(most_at_once=1, most_waiting=0))
        first = Asker(app, "a")
        await settle()
        passing = Asker(app, "b", scope)
        await settle()
        assert slow.begun == ["a", "b"]
        for name in "ab":
            slow.let[name].set()
        await asyncio.gather(first.task, passing.task)

    run(scene)


def test_every_way_to_ask_takes_a_turn() -> None:
    assert sorted(ASKING_PATHS) == ["/mcp", "/v1/ask", "/v1/chat/completions", "/v1/widget/ask"]
