"""Requests that come together begin one a turn of the loop; health waits for none of them."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from ui.server.pacing import OneATurn


class Turns:
    """An application that notes in which turn of the loop each request began; ``ticking`` counts them."""

    def __init__(self) -> None:
        self.turn = 0
        self.began: list[tuple[str, int]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.began.append((scope.get("path", scope["type"]), self.turn))

    async def ticking(self) -> None:
        while True:
            self.turn += 1
            await asyncio.sleep(0)


async def receive() -> Message:
    raise AssertionError("nothing is to be received")


async def send(message: Message) -> None:
    raise AssertionError("nothing is to be sent")


def asked(*paths: str, cancelled: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    """Ask for paths in one moment; give each that was served, with its turn counted from the first one's."""

    async def run() -> list[tuple[str, int]]:
        turns = Turns()
        paced = OneATurn(turns)
        ticking = asyncio.create_task(turns.ticking())
        tasks = {path: asyncio.create_task(paced({"type": "http", "path": path}, receive, send)) for path in paths}
        await asyncio.sleep(0)
        for path in cancelled:
            tasks[path].cancel()
        await asyncio.wait_for(asyncio.gather(*tasks.values(), return_exceptions=True), 10)
        ticking.cancel()
        return [(path, turn - turns.began[0][1]) for path, turn in turns.began]

    return asyncio.run(run())


def test_requests_of_one_moment_begin_one_a_turn_in_their_order() -> None:
    began = asked("/a", "/b", "/c", "/d")
    assert [path for path, _ in began] == ["/a", "/b", "/c", "/d"]
    turns = [turn for _, turn in began]
    assert sorted(set(turns)) == turns


def test_health_waits_for_none_of_them() -> None:
    began = dict(asked("/a", "/b", "/c", "/healthz"))
    assert began["/healthz"] == began["/a"] == 0
    assert began["/c"] > began["/b"] > 0


def test_a_request_that_is_given_up_takes_no_turn() -> None:
    with_it, without = asked("/a", "/b", "/c", cancelled=("/b",)), asked("/a", "/c")
    assert with_it == without


def test_one_that_is_answered_slowly_keeps_nobody_from_beginning() -> None:
    async def run() -> list[str]:
        began, over = [], asyncio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            began.append(scope["path"])
            await over.wait()

        paced = OneATurn(slow)
        tasks = [asyncio.create_task(paced({"type": "http", "path": path}, receive, send)) for path in ("/a", "/b")]
        for _ in range(10):
            await asyncio.sleep(0)
        over.set()
        await asyncio.gather(*tasks)
        return began

    assert asyncio.run(run()) == ["/a", "/b"]


@pytest.mark.parametrize("round_", ["first", "again"])
def test_a_request_alone_begins_in_the_turn_that_it_comes_in(round_: str) -> None:
    async def run() -> list[tuple[str, int]]:
        turns = Turns()
        paced = OneATurn(turns)
        for path in ("/first", "/again")[: 1 if round_ == "first" else 2]:
            await paced({"type": "http", "path": path}, receive, send)
            await asyncio.sleep(0)
        return turns.began

    assert asyncio.run(run())[-1] == (f"/{round_}", 0)


def test_what_is_no_request_passes() -> None:
    turns = Turns()
    asyncio.run(OneATurn(turns)({"type": "lifespan"}, receive, send))
    assert turns.began == [("lifespan", 0)]
