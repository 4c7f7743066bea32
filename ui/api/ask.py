"""``POST /v1/ask``: a question as JSON, the reply as JSON or as server-sent events."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from qa.followups.standalone import Role, Turn
from qa.reply_json import reply_to_json
from ui.app.protocols import Product
from ui.http.json_bodies import MOST_TURN_CHARACTERS, MOST_TURNS, QUESTION_SHAPE, UnicodeText
from ui.http.sse import EventStream


class HistoryTurn(BaseModel):
    """One earlier turn of the conversation."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    text: UnicodeText = Field(max_length=MOST_TURN_CHARACTERS)


class AskRequest(BaseModel):
    """A question, about all articles or about those named."""

    model_config = ConfigDict(extra="forbid")

    question: UnicodeText = Field(json_schema_extra=QUESTION_SHAPE)
    history: list[HistoryTurn] = Field(
        default=[], max_length=MOST_TURNS, description="The turns before it, oldest first: what a follow-up refers to."
    )
    standalone_question: Annotated[UnicodeText, Field(json_schema_extra=QUESTION_SHAPE)] | None = Field(
        default=None, description="What to read the question as; null lets the history tell."
    )
    article_ids: list[str] | None = Field(default=None, description="Ask only these; null asks all.")
    stream: StrictBool = Field(
        default=False, description="Answer with server-sent events, the last of which is the reply."
    )


def add_ask_route(app: FastAPI, product: Product) -> None:
    """Let an application be asked."""

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
