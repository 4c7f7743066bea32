"""What the chat page shows: turns, and the source beside them, in the words of one language.

Between the page's framework (`ui.chat.gradio_page`) and the HTML (`ui.chat.frame` and its neighbours): a question
becomes a turn, a click becomes an article with its places marked. A turn keeps
values, not HTML, so that it can be shown in another language.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from index.article import Span
from index.errors import FootnoteError
from qa.answer import Answer
from qa.conversations import MAX_LISTED, History
from ui.app.conversations import ShownTurn
from ui.app.example import example_beside, shows_example
from ui.app.protocols import Library, Product
from ui.app.suggestions import Suggestions
from ui.chat import acting, drawer, frame, library_pane
from ui.chat.library_view import listed, view_of
from ui.chat.replies import TurnState, failure_html, pending_html, reply_html, stopped_html, turn_key
from ui.chat.session import ChatWindow, Writing, log_defect, text_of
from ui.chat.source import missing_html, source_html
from ui.replies import places as places_html
from ui.replies.messages import DEFAULT_LANGUAGE, Wording

MAX_SEARCH_CHARACTERS = 200


def conversation_html(
    product: Product, talk: ChatWindow, *, words: Wording, lasts: bool = True, is_missing: bool = False
) -> str:
    """Return the conversation so far, or the welcome that stands there before it begins.

    ``lasts``: whether what is kept outlasts the server; ``is_missing``: the conversation asked for is not there.
    """
    articles = product.library.articles()
    told = frame.talk_html(talk.conversation_id)
    if not talk.turns:
        can_add = product.adding is not None
        return told + frame.welcome_html(
            len(articles),
            product.example_questions,
            words=words,
            can_add=can_add,
            lasts=lasts,
            is_missing=is_missing,
            is_example=shows_example(product.library),
        )
    beside = example_beside(product.library)
    titles = {article.id: article.title for article in (*articles, *([beside] if beside else []))}
    return told + "".join(_turn_html(turn, titles, len(articles), words) for turn in talk.turns)


def writing_html(writing: Writing, *, words: Wording) -> str:
    """Return a turn whose reply is being made, for the page's scripts to put behind the turns that stand before it.

    The conversation itself is sent once, with the reply: what a browser does with it would slow the reading down.
    """
    return pending_html(
        writing.question,
        number=writing.number,
        before=len(writing.talk.turns),
        read_as=writing.read_as,
        words=words,
    )


def draft_html(writing: Writing, *, words: Wording) -> str:
    """Return what of a reply is sure already, for the page's scripts to put where it goes."""
    said = [(delta.text, delta.supported) for delta in writing.deltas]
    return acting.draft_html(said, writing.cited, number=writing.number, words=words)


def _turn_html(turn: ShownTurn, titles: dict[str, str], total: int, words: Wording) -> str:
    if turn.reply is not None:
        asked = len(turn.article_ids) if turn.article_ids else total
        place = turn.place if turn.is_kept else None
        standing = TurnState(place, turn.read_as, turn.unkept, turn.verdict, asked)
        return reply_html(turn.reply, turn=turn.number, titles=titles, words=words, standing=standing)
    if turn.is_stopped:
        return stopped_html(turn.question, turn=turn.number, words=words, read_as=turn.read_as)
    message = turn.message or words.text("failure.defect", log_id=turn.log_id)
    language = DEFAULT_LANGUAGE if turn.message else ""  # what the product says of itself is English
    return failure_html(turn.question, message, turn=turn.number, words=words, read_as=turn.read_as, language=language)


def conversations_html(history: History, wanted: Any, *, words: Wording) -> str:
    """Return the list of a browser's conversations, as far as one asks for it."""
    search = text_of(wanted, "search").strip()[:MAX_SEARCH_CHARACTERS]
    minutes = wanted.get("offset") if isinstance(wanted, dict) else 0
    there = timedelta(minutes=minutes if isinstance(minutes, int) and abs(minutes) <= 24 * 60 else 0)
    try:
        found = history.conversations(text_of(wanted, "owner"), search=search)
    except FootnoteError as error:
        return frame.quiet_html(str(error), words=words, language=DEFAULT_LANGUAGE)
    return drawer.conversations_html(
        found,
        today=(datetime.now(UTC) + there).date(),
        offset=there,
        is_search=bool(search),
        is_all=len(found) < MAX_LISTED,
        words=words,
    )


