"""Markdown: the file's own characters, with its headings marked and its front matter read.

The text is the source, not a rendering: positions in it are positions in the
file behind the front matter. Markup stays, since it is what the author typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.article import Article, Mark
from index.formats.assembling import article_of_file
from index.formats.blocks import Heading, first_label, heading_marks
from index.formats.decoding import decode
from index.formats.files import read_bytes
from index.formats.limits import ReadingLimits

# Bounded, so that a rule at the top of a long text does not send all of it to the YAML parser.
_FRONT_MATTER = re.compile(
    r"---[ \t]*\n(?P<yaml>.{0,20000}?)^(?:---|\.\.\.)[ \t]*(?:\n(?:[ \t]*\n)*|\Z)", re.DOTALL | re.MULTILINE
)
_FIELD_OF_KEY = {
    "title": "title",
    "date": "published",
    "published": "published",
    "url": "url",
} | dict.fromkeys(("language", "lang"), "language")
# Inline markup is parsed for headings alone: it is the slow half and has no positions.
_BLOCKS = MarkdownIt("commonmark").disable("inline")
_INLINE = MarkdownIt("commonmark")


def read_markdown(path: Path, limits: ReadingLimits) -> Article:
    """Read a Markdown file as one article; its first heading of level 1 is the title."""
    whole = decode(read_bytes(path, limits), path)
    fields, start = split_front_matter(whole)
    text = whole[start:]
    marks = mark_headings(text)
    return article_of_file(path, text, "markdown", {"title": first_label(marks, level=1), **fields}, marks)


def split_front_matter(text: str) -> tuple[Mapping[str, str], int]:
    """Return what YAML front matter says of the article and where the text begins behind it.

    What stands between the dashes and is no YAML mapping is a passage between
    two rules, and stays in the text.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, 0
    try:
        # The base loader makes every scalar a string: no date is invalid, and Norway's "no" stays "no".
        values = yaml.load(match["yaml"], Loader=yaml.BaseLoader)  # noqa: S506, it builds strings alone
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, 0
    if not isinstance(values, dict):
        return {}, 0
    known = {_FIELD_OF_KEY.get(str(key).lower()): value for key, value in values.items()}
    return {field: value for field, value in known.items() if field and isinstance(value, str) and value}, match.end()


def mark_headings(text: str) -> tuple[Mark, ...]:
    """Return a mark for each heading, in order; headings inside quotes and lists are not sections."""
    references: dict[str, object] = {}
    tokens = _BLOCKS.parse(text, references)
    lines = text.split("\n")
    line_starts = [0, *accumulate(len(line) + 1 for line in lines)]
    headings: list[Heading] = []
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            line = lines[token.map[0]]
            start = line_starts[token.map[0]] + len(line) - len(line.lstrip())
            headings.append(Heading(start, int(token.tag[1:]), _words(inline.content, references)))
    return heading_marks(headings, len(text))


def _words(source: str, references: dict[str, object]) -> str:
    """Return the words of a heading without their markup."""
    return " ".join(_plain(_INLINE.parseInline(source, references)).split())


def _plain(tokens: Sequence[Token]) -> str:
    parts = (
        _plain(token.children) if token.children else " " if token.type.endswith("break") else token.content
        for token in tokens
        if token.type != "html_inline"
    )
    return "".join(parts)
