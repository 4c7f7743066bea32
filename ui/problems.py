"""Which HTTP status an error of the product has."""

from __future__ import annotations

from starlette.responses import JSONResponse

from index.errors import (
    ArticleNotFoundError,
    ConversationError,
    ConversationNotFoundError,
    FootnoteError,
    QuestionError,
    ReplyError,
    SourceError,
    StorageError,
)
from ui.security import OPENAI_PATHS, defect, problem

STATUS_BY_ERROR: tuple[tuple[type[FootnoteError], int], ...] = (
    (QuestionError, 422),
    (SourceError, 422),
    (ArticleNotFoundError, 404),
    (ConversationNotFoundError, 404),
    (ConversationError, 422),
    (StorageError, 503),
)


def problem_of(error: Exception, *, instance: str) -> JSONResponse:
    """Return what an error that is being handled looks like to those who asked: its own words, or a log id."""
    if isinstance(error, ReplyError) or not isinstance(error, FootnoteError):  # always a defect of ours
        return defect(instance)
    status = next((status for kind, status in STATUS_BY_ERROR if isinstance(error, kind)), 503)
    return problem(invalid_status(instance) if status == 422 else status, str(error), instance=instance)


def invalid_status(instance: str) -> int:
    """Return the status of a request that was understood and cannot be served; OpenAI's clients know it as 400."""
    return 400 if instance.startswith(OPENAI_PATHS) else 422
