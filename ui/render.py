"""Replies and articles as HTML for the chat and as plain text for the terminal.

Pure functions, nothing fetched, nothing written. Whatever comes from an
article or a person is text: it is escaped for HTML and made harmless for a
terminal here, once, and never becomes markup, a control sequence or a link of
another kind than http(s).

The page's script relies on these hooks: ``data-turn`` with ``data-places``
(what a turn can show, as JSON), ``data-show`` (a button that shows place n of
its turn), ``data-ask`` and ``data-open`` (buttons), ``mark[data-n]``.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Literal, NamedTuple

from index.article import Article, Hit, Span
from qa.answer import Abstention, AbstentionReason, Answer, Citation, Reply
from ui.product import ArticleSummary

MARKER = re.compile(r"\[(\d{1,4})\]")
MAX_SHOWN_CHARS = 200_000
"""Of a longer article this much is shown, around the place asked for: a browser lays out a book slowly."""
MAX_LISTED_ARTICLES = 100

_UNSAFE_IN_A_TERMINAL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
"""What moves the cursor, reorders text or hides it."""

_REASONS: Mapping[AbstentionReason, tuple[str, str]] = {
    "empty_library": (
        "There is nothing to read yet.",
        "The library holds no article, so no question can be answered.",
    ),
    "off_topic": ("The article does not say.", "Nothing in it is about this."),
    "not_stated": (
        "The article does not say.",
        "It comes near the subject, but does not state what was asked.",
    ),
}
_NEAREST = "Nearest passages (not an answer)"


class Place(NamedTuple):
    """A numbered range of an article that a turn of the conversation can show."""

    number: int
    article_id: str
    span: Span


# Terminal


def render_terminal(reply: Reply, titles: Mapping[str, str] | None = None) -> str:
    """Return the reply as plain text, ending without a newline.

    An answer begins with its own words, where they are known, and is followed
    by the sentences they stand in and its footnotes, an abstention by its reason and the
    passages that came nearest. ``titles`` names the articles of those passages
    by id; an article it leaves out is named by its id.
    """
    return _answer_lines(reply) if isinstance(reply, Answer) else _abstention_lines(reply, titles or {})


def _answer_lines(answer: Answer) -> str:
    partly = ["This answers only part of the question."] if answer.partial else []
    notes = [
        f"[{c.number}] “{_plain(c.quote)}”\n    {_plain(where(c))}, characters {c.span.start}–{c.span.end}"
        for c in distinct(answer.citations)
    ]
    short = [_plain(answer.short_answer)] if answer.short_answer else []
    return "\n\n".join([*short, _plain(answer.text), *partly, "\n".join(notes)])


def _abstention_lines(abstention: Abstention, titles: Mapping[str, str]) -> str:
    statement, reason = _REASONS[abstention.reason]
    nearest = [
        f"  · “{_plain(hit.passage.text)}”\n"
        f"    {_plain(titles.get(hit.passage.article_id, hit.passage.article_id))},"
        f" characters {hit.passage.span.start}–{hit.passage.span.end}"
        for hit in abstention.nearest
    ]
    listed = [f"{_NEAREST}:\n" + "\n".join(nearest)] if nearest else []
    return "\n\n".join([f"{statement} {reason}", *listed])


def _plain(text: str) -> str:
    """Write out what a terminal would obey: an escape character becomes four harmless ones."""
    return _UNSAFE_IN_A_TERMINAL.sub(lambda found: ascii(found[0])[1:-1], text)


# Words


def where(citation: Citation) -> str:
    """Say where a quote stands: title, page and heading, as far as they are known."""
    page = f"p. {citation.page}" if citation.page is not None else ""
    return ", ".join(part for part in (citation.title or "Untitled", page, citation.heading or "") if part)


def distinct(citations: Sequence[Citation]) -> list[Citation]:
    """Return one citation for each number and place: one quote may support several statements."""
    return list({(c.number, c.article_id, c.span): c for c in reversed(citations)}.values())[::-1]


def confidence_in_words(confidence: float) -> str:
    """Say a probability in words: below a half the answer is more likely wrong than right."""
    if confidence >= 0.8:
        return "High confidence"
    return "Fair confidence" if confidence >= 0.5 else "Low confidence: check the quote"


def long_date(day: date) -> str:
    """Return ``6 January 2022``."""
    return f"{day.day} {day:%B %Y}"


def direction(text: str) -> Literal["ltr", "rtl"]:
    """Return the direction of the first letter that has one; ``dir="auto"`` would not look into isolates."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return "rtl" if next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


