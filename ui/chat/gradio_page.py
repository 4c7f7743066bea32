"""The chat page: the only file that imports Gradio.

Gradio carries the page, its events and its queue; what is to be seen is HTML of
`ui.chat.views`, shown by ``gr.HTML`` whose template is nothing but ``${value}``: a
value is then inserted, never compiled. (Gradio would compile a template that a
value had been written into.) A ``gr.Chatbot`` would render articles' words as
Markdown and strip the attributes that make a footnote reachable by keyboard.

What a click shows is told by the click itself, and the page itself knows its
language and the article it asks: old turns keep working, a restarted server
too. What is asked and kept is `ui.chat.session`'s.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from index.storage.cache import cache_folder
from qa.conversations import History
from ui.app.protocols import Product
from ui.app.suggestions import Suggestions
from ui.chat import views
from ui.chat.adding import adding_html
from ui.chat.drawer import drawer_html
from ui.chat.frame import close_html, header_html, notices_html
from ui.chat.library_view import asked_ids
from ui.chat.session import ChatSessions, ChatWindow, nobody_counts, text_of, wish_of
from ui.http.scripts import joined
from ui.http.security import MAX_UPLOAD_BYTES
from ui.http.static_text import static_text
from ui.replies.messages import Wording, negotiated, wording_of, wordings

# Both are read by gradio: nothing is reported to its makers, and no statistics of all questions so far are
# computed with pandas after each one, which is for a monitoring page that is not served.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
# Gradio makes folders there, by default in one that all users of a machine share.
os.environ.setdefault("GRADIO_TEMP_DIR", str(cache_folder("gradio")))
import gradio as gr

logger = logging.getLogger(__name__)

STATIC = Path(__file__).with_name("static")
STYLES = ("paper", "frame", "conversation", "turns", "card", "source", "library", "screens", "history")
MAX_QUEUED_QUESTIONS = 64
# What Gradio compiles in the page is a call and no more: the page's policy lets no text be compiled, and
# static/compiled.js has each of these ready. The Gradios that it was tried with, the first and the last:
ARRIVE = "() => footnotePage.arrive()"
EVENTS = (  # that the page triggers; Gradio looks for their names in the text
    *("choose_language", "show_place", "ask_question", "reopen_stream", "stop_asking", "open_conversation"),
    *("list_conversations", "suggest", "choose_articles", "list_articles", "library_changed"),
)
BEHAVE = f"footnotePage.behave(element, trigger, watch, {json.dumps(EVENTS)})"
KNOWN_FROM, KNOWN_TO = (6, 25), (6, 31)
SESSION_SECONDS = 24 * 3600

BRAND = '<h1 class="fn-brand">Footnote<sup aria-hidden="true">1</sup></h1>'


def build_chat(product: Product, history: History, count_turn: Callable[[str], None] = nobody_counts) -> gr.Blocks:
    """Return the page as Blocks, with its events; nothing is started."""
    blocks = gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True, fill_width=True)
    with blocks:
        _wire(blocks, _laid_out(), Events(product, history, count_turn))
    blocks.queue(max_size=MAX_QUEUED_QUESTIONS, default_concurrency_limit=4, api_open=False)
    return blocks


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the page that events read or write; Any, since a part's events are named by its script."""

    talk: Any
    arrived: Any  # the page's own memory: what it is called with, its language,
    language: Any
    articles: Any  # and the articles it asks (`ui.chat.library_view.asked_ids`)
    drawer: Any
    listed: Any
    header: Any
    conversation: Any
    draft: Any
    suggested: Any
    notices: Any
    box: Any
    ask: Any
    stop: Any
    close: Any
    adding: Any
    finder: Any
    listing: Any
    source: Any

    @property
    def framed(self) -> list[Any]:
        """What is written anew in another language, in the order of `Events._frame`."""
        return [
            *(self.language, self.articles, self.header, self.notices, self.box, self.ask, self.stop, self.close),
            *(self.drawer, self.adding, self.finder, self.listing),
        ]


