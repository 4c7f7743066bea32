"""Rows of text files: CSV and TSV with a header row, JSON objects one a line, a JSON list of objects.

A row that cannot be read is a problem with its line; the rows after it are
read all the same.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.formats.files import printable
from qa.errors import DatasetError
from qa.evaluation.data.columns import Mapped, fields_of, require_columns
from qa.evaluation.data.decoding import MAX_ROW_CHARACTERS, TOO_LONG, FileText, read_file
from qa.evaluation.data.nouns import Problem, Row, Rows
from qa.evaluation.data.status import unguarded

_DELIMITERS = ",;\t|"
_NOT_UTF8 = "the row holds bytes that are not UTF-8, as the rest of the file is; save the file again as UTF-8"


def read_csv(path: Path, mapped: Mapped) -> Rows:
    """Give the rows of a table; the delimiter is the one that makes a column of questions appear in its header.

    Raises:
        DatasetError: the file cannot be read, or its header names nothing to ask.
    """
    file = read_file(path)
    lines = file.text.split("\n")
    header = next((number for number, line in enumerate(lines) if line.strip()), None)
    if header is None:
        raise DatasetError(f"{printable(path)}: holds no text; give a header row and a row for each question")
    place = f"{printable(path)}:{header + 1}"
    if len(lines[header]) > MAX_ROW_CHARACTERS:
        raise DatasetError(f"{place}: {TOO_LONG}")
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW_CHARACTERS))  # belongs to the module: raise, never lower
    delimiter = max(_DELIMITERS, key=lambda candidate: _rank(lines[header], candidate, mapped))
    names = _cells(lines[header], delimiter)
    require_columns(names, mapped, place)
    return _table_rows(path, lines, header + 1, delimiter, names, mixed=file.mixed)


def read_json_lines(path: Path) -> Rows:
    """Give the object of each line; blank lines are passed over.

    Raises:
        DatasetError: the file cannot be read.
    """
    return _json_rows(path, read_file(path))


def read_json(path: Path) -> Any:
    """Return a whole JSON document.

    Raises:
        DatasetError: it is none.
    """
    text = read_file(path).text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DatasetError(
            f"{printable(path)}: not a JSON document ({_fault(error)}); one JSON object a line is named .jsonl"
        ) from error


def rows_of_list(path: Path, records: Sequence[Any]) -> Iterator[Row | Problem]:
    """Give the objects of a JSON list; a place is its position, since a document has no lines to count."""
    for position, record in enumerate(records):
        place = f"{printable(path)}: [{position}]"
        yield Row(place, record) if isinstance(record, dict) else _no_object(record, place)


def _json_rows(path: Path, file: FileText) -> Iterator[Row | Problem]:
    for number, line in enumerate(file.text.split("\n"), start=1):
        place = f"{printable(path)}:{number}"
        if not line.strip():
            continue
        if len(line) > MAX_ROW_CHARACTERS:
            yield Problem(f"{place}: {TOO_LONG}")
        elif file.mixed and "\ufffd" in line:
            yield Problem(f"{place}: {_NOT_UTF8}")
        else:
            yield _parsed(line, place)


def _parsed(line: str, place: str) -> Row | Problem:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else _fault(error)
        return Problem(f"{place}: not JSON ({reason}); write one JSON object a line")
    return Row(place, record) if isinstance(record, dict) else _no_object(record, place)


def _fault(error: ValueError | RecursionError) -> str:
    """Return what is wrong with a document, where Python says what is wrong with Python."""
    if isinstance(error, RecursionError):
        return "its brackets are nested too deep"
    return str(error) if isinstance(error, json.JSONDecodeError) else "a number in it has thousands of digits"


def _no_object(record: Any, place: str) -> Problem:
    return Problem(f"{place}: {record!r:.40} is not an object; write an object with 'question' and 'answers'")


def _table_rows(
    path: Path, lines: Sequence[str], begin: int, delimiter: str, names: Sequence[str], *, mixed: bool
) -> Iterator[Row | Problem]:
    while begin < len(lines):
        place = f"{printable(path)}:{begin + 1}"
        taken = _Lines(lines, begin)
        try:
            cells = next(csv.reader(taken, delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            begin += 1  # what follows may be whole rows, that a quote left open would swallow
            yield Problem(f"{place}: the row that begins here is not valid CSV ({error}); check its quotes")
            continue
        except _TooLongError:
            begin += 1
            yield Problem(f"{place}: {TOO_LONG}")
            continue
        begin = taken.next
        if any(cell.strip() for cell in cells):
            yield _row(place, cells, names, mixed=mixed)


class _TooLongError(Exception):
    """A row went on beyond the limit; never leaves this file."""


class _Lines:
    """The lines from one on, until they are too much for one row."""

    def __init__(self, lines: Sequence[str], begin: int) -> None:
        self._lines, self.next, self._characters = lines, begin, 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.next >= len(self._lines):
            raise StopIteration
        line = self._lines[self.next]
        self.next += 1
        self._characters += len(line)
        if self._characters > MAX_ROW_CHARACTERS:
            raise _TooLongError
        return line + "\n"


def _row(place: str, cells: Sequence[str], names: Sequence[str], *, mixed: bool) -> Row | Problem:
    if any(cells[len(names) :]):  # a delimiter outside quotes would cut a question short
        return Problem(
            f"{place}: the row has {len(cells)} cells and the header {len(names)}; put texts in double quotes"
        )
    if mixed and any("\ufffd" in cell for cell in cells):
        return Problem(f"{place}: {_NOT_UTF8}")
    return Row(place, {name: unguarded(cell) for name, cell in zip(names, cells, strict=False) if name})


def _cells(line: str, delimiter: str) -> list[str]:
    row: list[str] = next(csv.reader([line], delimiter=delimiter), [])
    return [cell.strip() for cell in row]


def _rank(header: str, delimiter: str, mapped: Mapped) -> tuple[bool, int]:
    names = _cells(header, delimiter)
    return "question" in fields_of(tuple(names), mapped), len(names)
