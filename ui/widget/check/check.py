"""What `footnote widget check` looks at: all that would keep the widget from working on a page.

The page and the server are asked from outside, as a browser would: what counts
is what is served, not what a file here says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from index.config import FetchingConfig
from index.errors import RefusalError, SourceError
from index.formats.decoding import declared_codec
from index.web import read_fetched
from index.web.addresses import WebAddress, parse_address, shown
from index.web.fetch import Fetched, fetch
from index.web.pages import is_web_page
from ui.app.protocols import Library
from ui.app.publisher_pages import held_page
from ui.http.host_names import is_loopback
from ui.widget.articles import closed_in_words, held_articles, is_of, may_quote, titles_of
from ui.widget.check.csp import Policy, Script, policies_of
from ui.widget.check.markup import PageMarkup, ScriptElement, joined, markup_of
from ui.widget.script import DEMO_KEY, FLOATING_PATH, MANIFEST_PATH, PAGE, asked_of_attribute, is_site_key
from ui.widget.site_keys import SiteKey

Get = Callable[..., Fetched]
ASK_PATH, CONFIG_PATH = "/v1/widget/ask", "/v1/widget/config"
Holdings = Callable[[str], AbstractContextManager[tuple[SiteKey, Library] | None]]
ENOUGH = 0.9  # of a text's paragraphs: some pages repeat or reorder a few
_SCRIPT_PATH = re.compile(r"(?P<before>.*)/widget/v1/footnote(?:-(?P<digest>[0-9a-f]{12}))?\.js")
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do where that is a problem."""

    what: str
    found: str
    to_do: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether there is nothing to do."""
        return not self.to_do

    def __str__(self) -> str:
        sign, to_do = ("ok", "") if self.is_ok else ("problem", f"; {self.to_do}")
        line = f"{sign:<8} {self.what}: {self.found}{to_do}"
        return "".join(character if character.isprintable() else "\ufffd" for character in line)  # a page may say it


@dataclass(frozen=True, slots=True)
class _Snippet:
    """How a page has the widget: from which server, with which key, and the script that loads it if that is seen."""

    server: str
    key: str
    script: ScriptElement | None = None
    digest: str | None = None
    own_key: str = ""  # that the page has, whatever it should have
    article: str | None = PAGE  # what it asks; None: all that the key may quote

    @property
    def module(self) -> str:
        return self.script.url if self.script else self.server + FLOATING_PATH


def nowhere(key: str) -> AbstractContextManager[None]:
    """Give no key."""
    return nullcontext()


def check_page(
    url: str,
    config: FetchingConfig,
    *,
    key: str | None = None,
    server: str | None = None,
    line: str = "",
    allow_local: bool = False,
    get: Get = fetch,
    holdings: Holdings = nowhere,
) -> Iterator[Finding]:
    """Yield what is found at a page, in the order in which a browser would meet it.

    ``key`` and ``server`` are what the page should have; without them, what it
    has is looked at. ``line`` is what to put in where there is nothing.
    ``allow_local``: they may be on a private network, and on any port.
    ``holdings`` gives a key with its library, where this machine has it: what a
    key may quote is said in full to its owner alone.

    Raises:
        SourceError: the page cannot be fetched, or is none.
    """
    config = _allowing(url, config) if allow_local else config
    fetched = get(url, config)
    if not is_web_page(fetched):
        raise SourceError(f"{shown(url)}: is no page of HTML; give the address of a page that shows the article")
    markup = markup_of(_text_of(fetched), fetched.url)
    snippet = _snippet(markup, fetched.url, server, key)
    yield from _page(fetched, markup, snippet, key, line)
    if snippet is not None:
        config = _allowing(snippet.server, config) if allow_local else config
        yield from _policies(fetched, markup, snippet)
        yield _mixed(fetched.url, snippet)
        yield from _server(fetched.url, snippet, config, get, holdings)
    yield _words(fetched, markup)


def _allowing(url: str, config: FetchingConfig) -> FetchingConfig:
    address = parse_address(url)
    host = f"[{address.host}]" if ":" in address.host else address.host
    return replace(config, allow_hosts=(*config.allow_hosts, f"{host}:{address.port}"))


def _text_of(fetched: Fetched) -> str:
    declared = declared_codec(fetched.charset) if fetched.charset else None
    found = re.search(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", fetched.content[:4096], re.IGNORECASE)
    codec = declared or (declared_codec(found[1].decode("ascii", "replace")) if found else None) or "utf-8"
    return fetched.content.decode(codec, "replace")


def _snippet(markup: PageMarkup, page: str, server: str | None, key: str | None) -> _Snippet | None:
    """Return the widget that a page has, else the one it should have, if that is told."""
    for script in markup.scripts:
        address = _address(script.url)
        found = _SCRIPT_PATH.fullmatch(address.path) if address else None
        if address is not None and found is not None:
            told: dict[str, str] = {**next(iter(markup.chats), {}), **_of_data(script.attributes)}
            named = _address(joined(page, told["src"])) if "src" in told else None
            home = f"{named.origin}{named.path}" if named else f"{address.origin}{found['before']}"
            own_key = told.get("site-key", "")
            asked = told.get("article") or None
            return _Snippet(server or home.rstrip("/"), key or own_key, script, found["digest"], own_key, asked)
    return _Snippet(server, key or "") if server else None


def _address(url: str) -> WebAddress | None:
    try:
        return parse_address(url)
    except SourceError:
        return None


def _of_data(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return what a script's ``data-`` attributes say, which the widget takes as its own."""
    return {name.removeprefix("data-"): value for name, value in attributes.items() if name.startswith("data-")}


