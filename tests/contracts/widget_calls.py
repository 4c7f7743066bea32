"""Who gets what from the widget's routes: a table of calls, each with the status that it must get.

``python -m tests.contracts.widget_calls`` makes every call and prints the table as Markdown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from fastapi.testclient import TestClient

from tests.ui.fakes import FakeProduct, seed_article, seed_product
from ui.http.permission import Writers
from ui.server.app import create_app
from ui.widget.gate import MAX_BYTES
from ui.widget.site_keys import Quotas, SiteKey, SiteKeys

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOST = "http://127.0.0.1:7860"
NEWS = "https://news.example"
OTHER = "https://other.example"
STRANGER = "https://stranger.example"
SESSION = "0123456789abcdef" * 2
WHO = "Who asked for the intervention of the troops?"


@dataclass(slots=True)
class Site:
    """A running application with two articles, and a key of each kind by name."""

    client: TestClient
    product: FakeProduct
    site_keys: SiteKeys
    keys: Mapping[str, SiteKey]


@contextmanager
def site(*, is_local: bool = True) -> Iterator[Site]:
    """Give an application at noon, whose visitors all come from one address."""
    product = seed_product()
    product.library.held = [seed_article(), replace(seed_article(), id="second", title="Second")]
    site_keys = SiteKeys.in_memory(now=lambda: NOON)
    keys = {
        "right": site_keys.add([NEWS], articles=None, pages=True),
        "of no article": site_keys.add([NEWS]),
        "of pages": site_keys.add([NEWS], pages=True),
        "of one article": site_keys.add([NEWS], articles=["second"]),
        "of another site": site_keys.add([OTHER], articles=None),
        "revoked": site_keys.add([NEWS], articles=None),
        "spent today": site_keys.add([NEWS], articles=None, quotas=Quotas(per_day=1)),
        "spent in the session": site_keys.add([NEWS], articles=None, quotas=Quotas(per_session=1)),
        "spent by the address": site_keys.add([NEWS], articles=None, quotas=Quotas(per_address=1)),
    }
    site_keys.revoke(keys["revoked"].key)
    for name in ("spent today", "spent in the session", "spent by the address"):
        site_keys.count(keys[name], SESSION, "testclient")
    for _ in range(10):
        site_keys.count_read(keys["spent by the address"], "testclient")
    app = create_app(product, writers=Writers(is_local=is_local), keys=site_keys)
    with TestClient(app, base_url=HOST) as client:
        yield Site(client, product, site_keys, keys)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. ``key`` is the name of one of `site`'s keys, or what is sent as one; ``readable``: by the page."""

    case: str
    route: str
    status: int
    key: str | None = "right"
    origin: str | None = NEWS
    readable: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    session: str | None = SESSION

    def made(self, at: Site) -> Any:
        """Make the call and return the response."""
        method, _, path = self.route.partition(" ")
        headers = dict(self.headers)
        if self.key is not None:
            headers["X-Site-Key"] = at.keys[self.key].key if self.key in at.keys else self.key
        if self.origin is not None:
            headers["Origin"] = self.origin
        if self.session is not None:
            headers["X-Session-Id"] = self.session
        if self.body is not None:
            headers.setdefault("Content-Type", "application/json")
        content = self.body if isinstance(self.body, bytes | None) else json.dumps(self.body).encode()
        return at.client.request(method, path, headers=headers, content=content)


ASK, FEEDBACK = "POST /v1/widget/ask", "POST /v1/widget/feedback"
CONFIG, RESTORE, FORGET = "GET /v1/widget/config", "GET /v1/widget/session", "DELETE /v1/widget/session"
SOURCE = "GET /v1/widget/source?article_id=seed&start=0&end=10"
QUESTION = {"question": WHO}
THUMB = {"reply_id": "unknown", "thumb": "up"}
BODIES = {ASK: QUESTION, FEEDBACK: THUMB}
ROUTES = {ASK: 200, FEEDBACK: 404, CONFIG: 200, RESTORE: 200, FORGET: 204, SOURCE: 200}
"""Each route with what a good call gets: for feedback, that this session has no such reply."""
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-site-key"}


