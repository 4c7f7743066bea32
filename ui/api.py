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
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.exceptions import HTTPException

from index.article import Article
from index.errors import ArticleNotFoundError, FootnoteError, QuestionError, ReplyError, StorageError
from qa.reply_json import reply_schema, reply_to_json
from ui.chat import mount_chat
from ui.product import ArticleSummary, Product
from ui.security import ChatPaths, SecureResponses, SmallRequests, defect, problem
from ui.streaming import EventStream

API_VERSION = "1"
STATUS_BY_ERROR: tuple[tuple[type[FootnoteError], int], ...] = (
    (QuestionError, 422),
    (ArticleNotFoundError, 404),
    (StorageError, 503),
)
STREAM_DESCRIPTION = (
    "With stream: the events hits (the passages found), delta (checked text of the answer; supported is false where"
    " no citation supports it), citation (of the delta just told), reply (what counts, in place of all before it) and"
    " error (a problem document). Comments keep the connection alive."
)


class AskRequest(BaseModel):
    """A question, about all articles or about those named."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(examples=["How big is Kazakhstan compared with Italy?"])
    article_ids: list[str] | None = Field(default=None, description="Ask only these; null asks all.")
    stream: bool = Field(default=False, description="Answer with server-sent events, the last of which is the reply.")

    @field_validator("question")
    @classmethod
    def _is_unicode(cls, question: str) -> str:
        """Refuse half a surrogate pair: JSON can name one, but no text can hold it."""
        question.encode()
        return question


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


def create_app(product: Product) -> FastAPI:
    """Return the whole web application for a product; nothing is started."""
    app = FastAPI(title="Footnote", version=API_VERSION, docs_url=None, redoc_url=None)
    app.add_middleware(ChatPaths, routes=app.routes)
    app.add_middleware(CORSMiddleware, allow_origins=[])  # else Gradio admits other sites, with credentials
    app.add_middleware(SmallRequests)
    app.add_middleware(SecureResponses)
    _add_error_answers(app)
    _add_routes(app, product)
    app.openapi_schema = _openapi(app)
    mount_chat(app, product)
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
        if request.stream:
            events = product.assistant.stream(request.question, article_ids=request.article_ids)
            return EventStream(events, instance="/v1/ask")
        return JSONResponse(reply_to_json(product.assistant.ask(request.question, article_ids=request.article_ids)))

    @app.get("/v1/articles")
    def articles() -> ArticleList:
        """List the articles."""
        return ArticleList(articles=[_card(summary) for summary in library.articles()])

    @app.get("/v1/articles/{article_id}")
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
        if isinstance(error, ReplyError):  # always a defect of ours
            return defect(request.url.path)
        status = next((status for kind, status in STATUS_BY_ERROR if isinstance(error, kind)), 503)
        return problem(status, str(error), instance=request.url.path)

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
    answered = {
        "application/json": {"schema": {"$ref": "#/components/schemas/Reply"}},
        "text/event-stream": {"schema": {"type": "string", "description": STREAM_DESCRIPTION}},
    }
    failed = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    description["paths"]["/v1/ask"]["post"]["responses"]["200"]["content"] = answered
    for operation in (operation for path in description["paths"].values() for operation in path.values()):
        operation["responses"].pop("422", None)
        operation["responses"]["default"] = {"description": "A problem", "content": failed}
    for unused in ("HTTPValidationError", "ValidationError"):
        description["components"]["schemas"].pop(unused, None)
    return description
