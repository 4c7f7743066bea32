"""PDF: prose with every page marked, and what the table of contents names marked as headings.

PDFium is C++ that parses a stranger's file (`pdf_lines`): a file that crashes it ends the process that
`formats` has it read in. Pages that are an image and
have no text are scanned: a file of nothing else is refused, a file of some is read
with a warning, and each such page has a mark whose span is empty. A page that is an image
with no more than a stamp of text beside it is warned of too.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from index.article import Article
from index.errors import SourceError
from index.formats.assembling import article_of_file
from index.formats.blocks import write_pages
from index.formats.files import printable, read_binary, source_error
from index.formats.limits import ReadingLimits
from index.formats.pdf import process
from index.formats.pdf.layout import Line, fold, prose_of_pages

logger = logging.getLogger("footnote")

_HEADER_WITHIN = 1024  # bytes; what comes before it is allowed to be there
_MAX_LEVEL = 6
_PAGES_NAMED = 8
_EMPTY_TITLE = re.compile(
    r"\W*(?:anonymous|untitled|unspecified)\W*|microsoft \w+ - .*"
    r"|.*\.(?:docx?|pptx?|rtf|odt|indd|qxd|tex|dvi|pdf|x?html?)",
    re.IGNORECASE,
)
_RECOGNISE = "recognise its text first, as with: ocrmypdf scanned.pdf readable.pdf"


def read_pdf(path: Path, limits: ReadingLimits) -> Article:
    """Read a PDF as one article; a page's number counts from the first page of the file."""
    raw = read_binary(path, limits)
    if b"%PDF-" not in raw[:_HEADER_WITHIN]:
        raise source_error(path, "is not a PDF file, whatever its name says", "name it as what it is, or make it again")
    found = _open(raw, path, limits)
    pages = found["pages"]
    lines = [[Line(*line) for line in page["lines"]] for page in pages]
    _report_pages_without_text(path, pages)
    text, marks = write_pages(prose_of_pages(lines, _titles(found["outline"], len(pages))))
    title = _storable(found["title"])
    return article_of_file(path, text, "pdf", {"title": "" if _EMPTY_TITLE.fullmatch(title) else title}, marks)


def _open(raw: bytes, path: Path, limits: ReadingLimits) -> Mapping[str, Any]:
    """Return what `pdf_lines` finds in a file."""
    found = process.read(raw, limits.max_pages)
    if "fault" in found:
        raise _fault(path, found, limits)
    return found


def _fault(path: Path, found: Mapping[str, Any], limits: ReadingLimits) -> SourceError:
    match found["fault"]:
        case "encrypted":
            return source_error(path, "is encrypted", "remove its password, as with: qpdf --decrypt")
        case "pages":
            what = f"has {found['count']:,} pages, above the limit of {limits.max_pages:,}"
            return source_error(path, what, "split it")
        case "characters":
            return source_error(path, f"holds more than {found['count']:,} characters of text", "split it")
        case _:
            return source_error(path, "is damaged or cut short", "download it again, or save it to a new PDF")


def _titles(outline: Sequence[tuple[int, str, int]], pages: int) -> list[dict[str, int]]:
    """Return, for each page, the titles that the table of contents has on it, folded, with their levels."""
    titles: list[dict[str, int]] = [{} for _ in range(pages)]
    for level, title, page in outline:
        if 0 <= page < pages and title.strip():
            titles[page].setdefault(fold(title), min(level + 1, _MAX_LEVEL))
    return titles


def _report_pages_without_text(path: Path, pages: Sequence[Mapping[str, Any]]) -> None:
    """Warn of pages that are scanned or damaged; raise where no page has text.

    Raises:
        SourceError: the whole file is scanned, or holds no text.
    """
    scanned = [number for number, page in enumerate(pages, start=1) if page["is_scanned"]]
    damaged = [number for number, page in enumerate(pages, start=1) if not page["is_readable"]]
    if not any(page["lines"] for page in pages):
        if scanned:
            what = (
                f"is scanned: it has {len(scanned):,} {'page' if len(scanned) == 1 else 'pages'} of images and no text"
            )
            raise source_error(path, what, _RECOGNISE)
        if damaged:
            raise source_error(path, "is damaged: no page can be read", "download it again, or save it to a new PDF")
        raise source_error(path, "holds no text", "give a file that holds text")
    if scanned:
        logger.warning("%s: %s scanned, and images are not read; %s", printable(path), _numbered(scanned), _RECOGNISE)
    if damaged:
        logger.warning("%s: %s damaged, and left out; download it again", printable(path), _numbered(damaged))


def _numbered(pages: Sequence[int]) -> str:
    """Word some pages as a subject with its verb: "page 2 is", "pages 2, 3 and 7 are"."""
    if len(pages) == 1:
        return f"page {pages[0]} is"
    if len(pages) > _PAGES_NAMED:
        return f"pages {', '.join(map(str, pages[:_PAGES_NAMED]))} and {len(pages) - _PAGES_NAMED:,} more are"
    return f"pages {', '.join(map(str, pages[:-1]))} and {pages[-1]} are"


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
