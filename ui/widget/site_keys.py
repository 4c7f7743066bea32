"""Site keys: which pages elsewhere may ask a library, and how often.

A key is a public name that stands in a page, not a secret; what it is worth is
that it is bound to origins, and counted. It is kept in a file of its own beside
the library, so that counting never waits for who writes articles. HTTP is not
known here.
"""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.errors import ConfigurationError, SourceError
from index.storage.sqlite import Connection, Database
from index.web.addresses import parse_address
from qa.errors import QuotaError as QuotaError
from ui.app.errors import OriginError, SiteKeyError
from ui.http.quotas import DAY_S, HOUR_S, Limit, counted_address, take
from ui.widget.database import SITE_KEYS, open_database

KEY_PREFIX = "pk_"
KEY_CHARACTERS = 24
READS_FOR_AN_ASK = 10  # reading costs little: a page that is opened reads before anybody asks
MAX_ORIGINS = 50
MAX_NAME_CHARACTERS = 120
MAX_ARTICLES = 500  # that a key names; a page sends them with each question
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Quotas:
    """How often a site key may be asked with: ``per_day`` in all, ``per_session`` and ``per_address`` in an hour.

    Raises:
        ConfigurationError: one is less than 1.
    """

    per_day: int = 2_000
    per_session: int = 60
    per_address: int = 120

    def __post_init__(self) -> None:
        for name in ("per_day", "per_session", "per_address"):
            if getattr(self, name) < 1:
                option = f"--{name.replace('_', '-')}"
                raise ConfigurationError(
                    f"{option} is {getattr(self, name)!r}; it must be at least 1 (a key that nobody may use is revoked)"
                )


DEFAULT_QUOTAS = Quotas()


@dataclass(frozen=True, slots=True)
class SiteKey:
    """What pages of some origins may ask.

    ``articles``: those that are named (None: all of the library, those added
    later too). ``pages``: the server may read those pages, and they may be
    asked. ``was_open``: made by a version in which a key that named no article
    was for all; it is for none until it is given some.
    """

    key: str
    name: str
    origins: tuple[str, ...]
    articles: tuple[str, ...] | None
    pages: bool
    made: datetime
    revoked: datetime | None = None
    quotas: Quotas = DEFAULT_QUOTAS
    was_open: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be asked with it."""
        return self.articles == () and not self.pages


class SiteKeys:
    """The site keys of one library and what was asked with them; safe to use from several threads and processes.

    What one process adds, revokes or counts holds in the others at once.
    """

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    @classmethod
    def open(cls, folder: Path, *, now: Callable[[], datetime] | None = None) -> SiteKeys:
        """Open the site keys of the library at ``folder``; there need not be any yet.

        Raises:
            StorageError: the folder cannot be written, or the file is damaged or of a later version.
        """
        return cls(open_database(folder), now=now or _now)

    @classmethod
    def in_memory(cls, *, now: Callable[[], datetime] | None = None) -> SiteKeys:
        """Keep site keys and counts as long as the program runs: for a library that takes no keys."""
        return cls(Database.in_memory(SITE_KEYS), now=now or _now)

    def close(self) -> None:
        """Close the file; nobody may be using it."""
        self._database.close()

    def add(
        self,
        origins: Sequence[str],
        *,
        name: str = "",
        articles: Sequence[str] | None = (),
        pages: bool = False,
        quotas: Quotas = DEFAULT_QUOTAS,
    ) -> SiteKey:
        """Make a key for the pages of some origins, for no article unless some are named (None: all).

        Whether the articles are there is not looked up.

        Raises:
            ConfigurationError: an origin is none, there is none or too many, there are too many articles, or the name
                is too long.
        """
        bound = tuple(dict.fromkeys(checked_origin(origin) for origin in origins))
        if not 1 <= len(bound) <= MAX_ORIGINS:
            raise ConfigurationError(f"a site key is for 1 to {MAX_ORIGINS} origins, not {len(bound)}; name them")
        named = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", " ", name).split())
        if len(named) > MAX_NAME_CHARACTERS:
            raise ConfigurationError(f"the name has {len(named)} characters, at most {MAX_NAME_CHARACTERS} are kept")
        made = SiteKey(_new_key(), named, bound, _named(articles), pages, self._now(), quotas=quotas)
        with self._database.writing() as connection:
            connection.execute("INSERT INTO site_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _row(made))
        return made

    def find(self, key: str) -> SiteKey:
        """Return a key, a revoked one too.

        Raises:
            SiteKeyError: there is no such key.
        """
        with self._database.reading() as connection:
            return _found(connection, key)

    def change(self, key: str, *, articles: Sequence[str] | None, pages: bool) -> SiteKey:
        """Have a key hold other articles from now on, in every process; see `SiteKey`.

        Raises:
            SiteKeyError: there is no such key, or it was revoked.
            ConfigurationError: there are too many articles.
        """
        with self._database.writing() as connection:
            found = _found(connection, key)
            if found.revoked is not None:
                raise SiteKeyError(f"the site key {key} was revoked; make another with: footnote widget key add")
            changed = replace(found, articles=_named(articles), pages=pages, was_open=False)
            connection.execute("REPLACE INTO site_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _row(changed))
        return changed

    def revoke(self, key: str) -> None:
        """Make a key worthless from now on, in every process; one that is revoked stays as it is.

        Raises:
            SiteKeyError: there is no such key.
        """
        with self._database.writing() as connection:
            _found(connection, key)
            connection.execute(
                "UPDATE site_key SET revoked = ? WHERE key = ? AND revoked IS NULL", (self._now().isoformat(), key)
            )

    def check(self, key: str, origin: str | None, *, same_origin: bool) -> SiteKey:
        """Return the key that a page of an origin asks with.

        ``same_origin``: the browser says that the page is the server's own; such
        a page need not name its origin.

        Raises:
            SiteKeyError: there is no key, or none like it, or it was revoked.
            OriginError: it is not for that origin, or the origin is not told.
        """
        if not key:
            raise SiteKeyError("the request names no site key; send it as X-Site-Key")
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM site_key WHERE key = ?", (key,)).fetchone()
        found = None if row is None else _site_key(row)
        if found is None:
            raise SiteKeyError("there is no such site key; see that it is written as it was given out")
        if found.revoked is not None:
            raise SiteKeyError("the site key was revoked; ask whoever runs the server for another")
        if origin is None and same_origin:
            return found
        require_origin(origin, found.origins)
        return found

    def count(self, site_key: SiteKey, session_id: str | None, address: str) -> None:
        """Count one question, or what costs as much: for the key, its session if it is told, and its address.

        Windows are fixed: days and hours of UTC. What is refused is not counted.

        Raises:
            QuotaError: one of them has been used as often as it may.
            StorageError: it cannot be counted; then it may not be asked either.
        """
        key, quotas = site_key.key, site_key.quotas
        session = [] if session_id is None else [Limit(key, "session", session_id, quotas.per_session, HOUR_S)]
        self.take(
            Limit(key, "site key", "", quotas.per_day, DAY_S),
            *session,
            Limit(key, "address", counted_address(address), quotas.per_address, HOUR_S),
        )

    def count_read(self, site_key: SiteKey, address: str) -> None:
        """Count what costs little, for the address alone; errors as for `count`."""
        most = site_key.quotas.per_address * READS_FOR_AN_ASK
        self.take(Limit(site_key.key, "reader", counted_address(address), most, HOUR_S))

    def take(self, *limits: Limit) -> None:
        """Count one use of each limit, or of none if one of them is used up: then `QuotaError`."""
        with self._database.writing(durable=False) as connection:
            take(connection, limits, self._now().timestamp())

    def origins(self) -> set[str]:
        """Return the origins of all keys that are not revoked."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT origins FROM site_key WHERE revoked IS NULL").fetchall()
        return {origin for (origins,) in rows for origin in json.loads(origins)}

    def list(self) -> Sequence[SiteKey]:
        """Return every key, revoked ones too, in the order made."""
        with self._database.reading() as connection:
            return [_site_key(row) for row in connection.execute("SELECT * FROM site_key ORDER BY made, key")]


