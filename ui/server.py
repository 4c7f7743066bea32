"""Start the server: one process, one port, chat and API."""

from __future__ import annotations

import asyncio
import errno
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
from ui.compose import open_history, open_served, open_site_keys
from ui.evaluating import open_evaluations
from ui.permission import TOKEN_VARIABLE, Writers, is_loopback

NAMES_VARIABLE = "FOOTNOTE_HOSTS"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # addresses to listen on that are nobody's name
STARTED_BY_VARIABLE = "FOOTNOTE_STARTED_BY"  # "make", set by the Makefile
STARTUP_FAILED = 3  # as uvicorn's own command has it
GRACE_SECONDS = 3  # for replies that are being made when the server is stopped


def run_server(library: Path | None, *, host: str, port: int) -> None:
    """Serve a library until interrupted; the address is printed once the server answers.

    A named folder that holds no library gets an empty one, to be added to; where none is named it is one's own, and
    the example article is asked until it holds something.

    Raises:
        ConfigurationError: the address cannot be listened on.
    """
    require_free(host, port)
    product = open_served(library)
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
    typer.echo(f"Footnote answers at http://{host}:{port} (API: /openapi.json). Ctrl-C stops it.")
    stopping = asyncio.Event()
    config = uvicorn.Config(
        left_when_stopping(app, stopping),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, stopping)
    try:
        server.run()  # stopped by Ctrl-C it ends in KeyboardInterrupt, once its replies are done
    finally:
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
    error = _why_not(host, port)
    if error is None:
        return
    advice = "choose another with --port or --host"
    if error.errno in (errno.EADDRINUSE, errno.EACCES):  # a port of this machine, and not a wrong host
        advice = f"choose another port: {_command_for(_free_port(host, port))}"
    if error.errno == errno.EADDRINUSE:
        advice = f"perhaps Footnote runs there already; {advice}"
    raise ConfigurationError(f"cannot listen on {host}:{port} ({error.strerror or error}); {advice}") from error


def _why_not(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _free_port(host: str, taken: int) -> int:
    """Return the first free port behind one that cannot be had, or behind 1024, below which few may listen."""
    first = max(taken, 1024) + 1
    return next((port for port in range(first, min(first + 100, 65536)) if _why_not(host, port) is None), 8000)


def _command_for(port: int) -> str:
    """Return what starts the server on another port, as it was started this time."""
    if os.environ.get(STARTED_BY_VARIABLE) == "make":
        return f"make serve PORT={port}"
    return f"footnote serve --port {port}"
