"""What stands around the conversation: the header, the welcome, the tour, and the page's own troubles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ui.replies.messages import Wording, wordings
from ui.replies.places import escape, spoken_in
from ui.replies.templating import html_of

_SCRIPT_WORDS = (
    *("region.conversation", "region.source", "region.library", "copy.done", "copy.failed", "link.done"),
    *("history.title", "history.renamed", "history.deleted", "offline.title", "feedback.thanks"),
    *("composer.wait", "adding.nowhere"),
)
TEMPLATES = Path(__file__).with_name("templates")


def header_html(articles: int, *, words: Wording) -> str:
    """Return the header; it also tells the page's scripts what to say and how to write."""
    says = json.dumps({key: words.text(key) for key in _SCRIPT_WORDS})
    return html_of(TEMPLATES, "header.html", words, articles=articles, says=says, languages=list(wordings().values()))


def notices_html(asked: Sequence[str] = (), titles: Sequence[str] = (), total: int = 0, *, words: Wording) -> str:
    """Return what stands above the composer: which articles are asked, if not all are, and what is hidden yet.

    ``asked`` are their ids, ``titles`` what they are called. The page has to say
    by itself that its server cannot be reached.
    """
    only = words.text("scope.only", title=titles[0] or words.text("source.untitled")) if len(asked) == 1 else ""
    said = only or words.text("scope.some", count=len(asked), total=words.number(total))
    return html_of(TEMPLATES, "notices.html", words, asked=json.dumps(list(asked)) if asked else "", said=said)


def close_html(*, words: Wording) -> str:
    """Return what stands above the pane: the way back to the library, and out where the pane is a sheet."""
    return html_of(TEMPLATES, "sheet_bar.html", words)


def quiet_html(text: str, *, words: Wording, language: str = "") -> str:
    """Return a line that is said quietly; ``language`` is its own, where it is not the page's."""
    return f'<p class="fn-quiet" dir="auto"{spoken_in(language, words)}>{escape(text)}</p>'


def talk_html(conversation_id: str | None) -> str:
    """Return what tells the page's scripts which conversation is shown."""
    return f'<div id="fn-talk" hidden data-conversation="{escape(conversation_id or "")}"></div>'


def welcome_html(
    articles: int,
    examples: Sequence[str],
    *,
    words: Wording,
    can_add: bool = False,
    lasts: bool = True,
    is_missing: bool = False,
    is_example: bool = False,
) -> str:
    """Return what stands in the conversation before the first question."""
    return html_of(
        TEMPLATES,
        "welcome.html",
        words,
        articles=articles,
        examples=examples,
        can_add=can_add,
        lasts=lasts,
        is_missing=is_missing,
        is_example=is_example,
    )


def chips_html(questions: Sequence[str], *, words: Wording) -> str:
    """Return questions to begin with, each a button that asks it; none give nothing."""
    return html_of(TEMPLATES, "chips.html", words, examples=questions)
