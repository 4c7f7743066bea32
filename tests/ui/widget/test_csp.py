"""Policies as sites have them, and whether the widget would work under each."""

from __future__ import annotations

import pytest

from ui.widget.check.csp import Policy, Script, policies_of

PAGE = "https://news.example/articles/1"
SERVER = "https://chat.example"
MODULE = f"{SERVER}/widget/v1/footnote-0123456789ab.js"
ASK = f"{SERVER}/v1/widget/ask"
PINNED = Script(MODULE, nonce="n1", integrity="sha384-AbC")


def one(text: str) -> Policy:
    (policy,) = policies_of([text])
    return policy


def verdict(text: str, script: Script = PINNED, *, page: str = PAGE, ask: str = ASK) -> tuple[str | None, str | None]:
    """Return what forbids the script, and what forbids asking."""
    policy = one(text)
    return policy.refusing_script(script, page), policy.refusing_connection(ask, page)


@pytest.mark.parametrize(
    ("text", "script", "connection"),
    [
        ("default-src 'none'; script-src https://chat.example; connect-src https://chat.example", None, None),
        ("default-src 'none'; script-src chat.example; connect-src chat.example", None, None),
        ("img-src 'self'", None, None),
        ("frame-ancestors 'none'; upgrade-insecure-requests", None, None),
        ("default-src *", None, None),
        ("default-src https:", None, None),
        ("default-src http:", None, None),
        ("default-src 'self'", "default-src", "default-src"),
        ("default-src 'none'", "default-src", "default-src"),
        ("default-src", "default-src", "default-src"),
        ("default-src 'self' https://chat.example", None, None),
        ("script-src 'self'; connect-src https://chat.example", "script-src", None),
        ("script-src https://chat.example", None, None),
        ("script-src https://chat.example; default-src 'self'", None, "default-src"),
        ("script-src 'self' 'unsafe-inline' 'unsafe-eval'; connect-src *", "script-src", None),
        ("script-src-elem 'self'; script-src https://chat.example", "script-src-elem", None),
        ("script-src-elem https://chat.example; script-src 'none'", None, None),
        ("script-src https://*.example; connect-src https://*.chat.example", None, "connect-src"),
        ("script-src https://chat.example:8443; connect-src https://chat.example:443", "script-src", None),
        ("script-src https://chat.example:*; connect-src *:443", None, None),
        ("script-src http://chat.example; connect-src http://chat.example:80", None, None),
        ("script-src https://chat.example/widget/; connect-src https://chat.example/v1/", None, None),
        ("script-src https://chat.example/widget; connect-src https://chat.example/v1/widget/ask", "script-src", None),
        ("script-src https://chat.example/other/; connect-src https://chat.example/", "script-src", None),
        (
            "script-src https://chat.example/widget/v1/footnote%2D0123456789ab.js; connect-src 'none'",
            None,
            "connect-src",
        ),
        ("script-src 'nonce-n1' 'strict-dynamic'; connect-src https://chat.example", None, None),
        ("script-src 'nonce-N1' 'strict-dynamic'", "script-src", None),
        ("script-src 'strict-dynamic' https://chat.example", "script-src", None),
        ("script-src 'STRICT-DYNAMIC' https:", "script-src", None),
        ("script-src 'nonce-n1'", None, None),
        ("script-src 'sha384-AbC'", None, None),
        ("script-src 'sha384-abc'", "script-src", None),
        ("script-src 'sha384-AbC' 'strict-dynamic'", None, None),
        ("SCRIPT-SRC HTTPS://CHAT.EXAMPLE; Connect-Src Chat.Example", None, None),
        ("script-src 'none'; script-src https://chat.example", "script-src", None),
        (" ;; script-src\thttps://chat.example ;\n connect-src   chat.example;", None, None),
        ("script-src 'none' https://chat.example; connect-src ws: wss:", None, "connect-src"),
        ("script-src chat.example.evil.example; connect-src evil-chat.example", "script-src", "connect-src"),
        ("script-src https://chat.example?x; connect-src data: blob: filesystem:", "script-src", "connect-src"),
    ],
)
def test_what_forbids_loading_the_module_and_what_forbids_asking(
    text: str, script: str | None, connection: str | None
) -> None:
    assert verdict(text) == (script, connection)


