"""The text of a file of questions: size, kind and encoding looked at before anything is read as rows.

A file in UTF-8 with some lines in another encoding is one that was joined
from two: its broken lines are told apart, never guessed at.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from index.errors import SourceError
from index.formats.decoding import canonical_newlines, decode
from index.formats.files import printable, require_file
from qa.errors import DatasetError

MAX_FILE_BYTES = 200_000_000  # five times the largest of SQuAD; more is not read, whatever is in it
MAX_ROW_CHARACTERS = 1_000_000  # one row with its quotes; a longer line is reported and the next one read
TOO_LONG = f"the line is longer than the limit of {MAX_ROW_CHARACTERS:,} characters; split it"
FORMATS = "CSV, TSV, JSONL, SQuAD JSON, XLSX, or a folder of a data set"
_GZIP = b"\x1f\x8b\x08"
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class FileText(NamedTuple):
    """A decoded file; where ``mixed``, characters that could not be decoded are U+FFFD."""

    text: str
    mixed: bool


def read_file(path: Path) -> FileText:
    """Return the text of a whole file.

    Raises:
        DatasetError: it is missing, empty, too large or not text.
    """
    raw = read_raw(path)
    if raw.startswith(_ZIP):
        raise DatasetError(f"{printable(path)}: is a ZIP container, not text; an Excel file must be named .xlsx")
    if raw.startswith(_GZIP):
        raise DatasetError(f"{printable(path)}: is a gzip archive, not text; unpack it first")
    if raw.startswith(_OLD_OFFICE):
        raise DatasetError(f"{printable(path)}: is an old Microsoft Office file; save it as .xlsx or CSV")
    if _is_mixed(raw):
        return FileText(canonical_newlines(raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")), True)
    try:
        return FileText(decode(raw, path), False)
    except SourceError as error:
        fault = str(error).partition("; ")[0]
        raise DatasetError(f"{fault}; give {FORMATS}") from error


def read_raw(path: Path) -> bytes:
    """Return the bytes of a file that is there, not empty and not above the limit.

    Raises:
        DatasetError: it is not.
    """
    require_size(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{printable(path)}: cannot be read ({error.strerror}); check the file") from error


def require_size(path: Path) -> None:
    """Check that a file is there, not empty and not above the limit.

    Raises:
        DatasetError: it is not.
    """
    try:
        size = require_file(path)
    except SourceError as error:
        fault = str(error).partition("; ")[0]
        raise DatasetError(f"{fault}; give {FORMATS}") from error
    if size > MAX_FILE_BYTES:
        raise DatasetError(
            f"{printable(path)}: holds {size:,} bytes, above the limit of {MAX_FILE_BYTES:,}; split the file"
        )


def _is_mixed(raw: bytes) -> bool:
    """Tell UTF-8 with lines in another encoding from a file that is in another encoding throughout.

    In a legacy encoding hardly any line beyond ASCII happens to be UTF-8; half of them never are.
    """
    if b"\x00" in raw or raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    beyond_ascii = [line for line in raw.split(b"\n") if not line.isascii()]
    right = sum(map(_is_utf8, beyond_ascii))
    return right < len(beyond_ascii) <= 2 * right


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
