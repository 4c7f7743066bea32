"""Controls that every page has, as HTML: drawings of ours, the menu of languages, the button of the colours."""

from __future__ import annotations

from ui.replies.messages import Wording, wordings
from ui.replies.places import escape

_THEMES = ("header.theme.system", "header.theme.light", "header.theme.dark")
# Drawn here, so that no font is needed: the system's colours (half and half), a sun, a moon, a globe.
_ICONS = {
    "system": '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
    "light": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4'
    'm0-12.8L17 7M7 17l-1.4 1.4"/>',
    "dark": '<path d="M19 14.5A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z"/>',
    "evaluate": '<path d="M4 20h16M6.5 16v-5m5.5 5V5m5.5 11V9"/>',
    "back": '<path d="M14 6l-6 6 6 6"/>',
    "history": '<path d="M4 6h16M4 12h16M4 18h10"/>',
    "language": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c3 3 3 14 0 17m0-17c-3 3-3 14 0 17"/>',
}


def language_menu(words: Wording) -> str:
    """Return the menu of the page's languages."""
    options = "".join(
        f'<option value="{escape(w.language)}" lang="{escape(w.language)}"'
        f"{' selected' if w.language == words.language else ''}>{escape(w.name)}</option>"
        for w in wordings().values()
    )
    label = escape(words.text("header.language"))
    return (
        f'<span class="fn-language">{icon("language")}'
        f'<select id="fn-language" aria-label="{label}" title="{label}">{options}</select></span>'
    )


def theme_button(words: Wording) -> str:
    """Return the button that goes from one set of colours to the next."""
    labels = " ".join(f'data-{key.rpartition(".")[2]}="{escape(words.text(key))}"' for key in _THEMES)
    icons = "".join(icon(key.rpartition(".")[2]) for key in _THEMES)
    return f'<button type="button" id="fn-theme" class="fn-icon" {labels}>{icons}</button>'


def icon(name: str) -> str:
    """Return a drawing of ours; what it means is said beside it."""
    return (
        f'<svg class="fn-icon-{name}" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor"'
        f' stroke-width="1.6" stroke-linecap="round" aria-hidden="true">{_ICONS[name]}</svg>'
    )
