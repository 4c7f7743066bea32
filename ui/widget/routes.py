"""The HTTP routes of the widget; who may call them is `ui.widget.gate`'s.

A page may name a question and articles, and nothing else: no prompt, no model,
no settings. Quotas are counted here, once a request is known to make sense.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from index.article import Article, Span
from index.errors import ArticleNotFoundError
from qa.config import MAX_QUESTION_CHARACTERS
from qa.conversations import MAX_COMMENT_CHARACTERS, History
from qa.reply_json import reply_to_json
from ui.app.config import DEFAULT_WIDGET, WidgetConfig
from ui.app.protocols import Product
from ui.app.suggestions import Suggestions
from ui.http.json_bodies import QUESTION_SHAPE, UnicodeText
from ui.http.problems import problem_of
from ui.http.security import problem
from ui.http.sse import EventStream
from ui.replies.messages import Wording, negotiated, wording_of, wordings
from ui.widget.articles import articles_asked, held_articles
from ui.widget.gate import SESSION_HEADER, Caller, caller_of
from ui.widget.sessions import Session, WidgetAsking
from ui.widget.site_keys import MAX_ARTICLES, SiteKey, SiteKeys

WORDS = "widget."
AROUND_CHARACTERS = 600
MAX_QUOTE_CHARACTERS = 10_000
ANSWER_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
PRIVATE = {"Cache-Control": "no-store"}
SITE_KEY: dict[str, Any] = {"security": [{"siteKey": []}]}

FromPage = Annotated[Caller, Depends(caller_of)]
SessionId = Annotated[
    str,
    Header(alias=SESSION_HEADER, pattern="^[0-9a-f]{32}$", description="32 hexadecimal digits that the page made up."),
]
ArticleId = Annotated[str, Field(min_length=1, max_length=500)]


class WidgetQuestion(BaseModel):
    """A question about the articles that are named; only a key that was given all articles need not name any."""

    model_config = ConfigDict(extra="forbid")

    question: UnicodeText = Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS, json_schema_extra=QUESTION_SHAPE)
    article_ids: list[ArticleId] | None = Field(default=None, min_length=1, max_length=MAX_ARTICLES)
    stream: bool = Field(default=False, description="Answer with server-sent events, the last of which is the reply.")


class WidgetFeedback(BaseModel):
    """What a visitor thinks of a reply of their session."""

    model_config = ConfigDict(extra="forbid")

    reply_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    thumb: Literal["up", "down"]
    comment: UnicodeText = Field(default="", max_length=MAX_COMMENT_CHARACTERS)


class WidgetSettings(BaseModel):
    """What a widget shows before anything is asked."""

    language: str
    direction: Literal["ltr", "rtl"]
    words: dict[str, str]
    articles: int = Field(description="How many the site key may quote.")
    article_ids: list[str] | None = Field(description="Those that the site key names; null: all of the library.")
    pages: bool = Field(description="Whether the server may read the page that the widget stands on.")
    most_question_characters: int
    suggestions: list[str] = Field(
        description="Questions to begin with, about the articles asked for, else those that the key names; none as "
        "long as they are being made."
    )


class WidgetTurn(BaseModel):
    """A question of a session with its reply, whose citations have just been checked again."""

    question: str
    reply: dict[str, Any]  # in the description: the published Reply, put in by `ui.server.app`


class WidgetSession(BaseModel):
    """What was said in a session, oldest first."""

    turns: list[WidgetTurn]


class WidgetSource(BaseModel):
    """A place of an article, with what stands around it; offsets count code points."""

    article_id: str
    title: str
    url: str | None
    page: int | None
    before: str
    quote: str
    after: str


def add_widget_routes(
    app: FastAPI, product: Product, history: History, keys: SiteKeys, config: WidgetConfig = DEFAULT_WIDGET
) -> None:
    """Add the widget's routes to an application that has the gate before them (`ui.widget.gate.WidgetGate`)."""
    asking, suggestions = WidgetAsking(product, history, config), Suggestions(product)

    @app.get("/v1/widget/config", openapi_extra=SITE_KEY)
    def settings(
        request: Request,
        response: Response,
        caller: FromPage,
        lang: Annotated[str, Query(max_length=100)] = "",
        about: Annotated[Sequence[ArticleId], Query(max_length=MAX_ARTICLES)] = (),
    ) -> WidgetSettings:
        """Return a widget's words, and questions to begin with."""
        keys.count_read(caller.site_key, caller.address)
        response.headers.update(PRIVATE)
        words = _wording(lang, request.headers.get("accept-language", ""))
        return _settings(product, suggestions, caller.site_key, words, about)

    @app.post("/v1/widget/ask", response_model=None, openapi_extra=SITE_KEY)
    def ask(asked: WidgetQuestion, caller: FromPage, session_id: SessionId) -> Response:
        """Answer a question with citations, or abstain; what was asked before in the session is understood."""
        keys.count(caller.site_key, session_id, caller.address)
        session = Session(caller.site_key, session_id)
        if asked.stream:
            events = asking.stream(session, asked.question, asked.article_ids)
            stream = EventStream(events, instance="/v1/widget/ask")
            stream.headers.update(ANSWER_HEADERS)
            return stream
        reply = asking.ask(session, asked.question, asked.article_ids)
        return JSONResponse(reply_to_json(reply), headers=ANSWER_HEADERS)

    @app.get("/v1/widget/session", openapi_extra=SITE_KEY)
    def session(response: Response, caller: FromPage, session_id: SessionId) -> WidgetSession:
        """Return what was said in a session."""
        keys.count_read(caller.site_key, caller.address)
        response.headers.update(PRIVATE)
        replies = [turn.reply for turn in asking.turns(Session(caller.site_key, session_id))]
        return WidgetSession(turns=[WidgetTurn(question=r.question, reply=reply_to_json(r)) for r in replies])

    @app.delete("/v1/widget/session", status_code=204, response_class=Response, openapi_extra=SITE_KEY)
    def forget(caller: FromPage, session_id: SessionId) -> None:
        """Delete what was said in a session."""
        keys.count_read(caller.site_key, caller.address)
        asking.forget(Session(caller.site_key, session_id))

    @app.post("/v1/widget/feedback", status_code=204, response_class=Response, openapi_extra=SITE_KEY)
    def feedback(given: WidgetFeedback, caller: FromPage, session_id: SessionId) -> None:
        """Keep what a visitor thinks of a reply of their session."""
        keys.count(caller.site_key, session_id, caller.address)
        asking.give_feedback(Session(caller.site_key, session_id), given.reply_id, given.thumb, given.comment)

    @app.get("/v1/widget/source", openapi_extra=SITE_KEY, response_model=WidgetSource)
    def source(
        request: Request,
        response: Response,
        caller: FromPage,
        article_id: Annotated[str, Query(min_length=1, max_length=500)],
        start: Annotated[int, Query(ge=0, le=10**9)],
        end: Annotated[int, Query(ge=1, le=10**9)],
    ) -> WidgetSource | Response:
        """Return the words at a place of an article, and those around it."""
        if not 0 < end - start <= MAX_QUOTE_CHARACTERS:
            detail = f"query.end: it must be after start, and at most {MAX_QUOTE_CHARACTERS:,} characters after it"
            return problem(422, detail, instance=request.url.path)
        keys.count_read(caller.site_key, caller.address)
        response.headers.update(PRIVATE)
        try:
            articles_asked(product.library, caller.site_key, [article_id])
            return _source(product.library.article(article_id), Span(start, end))
        except ArticleNotFoundError as error:
            return problem_of(error, instance=request.url.path)


