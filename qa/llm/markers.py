"""``[n]`` markers in prose that a language model streams: normalised, checked against the count, split off.

Models write markers in many shapes; all become ``[n]``. Code, Markdown links
and other brackets are left as they are. What a marker's source says is not
this module's business: `qa.llm.checking` is for that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from index.article import Span
from index.sentences import split_sentences

_GAP, _OPEN, _CLOSE = r"[ \t]*+", r"[\[【［]", r"[\]】］]"
_NUMBER = r"(?:id ?: ?|\^)?(\d{1,3})"  # at most three digits: [1990] is a year
_NUMBERS = rf" ?{_NUMBER}(?: ?[,;、，–—-] ?{_NUMBER})*+(?:†[^\]】］\n]*+)? ?"
_MARKER = re.compile(
    rf"(?P<gap>{_GAP})(?:\[\[(?P<doubled>{_NUMBERS})\]\]|{_OPEN}(?P<single>{_NUMBERS}){_CLOSE})", re.IGNORECASE
)
# What may still become a marker: every beginning of the pattern above matches this, and a little more does.
_MARKER_BEGUN = re.compile(
    rf"{_GAP}(?:{_OPEN}{{1,2}}[\d id:^,;、，–—-]*(?:\d(?:†[^\]】］\n]*)? ?\]?)?)?", re.IGNORECASE
)
_RANGE = re.compile(r"(\d+)(?: ?[–—-] ?(?:id ?: ?|\^)?(\d+))?", re.IGNORECASE)
_DESTINATION = r"\((?:[^\s()]|\([^\s()]*\))*+(?:[ \t]+\"[^\"\n]*\")?"
_LINK_TARGET = re.compile(rf"{_DESTINATION}[ \t]*\)")
_LINK_TARGET_BEGUN = re.compile(r"\((?:[^\s()]|\([^\s()]*\))*(?:\([^\s()]*)?(?:[ \t]+(?:\"[^\"\n]*\"?)?)?[ \t]*")

_FENCE = re.compile(r"[ \t]*(?P<fence>`{3,}+(?=[^`\n]*\n)|~{3,}+)[^\n]*\n")
_FENCE_BEGUN = re.compile(r"[ \t]*(?:`{0,2}|`{3,}[^`\n]*|~{1,2}|~{3,}[^\n]*)")
_INLINE_CODE = r"(?P<ticks>`++)(?:[^\n]*?[^`\n])(?P=ticks)(?!`)"
_CODE = re.compile(_INLINE_CODE)
_RUN = re.compile(r"`++|[^\[【［`\n \t]++|.", re.DOTALL)
# What finished prose shows without stating it; code within a line is passed over, since markers in it are code.
_NOT_SAID = re.compile(
    r"^[ \t]*(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})(?s:.*?)(?:\n[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|^[ \t]*(?:#{1,6}[ \t](?!.*\[\d)|(?P<bold>\*\*|__)[^*_\n]+(?P=bold):?[ \t]*$).*$"
    r"|^(?:[ \t]*(?:[-*+•>]|\d{1,3}[.)]|#{1,6})(?=[ \t]))+[ \t]*"
    rf"|(?P<code>{_INLINE_CODE})"
    r"|[ \t]*\[(?P<number>\d{1,3})\](?!\()",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer: ``text`` is ``prose[span.start:span.end]`` without markers.

    ``span`` leaves out what marks a list item and the markers after the full
    stop; ``numbers`` are the sources it cites, in order, each once.
    """

    span: Span
    text: str
    numbers: tuple[int, ...]


