"""Start the server: one process, one port, chat and API."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

import typer
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import ConfigurationError, StorageError
from ui.app.terminal import say
from ui.app.wiring import Served, open_history, open_served
from ui.evaluate.evaluate_file import open_evaluations
from ui.http.access_log import AccessLog, FewAlike
from ui.http.admission import MOST_AT_ONCE, MOST_AT_ONCE_WORDED, RETRY_AFTER_S, AdmissionQueue
from ui.http.host_names import checked_name, is_loopback
from ui.http.permission import READ_TOKEN_VARIABLE, TOKEN_VARIABLE, Readers, Writers, readers_of
from ui.http.security import problem
from ui.server.app import create_app
from ui.server.connections import LimitedConnection
from ui.server.pacing import OneATurn
from ui.server.sign_in import PATH as SIGN_IN
from ui.widget.articles import closed_in_words
from ui.widget.site_keys import SiteKeys

logger = logging.getLogger(__name__)

NAMES_VARIABLE = "FOOTNOTE_HOSTS"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # addresses to listen on that are nobody's name
STARTED_BY_VARIABLE = "FOOTNOTE_STARTED_BY"  # "make", set by the Makefile
SHOWN_ORIGINS = 10
STARTUP_FAILED = 3  # as uvicorn's own command has it
SWITCH_S = 0.001  # a fifth of Python's own: while many threads work, the loop that answers health waits for each
GRACE_SECONDS = 8  # for replies that are being made when the server is stopped; Docker kills after ten


@dataclass(frozen=True, slots=True)
class Openness:
    """Who may read, as it was said at the start: see `readers_of`; and ``allow_hosts``, the names it is known by."""

    read_token_env: str | None = None
    is_public: bool = False
    allow_hosts: tuple[str, ...] = ()


def run_server(
    library: Path | None,
    *,
    host: str,
    port: int,
    openness: Openness = Openness(),
    access_log: Path | None = None,
) -> None:
    """Serve a library until interrupted; the address, and who may do what, is printed once the server answers.

    A named folder that holds no library gets an empty one, to be added to; where none is named it is one's own, and
    the example article is asked until it holds something.

    Raises:
        ConfigurationError: the address cannot be listened on, or it was not said who may read.
    """
    writers = Writers(token=os.environ.get(TOKEN_VARIABLE) or None, is_local=is_loopback(host))
    readers, names = _readers(openness, writers, host), names_of(host, port, openness.allow_hosts)
    require_free(host, port)
    log = None if access_log is None else AccessLog.open(access_log)
    product = open_served(library)
    product.assistant.warm_up()  # the first question should not wait for the model
    if product.adding is not None:  # nor the first article, where there is nothing to ask yet
        product.adding.warm_up()
    turns = AdmissionQueue(MOST_AT_ONCE_WORDED if product.settings.llm.is_on else MOST_AT_ONCE)
    evaluations, keys = open_evaluations(product), open_site_keys(product)
    app = create_app(
        product,
        open_history(product.library, product.settings.keeping),
        writers=writers,
        readers=readers,
        keys=keys,
        evaluations=evaluations,
        widget=product.settings.widget,
        keeping=product.settings.keeping,
        names=names,
        turns=turns,
        log=log,
    )
    address = f"http://{_written(host)}:{port}"
    say(f"Footnote answers at {address} (API: /openapi.json). Ctrl-C stops it.")
    for line in (*who_may(address, readers, writers), *whose_pages_may(sorted(keys.origins()))):
        say(line)
    for handler in logging.getLogger().handlers:
        handler.addFilter(FewAlike())
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()  # else a look through all that was imported holds every thread for a sixth of a second
    server = StoppedServer(server_config(app, turns.stopping, host=host, port=port), turns.stopping)
    try:
        server.run()  # stopped by Ctrl-C it ends in KeyboardInterrupt, once its replies are done
    finally:
        evaluations.close()
    if not server.started:
        raise typer.Exit(STARTUP_FAILED)


def server_config(app: ASGIApp, stopping: asyncio.Event, *, host: str, port: int) -> uvicorn.Config:
    """Return how an application is served: its connections limited, and what they wait for ended by ``stopping``."""
    return uvicorn.Config(
        busy_when_stopped(left_when_stopping(OneATurn(app), stopping), stopping),
        host=host,
        port=port,
        http=LimitedConnection,
        ws="none",
        log_config=None,  # what it logs goes where ours does
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def names_of(host: str, port: int, allow_hosts: tuple[str, ...] = ()) -> list[str]:
    """Return the names that this server is reached by, besides the machine's own for itself.

    They are those of ``--allow-host`` and ``FOOTNOTE_HOSTS``, and at its port the host it listens on and the
    machine's name.

    Raises:
        ConfigurationError: one of them is no name.
    """
    named = [each.strip() for each in (*allow_hosts, *os.environ.get(NAMES_VARIABLE, "").split(","))]
    listening = [] if is_loopback(host) else [socket.gethostname()] if host in EVERYWHERE else [_written(host)]
    return list(dict.fromkeys([*(checked_name(name) for name in named if name), *(f"{n}:{port}" for n in listening)]))


def who_may(address: str, readers: Readers, writers: Writers) -> list[str]:
    """Say who may do what, for whoever starts the server; no token is told."""
    if readers.token is not None:
        reading = (
            f"Reading and asking: whoever has the read token. In a browser at {address}{SIGN_IN}, or by a link that "
            f"ends in {SIGN_IN}#token= and the token; programs send Authorization: Bearer."
        )
    elif writers.is_local:
        reading = "Reading and asking: this machine only."
    else:
        reading = "Reading and asking: EVERYBODY who can reach this machine, all articles, without a token."
    if writers.token is not None:
        changing = f"Changing the library: whoever has the token of {TOKEN_VARIABLE}."
    elif writers.is_local:
        changing = "Changing the library: this machine only."
    else:
        changing = f"Changing the library: nobody over HTTP, as {TOKEN_VARIABLE} is not set."
    if writers.is_local and readers.token is None and writers.token is None:
        return ["Reading, asking and changing the library: this machine only."]
    lines = [reading, changing, "Widgets: the pages of each site key, the articles that it is for."]
    if not writers.is_local:
        lines.append("What is sent here is not encrypted: for tokens over a network, put a proxy with TLS in front.")
    return lines


def whose_pages_may(origins: Sequence[str]) -> list[str]:
    """Name the sites that site keys are for: the keys lie in the library, which may have come from somebody else."""
    if not origins:
        return []
    more = f" and {len(origins) - SHOWN_ORIGINS:,} more" if len(origins) > SHOWN_ORIGINS else ""
    named = f"{', '.join(origins[:SHOWN_ORIGINS])}{more}"
    return [f"Asking by widget, and showing the chat in a frame: pages of {named} (footnote widget key list)."]


class StoppedServer(uvicorn.Server):
    """A server that says when it is being stopped."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        self._stopping.set()  # heard at the next tick of the server's loop
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; who presses Ctrl-C twice waits for no reply, but the app is still told.

        Else its lifespan is cancelled in the middle, and logs that as a traceback.
        """
        await super().shutdown(sockets)
        if self.force_exit:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.lifespan.shutdown(), GRACE_SECONDS)


def busy_when_stopped(app: ASGIApp, stopping: asyncio.Event) -> ASGIApp:
    """Return the app, which tells whom the stopping server answers no more to come again, and not that it failed.

    The server cancels what is not done in time; once a response has begun, it can only end.
    """

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await app(scope, receive, send_noted)
        except asyncio.CancelledError:
            if scope["type"] != "http" or started or not stopping.is_set():
                raise
            detail = f"The server is being stopped; ask again in {RETRY_AFTER_S} seconds."
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            await problem(503, detail, instance=scope["path"], headers=headers)(scope, receive, send)

    return served


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


def _readers(openness: Openness, writers: Writers, host: str) -> Readers:
    variable = openness.read_token_env or READ_TOKEN_VARIABLE
    token = os.environ.get(variable) or None
    if token is None and openness.read_token_env is not None:
        raise ConfigurationError(f"--read-token-env names {variable}, which is not set or empty; set it to a token")
    return readers_of(token, writers, is_public=openness.is_public, host=host, variable=variable)


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def open_site_keys(product: Served) -> SiteKeys:
    """Open the site keys of a library; the seed library takes none, and where none can be counted nobody may ask."""
    if product.adding is None:
        return SiteKeys.in_memory()
    try:
        keys = SiteKeys.open(product.library.folder)
        for each in keys.list():
            if each.was_open and each.revoked is None:
                logger.warning("%s", closed_in_words(each))
        return keys
    except StorageError as error:
        logger.warning("no page elsewhere may ask until the server starts again: %s", error)
        return SiteKeys.in_memory()
