"""What JSON that comes in may be: text that can be written, and not nested without end."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Annotated

from pydantic import AfterValidator

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
