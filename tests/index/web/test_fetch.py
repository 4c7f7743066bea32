"""Fetching, from real servers: only what was checked is connected to, and nothing is endless."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from index.config import FetchingConfig
from index.errors import RefusalError, SourceError
from index.web.addresses import WebAddress, address_error
from index.web.fetch import MAX_REDIRECTS, Fetched, Validators, fetch, fetch_if_changed, look_up
from tests.index.web.serving import ADDRESS, CERTIFICATE, HOST, PRIVATE_HOST, Internet, page, redirect, serving

SITE = f"http://{HOST}"


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    with serving(Internet(), monkeypatch) as internet:
        yield internet


def get(internet: Internet, url: str, config: FetchingConfig = FetchingConfig()) -> Fetched:  # noqa: B008  # frozen
    return fetch(url, config, resolve=internet.look_up)


def refusal(internet: Internet, url: str, config: FetchingConfig = FetchingConfig()) -> str:  # noqa: B008  # frozen
    with pytest.raises(SourceError) as caught:
        get(internet, url, config)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_page_comes_with_its_type_its_encoding_and_its_address(internet: Internet) -> None:
    internet.pages["/a?b=c"] = page(b"caf\xe9", 'text/HTML; charset="ISO-8859-1"')
    fetched = get(internet, f"{SITE}/a?b=c#d")
    assert fetched == Fetched(b"caf\xe9", f"{SITE}/a?b=c", "text/html", "ISO-8859-1")
    assert internet.headers[0]["Host"] == HOST
    assert not {"Cookie", "Authorization", "Referer"} & set(internet.headers[0])


def test_the_address_that_was_checked_is_the_one_connected_to(internet: Internet) -> None:
    internet.pages["/"] = page(b"x")
    get(internet, SITE)
    assert (internet.looked_up, internet.connected) == ([HOST], [(ADDRESS, 80)])


def test_a_host_that_changes_its_address_after_the_check_is_of_no_use(internet: Internet) -> None:
    answers = iter([[ADDRESS], ["127.0.0.1"], ["127.0.0.1"]])
    internet.pages["/"] = page(b"x")
    fetch(SITE, FetchingConfig(), resolve=lambda host, port: next(answers))
    assert internet.connected == [(ADDRESS, 80)]


def test_a_host_that_changes_its_address_before_a_redirect_is_checked_again(internet: Internet) -> None:
    answers = iter([[ADDRESS], ["127.0.0.1"]])
    internet.pages["/"] = redirect("/secret")
    with pytest.raises(SourceError, match=r"is at 127\.0\.0\.1, which is not a public address"):
        fetch(SITE, FetchingConfig(), resolve=lambda host, port: next(answers))
    assert internet.asked == ["/"]


def test_the_next_address_of_a_host_is_tried_where_the_first_does_not_answer(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = socket.create_connection

    def unreachable_by_ipv6(address: tuple[str, int], *arguments: Any, **_: object) -> socket.socket:
        if ":" in address[0]:
            raise ConnectionRefusedError(111, "Connection refused")
        return connect(address, *arguments)

    monkeypatch.setattr(socket, "create_connection", unreachable_by_ipv6)
    internet.hosts[HOST] = ["2606:4700::1111", ADDRESS]
    internet.pages["/"] = page(b"x")
    assert get(internet, SITE).content == b"x"


# What is not fetched


@pytest.mark.parametrize(
    ("host", "numeric"),
    [
        ("127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("0x7f000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"), ("0", "0.0.0.0"), ("[::1]", "::1"), ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),  # noqa: S104  # asked for, not listened on
        ("[0:0:0:0:0:0:0:1]", "::1"), ("１２７.０.０.１", "127.0.0.1"), ("localhost", "127.0.0.1|::1"),
    ],
)  # fmt: skip
def test_the_loopback_is_refused_however_it_is_written(internet: Internet, host: str, numeric: str) -> None:
    with pytest.raises(SourceError) as caught:
        fetch(f"http://{host}/", FetchingConfig(), resolve=look_up)  # the system's own look-up knows these forms
    assert any(f"is at {form}, which is not a public address" in str(caught.value) for form in numeric.split("|"))
    assert internet.connected == []


def test_a_private_host_is_refused_after_the_look_up(internet: Internet) -> None:
    assert refusal(internet, f"http://{PRIVATE_HOST}/a") == (
        f"http://{PRIVATE_HOST}/a: is at 10.0.0.7, which is not a public address of the internet; if you trust it, "
        f'set in footnote.toml: [fetching] allow_hosts = ["{PRIVATE_HOST}:80"]'
    )
    assert internet.connected == []


def test_a_private_host_that_the_settings_name_is_fetched_from(internet: Internet) -> None:
    internet.pages["/"] = page(b"x")
    allowed = FetchingConfig(allow_hosts=(f"{PRIVATE_HOST}:9000",))
    assert get(internet, f"http://{PRIVATE_HOST}:9000/", allowed).url == f"http://{PRIVATE_HOST}:9000/"
    assert internet.connected == [("10.0.0.7", 9000)]


@pytest.mark.parametrize("port", [22, 25, 6379, 8000])
def test_a_port_of_no_web_site_is_refused_before_the_look_up(internet: Internet, port: int) -> None:
    assert f"has the port {port}, and only" in refusal(internet, f"{SITE}:{port}/")
    assert (internet.looked_up, internet.connected) == ([], [])


@pytest.mark.parametrize(
    ("location", "complaint"),
    [
        (f"http://{PRIVATE_HOST}/a", f"http://{PRIVATE_HOST}/a: is at 10.0.0.7, which is not a public address"),
        ("//127.0.0.1/a", "http://127.0.0.1/a: is at 127.0.0.1, which is not"),
        ("http://169.254.169.254/latest/meta-data/", "is at 169.254.169.254, which is not"),
        ("http://[::1]:8080/", "is at ::1, which is not"),
        ("file:///etc/passwd", "file:///etc/passwd: is of the kind 'file'"),
        (f"http://user:secret@{HOST}/", "holds a user name or password"),
        (f"{SITE}:22/", "has the port 22"),
        ("http://[broken/", "leads to what is no address; check the address"),
        ("http://nowhere.example/", "has a host that cannot be found, 'nowhere.example'"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_is_refused_is_refused_behind_a_redirect_too(
    internet: Internet, location: str, complaint: str, status: int
) -> None:
    internet.hosts |= {"127.0.0.1": ["127.0.0.1"], "::1": ["::1"], "169.254.169.254": ["169.254.169.254"]}
    internet.pages["/"] = redirect(location, status)
    assert complaint in refusal(internet, SITE)
    assert internet.connected == [(ADDRESS, 80)]


def test_allowing_a_host_allows_no_redirect_to_another(internet: Internet) -> None:
    internet.hosts["other.example"] = ["10.0.0.8"]
    internet.pages["/"] = redirect("http://other.example/")
    allowed = FetchingConfig(allow_hosts=(PRIVATE_HOST,))
    assert "is at 10.0.0.8, which is not" in refusal(internet, f"http://{PRIVATE_HOST}/", allowed)


def test_redirects_are_followed_to_where_they_end(internet: Internet) -> None:
    internet.hosts["other.example"] = [ADDRESS]
    internet.pages |= {"/": redirect("/b"), "/b": redirect("//other.example/c?d#e"), "/c?d": page(b"x")}
    assert get(internet, SITE).url == "http://other.example/c?d"


@pytest.mark.parametrize(("redirects", "ends"), [(MAX_REDIRECTS, True), (MAX_REDIRECTS + 1, False)])
def test_redirects_are_counted(internet: Internet, redirects: int, ends: bool) -> None:
    internet.pages |= {f"/{n}": redirect(f"/{n + 1}") for n in range(redirects)} | {f"/{redirects}": page(b"x")}
    if ends:
        assert get(internet, f"{SITE}/0").url == f"{SITE}/{redirects}"
    else:
        assert "leads on and on, more than 5 times" in refusal(internet, f"{SITE}/0")


def test_a_page_that_leads_to_itself_is_refused(internet: Internet) -> None:
    internet.pages["/"] = redirect("/")
    assert "leads on and on" in refusal(internet, SITE)
    assert len(internet.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    ("status", "complaint"),
    [
        (404, "was answered with 404 (Not Found); check the address"),
        (403, "was answered with 403 (Forbidden); open it in a browser, save the page and give its file"),
        (500, "was answered with 500 (Internal Server Error); open it"),
        (302, "was answered with 302 (Found); open it"),
        (799, "was answered with 799 (an unknown status); open it"),
    ],
    ids=["not there", "forbidden", "failed", "redirect to nowhere", "no status"],
)
def test_an_answer_that_is_no_page_is_refused_with_what_to_do(internet: Internet, status: int, complaint: str) -> None:
    internet.pages["/"] = page(b"<h1>Sorry</h1>", status=status)
    assert refusal(internet, SITE).startswith(f"{SITE}/: {complaint}")


def test_an_empty_page_is_refused(internet: Internet) -> None:
    internet.pages["/"] = page(b"")
    assert refusal(internet, SITE) == f"{SITE}/: is empty; give a page that holds text"


def test_a_host_that_does_not_exist_is_refused(internet: Internet) -> None:
    expected = "has a host that cannot be found, 'nowhere.example'; check its spelling and the connection"
    assert refusal(internet, "https://nowhere.example/a") == f"https://nowhere.example/a: {expected}"


def test_a_host_where_nobody_answers_is_refused(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refuse)
    assert refusal(internet, SITE) == f"{SITE}/: cannot be reached (Connection refused); check the address"


# Size


@pytest.mark.parametrize(("size", "fits"), [(1_000, True), (1_001, False)])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_bytes_are_counted_unpacked_and_the_limit_itself_is_allowed(
    internet: Internet, size: int, fits: bool, packed: bool
) -> None:
    content = b"x" * size
    internet.pages["/"] = page(gzip.compress(content), Content_Encoding="gzip") if packed else page(content)
    config = FetchingConfig(max_bytes=1_000)
    if fits:
        assert get(internet, SITE, config).content == content
    else:
        assert refusal(internet, SITE, config) == (
            f"{SITE}/: holds more than 1,000 bytes; save it in parts, or raise [fetching] max_bytes"
        )


def test_a_body_that_does_not_end_is_broken_off(internet: Internet) -> None:
    sent: list[int] = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while len(sent) < 10_000:
            handler.wfile.write(b"x" * 10_000)
            sent.append(10_000)

    internet.pages["/"] = endless
    assert "holds more than 100,000 bytes" in refusal(internet, SITE, FetchingConfig(max_bytes=100_000))
    assert len(sent) < 10_000


def test_a_gzip_bomb_is_not_unpacked(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    assert len(bomb) < 250_000
    unpacked: list[int] = []
    make = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self.real = make(wbits)

        def decompress(self, packed: bytes, most: int) -> bytes:
            part = self.real.decompress(packed, most)
            unpacked.append(len(part))
            return part

        @property
        def eof(self) -> bool:
            return self.real.eof

        @property
        def unconsumed_tail(self) -> bytes:
            return self.real.unconsumed_tail

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    internet.pages["/"] = page(bomb, Content_Encoding="gzip")
    assert "holds more than 50,000 bytes" in refusal(internet, SITE, FetchingConfig(max_bytes=50_000))
    assert sum(unpacked) == 50_001


def test_a_page_packed_as_deflate_is_unpacked(internet: Internet) -> None:
    internet.pages["/"] = page(zlib.compress(b"words"), Content_Encoding="deflate")
    assert get(internet, SITE).content == b"words"


@pytest.mark.parametrize(
    ("content", "packing", "complaint"),
    [
        (b"x", "br", "is packed as 'br', which is not read; save it and give its file"),
        (gzip.compress(gzip.compress(b"x")), "gzip, gzip", "is packed as 'gzip, gzip', which"),
        (b"no gzip at all", "gzip", "broke off, or is not sent as the web's protocol has it"),
        (gzip.compress(b"some words")[:-9], "gzip", "broke off before its end; try again"),
    ],
    ids=["brotli", "twice", "not packed", "cut short"],
)
def test_what_cannot_be_unpacked_is_refused(internet: Internet, content: bytes, packing: str, complaint: str) -> None:
    internet.pages["/"] = page(content, Content_Encoding=packing)
    assert complaint in refusal(internet, SITE)


def test_a_body_shorter_than_promised_is_refused(internet: Internet) -> None:
    internet.pages["/"] = page(b"half", Content_Length="8")
    assert "broke off, or is not sent as the web's protocol has it; try again" in refusal(internet, SITE)


# Time


def drip_head(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    drip(handler)


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    drip(handler)


def drip(handler: BaseHTTPRequestHandler) -> None:
    for _ in range(200):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.02)


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(4)


@pytest.mark.parametrize("answer", [drip_head, drip_body, silent])
def test_a_server_that_takes_its_time_is_left(internet: Internet, answer: object) -> None:
    internet.pages["/"] = answer  # type: ignore[assignment]  # each is an answer
    begun = time.monotonic()
    assert "took longer than 0.3 seconds" in refusal(internet, SITE, FetchingConfig(timeout_s=0.3))
    assert time.monotonic() - begun < 2


def test_redirects_share_one_time_limit(internet: Internet) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.15)
        redirect("/")(handler)

    internet.pages["/"] = slow
    assert "took longer than 0.3 seconds" in refusal(internet, SITE, FetchingConfig(timeout_s=0.3))
    assert len(internet.asked) <= 3


def test_a_look_up_that_hangs_is_left() -> None:
    def hang(host: str, port: int) -> list[str]:
        time.sleep(3)
        return [ADDRESS]

    begun = time.monotonic()
    with pytest.raises(SourceError, match=r"took longer than 0\.2 seconds"):
        fetch(SITE, FetchingConfig(timeout_s=0.2), resolve=hang)
    assert time.monotonic() - begun < 2


# TLS: the connection goes to a number, what is verified is the name


@pytest.fixture
def trusted() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)


def test_the_certificate_is_checked_for_the_name_asked_for(internet: Internet, trusted: ssl.SSLContext) -> None:
    internet.pages["/"] = page(b"safe")
    assert fetch(f"https://{HOST}/", FetchingConfig(), resolve=internet.look_up, trusted=trusted).content == b"safe"
    assert internet.connected == [(ADDRESS, 443)]


def test_the_certificate_of_another_name_is_refused(internet: Internet, trusted: ssl.SSLContext) -> None:
    internet.hosts["other.example"] = [ADDRESS]
    with pytest.raises(SourceError, match=r"cannot be reached safely \(Hostname mismatch"):
        fetch("https://other.example/", FetchingConfig(), resolve=internet.look_up, trusted=trusted)
    assert internet.asked == []


def test_a_certificate_that_nobody_vouches_for_is_refused(internet: Internet) -> None:
    assert "cannot be reached safely (self-signed certificate" in refusal(internet, f"https://{HOST}/")


def test_no_proxy_of_the_environment_is_used(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    internet.pages["/"] = page(b"x")
    get(internet, SITE)
    assert internet.connected == [(ADDRESS, 80)]


# What was fetched before, and what is not to be asked


def again(internet: Internet, url: str, held: Validators | None) -> Fetched | None:
    return fetch_if_changed(url, FetchingConfig(), held, resolve=internet.look_up)


def unless_known(handler: BaseHTTPRequestHandler) -> None:
    known = handler.headers["If-None-Match"] == '"1"' or handler.headers["If-Modified-Since"] == "yesterday"
    page(b"" if known else b"x", status=304 if known else 200, ETag='"1"', Last_Modified="yesterday")(handler)


@pytest.mark.parametrize(
    ("etag", "last_modified", "changed"),
    [('"1"', "", False), ("", "yesterday", False), ('"1"', "yesterday", False), ('"2"', "today", True), ("", "", True)],
    ids=["etag", "date", "both", "others", "none"],
)
def test_a_page_is_not_sent_again_to_who_has_it(
    internet: Internet, etag: str, last_modified: str, changed: bool
) -> None:
    internet.pages["/"] = unless_known
    fetched = again(internet, SITE, Validators(f"{SITE}/", etag, last_modified))
    assert (fetched is not None) == changed
    assert fetched is None or fetched.validators == Validators(f"{SITE}/", '"1"', "yesterday")


def test_without_validators_the_page_comes_whole(internet: Internet) -> None:
    internet.pages["/"] = unless_known
    fetched = again(internet, SITE, None)
    assert fetched is not None
    assert (fetched.content, fetched.header("etag"), fetched.header("x-other")) == (b"x", '"1"', "")


def test_validators_are_told_to_the_address_that_gave_them_and_to_no_other(internet: Internet) -> None:
    internet.pages |= {"/a": redirect("/b"), "/b": unless_known, "/c": unless_known}
    held = Validators(f"{SITE}/b", '"1"')
    assert again(internet, f"{SITE}/a", held) is None
    assert ["If-None-Match" in headers for headers in internet.headers] == [False, True]
    assert again(internet, f"{SITE}/c", held) == Fetched(b"x", f"{SITE}/c", "text/html")


def test_not_modified_is_no_answer_to_who_did_not_ask_that(internet: Internet) -> None:
    internet.pages["/"] = page(b"", status=304)
    with pytest.raises(RefusalError, match=r"304 \(Not Modified\)") as caught:
        again(internet, SITE, None)
    assert caught.value.status == 304


def test_an_address_that_is_not_admitted_is_not_connected_to_behind_a_redirect_either(internet: Internet) -> None:
    internet.hosts["elsewhere.example"] = ["93.184.216.35"]
    internet.pages |= {"/": redirect("/on"), "/on": redirect("http://elsewhere.example/")}
    admitted: list[str] = []

    def admit(address: WebAddress) -> None:
        admitted.append(str(address))
        if address.host != HOST:
            raise address_error(str(address), "is elsewhere", "stay")

    with pytest.raises(SourceError, match=r"http://elsewhere\.example/: is elsewhere; stay"):
        fetch(SITE, FetchingConfig(), resolve=internet.look_up, admit=admit)
    assert admitted == [f"{SITE}/", f"{SITE}/on", "http://elsewhere.example/"]
    assert internet.connected == [(ADDRESS, 80)] * 2


def test_headers_are_sent_beside_our_own(internet: Internet) -> None:
    internet.pages["/"] = page(b"x")
    fetch(SITE, FetchingConfig(), resolve=internet.look_up, headers={"Origin": "https://a.example"})
    assert (internet.headers[0]["Origin"], internet.headers[0]["Host"]) == ("https://a.example", HOST)
