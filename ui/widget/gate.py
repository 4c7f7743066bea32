"""What stands before every widget route: the site key, the origin, and how large a request is.

Plain ASGI, by path, so that a route that is added later is guarded too, and so
are errors, unknown paths and wrong methods. CORS is answered here and nowhere
else: an origin is named only where a key is for it, and credentials never are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import FootnoteError
from ui.app.errors import OriginError, SiteKeyError
from ui.http.permission import loopback_host
from ui.http.problems import problem_of
from ui.http.security import defect, problem, read_body, replayed
from ui.widget.site_keys import SiteKey, SiteKeys, require_origin

PREFIX = "/v1/widget/"
KEY_HEADER = "X-Site-Key"
SESSION_HEADER = "X-Session-Id"
MAX_BYTES = 64 * 1024
DEMO = SiteKey("pk_demo", "Demonstration", (), None, False, datetime(2026, 1, 1, tzinfo=UTC))
"""The key of the server's own demonstration page: good on this machine only, for pages of the server itself."""
MAKE_KEY = "footnote widget key add --origin ORIGIN"

_CALLER = "footnote.caller"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "content-type, x-site-key, x-session-id",
    "Access-Control-Max-Age": "600",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the key, which has been checked, the page's origin if the browser told it, and the address."""

    site_key: SiteKey
    origin: str | None
    address: str


async def caller_of(request: Request) -> Caller:
    """Return whom the gate let in; a route that the gate does not guard fails here."""
    caller: Caller = request.scope[_CALLER]
    return caller


class WidgetGate:
    """Lets through what a site key allows; ``is_local``: the server listens on a loopback address."""

    def __init__(self, app: ASGIApp, keys: SiteKeys, *, is_local: bool) -> None:
        self.app = app
        self._keys = keys
        self._is_local = is_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            if scope["method"] == "OPTIONS":
                response = self._preflight(headers)
                await response(scope, receive, send)
                return
            caller = self._caller(headers, scope)
        except FootnoteError as error:
            await problem_of(error, instance=scope["path"])(scope, receive, send)
            return
        await self._served(caller, scope, receive, _readable_by(caller.origin, send))

    async def _served(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        body = await read_body(receive, MAX_BYTES)
        if body is None:
            return
        if len(body) > MAX_BYTES:
            detail = f"The request has more than {MAX_BYTES:,} bytes; ask a shorter question."
            await problem(413, detail, instance=path)(scope, receive, send)
            return
        scope[_CALLER] = caller
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, replayed(body, receive), send_noting)
        except Exception:
            if started:
                raise
            await defect(path)(scope, receive, send)  # here, so that the page can read that it failed

    def _preflight(self, headers: Headers) -> Response:
        """Answer what a browser asks first: it tells no key, so any key that is for the origin counts."""
        origin = _origin(headers)
        require_origin(origin, sorted(self._keys.origins()))
        return Response(status_code=204, headers={**_PREFLIGHT, **_cors(origin or "")})

    def _caller(self, headers: Headers, scope: Scope) -> Caller:
        key, origin = headers.get(KEY_HEADER, ""), _origin(headers)
        is_own = headers.get("sec-fetch-site") == "same-origin"
        if key == DEMO.key:
            site_key = self._demo(headers, origin, is_own=is_own)
        else:
            site_key = self._keys.check(key, origin, same_origin=is_own)
        client = scope.get("client")
        return Caller(site_key, origin, client[0] if client else "")

    def _demo(self, headers: Headers, origin: str | None, *, is_own: bool) -> SiteKey:
        host = loopback_host(headers)
        if not self._is_local or host is None:
            raise SiteKeyError(f"the site key {DEMO.key} is for the server's own machine; make one with: {MAKE_KEY}")
        if origin != f"http://{host}" and not (origin is None and is_own):
            raise OriginError(f"the site key {DEMO.key} is for the server's own pages; make one with: {MAKE_KEY}")
        return DEMO


def _origin(headers: Headers) -> str | None:
    """Return the origin that a request tells, None where it tells none; of several none is believed."""
    told = headers.getlist("origin")
    return told[0] if len(told) == 1 else "null" if told else None


def _cors(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _readable_by(origin: str | None, send: Send) -> Callable[[Message], Awaitable[None]]:
    """Return a ``send`` whose responses a page of the origin can read, errors too, and no cache gives to another."""

    async def send_readable(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "origin" not in headers.get("vary", "").lower():
                headers.add_vary_header("Origin")
            if origin is not None:
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = "Retry-After"
        await send(message)

    return send_readable
