"""What leaves the product, with its citations: a conversation as Markdown or JSON.

An answer alone is copied by `ui.replies.clipboard`. Words of articles, people and
models stay words, also for who reads Markdown. The quotes of the JSON are exact to the character; in Markdown
runs of white space in a quote become one space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote as percent_encoded

from qa.answer import Abstention, Citation
from qa.conversations import Conversation, KeptTurn
from qa.reply_json import reply_to_json
from ui.replies.abstentions import reason_in_words
from ui.replies.footnotes import (
    asides,
    by_number,
    clean,
    link,
    nearest,
    on_one_line,
    quoted,
    stands_in,
    status,
    written,
)
from ui.replies.messages import Wording

JSON_FORMAT = "footnote-conversation/1"

_MARKUP = re.compile(r"([\\`*_\[\]<>&~|#$^]|(?<=:)//|(?<=www)\.|^[:(]|!$)", re.IGNORECASE)
_BLOCK = re.compile(r"^[ \t]*(?:([-+=])|(\d{1,9})([.)]))?", re.MULTILINE)


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


def conversation_markdown(conversation: Conversation, titles: Mapping[str, str], *, words: Wording) -> str:
    """Return a conversation as Markdown with footnotes, numbered through; ends with a newline.

    ``titles`` names all articles by their ids. Footnotes are as GitHub, Pandoc and many editors read them.
    """
    blocks = [f"# {_heading(conversation.title)}", f"{conversation.created:%Y-%m-%d}"]
    notes: list[str] = []
    asked = len(conversation.article_ids or titles)
    for turn in conversation.turns:
        blocks += _turn_blocks(turn, titles, notes, words, asked)
    return "\n\n".join([*blocks, *notes]) + "\n"


def file_name(conversation: Conversation, extension: str) -> str:
    """Return a name for an exported file, made of the title, percent-encoded for a header."""
    title = re.sub(r'[\\/:*?"<>|]+', " ", on_one_line(conversation.title))
    return percent_encoded(f"{' '.join(title.split()).strip('. ') or 'conversation'}.{extension}", safe="")


def _turn_blocks(
    turn: KeptTurn, titles: Mapping[str, str], notes: list[str], words: Wording, asked: int
) -> Iterator[str]:
    """Yield the blocks of one turn, and add its footnotes to those of the turns before."""
    reply = turn.reply
    yield f"## {_heading(reply.question)}"
    if reply.trace.standalone_question != reply.question:
        yield f"*{words.text('reading.read_as')}* {_heading(reply.trace.standalone_question)}"
    if isinstance(reply, Abstention):
        yield " ".join(reason_in_words(reply.reason, words, asked=asked))
        yield from map(_markdown, asides(reply, words))
        if near := nearest(reply, titles, _markdown):
            yield f"{words.text('abstention.nearest')}:\n\n" + "\n".join(f"- {each}" for each in near)
        return
    if reply.short_answer:
        yield f"**{_heading(reply.short_answer)}**"
    earlier = len(notes)
    yield _as_blocks(written(reply, _inline, words, lambda number: f"[^{earlier + number}]"))
    yield from map(_markdown, asides(reply, words))
    notes += [
        f"[^{earlier + number}]: {_no_reference('; '.join(_markdown_note(each, words) for each in cited))}"
        for number, cited in by_number(reply.citations)
    ]


def _markdown_note(citation: Citation, words: Wording) -> str:
    where, address = stands_in(citation, _heading, words), link(citation)
    target = re.sub(r"&(?=#?\w+;)", "&amp;", address)  # in a target too an entity would be read as what it names
    linked = f"[{where}](<{target}>)" if address else where
    return f"“{quoted(citation.quote, _inline)}” — {linked}{status(citation, words)}"


def _no_reference(note: str) -> str:
    """Keep a reader that knows no footnotes from taking one for the address and title of a link."""
    return re.sub(r"""^(\S+\s)(["'(])""", r"\1\\\2", note)


def _inline(text: str) -> str:
    """Escape what is markup within a line, or would be beside a footnote's marker: ``[^1]:``, ``[^1](``, ``![^1]``."""
    return _MARKUP.sub(r"\\\1", clean(text))


def _as_blocks(text: str) -> str:
    """Escape what would make a line of escaped text begin a list, a heading or code."""
    return _BLOCK.sub(
        lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}" if found[2] else "", text
    ).strip()


def _markdown(text: str) -> str:
    return _as_blocks(_inline(text))


def _heading(text: str) -> str:
    """Escape a text that has to stay on one line."""
    return _as_blocks(_inline(on_one_line(text)))
