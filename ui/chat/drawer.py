"""The drawer of conversations: what stands at its head, and the list below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from index.storage.conversations import ConversationSummary
from ui.replies.messages import Wording
from ui.replies.places import escape
from ui.replies.templating import html_of

TEMPLATES = Path(__file__).with_name("templates")


def drawer_html(*, words: Wording, lasts: bool) -> str:
    """Return the head of the drawer: its title, a new conversation, the search."""
    return html_of(TEMPLATES, "drawer.html", words, lasts=lasts)


def conversations_html(
    found: Sequence[ConversationSummary],
    *,
    today: date,
    offset: timedelta,
    is_search: bool,
    is_all: bool,
    words: Wording,
) -> str:
    """Return the conversations by the day they were last used on, where the browser is: ``offset`` from UTC."""
    if not found:
        text = words.text("history.nothing_found" if is_search else "history.empty")
        return f'<p class="fn-quiet" role="status">{escape(text)}</p>'

    def day_of(summary: ConversationSummary) -> date:
        return _there(summary.updated, offset)

    near = {today: words.text("history.today"), today - timedelta(days=1): words.text("history.yesterday")}
    days = [(near.get(day) or words.date(day), list(of_day)) for day, of_day in groupby(found, key=day_of)]
    return html_of(TEMPLATES, "conversations.html", words, days=days, is_all=is_all)


def _there(moment: datetime, offset: timedelta) -> date:
    return (moment.replace(tzinfo=None) + offset).date()
