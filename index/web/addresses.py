"""Web addresses: which one is meant, and which machines may be asked for it.

Pure values: nothing is looked up or fetched here. An address is taken apart
once, and what was checked is what is connected to; no other parser ever sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from index.config import FetchingConfig
from index.errors import SourceError

PORTS = (80, 443, 8080, 8443)
_DEFAULT_PORT = {"http": 80, "https": 443}
_ANY_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|file:", re.IGNORECASE)
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.-])?")
_FORBIDDEN = re.compile('[\\s\\\\<>"\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_KEPT = "/:@!$&'()*+,;=~%-._?[]"  # in a path and its query; what else there is becomes %XX
_MAX_CHARACTERS = 4_000
_SHOWN_CHARACTERS = 200

# Not for us to reach, though Python calls some of them global in some of its versions.
_NEVER = tuple(
    ip_network(network)
    for network in (
        "100.64.0.0/10",  # shared by a provider's customers
        "168.63.129.16/32",  # Azure's own service, seen from its machines only
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata service
        "192.88.99.0/24",  # the way into 6to4
        "2001::/23",  # Teredo and other tunnels, whose ends nobody can know
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_HOLDS_IPV4 = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"))  # mapped; NAT64
_GLOBAL_UNICAST = ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address in its parts: the host in ASCII and lower case, the target percent-encoded."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def authority(self) -> str:
        """The host as a URL and a ``Host`` header have it: with its port, unless that goes without saying."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORT[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """What browsers send as ``Origin`` from a page of this address."""
        return f"{self.scheme}://{self.authority}"

    @property
    def path(self) -> str:
        """The target without its query, still encoded."""
        return self.target.partition("?")[0]

    def joined(self, location: str) -> WebAddress:
        """Return where a redirect from here leads; errors as for `parse_address`."""
        try:
            return parse_address(urljoin(str(self), location.strip()))
        except ValueError as error:
            raise address_error(str(self), "leads to what is no address", "check the address") from error


def is_address(source: str) -> bool:
    """Tell an address from a path; ``file:`` is one too, and is refused as such."""
    return _ANY_ADDRESS.match(source.strip()) is not None


def parse_address(url: str) -> WebAddress:
    """Take an address apart; a fragment, which names a place within the page, is left out.

    Raises:
        SourceError: it is no address of the web, or holds a user name or password.
    """
    text = url.strip()
    if len(text) > _MAX_CHARACTERS or _FORBIDDEN.search(text):
        raise address_error(url, "is not a web address", "give it as a browser shows it, as https://example.org/page")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise address_error(url, "is not a web address", "check its host and port") from error
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        if not scheme:
            raise address_error(url, "is no address of the web", "begin it with https:// or http://")
        raise address_error(url, f"is of the kind {scheme!r}, and only http and https are fetched", "give its file")
    if "@" in parts.netloc:
        hidden = f"{scheme}://…@{parts.netloc.rpartition('@')[2]}"
        raise address_error(hidden, "holds a user name or password", "leave it out, or save the page and give its file")
    host = _host(parts, url)
    if port == 0:
        raise address_error(url, "is not a web address", "check its host and port")
    target = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return WebAddress("https" if scheme == "https" else "http", host, port or _DEFAULT_PORT[scheme], target)


def _host(parts: SplitResult, url: str) -> str:
    host = (parts.hostname or "").lower()
    try:
        if ":" in host:
            address = IPv6Address(host)
            if address.scope_id is None:  # a scope is a network card of this machine
                return str(address)
        if not host.isascii():
            import idna  # here, since its tables take a while to load, and few hosts need them

            host = idna.encode(host, uts46=True).decode("ascii")
    except ValueError as error:  # idna's errors are, too
        raise address_error(url, f"names a host that cannot be, {host!r}", "check the address") from error
    if not host:
        raise address_error(url, "names no host", "check the address")
    if not _HOST_NAME.fullmatch(host):
        raise address_error(url, f"names a host that cannot be, {host!r}", "check the address")
    return host


def is_allowed(address: WebAddress, config: FetchingConfig) -> bool:
    """Tell whether the settings name the host, alone or with this port."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    return not {host, f"{host}:{address.port}"}.isdisjoint(name.lower() for name in config.allow_hosts)


def require_usual_port(address: WebAddress, config: FetchingConfig) -> None:
    """Raise for a port where no web site is expected, unless the settings name the host."""
    if address.port not in PORTS and not is_allowed(address, config):
        what = f"has the port {address.port}, and only {', '.join(map(str, PORTS))} are fetched from"
        raise address_error(str(address), what, how_to_allow(address))


def require_public(address: WebAddress, resolved: list[str], config: FetchingConfig) -> None:
    """Raise if any of the machines that a host stands for is not a public one, unless the settings name the host."""
    if is_allowed(address, config):
        return
    for numeric in resolved:
        if not is_public(numeric):
            what = f"is at {numeric}, which is not a public address of the internet"
            raise address_error(str(address), what, how_to_allow(address))


def is_public(numeric: str) -> bool:
    """Tell whether a numeric address is one of the public internet, whatever form it has been given."""
    try:
        address = ip_address(numeric)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if any(address in network for network in _HOLDS_IPV4):
            address = IPv4Address(int(address) & 0xFFFF_FFFF)
        elif address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NEVER)


def how_to_allow(address: WebAddress) -> str:
    """Say how a person allows what the defaults refuse."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f'if you trust it, set in footnote.toml: [fetching] allow_hosts = ["{host}:{address.port}"]'


def address_error(url: str, what: str, next_step: str) -> SourceError:
    """Word a fault of an address the way that faults of files are worded, on one line."""
    return SourceError(f"{shown(url)}: {what}; {next_step}")


def shown(url: str) -> str:
    """Return an address as text that can be shown: printable, and not of any length."""
    text = "".join(character if character.isprintable() else "\ufffd" for character in url.strip())
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