@pytest.mark.parametrize(
    ("page", "server", "allowed"),
    [
        ("https://a.example/x", "https://a.example", True),
        ("https://a.example:443/x", "https://A.example", True),
        ("http://a.example/x", "https://a.example", True),
        ("http://a.example:8080/x", "https://a.example", False),
        ("http://a.example:8080/x", "http://a.example:8080", True),
        ("https://a.example/x", "http://a.example", False),
        ("https://a.example/x", "https://a.example:8443", False),
        ("https://a.example/x", "https://www.a.example", False),
        ("http://[::1]:7860/x", "http://[::1]:7860", True),
    ],
)
def test_self_is_the_pages_own_origin_or_the_same_host_made_safer(page: str, server: str, allowed: bool) -> None:
    policy = one("default-src 'self'")
    assert (policy.refusing_connection(f"{server}/v1/widget/ask", page) is None) == allowed
    assert (policy.refusing_script(Script(f"{server}/widget/v1/footnote.js"), page) is None) == allowed


@pytest.mark.parametrize(
    ("page", "allowed"), [("https://news.example/", False), ("http://news.example/", True)], ids=["https", "http"]
)
def test_a_host_without_scheme_is_as_safe_as_the_page(page: str, allowed: bool) -> None:
    policy = one("connect-src chat.example")
    assert (policy.refusing_connection("http://chat.example/v1", page) is None) == allowed


@pytest.mark.parametrize(
    ("text", "url", "allowed"),
    [
        ("connect-src [::1]:7860", "http://[::1]:7860/v1", True),
        ("connect-src 127.0.0.1:7860", "http://127.0.0.1:7860/v1", True),
        ("connect-src localhost", "http://localhost:7860/v1", False),
        ("connect-src localhost:*", "http://localhost:7860/v1", True),
        ("connect-src *.localhost", "http://localhost/v1", False),
    ],
)
def test_hosts_of_this_machine_are_matched_like_others(text: str, url: str, allowed: bool) -> None:
    assert (one(text).refusing_connection(url, "http://news.example/") is None) == allowed


def test_a_script_without_nonce_or_hash_is_let_in_by_its_host_alone() -> None:
    plain = Script(MODULE)
    assert verdict("script-src 'nonce-' 'sha384-'", plain)[0] == "script-src"
    assert verdict("script-src 'nonce-n1' https://chat.example", plain)[0] is None


def test_all_hashes_of_a_script_must_be_listed() -> None:
    twice = Script(MODULE, integrity="sha384-AbC sha256-x")
    assert verdict("script-src 'sha384-AbC'", twice)[0] == "script-src"
    assert verdict("script-src 'sha384-AbC' 'sha256-x'", twice)[0] is None


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("default-src *", []),
        ("sandbox", ["allow-scripts", "allow-same-origin"]),
        ("sandbox allow-scripts", ["allow-same-origin"]),
        ("sandbox Allow-Scripts allow-same-origin allow-forms", []),
    ],
)
def test_a_sandbox_must_leave_scripts_and_the_origin(text: str, lacking: list[str]) -> None:
    assert one(text).lacking_in_sandbox() == lacking


def test_a_page_that_wants_trusted_types_is_told_apart() -> None:
    assert one("require-trusted-types-for 'script'").wants_trusted_types
    assert not one("trusted-types default").wants_trusted_types


@pytest.mark.parametrize(
    ("values", "in_meta", "names"),
    [
        ([], False, []),
        (["", " ; ", ","], False, []),
        (["default-src 'self', script-src *", "img-src *"], False, [["default-src"], ["script-src"], ["img-src"]]),
        (["default-src 'self'; sandbox; frame-ancestors *; report-uri /r"], True, [["default-src"]]),
        (["sandbox; report-uri /r"], False, [["sandbox", "report-uri"]]),
        (["sandbox"], True, []),
    ],
)
def test_each_value_may_hold_several_policies_and_a_page_itself_not_every_directive(
    values: list[str], in_meta: bool, names: list[list[str]]
) -> None:
    assert [list(policy.directives) for policy in policies_of(values, in_meta=in_meta)] == names
