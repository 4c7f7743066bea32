"""The published description shows an example of each request, response and error, and each is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.ui.fakes import seed_product
from ui.api import create_app

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


@pytest.mark.parametrize("name", CONTENTS)
def test_every_request_response_and_error_has_an_example_that_is_right(name: str) -> None:
    assert "example" in CONTENTS[name]
    assert is_right(CONTENTS[name]["example"], CONTENTS[name]["schema"])


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
