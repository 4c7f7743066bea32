"""Excel workbooks: the one file that knows openpyxl.

Read row by row; formulas count by the value that was last computed. Of
several sheets, the first with a column of questions is read.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from index.errors import DatasetError
from index.reading.files import printable
from qa.evaluation.pairs.columns import Mapped, fields_of, require_columns
from qa.evaluation.pairs.decoding import read_raw
from qa.evaluation.pairs.nouns import Row, Rows

# What zipfile, zlib, the XML parsers and openpyxl raise for a damaged file: each found by mutating one.
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError),
    *(InvalidFileException, SyntaxError, LookupError, ValueError, TypeError, AttributeError, OverflowError),
)
MAX_UNPACKED_BYTES = 200_000_000  # Python's zipfile unpacks no more of a part than its header says


def read_workbook(path: Path, mapped: Mapped) -> Rows:
    """Give the rows of the sheet that holds questions.

    Raises:
        DatasetError: it is no workbook, or none of its sheets holds questions.
    """
    read_raw(path)  # missing, empty, too large: worded as for any file
    _check_size(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which are not read
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            sheets = {sheet.title: _cells_of(sheet) for sheet in book.worksheets}
            book.close()
    except _FAULTS as error:
        what = " ".join(str(error).split())[:100]
        raise DatasetError(f"{printable(path)}: is not an Excel workbook ({what}); save it again as .xlsx") from error
    return _rows(path, sheets, mapped)


def write_workbook(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write one sheet of questions."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "questions"
    for row in rows:
        sheet.append(list(row))
    book.save(path)


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except _FAULTS as error:
        raise DatasetError(f"{printable(path)}: is not an Excel workbook ({error}); save it again as .xlsx") from error
    if size > MAX_UNPACKED_BYTES:
        raise DatasetError(
            f"{printable(path)}: unpacks to {size:,} bytes, above the limit of {MAX_UNPACKED_BYTES:,}; split it"
        )


def _cells_of(sheet: Any) -> list[tuple[int, list[str]]]:
    """Return the rows that hold something, each with its number; what the file says of its size is not believed."""
    sheet.reset_dimensions()
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    texts = ((number, [_text(cell) for cell in cells]) for number, cells in rows)
    return [(number, cells) for number, cells in texts if any(cell.strip() for cell in cells)]


def _rows(path: Path, sheets: dict[str, list[tuple[int, list[str]]]], mapped: Mapped) -> Rows:
    filled = {title: rows for title, rows in sheets.items() if rows}
    if not filled:
        raise DatasetError(f"{printable(path)}: its sheets are empty; give a header row and a row for each question")
    with_questions = [title for title, rows in filled.items() if "question" in fields_of(_header(rows), mapped)]
    title = (with_questions or list(filled))[0]
    rows = filled[title]
    names = _header(rows)
    require_columns(names, mapped, f"{printable(path)}:{title}:{rows[0][0]}")
    return _under_header(path, title, names, rows[1:])


def _under_header(path: Path, title: str, names: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> Iterator[Row]:
    for number, cells in rows:
        yield Row(
            f"{printable(path)}:{title}:{number}",
            {name: cell for name, cell in zip(names, cells, strict=False) if name},
        )


def _header(rows: Sequence[tuple[int, list[str]]]) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in rows[0][1])


def _text(cell: Any) -> str:
    """Return a cell as a person reads it: 3 for 3.0, TRUE for true, a date as ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
