"""The widget's files: what any page may load, how it may be kept, and the page that shows them."""

from __future__ import annotations

import gzip
import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.article import Article
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, seed_article, seed_product
from ui.app.protocols import Library
from ui.server import app as api
from ui.server.app import create_app
from ui.widget import files
from ui.widget.files import DEMO_POLICY
from ui.widget.script import FOLDER, is_site_key, read_module

MODULE = "customElements.define('footnote-chat', class extends HTMLElement {});\n" * 20
FLOATING, MANIFEST, DEMO = "/widget/v1/footnote.js", "/widget/v1/manifest.json", "/widget/demo"


def sha384(content: bytes) -> bytes:
    return hashlib.sha384(content).digest()


EXACT = f"/widget/v1/footnote-{sha384(MODULE.encode()).hex()[:12]}.js"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A module of a few lines, with the page of the product's own."""
    (tmp_path / "footnote.js").write_text(MODULE)
    (tmp_path / "demo").symlink_to(FOLDER / "demo")
    return tmp_path


@pytest.fixture
def product() -> FakeProduct:
    return seed_product()


@pytest.fixture
def client(folder: Path, product: FakeProduct, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    def add_files_of_the_test(app: FastAPI, library: Library) -> None:
        files.add_widget_files(app, library, folder)

    monkeypatch.setattr(api, "mount_chat", lambda *_: None)
    monkeypatch.setattr(api, "add_widget_files", add_files_of_the_test)
    return TestClient(create_app(product, names=["demo.example"]))


# The module


@pytest.mark.parametrize(
    ("path", "kept"),
    [(FLOATING, "no-cache"), (EXACT, "public, max-age=31536000, immutable")],
    ids=["floating", "exact"],
)
def test_the_module_may_be_loaded_by_any_page_and_kept_as_its_path_says(
    client: TestClient, path: str, kept: str
) -> None:
    response = client.get(path, headers={"Origin": "https://example.org"})
    assert (response.status_code, response.text) == (200, MODULE)
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == kept
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in response.headers
    assert "access-control-allow-credentials" not in response.headers


def test_a_hash_that_the_server_does_not_have_is_not_found_and_where_the_newest_is_is_told(client: TestClient) -> None:
    response = client.get("/widget/v1/footnote-0123456789ab.js")
    assert (response.status_code, response.headers.get("cache-control")) == (404, None)
    assert response.json()["detail"].endswith(f"the newest is at {EXACT}.")


def test_a_changed_module_has_another_path_at_once(client: TestClient, folder: Path) -> None:
    client.get(EXACT)
    (folder / "footnote.js").write_text("changed")
    assert (client.get(EXACT).status_code, client.get(FLOATING).text) == (404, "changed")
    assert client.get(client.get(MANIFEST).json()["url"]).text == "changed"


def test_an_installation_without_the_module_says_so(client: TestClient, folder: Path) -> None:
    (folder / "footnote.js").unlink()
    for path in (FLOATING, EXACT, MANIFEST):
        assert client.get(path).status_code == 404
    assert "has no widget" in client.get(FLOATING).json()["detail"]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_asking_for_the_head_gives_the_same_headers(client: TestClient, method: str) -> None:
    response = client.request(method, FLOATING, headers={"Accept-Encoding": "identity"})
    assert (response.status_code, response.headers["content-length"]) == (200, str(len(MODULE)))


@pytest.mark.parametrize("path", [FLOATING, EXACT, MANIFEST, DEMO])
def test_nothing_else_can_be_done_with_a_file(client: TestClient, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip, deflate, br", True), ("GZIP", True), ("br;q=1.0, gzip;q=0.5", True), ("*", True),
        ("gzip;q=0.001", True), ("identity", False), ("", False), ("br", False), ("gzip;q=0", False),
        ("gzip; q=0.0, *", False), ("*;q=0", False), ("x-gzip-not", False),
    ],
)  # fmt: skip
def test_the_module_is_packed_for_those_who_take_it(client: TestClient, accepted: str, packed: bool) -> None:
    with client.stream("GET", FLOATING, headers={"Accept-Encoding": accepted}) as response:
        raw = b"".join(response.iter_raw())
    assert (response.headers.get("content-encoding") == "gzip") == packed
    assert (gzip.decompress(raw) if packed else raw) == MODULE.encode()
    assert (len(raw) < len(MODULE)) == packed
    assert "Accept-Encoding" in response.headers["vary"]


