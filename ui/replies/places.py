"""What every face shares: escaping, the direction of a text, which places a reply can show.

Whatever comes from an article or a person is text: it is escaped here, once,
and never becomes markup or a link of another kind than http(s).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, NamedTuple

from index.article import Hit, Span
from qa.answer import Answer, Citation, Reply
from ui.replies.messages import Wording

MAX_ALSO_READ = 8
"""Of what was found and not cited this much is listed: a reader reads no more passages than that."""


class Place(NamedTuple):
    """A numbered range of an article that a turn of the conversation can show."""

    number: int
    article_id: str
    span: Span


def escape(text: str) -> str:
    """Escape for element content and quoted attributes, so that the page holds exactly these characters.

    A parser would turn a bare carriage return into a line feed; a NUL or half
    a surrogate pair cannot be in a page at all.
    """
    return re.sub(r"[\x00\ud800-\udfff]", "\ufffd", html.escape(text)).replace("\r", "&#13;")


def direction(text: str) -> Literal["ltr", "rtl"]:
    """Return the direction of the first letter that has one; ``dir="auto"`` would not look into isolates."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return "rtl" if next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


def spoken_in(language: str, words: Wording) -> str:
    """Return the attribute that says in what language a text is, where the page speaks another."""
    return "" if language in ("", words.language) else f' lang="{escape(language)}"'


def is_web_address(url: str | None) -> bool:
    """Tell whether a link to it leads to a web page, and not to what a browser might run."""
    return bool(url and re.match(r"https?://[^\s/]", url, re.IGNORECASE))


def where(citation: Citation, words: Wording) -> str:
    """Say where a quote stands: title, page and heading, as far as they are known; the title is not said twice."""
    page = words.text("source.page", page=str(citation.page)) if citation.page is not None else ""
    title = citation.title or words.text("source.untitled")
    heading = citation.heading if citation.heading and citation.heading != title else ""
    return ", ".join(part for part in (title, page, heading) if part)


def distinct(citations: Sequence[Citation]) -> list[Citation]:
    """Return one citation for each number and place: one quote may support several statements."""
    return list({(c.number, c.article_id, c.span): c for c in reversed(citations)}.values())[::-1]


def places(reply: Reply) -> list[Place]:
    """Return what a reply can show in its articles, in the order of its numbers."""
    if isinstance(reply, Answer):
        return [Place(c.number, c.article_id, c.span) for c in distinct(reply.citations)]
    return _numbered(reply.nearest)


def also_read(answer: Answer) -> list[Hit]:
    """Return the passages found for an answer that hold none of its quotes, and share no words with each other."""
    taken = [(c.article_id, c.span) for c in answer.citations]
    kept: list[Hit] = []
    for hit in answer.trace.consulted:
        article_id, span = hit.passage.article_id, hit.passage.span
        if not any(article_id == other and span.overlaps(at) for other, at in taken):
            kept.append(hit)
            taken.append((article_id, span))
    return kept[:MAX_ALSO_READ]


def also_read_places(answer: Answer) -> list[Place]:
    """Return where those passages stand, numbered on their own: no footnote leads to them."""
    return _numbered(also_read(answer))


def _numbered(hits: Sequence[Hit]) -> list[Place]:
    return [Place(n, hit.passage.article_id, hit.passage.span) for n, hit in enumerate(hits, start=1)]
