"""An answer as it is copied: with its footnotes, as plain text and as HTML."""

from __future__ import annotations

from typing import NamedTuple

from qa.answer import Answer, Citation
from ui.render.pieces import Marker, Words, pieces
from ui.render.plain import distinct, escape, is_web_address, where
from ui.wording import Wording


class Copied(NamedTuple):
    """The same content in the two forms that a clipboard holds side by side."""

    text: str
    html: str


def copied(answer: Answer, words: Wording) -> Copied:
    """Return an answer with its footnotes below it; what is unverified or not supported says so."""
    parts = list(pieces(answer))
    short = answer.short_answer
    notes = distinct(answer.citations)
    text = [*([short] if short else []), "".join(_plain(part, words) for part in parts).strip()]
    page = [*([f"<p><strong>{escape(short)}</strong></p>"] if short else [])]
    page.append(f"<p>{''.join(_html(part, words) for part in parts).strip()}</p>")
    if answer.notice:
        text.append(answer.notice)
        page.append(f"<p>{escape(answer.notice)}</p>")
    text.append("\n".join(_plain_note(note, words) for note in notes))
    page += [_html_note(note, words) for note in notes]
    return Copied("\n\n".join(text), "".join(page))


def _plain(part: Words | Marker, words: Wording) -> str:
    if isinstance(part, Marker):
        return " " + "".join(f"[{number}]" for number in part.numbers)
    return part.text + (f" ({words.text('answer.unsupported')})" if part.is_last else "")


def _html(part: Words | Marker, words: Wording) -> str:
    if isinstance(part, Marker):
        return f"<sup>{escape(_plain(part, words).strip())}</sup>"
    return escape(_plain(part, words)).replace("\n", "<br>")


def _details(note: Citation, words: Wording) -> str:
    status = {"repaired": words.text("status.repaired"), "unverified": words.text("status.unverified")}
    said = f", {status[note.status]}" if note.status in status else ""
    return where(note, words) + said


def _plain_note(note: Citation, words: Wording) -> str:
    address = f", {note.url}" if is_web_address(note.url) else ""
    return f"[{note.number}] “{note.quote}” ({_details(note, words)}{address})"


def _html_note(note: Citation, words: Wording) -> str:
    details = escape(_details(note, words))
    if is_web_address(note.url):
        details = f'<a href="{escape(note.url or "")}">{details}</a>'
    return f"<p>[{note.number}] <q>{escape(note.quote)}</q> ({details})</p>"
