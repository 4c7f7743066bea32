"""An article as HTML, with the places of a turn marked.

The text content of ``.fn-text`` is the article's text, to the character: page
breaks are empty elements, headings are the article's own words in another
element, a place is a ``mark[data-n]``, and a line end that somebody's editor
made is in a ``span.fn-wrap``, which is shown as a space.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from index.article import Article, Mark, Span
from index.sentences import wrapped_blocks
from ui.chat.replies import link_html
from ui.replies.messages import Wording
from ui.replies.places import Place, escape

MAX_SHOWN_CHARS = 200_000
"""Of a longer article this much is shown, around the place asked for: a browser lays out a book slowly."""
MAX_HEADING_LINES = 4
_LINE_END = re.compile(r"[^\S\n]*\n[^\S\n]*")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class _Heading(NamedTuple):
    span: Span
    level: int


class _Shown(NamedTuple):
    """What is laid out: the window of a text, with all that is to be seen in it."""

    text: str
    window: Span
    places: Sequence[tuple[int, Span]]
    headings: Sequence[_Heading]
    pages: Sequence[tuple[int, str]]
    wraps: Sequence[Span]


def source_html(
    article: Article, shown: Sequence[Place] = (), *, turn: str = "", focus: int | None = None, words: Wording
) -> str:
    """Return an article with the places of one turn marked.

    Each place is one unbroken ``mark`` whose text is exactly its slice, unless
    places overlap: then the pieces that carry its number, joined, are.
    """
    spans = [(p.number, p.span) for p in shown if p.article_id == article.id]
    window = _window(article.text, next((span for n, span in spans if n == focus), Span(0, 0)))
    spans = [(n, span) for n, span in spans if window.covers(span)]
    headings, pages = _headings(article, window, spans), _pages(article, window, words)
    layout = _Shown(article.text, window, spans, headings, pages, _wraps(article.text, window))
    language = article.language or ""
    tag = f' lang="{language}"' if _LANGUAGE_TAG.fullmatch(language) else ""
    published = escape(words.date(article.published)) if article.published else ""
    title = escape(article.title or words.text("source.untitled"))
    return (
        f'<section class="fn-source" data-turn="{escape(turn)}" data-focus="{focus or ""}"'
        f' data-article="{escape(article.id)}">'
        f'<header><h2 dir="auto">{title}</h2>'
        f'<p class="fn-details">{published}{link_html(article.url, words)}</p></header>'
        f"{_shortened(window, article.text, words)}"
        f'<div class="fn-text"{tag}>{_blocks(layout)}</div></section>'
    )


def missing_html(*, words: Wording) -> str:
    """Return what the pane holds when the article that a click asks for has gone."""
    said = escape(words.text("source.missing"))
    return f'<section class="fn-source"><p class="fn-details">{said}</p></section>'


def _window(text: str, around: Span) -> Span:
    if len(text) <= MAX_SHOWN_CHARS:
        return Span(0, len(text))
    start = max(0, min(around.start - MAX_SHOWN_CHARS // 2, len(text) - MAX_SHOWN_CHARS))
    return Span(start, max(start + MAX_SHOWN_CHARS, around.end))


def _shortened(window: Span, text: str, words: Wording) -> str:
    if window == (0, len(text)):
        return ""
    said = words.text("source.shortened", start=window.start, end=window.end, total=len(text))
    return f'<p class="fn-details">{escape(said)}</p>'


# Marks of the article


def _pages(article: Article, window: Span, words: Wording) -> list[tuple[int, str]]:
    """Return where pages begin inside the window, in order, and what they are called."""
    return sorted(
        (mark.span.start, words.text("source.page_break", page=mark.label))
        for mark in article.marks
        if mark.kind == "page" and window.start <= mark.span.start < window.end
    )


def _headings(article: Article, window: Span, places: Sequence[tuple[int, Span]]) -> list[_Heading]:
    """Return the lines that are headings; one that a place runs into stays plain, so that the mark is whole."""
    found = (_heading(article.text, mark) for mark in article.marks if mark.kind == "heading")
    inside = (heading for heading in found if heading and window.covers(heading.span))
    return sorted(
        heading
        for heading in inside
        if not any(span.overlaps(heading.span) and not heading.span.covers(span) for _, span in places)
    )


def _heading(text: str, mark: Mark) -> _Heading | None:
    """Return the line or lines at a mark that hold its label's letters; None when they do not stand there."""
    wanted, start = _letters(mark.label), mark.span.start
    end = start
    for _ in range(MAX_HEADING_LINES):
        newline = text.find("\n", end)
        end = len(text) if newline < 0 else newline
        if wanted and wanted in _letters(text[start:end]):
            return _Heading(Span(start, end), mark.level)
        end += 1
    return None


