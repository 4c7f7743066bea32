"""Rows that wait for a person, as they stand in a file: read, merged by their ids, written whole or not at all.

A row is what `qa.evaluation.data` reads, with a ``status`` more; where it came
from is under ``draft``, which no evaluation looks at.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from index.article import Article
from index.formats.files import printable
from index.storage.atomic_files import whole_file
from qa.errors import DatasetError
from qa.evaluation.data.columns import fields_of
from qa.evaluation.data.nouns import Problem
from qa.evaluation.data.status import guarded
from qa.evaluation.data.tables import read_csv, read_json_lines
from qa.question_generation.nouns import Draft

Row = dict[str, Any]
COLUMNS = (
    *("id", "status", "question", "answers", "quote", "article", "start", "end", "answerable", "history", "tags"),
    "draft",
)
FORMS = (".jsonl", ".csv")


def row_of(draft: Draft, article: Article, reader: str | None = None) -> Row:
    """Return a draft as a row; its id is the same whenever the same is drafted of the same article."""
    made = {"kind": draft.kind, "made_by": draft.made_by, "title": article.title}
    row: Row = {"id": row_id("draft", article.id, draft.question), "status": "draft", "question": draft.question}
    if draft.answer is None:
        row |= {"answers": [], "article": article.id, "answerable": False}
        if draft.swapped is not None:
            made["swapped"] = f"{draft.swapped[0]} -> {draft.swapped[1]}"
    else:
        quote = draft.answer.slice(article.text)
        row |= {"answers": [quote], "quote": quote, "article": article.id}
        row |= {"start": draft.answer.start, "end": draft.answer.end, "answerable": True}
    if reader is not None:
        made["reader"] = reader
    return row | {"tags": [draft.kind], "draft": made}


def row_id(kind: str, *parts: str) -> str:
    """Return an id that the same parts always have."""
    return f"{kind}-{hashlib.sha256(chr(0).join(parts).encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a file that a review can write back, in its order; columns that are not ours are kept.

    Raises:
        DatasetError: it is neither JSONL nor CSV, or has a row that cannot be read: it would be lost.
    """
    require_form(path)
    found = read_json_lines(path) if path.suffix.lower() == ".jsonl" else read_csv(path, ())
    rows: list[Row] = []
    for each in found:
        if isinstance(each, Problem):
            raise DatasetError(f"{each.message} (nothing was changed)")
        rows.append(dict(each.values))
    return rows


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a file whole, or leave what was there.

    Raises:
        DatasetError: its name ends in neither .jsonl nor .csv.
        StorageError: the disk refuses.
    """
    require_form(path)
    text = csv_text(rows) if path.suffix.lower() == ".csv" else jsonl_text(rows)
    with whole_file(path) as file:
        file.write(text)


def require_form(path: Path) -> None:
    """Check that a file is of a form that drafts are kept in.

    Raises:
        DatasetError: it is not.
    """
    if path.suffix.lower() not in FORMS:
        raise DatasetError(f"{printable(path)}: drafts are kept as {' or '.join(FORMS)}; name the file so")


def add_rows(there: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """Return the rows that are new by their ids; what is there, and what was decided on it, is never touched."""
    known = {str(row.get("id")) for row in there}
    return list({row["id"]: row for row in reversed(new) if row["id"] not in known}.values())[::-1]


def jsonl_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as JSON, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a table: lists and objects as JSON in their cells, and no cell that a spreadsheet would run."""
    others = dict.fromkeys(name for row in rows for name in row if name not in COLUMNS)
    names = [name for name in COLUMNS if any(name in row for row in rows)] + list(others)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[_cell(row.get(name)) for name in names] for row in rows])
    return written.getvalue()


def column_of(row: Mapping[str, Any], field: str) -> str:
    """Return what a row calls a field: its own column, or the plainest name."""
    return fields_of(tuple(row)).get(field, (field,))[0]


def answers_of(row: Mapping[str, Any]) -> list[str]:
    """Return the answers that a row lists, whether it is of JSON or of a table."""
    value = row.get(column_of(row, "answers"))
    if isinstance(value, str) and value.startswith("["):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
        value = parsed if isinstance(parsed, list) else value
    listed = value if isinstance(value, list) else [value]
    return [str(each) for each in listed if each not in (None, "")]


def object_of(row: Mapping[str, Any], name: str) -> Any:
    """Return the value of a column that holds JSON, parsed where it is of a table; None where there is none."""
    value = row.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except (ValueError, RecursionError):
        return None


def _cell(value: object) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) and not value[0].startswith("["):
        return guarded(value[0])
    if isinstance(value, bool):
        return str(value).lower()
    return guarded(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