@pytest.mark.parametrize("path", [FLOATING, EXACT, DEMO, "/widget/demo/demo.css"])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_who_has_a_file_is_not_sent_it_again(client: TestClient, path: str, coding: str) -> None:
    first = client.get(path, headers={"Accept-Encoding": coding})
    for held in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = client.get(path, headers={"Accept-Encoding": coding, "If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert {name: again.headers[name] for name in ("etag", "cache-control", "vary")} == {
            name: first.headers[name] for name in ("etag", "cache-control", "vary")
        }
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_packed_and_plain_are_told_apart(client: TestClient) -> None:
    tags = {client.get(FLOATING, headers={"Accept-Encoding": coding}).headers["etag"] for coding in ("gzip", "br")}
    assert len(tags) == 2


def test_the_manifest_tells_version_path_sizes_and_hash(client: TestClient) -> None:
    response = client.get(MANIFEST)
    told = response.json()
    content = client.get(told["url"]).content
    assert told["integrity"] == f"sha384-{b64encode(sha384(content)).decode()}"
    assert (told["url"], told["size"]) == (EXACT, len(MODULE))
    assert told["gzip_size"] == len(gzip.compress(MODULE.encode(), 9, mtime=0))
    assert re.fullmatch(r"\d+(\.\d+)*", told["version"])
    assert (response.headers["access-control-allow-origin"], response.headers["cache-control"]) == ("*", "no-cache")
    assert MANIFEST in client.get("/openapi.json").json()["paths"]


def test_the_module_is_packed_again_only_where_it_changed(folder: Path) -> None:
    first = read_module(folder)
    assert read_module(folder) is first
    (folder / "footnote.js").write_text("changed")
    assert read_module(folder) is not first


def test_the_line_for_a_page_pins_what_it_names(folder: Path) -> None:
    module = read_module(folder)
    assert module.snippet("https://host.example", key="pk_a") == (
        f'<script type="module" src="https://host.example{EXACT}" integrity="{module.integrity}" '
        'crossorigin="anonymous" data-site-key="pk_a" data-article="page"></script>'
    )
    assert module.snippet("https://host.example", key="pk_a", article='a"><b', floating=True) == (
        '<script type="module" src="https://host.example/widget/v1/footnote.js" data-site-key="pk_a" '
        'data-article="a&quot;&gt;&lt;b"></script>'
    )


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("pk_demo", True), ("pk_" + "aZ0" * 8, True), ("pk_" + "a" * 23, False), ("pk_" + "a" * 25, False),
     ("", False), ("pk_demo\n", False), ("pk_" + "é" * 24, False), ("sk_" + "a" * 24, False)],
)  # fmt: skip
def test_a_site_key_has_one_form(text: str, is_one: bool) -> None:
    assert is_site_key(text) == is_one


# The page that shows it