# The conversation


def escape(text: str) -> str:
    """Escape for element content and quoted attributes, so that the page holds exactly these characters.

    A parser would turn a bare carriage return into a line feed; a NUL or half
    a surrogate pair cannot be in a page at all.
    """
    return re.sub(r"[\x00\ud800-\udfff]", "\ufffd", html.escape(text)).replace("\r", "&#13;")


def welcome_html(articles: int, examples: Sequence[str]) -> str:
    """Return what stands in the conversation before the first question."""
    if not articles:
        return (
            '<div class="fn-welcome"><h2>There is nothing to read yet</h2>'
            "<p>Add an article with <code>footnote index FILE</code>, then load this page again.</p></div>"
        )
    chips = "".join(
        f'<li><button type="button" data-ask="{escape(q)}" dir="auto">{escape(q)}</button></li>' for q in examples
    )
    what = "the article" if articles == 1 else f"{articles:,} articles"
    return (
        f'<div class="fn-welcome"><h2>Ask {what} a question</h2>'
        "<p>Every answer is made of the article’s own words, with a footnote to the place they stand at."
        " What is not in there is not answered.</p>"
        f'<ul class="fn-chips" aria-label="Example questions">{chips}</ul></div>'
    )


def pending_html(question: str) -> str:
    """Return a turn whose reply is still being looked for."""
    dots = '<span class="fn-dots" aria-hidden="true"><i></i><i></i><i></i></span>'
    return _turn(question, f'<p class="fn-pending">{dots}Reading…</p>', kind="pending")


def failure_html(question: str, message: str) -> str:
    """Return a turn that could not be answered because something went wrong."""
    statement = "This could not be answered."
    words = f'<p class="fn-lead">{statement}</p><p dir="auto">{escape(message)}</p>'
    body = f'<div class="fn-failure">{words}</div>'
    return _turn(question, body, kind="failure", announce=f"{statement} {message}")


def reply_html(reply: Reply, *, turn: int, titles: Mapping[str, str]) -> str:
    """Return a turn of the conversation; ``turn`` tells its footnotes from those of other turns."""
    body = _answer_body(reply, turn) if isinstance(reply, Answer) else _abstention_body(reply, turn, titles)
    key = turn_key(reply, turn)
    return _turn(reply.question, body, kind=_kind(reply), key=key, places=places(reply), announce=_announcement(reply))


def turn_key(reply: Reply, turn: int) -> str:
    """Return what a turn is told apart by; the styles read from it how to mark its places."""
    return f"{_kind(reply)}-{turn}"


def _kind(reply: Reply) -> Literal["answer", "abstention"]:
    return "answer" if isinstance(reply, Answer) else "abstention"


def places(reply: Reply) -> list[Place]:
    """Return what a reply can show in its articles, in the order of its numbers."""
    if isinstance(reply, Answer):
        return [Place(c.number, c.article_id, c.span) for c in distinct(reply.citations)]
    return [Place(n, hit.passage.article_id, hit.passage.span) for n, hit in enumerate(reply.nearest, start=1)]


def _turn(
    question: str,
    body: str,
    *,
    kind: Literal["pending", "failure", "answer", "abstention"],
    key: str = "",
    places: Sequence[Place] = (),
    announce: str = "",
) -> str:
    listed = json.dumps([[p.number, p.article_id, p.span.start, p.span.end] for p in places])
    return (
        f'<article class="fn-turn fn-is-{kind}" data-turn="{escape(key)}" data-places="{escape(listed)}"'
        f' data-announce="{escape(announce)}">'
        f'<h2 class="fn-question" dir="auto">{escape(question)}</h2>{body}</article>'
    )


