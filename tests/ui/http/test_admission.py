"""Questions take their turns: few at once, the others in order, the rest told to come again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.waiting import run_async
from ui.http.admission import ASKING_PATHS, AdmissionQueue, InTurn

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

    def __init__(self, app: InTurn, name: str, scope: dict[str, Any] = ASK, address: str = "203.0.113.1") -> None:
        self.told: list[Message] = []
        self._unread: list[Message] = [{"type": "http.request", "body": name.encode(), "more_body": False}]
        self._left = asyncio.Event()
        self.task = asyncio.ensure_future(app({**scope, "client": (address, 1)}, self._receive, self._send))

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
        app = InTurn(slow, AdmissionQueue(most_at_once=2, most_waiting=10))
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
        slow, turns = Slow(), AdmissionQueue(most_at_once=1, most_waiting=1)
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


def test_one_address_with_forty_questions_does_not_hold_up_the_first_of_another() -> None:
    async def scene() -> None:
        slow = Slow()
        app = InTurn(slow, AdmissionQueue(most_at_once=1))
        many = [Asker(app, f"a{n}") for n in range(40)]
        await settle()
        other = Asker(app, "b", address="203.0.113.2")
        await settle()
        slow.let["a0"].set()
        await settle()
        assert slow.begun == ["a0", "b"]
        slow.let["b"].set()
        await other.task
        for n in range(1, 40):
            slow.let.setdefault(f"a{n}", asyncio.Event()).set()
        await asyncio.gather(*(asker.task for asker in many))
        assert slow.begun == ["a0", "b", *(f"a{n}" for n in range(1, 40))]

    run(scene)


def test_addresses_take_turns_and_those_being_answered_count() -> None:
    async def scene() -> None:
        slow = Slow()
        app = InTurn(slow, AdmissionQueue(most_at_once=2))
        names = ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]
        askers = []
        for name in names:
            askers.append(Asker(app, name, address={"a": "203.0.113.1", "b": "203.0.113.2", "c": ""}[name[0]]))
            await settle()
        for name in ["a1", "b1", "a2", "c1", "a3", "b2", "a4"]:
            slow.let.setdefault(name, asyncio.Event()).set()
            await settle()
        await asyncio.gather(*(asker.task for asker in askers))
        assert slow.begun == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]

    run(scene)


def test_a_household_with_many_addresses_of_ipv6_waits_as_one() -> None:
    async def scene() -> None:
        slow = Slow()
        app = InTurn(slow, AdmissionQueue(most_at_once=1))
        household = [Asker(app, f"a{n}", address=f"2001:db8::{n + 1}") for n in range(3)]
        await settle()
        other = Asker(app, "b", address="203.0.113.2")
        await settle()
        for name in ["a0", "b", "a1", "a2"]:
            slow.let.setdefault(name, asyncio.Event()).set()
        await asyncio.gather(other.task, *(asker.task for asker in household))
        assert slow.begun == ["a0", "b", "a1", "a2"]

    run(scene)


def test_where_nobody_more_can_wait_the_last_of_whoever_has_most_makes_way() -> None:
    async def scene() -> None:
        slow = Slow()
        app = InTurn(slow, AdmissionQueue(most_at_once=1, most_waiting=3))
        many = [Asker(app, f"a{n}") for n in range(4)]
        await settle()
        other = Asker(app, "b", address="203.0.113.2")
        await many[3].task
        assert many[3].status == 503
        second, third = Asker(app, "b2", address="203.0.113.2"), Asker(app, "a4")
        await asyncio.gather(second.task, third.task)
        assert (second.status, third.status) == (503, 503)  # for who has as many nobody goes
        for name in ["a0", "b", "a1", "a2"]:
            slow.let.setdefault(name, asyncio.Event()).set()
        await asyncio.gather(other.task, *(asker.task for asker in many))
        assert slow.begun == ["a0", "b", "a1", "a2"]

    run(scene)


def test_when_the_server_is_stopped_who_waits_is_told_to_come_again_and_who_is_answered_is_answered() -> None:
    async def scene() -> None:
        slow, turns = Slow(), AdmissionQueue(most_at_once=1)
        app = InTurn(slow, turns)
        answered, waiting = Asker(app, "a"), Asker(app, "b")
        await settle()
        turns.stopping.set()
        await waiting.task
        late = Asker(app, "c")
        await late.task
        for refused in (waiting, late):
            assert refused.status == 503
            assert (b"retry-after", b"5") in refused.told[0]["headers"]
        slow.let["a"].set()
        await answered.task
        assert (answered.status, turns.asking) == (200, 0)

    run(scene)


def test_who_waits_too_long_is_told_to_come_again() -> None:
    async def scene() -> None:
        slow = Slow()
        app = InTurn(slow, AdmissionQueue(most_at_once=1, most_waiting=1, longest_wait_s=0.01))
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
        slow, turns = Slow(), AdmissionQueue(most_at_once=1, most_waiting=1)
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
        slow, turns = Slow(), AdmissionQueue(most_at_once=1, most_waiting=5)
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
        app = InTurn(fails, AdmissionQueue(most_at_once=1, most_waiting=0))
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
        app = InTurn(slow, AdmissionQueue(most_at_once=1, most_waiting=0))
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
