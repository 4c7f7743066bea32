"""Lines of a printed page to paragraphs: what belongs together, what is a running head, which hyphens go.

Pure: takes lines with their places and gives blocks; knows nothing of files. A line
break is the printer's where the next line's first word would not have fit,
and the author's where it would. Leading above the usual, a change of size and an
indented line after a full stop begin a paragraph too.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from index.formats.blocks import LINE, PARAGRAPH, Block

LINE_END_HYPHEN = "\x02"
_SENTENCE_ENDS = (".", "!", "?", ":", "…", "。", "！", "？", "؟", "।")
_CLOSERS = "\"'”’»)]}›0123456789"  # may follow a full stop: quotes, brackets, the number of a note
_BULLET = re.compile(r"[•●▪■◦‣⁃]\s")
_ITEM = re.compile(
    r"[•●▪■◦‣⁃·–—*-]\s|\(?[0-9]{1,3}[.)]\s|\(?[a-z][.)]\s"
)  # but for bullets, prose may wrap before them
_NUMBERING = re.compile(r"(?:[0-9]+(?:\.[0-9]+)*|[A-Z]|[IVXLC]+)[.:)]?\s+")
# What a compound begins with often enough that a hyphen behind it is the author's.
_COMPOUND_STARTS = frozenset(
    "all anti cross ex half high long low mid multi non post pre pro quasi self semi short so ultra well".split()
)
_RUNNING_PAGES = 3  # a head must be seen on so many pages
_MAX_LABEL_CHARACTERS = 200
_LINES_AROUND = 100  # that tell where a column ends
# Glyphs that stand for several letters: the printer's choice, not the author's.
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": None, "\xa0": " "}
)


class Line(NamedTuple):
    """A line of print: its text and where it stands, in points from the bottom left of the page."""

    text: str
    left: float
    baseline: float
    right: float
    size: float


Page = Sequence[Line]
Titles = Mapping[str, int]  # what stands in the table of contents of a page, folded, to its level


def prose_of_pages(pages: Sequence[Page], titles: Sequence[Titles]) -> list[list[Block]]:
    """Return the blocks of each page, in its order; ``titles`` has those of the outline that lead to each page.

    A paragraph that goes on over a page break is two blocks with a space between.
    """
    kept = without_running_lines([[_cleaned(line) for line in page] for page in pages])
    words = Counter(word for page in kept for line in page for word in _words(line.text))
    leading = _usual_leading(kept)
    written: list[list[Block]] = []
    before: Line | None = None
    for page, of_page in zip(kept, titles, strict=True):
        blocks = _blocks(page, of_page, leading, words)
        if before and blocks and not blocks[0].level and _goes_on(before.text, page[0].text):
            _join_over_the_break(written, blocks, words)
        written.append(blocks)
        before = page[-1] if page else before
    return written


def without_running_lines(pages: Sequence[Page]) -> list[Page]:
    """Drop page numbers, and heads and feet that stand on more than a third of the pages, at the same height.

    Only the outermost two lines above and below are looked at, numbers may differ
    only as those of the pages do, three pages must agree, and a page keeps its
    last line; anything less simple stays.
    """
    for _ in range(2):
        for edge in (0, -1):
            keys = [_running_keys(page[edge], number) if page else set() for number, page in enumerate(pages)]
            seen = Counter(key for of_page in keys for key in of_page)
            running = {key for key, count in seen.items() if count >= _RUNNING_PAGES and 3 * count > len(pages)}
            pages = [
                (page[1:] if edge == 0 else page[:-1]) if of_page & running and len(page) > 1 else page
                for page, of_page in zip(pages, keys, strict=True)
            ]
    return list(pages)


def joined(before: str, after: str, words: Mapping[str, int]) -> tuple[str, str]:
    """Return the end of a line as it reads before the next, and what parts the two.

    The hyphen of a word that was cut goes where the text itself shows that the
    word is written in one, or where a half of it is no word of the text.
    """
    if not before.endswith((LINE_END_HYPHEN, "-")) or len(before) < 2 or not before[-2].isalnum():
        return before.replace(LINE_END_HYPHEN, "-"), " "
    stem = before[:-1]
    left = re.search(r"[^\W\d_]+$", stem)
    right = re.match(r"[^\W\d_]+", after)
    if not left or not right:
        return f"{stem}-", "" if after[:1].isalnum() else " "
    is_cut = _is_cut_word(left[0], right[0], words) and not stem[: left.start()].endswith("-")
    return (stem if is_cut else f"{stem}-"), ""


def fold(title: str) -> str:
    """Return a heading as it is compared: without numbering, case and the kind of white space."""
    plain = " ".join(title.translate(_LIGATURES).split())
    return (_NUMBERING.sub("", plain, count=1) or plain).casefold()


def _cleaned(line: Line) -> Line:
    hyphen = LINE_END_HYPHEN if line.text.endswith(LINE_END_HYPHEN) else ""
    text = " ".join(line.text.translate(_LIGATURES).replace(LINE_END_HYPHEN, "").split())
    return line._replace(text=text + hyphen)


def _running_keys(line: Line, number: int) -> set[tuple[str, int]]:
    """Return what a head is told by: its height and its words; or, with one number in them counted from the page's."""
    height = round(line.baseline)
    counted = (
        f"{line.text[: match.start()]}\0{int(match[0]) - number}\0{line.text[match.end() :]}"
        for match in re.finditer(r"(?<!\d)\d{1,6}(?!\d)", line.text)
    )
    return {(words, height) for words in (line.text, *counted)}


