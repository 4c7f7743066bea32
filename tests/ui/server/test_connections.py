"""Connections that get nothing done are ended; those that do are not, however long they take."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from ui.server.connections import LimitedConnection, Limits

QUICK = Limits(headers_s=0.4, body_s=0.4, body_bytes_per_s=100, stalled_s=0.6, look_every_s=0.05)
LONG_S = 20.0  # for a machine that is busy
GET = b"GET /quick HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer by path: at once when all is read, after a while, or with more than anybody can take in one go."""
    if scope["type"] != "http":
        return
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.disconnect":
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(1.2)
    if "/heartbeat/" in scope["path"]:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        return
    content = b"x" * 50_000_000 if scope["path"] == "/large" else b"done"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": content})


@contextmanager
def serving(limits: Limits, trusted: str = "") -> Iterator[int]:
    class Limited(LimitedConnection):
        pass

    Limited.limits = limits
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=Limited, ws="none", log_level="critical", lifespan="off", forwarded_allow_ips=trusted
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=20)
        listening.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(QUICK) as port:
        yield port


def connected(port: int, address: str = "127.0.0.1") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=LONG_S, source_address=(address, 0))
    client.settimeout(LONG_S)
    return client


def rest_of(client: socket.socket) -> bytes:
    """Return all that comes until the server closes."""
    received = b""
    try:
        while block := client.recv(65_536):
            received += block
    except ConnectionResetError:
        pass
    return received


def status_of(answer: bytes) -> int:
    found = re.match(rb"HTTP/1.1 (\d+) ", answer)
    return int(found[1]) if found else 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"", 0, id="nothing"),
        pytest.param(b"GET", 408, id="half a line"),
        pytest.param(GET, 408, id="half the headers"),
        pytest.param(POST + b"x", 408, id="half a body"),
    ],
)
def test_half_a_request_is_ended(port: int, sent: bytes, status: int) -> None:
    with connected(port) as client:
        client.sendall(sent)
        assert status_of(rest_of(client)) == status


@pytest.mark.parametrize("begin", [GET, POST], ids=["headers", "body"])
def test_a_byte_now_and_then_does_not_keep_half_a_request_alive(port: int, begin: bytes) -> None:
    with connected(port) as client:
        client.sendall(begin)
        client.settimeout(0.1)
        answer, end = b"", time.monotonic() + LONG_S
        while not answer:
            assert time.monotonic() < end
            try:
                client.sendall(b"X" if begin is POST else b"X: y\r\n")
                answer = client.recv(1_000)
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert answer == b"" or status_of(answer) == 408


def test_the_second_request_of_a_connection_is_looked_after_too(port: int) -> None:
    with connected(port) as client:
        client.sendall(GET + b"\r\n")
        assert status_of(client.recv(1_000)) == 200
        client.sendall(GET)
        assert b"HTTP" not in rest_of(client)


def test_a_slow_body_that_comes_along_is_waited_for(port: int) -> None:
    with connected(port) as client:
        client.sendall(POST)
        for _ in range(10):
            time.sleep(0.1)
            client.sendall(b"x" * 10)
        assert status_of(client.recv(1_000)) == 200


def test_a_reply_that_takes_long_to_make_is_waited_for(port: int) -> None:
    with connected(port) as client:
        client.sendall(GET.replace(b"quick", b"slow") + b"Connection: close\r\n\r\n")
        assert b"done" in rest_of(client)


def test_a_client_that_reads_slowly_gets_everything(port: int) -> None:
    with connected(port) as client:
        client.sendall(GET.replace(b"quick", b"large") + b"Connection: close\r\n\r\n")
        received = 0
        while block := client.recv(2_000_000):
            received += len(block)
            time.sleep(0.01)
        assert received > 50_000_000


def test_a_client_that_does_not_read_is_left(port: int) -> None:
    with connected(port) as client:
        client.sendall(GET.replace(b"quick", b"large") + b"\r\n")
        time.sleep(2.5)
        assert len(rest_of(client)) < 50_000_000


def test_one_too_many_of_an_address_takes_the_place_of_one_that_gets_nothing_done() -> None:
    with serving(Limits(per_address=3)) as port, ExitStack() as stack:
        half = [stack.enter_context(connected(port)) for _ in range(3)]
        for client in half:
            client.sendall(GET)
            time.sleep(0.1)
        more = stack.enter_context(connected(port))
        more.sendall(GET + b"\r\n")
        assert status_of(more.recv(1_000)) == 200
        assert rest_of(half[0]) == b""


def test_where_all_of_an_address_are_being_answered_one_more_is_told_to_come_again() -> None:
    with serving(Limits(per_address=2)) as port, ExitStack() as stack:
        answered = [stack.enter_context(connected(port)) for _ in range(2)]
        for client in answered:
            client.sendall(GET.replace(b"quick", b"slow") + b"Connection: close\r\n\r\n")
        time.sleep(0.3)
        more = rest_of(stack.enter_context(connected(port)))
        assert status_of(more) == 503
        assert b"Retry-After: 5\r\n" in more
        assert [b"done" in rest_of(client) for client in answered] == [True, True]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a machine has one address for itself")
def test_open_pages_of_who_has_most_make_way_where_there_is_no_place_left() -> None:
    page = GET.replace(b"/quick", b"/heartbeat/x") + b"\r\n"
    with serving(Limits(in_all=16)) as port, ExitStack() as stack:
        many = [stack.enter_context(connected(port, "127.0.0.2")) for _ in range(15)]
        one = stack.enter_context(connected(port, "127.0.0.3"))
        for client in (*many, one):
            client.sendall(page)
            assert status_of(client.recv(1_000)) == 200
        more = stack.enter_context(connected(port, "127.0.0.4"))
        more.sendall(GET + b"\r\n")
        assert status_of(more.recv(1_000)) == 200
        rest_of(many[0])
        for client in (*many[1:], one):
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):  # it is open still
                client.recv(1_000)


def test_open_pages_make_no_way_for_one_more_of_their_own_address() -> None:
    with serving(Limits(per_address=2)) as port, ExitStack() as stack:
        for client in [stack.enter_context(connected(port)) for _ in range(2)]:
            client.sendall(GET.replace(b"/quick", b"/heartbeat/x") + b"\r\n")
            assert status_of(client.recv(1_000)) == 200
        assert status_of(rest_of(stack.enter_context(connected(port)))) == 503


def test_a_proxy_may_have_as_many_as_there_may_be_in_all() -> None:
    with serving(Limits(per_address=1, in_all=20), trusted="127.0.0.1") as port, ExitStack() as stack:
        clients = [stack.enter_context(connected(port)) for _ in range(20)]
        for client in clients:
            client.sendall(GET + b"\r\n")
        assert {status_of(client.recv(1_000)) for client in clients} == {200}
