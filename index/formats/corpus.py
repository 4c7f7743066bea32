"""``corpus.jsonl``: one JSON object a line, ``{"_id", "title", "text"}``, as benchmarks publish it.

The text is kept verbatim, line ends included: the gold positions of a data
set count in it. The only changes are one for one, so that positions stay: a
NUL and half a surrogate pair, which JSON can spell and nothing can store,
become U+FFFD.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from index.article import Article
from index.formats.assembling import Record, articles_of_records
from index.formats.files import read_head, source_error, unreadable
from index.formats.limits import ReadingLimits

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_corpus(path: Path, limits: ReadingLimits) -> Iterator[Article]:
    """Yield the articles of a corpus file in its order; it is read line by line, never whole."""
    read_head(path, 16)
    return articles_of_records(_records(path, limits), path, "corpus")


def _records(path: Path, limits: ReadingLimits) -> Iterator[Record]:
    found = False
    for number, line in enumerate(_lines(path, limits), start=1):
        if line.strip():
            found = True
            yield _record(line, number, path)
    if not found:
        raise source_error(path, "holds no text", "give a file with one JSON object a line")


def _lines(path: Path, limits: ReadingLimits) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            number = 0
            while line := stream.readline(limits.max_record_size + 1):
                number += 1
                if len(line) > limits.max_record_size:
                    what = f"the line is longer than the limit of {limits.max_record_size:,} bytes"
                    raise source_error(path, what, "split the article", line=number)
                yield line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    except OSError as error:
        raise unreadable(path, error) from error


def _record(line: bytes, number: int, path: Path) -> Record:
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise source_error(path, "the line is not UTF-8", "save it again as UTF-8", line=number) from error
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        what = f"the line is not valid JSON ({reason})"
        raise source_error(path, what, "write one JSON object a line", line=number) from error
    if not isinstance(fields, dict):
        what = f"the line is {_kind(fields)}, not an object"
        raise source_error(path, what, 'write {"_id": …, "title": …, "text": …}', line=number)
    text = fields.get("text")
    if not isinstance(text, str):
        what = 'the object has no "text"' if text is None else f'"text" is {_kind(text)}, not a string'
        raise source_error(path, what, "give each article its text as a string", line=number)
    return Record(
        line=number,
        text=_storable(text),
        id=_id(fields.get("_id", fields.get("id")), number, path),
        title=_optional(fields, "title"),
        url=_optional(fields, "url"),
        language=_optional(fields, "language"),
        published=_optional(fields, "published") or _optional(fields, "date"),
    )


def _id(value: object, number: int, path: Path) -> str | None:
    if value is None:
        return None
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if (isinstance(value, str) and value.strip()) or is_number:
        return _storable(str(value))
    raise source_error(path, f'"_id" is {value!r:.40}', "use a string or a whole number", line=number)


def _optional(fields: dict[str, object], key: str) -> str:
    value = fields.get(key)
    return _storable(value) if isinstance(value, str) else ""


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
