"""A server that is stopped, or held up: accepted questions end, others are told to come again, health is told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


@contextmanager
def serving(grace_s: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "tests.faults.stopping", str(grace_s)]
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert server.stdout is not None
    address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    try:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                httpx2.get(f"{address}/healthz").raise_for_status()
                break
            except httpx2.TransportError:
                time.sleep(0.05)
        yield address, server
    finally:
        server.kill()
        server.communicate()


def ask(address: str, seconds: float) -> httpx2.Response:
    return httpx2.post(f"{address}/v1/ask", json={"question": str(seconds)}, timeout=PATIENCE_S)


def asking(address: str, count: int) -> int:
    """Wait until so many ask; give how many do."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        told = httpx2.get(f"{address}/metrics").text
        found = next(line for line in told.splitlines() if line.startswith("footnote_asking "))
        if int(float(found.split()[1])) >= count:
            return count
        time.sleep(0.05)
    raise TimeoutError


def stopped_while(grace_s: int, seconds: float, questions: int) -> tuple[list[httpx2.Response], int]:
    with serving(grace_s) as (address, server), ThreadPoolExecutor(max_workers=questions) as threads:
        asked: list[Future[Any]] = [threads.submit(ask, address, seconds) for _ in range(questions)]
        asking(address, questions)
        server.send_signal(signal.SIGTERM)
        replies = [each.result() for each in asked]
        _, said = server.communicate(timeout=PATIENCE_S)
        assert "Traceback" not in said
        return replies, server.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
def test_a_stopped_server_answers_what_it_has_begun_and_tells_the_rest_to_come_again() -> None:
    replies, code = stopped_while(30, 2, questions=6)
    assert sorted(reply.status_code for reply in replies) == [200, 200, 503, 503, 503, 503]
    for reply in replies:
        if reply.status_code == 503:
            assert reply.headers["retry-after"] == "5"
            assert reply.json()["detail"] == "The server is being stopped; ask again in 5 seconds."
        else:
            assert reply.json()["question"] == "2"
    assert code == -signal.SIGTERM


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
def test_what_does_not_end_in_time_is_told_to_come_again_and_not_that_it_failed() -> None:
    replies, _ = stopped_while(1, 6, questions=2)
    assert [reply.status_code for reply in replies] == [503, 503]
    assert [reply.headers["retry-after"] for reply in replies] == ["5", "5"]


def test_health_is_told_while_others_hold_on_to_all_they_can() -> None:
    with serving(1) as (address, _), ExitStack() as stack, ThreadPoolExecutor(max_workers=8) as threads:
        host, port = address.removeprefix("http://").split(":")

        def connected(sent: bytes) -> socket.socket:
            client = stack.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE_S))
            client.sendall(sent)
            return client

        head = b"Host: localhost\r\n"
        for _ in range(100):
            connected(b"GET /v1/articles HTTP/1.1\r\n" + head)
            connected(b"POST /v1/ask HTTP/1.1\r\nContent-Length: 900\r\n" + head + b"\r\n{")
        for _ in range(60):
            connected(b"GET /v1/articles/seed HTTP/1.1\r\n" + head + b"\r\n")  # and never read
        for _ in range(8):
            threads.submit(ask, address, 0.5)
        for _ in range(5):
            response = httpx2.get(f"{address}/healthz", timeout=PATIENCE_S)
            assert (response.status_code, json.loads(response.content)) == (200, {"status": "ok"})
        assert ask(address, 0).status_code == 200
