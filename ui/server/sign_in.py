"""How a browser gives the read token: once, on a page of its own or in a link; a cookie then stands for it.

The link is ``/signin#token=…``: what stands behind ``#`` is never sent, so no
log and no proxy has it, and the page takes it out of the address. The cookie is
``HttpOnly`` and ``SameSite=Strict``, holds a value of this start of the server
and not the token, and ends with the browser.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import FastAPI, Header, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.requests import cookie_parser

from qa.errors import QuotaError
from ui.http.attempts import Attempts
from ui.http.permission import Readers, address_of
from ui.http.static_text import static_text
from ui.replies.messages import Wording, negotiated
from ui.replies.templating import as_html, html_of

PATH = "/signin"
COOKIE = "footnote-read"
STATIC = Path(__file__).with_name("static")
AFTERWARDS = "/"


def add_sign_in(app: FastAPI, readers: Readers, attempts: Attempts) -> None:
    """Let browsers give the read token; where there is none there is nothing to give."""
    if readers.token is None:
        return
    token = readers.token

    @app.get(PATH, include_in_schema=False)
    def sign_in_page(
        wanted: Annotated[str, Query(alias="next")] = AFTERWARDS, accept_language: Annotated[str, Header()] = ""
    ) -> Response:
        """Ask for the token."""
        return _page(negotiated(accept_language), wanted)

    @app.post(PATH, include_in_schema=False)
    async def sign_in(request: Request, accept_language: Annotated[str, Header()] = "") -> Response:
        """Take the token of a form, and lead to what was wanted."""
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        given, wanted = (form.get(name, [""])[0] for name in ("token", "next"))
        words = negotiated(accept_language)
        try:
            is_right = attempts.check(given.strip(), (token,), address_of(request))
        except QuotaError as error:
            page = _page(words, wanted, "signin.wait", status=429)
            page.headers["Retry-After"] = str(error.retry_after_s)
            return page
        if not is_right:
            return _page(words, wanted, "token.refused", status=403)
        response = RedirectResponse(own_path(wanted), status_code=303)
        response.set_cookie(
            cookie_name(request.url.port),
            readers.session,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response


def has_signed_in(cookies: str, readers: Readers) -> bool:
    """Tell whether a ``Cookie`` header is of a browser that has given the token."""
    return any(
        readers.knows(value) for name, value in cookie_parser(cookies).items() if name.partition("-at-")[0] == COOKIE
    )


def cookie_name(port: int | None) -> str:
    """Return the cookie's name: a browser has one for all ports of a host, and two servers may not overwrite it."""
    return f"{COOKIE}-at-{port}" if port else COOKIE


def way_to_sign_in(path: str, query: str) -> RedirectResponse:
    """Lead a browser to the page, and from there back to where it wanted to go."""
    wanted = f"{path}?{query}" if query else path
    return RedirectResponse(
        f"{PATH}?next={quote(wanted, safe='/')}", status_code=303, headers={"Cache-Control": "no-store"}
    )


def own_path(wanted: str) -> str:
    """Return where to go on: a path of this server, whatever was asked for."""
    is_own = wanted.startswith("/") and not wanted.startswith(("//", PATH))
    return wanted if is_own and "\\" not in wanted and wanted.isprintable() else AFTERWARDS


def _page(words: Wording, wanted: str, message: str = "", *, status: int = 200) -> HTMLResponse:
    content = html_of(
        STATIC.with_name("templates"),
        "sign-in.html",
        words,
        message=words.text(message) if message else "",
        wanted=own_path(wanted),
        style=as_html(_style()),
        script=as_html(_file("sign-in.js")),
    )
    headers = {
        "Content-Security-Policy": _policy(),
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
        "Referrer-Policy": "same-origin",  # without a referrer, a form would send the origin "null"
    }
    return HTMLResponse(content, status_code=status, headers=headers)


@cache
def _policy() -> str:
    return (
        f"default-src 'none'; script-src {_hash(_file('sign-in.js'))}; style-src {_hash(_style())}; img-src data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _style() -> str:
    return "\n".join(_file(f"{name}.css") for name in ("paper", "sign-in"))


def _file(name: str) -> str:
    return static_text(STATIC, name)
