"""What leaves the product, with its citations: an answer for the clipboard, a conversation as Markdown or JSON.

Pure functions. Words of articles, people and models stay words: escaped for
HTML and for Markdown, without characters that reorder or hide what follows
them, and a link leads to an http(s) page or nowhere. The quotes of the JSON
are exact to the character; in Markdown and on a clipboard runs of white space
in a quote become one space.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote as percent_encoded

from index.article import Hit, Span
from qa.answer import Abstention, AbstentionReason, Answer, Citation, CitationStatus, Reply
from qa.reply_json import reply_to_json, text_fragment
from ui.history import Conversation, KeptTurn

JSON_FORMAT = "footnote-conversation/1"

_REASONS: Mapping[AbstentionReason, str] = {
    "empty_library": "The library holds no article, so no question can be answered.",
    "off_topic": "The articles do not say. Nothing in them is about this.",
    "not_stated": "The articles do not say. They come near the subject, but do not state what was asked.",
}
_STATUSES: Mapping[CitationStatus, str] = {
    "verified": "",
    "repaired": " (repaired: the words stand elsewhere than first cited)",
    "unverified": " (not verified)",
}
_UNSUPPORTED = "(no citation supports this)"
_PARTIAL = "This answers only part of the question."
_NEAREST = "Nearest passages (not an answer):"

_MARKER = re.compile(r"\[(\d{1,4})\]")
_REORDERING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_MARKUP = re.compile(r"([\\`*_\[\]<>&~|#$^]|(?<=:)//|(?<=www)\.|^[:(]|!$)", re.IGNORECASE)
_BLOCK = re.compile(r"^[ \t]*(?:([-+=])|(\d{1,9})([.)]))?", re.MULTILINE)

Write = Callable[[str], str]


# For the clipboard


def clipboard_text(reply: Reply, titles: Mapping[str, str]) -> str:
    """Return a reply as plain text with its footnotes below it; ``titles`` names articles by their ids."""
    if isinstance(reply, Abstention):
        nearest = _nearest(reply, titles, _clean, "· {}")
        listed = ["\n".join([_NEAREST, *nearest])] if nearest else []
        return "\n\n".join([_REASONS[reply.reason], *map(_clean, _noticed(reply)), *listed])
    text = "".join(_written(reply, _clean, lambda n: f" [{n}]", f" {_UNSUPPORTED}"))
    above = [_clean(reply.short_answer)] if reply.short_answer else []
    notes = [f"[{number}] {'; '.join(map(_text_note, cited))}" for number, cited in _by_number(reply.citations)]
    return "\n\n".join([*above, text.strip(), *map(_clean, _asides(reply)), "\n".join(notes)])


def clipboard_html(reply: Reply, titles: Mapping[str, str]) -> str:
    """Return the same as HTML without styles or ids, so that it keeps its footnotes where it is pasted."""
    if isinstance(reply, Abstention):
        lines = [_REASONS[reply.reason], *_noticed(reply)]
        nearest = _nearest(reply, titles, _escaped, '<li dir="auto">{}</li>')
        listed = f"<p>{_NEAREST}</p><ul>{''.join(nearest)}</ul>" if nearest else ""
        return _paragraphs(lines) + listed
    text = "".join(_written(reply, _escaped, lambda n: f"<sup>[{n}]</sup>", f" {_UNSUPPORTED}"))
    above = f'<p dir="auto"><strong>{_escaped(reply.short_answer)}</strong></p>' if reply.short_answer else ""
    notes = [
        f'<p dir="auto">[{number}] {"; ".join(map(_html_note, cited))}</p>'
        for number, cited in _by_number(reply.citations)
    ]
    return f'{above}<p dir="auto">{text.strip()}</p>{_paragraphs(_asides(reply))}{"".join(notes)}'


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f'<p dir="auto">{_escaped(line)}</p>' for line in lines)


def _escaped(text: str) -> str:
    return html.escape(_clean(text)).replace("\n", "<br>")


def _text_note(citation: Citation) -> str:
    link = _link(citation)
    where = f"{_where(citation, _clean)}{_STATUSES[citation.status]}"
    return f"“{_quoted(citation.quote, _clean)}” — {where}" + (f". {link}" if link else "")


def _html_note(citation: Citation) -> str:
    where, link = _where(citation, _escaped), _link(citation)
    linked = f'<a href="{html.escape(link)}">{where}</a>' if link else where
    return f"<q>{_quoted(citation.quote, _escaped)}</q> — {linked}{_STATUSES[citation.status]}"


# Conversations


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    """Return a conversation as JSON values: what it is, and each turn's reply in its published shape."""
    return {
        "format": JSON_FORMAT,
        "id": conversation.id,
        "title": conversation.title,
        "created": conversation.created.isoformat(),
        "updated": conversation.updated.isoformat(),
        "article_ids": None if conversation.article_ids is None else list(conversation.article_ids),
        "turns": [
            {"position": turn.position, "created": turn.created.isoformat(), "reply": reply_to_json(turn.reply)}
            for turn in conversation.turns
        ],
    }


