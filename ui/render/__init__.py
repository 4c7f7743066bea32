"""Replies and articles as HTML for the chat and as plain text for the terminal.

Pure functions: nothing is fetched, nothing written. What is on the page in a
language is said by a `Wording`; what comes from articles and people is escaped.
"""

from ui.render.acting import draft_html
from ui.render.adding import adding_html
from ui.render.copying import Copied, copied
from ui.render.drawer import conversations_html, drawer_html
from ui.render.evaluating import evaluating_html
from ui.render.frame import chips_html, close_html, header_html, notices_html, quiet_html, talk_html, welcome_html
from ui.render.library import example_html, finder_html, listing_html
from ui.render.plain import Place, also_read, also_read_places, direction, distinct, escape, places, where
from ui.render.replies import (
    Standing,
    confidence_in_words,
    failure_html,
    pending_html,
    reply_html,
    stopped_html,
    turn_key,
)
from ui.render.source import MAX_SHOWN_CHARS, missing_html, source_html
from ui.render.terminal import render_terminal

__all__ = [
    "MAX_SHOWN_CHARS",
    "Copied",
    "Place",
    "Standing",
    "adding_html",
    "also_read",
    "also_read_places",
    "chips_html",
    "close_html",
    "confidence_in_words",
    "conversations_html",
    "copied",
    "direction",
    "distinct",
    "draft_html",
    "drawer_html",
    "escape",
    "evaluating_html",
    "example_html",
    "failure_html",
    "finder_html",
    "header_html",
    "listing_html",
    "missing_html",
    "notices_html",
    "pending_html",
    "places",
    "quiet_html",
    "render_terminal",
    "reply_html",
    "source_html",
    "stopped_html",
    "talk_html",
    "turn_key",
    "welcome_html",
    "where",
]
