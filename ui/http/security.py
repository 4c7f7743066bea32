"""What guards every request: its size, the headers of its response, and which of Gradio's routes exist.

Plain ASGI, so that it holds for the API and for the mounted page alike.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.http.json_bodies import MAX_DEPTH, brings_file, is_too_deep

MAX_REQUEST_BYTES = 1024 * 1024  # a question with 50 turns of 4,000 characters, four bytes each, and room to spare
MAX_UPLOAD_BYTES = 100_000_000
LARGE_REQUESTS = {("POST", "/v1/articles"): MAX_UPLOAD_BYTES, ("POST", "/v1/evaluations"): MAX_UPLOAD_BYTES}

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""Of what is no page, or is one by mistake: nothing of it is loaded, run or sent. Pages have policies of their own."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",  # a page elsewhere cannot embed it as an image or a script
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""What each response carries, but for what its route has set otherwise."""

CHAT_PATHS = re.compile(
    r"/(?:|config|theme\.css|robots\.txt|favicon\.ico|(?:assets|static)/.*"
    r"|gradio_api/(?:queue/(?:join|data)|startup-events|app_id|heartbeat/\w+|cancel|reset))/?"
)
"""What the page itself asks for. Not among them: uploads, files, the proxy and the open endpoints."""

CHAT_QUEUE = "/gradio_api/queue/join"
logger = logging.getLogger(__name__)


OPENAI_PATHS = ("/v1/chat/completions", "/v1/models")
"""Whose errors are read by clients of OpenAI's API, too."""


def problem(status: int, detail: str, *, instance: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error as a response."""
    return _response(problem_document(status, detail, instance=instance), headers)


def defect(instance: str) -> JSONResponse:
    """Log the exception being handled; return a response that tells no more than where in the log it is."""
    return _response(defect_document(instance))


def problem_document(status: int, detail: str, *, instance: str) -> dict[str, Any]:
    """Return an error as an RFC 9457 problem document.

    For a client of OpenAI's API the member ``error`` says it once more, in that
    API's words: the RFC lets a document have members of its own.
    """
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
    }
    if instance.startswith(OPENAI_PATHS):
        kind = "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
        document["error"] = {"message": detail, "type": kind, "param": None, "code": _code(status)}
    return document


def _code(status: int) -> str:
    """Return the name of a status as a machine reads it: ``not_found``."""
    return HTTPStatus(status).name.lower()


def defect_document(instance: str) -> dict[str, Any]:
    """Log the exception being handled; return a problem that tells no more than where in the log it is."""
    log_id = uuid.uuid4().hex[:8]
    logger.exception("defect %s at %s", log_id, instance)
    return problem_document(500, f"Something went wrong here. The log has more under {log_id}.", instance=instance)


def _response(document: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(document, document["status"], headers, media_type="application/problem+json")


class SecureResponses:
    """Adds the security headers to each response, and answers where the application failed to."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = has_left = False

        async def receive_noted() -> Message:
            nonlocal has_left
            message = await receive()
            has_left = has_left or message["type"] == "http.disconnect"
            return message

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive_noted, send_with_headers)
        except Exception:
            if has_left and not started:  # what it failed at was that nobody is there
                logger.debug("a client left before it was answered", exc_info=True)
                return
            if started or scope["type"] != "http":
                raise
            await defect(scope["path"])(scope, receive, send_with_headers)


class RequestTooLargeError(OSError):
    """A body is larger than its route reads; an OSError, so that Starlette closes the files it has begun."""


class SmallRequests:
    """Refuses a request whose body is larger than ``MAX_REQUEST_BYTES``, counted, not as declared, or JSON too deep.

    Also what brings a file to the chat, which has none.

    The routes of ``LARGE_REQUESTS`` read theirs themselves, as it comes, and
    get a `RequestTooLargeError` when it is more than theirs may be.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        large = LARGE_REQUESTS.get((scope["method"], scope["path"]))
        if large is not None:
            await self.app(scope, _counted(receive, large), send)
            return
        body = await read_body(receive, MAX_REQUEST_BYTES)
        if body is None:
            return
        if len(body) > MAX_REQUEST_BYTES:
            detail = f"The request has more than {MAX_REQUEST_BYTES:,} bytes; ask a shorter question."
            await problem(413, detail, instance=scope["path"])(scope, receive, send)
        elif is_too_deep(body):
            detail = f"The request's JSON is nested more than {MAX_DEPTH} deep."
            await problem(422, detail, instance=scope["path"])(scope, receive, send)
        elif scope["path"].startswith(CHAT_QUEUE) and brings_file(body):
            await problem(422, "The chat takes no files; send them to /v1/articles.", instance=scope["path"])(
                scope, receive, send
            )
        else:
            await self.app(scope, replayed(body, receive), send)


async def read_body(receive: Receive, most: int) -> bytes | None:
    """Return the body of a request, or its beginning if it is longer than ``most``; None where the client has gone."""
    body = bytearray()
    more = True
    while more and len(body) <= most:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then what comes after it."""
    unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return unread.pop() if unread else await receive()

    return receive_again


def _counted(receive: Receive, most: int) -> Receive:
    received = 0

    async def receive_counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise RequestTooLargeError(f"The request has more than {most:,} bytes; send its files in parts.")
        return message

    return receive_counted


class ChatPaths:
    """Lets through what one of ``routes`` serves, and of Gradio only what the page needs.

    Gradio is mounted at the root and would take every path that no other route
    takes, a known path with the wrong method included. ``routes`` may grow
    while the application is put together.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        own = [route for route in self.routes if not (isinstance(route, Mount) and route.path == "")]
        matches = [(route.matches(scope)[0], route) for route in own]
        served = {
            m for match, route in matches if match is Match.PARTIAL for m in getattr(route, "methods", None) or ()
        }
        if any(match is Match.FULL for match, _ in matches) or CHAT_PATHS.fullmatch(path):
            await self.app(scope, receive, send)
        elif served:
            allowed = {"Allow": ", ".join(sorted(served))}
            detail = f"{scope['method']} is not served here."
            await problem(405, detail, instance=path, headers=allowed)(scope, receive, send)
        else:
            await problem(404, f"There is nothing at {path}.", instance=path)(scope, receive, send)