def _page(
    fetched: Fetched, markup: PageMarkup, snippet: _Snippet | None, key: str | None, line: str
) -> Iterator[Finding]:
    yield Finding("page", f"{fetched.url} answers, {len(fetched.content):,} bytes")
    if snippet is None or snippet.script is None:
        what = "the element stands there, but nothing loads it" if markup.chats else "is not in the page's HTML"
        to_do = f"put this before </body>: {line} (or see in a browser that a script of the page adds it)"
        yield Finding("snippet", what, to_do)
        return
    script = snippet.script
    if script.attributes.get("type", "").strip().lower() != "module":
        yield Finding("snippet", f"{script.url} is loaded as a classic script", 'write type="module"')
    elif not snippet.own_key:
        yield Finding("snippet", "it has no site key", 'write data-site-key="pk_…" into it')
    elif key is not None and snippet.own_key != key:
        yield Finding(
            "snippet", f"it has the site key {shown(snippet.own_key)}", f'write data-site-key="{key}" into it'
        )
    else:
        yield Finding("snippet", f"{script.url}, site key {shown(snippet.own_key)}")


def _policies(fetched: Fetched, markup: PageMarkup, snippet: _Snippet) -> Iterator[Finding]:
    sent = [value for name, value in fetched.headers if name == "content-security-policy"]
    placed = [("header", policy) for policy in policies_of(sent)]
    placed += [("meta", policy) for policy in policies_of(markup.policies, in_meta=True)]
    if not placed:
        yield Finding("security policy", "the page has none")
    for where, policy in placed:
        problems = list(_forbidden(policy, fetched.url, snippet))
        for found, to_do in problems:
            yield Finding(f"security policy ({where})", found, to_do)
        if not problems:
            needless = "; trusted types are required, and the widget needs none" if policy.wants_trusted_types else ""
            yield Finding(f"security policy ({where})", f"lets the widget load and ask{needless}")


def _forbidden(policy: Policy, page: str, snippet: _Snippet) -> Iterator[tuple[str, str]]:
    origin = _origin(snippet.server)
    attributes = snippet.script.attributes if snippet.script else {}
    script = Script(snippet.module, attributes.get("nonce", ""), attributes.get("integrity", ""))
    if directive := policy.refusing_script(script, page):
        is_dynamic = any(source.lower() == "'strict-dynamic'" for source in policy.directives[directive])
        to_do = "give the script the page's nonce" if is_dynamic else f"add {origin} to script-src"
        yield f"{directive} does not let {snippet.module} be loaded", to_do
    if directive := policy.refusing_connection(snippet.server + ASK_PATH, page):
        yield f"{directive} does not let the widget ask {origin}", f"add {origin} to connect-src"
    if lacking := policy.lacking_in_sandbox():
        yield "sandbox takes the page's scripts or its origin away", f"add {' '.join(lacking)} to sandbox"


def _mixed(page: str, snippet: _Snippet) -> Finding:
    """Tell whether a secure page would have to ask a server that is not."""
    is_secure = urlsplit(page).scheme == "https"
    for address in (snippet.module, snippet.server):
        parts = urlsplit(address)
        if is_secure and parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            found = f"the page is https and {_origin(address)} is http, which browsers block"
            return Finding("mixed content", found, "serve Footnote over https, behind a proxy that has a certificate")
    return Finding("mixed content", "none")