@dataclass(slots=True)
class MarkerStream:
    """Takes prose in pieces of any size and gives back what can be shown; the pieces' edges change nothing.

    The beginning of a marker is held back until it is complete or turns out to
    be something else, code within a line until the line or the code ends.
    ``[1, 3]`` becomes ``[1][3]`` and ``[2-4]`` ``[2][3][4]``. Left alone: code,
    Markdown links, and indexing such as ``array[0]`` (a marker stuck to a word
    that names a source, ``word[1]``, is a marker).

    Args:
        sources: how many sources there are, numbered from 1. Another number is
            taken out of the text, with the space before it, and kept in ``removed``,
            in order of appearance.
    """

    sources: int
    removed: list[int] = field(default_factory=list)
    _held: str = ""
    _line: str = ""  # what of the line was taken already
    _fence: str = ""  # what opened the code block we are in
    _indexing: bool = False  # the last thing taken was a bracket that indexes

    def feed(self, piece: str) -> str:
        """Take a piece; return the text that is now certain, which may be empty."""
        return self._advance(piece, final=False)

    def finish(self) -> str:
        """Return what was held back: no more will come."""
        return self._advance("", final=True)

    def _advance(self, piece: str, *, final: bool) -> str:
        text, position, shown = self._held + piece, 0, []
        while position < len(text):
            step = self._next(text, position, final)
            if step is None:
                break
            end, show = step
            self._line = (self._line + text[position:end]).rpartition("\n")[2]
            shown.append(show)
            position = end
        self._held = text[position:]
        return "".join(shown)

    def _next(self, text: str, position: int, final: bool) -> tuple[int, str] | None:
        """Return where the next stretch of text ends and what to show of it; None where that is not certain yet."""
        if self._fence:
            return self._in_code_block(text, position)
        if not self._line:
            if fence := _FENCE.match(text, position):
                self._fence = fence["fence"]
                return fence.end(), fence[0]
            if not final and _FENCE_BEGUN.fullmatch(text, position):
                return None
        if marker := _MARKER.match(text, position):
            return self._marker(text, marker, final)
        if not final and _MARKER_BEGUN.fullmatch(text, position):
            return None
        self._indexing = False
        end = _end_of_code(text, position, final) if text[position] == "`" else _end_of_run(text, position)
        return None if end is None else (end, text[position:end])

    def _in_code_block(self, text: str, position: int) -> tuple[int, str]:
        end = text.find("\n", position) + 1 or len(text)
        line = (self._line + text[position:end]).strip()
        if text[end - 1] == "\n" and len(line) >= len(self._fence) and set(line) == {self._fence[0]}:
            self._fence = ""
        return end, text[position:end]

    def _marker(self, text: str, marker: re.Match[str], final: bool) -> tuple[int, str] | None:
        if not final and marker.end() == len(text):
            return None  # a link's address may follow
        if link := _LINK_TARGET.match(text, marker.end()):
            return link.end(), text[marker.start() : link.end()]
        if not final and _LINK_TARGET_BEGUN.fullmatch(text, marker.end()):
            return None
        numbers = _numbers_in(marker["doubled"] or marker["single"])
        stuck = not marker["gap"] and self._line[-1:].isalnum()
        self._indexing = (stuck and 0 in numbers) or (self._indexing and not marker["gap"])
        if self._indexing:
            return marker.end(), marker[0]
        kept = [number for number in numbers if 1 <= number <= self.sources]
        self.removed += [number for number in numbers if number not in kept]
        return marker.end(), marker["gap"] + "".join(f"[{number}]" for number in kept) if kept else ""


def normalise_markers(prose: str, *, sources: int) -> tuple[str, tuple[int, ...]]:
    """Return finished prose as `MarkerStream` would show it, and the numbers that were taken out."""
    stream = MarkerStream(sources)
    shown = stream.feed(prose) + stream.finish()
    return shown, tuple(stream.removed)


def _end_of_run(text: str, position: int) -> int:
    run = _RUN.match(text, position)
    return run.end() if run else len(text)


def _end_of_code(text: str, position: int, final: bool) -> int | None:
    """Return the end of the code that a backtick opens, or of the backticks where no others close it in the line."""
    code = _CODE.match(text, position)
    if code and (final or code.end() < len(text)):  # at the end, another backtick may come
        return code.end()
    certain = final or text.find("\n", position) >= 0
    return _end_of_run(text, position) if certain else None


def _numbers_in(written: str) -> list[int]:
    """Return the numbers of a marker, each once, ranges written out; a range that runs backwards is two numbers."""
    numbers: list[int] = []
    for first, last in _RANGE.findall(written.partition("†")[0]):
        start, end = int(first), int(last or first)
        numbers += range(start, end + 1) if start <= end else (start, end)
    return list(dict.fromkeys(numbers))


def split_statements(prose: str, *, language: str | None = None) -> list[Statement]:
    """Return what finished prose states, in order: sentences, and list items each on its own.

    Markers must have been normalised (`normalise_markers`). One after a full
    stop belongs to the sentence before it. Code blocks and headings state
    nothing, unless a heading carries a marker.
    """
    said, places, markers = _said(prose)
    spans = [span for span in split_sentences(said, language=language) if any(map(str.isalnum, span.slice(said)))]
    cited: list[list[int]] = [[] for _ in spans]
    for position, number in markers:
        owner = max(0, sum(span.start <= position for span in spans) - 1)
        if spans and number not in cited[owner]:
            cited[owner].append(number)
    return [
        Statement(Span(places[span.start], places[span.end - 1] + 1), span.slice(said), tuple(numbers))
        for span, numbers in zip(spans, cited, strict=True)
    ]


def _said(prose: str) -> tuple[str, list[int], list[tuple[int, int]]]:
    """Return the prose without what is no sentence, where each character stood, and (place, number) of each marker.

    The place of a marker is that of the character which follows it; at the
    beginning of a line, that of the line's first word.
    """
    said, position = "", 0
    places: list[int] = []
    markers: list[tuple[int, int]] = []
    for found in (*_NOT_SAID.finditer(prose), None):
        end = found.start() if found else len(prose)
        said += prose[position:end]
        places += range(position, end)
        if found and found["code"]:
            said += found[0]
            places += range(*found.span())
        if found and found["number"]:
            opens_line = not said or said.endswith("\n")
            markers.append((len(said) + (_blanks_at(prose, found.end()) if opens_line else 0), int(found["number"])))
        position = found.end() if found else end
    return said, places, markers


def _blanks_at(text: str, position: int) -> int:
    return len(text[position:]) - len(text[position:].lstrip(" \t"))
