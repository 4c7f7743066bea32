"""The published description of the HTTP face: FastAPI's, with the reply's schema, every error and every example."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from qa.reply_json import reply_schema
from ui.http.security import OPENAI_PATHS, problem_document
from ui.widget.gate import KEY_HEADER

EXAMPLES = Path(__file__).with_name("examples.json")  # of each operation, as a server answered; tests record them
PROBLEM = "application/problem+json"
EVENTS = ("hits", "delta", "citation", "reply", "error")
STREAM_DESCRIPTION = (
    "With stream: the events hits (the passages found), delta (checked text of the answer; supported is false where"
    " no citation supports it), citation (of the delta just told), reply (what counts, in place of all before it) and"
    " error (a problem document). Comments keep the connection alive."
)
WHO_READS = (
    "Where the server has a read token, each request takes it, but for /healthz and what widgets use: 401 without it."
    " The admin's token is as good."
)
CHUNKS_DESCRIPTION = (
    "With stream: objects chat.completion.chunk; the last has finish_reason, annotations and footnote, and after it"
    " stands [DONE]. An error on the way is an object with error, and ends the stream."
)


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


class OpenAIError(BaseModel):
    """What went wrong, as OpenAI's API has it."""

    message: str
    type: str
    param: str | None
    code: str


class OpenAIProblem(Problem):
    """The same thing, said for clients of OpenAI's API too."""

    error: OpenAIError


def describe(app: FastAPI) -> None:
    """Have an application describe itself so, from when it is first asked to: most starts never are."""
    plain = app.openapi
    app.openapi = cache(lambda: _described(plain()))  # type: ignore[method-assign]  # FastAPI's own way


def _described(description: dict[str, Any]) -> dict[str, Any]:
    """Add to FastAPI's description what it does not know; a route without examples has a problem by default."""
    examples = json.loads(EXAMPLES.read_text("utf-8"))
    schemas = description["components"]["schemas"]
    schemas |= _reply_schemas() | {"Problem": Problem.model_json_schema(), "OpenAIProblem": _openai_problem()}
    for turn in ("ConversationTurn", "WidgetTurn"):
        schemas[turn]["properties"]["reply"] = {"$ref": "#/components/schemas/Reply"}
    description["components"]["securitySchemes"] = {
        "adminToken": {"type": "http", "scheme": "bearer"},
        "readToken": {"type": "http", "scheme": "bearer", "description": WHO_READS},
        "siteKey": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
    }
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _describe_replies(description["paths"])
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)
            _say_that_headers_are_there(operation)
            known = examples.get(f"{method} {path}")
            if known is None:
                operation["responses"]["default"] = {"description": "A problem", "content": _problem_of(path)}
            else:
                _put_in_examples(path, operation, known)
    return description


def _reply_schemas() -> dict[str, Any]:
    reply = json.loads(json.dumps(reply_schema()).replace('"#/$defs/', '"#/components/schemas/'))
    definitions: dict[str, Any] = reply.pop("$defs", {})
    reply.pop("$schema", None)
    return definitions | {"Reply": reply}


def _openai_problem() -> dict[str, Any]:
    schema = OpenAIProblem.model_json_schema()
    schema["properties"]["error"] = schema.pop("$defs")["OpenAIError"]
    return schema


def _describe_replies(paths: dict[str, Any]) -> None:
    """Put in the responses that are no model of pydantic: those with a reply in them, and text."""
    reply = {"$ref": "#/components/schemas/Reply"}
    completion = {
        "type": "object",
        "required": ["id", "object", "created", "model", "choices", "footnote"],
        "properties": {
            "id": {"type": "string"},
            "object": {"const": "chat.completion"},
            "created": {"type": "integer"},
            "model": {"const": "footnote"},
            "choices": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "object"}},
            "footnote": reply,
        },
    }
    for path, schema, names, told in (
        ("/v1/ask", reply, EVENTS, STREAM_DESCRIPTION),
        ("/v1/widget/ask", reply, EVENTS, STREAM_DESCRIPTION),
        ("/v1/chat/completions", completion, (), CHUNKS_DESCRIPTION),
    ):
        response = paths[path]["post"]["responses"]["200"]
        response["content"] = {"application/json": {"schema": schema}, "text/event-stream": _events(names)}
        response["description"] = told
    added = paths["/v1/articles"]["post"]["responses"]["200"]
    added["content"] |= {"text/event-stream": _events(("progress", "results", "error"))}
    text = {"text/plain": {"schema": {"type": "string"}}}
    paths["/metrics"]["get"]["responses"]["200"]["content"] = text


def _events(names: Sequence[str]) -> dict[str, Any]:
    """Describe server-sent events; ``itemSchema`` is OpenAPI 3.2's, and FastAPI's before that."""
    event: dict[str, Any] = {"enum": list(names)} if names else {"type": "string"}
    data = {"type": "string", "contentMediaType": "application/json"}
    required = ["event", "data"] if names else ["data"]
    return {"itemSchema": {"type": "object", "properties": {"event": event, "data": data}, "required": required}}


def _say_that_headers_are_there(operation: dict[str, Any]) -> None:
    """Take null from what a header may be: one that is left out is not null, it is not there."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header":
            schema = parameter["schema"]
            kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
            parameter["schema"] = {**schema, **(kinds[0] if kinds else {})}


def _put_in_examples(path: str, operation: dict[str, Any], known: Mapping[str, Mapping[str, Any]]) -> None:
    for parameter in operation.get("parameters", ()):
        parameter["example"] = known["parameters"][parameter["name"]]
    for kind, example in known["request"].items():
        operation["requestBody"]["content"][kind]["example"] = example
    for kind, example in known["response"].items():
        (success,) = (status for status in operation["responses"] if status.startswith("2"))
        operation["responses"][success]["content"][kind]["example"] = example
    for status, detail in known["problems"].items():
        document = problem_document(int(status), detail, instance=path)
        operation["responses"][status] = {"description": document["title"], "content": _problem_of(path, document)}


def _problem_of(path: str, example: dict[str, Any] | None = None) -> dict[str, Any]:
    name = "OpenAIProblem" if path.startswith(OPENAI_PATHS) else "Problem"
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return {PROBLEM: content if example is None else {**content, "example": example}}
