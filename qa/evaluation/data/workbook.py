"""Excel workbooks: the one file that knows openpyxl.

Read row by row; formulas count by the value that was last computed. Of
several sheets, the first with a column of questions is read.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from index.formats.files import printable
from qa.errors import DatasetError
from qa.evaluation.data.columns import Mapped, fields_of, require_columns
from qa.evaluation.data.decoding import MAX_ROW_CHARACTERS, TOO_LONG, require_size
from qa.evaluation.data.nouns import Problem, Row, Rows

# What zipfile, zlib, the XML parsers and openpyxl raise for a damaged file: each found by mutating one.
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError),
    *(InvalidFileException, SyntaxError, LookupError, ValueError, TypeError, AttributeError, OverflowError),
)
MAX_ROWS = 1_048_576  # of a sheet, as Excel has it
MAX_UNPACKED_BYTES = 200_000_000  # Python's zipfile unpacks no more of a part than its header says


_Cells = tuple[int, dict[int, str] | None]
"""A row's number and its cells, by their columns; None where they are too much for one row."""


def read_workbook(path: Path, mapped: Mapped) -> Rows:
    """Give the rows of the sheet that holds questions.

    Raises:
        DatasetError: it is no workbook, no program can have made it, or none of its sheets holds questions.
    """
    require_size(path)  # missing, empty, too large: worded as for any file
    sheets: dict[str, list[_Cells]] = {}
    for title, number, cells in _filled_rows(path):
        sheets.setdefault(title, []).append((number, cells))
    return _rows(path, sheets, mapped)


def _filled_rows(path: Path) -> Iterator[tuple[str, int, dict[int, str] | None]]:
    """Yield sheet and number of each row that holds something, and its cells by their columns from 0.

    Empty cells are left out, of which a row can have thousands; of a row above the limit, all are.
    """
    _check_size(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which are not read
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            for sheet in book.worksheets:
                for number, cells in _cells_of(sheet, path):
                    is_short = sum(map(len, cells.values())) <= MAX_ROW_CHARACTERS
                    yield sheet.title, number, cells if is_short else None
            book.close()
    except _FAULTS as error:
        what = " ".join(str(error).split())[:100]
        raise DatasetError(f"{printable(path)}: is not an Excel workbook ({what}); save it again as .xlsx") from error


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


def _cells_of(sheet: Any, path: Path) -> Iterator[tuple[int, dict[int, str]]]:
    """Yield the rows that hold something, each with its number; what the file says of its size is not believed."""
    sheet.reset_dimensions()
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MAX_ROWS:  # openpyxl gives each that is left out, up to the number that the last one claims
            place = f"{printable(path)}:{sheet.title}:{MAX_ROWS}"
            raise DatasetError(f"{place}: has rows below the last that a sheet may have; save it again as .xlsx")
        cells = {column: text for column, value in enumerate(values) if (text := _text(value))}
        if any(text.strip() for text in cells.values()):
            yield number, cells


def _rows(path: Path, sheets: Mapping[str, list[_Cells]], mapped: Mapped) -> Rows:
    filled = {title: rows for title, rows in sheets.items() if rows[0][1] is not None}
    if not filled:
        if sheets:
            title, rows = next(iter(sheets.items()))
            raise DatasetError(f"{printable(path)}:{title}:{rows[0][0]}: {TOO_LONG}")
        raise DatasetError(f"{printable(path)}: its sheets are empty; give a header row and a row for each question")
    with_questions = [title for title, rows in filled.items() if "question" in fields_of(_header(rows), mapped)]
    title = (with_questions or list(filled))[0]
    rows = filled[title]
    names = _header(rows)
    require_columns(names, mapped, f"{printable(path)}:{title}:{rows[0][0]}")
    return _under_header(path, title, names, rows[1:])


def _under_header(path: Path, title: str, names: Sequence[str], rows: Sequence[_Cells]) -> Iterator[Row | Problem]:
    for number, cells in rows:
        place = f"{printable(path)}:{title}:{number}"
        if cells is None:
            yield Problem(f"{place}: {TOO_LONG}")
        else:
            yield Row(place, {name: cells.get(column, "") for column, name in enumerate(names) if name})


def _header(rows: Sequence[_Cells]) -> tuple[str, ...]:
    cells = rows[0][1] or {}
    return tuple(cells.get(column, "").strip() for column in range(max(cells, default=-1) + 1))


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
