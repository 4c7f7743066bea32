"""What can be done with a turn: copy, link, ask again, edit, say what one thinks of it; and what is sure of a draft."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from index.storage.conversations import Verdict
from ui.replies.clipboard import Copied
from ui.replies.messages import Wording
from ui.replies.pieces import MARKER
from ui.replies.places import escape

_NEIGHBOURS = re.compile(rf" ?({MARKER.pattern}(?:\s*{MARKER.pattern})*)")
_REASONS = {
    "wrong": "feedback.wrong",
    "quote": "feedback.quote",
    "missing": "feedback.missing",
    "other": "feedback.other",
}
_THUMB = (
    '<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.6"'
    ' stroke-linejoin="round" aria-hidden="true"><path d="M7 11v9H4v-9zm0 0 4-8c1.5 0 2.5 1 2.5 2.5V9H19c1 0 1.8.9'
    ' 1.6 2l-1.3 7.3c-.2 1-1 1.7-2 1.7H7"/></svg>'
)


def read_as_html(read_as: str, words: Wording, *, can_edit: bool = True) -> str:
    """Return the line that says as what a follow-up was read, with a button to put it otherwise."""
    if not read_as:
        return ""
    label = escape(words.text("reading.edit"))
    edit = f' <button type="button" data-act="reading">{label}</button>' if can_edit else ""
    said = escape(words.text("reading.read_as"))
    return f'<p class="fn-read-as">{said} <span class="fn-reading" dir="auto">{escape(read_as)}</span>{edit}</p>'


def aside_html(
    words: Wording,
    *,
    says: str = "",
    clipboard: Copied | None = None,
    can_rate: bool = False,
    verdict: Verdict | None = None,
) -> str:
    """Return the line below a turn: ``says`` is HTML, then its buttons; the thumb of a ``verdict`` is pressed."""
    copy = ""
    if clipboard is not None:
        copy = (
            f'<button type="button" data-copy="{escape(clipboard.text)}" data-copy-html="{escape(clipboard.html)}">'
            f"{escape(words.text('copy.button'))}</button>"
        )
    link = f'<button type="button" data-link="">{escape(words.text("link.button"))}</button>'
    again = f'<button type="button" data-act="again">{escape(words.text("turn.again"))}</button>'
    edit = f'<button type="button" data-act="edit">{escape(words.text("turn.edit"))}</button>'
    buttons = f"{copy}{link}{again}{edit}{_thumbs(words, verdict) if can_rate else ''}"
    return f'<div class="fn-aside">{says}<span class="fn-actions">{buttons}</span></div>'


def _thumbs(words: Wording, given: Verdict | None) -> str:
    return "".join(
        f'<button type="button" class="fn-thumb fn-thumb-{verdict}" data-act="{verdict}"'
        f' aria-pressed="{str(verdict == given).lower()}" aria-label="{escape(words.text(key))}"'
        f' title="{escape(words.text(key))}">{_THUMB}</button>'
        for verdict, key in (("up", "feedback.up"), ("down", "feedback.down"))
    )


def forms_html(words: Wording) -> str:
    """Return the forms of a turn as templates: the page's scripts put a copy where one is opened."""
    return _edit_form(words) + _why_form(words)


def _edit_form(words: Wording) -> str:
    label, explained = escape(words.text("edit.label")), escape(words.text("edit.explained"))
    return (
        f'<template id="fn-edit-form"><form class="fn-edit"><textarea rows="1" dir="auto" aria-label="{label}">'
        f'</textarea><p class="fn-quiet">{explained}</p>{_buttons("edit.ask", words)}</form></template>'
    )


def _why_form(words: Wording) -> str:
    """Return the form that asks why a reply is bad; a reason is kept by its name, whatever the language."""
    choices = "".join(
        f'<label><input type="radio" name="reason" value="{name}">{escape(words.text(key))}</label>'
        for name, key in _REASONS.items()
    )
    comment = escape(words.text("feedback.comment"))
    return (
        '<template id="fn-why-form"><form class="fn-why"><fieldset>'
        f'<legend>{escape(words.text("feedback.why"))}</legend><div class="fn-choices">{choices}</div></fieldset>'
        f'<textarea name="comment" rows="1" maxlength="4000" dir="auto" aria-label="{comment}" placeholder="{comment}">'
        f"</textarea>{_buttons('feedback.send', words)}</form></template>"
    )


def _buttons(does: str, words: Wording) -> str:
    return (
        f'<div class="fn-buttons"><button type="submit" class="fn-primary">{escape(words.text(does))}</button>'
        f'<button type="button" data-leave="" class="fn-plain">{escape(words.text("edit.cancel"))}</button></div>'
    )


def draft_html(said: Sequence[tuple[str, bool]], cited: Set[int], *, number: int, words: Wording) -> str:
    """Return the pieces of a reply that is being written: text with whether it is supported, and markers, whole.

    Pieces are only ever added, so that what stands is not written again;
    ``data-cited`` names the numbers whose citations have been checked.
    """
    pieces = [piece for text, supported in said for piece in _pieces(text, supported, words)]
    told = "".join(f'<li data-piece="{n}">{piece}</li>' for n, piece in enumerate(pieces))
    return f'<ol data-draft="{number}" data-cited="{" ".join(map(str, sorted(cited)))}">{told}</ol>'


def _pieces(text: str, supported: bool, words: Wording) -> Iterator[str]:
    position = 0
    for found in _NEIGHBOURS.finditer(text):
        yield _words(text[position : found.start()], supported)
        numbers = list(dict.fromkeys(MARKER.findall(found[1])))
        yield f'<sup><span class="fn-coming" data-cites="{" ".join(numbers)}">[{", ".join(numbers)}]</span></sup>'
        position = found.end()
    yield _words(text[position:], supported)
    if not supported:
        yield f' <small class="fn-doubt">{escape(words.text("answer.unsupported"))}</small>'


def _words(text: str, supported: bool) -> str:
    kind = "" if supported else ' class="fn-unsupported"'
    return f"<bdi{kind}>{escape(text)}</bdi>" if text else ""
