"""Counts and times for whoever runs the server, as Prometheus reads them; the only file that imports its client.

No label holds what somebody sent: a route is one of ours or ``other``, a method
one that HTTP defines or ``OTHER``. No question is in here.
"""

from __future__ import annotations

import time
from http import HTTPMethod

from fastapi import FastAPI
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import FootnoteError
from qa.answer import Answer, Reply
from ui.app.protocols import Library
from ui.http.access_log import AccessLog
from ui.http.admission import AdmissionQueue

PATH = "/metrics"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
UNROUTED = ("/mcp", "/openapi.json")  # plain routes leave no name behind
CLIENT_LEFT = 499  # as nginx counts it; nobody is ever told
STATUSES = ("answered", "partial", "abstained")


class Metrics:
    """What is counted in one server; safe to use from several threads."""

    def __init__(self) -> None:
        """Begin at nothing, in a registry of its own: two servers in one process do not share counts."""
        self._registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "footnote_requests", "Requests answered.", ("route", "method", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "footnote_request_seconds",
            "Time from a request to the end of its response, streams included.",
            ("route",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._replies = Counter(
            "footnote_replies", "Replies made, by their status.", ("status",), registry=self._registry
        )
        for status in STATUSES:
            self._replies.labels(status)  # a rate needs the count to begin at 0
        self._articles = Gauge("footnote_articles", "Articles in the library.", registry=self._registry)
        self._asking = Gauge("footnote_asking", "Questions being answered or waiting.", registry=self._registry)
        ProcessCollector(registry=self._registry)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        known = method if method in HTTPMethod.__members__ else "OTHER"
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def reply(self, reply: Reply) -> None:
        """Count a reply."""
        partly = isinstance(reply, Answer) and reply.partial
        self._replies.labels("partial" if partly else "answered" if isinstance(reply, Answer) else "abstained").inc()

    def text(self, *, articles: float, asking: int) -> bytes:
        """Return everything in Prometheus' text format."""
        self._articles.set(articles)
        self._asking.set(asking)
        return generate_latest(self._registry)


class MetricsMiddleware:
    """Counts and times each request by its route, also those that fail, and writes them into a log if there is one.

    Whose client left before there was a response counts as `CLIENT_LEFT`, whatever was made of it.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, log: AccessLog | None = None) -> None:
        self.app = app
        self.metrics = metrics
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        has_left = False

        async def receive_noted() -> Message:
            nonlocal has_left
            message = await receive()
            has_left = has_left or message["type"] == "http.disconnect"
            return message

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = CLIENT_LEFT if has_left else message["status"]
            await send(message)

        try:
            await self.app(scope, receive_noted, send_noted)
        finally:
            status = status or (CLIENT_LEFT if has_left else 500)
            seconds = time.perf_counter() - began
            self.metrics.request(_route_of(scope), scope["method"], status, seconds)
            if self.log is not None:
                client = scope.get("client")
                self.log.request(client[0] if client else "", scope["method"], scope["path"], status, seconds)


def _route_of(scope: Scope) -> str:
    """Return the pattern that a path was routed by, never the path; the chat's are all its own."""
    if scope["path"] in UNROUTED:
        return str(scope["path"])
    path = getattr(scope.get("route"), "path", None)
    return "other" if path is None else str(path).replace(":path}", "}") or "chat"


def add_metrics_route(app: FastAPI, metrics: Metrics, library: Library, turns: AdmissionQueue) -> None:
    """Tell the counts of an application."""

    @app.get(PATH, response_class=Response)
    def read_metrics() -> Response:
        """Return counts and times in Prometheus' text format; no question is in them."""
        try:
            articles: float = len(library.articles())
        except FootnoteError:
            articles = float("nan")  # the other figures are wanted most when the library cannot be read
        return Response(metrics.text(articles=articles, asking=turns.asking), media_type=CONTENT_TYPE_LATEST)