def _wording(language: str, accept_language: str) -> Wording:
    """Return the words of the language that the page names, else of one that the browser likes."""
    named = language.lower().replace("_", "-").partition("-")[0]
    return wording_of(named) if named in wordings() else negotiated(accept_language)


def _settings(
    product: Product, suggestions: Suggestions, site_key: SiteKey, words: Wording, about: Sequence[str]
) -> WidgetSettings:
    held = [summary.id for summary in held_articles(product.library, site_key)]
    named = held if site_key.articles is None else [name for name in held if name in site_key.articles]
    asked = [name for name in held if name in about] if about else named
    is_whole = site_key.articles is None and asked == held
    examples: Sequence[str] = product.example_questions if is_whole else ()
    sure = {f"{WORDS}{level}": words.text(f"confidence.{level}") for level in ("high", "fair", "low")}
    return WidgetSettings(
        language=words.language,
        direction=words.direction,
        words={**words.templates(WORDS), **sure},
        articles=len(held),
        article_ids=None if site_key.articles is None else named,
        pages=site_key.pages,
        most_question_characters=MAX_QUESTION_CHARACTERS,
        suggestions=list(examples or suggestions.ready(asked)),
    )


def _source(article: Article, span: Span) -> WidgetSource:
    quote = span.slice(article.text)
    if len(quote) < span.end - span.start:
        raise ArticleNotFoundError(f"article {article.id!r} has no place {span.start}–{span.end}; it may have changed")
    return WidgetSource(
        article_id=article.id,
        title=article.title,
        url=article.url,
        page=article.page_at(span.start),
        before=article.text[max(0, span.start - AROUND_CHARACTERS) : span.start],
        quote=quote,
        after=article.text[span.end : span.end + AROUND_CHARACTERS],
    )
