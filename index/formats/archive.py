"""Archives (.zip): the articles of the files in them, one file at a time, nothing else unpacked.

What is left out is what a folder leaves out: hidden files and unknown suffixes;
and what macOS adds. A link in it is passed over, and the log says so. A file
that cannot be read does not stop the others: it is named when all have been read.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath

from index.article import Article
from index.errors import SourceError
from index.formats.files import SUPPORTED, printable, source_error, written_as
from index.formats.limits import ReadingLimits
from index.formats.office.container import Package, TooMuchUnpackedError, open_package

logger = logging.getLogger("footnote")

ReadFile = Callable[[Path, ReadingLimits], Iterable[Article]]

_NESTED = frozenset((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"))
_FAULTS_NAMED = 5


def read_archive(
    path: Path, limits: ReadingLimits, *, read_file: ReadFile, suffixes: Collection[str]
) -> Iterator[Article]:
    """Yield the articles of an archive's files, sorted by name; ``source`` is the archive's path, ``#``, the name.

    ``read_file`` reads one unpacked file. An article of a file that holds many
    has ``#`` and its id behind the name.

    Raises:
        SourceError: the archive cannot be read, which ends it at once; or some of its
            files could not, which is said behind the last article of the others.
    """
    with open_package(path, limits, "a .zip archive", max_bytes=limits.max_unpacked_bytes) as package:
        names = sorted(filter(_is_wanted, package.members), key=lambda name: PurePosixPath(name).parts)
        for name in filter(package.is_link, names):
            logger.warning("%s: passed over: a link, which is not followed", _place(package, name))
        names = [name for name in names if PurePosixPath(name).suffix.lower() in (*suffixes, *_NESTED)]
        names = [name for name in names if not package.is_link(name)]
        if not names:
            raise source_error(path, "is an archive with no file to read", f"put in some of: {SUPPORTED}")
        faults: list[SourceError] = []
        for name in names:
            try:
                yield from _read_member(package, name, limits, read_file)
            except TooMuchUnpackedError:
                raise
            except SourceError as error:
                faults.append(error)
    if faults:
        raise _summary(path, faults, len(names))


def _is_wanted(name: str) -> bool:
    """Tell files that a person put there; names that lead out of the archive are kept, to be refused."""
    parts = [part for part in re.split(r"[\\/]", name) if part not in ("", ".", "..")]
    return bool(parts) and "__MACOSX" not in parts and not any(part.startswith(".") for part in parts)


def _read_member(package: Package, name: str, limits: ReadingLimits, read_file: ReadFile) -> Iterator[Article]:
    place = _place(package, name)
    if ".." in re.split(r"[\\/]", name) or re.match(r"[\\/]|[A-Za-z]:", name):
        raise SourceError(f"{place}: has a name that leads out of the archive; give the file itself")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _NESTED:
        raise SourceError(f"{place}: is an archive inside an archive, which is not opened; unpack it first")
    content = package.read(name)
    with written_as(PurePosixPath(name).name, content, place=place) as unpacked:
        del content
        yield from read_file(unpacked, limits)


def _place(package: Package, name: str) -> str:
    return f"{printable(package.path.absolute())}#{printable(Path(name))}"


def _summary(path: Path, faults: list[SourceError], count: int) -> SourceError:
    """Word what could not be read: the one fault as it is, several on one line."""
    if len(faults) == 1:
        return faults[0]
    named = " | ".join(map(str, faults[:_FAULTS_NAMED]))
    more = f" | and {len(faults) - _FAULTS_NAMED:,} more" if len(faults) > _FAULTS_NAMED else ""
    return source_error(path, f"{len(faults):,} of its {count:,} files could not be read", named + more)
