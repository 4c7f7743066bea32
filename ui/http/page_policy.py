"""The chat page's policy: which scripts may run in it, whatever gets into the page.

Gradio writes a few scripts into the page itself; each is named by its hash, as
it is sent, so that no other runs: none that a text brings, no attribute like
``onerror``, nothing that a text is compiled to. No text of an article or of a
person stands in the page as it is sent: they come later, as values.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Callable, Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import StorageError

CHAT_PAGE = "/"
logger = logging.getLogger(__name__)
_SOURCE = re.compile(r"\ssrc\s*=", re.IGNORECASE)
_SCRIPT = re.compile(r"<script(?=[\s>])(?P<attributes>[^>]*)>(?P<text>.*?)</script", re.DOTALL | re.IGNORECASE)


def chat_policy(page: str, ancestors: Iterable[str] = (), *, compiles: bool = False) -> str:
    """Return the policy of a page as it is sent; ``ancestors`` may show it in a frame, besides the server's own.

    ``compiles``: the page may make functions of texts, which Gradio needs
    where its texts are not known (see `ui.chat.gradio_page.has_known_texts`).
    """
    inline = [found["text"] for found in _SCRIPT.finditer(page) if not _SOURCE.search(found["attributes"])]
    evaluation = ["'unsafe-eval'"] if compiles else []
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(["script-src 'self'", *dict.fromkeys(map(hash_source, inline)), *evaluation]),
            "script-src-attr 'none'",
            "style-src 'self' 'unsafe-inline'",  # Svelte and Gradio set style attributes and elements
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            " ".join(["frame-ancestors 'self'", *ancestors]),
        )
    )


def hash_source(script: str) -> str:
    """Return what a policy names an inline script by; its line ends count as the browser reads them."""
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class ChatPage:
    """Puts what the page needs into its head as it is sent, and sends it with a policy that names its scripts.

    Gradio adds a head of one's own only once its page runs, which the policy
    would not let it, and which is too late for what Gradio compiles.
    """

    def __init__(
        self, app: ASGIApp, *, head: str, ancestors: Callable[[], Iterable[str]] = tuple, compiles: bool = False
    ) -> None:
        self.app = app
        self._head = head
        self._ancestors = ancestors
        self._compiles = compiles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is no page goes through as it is, with a policy for nothing."""
        if scope["type"] != "http" or scope["path"] != CHAT_PAGE:
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body = bytearray()

        async def send_whole(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            page = body.decode("utf-8", "replace").replace("</head>", f"{self._head}</head>", 1)
            content = page.encode() if body else b""
            headers = MutableHeaders(scope=start)
            headers["Content-Security-Policy"] = chat_policy(page, self._origins(), compiles=self._compiles)
            if body:
                headers["Content-Length"] = str(len(content))
            await send(start)
            await send({**message, "body": content})

        await self.app(_taken_plain(scope), receive, send_whole)

    def _origins(self) -> list[str]:
        try:
            return sorted(self._ancestors())
        except StorageError as error:  # whom it is for cannot be told: then for nobody elsewhere
            logger.warning("the chat page may be framed by no other site: %s", error)
            return []


def _taken_plain(scope: Scope) -> Scope:
    """Return a request that takes no packed answer: what is packed cannot be read here."""
    kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
    return {**scope, "headers": kept}
