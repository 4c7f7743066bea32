"""The chat page: the only file that imports Gradio.

Gradio carries the page, its events and its queue; what is to be seen is HTML of
`ui.page`, shown by ``gr.HTML`` whose template is nothing but ``${value}``: a
value is then inserted, never compiled. (Gradio would compile a template that a
value had been written into.) A ``gr.Chatbot`` would render articles' words as
Markdown and strip the attributes that make a footnote reachable by keyboard.

What a click shows is told by the click itself, and the page itself knows its
language and the article it asks: old turns keep working, a restarted server
too. What is asked and kept is `ui.talking`'s.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from ui import page, render
from ui.history import History
from ui.listing import asked_ids
from ui.product import Product
from ui.suggestions import Suggestions
from ui.talking import Talk, Talking, text_of, wish_of
from ui.wording import Wording, negotiated, wording_of, wordings

# Both are read by gradio: nothing is reported to its makers, and no statistics of all questions so far are
# computed with pandas after each one, which is for a monitoring page that is not served.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
import gradio as gr

STATIC = Path(__file__).with_name("static")
STYLES = ("paper", "frame", "conversation", "turns", "card", "source", "library", "screens", "history")
SCRIPTS = (
    *("page", "appearance", "source", "card", "copying", "tour", "asking", "turns", "thumbs", "connection", "library"),
    *("adding", "history", "conversation"),
)
MAX_QUEUED_QUESTIONS = 64
SESSION_SECONDS = 24 * 3600
CHANGED = 'watch("value", () => document.dispatchEvent(new CustomEvent("{}")));'

BRAND = '<h1 class="fn-brand">Footnote<sup aria-hidden="true">1</sup></h1>'


def build_chat(product: Product, history: History) -> gr.Blocks:
    """Return the page as Blocks, with its events; nothing is started."""
    talking, suggestions = Talking(product, history), Suggestions(product)
    blocks = gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True, fill_width=True)
    with blocks:
        talk = gr.State(Talk(), time_to_live=SESSION_SECONDS)
        # The page's own memory: what it is called with, its language, the articles it asks (`ui.listing.asked_ids`).
        arrived, language, article = (gr.Textbox(visible=False) for _ in range(3))
        with gr.Row(elem_id="fn-page"):
            with gr.Column(elem_id="fn-drawer"):
                drawer = _html("", elem_id="fn-drawer-head")
                listed = _html("", elem_id="fn-drawer-list", js_on_load=CHANGED.format("fn-list-changed"))
            with gr.Column(elem_id="fn-main"):
                header = _html(BRAND, elem_id="fn-header", js_on_load=CHANGED.format("fn-header-changed"))
                conversation = _html("", elem_id="fn-conversation", js_on_load=script())
                draft = _html("", elem_id="fn-draft", js_on_load=CHANGED.format("fn-draft-changed"))
                suggested = _html("", elem_id="fn-suggested", js_on_load=CHANGED.format("fn-suggested-changed"))
                notices = _html(
                    render.notices_html(words=wording_of(None)),
                    elem_id="fn-notices",
                    js_on_load=CHANGED.format("fn-notices-changed"),
                )
                with gr.Row(elem_id="fn-composer"):
                    box = gr.Textbox(show_label=False, container=False, max_lines=5, interactive=True)
                    button = gr.Button("", variant="primary", elem_id="fn-ask", min_width=88, scale=0)
                    stop_button = gr.Button("", elem_id="fn-stop", min_width=88, scale=0)
            with gr.Column(elem_id="fn-side"):
                close = _html("", elem_id="fn-sheet-bar")
                with gr.Column(elem_id="fn-library"):
                    adding = _html("", elem_id="fn-adding", js_on_load=CHANGED.format("fn-adding-changed"))
                    finder = _html("", elem_id="fn-finding", js_on_load=CHANGED.format("fn-finder-changed"))
                    listing = _html("", elem_id="fn-listing", js_on_load=CHANGED.format("fn-listing-changed"))
                source = _html("", elem_id="fn-source", js_on_load=CHANGED.format("fn-source-changed"))

        def asked_by(event: gr.EventData, told: str = "") -> tuple[str, ...]:
            return asked_ids(product.library, text_of(event._data, "articles") or told)

        def frame(words: Wording, told: str, view: Any = None) -> tuple[Any, ...]:
            asked = asked_ids(product.library, told)
            placeholder = words.text("composer.placeholder")
            return (
                words.language,
                json.dumps(asked),
                render.header_html(len(product.library.articles()), words=words),
                page.notices_html(product.library, asked, words=words),
                gr.update(label=words.text("composer.label"), placeholder=placeholder),
                gr.update(value=words.text("composer.ask")),
                gr.update(value=words.text("composer.stop")),
                render.close_html(words=words),
                render.drawer_html(words=words, lasts=history.lasts),
                page.adding_html(product, words=words),
                *page.shelf_html(product, view, asked, words=words),
            )

        def shown(talk: Talk, words: Wording, *, is_missing: bool = False) -> str:
            return page.conversation_html(product, talk, words=words, lasts=history.lasts, is_missing=is_missing)

        def arrive(arrived: str, request: gr.Request) -> tuple[Any, ...]:
            wanted = arrival(arrived)
            words = arrival_wording(wanted, request.headers.get("accept-language", ""))
            named = wanted.get("conversation", "")
            talk = talking.resumed(Talk(), wanted.get("owner", ""), named)
            place = {"turn": "", "places": [], "number": 0, "article_id": wanted.get("article", "")}
            return (
                *frame(words, wanted.get("articles", "")),
                shown(talk, words, is_missing=bool(named) and talk.conversation_id is None),
                page.talk_source(product.library, talk, words=words)
                if talk.turns
                else page.place_html(product.library, place, words=words),
                talk,
            )

        def choose_language(talk: Talk, told: str, event: gr.EventData) -> tuple[Any, ...]:
            wanted = event._data if isinstance(event._data, dict) else {}
            words = wording_of(text_of(wanted, "language"))
            talk = talking.resumed(talk, text_of(wanted, "owner"), text_of(wanted, "conversation") or None)
            return (
                *frame(words, told, wanted.get("view")),
                shown(talk, words),
                page.place_html(product.library, wanted.get("shown"), words=words),
                talk,
            )

        def open_conversation(language: str, event: gr.EventData) -> tuple[Any, ...]:
            words, named = wording_of(language), text_of(event._data, "conversation")
            talk = talking.resumed(Talk(), text_of(event._data, "owner"), named or None)
            asked = asked_ids(product.library, json.dumps(talk.article_ids))
            return (
                json.dumps(asked),
                page.notices_html(product.library, asked, words=words),
                shown(talk, words, is_missing=bool(named) and talk.conversation_id is None),
                page.talk_source(product.library, talk, words=words),
                talk,
            )

        def list_conversations(language: str, event: gr.EventData) -> str:
            return page.conversations_html(history, event._data, words=wording_of(language))

        def ask(talk: Talk, language: str, told: str, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
            wish, words, same = wish_of(event._data), wording_of(language), gr.skip()
            for step in talking.ask(talk, wish, asked_by(event, told) or None):
                if isinstance(step, Talk):
                    source = page.turn_source(product.library, step.turns[-1], words=words)
                    yield same, shown(step, words), "", same if source is None else source, step
                elif step.deltas:
                    yield same, same, page.draft_html(step, words=words), same, same
                else:
                    emptied = "" if wish.is_typed else same
                    yield emptied, same, page.writing_html(step, words=words), same, same

        def stop(event: gr.EventData) -> None:
            talking.stop(text_of(event._data, "key"))

        def choose_articles(language: str, event: gr.EventData) -> tuple[str, str]:
            asked = asked_by(event)
            return json.dumps(asked), page.notices_html(product.library, asked, words=wording_of(language))

        def list_articles(language: str, told: str, event: gr.EventData) -> str:
            asked = asked_ids(product.library, told)
            return page.listing_html(product, event._data, asked, words=wording_of(language))

        def library_changed(talk: Talk, language: str, told: str, event: gr.EventData) -> tuple[Any, ...]:
            wanted = event._data if isinstance(event._data, dict) else {}
            words, asked = wording_of(language), asked_by(event, told)
            return (
                json.dumps(asked),
                render.header_html(len(product.library.articles()), words=words),
                page.notices_html(product.library, asked, words=words),
                *page.shelf_html(product, wanted.get("view"), asked, words=words),
                gr.skip() if talk.turns else shown(talk, words),
                page.place_html(product.library, wanted.get("shown"), words=words),
            )

        def suggest(language: str, told: str) -> str:
            asked = asked_ids(product.library, told)
            return page.suggested_html(suggestions, asked[0] if len(asked) == 1 else "", words=wording_of(language))

        def show_place(language: str, event: gr.EventData) -> str:
            return page.place_html(product.library, event._data, words=wording_of(language))

        framed = [language, article, header, notices, box, button, stop_button, close, drawer, adding, finder, listing]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(
            arrive,
            inputs=arrived,
            outputs=[*framed, conversation, source, talk],
            js=(STATIC / "arrived.js").read_text(encoding="utf-8"),
            **quiet,
        )
        # The page asks one question at a time; while one is being closed it may ask the next.
        conversation.ask_question(
            ask,
            inputs=[talk, language, article],
            outputs=[box, conversation, draft, source, talk],
            trigger_mode="multiple",
            **quiet,
        )
        conversation.reopen_stream(lambda: None, trigger_mode="multiple", **quiet)  # see connection.js
        conversation.stop_asking(stop, trigger_mode="multiple", **quiet)
        conversation.open_conversation(
            open_conversation, inputs=language, outputs=[article, notices, conversation, source, talk], **quiet
        )
        conversation.list_conversations(
            list_conversations, inputs=language, outputs=listed, trigger_mode="always_last", **quiet
        )
        conversation.suggest(suggest, inputs=[language, article], outputs=suggested, **quiet)
        # All are heard, one after the other: Gradio would drop what comes while another is under way, or let the
        # library as it was before a choice write over the choice.
        in_order = {**quiet, "trigger_mode": "multiple", "concurrency_limit": 1, "concurrency_id": "library"}
        conversation.choose_articles(choose_articles, inputs=language, outputs=[article, notices], **in_order)
        conversation.list_articles(list_articles, inputs=[language, article], outputs=listing, **in_order)
        conversation.library_changed(
            library_changed,
            inputs=[talk, language, article],
            outputs=[article, header, notices, finder, listing, conversation, source],
            **in_order,
        )
        conversation.show_place(show_place, inputs=language, outputs=source, **quiet)
        conversation.choose_language(
            choose_language, inputs=[talk, article], outputs=[*framed, conversation, source, talk], **quiet
        )
    blocks.queue(max_size=MAX_QUEUED_QUESTIONS, default_concurrency_limit=4, api_open=False)
    return blocks


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


def mount_chat(app: FastAPI, product: Product, history: History) -> None:
    """Serve the page at the app's root; routes added later would never be reached.

    Gradio makes its locks here. Outside a running event loop it would leave a
    new, unclosed loop behind for each of them; in a thread of its own there is
    one, and no other.
    """

    async def mount() -> None:
        gr.mount_gradio_app(
            app,
            build_chat(product, history),
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
            head=head(),
        )

    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(lambda: asyncio.run(mount())).result()


def head() -> str:
    """Return what the page's head gets: the styles too, as Gradio rewrites the selectors of its ``css``."""
    styles = "\n".join((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)
    return (STATIC / "head.html").read_text(encoding="utf-8") + f"<style>{styles}</style>"


def script() -> str:
    """Return the page's behaviour: files that share one scope, in an order that reads from the ground up."""
    return "\n".join((STATIC / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)


def theme() -> gr.themes.Base:
    """Return a theme of system fonts: Gradio's own is fetched from elsewhere."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif"]
    return gr.themes.Base(font=sans, font_mono=["ui-monospace", "Liberation Mono", "monospace"])


def _html(value: str, *, elem_id: str, js_on_load: str | None = None) -> Any:
    """Return a ``gr.HTML`` that shows its value as it is; Any, since its events are named by its script."""
    return gr.HTML(
        value,
        html_template="${value}",
        js_on_load=js_on_load,
        apply_default_css=False,
        padding=False,
        elem_id=elem_id,
    )
