"""Tables of articles: CSV and TSV with a header row, one article a row.

Columns are known by their usual names. The delimiter is the one that makes a
text column appear in the header row, which is more reliable than statistics
over cells full of prose. Line ends inside a cell follow the rule for files.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from index.article import Article
from index.formats.assembling import Record, articles_of_records
from index.formats.decoding import canonical_newlines, choose_encoding
from index.formats.files import read_head, source_error, unreadable
from index.formats.limits import ReadingLimits

_SAMPLE_BYTES = 1 << 20
_DELIMITERS = ",;\t|"
_MAX_HEADER_CHARACTERS = 100_000  # below what the csv module takes of one cell, in whatever way it is cut
_COLUMNS_NAMED = 20
_COLUMN_NAMES = {
    "text": ("text", "content", "body", "article", "article_text", "full_text"),
    "id": ("_id", "id", "article_id", "doc_id", "docid"),
    "title": ("title", "headline"),
    "url": ("url", "link"),
    "published": ("published", "date", "published_at", "published_date", "publication_date", "pub_date"),
    "language": ("language", "lang"),
}


def read_table(path: Path, limits: ReadingLimits) -> Iterator[Article]:
    """Yield the articles of a table in its order; it is read row by row, never whole."""
    sample = read_head(path, _SAMPLE_BYTES)
    encoding = choose_encoding(sample, path, whole=len(sample) < _SAMPLE_BYTES)
    codec = "utf-8-sig" if encoding.codec == "utf-8" else encoding.codec

    def records() -> Iterator[Record]:
        try:
            with path.open(encoding=codec, errors=encoding.errors, newline="") as stream:
                yield from _records(stream, path, limits)
        except UnicodeDecodeError as error:
            raise source_error(path, f"is not {encoding.codec} throughout", "save it again as UTF-8") from error
        except OSError as error:
            raise unreadable(path, error) from error

    return articles_of_records(records(), path, "csv")


def _records(stream: TextIO, path: Path, limits: ReadingLimits) -> Iterator[Record]:
    lines = _lines(stream, path, limits)
    header_line = next(lines, "")
    if len(header_line) > _MAX_HEADER_CHARACTERS:
        what = f"the header row has {len(header_line):,} characters, above the limit of {_MAX_HEADER_CHARACTERS:,}"
        raise source_error(path, what, "give the columns short names, each article a row of its own", line=1)
    delimiter = max(_DELIMITERS, key=lambda candidate: _rank(header_line, candidate))
    names = _cells(header_line, delimiter)
    columns = _columns(names)
    if "text" not in columns:
        shown = [f"{name!r:.60}" for name in names[:_COLUMNS_NAMED]]
        more = [f"{len(names) - _COLUMNS_NAMED:,} more"] if len(names) > _COLUMNS_NAMED else []
        what = f"has no column of texts among {', '.join([*shown, *more]) or 'none'}"
        raise source_error(path, what, "name one of them 'text'", line=1)
    found = False
    for line, cells in _rows(lines, delimiter, path, limits):
        found = True
        yield _record(line, cells, columns, len(names), path)
    if not found:
        raise source_error(path, "has a header row and no article", "add a row for each article")


def _lines(stream: TextIO, path: Path, limits: ReadingLimits) -> Iterator[str]:
    number = 0
    while line := stream.readline(limits.max_record_size + 1):
        number += 1
        if len(line) > limits.max_record_size:
            what = f"the line is longer than the limit of {limits.max_record_size:,} characters"
            raise source_error(path, what, "split the article", line=number)
        yield line.replace("\x00", "")


def _cells(line: str, delimiter: str) -> list[str]:
    row: list[str] = next(csv.reader([line], delimiter=delimiter), [])
    return [cell.strip() for cell in row]


def _columns(names: Sequence[str]) -> dict[str, int]:
    """Map what we look for to the position of the column that holds it."""
    plain = [name.lower().replace(" ", "_") for name in names]
    found = {field: [name for name in known if name in plain] for field, known in _COLUMN_NAMES.items()}
    return {field: plain.index(present[0]) for field, present in found.items() if present}


def _rank(header_line: str, delimiter: str) -> tuple[bool, int]:
    names = _cells(header_line, delimiter)
    return "text" in _columns(names), len(names)


def _rows(
    lines: Iterator[str], delimiter: str, path: Path, limits: ReadingLimits
) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield each row below the header with the line that it begins on."""
    # The limit belongs to the csv module, not to one reader: raise it, never lower it.
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_record_size))
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = rows.line_num + 2
        try:
            cells = next(rows, None)
        except csv.Error as error:
            what = f"the row that begins here is not valid CSV ({error})"
            raise source_error(path, what, "check its quotes", line=line) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _record(line: int, cells: Sequence[str], columns: Mapping[str, int], width: int, path: Path) -> Record:
    if any(cells[width:]):  # a delimiter outside quotes would cut the author's text short
        what = f"the row has {len(cells)} cells and the header {width}"
        raise source_error(path, what, "put texts in double quotes", line=line)
    cell = {field: cells[at] if at < len(cells) else "" for field, at in columns.items()}
    return Record(
        line=line,
        text=canonical_newlines(cell["text"]),
        id=cell.get("id", "").strip() or None,
        title=cell.get("title", ""),
        url=cell.get("url", ""),
        language=cell.get("language", ""),
        published=cell.get("published", ""),
    )
