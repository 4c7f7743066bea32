"""An answer as it is copied: with its footnotes, as plain text and as HTML."""

from __future__ import annotations

from typing import NamedTuple

from qa.answer import Answer, Citation
from ui.replies.footnotes import asides, by_number, clean, link, quoted, stands_in, status, written
from ui.replies.messages import Wording
from ui.replies.places import escape


class Copied(NamedTuple):
    """The same content in the two forms that a clipboard holds side by side."""

    text: str
    html: str


def copied(answer: Answer, words: Wording) -> Copied:
    """Return an answer with its footnotes below it; what is unverified or not supported says so.

    The HTML has no styles or ids, so that it keeps its footnotes where it is pasted.
    """
    return Copied(_text(answer, words), _html(answer, words))


def _text(answer: Answer, words: Wording) -> str:
    short = [clean(answer.short_answer)] if answer.short_answer else []
    text = written(answer, clean, words, lambda number: f"[{number}]", " ").strip()
    notes = [
        f"[{number}] {'; '.join(_text_note(citation, words) for citation in cited)}"
        for number, cited in by_number(answer.citations)
    ]
    return "\n\n".join([*short, text, *map(clean, asides(answer, words)), "\n".join(notes)])


def _text_note(citation: Citation, words: Wording) -> str:
    where, address = f"{stands_in(citation, clean, words)}{status(citation, words)}", link(citation)
    return f"“{quoted(citation.quote, clean)}” — {where}" + (f". {address}" if address else "")


def _html(answer: Answer, words: Wording) -> str:
    short = [f"<strong>{_escaped(answer.short_answer)}</strong>"] if answer.short_answer else []
    text = written(answer, _escaped, words, lambda number: f"<sup>[{number}]</sup>").strip()
    notes = [
        f"[{number}] {'; '.join(_html_note(citation, words) for citation in cited)}"
        for number, cited in by_number(answer.citations)
    ]
    said = [*short, text, *map(_escaped, asides(answer, words)), *notes]
    return "".join(f'<p dir="auto">{each}</p>' for each in said)


def _html_note(citation: Citation, words: Wording) -> str:
    where, address = stands_in(citation, _escaped, words), link(citation)
    linked = f'<a href="{escape(address)}">{where}</a>' if address else where
    return f"<q>{quoted(citation.quote, _escaped)}</q> — {linked}{status(citation, words)}"


def _escaped(text: str) -> str:
    return escape(clean(text)).replace("\n", "<br>")
