"""Files and pasted text to articles: the one door of reading; web pages have their own, `index.web`.

`read_articles` takes a file or a folder, `read_upload` a file by its name and
bytes, `article_from_text` what was pasted; each gives articles whose ``text`` is canonical from then on.
Every fault of a source is a `SourceError` of one line.
A folder is read up to its first bad file; who wants the others all the same
asks `readable_files` and reads them one by one. An archive is read to its end:
all its good files first, and then a `SourceError` that names the bad ones, so
that who keeps what was yielded has all there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from index.article import Article
from index.formats.by_suffix import SUFFIXES, read_file
from index.formats.files import (
    SUPPORTED,
    find_files,
    is_folder,
    printable,
    require_file,
    require_within,
    source_error,
    written_as,
)
from index.formats.limits import DEFAULT_LIMITS, ReadingLimits
from index.formats.pasted import article_from_text

__all__ = [
    "SUFFIXES",
    "ReadingLimits",
    "article_from_text",
    "is_folder",
    "read_articles",
    "read_upload",
    "readable_files",
    "upload_source",
]

_MAX_NAME_CHARACTERS = 200


def read_articles(
    path: Path, *, within: Path | None = None, limits: ReadingLimits = DEFAULT_LIMITS
) -> Iterator[Article]:
    """Yield the articles of a file, or of the files of a folder in sorted order.

    A file whose suffix says nothing is read as plain text, if it is text.

    Args:
        path: the file or folder.
        within: the folder that the file was found in, and must still be in: a link may have taken its place.
        limits: how large it may be.

    Raises:
        SourceError: the source cannot be read. What was yielded before stands.
    """
    folder = path if is_folder(path) else within
    for file in readable_files(path):
        if folder is not None:
            require_within(file, folder)
        yield from read_file(file, limits)


def readable_files(path: Path) -> list[Path]:
    """Return the files that `read_articles` would read, in its order; a file gives itself.

    In a folder, hidden files and unknown suffixes are left out. A folder in it that cannot be opened stands
    among the files, as one that cannot be read.

    Raises:
        SourceError: the path does not exist, or the folder has nothing to read.
    """
    if not is_folder(path):
        require_file(path)
        return [path]
    files = find_files(path, SUFFIXES)
    if not files:
        raise source_error(path, "is a folder with no file to read", f"put in some of: {SUPPORTED}")
    return files


def read_upload(name: str, content: bytes | BinaryIO, *, limits: ReadingLimits = DEFAULT_LIMITS) -> Iterator[Article]:
    """Yield the articles of a file that somebody handed over; ``source`` is ``upload:`` and its name.

    Raises:
        SourceError: as for `read_articles`, in which the file is called as its source.
    """
    with written_as(name, content, place=upload_source(name)) as file:
        yield from read_file(file, limits)


def upload_source(name: str) -> str:
    """Return what an uploaded file is called, whatever folders and characters its name has."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return f"upload:{printable(Path(last))[:_MAX_NAME_CHARACTERS]}"
