"""What the chat page shows: turns, and the source beside them, in the words of one language.

Between the page's framework (`ui.chat`) and the HTML (`ui.render`): a question
becomes a turn, a click becomes an article with its places marked. A turn keeps
values, not HTML, so that it can be shown in another language.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from index.article import Span
from index.errors import FootnoteError
from qa.answer import Answer, Reply
from ui import render
from ui.product import Library, Product
from ui.wording import Wording

MAX_TURNS = 50

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it; without a reply it failed, and ``message`` or the log says why."""

    number: int
    question: str
    reply: Reply | None = None
    message: str = ""
    log_id: str = ""


def answer(product: Product, question: str, *, number: int, article_id: str = "") -> Turn:
    """Ask a question of all articles, or of one, and return its turn, whatever happens."""
    only = [article_id] if article_id else None
    try:
        return Turn(number, question, product.assistant.ask(question, article_ids=only))
    except FootnoteError as error:
        return Turn(number, question, message=str(error))
    except Exception:  # noqa: BLE001 -- the page must say that it failed; the log says why
        return Turn(number, question, log_id=log_defect())


def conversation_html(product: Product, turns: Sequence[Turn], *, words: Wording) -> str:
    """Return the conversation so far, or the welcome that stands there before it begins."""
    articles = product.library.articles()
    if not turns:
        return render.welcome_html(len(articles), product.example_questions, words=words)
    titles = {article.id: article.title for article in articles}
    return "".join(_turn_html(turn, titles, words) for turn in turns)


def _turn_html(turn: Turn, titles: dict[str, str], words: Wording) -> str:
    if turn.reply is not None:
        return render.reply_html(turn.reply, turn=turn.number, titles=titles, words=words)
    message = turn.message or words.text("failure.defect", log_id=turn.log_id)
    return render.failure_html(turn.question, message, words=words)


def turn_source(library: Library, turn: Turn, *, words: Wording) -> str | None:
    """Return the source to show beside a new turn, or None to leave what is shown as it is."""
    if turn.reply is None:
        return None
    places = render.places(turn.reply)
    if not places:
        return first_source(library, words=words)
    focus = places[0].number if isinstance(turn.reply, Answer) else None
    try:
        article = library.article(places[0].article_id)
    except FootnoteError:  # removed since it was read
        return render.missing_html(words=words)
    return render.source_html(article, places, turn=render.turn_key(turn.reply, turn.number), focus=focus, words=words)


def first_source(library: Library, *, words: Wording) -> str:
    """Return what the pane holds before a question: the article, or the list of them."""
    articles = library.articles()
    if len(articles) == 1:
        return render.source_html(library.article(articles[0].id), words=words)
    return render.library_html(articles, words=words) if articles else ""


def place_html(library: Library, wanted: Any, *, words: Wording) -> str:
    """Return the article that a click asks for, with the places of the click's turn marked.

    The click comes from a browser: nothing about it is taken for granted. One
    that asks for no article in particular gets what the pane holds at first.
    """
    try:
        shown = [render.Place(int(n), str(a), Span(int(s), int(e))) for n, a, s, e in wanted["places"]]
        number, turn = int(wanted["number"]), str(wanted["turn"])
        named = str(wanted.get("article_id", ""))
        article_id = next((p.article_id for p in shown if p.number == number), named)
        if not article_id and not shown:
            return first_source(library, words=words)
        article = library.article(article_id)
        return render.source_html(article, shown, turn=turn, focus=number or None, words=words)
    except (FootnoteError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
        return render.missing_html(words=words)


def asked_article(library: Library, article_id: str) -> tuple[str, str | None]:
    """Return the id and title of the one article to ask; no id and None where there is no such choice."""
    if len(library.articles()) < 2:
        return "", None
    try:
        return article_id, library.article(article_id).title
    except FootnoteError:
        return "", None


def log_defect() -> str:
    """Log the exception being handled and return the id it can be found by."""
    log_id = uuid.uuid4().hex[:8]
    logger.exception("defect %s", log_id)
    return log_id
