"""Which HTTP status an error of the product has."""

from __future__ import annotations

from starlette.responses import JSONResponse

from index.errors import (
    ArticleNotFoundError,
    ConversationError,
    ConversationNotFoundError,
    FootnoteError,
    SourceError,
    StorageError,
)
from qa.errors import DatasetError, EvaluationError, EvaluationNotFoundError, QuestionError, QuotaError, ReplyError
from ui.app.errors import OriginError, SiteKeyError, TimeLimitError
from ui.http.security import OPENAI_PATHS, defect, problem

STATUS_BY_ERROR: tuple[tuple[type[FootnoteError], int], ...] = (
    (QuestionError, 422),
    (SourceError, 422),
    (ArticleNotFoundError, 404),
    (ConversationNotFoundError, 404),
    (ConversationError, 422),
    (DatasetError, 422),
    (EvaluationNotFoundError, 404),
    (EvaluationError, 409),
    (StorageError, 503),
    (OriginError, 403),
    (SiteKeyError, 401),
    (QuotaError, 429),
    (TimeLimitError, 504),
)
OTHERWISE = 503


def status_of(error: FootnoteError) -> int:
    """Return the HTTP status of an error; what is not named above is one of what this server needs."""
    return next((status for kind, status in STATUS_BY_ERROR if isinstance(error, kind)), OTHERWISE)


def problem_of(error: Exception, *, instance: str) -> JSONResponse:
    """Return what an error that is being handled looks like to those who asked: its own words, or a log id."""
    if isinstance(error, ReplyError) or not isinstance(error, FootnoteError):  # always a defect of ours
        return defect(instance)
    status = status_of(error)
    response = problem(invalid_status(instance) if status == 422 else status, str(error), instance=instance)
    if isinstance(error, QuotaError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def invalid_status(instance: str) -> int:
    """Return the status of a request that was understood and cannot be served; OpenAI's clients know it as 400."""
    return 400 if instance.startswith(OPENAI_PATHS) else 422
