"""The question in OpenAI's words: ``POST /v1/chat/completions`` and ``GET /v1/models``.

For programs that speak that API and no other. The last message of the user is
the question, the messages of the user and the assistant before it are the
history. A system message instructs nobody here: answers are made of what the
articles say, and no request changes how.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, StrictBool, StrictInt
from starlette.exceptions import HTTPException

from qa.answer import Answer, Citation, Reply
from qa.events import Delta, Event, Finished, Waiting
from qa.followups.standalone import Turn
from qa.reply_json import reply_to_json, text_fragment
from ui.app.protocols import Product
from ui.http.json_bodies import MOST_TURN_CHARACTERS, MOST_TURNS, QUESTION_SHAPE, UnicodeText
from ui.http.sse import ALIVE, EventStream
from ui.replies.abstentions import reason_in_words
from ui.replies.messages import DEFAULT_LANGUAGE, wording_of
from ui.replies.places import is_web_address

PATH = "/v1/chat/completions"
MODEL = "footnote"
MOST_MESSAGES = 1_000
WITHDRAWN = "\n\nWhat stands above is withdrawn. The answer is:\n\n"


class TextPart(BaseModel):
    """A piece of a message; other kinds than text cannot be read."""

    type: Literal["text"]
    text: UnicodeText


Content = UnicodeText | list[TextPart]
_SAYS_SOMETHING: dict[str, Any] = {
    "contains": {
        "type": "object",
        "properties": {"text": {"type": "string", "pattern": QUESTION_SHAPE["pattern"]}},
        "required": ["text"],
    }
}


class UserMessage(BaseModel):
    """What the user said; the last of these is the question."""

    role: Literal["user"]
    content: (
        Annotated[UnicodeText, Field(json_schema_extra=QUESTION_SHAPE)]
        | Annotated[list[TextPart], Field(min_length=1, json_schema_extra=_SAYS_SOMETHING)]
    )


class AssistantMessage(BaseModel):
    """What was answered."""

    role: Literal["assistant"]
    content: Content | None = None


class OtherMessage(BaseModel):
    """What neither the user nor the articles said: it is not read."""

    role: Literal["system", "developer", "tool", "function"]
    content: Any = None


Message = Annotated[UserMessage | AssistantMessage | OtherMessage, Field(discriminator="role")]
_HAS_A_QUESTION: dict[str, Any] = {
    "contains": {"type": "object", "properties": {"role": {"const": "user"}}, "required": ["role"]}
}


class CompletionRequest(BaseModel):
    """A conversation that ends in a question. OpenAI's other parameters may be given, and change nothing."""

    model: str = Field(default=MODEL, description="Any name: what answers is always Footnote.")
    messages: list[Message] = Field(
        min_length=1,
        max_length=MOST_MESSAGES,
        json_schema_extra=_HAS_A_QUESTION,
        description="The last message of the user is the question; those of user and assistant before it are the"
        " history. System and developer messages are ignored: no request changes how articles are quoted.",
    )
    stream: StrictBool | None = Field(default=None, description="Answer with chunks, the last of which is [DONE].")
    n: Annotated[StrictInt, Field(ge=1, le=1)] | None = Field(default=None, description="There is one answer.")


class ModelCard(BaseModel):
    """What OpenAI's API tells of a model."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "footnote"


class ModelList(BaseModel):
    """The models: there is one."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


def add_completion_routes(app: FastAPI, product: Product) -> None:
    """Let an application be asked by clients of OpenAI's API."""
    card = ModelCard(id=MODEL, created=int(time.time()))

    @app.post(PATH, response_model=None)
    def complete(request: CompletionRequest) -> Response:
        """Answer the last message of the user, in the shape of OpenAI's chat completions."""
        question, history = conversation_in(request.messages)
        made = Completion(f"chatcmpl-{uuid.uuid4().hex}", int(time.time()), asked=len(product.library.articles()))
        if request.stream:
            events = product.assistant.stream(question, history=history)
            return EventStream(events, instance=PATH, teller=CompletionChunks(made))
        return JSONResponse(made.whole(product.assistant.ask(question, history=history)))

    @app.get("/v1/models")
    def models() -> ModelList:
        """List what answers."""
        return ModelList(data=[card])

    @app.get("/v1/models/{model}")
    def model(model: str) -> ModelCard:
        """Tell of the one model."""
        if model != MODEL:
            raise HTTPException(404, f"There is no model {model!r}; there is {MODEL!r}.")
        return card


def conversation_in(messages: Sequence[UserMessage | AssistantMessage | OtherMessage]) -> tuple[str, list[Turn]]:
    """Return the question and the turns before it: the last ``MOST_TURNS``, each cut where ours would be refused.

    A client sends all that was ever said, and cannot be told to shorten it.

    Raises:
        HTTPException: the user said nothing.
    """
    asked = max((n for n, message in enumerate(messages) if isinstance(message, UserMessage)), default=None)
    if asked is None:
        raise HTTPException(400, "messages: there is none of the user, so there is no question; send one")
    before = [
        Turn(message.role, _text(message.content)[:MOST_TURN_CHARACTERS])
        for message in messages[:asked]
        if not isinstance(message, OtherMessage) and message.content
    ]
    return _text(messages[asked].content), before[-MOST_TURNS:]


