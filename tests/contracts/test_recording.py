"""The examples of the published description are what a server says today."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.recording import FILE, recorded

PASSING = {"created", "updated", "timings_ms", "stage", "done", "seconds_left", "seconds"}  # another each time
NEVER_THE_SAME = re.compile(
    r"\b(?:\d{4}-\d\d-\d\d[ T][\d:]+|chatcmpl-\w+|[0-9a-f]{8}(?=\.$)|\d+ (?:s|min)$)|time=\"[\d.]+\""
)


@pytest.mark.model
def test_each_example_is_what_a_server_says_today(tmp_path: Path) -> None:
    shown, today = json.loads(FILE.read_text("utf-8")), recorded(tmp_path / "library")
    found = "\n".join(differences(shown, today))
    assert not found, f"{found}\nrecord them anew: python -m tests.contracts.recording"


def differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Yield where two values differ, but for the clock, made-up ids and the last digits of figures."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            if name not in one or name not in other:
                yield f"{where}/{name}"
            elif name not in PASSING:
                yield from differences(one[name], other[name], f"{where}/{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for n, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{where}/{n}")
    elif isinstance(one, str) and isinstance(other, str) and "{" in one and one != other:
        yield from differences(_parsed(one), _parsed(other), where)
    elif isinstance(one, str) and isinstance(other, str):
        if NEVER_THE_SAME.sub("", one) != NEVER_THE_SAME.sub("", other):
            yield f"{where}: {one!r:.200} is {other!r:.200}"
    elif one != (pytest.approx(other, rel=0.05, abs=0.02) if isinstance(other, float) else other):
        yield f"{where}: {one!r:.200} is {other!r:.200}"


def _parsed(text: str) -> list[Any]:
    """Return the lines of a stream, or of JSON lines, as what they say."""
    said = [line.removeprefix("data: ") for line in text.splitlines()]
    return [json.loads(line) if line.startswith("{") else line.replace("{", "(") for line in said]


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ({"text": "a", "created": 1}, {"text": "a", "created": 2}, []),
        ({"text": "a"}, {"text": "b"}, ["/text: 'a' is 'b'"]),
        ({"text": "a"}, {"text": "a", "more": 1}, ["/more"]),
        ([0.841], [0.842], []),
        ([0.84], [0.5], ["/0: 0.84 is 0.5"]),
        ('data: {"done": 1, "n": 1}\n', 'data: {"done": 2, "n": 2}\n', ["/0/n: 1 is 2"]),
        ("The log has more under 0123abcd.", "The log has more under 4567cdef.", []),
    ],
)
def test_only_what_passes_may_differ(one: Any, other: Any, where: list[str]) -> None:
    assert list(differences(one, other)) == where
