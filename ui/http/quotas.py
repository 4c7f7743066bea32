"""Counting in fixed windows, in SQLite: a restart, or several processes, do not reset it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from index.storage.sqlite import Connection
from qa.errors import QuotaError

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
OWN_NETWORK_BITS = 64  # of IPv6: what one household or one rented machine has, every address of which it can use


@dataclass(frozen=True, slots=True)
class Limit:
    """How often one ``subject`` of a kind may use a site key in a window: ``most`` times in ``window_s`` seconds."""

    key: str
    kind: str
    subject: str
    most: int
    window_s: int

    def ends(self, now: float) -> int:
        """Return when the window that ``now`` is in ends, in seconds since 1970."""
        return (math.floor(now) // self.window_s + 1) * self.window_s


def take(connection: Connection, limits: Sequence[Limit], now: float) -> None:
    """Count one use of each limit, or raise `QuotaError` and count nothing; in a transaction that may write.

    What belongs to windows that are over is deleted: an address is kept no longer than it is counted.
    """
    connection.execute("DELETE FROM used WHERE ends <= ?", (now,))
    spent = [limit for limit in limits if _times(connection, limit, now) >= limit.most]
    if spent:
        last = max(spent, key=lambda limit: limit.ends(now))
        wait = max(1, math.ceil(last.ends(now) - now))
        window = "day" if last.window_s == DAY_S else "hour"
        raise QuotaError(
            f"this {last.kind} has asked as often as it may in one {window}; try again in {_spoken(wait)}",
            retry_after_s=wait,
        )
    connection.executemany(
        "INSERT INTO used VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
        [(limit.key, limit.kind, limit.subject, limit.ends(now)) for limit in limits],
    )


def counted_address(address: str) -> str:
    """Return what an address is counted as: IPv6 by its network, since who has one address there has all of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), OWN_NETWORK_BITS), strict=False))


def _times(connection: Connection, limit: Limit, now: float) -> int:
    found = connection.execute(
        "SELECT times FROM used WHERE key = ? AND kind = ? AND subject = ? AND ends = ?",
        (limit.key, limit.kind, limit.subject, limit.ends(now)),
    ).fetchone()
    return 0 if found is None else int(found[0])


def _spoken(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{math.ceil(minutes / 60)} h"
