"""What stands around the conversation: the header, the welcome, the tour, and the page's own troubles."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ui.chat.acting import forms_html
from ui.replies.controls import icon, language_menu, theme_button
from ui.replies.messages import Wording
from ui.replies.places import escape, spoken_in

_SCRIPT_WORDS = (
    *("region.conversation", "region.source", "region.library", "copy.done", "copy.failed", "link.done"),
    *("history.title", "history.renamed", "history.deleted", "offline.title", "feedback.thanks"),
    *("composer.wait", "adding.nowhere"),
)
_TOUR = (
    ("#fn-composer", "tour.ask.title", "tour.ask.text"),
    ("#fn-conversation", "tour.marker.title", "tour.marker.text"),
    ("#fn-side, #fn-read", "tour.source.title", "tour.source.text"),
)


def header_html(articles: int, *, words: Wording) -> str:
    """Return the header; it also tells the page's scripts what to say and how to write."""
    says = json.dumps({key: words.text(key) for key in _SCRIPT_WORDS})
    source = words.text("header.source", count=articles)
    library, drop = escape(words.text("header.library")), escape(words.text("adding.drop"))
    help_label = escape(words.text("header.tour"))
    past, evaluate = escape(words.text("history.title")), escape(words.text("header.evaluate"))
    return (
        f'<button type="button" id="fn-history" class="fn-icon" aria-expanded="false" aria-controls="fn-drawer"'
        f' aria-label="{past}" title="{past}">{icon("history")}</button>'
        '<h1 class="fn-brand">Footnote<sup aria-hidden="true">1</sup></h1><div class="fn-tools">'
        f'<button type="button" id="fn-read" class="fn-plain fn-only-small" data-open="">{escape(source)}</button>'
        f'<button type="button" id="fn-shelf" class="fn-plain" data-library="">{library}</button>'
        f'<a id="fn-evaluate" class="fn-icon" href="evaluate?lang={escape(words.language)}" aria-label="{evaluate}"'
        f' title="{evaluate}">{icon("evaluate")}</a>{language_menu(words)}{theme_button(words)}'
        f'<button type="button" id="fn-help" class="fn-icon" aria-label="{help_label}" title="{help_label}">?</button>'
        f'</div><div id="fn-words" hidden data-language="{escape(words.language)}"'
        f' data-direction="{words.direction}" data-words="{escape(says)}"></div>{_tour(words)}{forms_html(words)}'
        f'<div id="fn-drop" aria-hidden="true"><p>{drop}</p></div>'
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


def notices_html(asked: Sequence[str] = (), titles: Sequence[str] = (), total: int = 0, *, words: Wording) -> str:
    """Return what stands above the composer: which articles are asked, if not all are, and what is hidden yet.

    ``asked`` are their ids, ``titles`` what they are called. The page has to say
    by itself that its server cannot be reached.
    """
    scope = ""
    if asked:
        only = words.text("scope.only", title=titles[0] or words.text("source.untitled")) if len(asked) == 1 else ""
        said = only or words.text("scope.some", count=len(asked), total=words.number(total))
        told = escape(json.dumps(list(asked)))
        scope = (
            f'<div class="fn-scope" data-asked="{told}"><span dir="auto">{escape(said)}</span>'
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
    """Return what stands above the pane: the way back to the library, and out where the pane is a sheet."""
    back, title = escape(words.text("library.back")), escape(words.text("sheet.close"))
    return (
        f'<button type="button" id="fn-back" class="fn-plain" data-library="">{back}</button>'
        f'<button type="button" id="fn-close" class="fn-plain fn-only-small">{title}</button>'
    )


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
    missing = f'<p class="fn-quiet">{escape(words.text("welcome.missing"))}</p>' if is_missing else ""
    if not articles:
        return (
            _empty_html(words, missing)
            if can_add
            else f'<div class="fn-welcome"><h2>{escape(words.text("empty.title"))}</h2>{missing}</div>'
        )
    title = words.text("welcome.title_of_one") if articles == 1 else words.text("welcome.title", count=articles)
    suggests = "" if examples else ' data-suggests=""'  # the page's scripts ask for some
    passing = "" if lasts else f'<p class="fn-quiet">{escape(words.text("history.passing"))}</p>'
    own = _own_html(words) if is_example and can_add else ""
    touring = escape(words.text("tour.offer"))
    offer = f'<p class="fn-offer"><button type="button" data-tour="start">{touring}</button></p>'
    return (
        f'<div class="fn-welcome"{suggests}><h2>{escape(title)}</h2><p>{escape(words.text("welcome.promise"))}</p>'
        f"{chips_html(examples, words=words)}{own}{offer}{missing}{passing}</div>"
    )


def chips_html(questions: Sequence[str], *, words: Wording) -> str:
    """Return questions to begin with, each a button that asks it; none give nothing."""
    chips = "".join(
        f'<li><button type="button" data-ask="{escape(q)}" dir="auto">{escape(q)}</button></li>' for q in questions
    )
    return f'<ul class="fn-chips" aria-label="{escape(words.text("welcome.examples"))}">{chips}</ul>' if chips else ""


def _own_html(words: Wording) -> str:
    """Return how one comes from the example to articles of one's own."""
    add = escape(words.text("adding.title"))
    return (
        f'<p class="fn-own">{escape(words.text("example.own"))}'
        f' <button type="button" class="fn-plain" data-library="">{add}</button></p>'
    )


def _empty_html(words: Wording, missing: str) -> str:
    """Return the welcome of an empty library: what can be added to it, and how."""
    ways = "".join(
        f'<li><button type="button" data-add="{way}">{escape(words.text(key))}</button></li>'
        for way, key in (("files", "empty.files"), ("url", "empty.url"), ("text", "empty.text"))
    )
    return (
        f'<div class="fn-welcome"><h2>{escape(words.text("empty.title"))}</h2><p>{escape(words.text("empty.add"))}</p>'
        f'<ul class="fn-chips" aria-label="{escape(words.text("adding.title"))}">{ways}</ul>{missing}</div>'
    )
