"""What PDFium finds in a PDF: its title, its table of contents, and the lines of its pages with their places.

A PDF is a program for a parser in C++ that a stranger wrote, so this is done
in a process that is held to its time and memory (`formats`), and a file that
crashes it is a file that cannot be read. The only module that imports PDFium.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2
from pypdfium2 import raw as pdfium

_MAX_OUTLINE = 5_000
_MAX_CHARACTERS = 50_000_000
_STAMP_CHARACTERS = 100  # a scanned page may have a number, or the mark of the program that scanned it
_LINE_END_HYPHEN = 0x02  # what PDFium makes of a hyphen that ends a line, with no line break behind it


def read(raw: bytes, max_pages: int) -> dict[str, Any]:
    """Return ``{"title", "outline", "pages"}``, or ``{"fault": …}``."""
    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        protected = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        return {"fault": "encrypted" if protected else "damaged"}
    count = len(document)
    if count > max_pages:
        return {"fault": "pages", "count": count}
    pages: list[dict[str, Any]] = []
    characters = 0
    for number in range(count):
        page = _page(document, number)
        characters += sum(len(line[0]) for line in page["lines"])
        if characters > _MAX_CHARACTERS:
            return {"fault": "characters", "count": _MAX_CHARACTERS}
        pages.append(page)
    return {"title": document.get_metadata_value("Title"), "outline": _outline(document), "pages": pages}


def _outline(document: pypdfium2.PdfDocument) -> list[tuple[int, str, int]]:
    """Return level from 0, title and page from 0 of each entry; an outline in a circle is cut short."""
    entries: list[tuple[int, str, int]] = []
    for bookmark in document.get_toc():
        if len(entries) == _MAX_OUTLINE:
            break
        place = bookmark.get_dest()
        page = place.get_index() if place else None
        if page is not None:
            entries.append((bookmark.level, bookmark.get_title(), page))
    return entries


def _page(document: pypdfium2.PdfDocument, number: int) -> dict[str, Any]:
    try:
        page = document[number]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        return {"lines": [], "is_readable": False, "is_scanned": False}
    lines = _lines(text_page)
    is_scanned = sum(len(line[0]) for line in lines) < _STAMP_CHARACTERS and _is_image(page, bool(lines))
    text_page.close()
    page.close()
    return {"lines": lines, "is_readable": True, "is_scanned": is_scanned}


def _is_image(page: pypdfium2.PdfPage, has_text: bool) -> bool:
    """Tell a page that is an image: any image where there is no text, one over half of the page where there is."""
    width, height = page.get_size()
    for image in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=8):
        left, bottom, right, top = image.get_bounds()
        if not has_text or 2 * (right - left) * (top - bottom) > width * height:
            return True
    return False


def _lines(text_page: pypdfium2.PdfTextPage) -> list[tuple[str, float, float, float, float]]:
    """Return the lines in the order of the file: text, left, baseline, right, size; in points."""
    lines: list[tuple[str, float, float, float, float]] = []
    units: list[int] = []  # UTF-16, as PDFium gives characters beyond the basic plane
    first = 0
    last = 0

    def close() -> None:
        text = b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le", "replace")
        units.clear()
        if text.strip(" \x02"):
            left, bottom, _, top = _box(text_page, first)
            right = _box(text_page, last)[2]
            # Of three characters the middle size: a bullet, a drop capital or a note's number is not the line's.
            sizes = sorted(pdfium.FPDFText_GetFontSize(text_page, at) for at in (first, (first + last) // 2, last))
            size = sizes[1] or top - bottom
            lines.append((text, left, _baseline(text_page, first), right, size))

    for position in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page, position)
        if code in (0x0A, 0x0D):
            close()
            continue
        if code == _LINE_END_HYPHEN:
            units.append(code)
            last = position
            close()
            continue
        if code < 0x20 or code in (0xFFFE, 0xFFFF):  # a glyph without a character
            continue
        if code != 0x20:
            first = position if not units else first
            last = position
        elif not units:
            continue
        units += (code,) if code < 0x10000 else _surrogates(code)
    close()
    return lines


def _surrogates(code: int) -> tuple[int, int]:
    return 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF)


def _box(text_page: pypdfium2.PdfTextPage, position: int) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of a character's cell, which is the same for all of a font and size."""
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, position, ctypes.byref(box))
    return box.left, box.bottom, box.right, box.top


def _baseline(text_page: pypdfium2.PdfTextPage, position: int) -> float:
    """Return the height that a character stands on, which is the same for all fonts of a line."""
    left, baseline = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text_page, position, ctypes.byref(left), ctypes.byref(baseline))
    return baseline.value