def _everywhere() -> Iterator[Call]:
    """What holds of every route."""
    for route, good in ROUTES.items():
        call = Call("", route, 0, body=BODIES.get(route))
        yield replace(call, case="right key, right origin", status=good, readable=True)
        yield replace(call, case="no key", status=401, key=None)
        yield replace(call, case="wrong key", status=401, key="pk_" + "x" * 24)
        yield replace(call, case="revoked key", status=401, key="revoked")
        yield replace(call, case="no origin", status=403, origin=None)
        yield replace(call, case="wrong origin", status=403, origin=STRANGER)
        yield replace(call, case="origin null", status=403, origin="null")
        yield replace(call, case="key of another site", status=403, key="of another site")
        yield replace(call, case="demo key, from another site", status=403, key="pk_demo")
        spent = "spent by the address"
        yield replace(call, case=f"key {spent}", status=429, key=spent, readable=True)


def _limits() -> Iterator[Call]:
    """What holds of some: quotas, sizes, shapes."""
    for route in (ASK, FEEDBACK):
        call = Call("", route, 0, body=BODIES[route], readable=True)
        yield replace(call, case="key spent today", status=429, key="spent today")
        yield replace(call, case="key spent today, in another session", status=429, key="spent today", session="f" * 32)
        yield replace(call, case="key spent in the session", status=429, key="spent in the session")
        yield replace(call, case="no session", status=422, session=None)
        yield replace(call, case="a session that is no id", status=422, session="' OR 1=1 --")
        large = b'{"question": "' + b"x" * MAX_BYTES + b'"}'
        yield replace(call, case="over size", status=413, body=large)
        yield replace(call, case="over size, no key", status=401, body=large, key=None, readable=False)
        yield replace(call, case="over size, wrong origin", status=403, body=large, origin=STRANGER, readable=False)
        yield replace(call, case="no JSON", status=422, body=b"question")
        yield replace(call, case="JSON nested without end", status=422, body=b"[" * 60_000)
        yield replace(call, case="as a form", status=422, headers={"Content-Type": "text/plain"})
        yield replace(call, case="wrong body, key spent today", status=422, key="spent today", body={"x": 1})
    call = Call("", ASK, 422, readable=True)
    yield replace(call, case="the page chooses a model", body=QUESTION | {"model": "gpt"})
    yield replace(call, case="the page chooses a prompt", body=QUESTION | {"prompt": "Say yes."})
    yield replace(call, case="the page makes up a history", body=QUESTION | {"history": []})
    yield replace(call, case="a question of 2,000 characters", status=200, body={"question": "🙂" * 2_000})
    yield replace(call, case="a question of 2,001 characters", body={"question": "x" * 2_001})
    yield replace(call, case="an empty question", body={"question": ""})
    yield replace(call, case="an article that the key is not for", status=404, key="of one article",
                  body=QUESTION | {"article_ids": ["seed"]})  # fmt: skip
    yield replace(call, case="an article that the key is for", status=200, key="of one article",
                  body=QUESTION | {"article_ids": ["second"]})  # fmt: skip
    yield replace(call, case="no article at all", body=QUESTION | {"article_ids": []})
    for key in ("of no article", "of pages", "of one article"):
        named = QUESTION | {"article_ids": ["seed"]}
        yield replace(call, case=f"no article named, key {key}", status=404, key=key, body=QUESTION)
        yield replace(call, case=f"an article of the library, key {key}", status=404, key=key, body=named)
    source = replace(call, body=None, route=SOURCE)
    yield replace(source, case="an article of the library, key of no article", status=404, key="of no article")
    yield replace(source, case="an article of the library, key of pages", status=404, key="of pages")
    yield replace(source, case="an article that the key is not for", status=404, key="of one article")
    yield replace(source, case="an end before the start", route=SOURCE.replace("start=0", "start=20"))
    yield replace(source, case="a place beyond the end", status=404, route=SOURCE.replace("end=10", "end=9000")
                  .replace("start=0", "start=8999"))  # fmt: skip
    yield replace(source, case="the whole article", route=SOURCE.replace("end=10", "end=10001"))


