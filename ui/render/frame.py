"""What stands around the conversation: the header, the welcome, the tour, and the page's own troubles."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ui.render.acting import forms_html
from ui.render.plain import escape
from ui.wording import Wording, wordings

_THEMES = ("header.theme.system", "header.theme.light", "header.theme.dark")
_SCRIPT_WORDS = (
    *("region.conversation", "region.source", "copy.done", "copy.failed", "link.done", "composer.wait"),
    *("history.title", "history.renamed", "history.deleted", "offline.title", "feedback.thanks"),
)
_TOUR = (
    ("#fn-composer", "tour.ask.title", "tour.ask.text"),
    ("#fn-conversation", "tour.marker.title", "tour.marker.text"),
    ("#fn-side, #fn-read", "tour.source.title", "tour.source.text"),
)
# Drawn here, so that no font is needed: the system's colours (half and half), a sun, a moon, a globe.
_ICONS = {
    "system": '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
    "light": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4'
    'm0-12.8L17 7M7 17l-1.4 1.4"/>',
    "dark": '<path d="M19 14.5A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z"/>',
    "history": '<path d="M4 6h16M4 12h16M4 18h10"/>',
    "language": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c3 3 3 14 0 17m0-17c-3 3-3 14 0 17"/>',
}


def header_html(articles: int, *, words: Wording) -> str:
    """Return the header; it also tells the page's scripts what to say and how to write."""
    says = json.dumps({key: words.text(key) for key in _SCRIPT_WORDS})
    source = words.text("header.source", count=articles)
    help_label = escape(words.text("header.tour"))
    past = escape(words.text("history.title"))
    return (
        f'<button type="button" id="fn-history" class="fn-icon" aria-expanded="false" aria-controls="fn-drawer"'
        f' aria-label="{past}" title="{past}">{_icon("history")}</button>'
        '<h1 class="fn-brand">Footnote<sup aria-hidden="true">1</sup></h1><div class="fn-tools">'
        f'<button type="button" id="fn-read" class="fn-plain fn-only-small" data-open="">{escape(source)}</button>'
        f"{_language_menu(words)}{_theme_button(words)}"
        f'<button type="button" id="fn-help" class="fn-icon" aria-label="{help_label}" title="{help_label}">?</button>'
        f'</div><div id="fn-words" hidden data-language="{escape(words.language)}"'
        f' data-direction="{words.direction}" data-words="{escape(says)}"></div>{_tour(words)}{forms_html(words)}'
    )


def _language_menu(words: Wording) -> str:
    options = "".join(
        f'<option value="{escape(w.language)}" lang="{escape(w.language)}"'
        f"{' selected' if w.language == words.language else ''}>{escape(w.name)}</option>"
        for w in wordings().values()
    )
    label = escape(words.text("header.language"))
    return (
        f'<span class="fn-language">{_icon("language")}'
        f'<select id="fn-language" aria-label="{label}" title="{label}">{options}</select></span>'
    )


def _theme_button(words: Wording) -> str:
    labels = " ".join(f'data-{key.rpartition(".")[2]}="{escape(words.text(key))}"' for key in _THEMES)
    icons = "".join(_icon(key.rpartition(".")[2]) for key in _THEMES)
    return f'<button type="button" id="fn-theme" class="fn-icon" {labels}>{icons}</button>'


def _icon(name: str) -> str:
    return (
        f'<svg class="fn-icon-{name}" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor"'
        f' stroke-width="1.6" stroke-linecap="round" aria-hidden="true">{_ICONS[name]}</svg>'
    )


