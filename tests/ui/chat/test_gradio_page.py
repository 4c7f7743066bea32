from __future__ import annotations

import re
from dataclasses import fields
from functools import partial
from typing import Any

import gradio as gr
import pytest

from index.article import Article
from index.storage.conversations import ConversationStore
from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, seed_article, seed_product
from ui.app.conversations import ShownTurn, history_over
from ui.chat import source, views
from ui.chat.drawer import drawer_html
from ui.chat.frame import close_html
from ui.chat.gradio_page import Events, Parts, arrival, arrival_wording, head, script, styles
from ui.chat.session import ChatSessions, ChatWindow, Wish
from ui.chat.views import conversation_html
from ui.replies.markdown import conversation_markdown
from ui.replies.messages import wording_of

ENGLISH = wording_of("en")
place_html = partial(views.place_html, words=ENGLISH)
first_source = partial(views.first_source, words=ENGLISH)
turn_source = partial(views.turn_source, words=ENGLISH)
missing_html = partial(source.missing_html, words=ENGLISH)
source_html = partial(source.source_html, words=ENGLISH)
LIBRARY = FakeLibrary([seed_article()])


def answer(product: FakeProduct, question: str, *, article_id: str = "") -> ShownTurn:
    history = history_over(ConversationStore.in_memory(), product.library.article)
    steps = list(ChatSessions(product, history).ask(ChatWindow(), Wish(question), [article_id] if article_id else None))
    talk = steps[-1]
    assert isinstance(talk, ChatWindow)
    return talk.turns[-1]


def test_a_click_gets_the_article_with_the_places_of_its_turn_marked() -> None:
    wanted = {"turn": "answer-1", "places": [[1, "seed", 0, 7], [2, "other", 0, 3]], "number": 1}
    html = place_html(LIBRARY, wanted)
    assert '<section class="fn-source" data-turn="answer-1" data-focus="1" data-article="seed">' in html
    assert re.findall(r"<mark[^>]*>([^<]*)</mark>", html) == ["Quwhich"]


def test_an_article_can_be_opened_without_a_place() -> None:
    wanted = {"turn": "", "places": [], "number": 0, "article_id": "seed"}
    assert place_html(LIBRARY, wanted) == source_html(seed_article())


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param({}, id="no keys"),
        pytest.param({"turn": "", "places": 7, "number": 1}, id="places are no list"),
        pytest.param({"turn": "", "places": [[1, "seed"]], "number": 1}, id="half a place"),
        pytest.param({"turn": "", "places": [[1, "seed", "x", 2]], "number": 1}, id="a word for a position"),
        pytest.param({"turn": "", "places": [[1, "gone", 0, 2]], "number": 1}, id="an article that has gone"),
        pytest.param({"turn": "", "places": [], "number": 1e999}, id="infinity"),
    ],
)
def test_a_click_that_makes_no_sense_is_told_that_there_is_nothing(wanted: Any) -> None:
    assert place_html(LIBRARY, wanted) == missing_html()


def test_a_click_cannot_write_into_the_page() -> None:
    html = place_html(LIBRARY, {"turn": '"><b>', "places": [[1, "seed", 0, 7]], "number": 1})
    assert "<b>" not in html


def test_the_source_holds_the_only_article_and_nothing_where_there_is_a_choice() -> None:
    several = FakeLibrary([seed_article(), seed_article()])
    assert first_source(LIBRARY) == source_html(seed_article())
    assert first_source(several) == ""
    assert first_source(FakeLibrary([])) == ""


def test_an_abstention_takes_the_last_answers_marks_away() -> None:
    turn = answer(seed_product(), "What is the capital of Australia?")
    assert turn_source(seed_product().library, turn) == source_html(seed_article())


def test_a_refused_question_leaves_the_pane_as_it_is() -> None:
    product = FakeProduct(LIBRARY, ScriptedAssistant())
    turn = answer(product, "")
    assert turn_source(LIBRARY, turn) is None
    assert "the question is empty; type one" in conversation_html(product, ChatWindow(turns=(turn,)), words=ENGLISH)


def test_a_turn_is_shown_in_whatever_language_is_asked_for() -> None:
    product = seed_product()
    turns = [answer(product, "When was Tokaev born?"), answer(product, "break")]
    shown = conversation_html(product, ChatWindow(turns=tuple(turns)), words=wording_of("de"))
    assert "Das steht nicht im Artikel." in shown
    assert "Mehr dazu steht im Protokoll" in shown


def test_one_article_alone_can_be_asked() -> None:
    product = FakeProduct(LIBRARY, ScriptedAssistant())
    answer(product, "Why?", article_id="seed")
    answer(product, "Why?")
    assert product.assistant.asked == [("Why?", ("seed",)), ("Why?", None)]


@pytest.mark.parametrize(
    ("told", "accepted", "language"),
    [
        pytest.param('{"address": "it", "kept": "de"}', "ru", "it", id="the address first"),
        pytest.param('{"address": "tlh", "kept": "de"}', "ru", "de", id="an unknown one in the address"),
        pytest.param('{"kept": "de"}', "ru", "de", id="then what the page kept"),
        pytest.param("{}", "fr, ru;q=0.5", "ru", id="then what the browser likes"),
        pytest.param("{}", "fr", "en", id="at last English"),
        pytest.param("no JSON", "", "en", id="nonsense"),
        pytest.param('["it"]', "", "en", id="a list"),
        pytest.param('{"kept": 7}', "", "en", id="a number"),
    ],
)
def test_the_language_of_the_page(told: str, accepted: str, language: str) -> None:
    assert arrival_wording(arrival(told), accepted).language == language


def test_the_head_of_the_page_loads_nothing_from_elsewhere() -> None:
    written = re.sub(r"^\s*//.*$", "", head() + styles(), flags=re.MULTILINE)
    assert set(re.findall(r"(?:https?:)?//[^\s'\")]+", written)) == {"http://www.w3.org/2000/svg"}  # no place: a format


def test_the_script_of_the_page_loads_nothing_from_elsewhere() -> None:
    assert re.findall(r"https?://", script()) == []


def test_each_part_around_the_conversation_is_written_in_the_language_that_is_chosen() -> None:
    product, german = seed_product(), wording_of("de")
    history = history_over(ConversationStore.in_memory(), product.library.article)
    framed = Parts(**{part.name: part.name for part in fields(Parts)}).framed
    written = Events(product, history).choose_language(ChatWindow(), "", gr.EventData(None, {"language": "de"}))
    values = dict(zip(framed, written, strict=False))
    assert len(written) == len(framed) + len(["conversation", "source", "talk"])
    assert (values["language"], values["articles"]) == ("de", "[]")
    assert (values["ask"], values["stop"]) == (gr.update(value="Fragen"), gr.update(value="Anhalten"))
    assert values["close"] == close_html(words=german)
    assert values["drawer"] == drawer_html(words=german, lasts=False)
    assert (values["finder"], values["listing"]) == views.shelf_html(product, None, (), words=german)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (None, "The articles do not say."),
        (("seed",), "The article does not say."),
        (("seed", "tea"), "The articles do"),
    ],
    ids=["all", "one", "two"],
)
def test_an_abstention_speaks_of_the_articles_that_were_asked(asked: tuple[str, ...] | None, said: str) -> None:
    articles = [seed_article(), Article("tea", "Tea", "Tea is a drink."), Article("ice", "Ice", "Ice floats.")]
    product = FakeProduct(FakeLibrary(articles), ScriptedAssistant())
    history = history_over(ConversationStore.in_memory(), product.library.article)
    talking = ChatSessions(product, history)
    *_, talk = talking.ask(ChatWindow(), Wish("Why?", owner="o" * 32), asked)
    assert isinstance(talk, ChatWindow)
    assert said in conversation_html(product, talk, words=ENGLISH)
    opened = talking.open("o" * 32, talk.conversation_id or "")
    assert said in conversation_html(product, opened, words=ENGLISH)
    kept = history.load("o" * 32, talk.conversation_id or "")
    titles = {article.id: article.title for article in articles}
    assert said in conversation_markdown(kept, titles, words=ENGLISH)
