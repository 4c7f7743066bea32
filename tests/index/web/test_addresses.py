"""Which addresses are of the web, and which machines are public."""

from __future__ import annotations

import pytest

from index.config import FetchingConfig
from index.errors import ConfigurationError, SourceError
from index.web.addresses import is_address, is_public, parse_address, require_public, require_usual_port


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://Example.org", "https://example.org/"),
        (" http://example.org:80/a?b=c#d \n", "http://example.org/a?b=c"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("https://bücher.example/käse?ö=ü", "https://xn--bcher-kva.example/k%C3%A4se?%C3%B6=%C3%BC"),
        ("https://example.org/a%20b%2Fc", "https://example.org/a%20b%2Fc"),
        ("https://fa.example/کتاب\u200cخانه", "https://fa.example/%DA%A9%D8%AA%D8%A7%D8%A8%E2%80%8C%D8%AE%D8%A7%D9%86%D9%87"),
        ("http://[2606:2800:220:1:0:0:0:1]/", "http://[2606:2800:220:1::1]/"),
        ("http://example.org?q", "http://example.org/?q"),
        ("http://example.org/🙂", "http://example.org/%F0%9F%99%82"),
    ],
    ids=["host", "port and fragment", "other port", "port of the other scheme", "umlauts", "escapes", "joiner",
         "IPv6", "no path", "emoji"],
)  # fmt: skip
def test_an_address_has_one_form(url: str, address: str) -> None:
    assert str(parse_address(url)) == address


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("file:///etc/passwd", "is of the kind 'file', and only http and https are fetched; give its file"),
        ("example.org/a", "is no address of the web; begin it with https:// or http://"),
        ("ftp://example.org/a", "is of the kind 'ftp', and"),
        ("javascript://example.org/%0aalert(1)", "is of the kind 'javascript', and"),
        ("http://", "names no host; check the address"),
        ("http:///a", "names no host; check the address"),
        ("http://exa mple.org/", "is not a web address; give it as a browser shows it"),
        ("http://example.org/\r\nHost: other", "is not a web address; give it as"),
        ("http://example.org\\@other.example/", "is not a web address; give it as"),
        ("http://example.org:99999/", "is not a web address; check its host and port"),
        ("http://example.org:0/", "is not a web address; check its host and port"),
        ("http://example.org:x/", "is not a web address; check its host and port"),
        ("http://[::1/", "is not a web address; check its host and port"),
        ("http://[fe80::1%25eth0]/", "names a host that cannot be"),
        ("http://ex*mple.org/", "names a host that cannot be, 'ex*mple.org'"),
        ("http://\u2488.example/", "names a host that cannot be"),
        ("http://example.org/" + "a" * 4_000, "is not a web address; give it as"),
        ("http://example.org/\ud800", "is not a web address; give it as"),
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused_in_one_line(url: str, complaint: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_address(url)
    assert complaint in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "url", ["http://good@127.0.0.1/", "http://good:secret@example.org/", "http://@example.org/", "http://a:b@c@d/"]
)
def test_an_address_with_a_user_name_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SourceError, match="holds a user name or password; leave it out") as caught:
        parse_address(url)
    assert "secret" not in str(caught.value)
    assert "good" not in str(caught.value)


@pytest.mark.parametrize("source", ["https://example.org", " HTTP://x", "ftp://x", "file:///etc/passwd", "file:/etc"])
def test_an_address_is_told_from_a_path(source: str) -> None:
    assert is_address(source)


@pytest.mark.parametrize("source", ["a.txt", "/a/b", "C:\\a.txt", "http", "profile:a", "a://b"[1:], "notes/http://x"])
def test_a_path_is_no_address(source: str) -> None:
    assert not is_address(source)


@pytest.mark.parametrize(
    "numeric",
    [
        *("127.0.0.1", "127.255.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),  # noqa: S104
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.88.99.1"),
        *("192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1"),
        *("fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1"),
        *("2002:7f00:1::", "2002:5db8:d822::", "2001:0:5db8:d822::", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe"),
        *("64:ff9b:1::1", "5f00::1", "", "localhost", "127.1", "2130706433", "0x7f000001", "93.184.216.34/8"),
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_public_internet_is_known(numeric: str) -> None:
    assert not is_public(numeric)


@pytest.mark.parametrize(
    "numeric",
    [
        *("93.184.216.34", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "169.253.0.1"),
        *("223.255.255.255", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2a00:1450::1"),
    ],
)  # fmt: skip
def test_a_public_address_is_public(numeric: str) -> None:
    assert is_public(numeric)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://intranet.example:9000/", "intranet.example:9000"),
        ("http://intranet.example:9000/", "intranet.example"),
        ("http://INTRANET.example/", "Intranet.Example:80"),
        ("http://[::1]:9000/", "[::1]:9000"),
        ("https://localhost/", "localhost:443"),
    ],
)
def test_a_host_that_the_settings_name_may_be_private_and_on_any_port(url: str, allowed: str) -> None:
    config, address = FetchingConfig(allow_hosts=(allowed,)), parse_address(url)
    require_usual_port(address, config)
    require_public(address, ["127.0.0.1"], config)


@pytest.mark.parametrize(
    "allowed", ["intranet.example:9001", "example", "a.intranet.example", "intranet.example.:9000", "10.0.0.7"]
)
def test_a_host_is_not_allowed_by_the_name_of_another(allowed: str) -> None:
    config, address = FetchingConfig(allow_hosts=(allowed,)), parse_address("http://intranet.example:9000/")
    with pytest.raises(SourceError, match="has the port 9000, and only 80, 443, 8080, 8443 are fetched from"):
        require_usual_port(address, config)
    with pytest.raises(SourceError, match=r"is at 10\.0\.0\.7, which is not a public address of the internet"):
        require_public(address, ["10.0.0.7"], config)


def test_one_private_address_among_public_ones_is_enough_to_refuse_a_host() -> None:
    with pytest.raises(SourceError) as caught:
        require_public(parse_address("https://example.org/a"), ["93.184.216.34", "::1"], FetchingConfig())
    assert str(caught.value) == (
        "https://example.org/a: is at ::1, which is not a public address of the internet; if you trust it, "
        'set in footnote.toml: [fetching] allow_hosts = ["example.org:443"]'
    )


@pytest.mark.parametrize("name", ["http://a", "a/b", "", "a b", "user@a", "::1", "[::1", "a:port", "a:"])
def test_a_setting_that_names_no_host_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="give hosts as 'name', 'name:port' or"):
        FetchingConfig(allow_hosts=(name,))
