"""Plain text: the author's characters, less a header that some exports put before them.

Two kinds of header are known, both only at the very beginning:

- ``date 2022-01-06`` in lower case with no colon, on the same line as the text
  (the seed article has it);
- a block of ``Title: …``, ``Date: …``, ``URL: …``, ``Language: …`` lines closed by an empty
  line, each of which must make sense. One line that does not, and the whole
  block is the author's.

The text begins at the first character after the header and runs to the last
of the file, trailing line end included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from index.article import Article
from index.formats.assembling import article_of_file
from index.formats.decoding import decode
from index.formats.files import read_bytes
from index.formats.limits import ReadingLimits
from index.formats.metadata import parse_date, parse_language, parse_url

_DATE_BEFORE_TEXT = re.compile(r"\s*date[ \t]+(?P<published>\d{4}-\d{2}-\d{2})\s+(?=\S)")
_HEADER_BLOCK = re.compile(r"\s*((?:[A-Za-z]+[ \t]*:[ \t]*\S.*\n){1,6})[ \t]*\n\s*(?=\S)")
_FIELD_OF_KEY = {
    "title": "title",
    "date": "published",
    "published": "published",
    "url": "url",
    "source": "url",
    "language": "language",
    "lang": "language",
}
_PARSERS: dict[str, Callable[[str], object]] = {
    "title": str.strip,
    "published": parse_date,
    "url": parse_url,
    "language": parse_language,
}


def read_text(path: Path, limits: ReadingLimits) -> Article:
    """Read a plain text file as one article."""
    whole = decode(read_bytes(path, limits), path)
    fields, start = split_header(whole)
    return article_of_file(path, whole[start:], "text", fields)


def split_header(text: str) -> tuple[Mapping[str, str], int]:
    """Return what a header says and where the text begins; no header gives nothing and 0."""
    dated = _DATE_BEFORE_TEXT.match(text)
    if dated and parse_date(dated["published"]):
        return {"published": dated["published"]}, dated.end()
    block = _HEADER_BLOCK.match(text)
    fields = _header_fields(block[1]) if block else {}
    return (fields, block.end()) if block and fields else ({}, 0)


def _header_fields(block: str) -> Mapping[str, str]:
    """Return the fields of a header block; none at all if any line of it may be prose."""
    fields: dict[str, str] = {}
    for line in block.rstrip("\n").split("\n"):
        key, _, value = line.partition(":")
        field = _FIELD_OF_KEY.get(key.strip().lower())
        if field is None or field in fields or not _PARSERS[field](value):
            return {}
        fields[field] = value
    return fields
