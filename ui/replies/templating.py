"""HTML from templates, in which whatever is put is text, and escaped, unless it is said to be HTML.

A line end in a template, and what the next line is indented by, stand for one
space within a tag or a text, and for nothing between two tags.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from ui.replies.messages import Wording
from ui.replies.places import escape

SHARED = Path(__file__).with_name("templates")
_BETWEEN_TAGS = re.compile(r"(?<=[>}])\n\s*(?=[<{])")
_LINE_END = re.compile(r"\n\s*")


def html_of(folder: Path, template: str, words: Wording, **values: Any) -> str:
    """Return a template of a folder, filled in; ``text`` gives it the words of the page's language."""
    return _environment(folder).get_template(template).render(words=words, text=words.text, **values)


def as_html(written: str) -> Markup:
    """Say of a text that it is HTML already: of a template, or a file of our own."""
    return Markup(written)  # noqa: S704


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FunctionLoader(lambda name: _joined(folder, name)),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else as_html(escape(str(value))),
    )


def _joined(folder: Path, name: str) -> str:
    own = folder / name
    text = (own if own.exists() else SHARED / name).read_text(encoding="utf-8")
    return _LINE_END.sub(" ", _BETWEEN_TAGS.sub("", text.strip()))
