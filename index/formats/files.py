"""Files and folders: what may be read, how large it is, how a fault in one is worded.

Knows nothing of encodings or formats beyond the first bytes that give a
foreign format away.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from index.errors import SourceError
from index.formats.limits import ReadingLimits

logger = logging.getLogger("footnote")

SUPPORTED = "plain text, Markdown, HTML, PDF, .docx, .pptx, .epub, .jsonl corpora, CSV or TSV tables, .zip of these"
# Formats that are read, found under a name that says another: the name is what to change.
_MISNAMED = (
    (b"%PDF-", "a PDF file", "name it .pdf"),
    (b"PK\x03\x04", "a ZIP container (Word, PowerPoint, EPUB, spreadsheet or archive)", "name it as what it is"),
)

_FOREIGN_FORMATS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"BZh91AY&SY", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
)

_MAX_STEM_CHARACTERS = 50  # of a temporary file; file systems allow 255 bytes, a character has up to four

# By path, which is nobody else's while the file is there, so that threads may read side by side.
_PLACES: dict[Path, str] = {}


def source_error(path: Path, what: str, next_step: str, *, line: int | None = None) -> SourceError:
    """Word a fault the one way all readers do: ``file:line: what; what to do next``, on one line."""
    place = printable(path) if line is None else f"{printable(path)}:{line}"
    return SourceError(f"{place}: {what}; {next_step}")


@contextmanager
def shown_as(path: Path, place: str) -> Iterator[None]:
    """Show a file as another place while it is read: a temporary file as what it was unpacked from."""
    _PLACES[path] = place
    try:
        yield
    finally:
        del _PLACES[path]


def place_of(path: Path) -> str | None:
    """Return the place that a file is shown as, if it is another than its own."""
    return _PLACES.get(path)


@contextmanager
def written_as(name: str, content: bytes | BinaryIO, *, place: str) -> Iterator[Path]:
    """Give the readers, which take files, a temporary one for what is none, shown as the place it came from.

    The folder is ours alone; the file has the stem of ``name`` for a title, and its suffix.
    """
    pure = PurePosixPath(printable(Path(name)).replace("\\", "/"))
    suffix = pure.suffix.lower() if re.fullmatch(r"\.\w{1,10}", pure.suffix) else ""
    stem = pure.stem.strip(". ")[:_MAX_STEM_CHARACTERS] or "unnamed"
    with tempfile.TemporaryDirectory(prefix="footnote-") as folder:
        file = Path(folder, stem + suffix)
        try:
            with file.open("wb") as stream:
                if isinstance(content, bytes):
                    stream.write(content)
                else:
                    shutil.copyfileobj(content, stream, 1 << 20)
        except OSError as error:
            what = f"cannot be kept while it is read ({error.strerror})"
            raise SourceError(f"{place}: {what}; make room on the disk for temporary files") from error
        with shown_as(file, place):
            yield file


def printable(path: Path) -> str:
    """Return a path as text that can be stored and shown: no lone surrogates, no line breaks."""
    if path in _PLACES:
        return _PLACES[path]
    return "".join(character if character.isprintable() else "\ufffd" for character in str(path))


def require_file(path: Path) -> int:
    """Return the size in bytes of a file that exists, is regular and is not empty."""
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError) as error:
        raise source_error(path, "does not exist", "check the path") from error
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if path.is_dir():
        _require_open(path)
    if not path.is_file():
        raise source_error(path, "is not a regular file", "give a file or a folder of files")
    if size == 0:
        raise source_error(path, "is empty", "give a file that holds text")
    return size


def _require_open(folder: Path) -> None:
    """Raise for a folder whose files cannot be listed."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise unreadable(folder, error) from error


def read_bytes(path: Path, limits: ReadingLimits) -> bytes:
    """Read a whole file of text; one above the limit is refused by its size alone, unread."""
    raw = read_binary(path, limits)
    refuse_foreign(path, raw)
    return raw


