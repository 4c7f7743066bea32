"""What JSON that comes in may be: text that can be written, and not nested without end."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Annotated, Any

from pydantic import AfterValidator

from qa.config import MAX_QUESTION_CHARACTERS

MOST_TURNS = 50
MOST_TURN_CHARACTERS = 4_000
QUESTION_SHAPE: dict[str, Any] = {"pattern": r"[^\s\x1c-\x1f\x85]", "maxLength": MAX_QUESTION_CHARACTERS}
"""What the assistant takes for a question. Only described here: it says in its own words what is wrong with one."""

MAX_DEPTH = 64  # Gradio's own requests have fewer than ten
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(code for code in range(256) if code not in _STEPS)


def _encodable(text: str) -> str:
    """Refuse half a surrogate pair: JSON can name one, but no text can hold it."""
    text.encode()
    return text


UnicodeText = Annotated[str, AfterValidator(_encodable)]


def is_too_deep(body: bytes) -> bool:
    """Tell whether JSON is nested deeper than `MAX_DEPTH`, without parsing it: a parser might run out of its stack.

    What is no JSON may be called either; it is refused anyway.
    """
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    return max(accumulate(_STEPS[bracket] for bracket in brackets), default=0) > MAX_DEPTH


def brings_file(body: bytes) -> bool:
    """Tell whether a body of JSON holds what Gradio takes for a file, anywhere; what cannot be read may hold one.

    Gradio copies such a file into its cache, or fetches it from its address, before a function of ours sees it: any
    file that the server can read, and one without end.
    """
    if not body:
        return False
    try:
        parts = [json.loads(body)]
    except (ValueError, RecursionError):
        return True
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            if "path" in part and "meta" in part:
                return True
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
    return False
