"""What can be done with a turn: copy, link, ask again, edit, say what one thinks of it; and what is sure of a draft."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

from index.storage.conversations import Verdict
from ui.replies.clipboard import Copied
from ui.replies.messages import Wording
from ui.replies.pieces import MARKER
from ui.replies.places import escape
from ui.replies.templating import as_html, html_of

_NEIGHBOURS = re.compile(rf" ?({MARKER.pattern}(?:\s*{MARKER.pattern})*)")
TEMPLATES = Path(__file__).with_name("templates")


def aside_html(
    words: Wording,
    *,
    says: str = "",
    clipboard: Copied | None = None,
    can_rate: bool = False,
    verdict: Verdict | None = None,
) -> str:
    """Return the line below a turn: ``says`` is HTML, then its buttons; the thumb of a ``verdict`` is pressed."""
    return html_of(
        TEMPLATES,
        "aside.html",
        words,
        says=as_html(says),
        clipboard=clipboard,
        can_rate=can_rate,
        verdict=verdict,
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