class Markup(HTMLParser):
    """The elements of a page with their attributes, and the text of those in an article."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._is_article = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._is_article = self._is_article or tag == "article"

    def handle_endtag(self, tag: str) -> None:
        self._is_article = self._is_article and tag != "article"

    def handle_data(self, data: str) -> None:
        self.text += data if self._is_article else ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def shown(client: TestClient, **asked: str) -> Markup:
    response = client.get(DEMO, params=asked)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Markup(response.text)


def chat_in(page: Markup) -> dict[str, str | None]:
    (chat,) = page.all("footnote-chat")
    return chat


def test_the_page_holds_the_whole_article_so_that_its_words_can_light_up(client: TestClient) -> None:
    page = shown(client)
    assert " ".join(seed_article().text.split()) in " ".join(page.text.split())
    assert chat_in(page) == {
        "site-key": "pk_demo",
        "mode": "launcher",
        "theme": "auto",
        "article": "seed",
        "article-selector": "#article",
    }


def test_the_page_allows_its_own_files_and_nothing_inline(client: TestClient) -> None:
    response = client.get(DEMO)
    assert response.headers["content-security-policy"] == DEMO_POLICY
    assert "unsafe" not in DEMO_POLICY
    page = Markup(response.text)
    assert [script.get("src") for script in page.all("script")] == ["v1/footnote.js", "demo/demo.js"]
    assert page.all("style") == []
    named = {name for _, attributes in page.elements for name in attributes}
    assert {name for name in named if name == "style" or name.startswith("on")} == set()


@pytest.mark.parametrize("name", ["demo.css", "demo.js"])
def test_the_pages_own_files_are_served(client: TestClient, name: str) -> None:
    response = client.get(f"/widget/demo/{name}")
    assert (response.status_code, response.text) == (200, (FOLDER / "demo" / name).read_text("utf-8"))


@pytest.mark.parametrize("name", ["demo.html", "other.css", "..%2ffootnote.js", "../demo.html"])
def test_no_other_file_is_served_beside_them(client: TestClient, name: str) -> None:
    assert client.get(f"/widget/demo/{name}").status_code == 404


@pytest.mark.parametrize("mode", ["launcher", "inline", "panel"])
@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize(("language", "direction"), [("", "auto"), ("de", "ltr"), ("ru", "rtl")])
def test_each_switch_is_given_to_the_widget_and_stays_as_it_was_set(
    client: TestClient, mode: str, theme: str, language: str, direction: str
) -> None:
    page = shown(client, mode=mode, theme=theme, lang=language, dir=direction)
    chat = chat_in(page)
    assert (chat["mode"], chat["theme"], chat.get("lang", "")) == (mode, theme, language)
    assert chat.get("dir", "auto") == direction
    chosen = [option["value"] for option in page.all("option") if "selected" in option]
    assert chosen == [mode, theme, language, direction]


EVIL = '"><script>alert(1)</script>'


@pytest.mark.parametrize("name", ["mode", "theme", "lang", "dir", "key", "article"])
def test_what_there_is_not_is_as_if_not_asked_for(client: TestClient, name: str) -> None:
    assert client.get(DEMO, params={name: EVIL}).text == client.get(DEMO).text


def test_the_pages_key_can_be_another(client: TestClient) -> None:
    key = "pk_" + "b" * 24
    page = shown(client, key=key)
    assert chat_in(page)["site-key"] == key
    assert [field["value"] for field in page.all("input")] == ["seed", key]


def test_an_article_is_text_and_never_markup(product: FakeProduct, client: TestClient) -> None:
    evil = Article(id=EVIL, title=EVIL, text=f"$line ${{title}} {EVIL}\n\n& <b>more</b>", language=EVIL)
    product.library.held = [seed_article(), evil]
    page = shown(client, article=EVIL)
    assert [script.get("src") for script in page.all("script")] == ["v1/footnote.js", "demo/demo.js"]
    assert page.text.split() == f"{EVIL} $line ${{title}} {EVIL} & <b>more</b>".split()
    assert chat_in(page)["article"] == EVIL


def test_the_line_shown_is_the_one_for_the_server_that_was_asked(client: TestClient) -> None:
    page = client.get(DEMO, params={"mode": "panel"}, headers={"Host": "demo.example:7860"}).text
    assert "src=&quot;http://demo.example:7860/widget/v1/footnote.js&quot; data-site-key=&quot;pk_demo&quot;" in page
    assert "data-mode=&quot;panel&quot;" in page


def test_a_library_without_articles_says_what_to_do(client: TestClient, product: FakeProduct) -> None:
    product.library.held = []
    page = shown(client)
    assert "footnote index PATH_OR_URL" in page.text
    assert "article" not in chat_in(page)


def test_the_first_article_is_shown_where_there_is_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "mount_chat", lambda *_: None)
    articles = [Article("a", "A", "First."), Article("b", "B", "Second.")]
    client = TestClient(create_app(FakeProduct(FakeLibrary(articles), ScriptedAssistant())))
    assert [shown(client, article=asked).text.split()[0] for asked in ("", "b", "c")] == ["A", "B", "A"]


def test_the_page_is_read_anew_each_time(client: TestClient) -> None:
    response: Any = client.get(DEMO)
    assert response.headers["cache-control"] == "no-cache"
