"""Replies as plain text for the terminal, in English; ``_plain`` is where they become harmless for it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qa.answer import Abstention, Answer, Reply
from ui.render.abstaining import reason_in_words
from ui.render.plain import distinct, where
from ui.wording import DEFAULT_LANGUAGE, wording_of

_UNSAFE_IN_A_TERMINAL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
"""What moves the cursor, reorders text or hides it."""


def render_terminal(reply: Reply, titles: Mapping[str, str] | None = None, *, asked: int = 1) -> str:
    """Return the reply as plain text, ending without a newline.

    An answer begins with its own words, where they are known, and is followed
    by the sentences they stand in and its footnotes, an abstention by its reason and the
    passages that came nearest. ``titles`` names the articles of those passages
    by id; an article it leaves out is named by its id. ``asked`` is how many
    articles were.
    """
    return _answer_lines(reply) if isinstance(reply, Answer) else _abstention_lines(reply, titles or {}, asked)


def _answer_lines(answer: Answer) -> str:
    english = wording_of(DEFAULT_LANGUAGE)
    partly = ["This answers only part of the question."] if answer.partial else []
    unsupported = [f"Not supported by any quote: “{_plain(s.slice(answer.text))}”" for s in answer.unsupported]
    notice = [_plain(answer.notice)] if answer.notice else []
    notes = [
        f"[{c.number}] “{_plain(c.quote)}”\n"
        f"    {_plain(where(c, english))}, characters {c.span.start}–{c.span.end}, {english.text(f'status.{c.status}')}"
        for c in distinct(answer.citations)
    ]
    short = [_plain(answer.short_answer)] if answer.short_answer else []
    return "\n\n".join([*short, _plain(answer.text), *partly, *unsupported, "\n".join(notes), *notice])


def _abstention_lines(abstention: Abstention, titles: Mapping[str, str], asked: int) -> str:
    english = wording_of(DEFAULT_LANGUAGE)
    nearest = [
        f"  · “{_plain(hit.passage.text)}”\n"
        f"    {_plain(titles.get(hit.passage.article_id, hit.passage.article_id))},"
        f" characters {hit.passage.span.start}–{hit.passage.span.end}"
        for hit in abstention.nearest
    ]
    listed = [f"{english.text('abstention.nearest')}:\n" + "\n".join(nearest)] if nearest else []
    notice = [_plain(abstention.notice)] if abstention.notice else []
    return "\n\n".join([" ".join(reason_in_words(abstention.reason, english, asked=asked)), *notice, *listed])


def _plain(text: str) -> str:
    """Write out what a terminal would obey: an escape character becomes four harmless ones."""
    return _UNSAFE_IN_A_TERMINAL.sub(lambda found: ascii(found[0])[1:-1], text)
