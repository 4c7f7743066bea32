"""Where sentences begin and end: two maintained splitters, and the lines of the text.

nupunkt splits English, and what does not say its language, best of those we
compared; sentencex knows the full stops and abbreviations of other languages
(`index/README.md` has the measurements). Neither sees line ends, which end
headings, list items and table rows in most texts, and nothing in a text that
was wrapped by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from importlib.metadata import version

import nupunkt
import regex
import sentencex

from index.article import MOST_PASSAGE_CHARACTERS, Span

SPLITTER = f"nupunkt-{version('nupunkt')}+sentencex-{version('sentencex')}+1"

_SEEN_CHARACTERS = 64  # code points; longer ones are made by hand, and may be cut
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
# A name torn by a stray full stop, as in "Kasym-Zhomart. Tokaev": a double-barrelled first name in the
# middle of a sentence, a stop, a capital. Joining two sentences by mistake costs a longer quote, no more.
_TORN_NAME = re.compile(r"\s[^\W\d_a-z][^\W\d_]+(?:-[^\W\d_a-z][^\W\d_]+)+\.\s*$")
_TORN_NAME_CHARACTERS = 200  # looked at, at the end of a sentence
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
    start = 0
    for gap in (*_BLANK_LINES.finditer(text), None):
        end = gap.start() if gap else len(text)
        if _is_wrapped(text[start:end]):
            yield Span(start, end)
        else:
            yield from _single_lines(text, start, end)
        start = gap.end() if gap else end


def _single_lines(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        line_end = text.find("\n", start, end)
        line_end = end if line_end < 0 else line_end
        yield Span(start, line_end)
        start = line_end + 1


def _is_wrapped(block: str) -> bool:
    """Tell whether a block's line ends are only typography: all its lines but the last are about as long."""
    lines = [line.rstrip() for line in block.split("\n")]
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
