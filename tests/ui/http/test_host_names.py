"""Which names are this server's: nobody outside may own one and have it lead here."""

from __future__ import annotations

import pytest

from index.errors import ConfigurationError
from ui.http.host_names import HostNames, checked_name
from ui.server.run import names_of

NAMED = ("answers.example.org", "notes.example.org:8443")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:7860", "127.9.9.9", "[::1]:7860"])
@pytest.mark.parametrize("is_local", [True, False])
def test_a_machines_names_for_itself_are_known_everywhere(host: str, is_local: bool) -> None:
    assert HostNames(is_local=is_local).know(host)


@pytest.mark.parametrize("host", ["192.168.1.5:7860", "[fe80::1]", "box", "box:7860", "box.local", "8.8.8.8"])
def test_names_of_a_network_are_known_where_the_server_listens_to_it(host: str) -> None:
    assert HostNames().know(host)
    assert not HostNames(is_local=True).know(host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1."),
        *("", "evil.example@localhost", "localhost#", "localhost/", "[::1", "localhost:port", "a.b."),
        "answers.example.org.evil.example",
        *("notes.example.org", "notes.example.org:8444", "xanswers.example.org"),
    ],
)
@pytest.mark.parametrize("is_local", [True, False])
def test_other_names_are_not_known(host: str, is_local: bool) -> None:
    assert not HostNames(NAMED, is_local).know(host)


@pytest.mark.parametrize(
    "host", ["answers.example.org", "Answers.Example.org:8080", "notes.example.org:8443", "answers.example.org:80"]
)
@pytest.mark.parametrize("is_local", [True, False])
def test_a_name_that_was_given_is_known(host: str, is_local: bool) -> None:
    assert HostNames(NAMED, is_local).know(host)


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("http://localhost:7860", "localhost:7860", True),
        ("HTTP://LOCALHOST:7860", "localhost:7860", True),
        ("https://answers.example.org", "answers.example.org", True),
        ("https://answers.example.org", "127.0.0.1:7860", True),
        ("http://answers.example.org:80", "127.0.0.1:7860", True),
        ("https://notes.example.org:8443", "127.0.0.1:7860", True),
        ("https://answers.example.org:8443", "127.0.0.1:7860", False),
        ("https://notes.example.org", "127.0.0.1:7860", False),
        ("http://localhost:3000", "localhost:7860", False),
        ("http://127.0.0.1:7860", "localhost:7860", False),
        ("null", "localhost", False),
        ("", "localhost", False),
        ("chrome-extension://localhost", "localhost", False),
    ],
)
def test_a_page_is_the_servers_own_by_its_host_or_by_a_given_name(origin: str, host: str, is_own: bool) -> None:
    assert HostNames(NAMED, is_local=True).own(origin, host) is is_own


@pytest.mark.parametrize(
    ("host", "allowed", "variable", "names"),
    [
        ("127.0.0.1", (), "", []),
        ("::1", ("Answers.example.org",), "", ["answers.example.org"]),
        ("0.0.0.0", (), "a.example, b.example:8443,", ["a.example", "b.example:8443", "box.example:7860"]),  # noqa: S104
        ("::", ("a.example",), "a.example", ["a.example", "box.example:7860"]),
        ("footnote.example", (), "", ["footnote.example:7860"]),
        ("fe80::1", (), "", ["[fe80::1]:7860"]),
    ],
)
def test_a_server_is_known_by_what_it_was_told_and_by_where_it_listens(
    monkeypatch: pytest.MonkeyPatch, host: str, allowed: tuple[str, ...], variable: str, names: list[str]
) -> None:
    monkeypatch.setenv("FOOTNOTE_HOSTS", variable)
    monkeypatch.setattr("socket.gethostname", lambda: "box.example")
    assert names_of(host, 7860, allowed) == names


@pytest.mark.parametrize(
    "text", ["https://answers.example.org", "answers.example.org/chat", "*.example.org", "*", "a b"]
)
def test_what_is_no_name_is_refused_with_what_one_looks_like(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no name of a host; give it as"):
        checked_name(text)
