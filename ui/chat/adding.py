"""What adds articles to the library, as HTML: files, an address, pasted text; and how far they are.

The lines of the list are made by the page's script from the template, word by
word: what a file is called and what is wrong with it are text there too.
"""

from __future__ import annotations

import json
from pathlib import Path

from ui.replies.messages import Wording
from ui.replies.places import escape
from ui.replies.templating import html_of

TEMPLATES = Path(__file__).with_name("templates")

_STATES = (
    "adding.waiting",
    "adding.sending",
    "adding.reading",
    "adding.embedding",
    "adding.added",
    "adding.replaced",
    "adding.unchanged",
    "adding.failed",
    "adding.cancelled",
)
_MESSAGES = (
    "adding.same_name",
    "adding.too_large",
    "adding.lost",
    "adding.still",
    "adding.summary",
    "token.refused",
    "library.removed",
)


def adding_html(*, can_add: bool, most_bytes: int, words: Wording) -> str:
    """Return the ways to add articles; where nothing may be added, what to do instead."""
    if not can_add:
        before, after = (escape(part) for part in words.text("adding.fixed", command="\n").split("\n"))
        return f'<p class="fn-details fn-fixed">{before}<code>footnote serve --library DIR</code>{after}</p>'
    says = json.dumps(
        {
            key: words.text(key, done="{done}", total="{total}", megabytes=str(most_bytes // 1_000_000))
            for key in (*_STATES, *_MESSAGES)
        }
    )
    return html_of(TEMPLATES, "adding.html", words, most_bytes=most_bytes, says=says)