def _laid_out() -> Parts:
    """Lay the page out: the drawer, the conversation, and the library or the source beside it."""
    part: dict[str, Any] = {"talk": gr.State(ChatWindow(), time_to_live=SESSION_SECONDS)}
    for name in ("arrived", "language", "articles"):
        part[name] = gr.Textbox(visible=False)
    with gr.Row(elem_id="fn-page"):
        with gr.Column(elem_id="fn-drawer"):
            part["drawer"] = _html("", elem_id="fn-drawer-head")
            part["listed"] = _html("", elem_id="fn-drawer-list", tells="list")
        with gr.Column(elem_id="fn-main"):
            part["header"] = _html(BRAND, elem_id="fn-header", tells="header")
            part["conversation"] = _html("", elem_id="fn-conversation", js_on_load=BEHAVE)
            part["draft"] = _html("", elem_id="fn-draft", tells="draft")
            part["suggested"] = _html("", elem_id="fn-suggested", tells="suggested")
            hidden = notices_html(words=wording_of(None))
            part["notices"] = _html(hidden, elem_id="fn-notices", tells="notices")
            with gr.Row(elem_id="fn-composer"):
                part["box"] = gr.Textbox(show_label=False, container=False, max_lines=5, interactive=True)
                part["ask"] = gr.Button("", variant="primary", elem_id="fn-ask", min_width=88, scale=0)
                part["stop"] = gr.Button("", elem_id="fn-stop", min_width=88, scale=0)
        with gr.Column(elem_id="fn-side"):
            part["close"] = _html("", elem_id="fn-sheet-bar")
            with gr.Column(elem_id="fn-library"):
                part["adding"] = _html("", elem_id="fn-adding", tells="adding")
                part["finder"] = _html("", elem_id="fn-finding", tells="finder")
                part["listing"] = _html("", elem_id="fn-listing", tells="listing")
            part["source"] = _html("", elem_id="fn-source", tells="source")
    return Parts(**part)


