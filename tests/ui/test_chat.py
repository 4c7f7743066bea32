from __future__ import annotations

import re
from typing import Any

import pytest

from tests.ui.fakes import FakeLibrary, FakeProduct, ScriptedAssistant, seed_article, seed_product
from ui.chat import answer, first_source, head, place_html
from ui.render import library_html, missing_html, source_html

LIBRARY = FakeLibrary([seed_article()])


def test_a_click_gets_the_article_with_the_places_of_its_turn_marked() -> None:
    wanted = {"turn": "answer-1", "places": [[1, "seed", 0, 7], [2, "other", 0, 3]], "number": 1}
    html = place_html(LIBRARY, wanted)
    assert '<section class="fn-source" data-turn="answer-1" data-focus="1">' in html
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


def test_the_pane_holds_the_only_article_or_the_list_of_several() -> None:
    several = FakeLibrary([seed_article(), seed_article()])
    assert first_source(LIBRARY) == source_html(seed_article())
    assert first_source(several) == library_html(several.articles())
    assert first_source(FakeLibrary([])) == ""


def test_an_abstention_takes_the_last_answers_marks_away() -> None:
    _, source = answer(seed_product(), "What is the capital of Australia?", number=2)
    assert source == source_html(seed_article())


def test_a_refused_question_leaves_the_pane_as_it_is() -> None:
    turn, source = answer(FakeProduct(LIBRARY, ScriptedAssistant()), "", number=1)
    assert source is None
    assert "the question is empty; type one" in turn


def test_the_head_of_the_page_loads_nothing_from_elsewhere() -> None:
    addresses = set(re.findall(r"(?:https?:)?//[^\s'\")]+", head()))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of a format, not a place
