"""What stands before every route: the name that the server is asked by, the page that asks, and the read token.

Plain ASGI, by path, so that a route that is added later is guarded too, and so
are Gradio's, errors, unknown paths and WebSockets. What widgets use keeps to
`ui.widget.gate`, but for the name.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.errors import QuotaError
from ui.http.host_names import HostNames
from ui.http.permission import READ_TOKEN_VARIABLE, Readers, Writers, bearer_of
from ui.http.problems import problem_of
from ui.http.security import problem
from ui.server import sign_in
from ui.widget import gate

WIDGETS = (gate.PREFIX, "/widget/v1/")
"""What pages elsewhere use: by site key, and files that are the same for all."""
OPEN = ("/healthz", sign_in.PATH)
"""What tells nothing of the library: good without the token."""
ELSEWHERE = ("cross-site", "same-site")
"""What browsers say of a page elsewhere, also where they send no ``Origin``: as for an image, which could not be read,
but kept waiting. Whoever follows a link navigates."""
SHOWN_CHARACTERS = 100
POLICY_VIOLATION = 1008  # as RFC 6455 calls it

_WITH_TOKEN = f"Reading and asking takes the header Authorization: Bearer, with the token set in {READ_TOKEN_VARIABLE}."


class FrontGate:
    """Lets through who asks by a name of the server, from no page elsewhere, with the token where it takes one."""

    def __init__(self, app: ASGIApp, names: HostNames, readers: Readers, writers: Writers) -> None:
        self.app = app
        self._names = names
        self._readers = readers
        self._tokens = tuple(token for token in (readers.token, writers.token) if token)
        self._attempts = writers.attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        path, host = scope["path"], headers.get("host", "")
        if not self._names.know(host):
            shown = host[:SHOWN_CHARACTERS]
            detail = f"This server is not known as {shown!r}; if it is to be, start it with --allow-host and that name."
            return problem(421, detail, instance=path)
        if path.startswith(WIDGETS):
            return None
        if not all(self._names.own(origin, host) for origin in headers.getlist("origin")):
            detail = (
                "The request comes from a page of another site; those ask with the widget. If it is a page of this "
                "server behind a proxy, start it with --allow-host and the name that the page has."
            )
            return problem(403, detail, instance=path)
        if headers.get("sec-fetch-site") in ELSEWHERE and headers.get("sec-fetch-mode") != "navigate":
            return problem(
                403, "The request comes from a page of another site, which may not load this.", instance=path
            )
        return None if path in OPEN else self._for_want_of_the_token(scope, headers)

    def _for_want_of_the_token(self, scope: Scope, headers: Headers) -> Response | None:
        if self._readers.token is None or sign_in.has_signed_in(headers.get("cookie", ""), self._readers):
            return None
        given, client, path = bearer_of(headers), scope.get("client"), scope["path"]
        try:
            if given and self._attempts.check(given, self._tokens, client[0] if client else ""):
                return None
        except QuotaError as error:
            return problem_of(error, instance=path)
        if not given and scope.get("method") in ("GET", "HEAD") and "text/html" in headers.get("accept", ""):
            return sign_in.way_to_sign_in(path, scope["query_string"].decode("latin-1"))
        return problem(401, _WITH_TOKEN, instance=path, headers={"WWW-Authenticate": "Bearer"})
