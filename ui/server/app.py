"""The HTTP face: questions and articles as JSON, and the chat page at the root.

Every error is an RFC 9457 problem document. Blocking work runs in threads:
the routes are plain functions. No documentation page is served, because
FastAPI's loads its scripts from elsewhere; ``/openapi.json`` is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware import Middleware
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from index.errors import FootnoteError
from index.storage.conversations import ConversationStore
from qa.conversations import History
from qa.evaluation.run.background_run import asking_only
from qa.evaluation.run.evaluations import Evaluations
from ui.api.article_json import ArticleDocument, ArticleList, article_document, article_list
from ui.api.articles import add_article_routes
from ui.api.ask import add_ask_route
from ui.api.completions import add_completion_routes
from ui.api.conversations import add_conversation_routes
from ui.api.mcp import McpEndpoint, add_mcp_route
from ui.app.config import DEFAULT_KEEPING, DEFAULT_WIDGET, KeepingConfig, WidgetConfig
from ui.app.conversations import history_over
from ui.app.protocols import Product
from ui.chat.gradio_page import has_known_texts, head, mount_chat
from ui.evaluate.page import add_evaluation_page
from ui.evaluate.routes import add_evaluation_routes
from ui.http.access_log import AccessLog
from ui.http.admission import AdmissionQueue, InTurn
from ui.http.host_names import HostNames
from ui.http.page_policy import ChatPage
from ui.http.permission import EVERYBODY, NOBODY, Readers, Writers
from ui.http.problems import invalid_status, problem_of
from ui.http.security import ChatPaths, RequestTooLargeError, SecureResponses, SmallRequests, problem
from ui.server.front_gate import FrontGate
from ui.server.instrumented import InstrumentedAssistant
from ui.server.metrics import Metrics, MetricsMiddleware, add_metrics_route
from ui.server.openapi import describe
from ui.server.priority import Foreground
from ui.server.sign_in import add_sign_in
from ui.widget.files import add_widget_files
from ui.widget.gate import WidgetGate
from ui.widget.page_route import add_page_route
from ui.widget.routes import add_widget_routes
from ui.widget.site_keys import SiteKeys, counted

API_VERSION = "1"


class Health(BaseModel):
    """That the server answers; ``articles`` says of how many, once it is known."""

    status: str
    articles: int | None = None


def create_app(
    product: Product,
    history: History | None = None,
    *,
    writers: Writers = NOBODY,
    readers: Readers = EVERYBODY,
    keys: SiteKeys | None = None,
    evaluations: Evaluations | None = None,
    widget: WidgetConfig = DEFAULT_WIDGET,
    keeping: KeepingConfig = DEFAULT_KEEPING,
    names: Sequence[str] = (),
    turns: AdmissionQueue | None = None,
    log: AccessLog | None = None,
) -> FastAPI:
    """Return the whole web application for a product, which ``readers`` ask and ``writers`` change; nothing is started.

    Without a history, conversations are kept in memory, and gone when the
    server stops; so are evaluations where none are given. Without site keys, no page elsewhere may ask. ``names`` are
    the hosts, besides this machine's own, that the server is reached by;
    questions take ``turns``.
    """
    history = history or history_over(ConversationStore.in_memory(), product.library.article)
    keys = keys or SiteKeys.in_memory()
    metrics, turns, foreground = Metrics(), turns or AdmissionQueue(), Foreground()
    evaluations = evaluations or Evaluations.temporary(
        product.library, asking_only(product.library, product.assistant.ask)
    )
    evaluations.give_way = foreground.give_way
    product = replace(product, assistant=InstrumentedAssistant(product.assistant, foreground.asking, metrics.reply))
    tools = McpEndpoint(product)
    app = FastAPI(title="Footnote", version=API_VERSION, docs_url=None, redoc_url=None, lifespan=tools.lifespan)
    app.user_middleware = [  # what a request passes before its route, the first entry first; nothing else adds to it
        # Around all others: their refusals have the headers too, and what fails in them is told by a log id alone.
        Middleware(SecureResponses),
        # Within the headers, which only fill in what is missing: the page is sent with a policy of its own.
        Middleware(ChatPage, head=head(), ancestors=keys.origins, compiles=not has_known_texts()),
        # Before all that refuse: what is refused is counted and logged too, with its status.
        Middleware(MetricsMiddleware, metrics=metrics, log=log),
        # Before anything of a body is read: a wrong name, page or token costs nothing.
        Middleware(FrontGate, names=HostNames(names, writers.is_local), readers=readers, writers=writers),
        # Site key and origin, and a smaller size; around the rest, so that a page elsewhere can read its errors.
        Middleware(WidgetGate, keys=keys, is_local=writers.is_local),
        # Before the turn: who sends a body slowly takes nobody's.
        Middleware(SmallRequests),
        # Only what was read whole waits for a turn, or is refused one.
        Middleware(InTurn, turns=turns),
        # Around Gradio, which is mounted at the root and would admit other sites, with credentials.
        Middleware(CORSMiddleware, allow_origins=[]),
        # Last: which of Gradio's paths exist. It looks at the routes, those that are added below included.
        Middleware(ChatPaths, routes=app.routes),
    ]
    add_widget_routes(app, product, history, keys, widget)
    add_page_route(app, product, keys, widget)
    add_widget_files(app, product.library)
    _add_error_answers(app)
    _add_routes(app, product)
    add_ask_route(app, product)
    add_completion_routes(app, product)
    add_article_routes(app, product, writers)
    count_feedback = counted(keys, "feedback", keeping.feedback_per_hour)
    add_conversation_routes(app, history, product.library, count_feedback)
    add_evaluation_routes(app, evaluations, writers)
    add_evaluation_page(app)
    add_sign_in(app, readers, writers.attempts)
    add_mcp_route(app, tools)
    add_metrics_route(app, metrics, product.library, turns)
    describe(app)
    mount_chat(app, product, history, counted(keys, "turn", keeping.turns_per_hour))
    return app


def _add_routes(app: FastAPI, product: Product) -> None:
    library = product.library

    @app.get("/healthz", response_model_exclude_none=True)
    async def health() -> Health:  # waits for no thread
        """Tell that the process answers."""
        return Health(status="ok")

    @app.get("/readyz")
    def readiness() -> Health:
        """Tell that the library can be read, and how many articles it holds."""
        return Health(status="ready", articles=len(library.articles()))

    @app.get("/v1/articles")
    def articles() -> ArticleList:
        """List the articles."""
        return article_list(library.articles())

    @app.get("/v1/articles/{article_id:path}")
    def article(article_id: str) -> ArticleDocument:
        """Return one article with its text."""
        return article_document(library.article(article_id))


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
        path = request.url.path
        return problem(invalid_status(path), "; ".join(faults), instance=path)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, error.detail, instance=request.url.path, headers=error.headers)
