"""Adding articles and removing them over HTTP: files, an address, or pasted text.

Who asks for ``text/event-stream`` is told of every source as it comes along; others
get one document at the end. Whoever goes away does not stop the adding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator
from pydantic.config import JsonDict
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response, StreamingResponse

from index.library_writer import MAX_SOURCES, Adding, AddingEvent, ArticleSource, State
from ui.app.example import SEED_IS_FIXED
from ui.app.protocols import Product
from ui.http.permission import WHO_MAY, Writers
from ui.http.problems import problem_of
from ui.http.security import RequestTooLargeError, problem

MAX_JSON_BYTES = 10_000_000  # held in memory; a longer text is better sent as a file
ALL_FAILED = 422


_NULL: JsonDict = {"type": "null"}
_ONE_SOURCE: list[JsonValue] = [
    {"properties": {"url": {"type": "string"}, "text": _NULL, "title": _NULL}, "required": ["url"]},
    {"properties": {"url": _NULL, "text": {"type": "string"}}, "required": ["text"]},
]


class AddRequest(BaseModel):
    """An address, or a text with or without a title."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"oneOf": _ONE_SOURCE})

    url: str | None = Field(default=None, max_length=4_000, examples=["https://example.org/article"])
    text: str | None = Field(default=None, description="Pasted text, kept as it is but for its line ends.")
    title: str | None = Field(default=None, max_length=300, description="Of the text; without it, its first line.")

    @model_validator(mode="after")
    def _is_one_source(self) -> AddRequest:
        if (self.url is None) == (self.text is None):
            raise ValueError("give either url or text")
        if self.url is not None and self.title is not None:
            raise ValueError("a page has its own title; give title with text only")
        return self


class AddedSource(BaseModel):
    """What became of one source; a failed one may have ids too, of those of its articles that could be read."""

    name: str
    state: State
    message: str
    article_ids: list[str]


class AddingResults(BaseModel):
    """What became of every source, in the order given."""

    results: list[AddedSource]


def add_article_routes(app: FastAPI, product: Product, writers: Writers) -> None:
    """Let an application's library be changed by those who may."""

    @app.post("/v1/articles", response_model=AddingResults, openapi_extra=DESCRIPTION)
    async def add_articles(request: Request) -> Response:
        """Add files, an address or a text; what was added before is replaced where it has changed."""
        adding = _allowed(request, product, writers)
        sources, done = await _sources(request)
        try:
            events = adding.start(sources, done=done)
        except Exception:
            done()
            raise
        path = request.url.path
        if "text/event-stream" in request.headers.get("accept", ""):
            unbuffered = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
            return StreamingResponse(_told(events, path), media_type="text/event-stream", headers=unbuffered)
        return await run_in_threadpool(_summary, events, path)

    @app.delete("/v1/articles/{article_id:path}", status_code=204, openapi_extra=WHO_MAY)
    def remove_article(article_id: str, request: Request) -> Response:
        """Remove an article and everything derived from it."""
        _allowed(request, product, writers).remove([article_id])
        return Response(status_code=204)


def _allowed(request: Request, product: Product, writers: Writers) -> Adding:
    """Return what changes the library, or refuse: before the body is read."""
    writers.require(request)
    if product.adding is None:
        raise HTTPException(409, SEED_IS_FIXED)
    return product.adding


async def _sources(request: Request) -> tuple[Sequence[ArticleSource], Callable[[], None]]:
    """Return what a request asks to add, and what to call when that is over."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _uploads(request)
    if kind == "application/json":
        return [await _named(request)], _nothing
    raise HTTPException(415, 'Send files as multipart/form-data, or {"url": …} or {"text": …} as application/json.')


async def _uploads(request: Request) -> tuple[Sequence[ArticleSource], Callable[[], None]]:
    form = await request.form(max_files=MAX_SOURCES, max_fields=MAX_SOURCES)
    parts = [part for _, part in form.multi_items()]
    files = [part for part in parts if isinstance(part, UploadFile)]
    chosen = [ArticleSource.upload(file.filename, file.file) for file in files if file.filename]

    def close() -> None:
        for file in files:
            file.file.close()

    if chosen and len(files) == len(parts):
        return chosen, close
    close()
    if len(files) < len(parts):
        raise HTTPException(422, "The form has a field that is no file; send an address or a text as JSON.")
    raise HTTPException(422, "The form holds no file; choose one.")


async def _named(request: Request) -> ArticleSource:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_JSON_BYTES:
            raise RequestTooLargeError(f"The text has more than {MAX_JSON_BYTES:,} bytes; send it as a file.")
    try:
        asked = AddRequest.model_validate_json(bytes(body))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from error
    return (
        ArticleSource.pasted(asked.text or "", asked.title) if asked.url is None else ArticleSource.address(asked.url)
    )


def _nothing() -> None: ...


def _told(events: Iterator[AddingEvent], path: str) -> Iterator[str]:
    """Yield server-sent events: ``progress`` for each, and at the end ``results`` or ``error``."""
    results: list[AddedSource] = []
    try:
        for event in events:
            yield _sent("progress", _progress(event))
            if event.is_last:
                results.append(_added(event))
    except Exception as error:  # noqa: BLE001  # the stream has begun: its last event must say what happened
        yield _sent("error", json.loads(bytes(problem_of(error, instance=path).body)))
        return
    yield _sent("results", AddingResults(results=results).model_dump())


def _summary(events: Iterator[AddingEvent], path: str) -> Response:
    results = [_added(event) for event in events if event.is_last]
    if not any(result.article_ids for result in results):
        return problem(ALL_FAILED, " | ".join(result.message for result in results), instance=path)
    return JSONResponse(AddingResults(results=results).model_dump())


def _added(event: AddingEvent) -> AddedSource:
    ids = list(event.article_ids)
    return AddedSource(name=event.name, state=event.state, message=event.message, article_ids=ids)


def _progress(event: AddingEvent) -> dict[str, Any]:
    return {**_added(event).model_dump(), "done": event.done, "total": event.total}


def _sent(name: str, content: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"


DESCRIPTION: dict[str, Any] = {
    **WHO_MAY,
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "maxItems": MAX_SOURCES,
                        }
                    },
                    "required": ["file"],
                }
            },
            "application/json": {"schema": AddRequest.model_json_schema()},
        },
    },
}
