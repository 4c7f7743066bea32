"""A browser gives the read token once; its cookie is good for reading, and tells nobody the token."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from index.errors import ConfigurationError
from tests.ui.fakes import seed_product
from ui.http.attempts import FREE, Attempts
from ui.http.permission import EVERYBODY, Readers, Writers, readers_of
from ui.replies.messages import wordings
from ui.server import app as api
from ui.server.app import create_app
from ui.server.run import who_may, whose_pages_may
from ui.server.sign_in import own_path

READ, WRITE = "0123456789abcdef", "fedcba9876543210"
HERE = "http://answers.local:7860"
BROWSER = {"accept": "text/html", "origin": HERE}


@pytest.fixture(autouse=True)
def _without_the_chat_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the chat page out, which takes half a second to make; `test_front_gate` is about it too."""
    monkeypatch.setattr(api, "mount_chat", lambda *_: None)


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = create_app(seed_product(), readers=Readers(READ), writers=Writers(WRITE))
    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
        yield client


def test_who_gives_the_token_is_led_to_what_was_wanted_and_may_read(client: TestClient) -> None:
    led = client.get("/evaluate?lang=%64e", headers={"accept": "text/html"})
    page = client.get(led.headers["location"]).text
    (wanted,) = re.findall(r'name="next" value="([^"]*)"', page)
    response = client.post("/signin", data={"token": READ, "next": wanted}, headers=BROWSER)
    assert (response.status_code, response.headers["location"]) == (303, "/evaluate?lang=%64e")
    assert client.get("/evaluate").status_code == 200
    assert client.get("/v1/articles/seed").status_code == 200


def test_the_cookie_is_for_this_server_alone_and_is_not_the_token(client: TestClient) -> None:
    cookie = client.post("/signin", data={"token": READ}, headers=BROWSER).headers["set-cookie"]
    assert re.fullmatch(r"footnote-read-at-7860=[\w-]{43}; HttpOnly; Path=/; SameSite=strict", cookie)
    assert READ not in cookie


def test_behind_a_proxy_with_tls_the_cookie_is_sent_over_tls_alone() -> None:
    app = create_app(seed_product(), readers=Readers(READ), names=["answers.example.org"])
    client = TestClient(app, base_url="https://answers.example.org", follow_redirects=False)
    assert "; Secure" in client.post("/signin", data={"token": READ}).headers["set-cookie"]


def test_a_cookie_of_another_start_of_the_server_is_none(client: TestClient) -> None:
    assert (
        client.get("/config", headers={"cookie": f"footnote-read-at-7860={Readers(READ).session}"}).status_code == 401
    )


def test_the_cookie_reads_and_changes_nothing(client: TestClient) -> None:
    client.post("/signin", data={"token": READ}, headers=BROWSER)
    assert client.delete("/v1/articles/seed").status_code == 403
    assert client.delete("/v1/articles/seed", headers={"authorization": f"Bearer {WRITE}"}).status_code == 409


@pytest.mark.parametrize("words", wordings().values(), ids=lambda words: words.name)
def test_a_wrong_token_is_said_in_the_readers_language(client: TestClient, words: object) -> None:
    language = words.language  # type: ignore[attr-defined]  # of the fixture's ids
    response = client.post("/signin", data={"token": "wrong"}, headers={**BROWSER, "accept-language": language})
    assert response.status_code == 403
    assert "set-cookie" not in response.headers
    assert words.text("token.refused") in response.text  # type: ignore[attr-defined]
    assert f'<html lang="{language}"' in response.text


def test_who_tries_many_tokens_waits(client: TestClient) -> None:
    for n in range(FREE + 1):
        client.post("/signin", data={"token": f"wrong {n}"}, headers=BROWSER)
    response = client.post("/signin", data={"token": READ}, headers=BROWSER)
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert "Too many tokens were tried" in response.text