def _text(content: str | list[TextPart] | None) -> str:
    return content if isinstance(content, str) else "\n".join(part.text for part in content or ())


def spoken(reply: Reply, *, asked: int = 1) -> str:
    """Return what a program shows that knows nothing of the reply's other fields; ``asked`` articles were.

    The answer's own text comes first, to the character, so that offsets count
    in it; what else its reader must know follows. An abstention says so.
    """
    english = wording_of(DEFAULT_LANGUAGE)
    notice = [reply.notice] if reply.notice else []
    if not isinstance(reply, Answer):
        return "\n\n".join([" ".join(reason_in_words(reply.reason, english, asked=asked)), *notice])
    partly = ["This answers only part of the question."] if reply.partial else []
    unsupported = [f"Not supported by any quote: “{span.slice(reply.text)}”" for span in reply.unsupported]
    return "\n\n".join([reply.text, *partly, *unsupported, *notice])


def annotations_of(reply: Reply, *, shift: int = 0) -> list[dict[str, Any]]:
    """Return the citations as OpenAI has them; ``shift`` is where the answer's text begins in the content.

    The address leads to the very words, in a browser that knows text fragments.
    """
    return [_annotation(c, shift) for c in reply.citations] if isinstance(reply, Answer) else []


def _annotation(citation: Citation, shift: int) -> dict[str, Any]:
    place = {"start_index": citation.supports.start + shift, "end_index": citation.supports.end + shift}
    if is_web_address(citation.url):
        url = text_fragment(citation.quote, citation.url)
        return {"type": "url_citation", "url_citation": {**place, "title": citation.title, "url": url}}
    file = {"file_id": citation.article_id, "filename": citation.title}
    return {"type": "file_citation", "file_citation": {**place, **file}}


class Completion:
    """One completion: whole, or as the chunks of it."""

    def __init__(self, completion_id: str, created: int, *, asked: int) -> None:
        """Take the name that all chunks carry, the time in seconds, and how many articles are asked."""
        self._id = completion_id
        self._created = created
        self._asked = asked

    def content(self, reply: Reply) -> str:
        """Return the words of a reply."""
        return spoken(reply, asked=self._asked)

    def whole(self, reply: Reply) -> dict[str, Any]:
        """Return a reply as a ``chat.completion``."""
        message = {
            "role": "assistant",
            "content": self.content(reply),
            "refusal": None,
            "annotations": annotations_of(reply),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._head("chat.completion"), "choices": [choice], "footnote": reply_to_json(reply)}

    def chunk(self, delta: dict[str, Any], *, finish_reason: str | None = None, **more: Any) -> str:
        """Return a ``chat.completion.chunk`` as it is sent."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return _sent(json.dumps({**self._head("chat.completion.chunk"), "choices": [choice], **more}))

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": MODEL}


class CompletionChunks:
    """Tells a reply in chunks, the last of which carries its citations and the reply itself.

    What was sent cannot be taken back. Where the reply is not what was worded
    so far, as when a language model fails half-way, the content says that it is
    withdrawn and goes on with what counts.
    """

    def __init__(self, completion: Completion) -> None:
        """Take the completion that the chunks are of."""
        self._completion = completion
        self._begun = False
        self._sent = ""

    def told(self, event: Event) -> str:
        """Return an event as chunks; of what was found nothing is sent before the reply."""
        match event:
            case Delta(text):
                return self._said(text)
            case Finished(reply):
                return self._finished(reply)
            case Waiting():
                return ALIVE
            case _:
                return self._said("")

    def failed(self, document: dict[str, Any]) -> str:
        """Return an error in the middle of a stream."""
        return _sent(json.dumps({"error": document["error"]}))

    def _said(self, text: str) -> str:
        if self._begun and not text:
            return ""
        role = {} if self._begun else {"role": "assistant"}
        self._begun = True
        self._sent += text
        return self._completion.chunk({**role, "content": text})

    def _finished(self, reply: Reply) -> str:
        content = whole = self._completion.content(reply)
        if not whole.startswith(self._sent):
            whole = f"{self._sent}{WITHDRAWN}{whole}"
        rest = whole[len(self._sent) :]
        cited = annotations_of(reply, shift=len(whole) - len(content))
        last = self._completion.chunk({"annotations": cited}, finish_reason="stop", footnote=reply_to_json(reply))
        return f"{self._said(rest)}{last}{_sent('[DONE]')}"


def _sent(content: str) -> str:
    return f"data: {content}\n\n"