def suggested_html(suggestions: Suggestions, article_id: str, *, words: Wording) -> str:
    """Return questions to begin with; where they cannot be made there are none, and the log says why."""
    try:
        return frame.chips_html(suggestions.of(article_id), words=words)
    except FootnoteError:  # the article has gone meanwhile
        return ""
    except Exception:  # noqa: BLE001 -- nobody has asked for them: the page goes on without
        log_defect()
        return ""


def talk_source(library: Library, talk: ChatWindow, *, words: Wording) -> str:
    """Return the source to show beside a conversation that is opened: that of its last turn."""
    shown = turn_source(library, talk.turns[-1], words=words) if talk.turns else None
    return first_source(library, words=words) if shown is None else shown


def turn_source(library: Library, turn: ShownTurn, *, words: Wording) -> str | None:
    """Return the source to show beside a new turn, or None to leave what is shown as it is."""
    if turn.reply is None:
        return None
    places = places_html.places(turn.reply)
    if not places:
        return first_source(library, words=words) or None
    focus = places[0].number if isinstance(turn.reply, Answer) else None
    try:
        article = library.article(places[0].article_id)
    except FootnoteError:  # removed since it was read
        return missing_html(words=words)
    return source_html(article, places, turn=turn_key(turn.reply, turn.number), focus=focus, words=words)


def first_source(library: Library, *, words: Wording) -> str:
    """Return what the source holds before a question: the only article; nothing where there are more to choose from."""
    articles = library.articles()
    return source_html(library.article(articles[0].id), words=words) if len(articles) == 1 else ""


def place_html(library: Library, wanted: Any, *, words: Wording) -> str:
    """Return the article that a click asks for, with the places of the click's turn marked.

    The click comes from a browser: nothing about it is taken for granted. One
    that asks for no article in particular gets what the pane holds at first.
    """
    try:
        shown = [places_html.Place(int(n), str(a), Span(int(s), int(e))) for n, a, s, e in wanted["places"]]
        number, turn = int(wanted["number"]), str(wanted["turn"])
        named = str(wanted.get("article_id", ""))
        article_id = next((p.article_id for p in shown if p.number == number), named)
        if not article_id and not shown:
            return first_source(library, words=words)
        article = library.article(article_id)
        return source_html(article, shown, turn=turn, focus=number or None, words=words)
    except (FootnoteError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
        return missing_html(words=words)


# The library pane


def notices_html(library: Library, article_ids: Sequence[str], *, words: Wording) -> str:
    """Return what stands above the composer; ``article_ids`` are asked, all where there are none."""
    titles = [library.article(article_id).title for article_id in article_ids[:1]]
    return frame.notices_html(article_ids, titles, len(library.articles()), words=words)


def shelf_html(product: Product, view: Any, article_ids: Sequence[str], *, words: Wording) -> tuple[str, str]:
    """Return what finds articles in the library, and the page of them that a browser's view asks for."""
    is_example = shows_example(product.library)
    finder = library_pane.finder_html(product.library.articles(), words=words, is_example=is_example)
    return finder, listing_html(product, view, article_ids, words=words)


def listing_html(product: Product, view: Any, article_ids: Sequence[str], *, words: Wording) -> str:
    """Return the page of the library that a browser's view asks for."""
    listing = listed(product.library, view_of(view))
    can_remove = product.adding is not None and not shows_example(product.library)
    rows = library_pane.listing_html(listing, asked=article_ids, can_remove=can_remove, words=words)
    beside = example_beside(product.library)
    return rows + (library_pane.example_html(beside, words=words) if beside else "")
