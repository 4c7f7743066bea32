"""Where sentences begin and end: two maintained splitters, and the lines of the text.

nupunkt splits English, and what does not say its language, best of those we
compared; sentencex knows the full stops and abbreviations of other languages
(`index/DECISIONS.md` has the measurements). Neither sees line ends, which end
headings, list items and table rows in most texts, and nothing in a text that
was wrapped by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import pairwise
from typing import NamedTuple

import nupunkt
import regex
import sentencex

from index.article import MOST_PASSAGE_CHARACTERS, Span

# What is cut otherwise by our own rules below changes no vector of what is cut as before: a library goes on with it.
SPLITTER = f"nupunkt-{version('nupunkt')}+sentencex-{version('sentencex')}+1"

_SEEN_CHARACTERS = 64  # code points; longer ones are made by hand, and may be cut
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
# A name torn by a stray full stop, as in "Kasym-Zhomart. Tokaev": a double-barrelled first name in the
# middle of a sentence, a stop, a capital. Joining two sentences by mistake costs a longer quote, no more.
_TORN_NAME = re.compile(r"\s[^\W\d_a-z][^\W\d_]+(?:-[^\W\d_a-z][^\W\d_]+)+\.\s*$")
_TORN_NAME_CHARACTERS = 200  # looked at, at the end of a sentence
_LIST_ITEM = re.compile(r"(?:[-*+•·–o]|\(?(?:\d{1,3}|[A-Za-z])[.)]|\[\d{1,3}\])\s")
_WORD = re.compile(r"[(\[\"'“‘„«]*[^\W\d_]+(?:[-'’‐/][^\W\d_]+)*[-‐]?[)\]\"'”’»]*[.,;:!?]*[)\]\"'”’»]*|—|–|-|&")
_RAGGED = 4  # characters; people who wrap by hand are not exact
_LEAST_WORDS = 0.7  # of what stands between white space; code, tables and forms have half, or less
WRAPPED_AT_MOST = 120  # characters of a line: wider than any hand-wrapped text


def split_sentences(text: str, *, language: str | None = None) -> list[Span]:
    """Return the sentences of a text in order, without the white space around them.

    Args:
        text: the canonical text of an article.
        language: its ISO 639-1 code, if known. Unknown counts as English where
            the letters are mostly Latin.
    """
    code = (language or _language_by_script(text))[:2].lower()
    sentences: list[Span] = []
    for line in _lines(text):
        bounds = _bounds(line.slice(text), code)
        spans = [Span(line.start + start, line.start + end) for start, end in bounds]
        pieces = (trimmed(text, span) for span in _join_torn_names(text, spans))
        sentences += [piece for piece in pieces if piece.start < piece.end]
    return sentences


def wrapped_blocks(text: str) -> list[Span]:
    """Return the stretches of a text, in order, whose line ends are only typography: it was wrapped by hand."""
    return [span for span, is_wrapped in _blocks(text) if is_wrapped]


def trimmed(text: str, span: Span) -> Span:
    """Return the span without the white space at its ends; all white space gives an empty span."""
    content = span.slice(text)
    start = span.start + len(content) - len(content.lstrip())
    return Span(start, max(start, span.start + len(content.rstrip())))


def whole_characters(text: str, start: int, limit: int) -> int:
    """Return the last place up to ``limit``, behind ``start``, that cuts no character as people see it.

    An accent stays with its letter, a flag or family of emoji is whole; where nothing but one such character
    stands before ``limit``, that is the place.
    """
    begin = max(start, limit - _SEEN_CHARACTERS)
    begin -= (begin - start) % 2 and begin > start  # in a row of flags, each of two code points, between two of them
    last = begin
    for seen in regex.finditer(r"\X", text, pos=begin, endpos=min(len(text), limit + 1)):
        if seen.end() > limit:
            return last if last > begin else limit
        last = seen.end()
    return limit


def _bounds(line: str, code: str) -> Sequence[tuple[int, int]]:
    if code == "en":
        return nupunkt.sent_spans(line)
    found = sentencex.get_sentence_boundaries(code, line)
    return [(bound["start_index"], bound["end_index"]) for bound in found]


def _language_by_script(text: str) -> str:
    """Tell Latin script, taken for English, from Cyrillic, taken for Russian, and others by their stops."""
    letters = [character for character in text[:2000] if character.isalpha()]
    names = [unicodedata.name(letter, "").partition(" ")[0] for letter in letters]
    if 2 * names.count("LATIN") >= len(names):
        return "en"
    return "ru" if 2 * names.count("CYRILLIC") > len(names) else "zh"


def _lines(text: str) -> Iterator[Span]:
    """Yield the stretches of text that a sentence cannot leave: lines, or blocks of wrapped lines."""
    yield from (span for span, _ in _blocks(text))


def _blocks(text: str) -> Iterator[tuple[Span, bool]]:
    """Yield lines, and blocks of wrapped lines, in order; with each whether it is such a block."""
    start = 0
    for gap in (*_BLANK_LINES.finditer(text), None):
        end = gap.start() if gap else len(text)
        lines = _lines_of(text, start, end)
        for run in _indented_runs(lines) if any(line.indent for line in lines) else [lines]:
            if _is_wrapped([line.words for line in run]):
                yield Span(run[0].start, run[-1].end), True
            else:
                yield from ((Span(line.start, line.end), False) for line in run)
        start = gap.end() if gap else end


class _Line(NamedTuple):
    """A line: its words without the white space around them, how far they are indented, and where it stands."""

    start: int
    end: int
    indent: int
    words: str

    @property
    def edge(self) -> int:
        return self.indent + len(self.words)


def _lines_of(text: str, start: int, end: int) -> list[_Line]:
    """Return the lines of a block; its first one may begin behind its indent."""
    lines: list[_Line] = []
    while start < end:
        line_end = text.find("\n", start, end)
        line_end = end if line_end < 0 else line_end
        begin = text.rfind("\n", 0, start) + 1
        line = text[begin:line_end]
        words = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        lines.append(_Line(start, line_end, len(indent.expandtabs()), words))
        start = line_end + 1
    return lines


def _indented_runs(lines: Sequence[_Line]) -> Iterator[Sequence[_Line]]:
    """Part a block of indented lines into paragraphs of prose, and lines that are none.

    Indented are whole texts (RFCs, manual pages, books), and also code, tables, lists and poems. So
    a paragraph is held to more here: its first line may stand elsewhere than the others, which stand
    alike; it consists of words; and the first word of each line had no room on the one before.
    """
    run: list[_Line] = []
    for line, next_line in pairwise((*lines, None, None)):
        if line is not None and (not run or _goes_on(run, line, next_line)):
            run.append(line)
            continue
        is_below_a_title = len(run) > 2 and not _is_paragraph(run) and _is_paragraph(run[1:])
        if is_below_a_title:
            yield run[:1]
            yield run[1:]
        elif _is_paragraph(run):
            yield run
        else:
            yield from ([each] for each in run)
        run = [line] if line is not None else []


def _goes_on(run: Sequence[_Line], line: _Line, next_line: _Line | None) -> bool:
    """Tell whether a line stands as those before it do, and is neither an item of a list nor what one hangs from."""
    hangs_below = next_line is not None and line.indent < next_line.indent != run[0].indent
    if hangs_below or _LIST_ITEM.match(line.words):
        return False
    return len(run) == 1 or line.indent == run[1].indent


def _is_paragraph(run: Sequence[_Line]) -> bool:
    if len(run) < 2 or not _is_wrapped([line.words for line in run]):
        return False
    tokens = [token for line in run for token in line.words.split()]
    words = sum(_WORD.fullmatch(token) is not None for token in tokens)
    if words < _LEAST_WORDS * len(tokens) or _has_columns(run):
        return False
    margin = max(line.edge for line in run)
    had_room = sum(one.edge + 1 + len(two.words.split()[0]) <= margin - _RAGGED for one, two in pairwise(run))
    return had_room <= (len(run) - 1) / 5


def _has_columns(run: Sequence[_Line]) -> bool:
    """Tell a table by white space that stands below white space in all its rows; justified lines have it anywhere."""
    least = 3 if len(run) == 2 else 2
    gaps = re.compile(rf"\S {{{least},}}(?=\S)")
    columns = [{line.indent + gap.end() for gap in gaps.finditer(line.words)} for line in run]
    return bool(set.intersection(*columns))


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Tell whether a block's line ends are only typography: all its lines but the last are about as long."""
    if len(lines) < 2:
        return False
    widest = max(map(len, lines))
    flows = sum(line[:1].islower() for line in lines[1:])
    full = all(len(line) > 0.7 * widest for line in lines[:-1])
    return 40 <= widest <= WRAPPED_AT_MOST and full and flows >= (len(lines) - 1) / 3


def _join_torn_names(text: str, spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        before = joined[-1] if joined else Span(0, 0)
        end_of_it = text[max(before.start, before.end - _TORN_NAME_CHARACTERS) : before.end]
        is_torn = before.end - before.start < MOST_PASSAGE_CHARACTERS and _TORN_NAME.search(end_of_it)
        if is_torn and text[span.start : span.end].lstrip()[:1].isupper():
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined
