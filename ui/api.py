"""The HTTP face: questions and articles as JSON, and the chat page at the root.

Every error is an RFC 9457 problem document. Blocking work runs in threads:
the routes are plain functions. No documentation page is served, because
FastAPI's loads its scripts from elsewhere; ``/openapi.json`` is.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from index.article import Article
from index.conversations import ConversationStore
from index.errors import FootnoteError
from qa.conversation import Role, Turn
from qa.reply_json import reply_schema, reply_to_json
from ui.articles_api import add_article_routes
from ui.chat import mount_chat
from ui.config import DEFAULT_WIDGET, WidgetConfig
from ui.conversations_api import add_conversation_routes
from ui.history import History, history_over
from ui.json_bodies import UnicodeText
from ui.permission import NOBODY, Writers
from ui.problems import problem_of
from ui.product import ArticleSummary, Product
from ui.security import ChatPaths, RequestTooLargeError, SecureResponses, SmallRequests, problem
from ui.site_keys import SiteKeys
from ui.streaming import EventStream
from ui.widget_api import add_widget_routes
from ui.widget_files import add_widget_files
from ui.widget_gate import KEY_HEADER, caller_of
from ui.widget_page import add_page_route

API_VERSION = "1"
MOST_TURNS = 50
MOST_TURN_CHARACTERS = 4_000
STREAM_DESCRIPTION = (
    "With stream: the events hits (the passages found), delta (checked text of the answer; supported is false where"
    " no citation supports it), citation (of the delta just told), reply (what counts, in place of all before it) and"
    " error (a problem document). Comments keep the connection alive."
)


class HistoryTurn(BaseModel):
    """One earlier turn of the conversation."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    text: UnicodeText = Field(max_length=MOST_TURN_CHARACTERS)


class AskRequest(BaseModel):
    """A question, about all articles or about those named."""

    model_config = ConfigDict(extra="forbid")

    question: UnicodeText = Field(examples=["How big is Kazakhstan compared with Italy?"])
    history: list[HistoryTurn] = Field(
        default=[], max_length=MOST_TURNS, description="The turns before it, oldest first: what a follow-up refers to."
    )
    standalone_question: UnicodeText | None = Field(
        default=None, description="What to read the question as; null lets the history tell."
    )
    article_ids: list[str] | None = Field(default=None, description="Ask only these; null asks all.")
    stream: bool = Field(default=False, description="Answer with server-sent events, the last of which is the reply.")


class ArticleCard(BaseModel):
    """What is known about an article, without its text. Where it was read from stays with the server."""

    id: str
    title: str
    url: str | None
    published: date | None
    characters: int = Field(description="Length of the text in code points, which offsets count.")
    passages: int


class ArticleList(BaseModel):
    """Every article of the library."""

    articles: list[ArticleCard]


class ArticleDocument(BaseModel):
    """An article with the text that offsets count in."""

    id: str
    title: str
    url: str | None
    language: str | None
    published: date | None
    format: str
    characters: int
    text: str


class Health(BaseModel):
    """That the server answers; ``articles`` says of how many, once it is known."""

    status: str
    articles: int | None = None


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


def create_app(
    product: Product,
    history: History | None = None,
    *,
    writers: Writers = NOBODY,
    keys: SiteKeys | None = None,
    widget: WidgetConfig = DEFAULT_WIDGET,
) -> FastAPI:
    """Return the whole web application for a product, which ``writers`` may change; nothing is started.

    Without a history, conversations are kept in memory, and gone when the server stops; without site keys, no page
    elsewhere may ask.
    """
    history = history or history_over(ConversationStore.in_memory(), product.library.article)
    keys = keys or SiteKeys.in_memory()
    app = FastAPI(title="Footnote", version=API_VERSION, docs_url=None, redoc_url=None)
    app.add_middleware(ChatPaths, routes=app.routes)
    app.add_middleware(CORSMiddleware, allow_origins=[])  # else Gradio admits other sites, with credentials
    app.add_middleware(SmallRequests)
    add_widget_routes(app, product, history, keys, writers.is_local, widget)
    add_page_route(app, product, keys, caller_of, widget)
    add_widget_files(app, product.library)
    app.add_middleware(SecureResponses, ancestors=keys.origins)
    _add_error_answers(app)
    _add_routes(app, product)
    add_article_routes(app, product, writers)
    add_conversation_routes(app, history, product.library)
    app.openapi_schema = _openapi(app)
    mount_chat(app, product, history)
    return app