def _tour(words: Wording) -> str:
    steps = "".join(
        f'<section data-points-to="{target}"><h2>{escape(words.text(title))}</h2><p>{escape(words.text(text))}</p>'
        f'<p class="fn-step">{escape(words.text("tour.step", step=n, steps=len(_TOUR)))}</p></section>'
        for n, (target, title, text) in enumerate(_TOUR, start=1)
    )
    skip, onward, done = (escape(words.text(key)) for key in ("tour.skip", "tour.next", "tour.done"))
    return (
        f'<dialog id="fn-tour" aria-label="{escape(words.text("tour.label"))}"><div aria-live="polite">{steps}</div>'
        f'<div class="fn-tour-buttons"><button type="button" data-tour="skip" class="fn-plain">{skip}</button>'
        f'<button type="button" data-tour="next" class="fn-primary" data-next="{onward}"'
        f' data-done="{done}">{onward}</button></div></dialog>'
    )


def notices_html(only: str | None, *, words: Wording) -> str:
    """Return what stands above the composer: which one article is asked, if only one is, and what is hidden yet.

    The page has to say by itself that its server cannot be reached.
    """
    scope = ""
    if only is not None:
        title = only or words.text("source.untitled")
        scope = (
            f'<div class="fn-scope"><span dir="auto">{escape(words.text("scope.only", title=title))}</span>'
            f'<button type="button" data-ask-all="">{escape(words.text("scope.all"))}</button></div>'
        )
    lost, busy = escape(words.text("offline.explained")), escape(words.text("offline.busy"))
    return (
        f'<div class="fn-offline" role="group" aria-label="{escape(words.text("offline.title"))}">'
        f'<p><strong class="fn-when-lost">{escape(words.text("offline.title"))}</strong>'
        f' <span class="fn-when-lost">{lost}</span><span class="fn-when-busy">{busy}</span></p>'
        f'<button type="button" data-try-again="" class="fn-plain">{escape(words.text("offline.again"))}</button></div>'
        f"{scope}"
    )


def close_html(*, words: Wording) -> str:
    """Return the button that closes the source where it is a sheet over the conversation."""
    title = escape(words.text("sheet.close"))
    return f'<button type="button" id="fn-close" class="fn-plain fn-only-small">{title}</button>'


def quiet_html(text: str) -> str:
    """Return a line that is said quietly."""
    return f'<p class="fn-quiet" dir="auto">{escape(text)}</p>'


def talk_html(conversation_id: str | None) -> str:
    """Return what tells the page's scripts which conversation is shown."""
    return f'<div id="fn-talk" hidden data-conversation="{escape(conversation_id or "")}"></div>'


def welcome_html(
    articles: int, examples: Sequence[str], *, words: Wording, lasts: bool = True, is_missing: bool = False
) -> str:
    """Return what stands in the conversation before the first question."""
    missing = f'<p class="fn-quiet">{escape(words.text("welcome.missing"))}</p>' if is_missing else ""
    if not articles:
        before, after = (escape(part) for part in words.text("empty.add", command="\n").split("\n"))
        return (
            f'<div class="fn-welcome"><h2>{escape(words.text("empty.title"))}</h2>'
            f"<p>{before}<code>footnote index FILE</code>{after}</p>{missing}</div>"
        )
    title = words.text("welcome.title_of_one") if articles == 1 else words.text("welcome.title", count=articles)
    suggests = "" if examples else ' data-suggests=""'  # the page's scripts ask for some
    passing = "" if lasts else f'<p class="fn-quiet">{escape(words.text("history.passing"))}</p>'
    return (
        f'<div class="fn-welcome"{suggests}><h2>{escape(title)}</h2><p>{escape(words.text("welcome.promise"))}</p>'
        f"{chips_html(examples, words=words)}{missing}{passing}</div>"
    )


def chips_html(questions: Sequence[str], *, words: Wording) -> str:
    """Return questions to begin with, each a button that asks it; none give nothing."""
    chips = "".join(
        f'<li><button type="button" data-ask="{escape(q)}" dir="auto">{escape(q)}</button></li>' for q in questions
    )
    return f'<ul class="fn-chips" aria-label="{escape(words.text("welcome.examples"))}">{chips}</ul>' if chips else ""
