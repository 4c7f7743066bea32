"""EPUB: the chapters in reading order, headings marked; what the book says of itself is its metadata.

Chapters are XHTML that a publisher wrote: all of it is the text, so nothing is
searched for as in a web page. Scripts, the table of contents, and ruby glosses
between the letters are left out. A copy-protected book is refused, not read as noise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from lxml import etree, html
from lxml.etree import _Element

from index.article import Article
from index.formats.assembling import article_of_file
from index.formats.blocks import LINE, PARAGRAPH, Block, first_label, write_blocks
from index.formats.decoding import canonical_newlines, declared_codec, decode
from index.formats.files import source_error
from index.formats.limits import ReadingLimits
from index.formats.office.container import Package, attribute, local_name, member_name, open_package

_KIND = "an EPUB book"
_VERBATIM = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)  # XHTML has it, HTML drops it
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)""")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody tfoot thead tr"
    " ul".split()
)
_TIGHT = frozenset(("li", "tr", "dt", "dd"))
_LEFT_OUT = frozenset(("head", "script", "style", "rt", "rp", "nav", "template", "svg", "math"))
_BREAK = "\v"  # not a character that XML can hold


def read_epub(path: Path, limits: ReadingLimits) -> Article:
    """Read a book as one article."""
    with open_package(path, limits, _KIND, max_bytes=limits.max_file_bytes) as package:
        name = _book_part(package)
        book = package.parse(name)
        chapters = _chapters(book, PurePosixPath(name).parent)
        _refuse_protected(package, chapters)
        blocks = [block for chapter in chapters for block in _blocks_of_chapter(package, chapter)]
    text, marks = write_blocks(blocks)
    return article_of_file(path, text, "epub", {"title": first_label(marks, level=1), **_fields(book)}, marks)


def _book_part(package: Package) -> str:
    """Return the name of the part that lists all others."""
    container = "META-INF/container.xml"
    if container not in package.members:
        raise source_error(package.path, f"is not {_KIND}, whatever its name says", "name it as what it is")
    found = next(package.parse(container).iter("{*}rootfile"), None)
    name = "" if found is None else attribute(found, "full-path")
    if name not in package.members:
        raise source_error(package.path, f"names no part that lists its chapters ({name!r})", "make the book again")
    return name


def _chapters(book: _Element, folder: PurePosixPath) -> list[str]:
    """Return the names of the parts to read, in reading order, without the table of contents.

    Each comes once, however often the order names it: a book of a page would else be one of gigabytes.
    """
    items = {
        attribute(item, "id"): member_name(folder, unquote(attribute(item, "href")))
        for item in book.iter("{*}item")
        if "nav" not in attribute(item, "properties").split() and "html" in attribute(item, "media-type")
    }
    order = (attribute(reference, "idref") for reference in book.iter("{*}itemref"))
    return list(dict.fromkeys(items[identifier] for identifier in order if identifier in items))


def _refuse_protected(package: Package, chapters: list[str]) -> None:
    """Raise where chapters are encrypted; fonts often are, and do not matter."""
    name = "META-INF/encryption.xml"
    if name not in package.members:
        return
    encrypted = {unquote(attribute(reference, "URI")) for reference in package.parse(name).iter("{*}CipherReference")}
    if encrypted & set(chapters):
        raise source_error(package.path, "is copy-protected (DRM)", "give an edition without protection")


def _fields(book: _Element) -> Mapping[str, str]:
    """Return title, language and date of the book; the first of each that it states."""
    field_of_name = {"title": "title", "language": "language", "date": "published"}
    fields: dict[str, str] = {}
    for element in book.iter("{http://purl.org/dc/elements/1.1/}*"):
        field = field_of_name.get(local_name(element))
        if field and element.text and element.text.strip():
            fields.setdefault(field, element.text.strip())
    return fields


def _blocks_of_chapter(package: Package, name: str) -> Iterator[Block]:
    raw = package.read(name)
    declared = _ENCODING.match(raw[:1024].lstrip(b"\xef\xbb\xbf \r\n"))
    page = decode(raw, package.path, declared=declared_codec(declared[1].decode("ascii")) if declared else None)
    # As HTML, whose parser knows the named characters without fetching a DTD.
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        page = _VERBATIM.sub(lambda match: escape(match[1]), _DECLARATION.sub("", page.lstrip("\ufeff"), count=1))
        root = html.document_fromstring(page, parser=parser)
    except (etree.LxmlError, ValueError):  # a chapter of nothing, such as one that is a picture
        return
    try:
        yield from _blocks(root)
    except RecursionError as error:
        what = f"{name!r} in it nests too deep to be a chapter"
        raise source_error(package.path, what, "make the book again") from error


def _blocks(root: _Element) -> list[Block]:
    """Return the blocks of a page in order; white space is one space, except in listings."""
    blocks: list[Block] = []
    pending: list[str] = []
    tag_before = ""

    def close(tag: str) -> None:
        nonlocal tag_before
        text = _settled("".join(pending), is_listing=tag == "pre")
        pending.clear()
        if text:
            gap = LINE if tag == tag_before and tag in _TIGHT else PARAGRAPH
            blocks.append(Block(text, _HEADINGS.get(tag, 0), gap))
            tag_before = tag

    def walk(element: _Element, tag: str, is_in_row: bool) -> None:
        name = local_name(element)
        if name in _LEFT_OUT:
            return
        is_block = name in _BLOCKS and not is_in_row  # a row stays on one line, whatever its cells hold
        if is_block:
            close(tag)
            tag = tag if tag in _HEADINGS else name
        elif name == "br":
            pending.append(" " if is_in_row else _BREAK)
        elif name in ("td", "th") and element.getprevious() is not None:
            pending.append(" | ")
        elif is_in_row:
            pending.append(" " if name in _BLOCKS else "")
        pending.append(element.text or "")
        for child in element:
            walk(child, tag, is_in_row or name == "tr")
            pending.append(child.tail or "")
        if is_block:
            close(tag)

    walk(root, "body", is_in_row=False)
    close("body")
    return blocks


def _settled(text: str, *, is_listing: bool) -> str:
    if is_listing:
        return canonical_newlines(text.replace(_BREAK, "\n")).strip("\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split(_BREAK))))
