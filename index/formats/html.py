"""HTML: the main text of a page, without its menus, advertisements and comments.

trafilatura finds the main text and gives it as a small tree. The text is
written from that tree here, not by trafilatura's own serialiser, which drops
the joiners that Persian and emoji need and resolves ``&amp;lt;`` twice. Blocks
are parted by an empty line, list items and table rows by a line end; white
space of any kind and length is one plain space, except in listings.

Nothing is fetched: an HTML parser loads no entity and no DTD, and a date that
the page does not state is not searched for in its prose.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import trafilatura
from lxml.etree import LxmlError, _Element
from trafilatura.settings import Document

from index.article import Article, Mark
from index.formats.assembling import article_of_file
from index.formats.blocks import Heading, first_label, heading_marks
from index.formats.decoding import declared_codec, decode
from index.formats.files import read_bytes, source_error
from index.formats.limits import ReadingLimits

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_BLOCKS = frozenset(("body", "div", "head", "p", "quote", "list", "item", "table", "row"))
_TIGHT = frozenset(("item", "row"))
_MAX_ATTRIBUTES = 1_000
_LINE_BREAK = "\v"  # not a character that a page can hold
# max_date is fixed, where its default is today: a page gives the same article on any day.
_DATES = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}


class _Block(NamedTuple):
    tag: str
    level: int
    text: str


def read_html(path: Path, limits: ReadingLimits) -> Article:
    """Read the main text of a saved web page as one article."""
    raw = read_bytes(path, limits)
    charset = _CHARSET.search(raw[:4096])
    page = decode(raw, path, declared=declared_codec(charset[1].decode("ascii")) if charset else None)
    try:
        found, language, stand_ins = _extract(page)
    except (LxmlError, ValueError, RecursionError) as error:
        raise source_error(path, "cannot be parsed as HTML", "save the article as plain text") from error
    text, marks = _join(_blocks(found.body, stand_ins)) if found else ("", ())
    if found is None or not text:
        raise source_error(path, "has no main text that could be found", "save the article as plain text")
    fields = {
        "title": (found.title or "").translate(stand_ins) or first_label(marks, level=1),
        "url": found.url or "",
        "language": language,
        "published": found.date or "",
    }
    return article_of_file(path, text, "html", fields, marks)


def _extract(page: str) -> tuple[Document | None, str, dict[int, str]]:
    """Return what trafilatura found, the declared language, and the table that restores hidden characters."""
    is_whole = "<html" in page[:4096].lower()
    loaded = trafilatura.load_html(page if is_whole else f"<html><body>{page}</body></html>")
    if loaded is None:
        return None, "", {}
    tree = loaded.getroottree().getroot()  # of a short page, only the one paragraph is loaded
    _drop_endless_attributes(tree)
    stand_ins = _hide_format_characters(tree)
    found = trafilatura.bare_extraction(tree, with_metadata=True, include_comments=False, date_extraction_params=_DATES)
    return (
        found if isinstance(found, Document) else None,
        tree.get("lang") or tree.get("xml:lang") or "",
        stand_ins,
    )


def _drop_endless_attributes(tree: _Element) -> None:
    """Remove all attributes from an element that has more than any page of a person's: looking for one takes long."""
    for element in tree.iter():
        if len(element.attrib) > _MAX_ATTRIBUTES:
            element.attrib.clear()


def _hide_format_characters(tree: _Element) -> dict[int, str]:
    """Put letters in place of joiners and direction marks, which some extractors drop as unprintable.

    Returns the table that puts them back. The letters are Lisu, such as the page does not use.
    """
    page = {character for text in tree.itertext() for character in str(text)}
    hidden = sorted(character for character in page if unicodedata.category(character) == "Cf")
    free = [letter for letter in map(chr, range(0xA4D0, 0xA4F8)) if letter not in page]
    table = {ord(character): letter for character, letter in zip(hidden, free, strict=False)}
    for element in tree.iter() if table else ():
        element.text = element.text and element.text.translate(table)
        element.tail = element.tail and element.tail.translate(table)
    return {ord(letter): chr(character) for character, letter in table.items()}


def _blocks(body: _Element, stand_ins: dict[int, str]) -> list[_Block]:
    """Return the blocks of an extracted tree in reading order, white space settled, empty ones left out."""
    blocks: list[_Block] = []
    pending: list[str] = []

    def close(tag: str, level: int) -> None:
        lines = (" ".join(line.split()) for line in "".join(pending).split(_LINE_BREAK))
        text = "\n".join(filter(None, lines))
        pending.clear()
        if text:
            blocks.append(_Block(tag, level, text.translate(stand_ins)))

    def walk(element: _Element, tag: str, level: int) -> None:
        listing = "".join(map(str, element.itertext())).strip("\r\n") if element.tag == "code" else ""
        if "\n" in listing:  # a listing keeps its white space
            close(tag, level)
            blocks.append(_Block("code", 0, listing.replace("\r\n", "\n").translate(stand_ins)))
            return
        is_block = element.tag in _BLOCKS and tag != "row"  # a row stays on one line, whatever its cells hold
        if is_block:
            close(tag, level)
            tag, level = str(element.tag), _level(element)
        elif element.tag == "lb":
            pending.append(" " if tag == "row" else _LINE_BREAK)
        elif element.tag == "cell" and element.getprevious() is not None:
            pending.append(" | ")
        elif element.tag in _BLOCKS:
            pending.append(" ")
        pending.append(element.text or "")
        for child in element:
            walk(child, tag, level)
            pending.append(child.tail or "")
        if is_block:
            close(tag, level)

    walk(body, "body", 0)
    close("body", 0)
    return blocks


def _level(element: _Element) -> int:
    rendered_as = re.fullmatch(r"h([1-6])", element.get("rend") or "")
    return int(rendered_as[1]) if rendered_as else 1


def _join(blocks: Sequence[_Block]) -> tuple[str, tuple[Mark, ...]]:
    """Write the blocks one below the other and mark the headings among them."""
    parts: list[str] = []
    headings: list[Heading] = []
    length = 0
    for position, (tag, level, text) in enumerate(blocks):
        before = blocks[position - 1].tag if position else None
        gap = "" if before is None else "\n" if tag == before and tag in _TIGHT else "\n\n"
        if tag == "head":
            headings.append(Heading(length + len(gap), level, " ".join(text.split())))
        parts += gap, text
        length += len(gap) + len(text)
    return "".join(parts), heading_marks(headings, length)
