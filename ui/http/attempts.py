"""Wrong tokens are slowed: each makes its address wait longer until the next may be tried."""

from __future__ import annotations

import hashlib
import hmac
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from qa.errors import QuotaError
from ui.http.quotas import counted_address

FREE = 3  # of a person who mistypes it
LONGEST_WAIT_S = 300.0
FORGOTTEN_AFTER_S = 3_600.0
MOST_ADDRESSES = 10_000  # those that failed longest ago give way


@dataclass(slots=True)
class _Failures:
    times: int = 0
    last_token: bytes = b""
    last: float = 0.0
    until: float = 0.0


class Attempts:
    """How often wrong tokens came from each address; safe to use from several threads.

    While an address waits, its right tokens are refused too: else the wait would tell nothing. A token that
    is tried again counts once, so that a program with an old one does not shut out all others of its address.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, given: str, right: tuple[str, ...], address: str) -> bool:
        """Tell whether a token is one of the right ones, in a time that does not depend on how much of it is.

        Raises:
            QuotaError: the address has to wait before it may try again.
        """
        counted = counted_address(address)
        with self._lock:
            self._require_patience(counted)
            digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()
            matches = [hmac.compare_digest(digest, hashlib.sha256(each.encode()).digest()) for each in right]
            if not any(matches):
                self._failed(counted, digest)
            return any(matches)

    def _require_patience(self, address: str) -> None:
        found = self._failures.get(address)
        wait = math.ceil(found.until - self._now()) if found else 0
        if wait > 0:
            raise QuotaError(f"too many wrong tokens came from this address; try again in {wait} s", retry_after_s=wait)

    def _failed(self, address: str, digest: bytes) -> None:
        now, found = self._now(), self._failures.pop(address, None)
        if found is None or now - found.last > FORGOTTEN_AFTER_S:
            found = _Failures()
        if digest != found.last_token:
            found.times += 1
            over = found.times - FREE
            found.until = now + min(2.0 ** min(over - 1, 30), LONGEST_WAIT_S) if over > 0 else 0.0
        found.last, found.last_token = now, digest
        self._failures[address] = found
        while len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)