def read_binary(path: Path, limits: ReadingLimits) -> bytes:
    """Read a whole file whatever it holds, within the same limit."""
    size = require_file(path)
    if size > limits.max_file_bytes:
        raise _too_large(path, size, limits)
    try:
        with path.open("rb") as stream:
            raw = stream.read(limits.max_file_bytes + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(raw) > limits.max_file_bytes:  # it grew while it was read
        raise _too_large(path, len(raw), limits)
    return raw


def _too_large(path: Path, size: int, limits: ReadingLimits) -> SourceError:
    what = f"holds {size:,} bytes, above the limit of {limits.max_file_bytes:,}"
    return source_error(path, what, "split it, or make it a .jsonl corpus of several articles")


def read_head(path: Path, size: int) -> bytes:
    """Return the first bytes of a file that will be streamed, after the same checks as a whole one."""
    require_file(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(size)
    except OSError as error:
        raise unreadable(path, error) from error
    refuse_foreign(path, head)
    return head


def unreadable(path: Path, error: OSError | ValueError) -> SourceError:
    """Translate what the operating system says about a file."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return source_error(path, f"cannot be read ({reason})", "check the file and its permissions")


def refuse_foreign(path: Path, head: bytes) -> None:
    """Raise for a file whose first bytes say that it is another format, whatever its name says."""
    for magic, name, next_step in _MISNAMED:
        if head.startswith(magic):
            raise source_error(path, f"is {name}, whatever its name says", next_step)
    for magic, name in _FOREIGN_FORMATS:
        if head.startswith(magic):
            raise source_error(path, f"is {name}, which is not read yet", f"convert it to one of: {SUPPORTED}")


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder; one that cannot even be looked up is not."""
    return os.path.isdir(path)


def find_files(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Return the files below a folder that have one of the suffixes, sorted by path.

    Hidden files and folders are left out. Nothing is read that stands outside
    the folder: a link that leads out of it, or nowhere, is passed over, and the
    log says so. Links to folders are not followed anyway: they may lead in a circle.
    A folder below that cannot be opened stands among the files: whoever reads
    it is told so, and goes on.
    """
    found: list[Path] = []
    root = folder.resolve()

    def pass_over(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise unreadable(folder, error) from error
        found.append(Path(error.filename))

    for parent, folders, names in os.walk(folder, onerror=pass_over):
        folders[:] = [name for name in folders if not name.startswith(".")]
        visible = [Path(parent, name) for name in names if not name.startswith(".")]
        wanted = [path for path in visible if path.suffix.lower() in suffixes]
        leading_out = {path for path in (*(Path(parent, name) for name in folders), *wanted) if _leads_out(path, root)}
        for path in sorted(leading_out):
            logger.warning(
                "%s: passed over: a link that leads out of the folder; give what it leads to itself", printable(path)
            )
        found.extend(path for path in wanted if path not in leading_out and _may_be_file(path))
    return sorted(found, key=lambda path: path.parts)


def require_within(path: Path, folder: Path) -> None:
    """Raise for a file that is, by now, a link that leads out of the folder it was found in, or below one."""
    try:
        is_within = path.resolve(strict=True).is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        is_within = True  # it is gone, which whoever reads it says
    if not is_within:
        raise source_error(path, "leads out of the folder that it was found in", "give what it leads to itself")


def _leads_out(path: Path, root: Path) -> bool:
    """Tell a link to what is not below a folder; one to nothing, or in a circle, counts too."""
    try:
        if not path.is_symlink():
            return False
    except OSError:  # it cannot be looked at: whoever reads it says why
        return False
    try:
        return not path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # what older Pythons say of a circle
        return True


def _may_be_file(path: Path) -> bool:
    """Tell what is a file from what is not; what cannot be looked at may be one, and reading it says why not."""
    try:
        return path.is_file()
    except OSError:
        return True