def _server(page: str, snippet: _Snippet, config: FetchingConfig, get: Get, holdings: Holdings) -> Iterator[Finding]:
    try:
        manifest = _manifest(get(snippet.server + MANIFEST_PATH, config))
    except SourceError as error:
        yield Finding(
            "server", str(error), "see that Footnote runs there; on a private network, check with --allow-local"
        )
        return
    yield Finding(
        "server", f"{snippet.server} has version {manifest['version']}, {manifest['gzip_size']:,} bytes packed"
    )
    if snippet.script is not None:
        yield _version(snippet.script, snippet, manifest)
    finding, told = _key(page, snippet, config, get)
    yield finding
    if told is not None:
        yield from _articles(page, snippet, told, holdings)


def _manifest(fetched: Fetched) -> Mapping[str, Any]:
    try:
        told = json.loads(fetched.content)
        wanted = {"version": str, "url": str, "integrity": str, "gzip_size": int}
        if all(isinstance(told[name], kind) for name, kind in wanted.items()):
            return dict(told)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise SourceError(f"{shown(fetched.url)}: is no manifest of the widget; is that another server?")


def _version(script: ScriptElement, snippet: _Snippet, manifest: Mapping[str, Any]) -> Finding:
    """Tell whether the page loads what the server has."""
    pinned = script.attributes.get("integrity", "").split()
    newest = urlsplit(str(manifest["url"])).path
    renew = "renew the line with: footnote widget snippet"
    if snippet.digest is not None and not newest.endswith(f"footnote-{snippet.digest}.js"):
        return Finding("version", f"the page names another version than the server's, {newest}", renew)
    if pinned and manifest["integrity"] not in pinned:
        return Finding("version", "the page pins another hash than the server's, and no browser will load it", renew)
    if snippet.digest is None and pinned:
        found = "the page pins a path that changes: the next version will not load"
        return Finding("version", found, f"{renew}, or leave integrity out")
    if snippet.digest is None:
        return Finding("version", "the page takes whatever the server has, unpinned")
    return Finding("version", "the server's own" + (", pinned by its hash" if pinned else ", not pinned by a hash"))


def _key(page: str, snippet: _Snippet, config: FetchingConfig, get: Get) -> tuple[Finding, Mapping[str, Any] | None]:
    """Ask the server, as the page would, whether the key is good there; return what it tells of the key too."""
    origin = _origin(page)
    make = f"make one with: footnote widget key add --origin {origin}"
    if not snippet.key:
        return Finding("site key", "none is known", make), None
    if snippet.key == DEMO_KEY and origin != _origin(snippet.server):
        return Finding("site key", f"{DEMO_KEY} is for the server's own page alone", make), None
    if not is_site_key(snippet.key):
        return Finding("site key", f"{shown(snippet.key)!r} is none", make), None
    try:
        told = get(snippet.server + CONFIG_PATH, config, headers={"X-Site-Key": snippet.key, "Origin": origin})
    except RefusalError as error:
        reasons = {401: "unknown to the server, or revoked", 403: f"not bound to {origin}", 429: "used up for now"}
        found = reasons.get(error.status)
        return Finding("site key", f"{snippet.key} is {found}" if found else str(error), make), None
    except SourceError as error:
        return Finding("site key", str(error), "try again"), None
    if told.header("access-control-allow-origin") != origin:
        found = f"the server's answer does not name {origin}, so that the page cannot read it"
        to_do = "let the proxy before Footnote pass Access-Control-Allow-Origin and Vary on"
        return Finding("site key", found, to_do), None
    return Finding("site key", f"{snippet.key} is good for {origin}"), _told(told)


def _told(fetched: Fetched) -> Mapping[str, Any] | None:
    """Return what a server says of a key; None where it says nothing of articles, as an older version does."""
    try:
        told = json.loads(fetched.content)
        ids = told["article_ids"]
        is_list = isinstance(ids, list) and all(isinstance(each, str) for each in ids)
        if isinstance(told["articles"], int) and isinstance(told["pages"], bool) and (ids is None or is_list):
            return dict(told)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return None


def _articles(page: str, snippet: _Snippet, told: Mapping[str, Any], holdings: Holdings) -> Iterator[Finding]:
    """Tell what may be quoted on the page, and whether that holds what the page asks."""
    with holdings(snippet.key) as found:
        if found is None:
            yield _held_elsewhere(snippet.key, told)
            yield _asked_elsewhere(snippet, told)
        else:
            yield _held(_origin(page), *found)
            yield _asked(page, snippet, *found)


