"""Files made for a test by other programs than ours: PDF, Word, PowerPoint, EPUB, archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from docx import Document
from PIL import Image
from pptx import Presentation
from pptx.util import Inches
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

LEFT, TOP, LEADING, SIZE = 72, 760, 14, 11
SCAN = ("",)
STAMPED = ("Scanned by a machine",)


def pdf_of(
    *pages: Sequence[str], title: str = "", outline: Mapping[str, int] | None = None, opens_with: str | None = None
) -> bytes:
    """Return a PDF, encrypted if ``opens_with`` is given: each page its lines, "" leaves one out.

    `SCAN` is a page that is an image, `STAMPED` has a line on it too. ``outline`` has titles and the
    pages, from 1, that they lead to; two spaces before a title make it lower.
    """
    stream = io.BytesIO()
    encryption = None if opens_with is None else StandardEncryption(opens_with, "owner")
    canvas = Canvas(stream, pagesize=A4, encrypt=encryption, invariant=1)
    canvas.setTitle(title)
    for number, page in enumerate(pages, start=1):
        for name, leads_to in (outline or {}).items():
            if leads_to == number:
                canvas.bookmarkPage(name)
                canvas.addOutlineEntry(name.strip(), name, level=int(name.startswith(" ")))
        if page in (SCAN, STAMPED):
            canvas.drawImage(ImageReader(Image.new("1", (40, 40), 1)), 0, 0, *A4)
        canvas.setFont("Helvetica", SIZE)
        for position, line in enumerate(page):
            canvas.drawString(LEFT, TOP - position * LEADING, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def docx_of(*paragraphs: tuple[str, str], title: str = "") -> bytes:
    """Return a Word document of (style, text); the style "Table" makes a row of cells parted by bars."""
    document = Document()
    document.core_properties.title = title
    for style, text in paragraphs:
        if style == "Table":
            cells = text.split("|")
            table = document.add_table(rows=1, cols=len(cells))
            for cell, words in zip(table.rows[0].cells, cells, strict=True):
                cell.text = words
        else:
            document.add_paragraph(text, style=style)
    return saved(document)


def pptx_of(*slides: tuple[str, str], notes: str = "") -> bytes:
    """Return a presentation of (title, text); notes stand under the first slide."""
    presentation = Presentation()
    for title, text in slides:
        slide = presentation.slides.add_slide(presentation.slide_layouts[5 if title else 6])
        if text:
            slide.shapes.add_textbox(Inches(1), Inches(2), Inches(5), Inches(1)).text_frame.text = text
        if title:
            slide.shapes.title.text = title
    if notes:
        presentation.slides[0].notes_slide.notes_text_frame.text = notes
    return saved(presentation)


def saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


BOOK = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A book</dc:title><dc:language>en-GB</dc:language>
<dc:date>2020-02-03</dc:date></metadata><manifest>{items}
<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="nav"/>{order}</spine></package>"""
CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'


def epub_of(*chapters: str, **others: str) -> bytes:
    """Return a book of XHTML bodies, each a chapter; ``others`` are further parts, "__" in a name being "/"."""
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    order = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": BOOK.format(items=items, order=order),
        "OEBPS/nav.xhtml": "<html><body><nav>Contents</nav></body></html>",
    }
    for number, body in enumerate(chapters):
        members[f"OEBPS/c{number}.xhtml"] = (
            f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
            f"<body>{body}</body></html>"
        )
    return zip_of({**members, **{name.replace("__", "/"): part for name, part in others.items()}})


def zip_of(members: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return stream.getvalue()


def changed_part(packed: bytes, name: str, *replacement: str) -> bytes:
    """Return a container with one part changed: ``replacement`` is (old, new), or the new part alone."""
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        members: dict[str, str | bytes] = {info.filename: opened.read(info) for info in opened.infolist()}
    part = members.get(name, b"")
    before = part.decode() if isinstance(part, bytes) else part
    members[name] = before.replace(*replacement) if len(replacement) == 2 else replacement[0]
    return zip_of(members)
