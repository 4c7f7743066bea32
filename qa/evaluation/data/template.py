"""A file to begin with: the columns by their plainest names, and rows that show what each is for."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from index.errors import StorageError
from index.formats.files import printable
from qa.errors import DatasetError

FORMATS = ("csv", "jsonl", "xlsx")
COLUMNS = ("id", "question", "answer", "answer_2", "quote", "article", "answerable", "topic")
# About an article that nobody has: whoever forgets to replace a row is told so by its line.
ROWS = (
    (
        *("1", "When was the lighthouse lit for the first time?", "1871", "in 1871"),
        *("the lamp was lit for the first time in 1871", "lighthouse.txt", "yes", "history"),
    ),
    ("2", "How tall is the lighthouse?", "31 metres", "", "", "lighthouse.txt", "", "building"),
    ("3", "Who painted the lighthouse?", "", "", "", "lighthouse.txt", "no", "building"),
)


def template_text(form: str) -> str:
    """Return the template as CSV or JSONL.

    Raises:
        DatasetError: there is no template of that form as text.
    """
    if form == "csv":
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows((COLUMNS, *ROWS))
        return written.getvalue()
    if form == "jsonl":
        return "".join(json.dumps(_record(row), ensure_ascii=False) + "\n" for row in ROWS)
    if form == "xlsx":
        raise DatasetError("--template xlsx is not text; name the file to write, as in footnote eval --template xlsx F")
    raise DatasetError(f"--template {form!r}: there is none of that form; the forms are {', '.join(FORMATS)}")


def write_template(form: str, path: Path) -> None:
    """Write the template to a file that is not there yet.

    Raises:
        DatasetError: there is no such form, or there is such a file.
        StorageError: it cannot be written.
    """
    if path.exists():
        raise DatasetError(f"{printable(path)}: is there already; name another file")
    try:
        if form == "xlsx":
            # Imported when needed: it takes a tenth of a second.
            from qa.evaluation.data.workbook import write_workbook

            write_workbook(path, (COLUMNS, *ROWS))
        else:
            path.write_text(template_text(form), "utf-8", newline="\n")
    except OSError as error:
        raise StorageError(f"{printable(path)}: cannot be written ({error.strerror}); choose another place") from error


def _record(row: tuple[str, ...]) -> dict[str, object]:
    cells = dict(zip(COLUMNS, row, strict=True))
    answers = [answer for answer in (cells.pop("answer"), cells.pop("answer_2")) if answer]
    said = {"yes": True, "no": False}.get(cells.pop("answerable"))
    record: dict[str, object] = {"id": cells["id"], "question": cells["question"], "answers": answers}
    record |= {name: cells[name] for name in ("quote", "article", "topic") if cells[name]}
    return record if said is None else record | {"answerable": said}
