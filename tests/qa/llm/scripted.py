"""A language model that says what a test wrote down: over HTTP on this machine, byte for byte, or as a value."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from qa.errors import LanguageModelError
from qa.llm.model import Piece, Prompt

DONE = b"data: [DONE]\n\n"


def chunk(text: str | None = None, *, finish: str | None = None, **delta: Any) -> bytes:
    """Return one server-sent event as OpenAI's servers send it."""
    said = delta if text is None else {"content": text, **delta}
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    event = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(event)}\n\n".encode()


def saying(*texts: str, finish: str = "stop") -> bytes:
    """Return the whole stream of an answer in these pieces."""
    opening = chunk(role="assistant")
    return opening + b"".join(chunk(text) for text in texts) + chunk(finish=finish) + DONE


@dataclass(slots=True)
class Script:
    """What the server does with one request.

    ``sends`` are bytes, sent one after the other with ``pause_s`` between them;
    then the connection is closed, torn in the middle of the body if ``torn``,
    before any answer if ``dropped``, or held open until the client leaves if ``held``.
    """

    sends: Sequence[bytes] = ()
    status: int = 200
    pause_s: float = 0.0
    torn: bool = False
    dropped: bool = False
    held: bool = False


@dataclass(slots=True)
class ScriptedServer:
    """What was asked of a server, and whether its clients left before the end."""

    address: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    left_early: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(*scripts: Script) -> Iterator[ScriptedServer]:
    """Serve one script a request, the last one again and again; the address is that of ``/v1``."""
    answered = iter(range(10**6))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            script = scripts[min(next(answered), len(scripts) - 1)]
            body = self.rfile.read(int(self.headers["content-length"]))
            server.requests.append(json.loads(body) | {"path": self.path})
            server.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.close_connection = True
            if not script.dropped:
                try:
                    self.play(script)
                except OSError:
                    server.left_early.set()

        def play(self, script: Script) -> None:
            kind = "text/event-stream" if script.status == 200 else "application/json"
            self.send_response(script.status)
            self.send_header("content-type", kind)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for sent in script.sends:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(sent), sent))
                self.wfile.flush()
                if script.pause_s:
                    time.sleep(script.pause_s)
                if self.has_left():
                    server.left_early.set()
                    return
            while script.held:
                time.sleep(0.01)
                if self.has_left():
                    server.left_early.set()
                    return
            if not script.torn:
                self.wfile.write(b"0\r\n\r\n")

        def has_left(self) -> bool:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""

        def log_message(self, *_: Any) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = ScriptedServer(f"http://127.0.0.1:{http.server_address[1]}/v1")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class ScriptedModel:
    """A `LanguageModel` that says its pieces, then fails if told to; ``closed`` once nobody listens any more."""

    pieces: Sequence[str | Piece]
    failure: LanguageModelError | None = None
    name: str = "scripted"
    prompts: list[Prompt] = field(default_factory=list)
    said: int = 0
    closed: bool = False
    warm: bool = False

    def warm_up(self) -> None:
        self.warm = True

    def stream(self, prompt: Prompt) -> Generator[Piece]:
        self.prompts.append(prompt)
        try:
            for piece in self.pieces:
                self.said += 1
                yield Piece(piece) if isinstance(piece, str) else piece
            if self.failure is not None:
                raise self.failure
        finally:
            self.closed = True
