"""The names that this server is reached by: which ``Host`` is meant for it, and which ``Origin`` is its own page.

A page elsewhere can have its own name lead to this machine (DNS rebinding); its
browser then takes what the server says for the page's own. The name in ``Host``
is still the page's, and that gives it away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from index.errors import ConfigurationError

USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class HostNames:
    """The names of one server: this machine's for itself, and those ``named``, each as ``name`` or ``name:port``.

    ``is_local``: it listens on a loopback address, and no other name is good.
    Elsewhere numeric addresses, names of one word and those in ``.local`` are good too:
    nobody outside the network can have them lead to it.
    """

    named: Sequence[str] = ()
    is_local: bool = False

    def know(self, host: str) -> bool:
        """Tell whether a ``Host`` header names this server."""
        parsed = parse_host(host)
        if parsed is None:
            return False
        name, port = parsed
        return is_loopback(name) or self._is_named(name, port) or not (self.is_local or _may_be_anybodys(name))

    def own(self, origin: str, host: str) -> bool:
        """Tell whether an ``Origin`` is that of this server's own pages, to a request with this ``Host``.

        A name that was given stands for its usual ports: behind a proxy, which may write another ``Host``.
        """
        scheme, separator, authority = origin.lower().partition("://")
        parsed, asked = parse_host(authority), parse_host(host)
        if not separator or scheme not in USUAL_PORTS or parsed is None or asked is None:
            return False
        name, port = parsed
        usual = USUAL_PORTS[scheme]
        if (name, port or usual) == (asked[0], asked[1] or usual):
            return True
        return self._is_named(name, port) and (port in (None, usual) or f"{_written(name)}:{port}" in self._lowered())

    def _is_named(self, name: str, port: int | None) -> bool:
        written = _written(name)
        ports = USUAL_PORTS.values() if port is None else (port,)
        return not self._lowered().isdisjoint({written, *(f"{written}:{each}" for each in ports)})

    def _lowered(self) -> set[str]:
        return {name.lower() for name in self.named}


def parse_host(host: str) -> tuple[str, int | None] | None:
    """Return the name, in lower case and without brackets, and the port of a ``Host``; None for what is none."""
    try:
        parts = urlsplit(f"//{host}")
        if parts.netloc != host or "@" in host or not parts.hostname:
            return None
        return parts.hostname, parts.port
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Tell whether a name or numeric address is one of this machine for itself, without looking it up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def checked_name(text: str) -> str:
    """Return a name that the server is to be known by.

    Raises:
        ConfigurationError: it is none: an address with ``https://``, a path, a wildcard.
    """
    parsed = parse_host(text)
    if parsed is None or not all(c.isalnum() or c in "-._:" for c in parsed[0]):
        raise ConfigurationError(
            f"{text!r} is no name of a host; give it as answers.example.org or answers.example.org:8443"
        )
    return text.lower()


def _may_be_anybodys(name: str) -> bool:
    """Tell whether a stranger could own a name and have it lead here."""
    try:
        ip_address(name)
    except ValueError:
        return "." in name.rstrip(".") and not name.endswith(".local")
    return False


def _written(name: str) -> str:
    return f"[{name}]" if ":" in name else name
