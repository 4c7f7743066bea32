"""Start the server: one process, one port, chat and API."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from functools import partial
from pathlib import Path
from types import FrameType

import typer
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import ConfigurationError
from ui.admission import MOST_AT_ONCE, MOST_AT_ONCE_WORDED
from ui.api import create_app
from ui.compose import open_history, open_product, open_site_keys
from ui.evaluating import open_evaluations
from ui.permission import TOKEN_VARIABLE, Writers, is_loopback
from ui.terminal import say

NAMES_VARIABLE = "FOOTNOTE_HOSTS"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # addresses to listen on that are nobody's name
STARTUP_FAILED = 3  # as uvicorn's own command has it
GRACE_SECONDS = 3  # for replies that are being made when the server is stopped


def run_server(library: Path | None, *, host: str, port: int) -> None:
    """Serve a library until interrupted; the address is printed once the server answers.

    A named folder that holds no library gets an empty one, to be added to.

    Raises:
        ConfigurationError: the address cannot be listened on.
    """
    require_free(host, port)
    product = open_product(library, make=True)
    product.assistant.warm_up()  # the first question should not wait for the model
    writers = Writers(token=os.environ.get(TOKEN_VARIABLE) or None, is_local=is_loopback(host))
    at_once = MOST_AT_ONCE_WORDED if product.settings.llm.is_on else MOST_AT_ONCE
    evaluations = open_evaluations(product)
    app = create_app(
        product,
        open_history(product.library),
        writers=writers,
        keys=open_site_keys(product),
        evaluations=evaluations,
        widget=product.settings.widget,
        names=names_of(host),
        at_once=at_once,
    )
    say(f"Footnote answers at http://{host}:{port} (API: /openapi.json). Ctrl-C stops it.")
    stopping = asyncio.Event()
    config = uvicorn.Config(
        left_when_stopping(app, stopping),
        host=host,
        port=port,
        log_level="warning",
        log_config=None,  # its lines go where the product's go, and are made harmless there
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, stopping)
    with contextlib.suppress(KeyboardInterrupt):  # how a server that was stopped by Ctrl-C says so
        server.run()
    evaluations.close()
    if not server.started:
        raise typer.Exit(STARTUP_FAILED)


def names_of(host: str) -> list[str]:
    """Return the names that this server is reached by: the host it listens on, and those of ``FOOTNOTE_HOSTS``."""
    named = os.environ.get(NAMES_VARIABLE, "").split(",")
    listening = "" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return list(dict.fromkeys(name for name in (listening, *(each.strip() for each in named)) if name))


class _Server(uvicorn.Server):
    """A server that says when it is being stopped."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping.set()  # heard at the next tick of the server's loop
        super().handle_exit(sig, frame)


def left_when_stopping(app: ASGIApp, stopping: asyncio.Event) -> ASGIApp:
    """Return the app, with each open page counted as gone once the server is stopping.

    A page listens for its server's heart as long as it is open; a server that
    waits for that would wait for the person to close it.
    """

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        listens = scope["type"] == "http" and "/heartbeat/" in scope["path"]
        await app(scope, partial(_received, receive, stopping) if listens else receive, send)

    return served


async def _received(receive: Receive, stopping: asyncio.Event) -> Message:
    heard, stopped = asyncio.ensure_future(receive()), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({heard, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return heard.result() if heard.done() else {"type": "http.disconnect"}
    finally:
        heard.cancel()
        stopped.cancel()


def require_free(host: str, port: int) -> None:
    """Fail early, before a model is loaded, when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or error
            raise ConfigurationError(
                f"cannot listen on {host}:{port} ({reason}); choose another with --port or --host"
            ) from error