def _wraps(text: str, window: Span) -> list[Span]:
    """Return the line ends inside the window, each with the white space around it, that end nothing but a line."""
    blocks = (Span(window.start + a, window.start + b) for a, b in wrapped_blocks(window.slice(text)))
    return [Span(*found.span()) for block in blocks for found in _LINE_END.finditer(text, *block)]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


# The text


def _blocks(shown: _Shown) -> str:
    """Return the window as paragraphs and headings, with the space between them as it is."""
    written, position = [], shown.window.start
    for heading in shown.headings:
        if heading.span.start >= position:
            written.append(_paragraphs(shown, Span(position, heading.span.start)))
            element = f"h{min(heading.level + 2, 6)}"
            written.append(f'<{element} dir="auto">{_pieces(shown, heading.span)}</{element}>')
            position = heading.span.end
    return "".join([*written, _paragraphs(shown, Span(position, shown.window.end))])


def _paragraphs(shown: _Shown, part: Span) -> str:
    """Return a part as paragraphs; a break inside a place does not end one, so that its mark is whole."""
    text = shown.text
    breaks = r"\n[^\S\n]*\n\s*" if re.search(r"\n[^\S\n]*\n", text) else r"\n\s*"
    blocks, start = [], part.start
    for found in re.compile(breaks).finditer(text, *part):
        if _is_wrap(shown, found.start()):
            continue
        if not any(span.start < found.end() and found.start() < span.end for _, span in shown.places):
            blocks.append(_block(shown, Span(start, found.start())) + _with_page_breaks(shown, Span(*found.span())))
            start = found.end()
    return "".join([*blocks, _block(shown, Span(start, part.end))])


def _is_wrap(shown: _Shown, position: int) -> bool:
    following = bisect_right(shown.wraps, position, key=lambda wrap: wrap.end)
    return following < len(shown.wraps) and shown.wraps[following].start <= position


def _block(shown: _Shown, block: Span) -> str:
    """Return a paragraph; white space before its first word stands outside of it, unless a place holds it."""
    words = block.slice(shown.text)
    space = Span(block.start, block.end - len(words.lstrip()))
    if any(span.overlaps(space) for _, span in shown.places):
        space = Span(block.start, block.start)
    before = _with_page_breaks(shown, space)
    if opening := [_page_break(label) for start, label in shown.pages if start == space.end < block.end]:
        before += "".join(opening)  # above the paragraph, and so above the number of a place that begins it
        shown = shown._replace(pages=[page for page in shown.pages if page[0] != space.end])
    return (
        f'{before}<p dir="auto">{_pieces(shown, Span(space.end, block.end))}</p>' if space.end < block.end else before
    )


def _pieces(shown: _Shown, block: Span) -> str:
    inside = [(number, span) for number, span in shown.places if span.overlaps(block)]
    edges = {edge for _, span in inside for edge in span if block.start < edge < block.end}
    cuts = sorted({*block, *edges})
    return "".join(_piece(shown, Span(a, b), inside) for a, b in pairwise(cuts))


def _piece(shown: _Shown, piece: Span, spans: Sequence[tuple[int, Span]]) -> str:
    numbers = " ".join(str(number) for number, span in spans if span.covers(piece))
    words = _with_page_breaks(shown, piece)
    return f'<mark data-n="{numbers}" tabindex="-1">{words}</mark>' if numbers else words


def _page_break(label: str) -> str:
    return f'<span class="fn-page" role="separator" aria-label="{escape(label)}"></span>'


def _with_page_breaks(shown: _Shown, piece: Span) -> str:
    first = bisect_left(shown.pages, (piece.start, ""))
    written, position = [], piece.start
    for start, label in shown.pages[first:]:
        if start >= piece.end:
            break
        written.append(_flowing(shown, Span(position, start)))
        written.append(_page_break(label))
        position = start
    return "".join([*written, _flowing(shown, Span(position, piece.end))])


def _flowing(shown: _Shown, part: Span) -> str:
    """Return a part as text, whose wrapped line ends a page shows as spaces."""
    first = bisect_right(shown.wraps, part.start, key=lambda wrap: wrap.end)
    written, position = [], part.start
    for wrap in shown.wraps[first:]:
        if wrap.start >= part.end:
            break
        start, end = max(wrap.start, part.start), min(wrap.end, part.end)
        written.append(escape(shown.text[position:start]))
        written.append(f'<span class="fn-wrap">{escape(shown.text[start:end])}</span>')
        position = end
    return "".join([*written, escape(shown.text[position : part.end])])