def _answer_body(answer: Answer, turn: int) -> str:
    quotes = {c.number: c.quote for c in reversed(answer.citations)}
    prose = "".join(
        _marker(piece, quotes[piece], turn) if isinstance(piece, int) else f"<bdi>{escape(piece)}</bdi>"
        for piece in _pieces(answer)
    )
    notes = "".join(_note(citation, turn) for citation in distinct(answer.citations))
    partly = '<span class="fn-partly">Answers only part of the question</span>' if answer.partial else ""
    short = f'<p class="fn-short" dir="auto">{escape(answer.short_answer)}</p>' if answer.short_answer else ""
    return (
        f'{short}<div class="fn-answer" dir="{direction(answer.text)}">{prose}</div>'
        f'<ol class="fn-notes" aria-label="Footnotes">{notes}</ol>'
        f'<p class="fn-aside">{partly}<span>{confidence_in_words(answer.confidence)}</span></p>'
    )


def _pieces(answer: Answer) -> Iterator[str | int]:
    """Split the answer into text and the numbers of its markers.

    An article may itself contain ``[1]``: inside a verbatim quote brackets are
    the author's.
    """
    numbers = {citation.number for citation in answer.citations}
    quoted = [c.supports for c in answer.citations if c.supports.slice(answer.text) == c.quote]
    position = 0
    for found in MARKER.finditer(answer.text):
        span = Span(*found.span())
        if int(found[1]) in numbers and not any(quote.covers(span) for quote in quoted):
            yield answer.text[position : span.start].removesuffix(" ")
            yield int(found[1])
            position = span.end
    yield answer.text[position:]


def _marker(number: int, quote: str, turn: int) -> str:
    label = f"Footnote {number}: show in the article: {quote}"
    return (
        f'<sup><button type="button" class="fn-marker" data-show="{number}" id="marker-{turn}-{number}"'
        f' aria-label="{escape(label)}" title="{escape(quote)}">[{number}]</button></sup>'
    )


def _note(citation: Citation, turn: int) -> str:
    checked = "" if citation.status == "verified" else f' <span class="fn-status">{citation.status}</span>'
    return (
        f'<li><button type="button" class="fn-note" data-show="{citation.number}">'
        f'<span class="fn-number">{citation.number}</span><q dir="auto">{escape(citation.quote)}</q></button>'
        f'<span class="fn-where"><cite dir="auto">{escape(where(citation))}</cite>'
        f"{checked}{_link(citation.url)}</span></li>"
    )


def _link(url: str | None) -> str:
    """Return a link to the original if it is a web page, and nothing for what a browser might run."""
    if not url or not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return ""
    return f' <a href="{escape(url)}" target="_blank" rel="noopener noreferrer">Original</a>'


def _abstention_body(abstention: Abstention, turn: int, titles: Mapping[str, str]) -> str:
    statement, reason = _REASONS[abstention.reason]
    nearest = "".join(_nearest(n, hit, turn, titles) for n, hit in enumerate(abstention.nearest, start=1))
    listed = f'<h3>{_NEAREST}</h3><ol class="fn-nearest">{nearest}</ol>' if nearest else ""
    return f'<div class="fn-abstention"><p class="fn-lead">{statement}</p><p>{reason}</p>{listed}</div>'


def _nearest(number: int, hit: Hit, turn: int, titles: Mapping[str, str]) -> str:
    title = titles.get(hit.passage.article_id) or "Untitled"
    return (
        f'<li><button type="button" class="fn-near" data-show="{number}" id="near-{turn}-{number}">'
        f'<span class="fn-clip" dir="auto">{escape(hit.passage.text)}</span></button>'
        f'<span class="fn-where"><cite dir="auto">{escape(title)}</cite></span></li>'
    )


def _announcement(reply: Reply) -> str:
    """Say in one go what a screen reader should hear when a reply has come."""
    if isinstance(reply, Abstention):
        return " ".join(_REASONS[reply.reason])
    footnotes = len(distinct(reply.citations))
    spoken = "".join(piece for piece in _pieces(reply) if isinstance(piece, str))
    short = f"{reply.short_answer}. " if reply.short_answer else ""
    return f"{short}{spoken} {footnotes} footnote{'s' if footnotes > 1 else ''}."