def _edges() -> Iterator[Call]:
    """The demonstration's key, the server's own pages, preflights, wrong methods, unknown paths."""
    for route in (ASK, CONFIG):
        call = Call("", route, ROUTES[route], body=BODIES.get(route), key="pk_demo", origin=HOST)
        yield replace(call, case="demo key, from the server's own page", readable=True)
        yield replace(call, case="demo key, asked by another name", status=421, headers={"Host": "evil.example"})
        yield replace(call, case="demo key, through a proxy", status=401, headers={"X-Forwarded-For": "203.0.113.7"})
        yield replace(call, case="demo key, origin of another port", status=403, origin="http://127.0.0.1:7861")
        yield replace(call, case="demo key, no origin", status=403, origin=None)
        yield replace(call, case="demo key, no origin, same origin by the browser", origin=None, headers=SAME_ORIGIN)
        yield replace(call, case="right key, no origin, same origin by the browser", key="right", origin=None,
                      headers=SAME_ORIGIN)  # fmt: skip
        yield replace(call, case="right key, wrong origin, same origin claimed", status=403, key="right",
                      origin=STRANGER, headers=SAME_ORIGIN)  # fmt: skip
    for path in ("ask", "page", "nothing"):
        options = Call("", f"OPTIONS /v1/widget/{path}", 204, key=None, session=None, headers=PREFLIGHT)
        yield replace(options, case="preflight, right origin", readable=True)
        yield replace(options, case="preflight, wrong origin", status=403, origin=STRANGER)
        yield replace(options, case="preflight, origin null", status=403, origin="null")
        yield replace(options, case="preflight, no origin", status=403, origin=None)
    page = Call("no key", "POST /v1/widget/page", 401, key=None, body={"url": f"{NEWS}/a"})
    yield page
    yield replace(page, case="wrong origin", status=403, key="right", origin=STRANGER)
    yield replace(page, case="origin null", status=403, key="right", origin="null")
    yield replace(page, case="a page that nothing is held of, key of no article", status=403, key="of no article",
                  readable=True)  # fmt: skip
    wrong = Call("wrong method", "GET /v1/widget/ask", 405, readable=True)
    yield wrong
    yield replace(wrong, route="PUT /v1/widget/session")
    yield replace(wrong, route="POST /v1/widget/config")
    yield replace(wrong, case="wrong method, no key", status=401, key=None, readable=False)
    nothing = Call("unknown path", "GET /v1/widget/nothing", 404, readable=True)
    yield nothing
    yield replace(nothing, case="unknown path, no key", status=401, key=None, readable=False)
    yield replace(nothing, case="unknown path, wrong origin", status=403, origin=STRANGER, readable=False)
    dotted = "GET /v1/widget/../widget/config"
    yield replace(nothing, case="a path with dots, no key", status=401, route=dotted, key=None, readable=False)
    encoded = "GET /v1%2Fwidget%2Fconfig"
    yield replace(nothing, case="an encoded path, no key", status=401, route=encoded, key=None, readable=False)


CALLS = (*_everywhere(), *_limits(), *_edges())


def main() -> None:
    """Make every call and print what came back."""
    print("| route | case | status | readable from another origin |\n|---|---|---|---|")
    with site() as at:
        responses = [call.made(at) for call in CALLS]
    for call, response in zip(CALLS, responses, strict=True):
        readable = "yes" if "access-control-allow-origin" in response.headers else "no"
        given = str(response.status_code) + ("" if response.status_code == call.status else f" (not {call.status})")
        print(f"| `{call.route.partition('?')[0]}` | {call.case} | {given} | {readable} |")


if __name__ == "__main__":
    main()
