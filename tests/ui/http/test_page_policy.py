"""Which scripts may run in the chat page: those that stand in it as it is sent, and nothing that a text brings."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

import gradio
import pytest
from fastapi.testclient import TestClient

from index.errors import StorageError
from tests.ui.fakes import seed_product
from ui.chat.gradio_page import EVENTS, has_known_texts, head, script
from ui.http.page_policy import ChatPage, chat_policy, hash_source
from ui.http.security import CONTENT_SECURITY_POLICY
from ui.server.app import create_app
from ui.widget.site_keys import SiteKeys


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(create_app(seed_product()), base_url="http://127.0.0.1:7860")


def hash_of(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (rule.split() for rule in policy.split("; "))}


def test_the_page_runs_its_own_scripts_and_no_attribute_and_compiles_nothing(client: TestClient) -> None:
    response = client.get("/")
    rules = directives(response.headers["content-security-policy"])
    inline = re.findall(r"<script(?:\s[^>]*)?>(.*?)</script>", response.text, re.DOTALL)
    hashes = [hash_of(each) for each in inline if each]
    assert rules["script-src"] == ["'self'", *dict.fromkeys(hashes)]
    assert len(hashes) == 6
    assert rules["script-src-attr"] == ["'none'"]
    assert rules["default-src"] == ["'self'"]
    assert rules["worker-src"] == rules["object-src"] == ["'none'"]
    assert "unsafe-eval" not in response.headers["content-security-policy"]


def test_the_head_of_the_page_stands_in_it_once(client: TestClient) -> None:
    page = client.get("/").text
    assert page.count(head()) == page.count(script()) == 1
    assert page.index(head()) < page.index("</head>")


def test_a_page_is_as_long_as_it_says(client: TestClient) -> None:
    response = client.get("/", headers={"Accept-Encoding": "gzip, br"})
    assert int(response.headers["content-length"]) == len(response.content)
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/config", "/theme.css"])
def test_what_is_no_page_may_load_and_run_nothing(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert policy == CONTENT_SECURITY_POLICY
    assert directives(policy)["default-src"] == ["'none'"]


@pytest.mark.parametrize("path", ["/", "/evaluate"])
def test_no_page_lets_a_script_run_that_is_not_named(client: TestClient, path: str) -> None:
    rules = directives(client.get(path).headers["content-security-policy"])
    sources = [*rules["script-src"], *rules["script-src-attr"]]
    assert {"'unsafe-inline'", "'unsafe-eval'", "data:", "blob:", "https:", "*"} & set(sources) == set()


def test_the_sites_of_keys_may_frame_the_page_until_they_are_revoked() -> None:
    keys = SiteKeys.in_memory()
    made = keys.add(["https://news.example"])
    with TestClient(create_app(seed_product(), keys=keys), base_url="http://127.0.0.1:7860") as client:
        policy = directives(client.get("/").headers["content-security-policy"])
        assert policy["frame-ancestors"] == ["'self'", "https://news.example"]
        keys.revoke(made.key)
        policy = directives(client.get("/").headers["content-security-policy"])
        assert policy["frame-ancestors"] == ["'self'"]


def test_where_keys_cannot_be_read_no_other_site_may_frame_the_page(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> Sequence[str]:
        raise StorageError("the disk is gone")

    async def app(*_: object) -> None: ...

    assert ChatPage(app, head="", ancestors=fails)._origins() == []
    assert caplog.messages == ["the chat page may be framed by no other site: the disk is gone"]


@pytest.mark.parametrize(
    ("page", "scripts"),
    [
        ("<script>a</script><script>b</script><script>a</script>", ["a", "b"]),
        ('<script type="module" src="x.js"></script>', []),
        ("<SCRIPT data-x>\na\r\nb\r</SCRIPT >", ["\na\nb\n"]),
        ("<scripty>a</scripty><p>no</p>", []),
        ('<script data-src="x">a</script>', ["a"]),
        ("", []),
    ],
    ids=["two, one twice", "loaded", "capitals and line ends", "another element", "data-src", "none"],
)
def test_each_inline_script_is_named_by_its_hash(page: str, scripts: list[str]) -> None:
    assert directives(chat_policy(page))["script-src"] == ["'self'", *map(hash_source, scripts)]


@pytest.mark.parametrize(
    ("version", "is_known"),
    [("6.24.9", False), ("6.25.0", True), ("6.31.4", True), ("6.32.0", False), ("7.0.0", False), ("5.40.0", False)],
)
def test_a_gradio_that_the_page_was_not_tried_with_may_compile_so_that_it_works(version: str, is_known: bool) -> None:
    assert has_known_texts(version) == is_known
    assert ("'unsafe-eval'" in chat_policy("", compiles=not is_known)) != is_known


def test_the_gradio_that_is_installed_is_one_that_the_page_was_tried_with() -> None:
    told = "try the browser tests without 'unsafe-eval', then say so in ui/chat/gradio_page.py: KNOWN_FROM, KNOWN_TO"
    assert has_known_texts(), f"Gradio {gradio.__version__} is another: {told}"


def test_each_event_that_the_page_triggers_is_named_for_gradio() -> None:
    triggered = set(re.findall(r'\btrigger\("([a-z_]+)"', script()))
    assert triggered == set(EVENTS)
