"""The widget's files over HTTP: the module for pages anywhere, and a page that shows it.

``/widget/v1/footnote.js`` is whatever the server has, asked for anew each time;
the path with the hash is one content for ever. Neither needs a key, and any
page may read them. The demonstration page is held to a policy that forbids all
but its own files: where the widget works there, it works under any that names
its server.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from index.errors import ConfigurationError
from ui.app.protocols import Library
from ui.widget.demo_page import demo_values
from ui.widget.script import FLOATING_PATH, FOLDER, MANIFEST_PATH, WidgetModule, read_module

DEMO_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",  # the browser asks for a favicon by itself
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
PUBLIC = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
ASK_AGAIN = {"Cache-Control": "no-cache"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_DEMO_TYPES = {"demo.css": "text/css; charset=utf-8", "demo.js": "text/javascript; charset=utf-8"}
_JAVASCRIPT = "text/javascript; charset=utf-8"
_READ = ["GET", "HEAD"]


def add_widget_files(app: FastAPI, library: Library, folder: Path = FOLDER) -> None:
    """Serve the widget of a folder, and a page that shows it beside an article of the library."""
    _add_module(app, folder)
    _add_demo(app, library, folder / "demo")


def _add_module(app: FastAPI, folder: Path) -> None:
    @app.api_route(FLOATING_PATH, methods=_READ, include_in_schema=False)
    def newest(request: Request) -> Response:
        """Give the module that the server has."""
        module = _module(folder)
        return _answer(request, module.content, module.packed, _JAVASCRIPT, {**PUBLIC, **ASK_AGAIN})

    @app.api_route("/widget/v1/footnote-{digest}.js", methods=_READ, include_in_schema=False)
    def exact(request: Request, digest: str) -> Response:
        """Give the module if it has this hash."""
        module = _module(folder)
        if digest != module.digest:
            detail = f"The server has no widget {digest[:40]!r} any more; the newest is at {module.path}."
            raise HTTPException(404, detail)
        return _answer(request, module.content, module.packed, _JAVASCRIPT, {**PUBLIC, **FOR_EVER})

    @app.get(MANIFEST_PATH, response_model=Manifest)
    def manifest() -> Response:
        """Tell which widget the server has: its version, path, sizes in bytes, and hash."""
        return JSONResponse(_module(folder).manifest, headers={**PUBLIC, **ASK_AGAIN})


class Manifest(BaseModel):
    """Which widget the server has."""

    version: str
    url: str = Field(description="The path whose content the hash is of.")
    size: int = Field(description="In bytes; packed: ``gzip_size``.")
    gzip_size: int
    integrity: str


def _add_demo(app: FastAPI, library: Library, folder: Path) -> None:
    @app.api_route("/widget/demo", methods=_READ, include_in_schema=False)
    def demo(request: Request) -> Response:
        """Show the widget in each of its modes, beside an article whose words it can light up."""
        page = Template((folder / "demo.html").read_text("utf-8"))
        values = demo_values(library, request.query_params, str(request.base_url))
        written = page.substitute({**{name: escape(value) for name, value in values.plain.items()}, **values.markup})
        headers = {"Content-Security-Policy": DEMO_POLICY, **ASK_AGAIN}
        return _answer(request, written.encode(), None, "text/html; charset=utf-8", headers)

    @app.api_route("/widget/demo/{name}", methods=_READ, include_in_schema=False)
    def demo_file(request: Request, name: str) -> Response:
        """Give the page's own style and script."""
        if name not in _DEMO_TYPES:
            raise HTTPException(404, f"There is nothing at {request.url.path}.")
        return _answer(request, (folder / name).read_bytes(), None, _DEMO_TYPES[name], ASK_AGAIN)


def _module(folder: Path) -> WidgetModule:
    try:
        return read_module(folder)
    except ConfigurationError as error:
        raise HTTPException(404, "This installation has no widget; install the product again.") from error


def _answer(
    request: Request, content: bytes, packed: bytes | None, media_type: str, headers: Mapping[str, str]
) -> Response:
    """Return a file, packed where that is wanted, or that it is what the client has already."""
    is_packed = _takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}{"-gzip" if is_packed else ""}"'
    told = {**headers, "ETag": tag, "Vary": "Accept-Encoding"}
    if _is_held(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=told)
    if is_packed:
        told["Content-Encoding"] = "gzip"
        content = packed if packed is not None else gzip.compress(content, mtime=0)
    return Response(content, media_type=media_type, headers=told)


def _takes_gzip(accepted: str) -> bool:
    """Tell whether an ``Accept-Encoding`` takes gzip: named, or by a star, and not with weight 0."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        coding, _, parameters = part.partition(";")
        weight = re.search(r"\bq\s*=\s*([01](?:\.\d{0,3})?)\s*$", parameters)
        weights[coding.strip()] = float(weight[1]) if weight else 1.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _is_held(wanted: str, tag: str) -> bool:
    """Tell whether an ``If-None-Match`` names a tag; the weak form that proxies make of it is as good."""
    return wanted.strip() == "*" or tag in (held.strip().removeprefix("W/") for held in wanted.split(","))
