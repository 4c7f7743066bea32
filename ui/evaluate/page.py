"""The evaluation page: one HTML document of its own, since a report needs the whole width and nothing of the chat.

Its script and styles stand in it and are named by their hashes, so that its
policy lets nothing else run, and nothing is loaded from anywhere.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Header, Query
from fastapi.responses import HTMLResponse

from ui.http.page_policy import hash_source
from ui.http.scripts import joined
from ui.http.security import MAX_UPLOAD_BYTES
from ui.http.static_text import static_text
from ui.replies.messages import Wording, negotiated, wording_of, wordings
from ui.replies.templating import as_html, html_of

PATH = "/evaluate"
STATIC = Path(__file__).with_name("static")
STYLES = ("paper", "evaluating")
WORDS = ("evaluation.", "offline.", "token.")


def add_evaluation_page(app: FastAPI) -> None:
    """Serve the page."""

    @app.get(PATH, include_in_schema=False)
    def evaluation_page(
        lang: Annotated[str, Query(max_length=100)] = "",
        accept_language: Annotated[str, Header()] = "",
    ) -> HTMLResponse:
        """Return the page, in the language of its address, or in one that the browser likes."""
        words = wording_of(lang) if lang in wordings() else negotiated(accept_language)
        headers = {"Content-Security-Policy": _policy(), "Cache-Control": "no-store", "Vary": "Accept-Language"}
        return HTMLResponse(page_html(words), headers=headers)


def page_html(words: Wording) -> str:
    """Return the whole page in one language."""
    said = {key: text for prefix in WORDS for key, text in words.spoken(prefix).items()}
    said_safely = json.dumps({"locale": words.locale.replace("_", "-"), "texts": said}).replace("<", "\\u003c")
    return html_of(
        STATIC.with_name("templates"),
        "document.html",
        words,
        languages=list(wordings().values()),
        most_bytes=MAX_UPLOAD_BYTES,
        # Our own files, and JSON in which no tag can be seen.
        early=as_html(_early()),
        style=as_html(_style()),
        script=as_html(_script()),
        said=as_html(said_safely),
    )


@cache
def _policy() -> str:
    scripts, style = " ".join(map(hash_source, (_early(), _script()))), hash_source(_style())
    return (
        f"default-src 'none'; script-src {scripts}; script-src-attr 'none'; style-src {style}; img-src data:; "
        "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


@cache
def _early() -> str:
    """Return what runs before the first paint."""
    return _as_script("early.js")


@cache
def _script() -> str:
    return _as_script("runs.js")


def _as_script(entry: str) -> str:
    return f'(() => {{\n"use strict";\n{joined(STATIC / entry)}\n}})();'


@cache
def _style() -> str:
    return "\n".join(_file(f"{name}.css") for name in STYLES)


def _file(name: str) -> str:
    return static_text(STATIC, name)
