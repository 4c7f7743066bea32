"""A server that speaks the widget's contract with scripted replies, and pages of somebody else's that embed it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from qa.events import Finished
from qa.reply_json import reply_to_json
from tests.ui.fakes import FakeProduct
from ui.http.sse import frame
from ui.replies.messages import wording_of
from ui.widget.script import read_module

MODULE = read_module().content
WORDS = {
    "widget.busy": "Too many questions.",
    "widget.page_failed": "This page could not be read.",
    "widget.reset": "New conversation",
    "widget.down": "Bad reply",
    "widget.stop": "Stop",
    "widget.stopped": "Stopped.",
    "widget.back": "Back",
    "widget.high": "High confidence",
    "widget.fair": "Fair confidence",
    "widget.low": "Low confidence: check the quote",
}
ALLOWED = "content-type, x-site-key, x-session-id"


class Served:
    """An application on a free port of this machine, served by uvicorn in a thread."""

    def __init__(self, app: Starlette) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> str:
        """Return the address once it answers."""
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=20)
        self._socket.close()


@dataclass(slots=True)
class FakeWidget:
    """What the widget's routes answer; ``refuse`` names the status that a route gives instead of its answer."""

    product: FakeProduct
    refuse: dict[str, int] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)  # bodies, each with its path, method and headers
    turns: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    go_on: threading.Event = field(default_factory=threading.Event)  # an answer waits for it before its reply
    page_article: str = "seed"
    article_ids: list[str] | None = None  # that the key names

    def __post_init__(self) -> None:
        self.go_on.set()

    def app(self) -> Starlette:
        methods = ["GET", "POST", "DELETE", "OPTIONS"]
        routes = [Route("/v1/widget/{name}", self.answer, methods=methods), Route("/widget/v1/footnote.js", module)]
        return Starlette(routes=routes)

    async def answer(self, request: Request) -> Response:
        response = await self._answer(request, request.path_params["name"])
        response.headers.update({"Access-Control-Allow-Origin": request.headers.get("origin", ""), "Vary": "Origin"})
        response.headers["Access-Control-Allow-Headers"] = ALLOWED
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        return response

    async def _answer(self, request: Request, name: str) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204)
        body = await request.json() if request.method == "POST" else {}
        self.asked.append({**body, "path": name, "method": request.method, "headers": dict(request.headers)})
        if status := self.refuse.get(name):
            return JSONResponse({"status": status, "detail": "<b>refused</b>"}, status)
        session = self.turns.setdefault(request.headers.get("x-session-id", ""), [])
        match request.method, name:
            case "GET", "config":
                return JSONResponse(self._config(request.query_params.get("lang", "")) | self._suggested(request))
            case "POST", "ask":
                events = self._events(body["question"], body.get("article_ids"), session)
                return StreamingResponse(iterate_in_threadpool(events), media_type="text/event-stream")
            case "GET", "session":
                return JSONResponse({"turns": session})
            case "GET", "source":
                return JSONResponse(self._source(request.query_params))
            case "POST", "page":
                return JSONResponse({"article_id": self.page_article, "title": "", "state": "added"})
        session.clear()
        return Response(status_code=204)

    def _config(self, language: str) -> dict[str, Any]:
        wording = wording_of(language.partition("-")[0])
        known = {**wording_of("en").texts, **wording.texts}
        words = {key: text for key, text in known.items() if key.startswith("widget.")} | WORDS
        suggestions = list(self.product.example_questions)
        direction = "rtl" if language == "he" else wording.direction
        spoken = {"language": language, "direction": direction, "words": words, "suggestions": suggestions}
        named = {"articles": 1, "article_ids": self.article_ids, "pages": True}
        return {**spoken, **named, "most_question_characters": 2000}

    def _suggested(self, request: Request) -> dict[str, Any]:
        """Return a question about each article that is asked for, where the whole library is not."""
        asked = request.query_params.getlist("about")
        self.asked[-1]["article_ids"] = asked
        return {"suggestions": [f"What of {article_id}?" for article_id in asked]} if asked else {}

    def _events(self, question: str, ids: list[str] | None, session: list[dict[str, Any]]) -> Iterator[str]:
        for event in self.product.assistant.stream(question, article_ids=ids):
            if isinstance(event, Finished):
                self.go_on.wait(20)
                session.append({"question": question, "reply": reply_to_json(event.reply)})
            yield frame(event)

    def _source(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        article = self.product.library.article(wanted["article_id"])
        start, end = int(wanted["start"]), int(wanted["end"])
        shown = {"before": article.text[max(0, start - 600) : start], "quote": article.text[start:end]}
        named = {"article_id": article.id, "title": article.title, "url": article.url, "page": article.page_at(start)}
        return {**named, **shown, "after": article.text[end : end + 600]}


def module(_: Request) -> Response:
    headers = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(MODULE, media_type="text/javascript", headers=headers)


@dataclass(slots=True)
class Site:
    """Pages of another origin: `pages` by path, each with a policy that lets in the widget and no style of its own."""

    server: str
    pages: dict[str, str] = field(default_factory=dict)
    policy: str = ""

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._page)])

    def _page(self, request: Request) -> Response:
        page = self.pages.get(request.path_params["path"])
        if page is None:
            return PlainTextResponse("", 404)
        policy = f"default-src 'none'; script-src {self.server}; connect-src {self.server}; {self.policy}".strip("; ")
        kind = "text/css" if request.path_params["path"].endswith(".css") else "text/html"
        return Response(page, media_type=kind, headers={"Content-Security-Policy": policy})