# The source


def source_html(article: Article, shown: Sequence[Place] = (), *, turn: str = "", focus: int | None = None) -> str:
    """Return an article with the places of one turn marked.

    Each place is one unbroken ``mark`` whose text is exactly its slice, unless
    places overlap: then the pieces that carry its number, joined, are.
    """
    spans = [(p.number, p.span) for p in shown if p.article_id == article.id]
    window = _window(article.text, next((span for n, span in spans if n == focus), Span(0, 0)))
    spans = [(n, span) for n, span in spans if window.covers(span)]
    title = f'<h2 dir="auto">{escape(article.title or "Untitled")}</h2>'
    published = long_date(article.published) if article.published else ""
    return (
        f'<section class="fn-source" data-turn="{escape(turn)}" data-focus="{focus or ""}">'
        f'<header>{title}<p class="fn-details">{published}{_link(article.url)}</p></header>'
        f"{_shortened(window, article.text)}"
        f'<div class="fn-text">{_paragraphs(article.text, window, spans)}</div></section>'
    )


def library_html(articles: Sequence[ArticleSummary]) -> str:
    """Return the list of articles, to be opened one at a time."""
    rows = "".join(_row(summary) for summary in articles[:MAX_LISTED_ARTICLES])
    more = len(articles) - MAX_LISTED_ARTICLES
    rest = f'<p class="fn-details">and {more:,} more</p>' if more > 0 else ""
    header = f"<header><h2>{len(articles):,} articles</h2></header>"
    return f'<section class="fn-source">{header}<ul class="fn-library">{rows}</ul>{rest}</section>'


def _row(summary: ArticleSummary) -> str:
    title = escape(summary.title or "Untitled")
    published = long_date(summary.published) if summary.published else ""
    return (
        f'<li><button type="button" data-open="{escape(summary.id)}" dir="auto">{title}</button>'
        f'<span class="fn-where">{published}</span></li>'
    )


def missing_html() -> str:
    """Return what the pane holds when the article that a click asks for has gone."""
    return '<section class="fn-source"><p class="fn-details">This article is no longer here.</p></section>'


def _window(text: str, around: Span) -> Span:
    if len(text) <= MAX_SHOWN_CHARS:
        return Span(0, len(text))
    start = max(0, min(around.start - MAX_SHOWN_CHARS // 2, len(text) - MAX_SHOWN_CHARS))
    return Span(start, max(start + MAX_SHOWN_CHARS, around.end))


def _shortened(window: Span, text: str) -> str:
    if window == (0, len(text)):
        return ""
    return f'<p class="fn-details">Characters {window.start:,}–{window.end:,} of {len(text):,} are shown.</p>'


def _paragraphs(text: str, window: Span, spans: Sequence[tuple[int, Span]]) -> str:
    """Return the window as paragraphs; a break inside a place does not end one, so that its mark is whole."""
    breaks = r"\n[^\S\n]*\n\s*" if re.search(r"\n[^\S\n]*\n", text) else r"\n\s*"
    blocks, start = [], window.start
    for found in re.compile(breaks).finditer(text, *window):
        if not any(span.start < found.end() and found.start() < span.end for _, span in spans):
            blocks.append(_block(text, Span(start, found.start()), spans) + escape(found[0]))
            start = found.end()
    return "".join([*blocks, _block(text, Span(start, window.end), spans)])


def _block(text: str, block: Span, spans: Sequence[tuple[int, Span]]) -> str:
    inside = [(number, span) for number, span in spans if span.overlaps(block)]
    edges = {edge for _, span in inside for edge in span if block.start < edge < block.end}
    cuts = sorted({*block, *edges})
    pieces = [_piece(text, Span(a, b), inside) for a, b in pairwise(cuts)]
    return f'<p dir="auto">{"".join(pieces)}</p>' if pieces else ""


def _piece(text: str, piece: Span, spans: Sequence[tuple[int, Span]]) -> str:
    numbers = " ".join(str(number) for number, span in spans if span.covers(piece))
    words = escape(piece.slice(text))
    return f'<mark data-n="{numbers}" tabindex="-1">{words}</mark>' if numbers else words
