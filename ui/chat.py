"""The chat page: the only file that imports Gradio.

Gradio carries the page, its events and its queue; the conversation and the
source are HTML of `ui.render`, shown by two ``gr.HTML`` whose template is
nothing but ``${value}``: a value is then inserted, never compiled. (Gradio
would compile a template that a value had been written into.) A ``gr.Chatbot``
would render articles' words as Markdown and strip the attributes that make a
footnote reachable by keyboard.

What a click shows is told by the click itself, so old turns keep working and
the server keeps only the conversation's HTML.
"""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from index.article import Span
from index.errors import FootnoteError
from qa.answer import Answer, Reply
from ui import render
from ui.product import Library, Product

# Both are read by gradio: nothing is reported to its makers, and no statistics of all questions so far are
# computed with pandas after each one, which is for a monitoring page that is not served.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
import gradio as gr

STATIC = Path(__file__).with_name("static")
MAX_TURNS = 50
MAX_QUEUED_QUESTIONS = 64
SESSION_SECONDS = 24 * 3600
SOURCE_SCRIPT = 'watch("value", () => document.dispatchEvent(new CustomEvent("fn-source-changed")));'
HEADER = (
    '<h1 class="fn-brand">Footnote<sup aria-hidden="true">1</sup></h1>'
    '<button type="button" class="fn-plain fn-only-small" data-open="">Read the article</button>'
)
CLOSE = '<button type="button" id="fn-close" class="fn-plain fn-only-small">Close</button>'

logger = logging.getLogger(__name__)
Turns = list[str]


def build_chat(product: Product) -> gr.Blocks:
    """Return the page as Blocks, with its events; nothing is started."""
    blocks = gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True, fill_width=True)
    with blocks:
        turns = gr.State([], time_to_live=SESSION_SECONDS)
        with gr.Row(elem_id="fn-page"):
            with gr.Column(elem_id="fn-main"):
                _html(HEADER, elem_id="fn-header")
                conversation = _html(
                    "", elem_id="fn-conversation", js_on_load=(STATIC / "chat.js").read_text(encoding="utf-8")
                )
                with gr.Row(elem_id="fn-composer"):
                    box = gr.Textbox(
                        label="Question",
                        placeholder="Ask a question",
                        show_label=False,
                        container=False,
                        max_lines=5,
                    )
                    button = gr.Button("Ask", variant="primary", elem_id="fn-ask", min_width=88, scale=0)
            with gr.Column(elem_id="fn-side"):
                _html(CLOSE, elem_id="fn-sheet-bar")
                source = _html("", elem_id="fn-source", js_on_load=SOURCE_SCRIPT)

        def welcome() -> tuple[str, str]:
            articles = product.library.articles()
            return render.welcome_html(len(articles), product.example_questions), first_source(product.library)

        def ask(question: str, turns: Turns) -> Iterator[tuple[Any, ...]]:
            if not question.strip():
                # Not a bare return: Gradio empties the outputs of a generator that gives no value.
                yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
                return
            yield "", "".join([*turns, render.pending_html(question)]), gr.skip(), turns
            turn, shown = answer(product, question, number=len(turns) + 1)
            turns = [*turns, turn][-MAX_TURNS:]
            yield gr.skip(), "".join(turns), gr.skip() if shown is None else shown, turns

        def ask_example(turns: Turns, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
            yield from ask(str(event.question), turns)

        def show_place(event: gr.EventData) -> str:
            return place_html(product.library, event._data)

        answered = [box, conversation, source, turns]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(welcome, outputs=[conversation, source], **quiet)
        gr.on([box.submit, button.click], ask, inputs=[box, turns], outputs=answered, **quiet)
        conversation.ask_example(ask_example, inputs=turns, outputs=answered, **quiet)
        conversation.show_place(show_place, outputs=source, **quiet)
    blocks.queue(max_size=MAX_QUEUED_QUESTIONS, default_concurrency_limit=4, api_open=False)
    return blocks


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
    styles = (STATIC / "chat.css").read_text(encoding="utf-8")
    return (STATIC / "head.html").read_text(encoding="utf-8") + f"<style>{styles}</style>"


def theme() -> gr.themes.Base:
    """Return a theme of system fonts: Gradio's own is fetched from elsewhere."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif"]
    return gr.themes.Base(font=sans, font_mono=["ui-monospace", "Liberation Mono", "monospace"])


def answer(product: Product, question: str, *, number: int) -> tuple[str, str | None]:
    """Return the turn of a question and the source to show beside it, or None to leave that as it is."""
    try:
        reply = product.assistant.ask(question)
        titles = {} if isinstance(reply, Answer) else {a.id: a.title for a in product.library.articles()}
        return render.reply_html(reply, turn=number, titles=titles), reply_source(product.library, reply, number)
    except FootnoteError as error:
        return render.failure_html(question, str(error)), None
    except Exception:  # noqa: BLE001 -- the page must say that it failed; the log says why
        return render.failure_html(question, f"Something went wrong here. The log has more under {log_defect()}."), None


def reply_source(library: Library, reply: Reply, number: int) -> str:
    """Return the article a reply speaks of first; the first quote of an answer is emphasised."""
    places = render.places(reply)
    if not places:
        return first_source(library)
    focus = places[0].number if isinstance(reply, Answer) else None
    return render.source_html(
        library.article(places[0].article_id), places, turn=render.turn_key(reply, number), focus=focus
    )


def log_defect() -> str:
    """Log the exception being handled and return the id it can be found by."""
    log_id = uuid.uuid4().hex[:8]
    logger.exception("defect %s", log_id)
    return log_id


def first_source(library: Library) -> str:
    """Return what the pane holds before a question: the article, or the list of them."""
    articles = library.articles()
    if len(articles) == 1:
        return render.source_html(library.article(articles[0].id))
    return render.library_html(articles) if articles else ""


def place_html(library: Library, wanted: Any) -> str:
    """Return the article that a click asks for, with the places of the click's turn marked.

    The click comes from a browser: nothing about it is taken for granted.
    """
    try:
        shown = [render.Place(int(n), str(a), Span(int(s), int(e))) for n, a, s, e in wanted["places"]]
        number, turn = int(wanted["number"]), str(wanted["turn"])
        article_id = next((p.article_id for p in shown if p.number == number), str(wanted.get("article_id", "")))
        return render.source_html(library.article(article_id), shown, turn=turn, focus=number)
    except (FootnoteError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
        return render.missing_html()


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
