"""Word (.docx): paragraphs, lists, tables and notes of the document; headings from its styles.

Read from the XML itself, since the order of paragraphs and tables, text boxes,
notes and tracked changes matter and the size of each part must be bounded. The
text is that of the document with all changes accepted. Headers, footers and
comments are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml.etree import _Element

from index.article import Article
from index.errors import SourceError
from index.formats.assembling import article_of_file
from index.formats.blocks import LINE, PARAGRAPH, Block, first_label, write_blocks
from index.formats.files import source_error
from index.formats.limits import ReadingLimits
from index.formats.office.container import Package, attribute, local_name, open_package

_KIND = "a Word document (.docx)"
_TITLE_LEVEL = 1
_LEVELS = 6
_LEFT_OUT = frozenset(("del", "moveFrom", "Fallback", "instrText", "rPr", "pPr", "footnotePr"))
_CHARACTERS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_EMPTY_TITLES = frozenset(("word document", "document", "powerpoint presentation", "presentation"))


def read_docx(path: Path, limits: ReadingLimits) -> Article:
    """Read a Word document as one article; its title is what it says of itself, or its first heading."""
    with open_package(path, limits, _KIND, max_bytes=limits.max_file_bytes) as package:
        name = main_part(package, "word/document.xml", "document", _KIND)
        parts = dict(package.parts(name).values())
        levels = _heading_levels(package.parse(parts["styles"])) if "styles" in parts else {}
        blocks = list(_blocks(package.parse(name), levels))
        for notes in ("footnotes", "endnotes"):
            if notes in parts:
                blocks += _notes(package.parse(parts[notes]))
        fields = core_fields(package)
    text, marks = write_blocks(blocks)
    return article_of_file(path, text, "docx", {"title": first_label(marks, level=_TITLE_LEVEL), **fields}, marks)


def main_part(package: Package, usual: str, root: str, kind: str) -> str:
    """Return the name of the part that an Office file is about.

    Raises:
        SourceError: it has none, or one of another program.
    """
    parts = dict(package.parts("").values())
    name = parts.get("officeDocument", usual)
    if name not in package.members or local_name(package.parse(name)) != root:
        raise source_error(package.path, f"is not {kind}, whatever its name says", "name it as what it is")
    return name


def core_fields(package: Package) -> Mapping[str, str]:
    """Return title and language from an Office file's properties; what they lack or is damaged is left out."""
    name = dict(package.parts("").values()).get("core-properties", "docProps/core.xml")
    try:
        properties = package.parse(name)
    except SourceError:
        return {}
    known = {local_name(element): (element.text or "").strip() for element in properties}
    fields = {"title": known.get("title", ""), "language": known.get("language", "")}
    return {field: value for field, value in fields.items() if value and value.lower() not in _EMPTY_TITLES}


def _heading_levels(styles: _Element) -> Mapping[str, int]:
    """Return the level of each style that is a heading, also by way of the style that it is based on."""
    own: dict[str, int] = {}
    bases: dict[str, str] = {}
    for style in styles:
        if local_name(style) != "style":
            continue
        identifier = attribute(style, "styleId")
        for child in style:
            match local_name(child):
                case "name":
                    own.setdefault(identifier, _level_of_name(attribute(child, "val")))
                case "basedOn":
                    bases[identifier] = attribute(child, "val")
                case "pPr":
                    own[identifier] = _outline_level(child) or own.get(identifier, 0)
    return {identifier: _inherited(identifier, own, bases) for identifier in own}


def _level_of_name(name: str) -> int:
    first, _, number = name.lower().partition(" ")
    if name.lower() == "title":
        return _TITLE_LEVEL
    return min(int(number), _LEVELS) if first == "heading" and number in tuple("123456789") else 0


def _inherited(identifier: str, own: Mapping[str, int], bases: Mapping[str, str]) -> int:
    met: set[str] = set()
    while identifier not in met:  # styles may be based on each other in a circle
        met.add(identifier)
        if own.get(identifier):
            return own[identifier]
        identifier = bases.get(identifier, identifier)
    return 0


def _outline_level(properties: _Element) -> int:
    """Return a paragraph's own level, 1 to 6; 0 where it says none, or that it is body text."""
    for child in properties:
        if local_name(child) == "outlineLvl" and attribute(child, "val") in tuple("01234567"):
            return min(int(attribute(child, "val")) + 1, _LEVELS)
    return 0


def _blocks(document: _Element, levels: Mapping[str, int]) -> Iterator[Block]:
    """Yield paragraphs and table rows in order; a text box comes before the paragraph that it hangs on."""
    for element in _outermost(document, ("p", "tbl")):
        if local_name(element) == "tbl":
            yield from _rows(element)
            continue
        for box in _outermost(element, ("txbxContent",)):
            yield from _blocks(box, levels)
        text = _text(element)
        if text:
            properties = next((child for child in element if local_name(child) == "pPr"), None)
            yield _paragraph(text, properties, levels)


def _paragraph(text: str, properties: _Element | None, levels: Mapping[str, int]) -> Block:
    if properties is None:
        return Block(text)
    style = next((attribute(child, "val") for child in properties if local_name(child) == "pStyle"), "")
    level = _outline_level(properties) or levels.get(style, 0)
    is_item = style.startswith("List") or any(local_name(child) == "numPr" for child in properties)
    return Block(text, level, LINE if is_item and not level else PARAGRAPH)


def _rows(table: _Element) -> Iterator[Block]:
    """Yield a table's rows, each on a line; a table within a cell is part of its text."""
    gap = PARAGRAPH
    for row in _outermost(table, ("tr",)):
        cells = (" ".join(map(_text, _outermost(cell, ("p",)))) for cell in _outermost(row, ("tc",)))
        text = " | ".join(" ".join(cell.split()) for cell in cells)
        if text.strip("| "):
            yield Block(text, gap=gap)
            gap = LINE


def _notes(root: _Element) -> Iterator[Block]:
    """Yield the notes that an author wrote; those with a type are the rules that part notes from text."""
    for note in root:
        if local_name(note) in ("footnote", "endnote") and attribute(note, "type") in ("", "normal"):
            yield from _blocks(note, {})


def _outermost(element: _Element, names: tuple[str, ...]) -> Iterator[_Element]:
    """Yield the nearest descendants of some names, in order; what was deleted is not looked into."""
    pending = [iter(element)]  # not recursive: a file may nest as deep as it likes
    while pending:
        child = next(pending[-1], None)
        if child is None:
            pending.pop()
        elif local_name(child) in names:
            yield child
        elif local_name(child) not in _LEFT_OUT:
            pending.append(iter(child))


def _text(paragraph: _Element) -> str:
    """Return a paragraph's text, without its text boxes; white space within a line is one space."""
    runs = _outermost(paragraph, ("t", *_CHARACTERS, "txbxContent"))
    text = "".join(run.text or "" if local_name(run) == "t" else _CHARACTERS.get(local_name(run), "") for run in runs)
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))
