"""ZIP containers, opened with distrust: Word, PowerPoint, EPUB, archives.

Sizes are counted while unpacking and what a header claims is not believed; XML
is parsed without entities, DTDs and network.
"""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from lxml import etree

from index.errors import SourceError
from index.formats.files import require_file, source_error, unreadable
from index.formats.limits import ReadingLimits

_CHUNK_BYTES = 1 << 16
_RATIO_FROM_BYTES = 1_000_000
_MAX_DIRECTORY_BYTES = 5_000_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What reading a member raises: damaged, by each way of packing; RuntimeError, packed in a way that is not known;
# OSError, the disk, or bz2, which says so of damaged bytes.
_FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError)


class TooMuchUnpackedError(SourceError):
    """All members together unpack to more than the limit: nothing else of the container is read."""


class Package:
    """An open ZIP container whose members are unpacked within limits, each by its name."""

    def __init__(self, path: Path, opened: zipfile.ZipFile, limits: ReadingLimits) -> None:
        self.path = path
        self.members = {info.filename: info for info in opened.infolist() if not info.is_dir()}
        self._opened = opened
        self._limits = limits
        self._packed_bytes = path.stat().st_size
        self._unpacked_bytes = 0

    def is_link(self, name: str) -> bool:
        """Tell whether a member says that it is a symbolic link; its bytes are then where it leads to."""
        return stat.S_ISLNK(self.members[name].external_attr >> 16)

    def read(self, name: str) -> bytes:
        """Return a whole member.

        Raises:
            SourceError: it is not there, is encrypted or damaged, or unpacks to more than the limits.
        """
        info = self.members.get(name)
        if info is None:
            raise source_error(self.path, f"has no part {name!r}", "save it again in the program that made it")
        if info.flag_bits & 1:
            raise source_error(self.path, f"{name!r} in it is encrypted", "unpack it with its password first")
        try:
            with self._opened.open(info) as stream:
                chunks: list[bytes] = []
                size = 0
                while chunk := stream.read(_CHUNK_BYTES):
                    chunks.append(chunk)
                    size += len(chunk)
                    self._unpacked_bytes += len(chunk)
                    self._check(name, size, info.compress_size)
        except _FAULTS as error:
            reason = str(error) or "it ends too early"
            what = f"{name!r} in it is damaged or packed in an unknown way ({reason})"
            raise source_error(self.path, what, "make the file again") from error
        return b"".join(chunks)

    def _check(self, name: str, size: int, packed: int) -> None:
        limits = self._limits
        if size > limits.max_file_bytes:
            what = f"{name!r} in it unpacks to more than the limit of {limits.max_file_bytes:,} bytes"
            raise source_error(self.path, what, "split it")
        if self._unpacked_bytes > limits.max_unpacked_bytes:
            what = f"unpacks to more than the limit of {limits.max_unpacked_bytes:,} bytes"
            raise TooMuchUnpackedError(str(source_error(self.path, what, "split it")))
        # A header that claims more packed bytes than there are gains nothing by it.
        ratio = limits.max_compression_ratio
        if size > max(_RATIO_FROM_BYTES, ratio * min(packed, self._packed_bytes)):
            what = f"{name!r} in it unpacks to more than {ratio} times its size, as a zip bomb does"
            raise source_error(self.path, what, "if you trust it, give the unpacked files")

    def parse(self, name: str) -> etree._Element:
        """Return the root of a member that is XML; no entity is expanded, nothing is fetched.

        Raises:
            SourceError: as `read`, or it is not well-formed XML.
        """
        raw = self.read(name)
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(raw, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            what = f"{name!r} in it is not valid XML ({' '.join(str(error).split())})"
            raise source_error(self.path, what, "save it again in the program that made it") from error

    def parts(self, name: str) -> dict[str, tuple[str, str]]:
        """Return what an Office part refers to: the kind and the name of each part, by relation id."""
        place = PurePosixPath(name)
        relations = f"{place.parent / '_rels' / place.name}.rels"
        if relations not in self.members:
            return {}
        return {
            str(relation.get("Id")): (str(relation.get("Type")).rpartition("/")[2], member_name(place.parent, target))
            for relation in self.parse(relations)
            if (target := relation.get("Target")) and relation.get("TargetMode") != "External"
        }


@contextmanager
def open_package(path: Path, limits: ReadingLimits, kind: str, *, max_bytes: int) -> Iterator[Package]:
    """Open a ZIP container; ``kind`` names it in errors, as in "a Word document".

    Raises:
        SourceError: the file is missing, too large, not a ZIP container, or has too many members.
    """
    size = require_file(path)
    if size > max_bytes:
        raise source_error(path, f"holds {size:,} bytes, above the limit of {max_bytes:,}", "split it")
    try:
        _check_start_and_directory(path, size, kind)
        opened = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        what = f"is damaged or cut short, and no longer {kind} ({error})"
        raise source_error(path, what, "make or download it again") from error
    except OSError as error:
        raise unreadable(path, error) from error
    with opened:
        count = len(opened.infolist())
        if count > limits.max_members:
            what = f"holds {count:,} files, above the limit of {limits.max_members:,}"
            raise source_error(path, what, "split it")
        yield Package(path, opened, limits)


def _check_start_and_directory(path: Path, size: int, kind: str) -> None:
    """Refuse what is no ZIP container, and one whose directory alone would fill the memory."""
    with path.open("rb") as stream:
        head = stream.read(8)
        stream.seek(max(0, size - (1 << 16) - 22))
        tail = stream.read()
    if head == _OLD_OFFICE:
        what = f"is not {kind} but encrypted, or an old Microsoft Office file"
        raise source_error(path, what, "remove its password, or save it in the present format")
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise source_error(path, f"is not {kind}, whatever its name says", "name it as what it is, or make it again")
    end = tail.rfind(b"PK\x05\x06")
    if end >= 0 and int.from_bytes(tail[end + 12 : end + 16], "little") > _MAX_DIRECTORY_BYTES:
        raise source_error(path, f"has a directory of more than {_MAX_DIRECTORY_BYTES:,} bytes", "split it")


def member_name(folder: PurePosixPath, target: str) -> str:
    """Return the name of a member that a part in ``folder`` refers to as ``target``."""
    names: list[str] = [] if target.startswith("/") else [part for part in folder.parts if part != "."]
    for part in target.strip("/").split("/"):
        if part == "..":
            names = names[:-1]
        elif part != ".":
            names.append(part)
    return "/".join(names)


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace; the two kinds of Office XML differ in nothing else."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: etree._Element, name: str) -> str:
    """Return an attribute of any namespace, or nothing."""
    return next((str(value) for key, value in element.items() if str(key).rpartition("}")[2] == name), "")
