"""The published description shows an example of each request, response and error, and each is right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.ui.fakes import seed_product
from ui.server.app import create_app

DESCRIPTION: dict[str, Any] = create_app(seed_product()).openapi()
OPERATIONS = {
    f"{method} {path}": operation
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
}


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each kind of content of each request and response, by a name that reads aloud."""
    for name, operation in OPERATIONS.items():
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name}: request as {kind}", content
        for status, response in operation["responses"].items():
            for kind, content in response.get("content", {}).items():
                yield f"{name}: {status} as {kind}", content


CONTENTS = dict(contents())


def is_right(example: Any, schema: dict[str, Any]) -> bool:
    whole = {**schema, "components": DESCRIPTION["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(example)
    return True


def events_in(stream: str) -> list[dict[str, str]]:
    blocks = [block.split("\n") for block in stream.split("\n\n") if block]
    return [{line.partition(": ")[0]: line.partition(": ")[2] for line in block} for block in blocks]


WHOLE = [name for name in CONTENTS if not name.endswith("event-stream")]
STREAMS = [name for name in CONTENTS if name.endswith("event-stream")]


@pytest.mark.parametrize("name", WHOLE)
def test_every_request_response_and_error_has_an_example_that_is_right(name: str) -> None:
    assert "example" in CONTENTS[name]
    assert is_right(CONTENTS[name]["example"], CONTENTS[name]["schema"])


@pytest.mark.parametrize("name", STREAMS)
def test_every_stream_has_an_example_whose_events_are_right(name: str) -> None:
    events = events_in(CONTENTS[name]["example"])
    assert [is_right(event, CONTENTS[name]["itemSchema"]) for event in events] == [True] * len(events)
    assert [json.loads(event["data"]) for event in events if event["data"] != "[DONE]"] != []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_parameter_has_an_example_that_is_right(name: str) -> None:
    parameters = OPERATIONS[name].get("parameters", [])
    assert [parameter["name"] for parameter in parameters if "example" not in parameter] == []
    assert [is_right(parameter["example"], parameter["schema"]) for parameter in parameters] == [True] * len(parameters)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_a_problem_document_that_names_its_status(name: str) -> None:
    failed = {status: r["content"] for status, r in OPERATIONS[name]["responses"].items() if not status.startswith("2")}
    assert {kind for content in failed.values() for kind in content} <= {"application/problem+json"}
    named = {status: content["application/problem+json"]["example"]["status"] for status, content in failed.items()}
    assert named == {status: int(status) for status in failed}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_does_and_that_it_may_fail(name: str) -> None:
    assert OPERATIONS[name]["description"].endswith(".")
    assert "500" in OPERATIONS[name]["responses"]


def test_an_example_that_is_wrong_would_be_found() -> None:
    with pytest.raises(jsonschema.ValidationError):
        is_right({"question": 7}, {"$ref": "#/components/schemas/AskRequest"})