class Events:
    """What becomes of each event of the page; the values returned go into parts as `_wire` says.

    ``language`` and ``told`` (the articles that are asked) are the page's own memory.
    """

    def __init__(self, product: Product, history: History, count_turn: Callable[[str], None] = nobody_counts) -> None:
        self._product, self._history = product, history
        self._talking, self._suggestions = ChatSessions(product, history, count_turn), Suggestions(product)

    # The page

    def arrive(self, arrived: str, request: gr.Request) -> tuple[Any, ...]:
        wanted = arrival(arrived)
        words = arrival_wording(wanted, request.headers.get("accept-language", ""))
        named = wanted.get("conversation", "")
        talk = self._talking.resumed(ChatWindow(), wanted.get("owner", ""), named)
        place = {"turn": "", "places": [], "number": 0, "article_id": wanted.get("article", "")}
        return (
            *self._frame(words, wanted.get("articles", "")),
            self._shown(talk, words, is_missing=bool(named) and talk.conversation_id is None),
            views.talk_source(self._product.library, talk, words=words)
            if talk.turns
            else views.place_html(self._product.library, place, words=words),
            talk,
        )

    def choose_language(self, talk: ChatWindow, told: str, event: gr.EventData) -> tuple[Any, ...]:
        wanted = event._data if isinstance(event._data, dict) else {}
        words = wording_of(text_of(wanted, "language"))
        talk = self._talking.resumed(talk, text_of(wanted, "owner"), text_of(wanted, "conversation") or None)
        return (
            *self._frame(words, told, wanted.get("view")),
            self._shown(talk, words),
            views.place_html(self._product.library, wanted.get("shown"), words=words),
            talk,
        )

    def show_place(self, language: str, event: gr.EventData) -> str:
        return views.place_html(self._product.library, event._data, words=wording_of(language))

    def _frame(self, words: Wording, told: str, view: Any = None) -> tuple[Any, ...]:
        """Return what stands around the conversation, for `Parts.framed`."""
        asked = asked_ids(self._product.library, told)
        placeholder = words.text("composer.placeholder")
        return (
            words.language,
            json.dumps(asked),
            header_html(len(self._product.library.articles()), words=words),
            views.notices_html(self._product.library, asked, words=words),
            gr.update(label=words.text("composer.label"), placeholder=placeholder),
            gr.update(value=words.text("composer.ask")),
            gr.update(value=words.text("composer.stop")),
            close_html(words=words),
            drawer_html(words=words, lasts=self._history.lasts),
            adding_html(can_add=self._product.adding is not None, most_bytes=MAX_UPLOAD_BYTES, words=words),
            *views.shelf_html(self._product, view, asked, words=words),
        )

    def _shown(self, talk: ChatWindow, words: Wording, *, is_missing: bool = False) -> str:
        lasts = self._history.lasts
        return views.conversation_html(self._product, talk, words=words, lasts=lasts, is_missing=is_missing)

    # Conversations

    def ask(
        self, talk: ChatWindow, language: str, told: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        address = request.client.host if request.client else ""
        wish, words, same = replace(wish_of(event._data), address=address), wording_of(language), gr.skip()
        for step in self._talking.ask(talk, wish, self._asked_by(event, told) or None):
            if isinstance(step, ChatWindow):
                source = views.turn_source(self._product.library, step.turns[-1], words=words)
                yield same, self._shown(step, words), "", same if source is None else source, step
            elif step.deltas:
                yield same, same, views.draft_html(step, words=words), same, same
            else:
                emptied = "" if wish.is_typed else same
                yield emptied, same, views.writing_html(step, words=words), same, same

    def stop(self, event: gr.EventData) -> None:
        self._talking.stop(text_of(event._data, "key"))

    def open_conversation(self, language: str, event: gr.EventData) -> tuple[Any, ...]:
        words, named = wording_of(language), text_of(event._data, "conversation")
        talk = self._talking.resumed(ChatWindow(), text_of(event._data, "owner"), named or None)
        asked = asked_ids(self._product.library, json.dumps(talk.article_ids))
        return (
            json.dumps(asked),
            views.notices_html(self._product.library, asked, words=words),
            self._shown(talk, words, is_missing=bool(named) and talk.conversation_id is None),
            views.talk_source(self._product.library, talk, words=words),
            talk,
        )

    def list_conversations(self, language: str, event: gr.EventData) -> str:
        return views.conversations_html(self._history, event._data, words=wording_of(language))

    def suggest(self, language: str, told: str) -> str:
        asked = asked_ids(self._product.library, told)
        one = asked[0] if len(asked) == 1 else ""
        return views.suggested_html(self._suggestions, one, words=wording_of(language))

    # The library

    def choose_articles(self, language: str, event: gr.EventData) -> tuple[str, str]:
        asked = self._asked_by(event)
        return json.dumps(asked), views.notices_html(self._product.library, asked, words=wording_of(language))

    def list_articles(self, language: str, told: str, event: gr.EventData) -> str:
        asked = asked_ids(self._product.library, told)
        return views.listing_html(self._product, event._data, asked, words=wording_of(language))

    def library_changed(self, talk: ChatWindow, language: str, told: str, event: gr.EventData) -> tuple[Any, ...]:
        wanted = event._data if isinstance(event._data, dict) else {}
        words, asked = wording_of(language), self._asked_by(event, told)
        return (
            json.dumps(asked),
            header_html(len(self._product.library.articles()), words=words),
            views.notices_html(self._product.library, asked, words=words),
            *views.shelf_html(self._product, wanted.get("view"), asked, words=words),
            gr.skip() if talk.turns else self._shown(talk, words),
            views.place_html(self._product.library, wanted.get("shown"), words=words),
        )

    def _asked_by(self, event: gr.EventData, told: str = "") -> tuple[str, ...]:
        return asked_ids(self._product.library, text_of(event._data, "articles") or told)


def _wire(blocks: gr.Blocks, parts: Parts, events: Events) -> None:
    """Say what hears each event, from which parts, and which parts it writes."""
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    whole = [*parts.framed, parts.conversation, parts.source, parts.talk]
    blocks.load(events.arrive, inputs=parts.arrived, outputs=whole, js=ARRIVE, **quiet)
    told = parts.conversation
    told.choose_language(events.choose_language, inputs=[parts.talk, parts.articles], outputs=whole, **quiet)
    told.show_place(events.show_place, inputs=parts.language, outputs=parts.source, **quiet)
    _wire_conversations(parts, events, quiet)
    _wire_library(parts, events, quiet)


def _wire_conversations(parts: Parts, events: Events, quiet: dict[str, Any]) -> None:
    told, language = parts.conversation, parts.language
    # The page asks one question at a time; while one is being closed it may ask the next.
    told.ask_question(
        events.ask,
        inputs=[parts.talk, language, parts.articles],
        outputs=[parts.box, parts.conversation, parts.draft, parts.source, parts.talk],
        trigger_mode="multiple",
        **quiet,
    )
    told.reopen_stream(lambda: None, trigger_mode="multiple", **quiet)  # see connection.js
    told.stop_asking(events.stop, trigger_mode="multiple", **quiet)
    opened = [parts.articles, parts.notices, parts.conversation, parts.source, parts.talk]
    told.open_conversation(events.open_conversation, inputs=language, outputs=opened, **quiet)
    latest = {**quiet, "trigger_mode": "always_last"}
    told.list_conversations(events.list_conversations, inputs=language, outputs=parts.listed, **latest)
    told.suggest(events.suggest, inputs=[language, parts.articles], outputs=parts.suggested, **quiet)


def _wire_library(parts: Parts, events: Events, quiet: dict[str, Any]) -> None:
    # All are heard, one after the other: Gradio would drop what comes while another is under way, or let the
    # library as it was before a choice write over the choice.
    in_order = {**quiet, "trigger_mode": "multiple", "concurrency_limit": 1, "concurrency_id": "library"}
    told, language, articles = parts.conversation, parts.language, parts.articles
    told.choose_articles(events.choose_articles, inputs=language, outputs=[articles, parts.notices], **in_order)
    told.list_articles(events.list_articles, inputs=[language, articles], outputs=parts.listing, **in_order)
    told.library_changed(
        events.library_changed,
        inputs=[parts.talk, language, articles],
        outputs=[
            *(articles, parts.header, parts.notices, parts.finder, parts.listing, parts.conversation, parts.source)
        ],
        **in_order,
    )


def arrival(told: str) -> dict[str, str]:
    """Return what a page says of itself when it is opened; what makes no sense counts as not said."""
    try:
        wanted = json.loads(told)
    except ValueError:
        return {}
    return {k: v for k, v in wanted.items() if isinstance(v, str)} if isinstance(wanted, dict) else {}


def arrival_wording(wanted: dict[str, str], accept_language: str) -> Wording:
    """Return the words of the language asked for in the address, else kept by the page, else liked by the browser."""
    named = next((wanted[key] for key in ("address", "kept") if wanted.get(key) in wordings()), None)
    return wording_of(named) if named else negotiated(accept_language)


def mount_chat(
    app: FastAPI, product: Product, history: History, count_turn: Callable[[str], None] = nobody_counts
) -> None:
    """Serve the page at the app's root; routes added later would never be reached.

    Gradio makes its locks here. Outside a running event loop it would leave a
    new, unclosed loop behind for each of them; in a thread of its own there is
    one, and no other.
    """
    if not has_known_texts():
        logger.warning(
            "Gradio %s is not one that the page was tried with: it works, but its security policy has to let texts be "
            "compiled ('unsafe-eval'); with gradio %s to %s it has not",
            gr.__version__,
            *(".".join(map(str, known)) for known in (KNOWN_FROM, KNOWN_TO)),
        )

    async def mount() -> None:
        gr.mount_gradio_app(
            app,
            build_chat(product, history, count_turn),
            path="/",
            footer_links=[],
            run_history=False,
            show_error=False,
            max_file_size="1kb",
            ssr_mode=False,
            enable_monitoring=False,
            pwa=False,
            mcp_server=False,
            theme=theme(),
            head=styles(),
        )

    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(lambda: asyncio.run(mount())).result()


def head() -> str:
    """Return what the page's head gets as it is sent (`ui.http.page_policy.ChatPage`): the scripts, as functions.

    What Gradio is given are calls of them, which `static/compiled.js` knows.
    """
    early = joined(STATIC / "head.js")
    behave = f"window.footnotePage.behave = (...gradio) => {{\n{script()}\nbehave(...gradio);\n}};"
    return f'{_static("head.html")}<script>\n(() => {{\n"use strict";\n{early}\n{behave}\n}})();\n</script>'


def styles() -> str:
    """Return the page's styles for Gradio's ``head``: it adds them after its own, and rewrites those of its ``css``."""
    return f"<style>{chr(10).join(_static(f'{name}.css') for name in STYLES)}</style>"


def script() -> str:
    """Return the page's behaviour, which ends in a function ``behave``."""
    return joined(STATIC / "main.js")


def _static(name: str) -> str:
    return static_text(STATIC, name)


def has_known_texts(version: str = gr.__version__) -> bool:
    """Tell whether this Gradio compiles the texts that `static/compiled.js` knows, and no others."""
    major_and_minor = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    return KNOWN_FROM <= major_and_minor <= KNOWN_TO


def theme() -> gr.themes.Base:
    """Return a theme of system fonts: Gradio's own is fetched from elsewhere."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif"]
    return gr.themes.Base(font=sans, font_mono=["ui-monospace", "Liberation Mono", "monospace"])


def _html(value: str, *, elem_id: str, js_on_load: str | None = None, tells: str = "") -> Any:
    """Return a ``gr.HTML`` that shows its value as it is, and with ``tells`` has the page hear when it changes."""
    changed = f'footnotePage.tell(watch, "{tells}")'
    return gr.HTML(
        value,
        html_template="${value}",
        js_on_load=changed if tells else js_on_load,
        apply_default_css=False,
        padding=False,
        elem_id=elem_id,
    )