def test_tokens_are_counted_together_wherever_they_are_tried() -> None:
    now = itertools.repeat(0.0)
    writers = Writers(WRITE, attempts=Attempts(now=lambda: next(now)))
    client = TestClient(create_app(seed_product(), readers=Readers(READ), writers=writers), base_url=HERE)
    client.post("/signin", data={"token": "wrong 1"})
    client.get("/v1/articles", headers={"authorization": "Bearer wrong 2"})
    client.delete("/v1/articles/seed", headers={"authorization": "Bearer wrong 3"})
    client.post("/v1/ask", json={}, headers={"authorization": "Bearer wrong 4"})
    response = client.get("/v1/articles", headers={"authorization": f"Bearer {READ}"})
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert response.json()["detail"] == "too many wrong tokens came from this address; try again in 1 s"


def test_a_page_elsewhere_signs_nobody_in(client: TestClient) -> None:
    response = client.post("/signin", data={"token": READ}, headers={"origin": "https://evil.example"})
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


def test_the_page_runs_its_own_script_alone_and_is_framed_by_nobody(client: TestClient) -> None:
    response = client.get("/signin?next=%22%3E%3Cscript%3E")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'sha256-" in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.text.count("<script>") == 1


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/", "/"),
        ("/evaluate?run=a&lang=de", "/evaluate?run=a&lang=de"),
        *[(w, "/") for w in ("", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nSet-Cookie: b=c")],
        ("/signin?next=/", "/"),
    ],
)
def test_it_leads_to_pages_of_this_server_alone(wanted: str, path: str) -> None:
    assert own_path(wanted) == path


def test_where_there_is_no_token_there_is_no_page_for_it() -> None:
    assert TestClient(create_app(seed_product())).get("/signin").status_code == 404


# Who may read, at the start


def readers(token: str | None, *, public: bool = False, local: bool = False, admin: str | None = None) -> Readers:
    return readers_of(
        token, Writers(admin, local), is_public=public, host="192.168.1.5", variable="FOOTNOTE_READ_TOKEN"
    )


def test_on_this_machine_everybody_may_read_and_with_a_token_those_who_have_it() -> None:
    assert readers(None, local=True) == EVERYBODY
    assert readers(READ, local=True).token == READ


def test_on_a_network_it_takes_a_token_or_a_word() -> None:
    assert readers(READ).token == READ
    assert readers(None, public=True) == EVERYBODY


@pytest.mark.parametrize(
    ("token", "public", "complaint"),
    [
        (None, False, "listening on 192.168.1.5 would let everybody who can reach this machine read all articles"),
        (READ, True, "--public and the read token in FOOTNOTE_READ_TOKEN exclude each other"),
        (READ[:-1], False, "must be 16 or more letters"),
        (READ + "ü", False, "must be 16 or more letters"),
        (READ + " ", False, "must be 16 or more letters"),
        (WRITE, False, "is that of FOOTNOTE_ADMIN_TOKEN, so that all who read could change the library"),
    ],
)
def test_it_does_not_start_with_what_cannot_be_meant(token: str | None, public: bool, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(complaint)):
        readers(token, public=public, admin=WRITE)


def test_what_is_open_to_whom_is_said_and_no_token_is_told() -> None:
    here = "http://192.168.1.5:7860"
    assert who_may(here, EVERYBODY, Writers(is_local=True)) == [
        "Reading, asking and changing the library: this machine only."
    ]
    assert who_may(here, EVERYBODY, Writers())[:2] == [
        "Reading and asking: EVERYBODY who can reach this machine, all articles, without a token.",
        "Changing the library: nobody over HTTP, as FOOTNOTE_ADMIN_TOKEN is not set.",
    ]
    said = "\n".join(who_may(here, Readers(READ), Writers(WRITE)))
    assert "Reading and asking: whoever has the read token. In a browser at http://192.168.1.5:7860/signin" in said
    assert "Changing the library: whoever has the token of FOOTNOTE_ADMIN_TOKEN." in said
    assert READ not in said
    assert WRITE not in said


def test_the_start_names_the_sites_that_a_librarys_keys_are_for() -> None:
    assert whose_pages_may([]) == []
    assert whose_pages_may(["http://a.example", "https://b.example"]) == [
        "Asking by widget, and showing the chat in a frame: pages of http://a.example, https://b.example "
        "(footnote widget key list)."
    ]
    (many,) = whose_pages_may([f"https://{n}.example" for n in range(13)])
    assert "https://9.example and 3 more (footnote" in many