def conversation_markdown(conversation: Conversation, titles: Mapping[str, str]) -> str:
    """Return a conversation as Markdown with footnotes, numbered through; ends with a newline.

    Footnotes are as GitHub, Pandoc and many editors read them.
    """
    blocks = [f"# {_heading(conversation.title)}", f"{conversation.created:%Y-%m-%d}"]
    notes: list[str] = []
    for turn in conversation.turns:
        blocks += _turn_blocks(turn, titles, notes)
    return "\n\n".join([*blocks, *notes]) + "\n"


def file_name(conversation: Conversation, extension: str) -> str:
    """Return a name for an exported file, made of the title, percent-encoded for a header."""
    title = re.sub(r'[\\/:*?"<>|]+', " ", _on_one_line(conversation.title))
    return percent_encoded(f"{' '.join(title.split()).strip('. ') or 'conversation'}.{extension}", safe="")


def _turn_blocks(turn: KeptTurn, titles: Mapping[str, str], notes: list[str]) -> Iterator[str]:
    """Yield the blocks of one turn, and add its footnotes to those of the turns before."""
    reply = turn.reply
    yield f"## {_heading(reply.question)}"
    if reply.trace.standalone_question != reply.question:
        yield f"*Read as:* {_heading(reply.trace.standalone_question)}"
    if isinstance(reply, Abstention):
        yield _REASONS[reply.reason]
        yield from map(_markdown, _noticed(reply))
        nearest = _nearest(reply, titles, _markdown, "- {}")
        if nearest:
            yield _NEAREST + "\n\n" + "\n".join(nearest)
        return
    if reply.short_answer:
        yield f"**{_heading(reply.short_answer)}**"
    earlier = len(notes)
    text = "".join(_written(reply, _inline, lambda n: f"[^{earlier + n}]", f" {_UNSUPPORTED}"))
    yield _as_blocks(text)
    yield from map(_markdown, _asides(reply))
    notes += [
        f"[^{earlier + number}]: {_no_reference('; '.join(map(_markdown_note, cited)))}"
        for number, cited in _by_number(reply.citations)
    ]


def _markdown_note(citation: Citation) -> str:
    where, link = _where(citation, _heading), _link(citation)
    target = re.sub(r"&(?=#?\w+;)", "&amp;", link)  # in a target too an entity would be read as what it names
    return (
        f"“{_quoted(citation.quote, _inline)}” — {f'[{where}](<{target}>)' if link else where}"
        + (_STATUSES[citation.status])
    )


def _no_reference(note: str) -> str:
    """Keep a reader that knows no footnotes from taking one for the address and title of a link."""
    return re.sub(r"""^(\S+\s)(["'(])""", r"\1\\\2", note)


