"""Fetch one page of the web: the only file that imports an HTTP client.

The connection goes to the very address that was checked: the client asks our
`_CheckedNetwork` for a connection to a host, which looks the host up, checks
all that it stands for and connects to that, so that no second look-up can give
another answer. The name stays what TLS verifies. Each redirect is a request
like the first. No proxy, cookie or password is ever used.
"""

from __future__ import annotations

import queue
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpcore2

from index.config import FetchingConfig
from index.errors import RefusalError, SourceError
from index.web.addresses import WebAddress, address_error, parse_address, require_public, require_usual_port

MAX_REDIRECTS = 5
CONNECT_TIMEOUT_S = 10.0
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Footnote)",
    "Accept": "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}

Resolve = Callable[[str, int], list[str]]  # host, port → numeric addresses; OSError where there is none
Admit = Callable[[WebAddress], None]  # raises SourceError for an address that is not to be asked


def admit_all(address: WebAddress) -> None:
    """Let every address be asked that the settings let be: the default of `fetch`."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to recognise a page of its own by; empty where it gave none."""

    url: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page: its bytes, unpacked; the address that they came from in the end; what the server says they are.

    ``headers`` are as they were sent, in their order, with names in lower case.
    """

    content: bytes
    url: str
    content_type: str = ""
    charset: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)

    def header(self, name: str) -> str:
        """Return the last header of a name, or an empty text."""
        return next((value for key, value in reversed(self.headers) if key == name), "")

    @property
    def validators(self) -> Validators:
        """What to ask with whether the page has changed."""
        return Validators(self.url, self.header("etag"), self.header("last-modified"))


def look_up(host: str, port: int) -> list[str]:
    """Return the numeric addresses that a host stands for, in the system's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def fetch(
    url: str,
    config: FetchingConfig,
    *,
    resolve: Resolve = look_up,
    trusted: ssl.SSLContext | None = None,
    admit: Admit = admit_all,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Fetch a page, following at most `MAX_REDIRECTS` redirects.

    ``trusted``: whose certificates are believed, by default the system's.
    ``admit`` is asked about each address before it is connected to, the first
    included. ``headers`` are sent beside our own.

    Raises:
        RefusalError: the server answers with a status that is no page.
        SourceError: the address, or one that it leads to, is not one to fetch from; the server
            fails; the page is too large, or too slow.
    """
    fetched = _Fetching(config, resolve, trusted, admit, dict(headers or {}), None).walk(parse_address(url))
    if fetched is None:  # cannot be, as there are no validators
        raise address_error(url, "is said to be unchanged, to who never had it", "report this as a defect")
    return fetched


def fetch_if_changed(
    url: str,
    config: FetchingConfig,
    validators: Validators | None,
    *,
    resolve: Resolve = look_up,
    trusted: ssl.SSLContext | None = None,
    admit: Admit = admit_all,
) -> Fetched | None:
    """Fetch a page unless its server says that it is the one these validators came with; then return None.

    Validators are told to the address that gave them, and to no other. Errors as for `fetch`.
    """
    return _Fetching(config, resolve, trusted, admit, {}, validators).walk(parse_address(url))


@dataclass(frozen=True, slots=True)
class _Fetching:
    config: FetchingConfig
    resolve: Resolve
    trusted: ssl.SSLContext | None
    admit: Admit
    headers: Mapping[str, str]
    validators: Validators | None

    def walk(self, address: WebAddress) -> Fetched | None:
        """Follow redirects to the page; None where it is unchanged."""
        first = address
        with _faults_of(first, self.config):
            network = _CheckedNetwork(self.config, self.resolve, _Deadline(self.config.timeout_s))
            for _ in range(MAX_REDIRECTS + 1):
                self.admit(address)
                conditions = self._conditions(address)
                headers = _headers(address, {**self.headers, **conditions})
                with (
                    httpcore2.ConnectionPool(ssl_context=self.trusted, network_backend=network) as pool,
                    pool.stream("GET", _client_url(network.expect(address)), headers=headers) as response,
                ):
                    if conditions and response.status == HTTPStatus.NOT_MODIFIED:
                        return None
                    location = _location(response)
                    if location is None:
                        return _fetched(response, address, self.config)
                address = address.joined(location)
            what = f"leads on and on, more than {MAX_REDIRECTS} times"
            raise address_error(str(first), what, "open it in a browser and give the address it ends at")

    def _conditions(self, address: WebAddress) -> dict[str, str]:
        held = self.validators
        if held is None or held.url != str(address):
            return {}
        conditions = {"If-None-Match": held.etag, "If-Modified-Since": held.last_modified}
        return {name: value for name, value in conditions.items() if value}


class _Deadline:
    """The moment by which everything must have happened."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """Return the seconds that are left, at most ``most``; raise `TimeoutError` where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left if most is None else min(left, most)


