"""Who may change the library over HTTP, and who may read it: whoever has the token, or a person at this machine."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from index.errors import ConfigurationError
from ui.http.attempts import Attempts
from ui.http.host_names import is_loopback, parse_host

TOKEN_VARIABLE = "FOOTNOTE_ADMIN_TOKEN"  # noqa: S105  # its name
READ_TOKEN_VARIABLE = "FOOTNOTE_READ_TOKEN"  # noqa: S105  # its name
SHORTEST_TOKEN = 16  # letters; what is guessed one a second for years
REQUEST_HEADER = "X-Footnote-Request"  # a page of another site cannot send it: it would have to ask us first
WHO_MAY: dict[str, Any] = {
    "security": [{"adminToken": []}, {}],
    "parameters": [
        {
            "name": REQUEST_HEADER,
            "in": "header",
            "schema": {"type": "string"},
            "description": "1 takes the place of the token where the server has none and listens on a loopback"
            " address; elsewhere it is not read.",
        }
    ],
}
_SENT_BY_PROXIES = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Writers:
    """Those whose requests may change the library; by default nobody.

    ``token``: where there is one, it alone counts. ``is_local``: the server
    listens on a loopback address; without a token, requests from a page of its own or from a
    program of this machine are then good.
    """

    token: str | None = None
    is_local: bool = False
    attempts: Attempts = field(default_factory=Attempts, compare=False)

    def require(self, request: Request) -> None:
        """Let a request pass that may change something; before its body is read.

        Raises:
            HTTPException: it may not; the detail says why and what to do.
            QuotaError: too many wrong tokens came from its address.
        """
        refusal = self.refusal(request.headers, address_of(request))
        if refusal is not None:
            raise HTTPException(403, refusal)

    def refusal(self, headers: Headers, address: str = "") -> str | None:
        """Return why a request may not change anything and what to do, or None where it may.

        Raises:
            QuotaError: too many wrong tokens came from the address.
        """
        if self.token:
            given = bearer_of(headers)
            return None if given and self.attempts.check(given, (self.token,), address) else _WITH_TOKEN
        host = loopback_host(headers)
        if not self.is_local or host is None:
            return _NO_TOKEN
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
            return "The request comes from a page of another site, which may not change the library."
        return None if headers.get(REQUEST_HEADER) == "1" else _NO_HEADER


@dataclass(frozen=True, slots=True)
class Readers:
    """Those who may read and ask: everybody, or whoever has the ``token``.

    A browser that has given it once keeps ``session`` in its place, which is
    made up anew by each start of the server: nobody can guess it, nor learn the token from it.
    """

    token: str | None = None
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), compare=False, repr=False)

    def knows(self, session: str) -> bool:
        """Tell whether a browser has given the token, by what it was given for it."""
        return hmac.compare_digest(session.encode("utf-8", "surrogateescape"), self.session.encode())


NOBODY = Writers()
EVERYBODY = Readers()
_WITH_TOKEN = f"Changing the library takes the header Authorization: Bearer, with the token set in {TOKEN_VARIABLE}."
_NO_TOKEN = (
    f"The library is changed from the server's own machine only; for others, start the server with {TOKEN_VARIABLE} "
    "set, and send Authorization: Bearer with its value."
)
_NO_HEADER = f"Changing the library without a token takes the header {REQUEST_HEADER}: 1."


def readers_of(token: str | None, writers: Writers, *, is_public: bool, host: str, variable: str) -> Readers:
    """Return who may read a server that listens on ``host``; ``variable`` is where the token was looked for.

    Raises:
        ConfigurationError: everybody could, and that was not said to be meant; or the token is none to go by.
    """
    if token is None:
        if not writers.is_local and not is_public:
            raise ConfigurationError(
                f"listening on {host} would let everybody who can reach this machine read all articles and ask: set a "
                f"read token in {variable}, or say --public if that is meant"
            )
        return Readers()
    if is_public:
        raise ConfigurationError(f"--public and the read token in {variable} exclude each other; leave out one")
    if len(token) < SHORTEST_TOKEN or not (token.isascii() and token.isprintable()) or " " in token:
        raise ConfigurationError(
            f"the read token in {variable} must be {SHORTEST_TOKEN} or more letters, digits and signs of ASCII without "
            "a space; make one with: openssl rand -hex 16"
        )
    if token == writers.token:
        raise ConfigurationError(
            f"the read token in {variable} is that of {TOKEN_VARIABLE}, so that all who read could change the library; "
            "choose another"
        )
    return Readers(token)


def bearer_of(headers: Headers) -> str | None:
    """Return the token that a request brings as ``Authorization: Bearer``, if it brings one."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() or None if scheme.lower() == "bearer" else None


def address_of(request: Request) -> str:
    """Return the address that a request comes from, an empty one where that is not known."""
    return request.client.host if request.client else ""


def loopback_host(headers: Headers) -> str | None:
    """Return the ``Host`` of a request if it names this machine for itself, and no proxy says that it is between."""
    host = headers.get("host", "")
    parsed = parse_host(host)
    if any(name in headers for name in _SENT_BY_PROXIES) or parsed is None or not is_loopback(parsed[0]):
        return None
    return host
