"""Health while others hold on to all they can: ``python -m tests.bench.holding_up [--asked N]``.

Starts the product's own server on the seed article, and asks ``/healthz`` ten times a second: alone, and while 60
clients read nothing of what they are sent, 200 have sent half a request, or a file of 90 MB is being sent. Prints
one JSON document. The clients come from a loopback address, which is believed to be a proxy's: the cap of
connections for an address spares the server nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager as Context
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path

from tests.bench.serving import served

ASKED = 100
PAUSE_S = 0.1
SETTLED_S = 4.0
UPLOAD_BYTES = 90_000_000
HEAD = b"Host: localhost\r\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.holding_up")
    parser.add_argument("--asked", type=int, default=ASKED)
    asked = parser.parse_args().asked
    with tempfile.TemporaryDirectory() as home, served(Path(home), "--library", str(Path(home, "library"))) as address:
        path = add_article(address)
        port = int(address.rpartition(":")[2])
        cases: dict[str, Callable[[int], Context[None]]] = {
            "alone": lambda _: nullcontext(),
            "60 slow readers": partial(slow_readers, path),
            "200 half-sent requests": half_sent,
            "an upload of 90 MB": upload,
        }
        found = {name: health(address, case(port), asked) for name, case in cases.items()}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(json.dumps({"machine": machine, "health_ms": found}, indent=2))


def health(address: str, meanwhile: Context[None], asked: int) -> dict[str, float]:
    """Ask so often while something goes on; give the times in milliseconds."""
    times = []
    with meanwhile:
        for _ in range(asked):
            began = time.perf_counter()
            with urllib.request.urlopen(f"{address}/healthz") as response:  # noqa: S310  # a loopback address of our own
                response.read()
            times.append(1000 * (time.perf_counter() - began))
            time.sleep(PAUSE_S)
    times.sort()
    return {
        "p50": round(statistics.median(times), 1),
        "p95": round(times[int(0.95 * len(times))], 1),
        "most": round(times[-1], 1),
    }


def add_article(address: str) -> str:
    """Add an article of 100 kB, and give the path of it."""
    text = "\n\n".join(f"Paragraph {n}. " + "Nothing happened here. " * 20 for n in range(200))
    body = json.dumps({"text": text, "title": "Long"}).encode()
    headers = {"Content-Type": "application/json", "X-Footnote-Request": "1"}
    request = urllib.request.Request(f"{address}/v1/articles", body, headers)  # noqa: S310  # as above
    with urllib.request.urlopen(request) as response:  # noqa: S310  # as above
        return f"/v1/articles/{json.load(response)['results'][0]['article_ids'][0]}"


def connected(port: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect(("127.0.0.1", port))
    return client


@contextmanager
def slow_readers(path: str, port: int) -> Iterator[None]:
    """Have 60 clients ask for an article over and over, and for the page, and read 32 kB of them a second."""
    over = threading.Event()
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(port)) for _ in range(60)]
        for client in clients:
            client.sendall((f"GET {path} HTTP/1.1\r\n".encode() + HEAD + b"\r\n") * 50)
            client.sendall((b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n") * 20)

        def read() -> None:
            while not over.wait(0.5):
                for client in clients:
                    try:
                        client.recv(16_384)
                    except OSError:
                        continue

        threading.Thread(target=read, daemon=True).start()
        time.sleep(SETTLED_S)  # until then they are 60 clients who ask at once, and no slow readers
        yield
        over.set()


@contextmanager
def half_sent(port: int) -> Iterator[None]:
    """Have 200 clients send half of their headers, or half of a body."""
    with ExitStack() as stack:
        for n in range(200):
            client = stack.enter_context(connected(port))
            body = b"POST /v1/ask HTTP/1.1\r\nContent-Length: 900\r\n" + HEAD + b"\r\n{"
            client.sendall(body if n % 2 else b"GET / HTTP/1.1\r\n" + HEAD)
        yield


@contextmanager
def upload(port: int) -> Iterator[None]:
    """Have one client send files without end, 90 MB at a time, which cannot be read."""
    over = threading.Event()
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    head = (
        b"POST /v1/articles HTTP/1.1\r\nX-Footnote-Request: 1\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n"
    )
    size = len(part) + UPLOAD_BYTES + len(b"\r\n--b--\r\n")

    def send() -> None:
        while not over.is_set():
            with connected(port) as client:
                try:
                    client.sendall(head + HEAD + f"Content-Length: {size}\r\n\r\n".encode() + part)
                    for _ in range(UPLOAD_BYTES // 1_000_000):
                        client.sendall(os.urandom(1_000) * 1_000)
                    client.sendall(b"\r\n--b--\r\n")
                    client.recv(1_000)
                except OSError:
                    continue

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    yield
    over.set()
    sender.join(timeout=60)


if __name__ == "__main__":
    main()