def _usual_leading(pages: Iterable[Page]) -> float:
    """Return the commonest distance of two lines, in sizes of type; 1.2 where there are no two."""
    steps = Counter(
        round((above.baseline - below.baseline) / above.size, 1)
        for page in pages
        for above, below in pairwise(page)
        if 0.8 * above.size < above.baseline - below.baseline < 2.5 * above.size
    )
    return max(steps, key=lambda step: (steps[step], -step)) if steps else 1.2


def _blocks(page: Page, titles: Titles, leading: float, words: Mapping[str, int]) -> list[Block]:
    blocks: list[Block] = []
    before: Line | None = None
    for position, line in enumerate(page):
        around = page[max(0, position - _LINES_AROUND) : position + _LINES_AROUND]
        level = titles.get(fold(line.text), 0) if len(line.text) <= _MAX_LABEL_CHARACTERS else 0
        was_heading = bool(blocks and blocks[-1].level)
        gap = PARAGRAPH if before is None or level or was_heading else _gap(before, line, around, leading)
        if gap or not blocks:
            blocks.append(Block(line.text, level, gap))
        else:
            start, between = joined(blocks[-1].text, line.text, words)
            blocks[-1] = blocks[-1]._replace(text=start + between + line.text)
        before = line
    return [block._replace(text=block.text.replace(LINE_END_HYPHEN, "-")) for block in blocks]


def _gap(above: Line, below: Line, around: Page, leading: float) -> str:
    """Return what parts two lines that follow each other: nothing where they are one paragraph."""
    step = above.baseline - below.baseline
    size = max(above.size, below.size)
    if above.text.endswith(LINE_END_HYPHEN):
        return ""
    if abs(above.size - below.size) > 0.12 * size:
        return PARAGRAPH
    if step < 0.5 * size or step > 8 * size:  # the next column, or another part of the page
        return "" if _goes_on(above.text, below.text) else PARAGRAPH
    if step > 1.25 * leading * size:
        return PARAGRAPH
    ended = _ends_sentence(above.text)
    is_indented = below.left > above.left + 0.8 * size
    if ended and is_indented:
        return PARAGRAPH
    if _BULLET.match(below.text) or (_ITEM.match(below.text) and (ended or _ITEM.match(above.text))):
        return LINE
    first_word = below.text.partition(" ")[0]
    width_of_first_word = (below.right - below.left) * len(first_word) / len(below.text)
    has_room = _right_edge(above, around) - above.right > width_of_first_word + 0.7 * size
    if not has_room:
        return ""
    return PARAGRAPH if ended and not _ITEM.match(above.text) else LINE


def _right_edge(line: Line, around: Page) -> float:
    """Return the edge of a line's column: how far right the lines go that begin about where it does.

    Lines that reach over the column to its right, such as a title over two columns, do not count.
    """
    beside = (
        other.left for other in around if other.left >= line.right and abs(other.baseline - line.baseline) < line.size
    )
    limit = min(beside, default=math.inf)
    alike = (other for other in around if abs(other.left - line.left) < 8 * line.size and other.right <= limit)
    return max((other.right for other in alike), default=line.right)


def _goes_on(before: str, after: str) -> bool:
    """Tell a sentence that goes on over a break from one that ends there."""
    return not _ends_sentence(before) and after[:1].islower() and not _ITEM.match(after)


def _ends_sentence(text: str) -> bool:
    return text.endswith(_SENTENCE_ENDS) or text.rstrip(_CLOSERS).endswith(_SENTENCE_ENDS)


def _join_over_the_break(written: list[list[Block]], blocks: list[Block], words: Mapping[str, int]) -> None:
    last = next(page for page in reversed(written) if page)
    start, between = joined(last[-1].text, blocks[0].text, words)
    last[-1] = last[-1]._replace(text=start)
    blocks[0] = blocks[0]._replace(gap=between)


def _words(text: str) -> Iterable[str]:
    """Return the words of a line that no line end cuts, those with hyphens whole, in lower case."""
    whole = re.sub(rf"\S+[-{LINE_END_HYPHEN}]$", "", text)
    return (word.lower() for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", whole))


def _is_cut_word(left: str, right: str, words: Mapping[str, int]) -> bool:
    if not right[0].islower():
        return False
    left, right = left.lower(), right.lower()
    if left + right in words:
        return True
    if f"{left}-{right}" in words or left in _COMPOUND_STARTS:
        return False
    return left not in words or right not in words
