"""PowerPoint (.pptx): each slide a page, its title a heading, its notes below what it shows.

Read from the XML itself, as `docx` is. Slides come in the order in which they
are shown; dates, footers and slide numbers are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from lxml.etree import _Element

from index.article import Article
from index.formats.assembling import article_of_file
from index.formats.blocks import LINE, PARAGRAPH, Block, first_label, write_pages
from index.formats.files import printable, source_error
from index.formats.limits import ReadingLimits
from index.formats.office.container import Package, attribute, local_name, open_package
from index.formats.office.docx import core_fields, main_part

logger = logging.getLogger("footnote")

_KIND = "a PowerPoint presentation (.pptx)"
_TITLES = ("title", "ctrTitle")
_LEFT_OUT = ("dt", "ftr", "sldNum", "hdr", "sldImg")


def read_pptx(path: Path, limits: ReadingLimits) -> Article:
    """Read a presentation as one article."""
    with open_package(path, limits, _KIND, max_bytes=limits.max_file_bytes) as package:
        name = main_part(package, "ppt/presentation.xml", "presentation", _KIND)
        slides = _slides(package, name)
        if len(slides) > limits.max_pages:
            what = f"has {len(slides):,} slides, above the limit of {limits.max_pages:,}"
            raise source_error(path, what, "split it")
        pages = [list(_blocks_of_slide(package, slide)) for slide in slides]
        fields = core_fields(package)
    without_text = [str(number) for number, page in enumerate(pages, start=1) if not page]
    text, marks = write_pages(pages)
    headings = [mark for mark in marks if mark.kind == "heading"]
    article = article_of_file(path, text, "pptx", {"title": first_label(headings, level=1), **fields}, marks)
    if without_text:
        logger.warning("%s: without text, and left out: slide %s", printable(path), ", ".join(without_text))
    return article


def _slides(package: Package, presentation: str) -> list[str]:
    """Return the names of the slides in the order in which they are shown."""
    parts = package.parts(presentation)
    listed = (element for element in package.parse(presentation).iter("{*}sldId"))
    identifiers = (str(value) for element in listed for key, value in element.items() if str(key).endswith("}id"))
    return [parts[identifier][1] for identifier in identifiers if identifier in parts]


def _blocks_of_slide(package: Package, slide: str) -> Iterator[Block]:
    shapes = list(_shapes(package.parse(slide)))
    shapes.sort(key=lambda shape: _placeholder(shape) not in _TITLES)  # the title first, wherever it was drawn
    for shape in shapes:
        yield from _blocks(shape)
    notes = dict(package.parts(slide).values()).get("notesSlide")
    for shape in _shapes(package.parse(notes)) if notes else ():
        yield from _blocks(shape)


def _shapes(slide: _Element) -> Iterator[_Element]:
    """Yield what holds text, in the order of drawing, out of groups too."""
    for element in slide.iter("{*}sp", "{*}tbl"):
        if _placeholder(element) not in _LEFT_OUT and not any(True for _ in element.iterancestors("{*}Fallback")):
            yield element


def _placeholder(shape: _Element) -> str:
    """Return what kind of placeholder a shape is, or nothing."""
    found = next(shape.iter("{*}ph"), None) if local_name(shape) == "sp" else None
    return "" if found is None else attribute(found, "type")


def _blocks(shape: _Element) -> Iterator[Block]:
    if local_name(shape) == "tbl":
        lines = [" | ".join(map(_words, row.iter("{*}tc"))) for row in shape.iter("{*}tr")]
        lines = [line for line in lines if line.strip("| ")]
    elif _placeholder(shape) in _TITLES:
        title = _words(shape)
        if title:
            yield Block(title, level=1)
        return
    else:
        lines = list(filter(None, map(_words, shape.iter("{*}p"))))
    yield from (Block(line, gap=LINE if position else PARAGRAPH) for position, line in enumerate(lines))


def _words(element: _Element) -> str:
    """Return the text below an element on one line."""
    texts = element.iter("{*}t", "{*}br", "{*}tab", "{*}p")
    return " ".join("".join(text.text or "" if local_name(text) == "t" else " " for text in texts).split())
