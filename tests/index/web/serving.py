"""A small internet for tests: public addresses that lead to servers of our own on the loopback."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CERTIFICATE = Path(__file__).with_name("articles.example.pem")
HOST, ADDRESS = "articles.example", "93.184.216.34"
PRIVATE_HOST = "intranet.example"

Answer = Callable[[BaseHTTPRequestHandler], None]


def page(
    content: bytes, content_type: str = "text/html", *, status: int = 200, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return an answer with a body; ``headers`` have "_" for "-"."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def redirect(location: str, status: int = 302) -> Answer:
    return page(b"moved", status=status, Location=location)


@dataclass(slots=True)
class Internet:
    """``pages``: what is served, by path. ``hosts``: numeric addresses a look-up gives. ``connected``: what was."""

    pages: dict[str, Answer] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=lambda: {HOST: [ADDRESS], PRIVATE_HOST: ["10.0.0.7"]})
    asked: list[str] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    port: int = 0
    secure_port: int = 0

    def look_up(self, host: str, port: int) -> list[str]:
        self.looked_up.append(host)
        if host not in self.hosts:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.hosts[host]


@contextmanager
def serving(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    """Serve the pages, plainly and over TLS, at whatever address is connected to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            internet.asked.append(self.path)
            internet.headers.append(dict(self.headers))
            answer = internet.pages.get(self.path, page(b"nothing here", status=404))
            try:
                answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # whoever asked has had enough

        def log_message(self, format: str, *arguments: object) -> None: ...

    plain, secure = (ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    for server in (plain, secure):
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who hangs up is meant to
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    internet.port, internet.secure_port = plain.server_port, secure.server_port
    connect = socket.create_connection

    def connect_here(address: tuple[str, int], *arguments: Any, **_: object) -> socket.socket:
        internet.connected.append(address)
        port = internet.secure_port if address[1] == 443 else internet.port
        return connect(("127.0.0.1", port), *arguments)

    monkeypatch.setattr(socket, "create_connection", connect_here)
    try:
        yield internet
    finally:
        for server in (plain, secure):
            server.shutdown()
            server.server_close()
