"""Content security policies: what a page's own rules let a script from elsewhere do.

Only what the widget needs is judged: loading a module, connecting to its server,
running scripts with an origin. A browser obeys all policies of a page together,
so each is asked by itself.

Source: W3C, "Content Security Policy Level 3", sections 2.2 (parsing), 6.7.2
(matching of sources) and 6.8 (which directive holds).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

_SCRIPT = ("script-src-elem", "script-src", "default-src")
_CONNECT = ("connect-src", "default-src")
_IGNORED_IN_META = frozenset(("frame-ancestors", "report-uri", "sandbox"))
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_SOURCE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>\d+|\*))?(?P<path>/[^?#]*)?",
    re.IGNORECASE,
)
_SCHEME_SOURCE = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Script:
    """A script of a page: where it is loaded from, and what the page says about it."""

    url: str
    nonce: str = ""
    integrity: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: the values of each directive, by its name in lower case."""

    directives: Mapping[str, Sequence[str]]

    def refusing_script(self, script: Script, page: str) -> str | None:
        """Return the directive that forbids a page to load a script that stands in it, or None."""
        name = self._holding(_SCRIPT)
        if name is None:
            return None
        sources = self.directives[name]
        keywords = {source.lower() for source in sources}
        if script.nonce and f"'nonce-{script.nonce}'" in sources:
            return None
        if _are_listed(script.integrity, sources):
            return None
        if "'strict-dynamic'" in keywords:  # then hosts count for nothing
            return name
        return None if _is_listed(script.url, sources, page) else name

    def refusing_connection(self, url: str, page: str) -> str | None:
        """Return the directive that forbids a page's scripts to connect to an address, or None."""
        name = self._holding(_CONNECT)
        return None if name is None or _is_listed(url, self.directives[name], page) else name

    def lacking_in_sandbox(self) -> list[str]:
        """Return what a sandbox would have to allow for a script to run and to have the page's origin."""
        if "sandbox" not in self.directives:
            return []
        allowed = {flag.lower() for flag in self.directives["sandbox"]}
        return [flag for flag in ("allow-scripts", "allow-same-origin") if flag not in allowed]

    @property
    def wants_trusted_types(self) -> bool:
        """Whether HTML is made of strings by nobody, or by those alone who are named."""
        return "require-trusted-types-for" in self.directives

    def _holding(self, names: Sequence[str]) -> str | None:
        return next((name for name in names if name in self.directives), None)


def policies_of(values: Iterable[str], *, in_meta: bool = False) -> list[Policy]:
    """Return the policies of header values, each of which may hold several; what is empty is none.

    ``in_meta``: they stand in the page itself, where some directives count for nothing.
    """
    parsed = (_parsed(part, in_meta=in_meta) for value in values for part in ([value] if in_meta else value.split(",")))
    return [policy for policy in parsed if policy.directives]


def _parsed(text: str, *, in_meta: bool) -> Policy:
    directives: dict[str, Sequence[str]] = {}
    for part in text.split(";"):
        name, *values = part.split() or [""]
        name = name.lower()
        if name and name not in directives and not (in_meta and name in _IGNORED_IN_META):  # the first counts
            directives[name] = tuple(values)
    return Policy(directives)


def _are_listed(integrity: str, sources: Sequence[str]) -> bool:
    """Tell whether all hashes that a page pins a script by are among the sources."""
    pinned = [part.partition("?")[0] for part in integrity.split()]
    return bool(pinned) and all(f"'{pin}'" in sources for pin in pinned)


def _is_listed(url: str, sources: Sequence[str], page: str) -> bool:
    """Tell whether one of the sources lets an address be loaded from a page."""
    wanted, own = urlsplit(url), urlsplit(page)
    return any(_matches(wanted, source, own) for source in sources)


def _matches(wanted: SplitResult, source: str, own: SplitResult) -> bool:
    if source.lower() == "'self'":
        return _same_host(wanted, own) and _scheme_fits(own.scheme, wanted.scheme) and _ports_fit(wanted, own)
    if source == "*":
        return wanted.scheme in ("http", "https") or wanted.scheme == own.scheme
    if scheme := _SCHEME_SOURCE.fullmatch(source):
        return _scheme_fits(scheme[1], wanted.scheme)
    host = _HOST_SOURCE.fullmatch(source)
    if host is None:  # a keyword, a nonce, a hash, or nothing that a browser knows
        return False
    return (
        _scheme_fits(host["scheme"] or own.scheme, wanted.scheme)
        and _host_fits(host["host"].lower(), (wanted.hostname or "").lower())
        and _port_fits(host["port"], wanted)
        and _path_fits(host["path"], wanted.path)
    )


def _scheme_fits(allowed: str, wanted: str) -> bool:
    """Tell whether a scheme is the one allowed, or a safer one."""
    allowed = allowed.lower()
    return allowed == wanted or (allowed == "http" and wanted == "https")


def _host_fits(allowed: str, wanted: str) -> bool:
    if allowed == "*":
        return True
    if allowed.startswith("*."):
        return wanted.endswith(allowed[1:])
    return allowed.strip("[]") == wanted


def _port_fits(allowed: str | None, wanted: SplitResult) -> bool:
    port = _port(wanted)
    if allowed is None:
        return port == _DEFAULT_PORTS.get(wanted.scheme)
    return allowed == "*" or int(allowed) == port or (allowed == "80" and port == 443)


def _path_fits(allowed: str | None, wanted: str) -> bool:
    """Tell whether a path is the one allowed, or below it where that ends with a slash."""
    if not allowed or (allowed == "/" and not wanted):
        return True
    path, asked = unquote(allowed), unquote(wanted or "/")
    return asked.startswith(path) if path.endswith("/") else asked == path


def _same_host(one: SplitResult, other: SplitResult) -> bool:
    return (one.hostname or "").lower() == (other.hostname or "").lower()


def _ports_fit(wanted: SplitResult, own: SplitResult) -> bool:
    """Tell whether two ports are the same, or each the usual one of its scheme."""
    are_usual = all(_port(part) == _DEFAULT_PORTS.get(part.scheme) for part in (wanted, own))
    return _port(wanted) == _port(own) or are_usual


def _port(part: SplitResult) -> int | None:
    return part.port if part.port is not None else _DEFAULT_PORTS.get(part.scheme)