def _inline(text: str) -> str:
    """Escape what is markup within a line, or would be beside a footnote's marker: ``[^1]:``, ``[^1](``, ``![^1]``."""
    return _MARKUP.sub(r"\\\1", _clean(text))


def _as_blocks(text: str) -> str:
    """Escape what would make a line of escaped text begin a list, a heading or code."""
    return _BLOCK.sub(
        lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}" if found[2] else "", text
    ).strip()


def _markdown(text: str) -> str:
    return _as_blocks(_inline(text))


def _heading(text: str) -> str:
    """Escape a text that has to stay on one line."""
    return _as_blocks(_inline(_on_one_line(text)))


# What all of them say


def _written(answer: Answer, words: Write, marker: Callable[[int], str], unsupported: str) -> Iterator[str]:
    """Yield the answer's text with its markers as they are to be, and a remark after what nothing supports.

    An article may itself contain ``[1]``: inside a verbatim quote brackets are the author's.
    """
    numbers = {citation.number for citation in answer.citations}
    quoted = [c.supports for c in answer.citations if c.supports.slice(answer.text) == c.quote]
    cuts = [(span.end, span.end, unsupported) for span in answer.unsupported]
    for found in _MARKER.finditer(answer.text):
        span = Span(*found.span())
        if int(found[1]) in numbers and not any(quote.covers(span) for quote in quoted):
            cuts.append((span.start - answer.text[: span.start].endswith(" "), span.end, marker(int(found[1]))))
    position = 0
    for start, end, said in sorted(cuts):
        yield words(answer.text[position:start])
        yield said
        position = max(position, end)
    yield words(answer.text[position:])


def _noticed(reply: Reply) -> list[str]:
    return [reply.notice] if reply.notice else []


def _asides(answer: Answer) -> list[str]:
    return [*([_PARTIAL] if answer.partial else []), *_noticed(answer)]


def _nearest(abstention: Abstention, titles: Mapping[str, str], write: Write, line: str) -> list[str]:
    def written(hit: Hit) -> str:
        title = titles.get(hit.passage.article_id, hit.passage.article_id)
        return f"“{_quoted(hit.passage.text, write)}” — {_quoted(title, write)}"

    return [line.format(written(hit)) for hit in abstention.nearest]


def _by_number(citations: Sequence[Citation]) -> Iterator[tuple[int, list[Citation]]]:
    """Yield each number with its citations, one for each place: a quote may support several statements."""
    for number, cited in groupby(citations, key=lambda citation: citation.number):
        yield number, list({(c.article_id, c.span): c for c in cited}.values())


def _where(citation: Citation, write: Write) -> str:
    page = f"p. {citation.page}" if citation.page is not None else ""
    title, heading = (_quoted(text, write) for text in (citation.title or "Untitled", citation.heading or ""))
    return ", ".join(part for part in (title, page, heading) if part)


def _link(citation: Citation) -> str:
    """Return a link that shows the quote on its page, or nothing for what is no page of the web."""
    if not citation.url or not re.match(r"https?://[^\s/]", citation.url, re.IGNORECASE):
        return ""
    linked = text_fragment(citation.quote, citation.url)
    return percent_encoded(linked, safe=":/?#[]@!$&'()*+,;=%-._~", errors="replace")


def _quoted(text: str, write: Write) -> str:
    """Write a text on one line; if it runs from right to left, so that it reorders nothing around it."""
    line = _on_one_line(text)
    runs_to_the_left = any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in line)
    return f"\u2068{write(line)}\u2069" if runs_to_the_left else write(line)


def _on_one_line(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    """Leave out what would reorder the text around it, and show what cannot be printed."""
    lines = re.sub(r"\r\n?|[\u2028\u2029\x85]", "\n", text)
    return _UNPRINTABLE.sub("\ufffd", re.sub(r"[\x0b\x0c]", " ", _REORDERING.sub("", lines)))
