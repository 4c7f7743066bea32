"""An answer with its footnotes as it leaves the page: what all forms of it say, whatever their markup.

Words of articles, people and models stay words: characters that reorder or
hide what follows them are left out, and a link leads to an http(s) page or
nowhere. Runs of white space in a quote become one space. How a form writes
words is given as ``write``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from urllib.parse import quote as percent_encoded

from index.article import Hit, Span
from qa.answer import Abstention, Answer, Citation, Reply
from qa.reply_json import text_fragment
from ui.replies.messages import Wording
from ui.replies.pieces import MARKER
from ui.replies.places import is_web_address

_REORDERING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")

Write = Callable[[str], str]


def written(answer: Answer, write: Write, words: Wording, marker: Callable[[int], str], space: str = "") -> str:
    """Return the answer's text with its markers as they are to be, and a remark after what nothing supports.

    ``space`` stands between words and a marker. An article may itself contain
    ``[1]``: inside a verbatim quote brackets are the author's.
    """
    return "".join(_parts(answer, write, f" ({words.text('answer.unsupported')})", marker, space))


def _parts(answer: Answer, write: Write, unsupported: str, marker: Callable[[int], str], space: str) -> Iterator[str]:
    numbers = {citation.number for citation in answer.citations}
    quoted = [c.supports for c in answer.citations if c.supports.slice(answer.text) == c.quote]
    cuts = [(span.end, span.end, unsupported) for span in answer.unsupported]
    last = -1  # where the marker before ends
    for found in MARKER.finditer(answer.text):
        span, number = Span(*found.span()), int(found[1])
        if number not in numbers or any(quote.covers(span) for quote in quoted):
            continue
        if last >= 0 and not answer.text[last : span.start].strip():  # neighbours stand side by side
            cuts.append((last, span.end, marker(number)))
        else:
            cuts.append((span.start - answer.text[: span.start].endswith(" "), span.end, space + marker(number)))
        last = span.end
    position = 0
    for start, end, said in sorted(cuts):
        yield write(answer.text[position:start])
        yield said
        position = max(position, end)
    yield write(answer.text[position:])


def asides(reply: Reply, words: Wording) -> list[str]:
    """Return what is said beside a reply: that it is partial, and its notice."""
    partly = [words.text("answer.partly")] if isinstance(reply, Answer) and reply.partial else []
    return [*partly, *([reply.notice] if reply.notice else [])]


def nearest(abstention: Abstention, titles: Mapping[str, str], write: Write) -> list[str]:
    """Return the passages that came nearest, each with the title of its article."""

    def near(hit: Hit) -> str:
        title = titles.get(hit.passage.article_id, hit.passage.article_id)
        return f"“{quoted(hit.passage.text, write)}” — {quoted(title, write)}"

    return [near(hit) for hit in abstention.nearest]


def by_number(citations: Sequence[Citation]) -> Iterator[tuple[int, list[Citation]]]:
    """Yield each number with its citations, one for each place: a quote may support several statements."""
    for number, cited in groupby(citations, key=lambda citation: citation.number):
        yield number, list({(c.article_id, c.span): c for c in cited}.values())


def stands_in(citation: Citation, write: Write, words: Wording) -> str:
    """Say where a quote stands: title, page and heading, as far as they are known; the title is not said twice."""
    title = citation.title or words.text("source.untitled")
    page = words.text("source.page", page=str(citation.page)) if citation.page is not None else ""
    heading = citation.heading if citation.heading and citation.heading != title else ""
    return ", ".join(part for part in (quoted(title, write), page, quoted(heading, write)) if part)


def status(citation: Citation, words: Wording) -> str:
    """Say how far a quote is to be trusted, where it was not simply verified."""
    return "" if citation.status == "verified" else f" ({words.text(f'status.{citation.status}')})"


def link(citation: Citation) -> str:
    """Return a link that shows the quote on its page, or nothing for what is no page of the web."""
    if not citation.url or not is_web_address(citation.url):
        return ""
    linked = text_fragment(citation.quote, citation.url)
    return percent_encoded(linked, safe=":/?#[]@!$&'()*+,;=%-._~", errors="replace")


def quoted(text: str, write: Write) -> str:
    """Write a text on one line; if it runs from right to left, so that it reorders nothing around it."""
    line = on_one_line(text)
    runs_to_the_left = any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in line)
    return f"\u2068{write(line)}\u2069" if runs_to_the_left else write(line)


def on_one_line(text: str) -> str:
    """Return a text with single spaces for its white space."""
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """Leave out what would reorder the text around it, and show what cannot be printed."""
    lines = re.sub(r"\r\n?|[\u2028\u2029\x85]", "\n", text)
    return _UNPRINTABLE.sub("\ufffd", re.sub(r"[\x0b\x0c]", " ", _REORDERING.sub("", lines)))