def _held(origin: str, site_key: SiteKey, library: Library) -> Finding:
    held = held_articles(library, site_key)
    strange = [summary for summary in held if not is_of([origin], summary.url)]
    change = f"footnote widget key change {site_key.key} --articles ID... or --pages"
    if site_key.is_empty:
        told = closed_in_words(site_key) if site_key.was_open else "the key may quote no article"
        return Finding("articles", told, f"give it some: {change}")
    whole = ", all of the library and each that is added later" if site_key.articles is None else ""
    counted = f"the key may quote {_counted(len(held))}{whole}"
    if not strange:
        return Finding("articles", f"{counted}; none is of another place than {origin}")
    titles = titles_of(library, {summary.id for summary in strange})
    found = f"{counted}; {len(strange):,} not of {origin}: {titles}"
    if site_key.articles is None:
        return Finding("articles", found, f"see that everybody may read them, or say what may be quoted: {change}")
    return Finding("articles", found)


def _asked(page: str, snippet: _Snippet, site_key: SiteKey, library: Library) -> Finding:
    if snippet.article == PAGE and not site_key.pages:
        here = held_page(library.articles(), page)
        if here is None or not may_quote(site_key, here.id, here.url):
            return _page_is_not_held(site_key.key)
        return Finding("asks", f"its page, which the library holds as {here.title!r}")
    urls = {summary.id: summary.url for summary in library.articles()}
    for article_id in _named_in(snippet):
        if article_id not in urls or not may_quote(site_key, article_id, urls[article_id]):
            return _not_held(site_key.key, article_id)
    return Finding("asks", _asked_in_words(snippet))


def _held_elsewhere(key: str, told: Mapping[str, Any]) -> Finding:
    """Tell what the server says of a key that the library here does not have: how many articles, and not which."""
    which = "which, is told on the machine of the library, or with --library DIR"
    if told["article_ids"] is None:
        to_do = f"see that everybody may read it, or say what may be quoted: footnote widget key change {key} --help"
        return Finding("articles", f"the key publishes the whole library, {_counted(told['articles'])}; {which}", to_do)
    if not told["article_ids"] and not told["pages"]:
        return Finding(
            "articles", "the key may quote no article", f"give it some: footnote widget key change {key} --help"
        )
    return Finding("articles", f"the key may quote {_counted(told['articles'])}; {which}")


def _asked_elsewhere(snippet: _Snippet, told: Mapping[str, Any]) -> Finding:
    if snippet.article == PAGE and not told["pages"]:
        if not told["articles"]:
            return _page_is_not_held(snippet.key)
        return Finding("asks", "its page, which is answered only where the library holds it under its address")
    if told["article_ids"] is not None and not told["pages"]:
        for article_id in _named_in(snippet):
            if article_id not in told["article_ids"]:
                return _not_held(snippet.key, article_id)
    return Finding("asks", _asked_in_words(snippet))


def _page_is_not_held(key: str) -> Finding:
    found = "its page, which the key neither holds nor lets the server read: nothing will be answered"
    return Finding("asks", found, f"allow it with: footnote widget key change {key} --pages")


def _not_held(key: str, article_id: str) -> Finding:
    found = f"{article_id!r}, which the key may not quote: nothing will be answered"
    return Finding("asks", found, f"allow it with: footnote widget key change {key} --articles ID..., or ask another")


def _named_in(snippet: _Snippet) -> Sequence[str]:
    return () if snippet.article in (None, PAGE) else asked_of_attribute(snippet.article or "")


def _asked_in_words(snippet: _Snippet) -> str:
    if snippet.article == PAGE:
        return "the page that it stands on"
    named = _named_in(snippet)
    return ", ".join(map(repr, named)) if named else "all that the key may quote"


def _counted(count: int) -> str:
    return "1 article" if count == 1 else f"{count:,} articles"


def _words(fetched: Fetched, markup: PageMarkup) -> Finding:
    """Tell whether the article can be read from the page, and its words be found there again."""
    try:
        (article,) = read_fetched(fetched, source=fetched.url)
    except SourceError as error:
        to_do = "index its text with: footnote index, or show it without scripts"
        return Finding("text", str(error), to_do)
    lines = [" ".join(line.split()) for line in article.text.splitlines() if line.strip() and " | " not in line]
    missing = [line for line in lines if line not in markup.text]
    again = f"{len(lines) - len(missing)} of {len(lines)} paragraphs found in the page again"
    found = f"{len(article.text):,} characters can be read, {again}"
    if len(missing) > len(lines) * (1 - ENOUGH):
        begins = missing[0][:_SHOWN_CHARACTERS]
        to_do = f"footnotes to the others open in the panel alone; see how the page writes {begins!r}"
        return Finding("text", found, to_do)
    return Finding("text", found)


def _origin(url: str) -> str:
    """Return the origin of an address; of what is none, the whole as it can be shown."""
    address = _address(url)
    return address.origin if address else shown(url)
