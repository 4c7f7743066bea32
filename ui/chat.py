"""The chat page: the only file that imports Gradio.

Gradio carries the page, its events and its queue; what is to be seen is HTML of
`ui.page`, shown by ``gr.HTML`` whose template is nothing but ``${value}``: a
value is then inserted, never compiled. (Gradio would compile a template that a
value had been written into.) A ``gr.Chatbot`` would render articles' words as
Markdown and strip the attributes that make a footnote reachable by keyboard.

What a click shows is told by the click itself, and the page itself knows its
language and the article it asks: old turns keep working, a restarted server
too, and the server keeps only the conversation.
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
from ui.page import Turn
from ui.product import Product
from ui.wording import Wording, negotiated, wording_of, wordings

# Both are read by gradio: nothing is reported to its makers, and no statistics of all questions so far are
# computed with pandas after each one, which is for a monitoring page that is not served.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
import gradio as gr

STATIC = Path(__file__).with_name("static")
STYLES = ("paper", "frame", "conversation", "card", "source", "screens")
SCRIPTS = ("page", "appearance", "source", "card", "copying", "tour", "connection", "conversation")
MAX_QUEUED_QUESTIONS = 64
SESSION_SECONDS = 24 * 3600
CHANGED = 'watch("value", () => document.dispatchEvent(new CustomEvent("{}")));'

BRAND = '<h1 class="fn-brand">Footnote<sup aria-hidden="true">1</sup></h1>'

Turns = list[Turn]


def build_chat(product: Product) -> gr.Blocks:
    """Return the page as Blocks, with its events; nothing is started."""
    blocks = gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True, fill_width=True)
    with blocks:
        turns = gr.State([], time_to_live=SESSION_SECONDS)
        # The page's own memory: what it is called with, its language, the one article it asks.
        arrived, language, article = (gr.Textbox(visible=False) for _ in range(3))
        with gr.Row(elem_id="fn-page"):
            with gr.Column(elem_id="fn-main"):
                header = _html(BRAND, elem_id="fn-header", js_on_load=CHANGED.format("fn-header-changed"))
                conversation = _html("", elem_id="fn-conversation", js_on_load=script())
                notices = _html(render.notices_html(None, words=wording_of(None)), elem_id="fn-notices")
                with gr.Row(elem_id="fn-composer"):
                    box = gr.Textbox(show_label=False, container=False, max_lines=5)
                    button = gr.Button("", variant="primary", elem_id="fn-ask", min_width=88, scale=0)
            with gr.Column(elem_id="fn-side"):
                close = _html("", elem_id="fn-sheet-bar")
                source = _html("", elem_id="fn-source", js_on_load=CHANGED.format("fn-source-changed"))

        def frame(words: Wording, article_id: str) -> tuple[Any, ...]:
            article_id, title = page.asked_article(product.library, article_id)
            placeholder = words.text("composer.placeholder")
            return (
                words.language,
                article_id,
                render.header_html(len(product.library.articles()), words=words),
                render.notices_html(title, words=words),
                gr.update(label=words.text("composer.label"), placeholder=placeholder),
                gr.update(value=words.text("composer.ask")),
                render.close_html(words=words),
            )

        def arrive(arrived: str, request: gr.Request) -> tuple[Any, ...]:
            wanted = arrival(arrived)
            words = arrival_wording(wanted, request.headers.get("accept-language", ""))
            shown = {"turn": "", "places": [], "number": 0, "article_id": wanted.get("article", "")}
            return (
                *frame(words, wanted.get("article", "")),
                page.conversation_html(product, [], words=words),
                page.place_html(product.library, shown, words=words),
            )

        def choose_language(turns: Turns, article_id: str, event: gr.EventData) -> tuple[Any, ...]:
            wanted = event._data if isinstance(event._data, dict) else {}
            words = wording_of(str(wanted.get("language")))
            return (
                *frame(words, article_id),
                page.conversation_html(product, turns, words=words),
                page.place_html(product.library, wanted.get("shown"), words=words),
            )

        def ask(question: str, turns: Turns, language: str, article_id: str) -> Iterator[tuple[Any, ...]]:
            if not question.strip():
                # Not a bare return: Gradio empties the outputs of a generator that gives no value.
                yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
                return
            words = wording_of(language)
            before = page.conversation_html(product, turns, words=words) if turns else ""
            yield "", before + render.pending_html(question, words=words), gr.skip(), turns
            number = turns[-1].number + 1 if turns else 1
            turn = page.answer(product, question, number=number, article_id=article_id)
            turns = [*turns, turn][-page.MAX_TURNS :]
            shown = page.turn_source(product.library, turn, words=words)
            conversation = page.conversation_html(product, turns, words=words)
            yield gr.skip(), conversation, gr.skip() if shown is None else shown, turns

        def ask_example(turns: Turns, language: str, article_id: str, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
            yield from ask(str(event.question), turns, language, article_id)

        def ask_all(language: str) -> tuple[str, str]:
            return "", render.notices_html(None, words=wording_of(language))

        def show_place(language: str, event: gr.EventData) -> str:
            return page.place_html(product.library, event._data, words=wording_of(language))

        framed = [language, article, header, notices, box, button, close]
        answered = [box, conversation, source, turns]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(
            arrive,
            inputs=arrived,
            outputs=[*framed, conversation, source],
            js=(STATIC / "arrived.js").read_text(encoding="utf-8"),
            **quiet,
        )
        gr.on([box.submit, button.click], ask, inputs=[box, turns, language, article], outputs=answered, **quiet)
        conversation.ask_example(ask_example, inputs=[turns, language, article], outputs=answered, **quiet)
        conversation.ask_all(ask_all, inputs=language, outputs=[article, notices], **quiet)
        conversation.show_place(show_place, inputs=language, outputs=source, **quiet)
        conversation.choose_language(
            choose_language, inputs=[turns, article], outputs=[*framed, conversation, source], **quiet
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


def mount_chat(app: FastAPI, product: Product) -> None:
    """Serve the page at the app's root; routes added later would never be reached.

    Gradio makes its locks here. Outside a running event loop it would leave a
    new, unclosed loop behind for each of them; in a thread of its own there is
    one, and no other.
    """

    async def mount() -> None:
        gr.mount_gradio_app(
            app,
            build_chat(product),
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
