"""The publisher's commands: the line for a page, and what is found where it would not work."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.config import FetchingConfig
from index.errors import SourceError
from index.web.fetch import Fetched
from tests.index.web.serving import HOST, PRIVATE_HOST, Internet, page, redirect, serving
from tests.world import TEA, library_of
from ui.cli import main as cli
from ui.cli.widget_publish import key_here
from ui.widget import script
from ui.widget.check.check import Finding, check_page
from ui.widget.check.markup import markup_of
from ui.widget.script import WidgetModule, asked_of_attribute, read_module
from ui.widget.site_keys import SiteKeys

CHAT = "https://chat.example"
SITE = f"http://{HOST}"
SERVER = "http://chat.example"
KEY = "pk_" + "a" * 24
MODULE = WidgetModule(b"export {};", b"packed")
PARAGRAPHS = [
    f"<p>{sentence} " + "It is told at length on this page. " * 6 + "</p>"
    for sentence in ("The Nile is a <em>long</em> river.", "It flows to the&nbsp;sea &amp; on.", "Tea is made there.")
]


def html(head: str = "", body: str = "", *, title: str = "The Nile") -> bytes:
    text = f"<article>{''.join(PARAGRAPHS)}</article>"
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{text}{body}</body></html>".encode()


LINE = MODULE.snippet(SERVER, key=KEY)
TOLD = {"articles": 2, "article_ids": [], "pages": True}  # of the key, by the server


def config_route(handler: BaseHTTPRequestHandler) -> None:
    """Answer as the server does: the key is known, and bound to one origin."""
    key, origin = handler.headers["X-Site-Key"], handler.headers["Origin"]
    if key != KEY:
        page(b"{}", "application/problem+json", status=401)(handler)
    elif origin != SITE:
        page(b"{}", "application/problem+json", status=403)(handler)
    else:
        page(json.dumps(TOLD).encode(), "application/json", Access_Control_Allow_Origin=origin)(handler)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    """A page that has the line, and the server that it names."""
    from index.web import fetch

    with serving(Internet(), monkeypatch) as internet:
        internet.hosts["chat.example"] = ["93.184.216.40"]
        internet.pages |= {
            "/nile": page(html(LINE)),
            "/widget/v1/manifest.json": page(json.dumps(MODULE.manifest).encode(), "application/json"),
            "/v1/widget/config": config_route,
        }
        defaults = {**(fetch.fetch.__kwdefaults__ or {}), "resolve": internet.look_up}
        monkeypatch.setattr(fetch.fetch, "__kwdefaults__", defaults)
        yield internet


def findings(**asked: Any) -> list[Finding]:
    return list(check_page(f"{SITE}/nile", FetchingConfig(), line="THE LINE", **asked))


def problems(**asked: Any) -> list[tuple[str, str]]:
    found = [finding for finding in findings(**asked) if not finding.is_ok]
    return [(finding.what, f"{finding.found}; {finding.to_do}") for finding in found]


def only_problem(**asked: Any) -> tuple[str, str]:
    (problem,) = problems(**asked)
    return problem


# A page where all is well


def test_a_page_where_the_widget_works_has_no_problem(internet: Internet) -> None:
    assert [str(finding) for finding in findings()] == [
        f"ok       page: {SITE}/nile answers, {len(html(LINE)):,} bytes",
        f"ok       snippet: {SERVER}{MODULE.path}, site key {KEY}",
        "ok       security policy: the page has none",
        "ok       mixed content: none",
        f"ok       server: {SERVER} has version {MODULE.manifest['version']}, 6 bytes packed",
        "ok       version: the server's own, pinned by its hash",
        f"ok       site key: {KEY} is good for {SITE}",
        "ok       articles: the key may quote 2 articles; which, is told on the machine of the library, or with "
        "--library DIR",
        "ok       asks: the page that it stands on",
        "ok       text: 702 characters can be read, 3 of 3 paragraphs found in the page again",
    ]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f'<script type="module" src="{SERVER}/widget/v1/footnote.js" data-site-key="{KEY}"></script>', "unpinned"),
        (
            f'<script type=MODULE src={SERVER}/widget/v1/footnote.js></script><footnote-chat site-key="{KEY}">',
            "unpinned",
        ),
        (f'<SCRIPT TYPE="module" SRC=" {SERVER}{MODULE.path} " DATA-SITE-KEY={KEY}></SCRIPT>', "not pinned by a hash"),
        (
            f'<base href="{SERVER}/x/"><script type=module src="../widget/v1/footnote.js" data-site-key={KEY}>',
            "un",
        ),
        (
            f'<script type=module src="/own/widget/v1/footnote.js" data-src="{SERVER}/" data-site-key={KEY}>',
            "un",
        ),
    ],
    ids=["floating", "element", "capitals", "base", "src"],
)
def test_the_line_is_found_however_it_is_written(internet: Internet, body: str, found: str) -> None:
    internet.pages["/nile"] = page(html(body=body))
    assert problems() == []
    (version,) = [finding.found for finding in findings() if finding.what == "version"]
    assert found in version


def test_a_page_that_leads_on_is_looked_at_where_it_ends(internet: Internet) -> None:
    internet.pages |= {"/nile": redirect("/long"), "/long": page(html(LINE))}
    assert problems() == []
    assert findings()[0].found.startswith(f"{SITE}/long answers")


def test_a_server_below_a_path_is_asked_there(internet: Internet) -> None:
    internet.pages |= {f"/ask{path}": answer for path, answer in internet.pages.items() if path != "/nile"}
    internet.pages["/nile"] = page(html(MODULE.snippet(f"{SERVER}/ask", key=KEY)))
    assert problems() == []
    assert "/ask/v1/widget/config" in internet.asked


# The snippet


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("", "is not in the page's HTML; put this before </body>: THE LINE"),
        ("<footnote-chat></footnote-chat>", "the element stands there, but nothing loads it; put this"),
        ('<script src="https://cdn.example/chat.js"></script>', "is not in the page's HTML"),
        (f"<!-- {LINE} -->", "is not in the page's HTML"),
        (LINE.replace(' type="module"', ""), 'is loaded as a classic script; write type="module"'),
        (LINE.replace(f' data-site-key="{KEY}"', ""), "it has no site key; write data-site-key"),
        ('<script type="module" src="http://[broken/widget/v1/footnote.js"></script>', "is not in the page's HTML"),
    ],
    ids=["none", "element", "another", "comment", "classic", "no key", "no address"],
)
def test_a_page_without_a_line_that_works_is_told_what_to_write(internet: Internet, head: str, problem: str) -> None:
    internet.pages["/nile"] = page(html(head))
    what, told = problems()[0]
    assert what == "snippet"
    assert problem in told


def test_another_key_than_the_one_asked_about_is_a_problem(internet: Internet) -> None:
    other = "pk_" + "b" * 24
    assert problems(key=other)[0] == (
        "snippet",
        f'it has the site key {KEY}; write data-site-key="{other}" into it',
    )


def test_server_and_key_are_checked_for_a_page_that_has_no_line_yet(internet: Internet) -> None:
    internet.pages["/nile"] = page(html())
    found = {finding.what: finding.is_ok for finding in findings(server=SERVER, key=KEY)}
    assert found == {
        "page": True, "snippet": False, "security policy": True, "mixed content": True, "server": True,
        "site key": True, "articles": True, "asks": True, "text": True,
    }  # fmt: skip


# Security policies


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (f"default-src 'none'; script-src {SERVER}; connect-src {SERVER}", []),
        (f"script-src {SERVER}; connect-src {SERVER}; require-trusted-types-for 'script'", []),
        ("script-src 'self'", [f"script-src does not let {SERVER}{MODULE.path} be loaded; add {SERVER} to script-src"]),
        ("connect-src 'self'", [f"connect-src does not let the widget ask {SERVER}; add {SERVER} to connect-src"]),
        ("script-src 'strict-dynamic' 'nonce-x'", [
            f"script-src does not let {SERVER}{MODULE.path} be loaded; give the script the page's nonce"]),
        ("sandbox allow-forms", [
            "sandbox takes the page's scripts or its origin away; add allow-scripts allow-same-origin to sandbox"]),
        (f"script-src {SERVER}, connect-src 'none'", [
            f"connect-src does not let the widget ask {SERVER}; add {SERVER} to connect-src"]),
        (f"script-src '{MODULE.integrity}'", []),
    ],
)  # fmt: skip
def test_a_policy_that_stops_the_widget_is_told_with_what_to_add(
    internet: Internet, policy: str, expected: Sequence[str]
) -> None:
    internet.pages["/nile"] = page(html(LINE), Content_Security_Policy=policy)
    assert problems() == [("security policy (header)", told) for told in expected]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (f"script-src {SERVER}; connect-src {SERVER}", []),
        ("connect-src 'self'", [f"connect-src does not let the widget ask {SERVER}; add {SERVER} to connect-src"]),
        ("sandbox", []),
    ],
    ids=["good", "bad", "counts in a header only"],
)
def test_a_policy_in_the_page_itself_is_obeyed_too(internet: Internet, policy: str, expected: Sequence[str]) -> None:
    meta = f'<meta http-equiv="content-security-POLICY" content="{policy}">'
    internet.pages["/nile"] = page(html(meta + LINE), Content_Security_Policy="img-src *")
    assert problems() == [("security policy (meta)", told) for told in expected]


def test_a_policy_that_only_reports_stops_nothing(internet: Internet) -> None:
    internet.pages["/nile"] = page(html(LINE), Content_Security_Policy_Report_Only="default-src 'none'")
    assert problems() == []


def test_trusted_types_are_told_to_be_no_problem(internet: Internet) -> None:
    internet.pages["/nile"] = page(html(LINE), Content_Security_Policy="require-trusted-types-for 'script'")
    (policy,) = [finding.found for finding in findings() if finding.what.startswith("security")]
    assert policy == "lets the widget load and ask; trusted types are required, and the widget needs none"


# The server and the key


def test_a_secure_page_cannot_ask_a_server_that_is_not(internet: Internet) -> None:
    def get(url: str, config: FetchingConfig, **more: Any) -> Any:
        from index.web.fetch import Fetched

        if url == "https://articles.example/nile":
            return Fetched(html(LINE), url, "text/html")
        raise SourceError(f"{url}: cannot be reached; check the address")

    found = list(check_page("https://articles.example/nile", FetchingConfig(), get=get))
    (mixed,) = [finding for finding in found if finding.what == "mixed content"]
    assert str(mixed) == (
        f"problem  mixed content: the page is https and {SERVER} is http, which browsers block; "
        "serve Footnote over https, behind a proxy that has a certificate"
    )


@pytest.mark.parametrize(("server", "is_ok"), [("http://127.0.0.1:7860", True), ("http://10.0.0.1", False)])
def test_this_machine_counts_as_secure_as_browsers_have_it(server: str, is_ok: bool) -> None:
    def get(url: str, config: FetchingConfig, **more: Any) -> Any:
        from index.web.fetch import Fetched

        if url == "https://articles.example/nile":
            return Fetched(html(MODULE.snippet(server, key=KEY)), url, "text/html")
        raise SourceError(f"{url}: cannot be reached; check the address")

    found = list(check_page("https://articles.example/nile", FetchingConfig(), get=get))
    assert [finding.is_ok for finding in found if finding.what == "mixed content"] == [is_ok]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (page(b"", status=404), "was answered with 404 (Not Found)"),
        (page(b"<html>", "text/html"), "is no manifest of the widget"),
        (page(b"[1]", "application/json"), "is no manifest of the widget"),
        (page(b'{"version": 1}', "application/json"), "is no manifest of the widget"),
        (page(b"[" * 100_000, "application/json"), "is no manifest of the widget"),
    ],
    ids=["404", "html", "list", "part", "deep"],
)
def test_a_server_that_is_not_footnotes_is_told(
    internet: Internet, answer: Callable[[BaseHTTPRequestHandler], None], told: str
) -> None:
    internet.pages["/widget/v1/manifest.json"] = answer
    what, problem = only_problem()
    assert (what, told in problem) == ("server", True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (LINE.replace(MODULE.path, "/widget/v1/footnote-0123456789ab.js"), "the page names another version than"),
        (
            LINE.replace(MODULE.integrity, "sha384-other"),
            "the page pins another hash than the server's, and no browser",
        ),
        (
            LINE.replace(MODULE.path, "/widget/v1/footnote.js"),
            "pins a path that changes: the next version will not load",
        ),
    ],
    ids=["old path", "old hash", "floating path"],
)
def test_a_line_of_another_version_is_to_be_renewed(internet: Internet, line: str, told: str) -> None:
    internet.pages["/nile"] = page(html(line))
    what, problem = only_problem()
    assert (what, told in problem, "renew the line with: footnote widget snippet" in problem) == ("version", True, True)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (
            "pk_" + "z" * 24,
            f"pk_{'z' * 24} is unknown to the server, or revoked; make one with: footnote widget key add",
        ),
        ("pk_demo", "pk_demo is for the server's own page alone"),
        ("sk_secret", "'sk_secret' is none"),
    ],
)
def test_a_key_that_is_not_good_is_told(internet: Internet, key: str, told: str) -> None:
    internet.pages["/nile"] = page(html(LINE.replace(KEY, key)))
    what, problem = only_problem()
    assert (what, told in problem) == ("site key", True)


def test_a_key_of_another_origin_is_told(internet: Internet) -> None:
    internet.hosts["other.example"] = internet.hosts[HOST]
    found = list(check_page("http://other.example/nile", FetchingConfig()))
    (told,) = [finding for finding in found if not finding.is_ok]
    assert str(told) == (
        f"problem  site key: {KEY} is not bound to http://other.example; "
        "make one with: footnote widget key add --origin http://other.example"
    )


def test_a_proxy_that_takes_the_permission_away_is_told(internet: Internet) -> None:
    internet.pages["/v1/widget/config"] = page(b"{}", "application/json")
    what, problem = only_problem()
    assert (what, "let the proxy before Footnote pass" in problem) == ("site key", True)


# What may be quoted on the page: the handbook of the staff lies in the library too


HANDBOOK = Article("handbook", "Staff handbook", "Salaries are told to nobody. The door code is 1234.")
NILE = Article("nile", "The Nile", "The Nile is a long river.", url=f"{SITE}/nile")
ABOUT = {"articles", "asks"}


@pytest.fixture
def keyed(tmp_path: Path) -> Callable[..., tuple[str, Path]]:
    """Make a key of a library that holds the page, tea, and the staff's handbook; give it with the library's folder."""

    def make(**held: Any) -> tuple[str, Path]:
        folder = tmp_path / "own"
        library_of(folder, HANDBOOK, NILE, TEA).close()
        with closing(SiteKeys.open(folder)) as keys:
            return keys.add([SITE], **held).key, folder

    return make


def about(key: str, folder: Path, asked: str | None = "page") -> list[tuple[str, str, str]]:
    def answered(url: str, config: FetchingConfig, **more: Any) -> Fetched:
        if url.endswith("/config"):
            told = json.dumps({"articles": 0, "article_ids": [], "pages": False}).encode()
            return Fetched(told, url, "application/json", headers=(("access-control-allow-origin", SITE),))
        if url.endswith("manifest.json"):
            return Fetched(json.dumps(MODULE.manifest).encode(), url, "application/json")
        return Fetched(html(MODULE.snippet(SERVER, key=key, article=asked)), url, "text/html")

    found = check_page(f"{SITE}/nile", FetchingConfig(), get=answered, holdings=lambda key: key_here(key, folder))
    return [(each.what, each.found, each.to_do) for each in found if each.what in ABOUT]


def test_a_key_of_the_whole_library_is_a_problem_where_some_of_it_is_of_another_place(
    keyed: Callable[..., tuple[str, Path]],
) -> None:
    key, folder = keyed(articles=None)
    articles, asks = about(key, folder)
    assert articles == (
        "articles",
        f"the key may quote 3 articles, all of the library and each that is added later; 2 not of {SITE}: "
        "'Staff handbook', 'Tea'",
        "see that everybody may read them, or say what may be quoted: "
        f"footnote widget key change {key} --articles ID... or --pages",
    )
    assert asks == ("asks", "its page, which the library holds as 'The Nile'", "")


@pytest.mark.parametrize(
    ("held", "asked", "articles", "asks", "problems"),
    [
        (
            {"articles": ["nile"]},
            "page",
            f"the key may quote 1 article; none is of another place than {SITE}",
            "its page, which the library holds as 'The Nile'",
            set(),
        ),
        (
            {"articles": ["tea", "nile"]},
            '["tea", "nile"]',
            f"the key may quote 2 articles; 1 not of {SITE}: 'Tea'",
            "'tea', 'nile'",
            set(),
        ),
        (
            {"pages": True},
            "page",
            f"the key may quote 1 article; none is of another place than {SITE}",
            "the page that it stands on",
            set(),
        ),
        (
            {"articles": ["tea"]},
            "page",
            f"the key may quote 1 article; 1 not of {SITE}: 'Tea'",
            "its page, which the key neither holds nor lets the server read: nothing will be answered",
            {"asks"},
        ),
        (
            {"articles": ["tea"]},
            "handbook",
            f"the key may quote 1 article; 1 not of {SITE}: 'Tea'",
            "'handbook', which the key may not quote: nothing will be answered",
            {"asks"},
        ),
        ({}, None, "the key may quote no article", "all that the key may quote", {"articles"}),
    ],
    ids=["the page by name", "two by name", "pages", "the page, not held", "the handbook", "nothing"],
)
def test_what_a_key_may_quote_is_counted_and_what_the_page_asks_is_looked_up(
    keyed: Callable[..., tuple[str, Path]],
    held: dict[str, Any],
    asked: str | None,
    articles: str,
    asks: str,
    problems: set[str],
) -> None:
    found = about(*keyed(**held), asked=asked)
    assert [text for _, text, _ in found] == [articles, asks]
    assert {what for what, _, to_do in found if to_do} == problems


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {"articles": 9, "article_ids": None, "pages": False},
            [("articles", "publishes the whole library, 9 articles")],
        ),
        (
            {"articles": 0, "article_ids": [], "pages": False},
            [("articles", "the key may quote no article"), ("asks", "neither holds nor lets the server read")],
        ),
        ({"articles": 1, "article_ids": ["tea"], "pages": False}, []),
        ({"articles": "9", "article_ids": None, "pages": False}, []),
        ([1], []),
    ],
    ids=["all", "nothing", "named", "no number", "a list"],
)
def test_of_a_key_of_another_machine_is_said_what_its_server_tells(
    internet: Internet, told: Any, expected: Sequence[tuple[str, str]]
) -> None:
    internet.pages["/v1/widget/config"] = page(
        json.dumps(told).encode(), "application/json", Access_Control_Allow_Origin=SITE
    )
    found = problems()
    assert [what for what, _ in found] == [what for what, _ in expected]
    assert all(text in said for (_, said), (_, text) in zip(found, expected, strict=True))


# The text


def test_a_text_that_is_made_by_scripts_cannot_be_read(internet: Internet) -> None:
    internet.pages["/nile"] = page(f"<html><body><div id=app></div>{LINE}</body></html>".encode())
    what, problem = only_problem()
    assert (what, "has no main text that could be found" in problem) == ("text", True)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a<b>b</b>c</p><p>d</p>", "abc d"),
        ("<head><title>no</title><style>no</style></head><body>yes<script>no</script></body>", "yes"),
        ("<head><meta name=x><body>yes", "yes"),
        ("a&amp;b &lt;i&gt;\u00a0c", "a&b <i> c"),
        ("x<br>y<template>no</template>z", "x y z"),
        ("a<!-- no -->b", "ab"),
        ("", ""),
    ],
)
def test_the_text_of_a_page_is_what_is_shown_of_it(markup: str, text: str) -> None:
    assert markup_of(markup, SITE).text == text


def test_of_two_attributes_of_a_name_the_first_counts() -> None:
    (script,) = markup_of('<script src="/a" src="/b"></script>', SITE).scripts
    assert script.url == f"{SITE}/a"


def test_what_a_page_says_is_printed_as_text(internet: Internet) -> None:
    evil = f'<script type=module src="{SERVER}/widget/v1/footnote.js" data-site-key="\x1b[31m"></script>'
    internet.pages["/nile"] = page(html(evil))
    assert str(Finding("x", "\x1b[2J", "a\nb")) == "problem  x: \ufffd[2J; a\ufffdb"
    assert all(str(finding).isprintable() for finding in findings())


# The commands


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def footnote(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Ran]:
    folder = tmp_path / "widget"
    folder.mkdir()
    (folder / "footnote.js").write_bytes(MODULE.content)
    monkeypatch.setattr(script.read_module, "__defaults__", (folder,))
    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(tmp_path / "library"))

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["footnote", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return Ran(int(ended.value.code or 0), printed.out, printed.err)

    return run


def test_the_snippet_is_pinned_to_the_installed_module(footnote: Callable[..., Ran]) -> None:
    ran = footnote("widget", "snippet", "--key", KEY, "--server", f"{CHAT}/")
    told = f"{KEY} is no key of the library here; see with: footnote widget check URL, what it may quote"
    assert (ran.code, ran.err) == (0, f"footnote: {told}\n")
    assert footnote("widget", "snippet", "--key", KEY, "--server", CHAT, "--article", "page") == ran
    assert 'data-article="page"' in ran.out
    assert ran.out == read_module().snippet(CHAT, key=KEY, article="page") + "\n"
    assert read_module().integrity == MODULE.integrity


def test_a_floating_snippet_pins_nothing(footnote: Callable[..., Ran]) -> None:
    ran = footnote("widget", "snippet", "--key", KEY, "--server", CHAT, "--floating")
    attributes = f'type="module" src="{CHAT}/widget/v1/footnote.js" data-site-key="{KEY}" data-article="page"'
    assert ran.out == f"<script {attributes}></script>\n"


@pytest.mark.parametrize(
    ("ids", "attribute"),
    [
        (["tea"], "tea"),
        (["tea", "rivers"], '["tea", "rivers"]'),
        (["page", "tea"], '["page", "tea"]'),
        (['["x"]'], '["[\\"x\\"]"]'),
        (["4"], "4"),
    ],
    ids=repr,
)
def test_the_articles_that_are_named_are_asked_and_read_again(
    footnote: Callable[..., Ran], ids: list[str], attribute: str
) -> None:
    ran = footnote("widget", "snippet", "--key", KEY, "--articles", *ids)
    (script,) = markup_of(ran.out, SITE).scripts
    assert script.attributes["data-article"] == attribute
    assert asked_of_attribute(attribute) == ids


def test_all_that_a_key_may_quote_is_asked_only_where_that_is_said(footnote: Callable[..., Ran]) -> None:
    assert "data-article" not in footnote("widget", "snippet", "--key", KEY, "--all").out


def test_a_line_does_not_name_what_its_key_may_not_quote(
    footnote: Callable[..., Ran], keyed: Callable[..., tuple[str, Path]]
) -> None:
    key, folder = keyed(articles=["tea"])
    ran = footnote("widget", "snippet", "--key", key, "--articles", "tea", "handbook", "--library", str(folder))
    told = f"the site key may not quote 'handbook'; allow it with: footnote widget key change {key} --articles handbook"
    assert ran == Ran(2, "", f"footnote: {told}\n")
    assert footnote("widget", "snippet", "--key", key, "--articles", "tea", "--library", str(folder)).err == ""


def test_a_line_of_a_key_that_holds_nothing_is_printed_with_what_is_missing(
    footnote: Callable[..., Ran], keyed: Callable[..., tuple[str, Path]]
) -> None:
    key, folder = keyed()
    ran = footnote("widget", "snippet", "--key", key, "--library", str(folder))
    assert (ran.code, 'data-article="page"' in ran.out) == (0, True)
    assert ran.err.startswith("footnote: nothing will be answered: it may quote no article until it is given some")


def test_without_a_key_the_line_is_for_the_servers_own_pages_and_says_so(footnote: Callable[..., Ran]) -> None:
    ran = footnote("widget", "snippet")
    assert 'src="http://127.0.0.1:7860/widget/v1/footnote-' in ran.out
    assert 'data-site-key="pk_demo"' in ran.out
    assert ran.err == (
        "footnote: pk_demo works on the server's own pages only; make a key: footnote widget key add --origin URL\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("snippet", "--key", "secret"), "'secret' is no site key; list them with: footnote widget key list"),
        (("snippet", "--server", "chat.example"), "--server is 'chat.example'; give it as https://ask.example.org"),
        (("check", "https://a.example/", "--key", "secret"), "'secret' is no site key"),
        (("check", "nile.html"), "is no address of the web; begin it with https:// or http://"),
        (("check", "http://127.0.0.1/"), "is not a public address"),
    ],
)
def test_what_is_wrong_in_a_command_is_one_line(
    footnote: Callable[..., Ran], arguments: Sequence[str], told: str
) -> None:
    ran = footnote("widget", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert told in ran.err


def test_checking_a_good_page_ends_well(footnote: Callable[..., Ran], internet: Internet) -> None:
    ran = footnote("widget", "check", f"{SITE}/nile")
    assert (ran.code, ran.err) == (0, "")
    assert [line[:7].strip() for line in ran.out.splitlines()] == ["ok"] * 10


def test_checking_a_page_without_the_widget_ends_with_1_and_the_line_to_put_in(
    footnote: Callable[..., Ran], internet: Internet
) -> None:
    internet.pages["/nile"] = page(html())
    ran = footnote("widget", "check", f"{SITE}/nile", "--server", SERVER, "--key", KEY)
    assert ran.code == 1
    assert f"put this before </body>: {LINE} " in ran.out


def test_a_private_page_and_server_are_asked_where_that_is_allowed(
    footnote: Callable[..., Ran], internet: Internet
) -> None:
    internet.hosts["chat.example"] = ["10.0.0.8"]
    url = f"http://{PRIVATE_HOST}:8000/nile"
    assert footnote("widget", "check", url).code == 2
    internet.pages["/v1/widget/config"] = page(
        b"{}", "application/json", Access_Control_Allow_Origin=f"http://{PRIVATE_HOST}:8000"
    )
    assert footnote("widget", "check", url, "--allow-local").code == 0


def test_what_is_no_page_cannot_be_checked(footnote: Callable[..., Ran], internet: Internet) -> None:
    internet.pages["/nile"] = page(b"%PDF-1.7", "application/pdf")
    ran = footnote("widget", "check", f"{SITE}/nile")
    assert (ran.code, ran.out) == (2, "")
    assert "is no page of HTML" in ran.err
