"""The drawer of conversations: what stands at its head, and the list below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from index.storage.conversations import ConversationSummary
from ui.replies.messages import Wording
from ui.replies.places import escape


def drawer_html(*, words: Wording, lasts: bool) -> str:
    """Return the head of the drawer: its title, a new conversation, the search."""
    title, close = escape(words.text("history.title")), escape(words.text("sheet.close"))
    search, new = escape(words.text("history.search")), escape(words.text("history.new"))
    evaluate = escape(words.text("header.evaluate"))
    passing = "" if lasts else f'<p class="fn-quiet">{escape(words.text("history.passing"))}</p>'
    return (
        f'<div class="fn-drawer-bar"><h2>{title}</h2>'
        f'<button type="button" id="fn-drawer-close" class="fn-plain">{close}</button></div>'
        f'<button type="button" id="fn-new" class="fn-primary">{new}</button>'
        f'<input type="search" id="fn-drawer-search" autocomplete="off" maxlength="200" dir="auto"'
        f' aria-label="{search}" placeholder="{search}">{passing}'
        f'<a class="fn-only-narrow" href="evaluate?lang={escape(words.language)}">{evaluate}</a>'
    )


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

    days = "".join(_day_html(day, of_day, today, words) for day, of_day in groupby(found, key=day_of))
    more = "" if is_all else f'<p class="fn-quiet">{escape(words.text("history.more"))}</p>'
    return days + more


def _there(moment: datetime, offset: timedelta) -> date:
    return (moment.replace(tzinfo=None) + offset).date()


def _day_html(day: date, found: Iterable[ConversationSummary], today: date, words: Wording) -> str:
    near = {today: words.text("history.today"), today - timedelta(days=1): words.text("history.yesterday")}
    rows = "".join(_row_html(summary, words) for summary in found)
    return f'<section class="fn-day"><h3>{escape(near.get(day) or words.date(day))}</h3><ul>{rows}</ul></section>'


def _row_html(summary: ConversationSummary, words: Wording) -> str:
    title = escape(summary.title)

    def button(does: str, key: str) -> str:
        return f'<button type="button" data-row="{does}">{escape(words.text(key))}</button>'

    name, sure = escape(words.text("history.rename_label")), escape(words.text("history.delete_sure"))
    return (
        f'<li class="fn-row" data-id="{escape(summary.id)}"><button type="button" class="fn-row-open" data-row="open">'
        f'<span dir="auto">{title}</span></button>'
        f'<details class="fn-row-menu"><summary aria-label="{escape(words.text("history.menu", title=summary.title))}">'
        '<span aria-hidden="true">⋯</span></summary><div class="fn-row-acts">'
        f"{button('rename', 'history.rename')}{button('md', 'history.markdown')}{button('json', 'history.json')}"
        f"{button('delete', 'history.delete')}</div></details>"
        f'<form class="fn-row-form fn-row-rename" hidden><input type="text" maxlength="120" required dir="auto"'
        f' aria-label="{name}" value="{title}"><div class="fn-buttons"><button type="submit" class="fn-primary">'
        f"{escape(words.text('history.save'))}</button>{button('leave', 'edit.cancel')}</div></form>"
        f'<div class="fn-row-form fn-row-sure" role="group" aria-label="{sure}" hidden><p>{sure}</p>'
        f'<div class="fn-buttons">{button("really", "history.delete")}{button("leave", "edit.cancel")}</div></div></li>'
    )