def counted(keys: SiteKeys, what: str, most: int) -> Callable[[str], None]:
    """Return what counts one thing for an address, ``most`` in an hour, or raises `QuotaError`."""

    def count(address: str) -> None:
        keys.take(Limit(what, "address", counted_address(address), most, HOUR_S))

    return count


def _found(connection: Connection, key: str) -> SiteKey:
    row = connection.execute("SELECT * FROM site_key WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise SiteKeyError(f"there is no site key {key!r}; list them with: footnote widget key list")
    return _site_key(row)


def _named(articles: Sequence[str] | None) -> tuple[str, ...] | None:
    if articles is None:
        return None
    named = tuple(dict.fromkeys(articles))
    if len(named) > MAX_ARTICLES:
        raise ConfigurationError(
            f"a site key names at most {MAX_ARTICLES} articles, not {len(named):,}; make several, or see --all"
        )
    return named


def require_origin(origin: str | None, allowed: Sequence[str]) -> None:
    """Raise `OriginError` unless an ``Origin`` header, as browsers write it, is one of those allowed."""
    if origin is None:
        raise OriginError("the request does not say which page it comes from; browsers send Origin")
    if origin not in allowed:
        raise OriginError(f"the site key is not for pages of {origin[:200]!r}")


def checked_origin(text: str) -> str:
    """Return an origin as browsers write it: ``https://example.org``, in lower case and without the usual port.

    Raises:
        ConfigurationError: it is none, or more than one: a path, a wildcard, ``null``.
    """
    try:
        address = parse_address(text)
    except SourceError as error:
        raise ConfigurationError(
            f"{text!r} is no origin; give one as https://example.org, and each by itself"
        ) from error
    origin = f"{address.scheme}://{address.authority}"
    if address.target != "/" or "#" in text or "?" in text:
        raise ConfigurationError(f"{text!r} is more than an origin; leave out all after the host: {origin}")
    return origin


def _new_key() -> str:
    return KEY_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(KEY_CHARACTERS))


def _now() -> datetime:
    return datetime.now(UTC)


def _row(key: SiteKey) -> tuple[Any, ...]:
    articles = None if key.articles is None else json.dumps(key.articles)
    revoked = None if key.revoked is None else key.revoked.isoformat()
    quotas = (key.quotas.per_day, key.quotas.per_session, key.quotas.per_address)
    return (
        key.key,
        key.name,
        json.dumps(key.origins),
        articles,
        key.pages,
        key.made.isoformat(),
        revoked,
        *quotas,
        key.was_open,
    )


def _site_key(row: Sequence[Any]) -> SiteKey:
    key, name, origins, articles, pages, made, revoked, *quotas, was_open = row
    return SiteKey(
        key=key,
        name=name,
        origins=tuple(json.loads(origins)),
        articles=None if articles is None else tuple(json.loads(articles)),
        pages=bool(pages),
        made=datetime.fromisoformat(made),
        revoked=None if revoked is None else datetime.fromisoformat(revoked),
        quotas=Quotas(*quotas),
        was_open=bool(was_open),
    )
