"""The HTTP routes of conversations and feedback.

A conversation belongs to a browser, which says who it is by a token of its own
making in a header; of somebody else's conversation not even the existence is
told. A header that no form can send also keeps other sites out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.config import JsonDict

from index.errors import ConversationNotFoundError
from index.storage.conversations import ConversationSummary
from qa.config import MAX_QUESTION_CHARACTERS
from qa.conversations import (
    MAX_COMMENT_CHARACTERS,
    MAX_KEPT_TURNS,
    MAX_LISTED,
    MAX_REASON_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    OWNER_SHAPE,
    Conversation,
    History,
)
from ui.app.protocols import Library
from ui.http.permission import address_of
from ui.replies.markdown import conversation_json, conversation_markdown, file_name
from ui.replies.messages import Wording, wording_of

PRIVATE = {"Cache-Control": "no-store"}
"""No cache may keep what one browser was told, and give it to another."""
MAX_SEARCH_CHARACTERS = 200
MAX_OFFSET = 1_000_000

TITLE_SHAPE: dict[str, Any] = {"pattern": r"[^\s\x00-\x1f\x7f-\x9f]", "maxLength": MAX_TITLE_CHARACTERS}
"""What the history takes for a title. Only described here: it says in its own words what is wrong with one."""

OWNER_HEADER = "X-Footnote-Owner"
_DESCRIPTION = "32 to 128 letters, digits, - or _ that the browser made at random and keeps."
Owner = Annotated[str, Header(alias=OWNER_HEADER, pattern=f"^{OWNER_SHAPE}$", description=_DESCRIPTION)]
PerhapsOwner = Annotated[str | None, Header(alias=OWNER_HEADER, pattern=f"^{OWNER_SHAPE}$", description=_DESCRIPTION)]


_NULL: JsonDict = {"type": "null"}
_A_TURN_OR_NONE: list[JsonValue] = [
    {"properties": {"conversation_id": _NULL, "position": _NULL}},
    {
        "properties": {"conversation_id": {"type": "string"}, "position": {"type": "integer"}},
        "required": ["conversation_id", "position"],
    },
]


class FeedbackRequest(BaseModel):
    """What somebody thinks of a reply; with the turn it stands in, the reply itself is kept with it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"oneOf": _A_TURN_OR_NONE})

    reply_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    verdict: Literal["up", "down"]
    reason: str = Field(default="", max_length=MAX_REASON_CHARACTERS)
    comment: str = Field(default="", max_length=MAX_COMMENT_CHARACTERS)
    question: str = Field(
        default="", max_length=MAX_QUESTION_CHARACTERS, description="Of a reply that is in no conversation."
    )
    conversation_id: str | None = None
    position: int | None = Field(default=None, ge=0, lt=MAX_KEPT_TURNS, description="Of the turn, from 0.")

    @model_validator(mode="after")
    def _names_a_turn_wholly(self) -> Self:
        """Refuse half of a turn's place."""
        if (self.conversation_id is None) != (self.position is None):
            raise ValueError("conversation_id and position go together")
        return self