def _add_routes(app: FastAPI, product: Product) -> None:
    library = product.library

    @app.get("/healthz", response_model_exclude_none=True)
    def health() -> Health:
        """Tell that the process answers."""
        return Health(status="ok")

    @app.get("/readyz")
    def readiness() -> Health:
        """Tell that the library can be read, and how many articles it holds."""
        return Health(status="ready", articles=len(library.articles()))

    @app.post("/v1/ask", response_model=None)
    def ask(request: AskRequest) -> Response:
        """Answer a question with citations, or abstain."""
        asked: dict[str, Any] = {
            "history": [Turn(turn.role, turn.text) for turn in request.history],
            "article_ids": request.article_ids,
            "standalone": request.standalone_question,
        }
        if request.stream:
            return EventStream(product.assistant.stream(request.question, **asked), instance="/v1/ask")
        return JSONResponse(reply_to_json(product.assistant.ask(request.question, **asked)))

    @app.get("/v1/articles")
    def articles() -> ArticleList:
        """List the articles."""
        return ArticleList(articles=[_card(summary) for summary in library.articles()])

    @app.get("/v1/articles/{article_id:path}")
    def article(article_id: str) -> ArticleDocument:
        """Return one article with its text."""
        return _document(library.article(article_id))


def _card(summary: ArticleSummary) -> ArticleCard:
    return ArticleCard(
        id=summary.id,
        title=summary.title,
        url=summary.url,
        published=summary.published,
        characters=summary.characters,
        passages=summary.passages,
    )


def _document(article: Article) -> ArticleDocument:
    return ArticleDocument(
        id=article.id,
        title=article.title,
        url=article.url,
        language=article.language,
        published=article.published,
        format=article.format,
        characters=len(article.text),
        text=article.text,
    )


def _add_error_answers(app: FastAPI) -> None:
    @app.exception_handler(FootnoteError)
    def refused(request: Request, error: FootnoteError) -> JSONResponse:
        return problem_of(error, instance=request.url.path)

    @app.exception_handler(RequestTooLargeError)
    def too_large(request: Request, error: RequestTooLargeError) -> JSONResponse:
        return problem(413, str(error), instance=request.url.path)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        return problem(422, "; ".join(faults), instance=request.url.path)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, error.detail, instance=request.url.path)


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return FastAPI's description with the published reply schema and the problem documents put in."""
    description = app.openapi()
    reply = json.loads(json.dumps(reply_schema()).replace('"#/$defs/', '"#/components/schemas/'))
    definitions = reply.pop("$defs", {})
    reply.pop("$schema", None)
    description["components"]["schemas"] |= definitions | {
        "Reply": reply,
        "Problem": Problem.model_json_schema(),
    }
    published = {"$ref": "#/components/schemas/Reply"}
    for turn in ("ConversationTurn", "WidgetTurn"):
        description["components"]["schemas"][turn]["properties"]["reply"] = published
    answered = {
        "application/json": {"schema": published},
        "text/event-stream": {"schema": {"type": "string", "description": STREAM_DESCRIPTION}},
    }
    failed = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in ("/v1/ask", "/v1/widget/ask"):
        description["paths"][path]["post"]["responses"]["200"]["content"] = answered
    description["paths"]["/v1/articles"]["post"]["responses"]["200"]["content"] |= {"text/event-stream": {}}
    description["components"]["securitySchemes"] = {
        "adminToken": {"type": "http", "scheme": "bearer"},
        "siteKey": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
    }
    for operation in (operation for path in description["paths"].values() for operation in path.values()):
        operation["responses"].pop("422", None)
        operation["responses"]["default"] = {"description": "A problem", "content": failed}
    for unused in ("HTTPValidationError", "ValidationError"):
        description["components"]["schemas"].pop(unused, None)
    return description