class _CheckedNetwork(httpcore2.NetworkBackend):
    """Connects to checked addresses only, and lets nothing take longer than the deadline."""

    def __init__(self, config: FetchingConfig, resolve: Resolve, deadline: _Deadline) -> None:
        self._config = config
        self._resolve = resolve
        self._deadline = deadline
        self._expected: WebAddress | None = None

    def expect(self, address: WebAddress) -> WebAddress:
        """Note what the next connection is for: no other host and port is connected to."""
        self._expected = address
        return address

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Look a host up, check every address it stands for, and connect to the first that answers."""
        address = self._expected
        if address is None or (host, port) != (address.host, address.port):
            raise SourceError(f"{host}:{port}: is not what was asked for; report this as a defect")
        require_usual_port(address, self._config)
        resolved = self._look_up(address)
        require_public(address, resolved, self._config)
        for position, numeric in enumerate(resolved):
            try:
                stream = httpcore2.SyncBackend().connect_tcp(numeric, port, self._deadline.left(CONNECT_TIMEOUT_S))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if position == len(resolved) - 1:
                    raise
            else:
                return _TimedStream(stream, self._deadline)
        raise httpcore2.ConnectError  # the host stands for nothing

    def _look_up(self, address: WebAddress) -> list[str]:
        """Look a host up in a thread of its own: the system gives the look-up no time limit."""
        answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                answers.put(self._resolve(address.host, address.port))
            except (OSError, ValueError) as error:  # UnicodeError is a ValueError
                answers.put(error)

        threading.Thread(target=look_up, daemon=True).start()
        try:
            answer = answers.get(timeout=self._deadline.left())
        except queue.Empty as error:
            raise TimeoutError from error
        if isinstance(answer, Exception):
            what = f"has a host that cannot be found, {address.host!r}"
            raise address_error(str(address), what, "check its spelling and the connection") from answer
        return answer


class _TimedStream(httpcore2.NetworkStream):
    """A connection whose every step ends by the deadline, however little each brings."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(CONNECT_TIMEOUT_S))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _client_url(address: WebAddress) -> httpcore2.URL:
    """Hand the client the parts, so that it has nothing to parse."""
    return httpcore2.URL(
        scheme=address.scheme.encode(),
        host=address.host.encode(),
        port=address.port,
        target=address.target.encode(),
    )


def _headers(address: WebAddress, more: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    sent = {"Host": address.authority, **_HEADERS, **more}
    return [(name.encode(), value.encode()) for name, value in sent.items()]


def _header(response: httpcore2.Response, name: bytes) -> str:
    values = [value for key, value in response.headers if key.lower() == name]
    return _text_of(values[-1]) if values else ""


def _text_of(value: bytes) -> str:
    return value.decode("utf-8", "replace").strip()


def _location(response: httpcore2.Response) -> str | None:
    """Return where a redirect leads, or None where this is the page itself."""
    return (_header(response, b"location") or None) if response.status in _REDIRECTS else None


def _fetched(response: httpcore2.Response, address: WebAddress, config: FetchingConfig) -> Fetched:
    if response.status != HTTPStatus.OK:
        raise _refusal(response.status, address)
    content = b"".join(_unpacked(response, address, config))
    if not content:
        raise address_error(str(address), "is empty", "give a page that holds text")
    content_type, _, parameters = _header(response, b"content-type").partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", parameters, re.IGNORECASE)
    headers = tuple((name.decode("ascii", "replace").lower(), _text_of(value)) for name, value in response.headers)
    return Fetched(content, str(address), content_type.strip().lower(), charset[1] if charset else None, headers)


def _refusal(status: int, address: WebAddress) -> RefusalError:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "an unknown status"
    next_step = "check the address" if status in (404, 410) else "open it in a browser, save the page and give its file"
    worded = address_error(str(address), f"was answered with {status} ({phrase})", next_step)
    return RefusalError(str(worded), status=status)


def _unpacked(response: httpcore2.Response, address: WebAddress, config: FetchingConfig) -> Iterator[bytes]:
    """Yield the body, unpacked and counted as it comes: what a header says of its length is not believed."""
    packing = _header(response, b"content-encoding").lower()
    if packing not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise address_error(str(address), f"is packed as {packing!r}, which is not read", "save it and give its file")
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB) if packing not in ("", "identity") else None
    arrived = held = 0
    for chunk in response.iter_stream():
        arrived += len(chunk)
        parts = [chunk] if unpacker is None else _inflated(unpacker, chunk, config.max_bytes - held + 1)
        for part in parts:
            held += len(part)
            if max(arrived, held) > config.max_bytes:
                what = f"holds more than {config.max_bytes:,} bytes"
                raise address_error(str(address), what, "save it in parts, or raise [fetching] max_bytes")
            yield part
    if unpacker is not None and not unpacker.eof:
        raise address_error(str(address), "broke off before its end", "try again")


def _inflated(unpacker: Any, chunk: bytes, most: int) -> Iterator[bytes]:
    """Yield what a packed chunk holds, never more than ``most`` and a little at a time."""
    packed, given = chunk, 0
    while packed and not unpacker.eof and given < most:
        part = unpacker.decompress(packed, min(most - given, 1 << 20))
        packed = unpacker.unconsumed_tail
        given += len(part)
        yield part


@contextmanager
def _faults_of(address: WebAddress, config: FetchingConfig) -> Iterator[None]:
    """Say what the client's errors mean for the page."""
    try:
        yield
    except (TimeoutError, httpcore2.TimeoutException) as error:
        what = f"took longer than {config.timeout_s:g} seconds, or could not be reached in time"
        raise address_error(str(address), what, "try again, or raise [fetching] timeout_s") from error
    except httpcore2.ConnectError as error:
        raise address_error(str(address), f"cannot be reached{_because(error)}", "check the address") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, zlib.error) as error:
        what = "broke off, or is not sent as the web's protocol has it"
        raise address_error(str(address), what, "try again, or save the page and give its file") from error


def _because(error: Exception) -> str:
    """Return why a connection failed, where the reason is one that a person can act on."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f" safely ({cause.verify_message.rstrip('.')})"
        if isinstance(cause, OSError) and cause.strerror:
            return f" ({cause.strerror})"
        cause = cause.__cause__ or (cause.args[0] if cause.args and isinstance(cause.args[0], BaseException) else None)
    return ""