class TitleRequest(BaseModel):
    """Another title for a conversation."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(json_schema_extra=TITLE_SHAPE)


class ConversationCard(BaseModel):
    """What a list shows of a conversation."""

    id: str
    title: str
    created: datetime
    updated: datetime
    article_ids: list[str] | None = Field(description="The articles that are asked; null for all.")
    turns: int


class ConversationList(BaseModel):
    """The conversations of one browser, last used first."""

    conversations: list[ConversationCard]
    lasts: bool = Field(description="False where they are kept in memory only, until the server stops.")


class ConversationTurn(BaseModel):
    """A question with its reply, whose citations have just been checked again."""

    position: int
    created: datetime
    reply: dict[str, Any]  # in the description: the published Reply, put in by `ui.server.app`


class ConversationDocument(BaseModel):
    """A whole conversation, as it is also exported."""

    format: Literal["footnote-conversation/1"]
    id: str
    title: str
    created: datetime
    updated: datetime
    article_ids: list[str] | None
    turns: list[ConversationTurn]


def add_conversation_routes(
    app: FastAPI, history: History, library: Library, count_feedback: Callable[[str], None]
) -> None:
    """Add the routes to an application; ``count_feedback`` is given an address, and may refuse."""

    @app.post("/v1/feedback", status_code=204, response_class=Response)
    def feedback(given: FeedbackRequest, request: Request, owner: PerhapsOwner = None) -> None:
        """Keep what somebody thinks of a reply."""
        count_feedback(address_of(request))
        _keep_feedback(history, given, owner)

    @app.get("/v1/conversations")
    def conversations(
        response: Response,
        owner: Owner,
        search: Annotated[
            str, Query(max_length=MAX_SEARCH_CHARACTERS, description="Words, or parts of words, that all occur.")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = MAX_LISTED,
        offset: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0,
    ) -> ConversationList:
        """List the conversations of a browser, last used first."""
        response.headers.update(PRIVATE)
        found = history.conversations(owner, search=search, limit=limit, offset=offset)
        return ConversationList(conversations=[_card(summary) for summary in found], lasts=history.lasts)

    @app.get("/v1/conversations/{conversation_id}", responses={200: {"model": ConversationDocument}})
    def conversation(conversation_id: str, owner: Owner) -> JSONResponse:
        """Return a conversation with all its turns."""
        return JSONResponse(conversation_json(history.load(owner, conversation_id)), headers=PRIVATE)

    @app.patch("/v1/conversations/{conversation_id}", status_code=204, response_class=Response)
    def rename(conversation_id: str, request: TitleRequest, owner: Owner) -> None:
        """Give a conversation another title."""
        history.rename(owner, conversation_id, request.title)

    @app.delete("/v1/conversations/{conversation_id}", status_code=204, response_class=Response)
    def delete(conversation_id: str, owner: Owner) -> None:
        """Delete a conversation; feedback that was given in it stays."""
        history.delete(owner, conversation_id)

    @app.get(
        "/v1/conversations/{conversation_id}/export",
        response_class=Response,
        responses={
            200: {
                "content": {
                    "text/markdown": {"schema": {"type": "string"}},
                    "application/json": {"schema": {"$ref": "#/components/schemas/ConversationDocument"}},
                },
            }
        },
    )
    def export(
        conversation_id: str,
        owner: Owner,
        form: Annotated[Literal["md", "json"], Query(alias="format")] = "md",
        lang: Annotated[str, Query(description="In which a Markdown file says what is not quoted.")] = "en",
    ) -> Response:
        """Return a conversation as a file: Markdown with footnotes, or JSON with its citations."""
        words = wording_of(lang)
        return _file(history.load(owner, conversation_id), form, _titles(library), words)


def _keep_feedback(history: History, given: FeedbackRequest, owner: str | None) -> None:
    if given.conversation_id is None or given.position is None:
        history.give_feedback(
            given.reply_id, given.verdict, question=given.question, reason=given.reason, comment=given.comment
        )
        return
    if owner is None:
        raise ConversationNotFoundError(
            f"nobody has a conversation {given.conversation_id!r}; say whose it is, with {OWNER_HEADER}"
        )
    history.give_feedback_on_turn(
        owner,
        given.conversation_id,
        given.position,
        given.reply_id,
        given.verdict,
        reason=given.reason,
        comment=given.comment,
    )


def _card(summary: ConversationSummary) -> ConversationCard:
    return ConversationCard(
        id=summary.id,
        title=summary.title,
        created=summary.created,
        updated=summary.updated,
        article_ids=None if summary.article_ids is None else list(summary.article_ids),
        turns=summary.turns,
    )


def _titles(library: Library) -> dict[str, str]:
    return {summary.id: summary.title for summary in library.articles()}


def _file(
    conversation: Conversation, form: Literal["md", "json"], titles: Mapping[str, str], words: Wording
) -> Response:
    if form == "md":
        content, kind = conversation_markdown(conversation, titles, words=words), "text/markdown"
    else:
        content = json.dumps(conversation_json(conversation), ensure_ascii=False, indent=2)
        kind = "application/json"
    disposition = f"attachment; filename=\"conversation.{form}\"; filename*=UTF-8''{file_name(conversation, form)}"
    return Response(content, media_type=kind, headers={**PRIVATE, "Content-Disposition": disposition})
