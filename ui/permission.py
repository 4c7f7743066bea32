"""Who may change the library over HTTP: whoever has the token, or else a person at this machine."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

TOKEN_VARIABLE = "FOOTNOTE_ADMIN_TOKEN"  # noqa: S105  # its name
REQUEST_HEADER = "X-Footnote-Request"  # a page of another site cannot send it: it would have to ask us first
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

    def refusal(self, headers: Headers) -> str | None:
        """Return why a request may not change anything and what to do, or None where it may."""
        if self.token:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            is_right = hmac.compare_digest(given.strip().encode(), self.token.encode())
            return None if scheme.lower() == "bearer" and is_right else _WITH_TOKEN
        host = loopback_host(headers)
        if not self.is_local or host is None:
            return _NO_TOKEN
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
            return "The request comes from a page of another site, which may not change the library."
        return None if headers.get(REQUEST_HEADER) == "1" else _NO_HEADER


NOBODY = Writers()
_WITH_TOKEN = f"Changing the library takes the header Authorization: Bearer, with the token set in {TOKEN_VARIABLE}."
_NO_TOKEN = (
    f"The library is changed from the server's own machine only; for others, start the server with {TOKEN_VARIABLE} "
    "set, and send Authorization: Bearer with its value."
)
_NO_HEADER = f"Changing the library without a token takes the header {REQUEST_HEADER}: 1."


def loopback_host(headers: Headers) -> str | None:
    """Return the ``Host`` of a request if it names this machine for itself, and no proxy says that it is between."""
    host = headers.get("host", "")
    if any(name in headers for name in _SENT_BY_PROXIES) or not is_loopback(_name_of(host)):
        return None
    return host


def is_loopback(host: str) -> bool:
    """Tell whether a name or numeric address is one of this machine for itself, without looking it up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _name_of(host: str) -> str:
    """Return the name in a Host header, without port and brackets; an empty one for what is none."""
    try:
        parts = urlsplit(f"//{host}")
        return (parts.hostname or "") if parts.netloc == host and "@" not in host else ""
    except ValueError:
        return ""
