from __future__ import annotations

from typing import Any

import pytest

from index.article import Article
from qa.errors import DatasetError
from qa.evaluation.data.locating import Gazetteer
from qa.evaluation.review.review import (
    accept,
    as_unanswerable,
    place_of,
    refuse,
    waiting,
    with_answers,
    with_question,
)
from tests.qa.evaluation.data.test_locating import Shelf

TEXT = "Tea is hot. Green tea is made of leaves. In the end, tea is hot."
TEA = Article("t", "Tea", TEXT)
COFFEE = Article("c", "Coffee", "Coffee is made of beans.")
ROW: dict[str, Any] = {
    **{"id": "1", "status": "draft", "question": "What is it made of?", "answers": ["leaves"], "article": "t"},
    **{"quote": "leaves", "start": 33, "end": 39, "answerable": True, "note": "mine"},
}
CANDIDATE: dict[str, Any] = {"id": "2", "status": "candidate", "question": "Of what is coffee made?", "answers": []}


@pytest.fixture
def articles() -> Gazetteer:
    return Gazetteer(Shelf(TEA, COFFEE))


def test_only_drafts_and_candidates_wait() -> None:
    statuses = ["draft", "accepted", "Candidate", "refused", "", "open"]
    assert waiting([{"status": status} for status in statuses] + [{}]) == [0, 2]


def test_accepting_and_refusing_change_the_status_alone() -> None:
    assert accept(ROW).row == {**ROW, "status": "accepted"}
    assert refuse(ROW).row == {**ROW, "status": "refused"}


def test_a_row_without_an_answer_is_not_accepted_until_it_is_said_that_there_is_none() -> None:
    with pytest.raises(DatasetError, match="no answer yet"):
        accept(CANDIDATE)
    assert accept(as_unanswerable(CANDIDATE).row).row["status"] == "accepted"


def test_a_question_is_edited_onto_one_line_and_never_empty() -> None:
    assert with_question(ROW, " What\n is tea made of? ").row == {**ROW, "question": "What is tea made of?"}
    with pytest.raises(DatasetError, match="question is empty"):
        with_question(ROW, " \n")


def test_gold_moves_with_the_answer_and_the_person_is_told(articles: Gazetteer) -> None:
    decided = with_answers(ROW, ["made of leaves"], articles)
    assert decided.said == "the gold place is now characters 25 to 39"
    row = decided.row
    assert (row["quote"], row["start"], row["end"], row["answers"]) == ("made of leaves", 25, 39, ["made of leaves"])
    assert TEXT[row["start"] : row["end"]] == row["quote"]
    assert row["note"] == "mine"


def test_of_several_places_the_one_nearest_to_the_gold_is_taken(articles: Gazetteer) -> None:
    assert with_answers({**ROW, "start": 0, "end": 3}, ["hot"], articles).row["start"] == 7
    assert with_answers({**ROW, "start": 60, "end": 63}, ["hot"], articles).row["start"] == 60


def test_alternatives_are_kept_and_the_first_that_stands_there_is_gold(articles: Gazetteer) -> None:
    row = with_answers(ROW, ["leafs", "leaves", "leafs"], articles).row
    assert (row["answers"], row["quote"]) == (["leafs", "leaves"], "leaves")


def test_gold_is_dropped_where_the_words_do_not_stand_in_the_article(articles: Gazetteer) -> None:
    decided = with_answers(ROW, ["beans"], articles)
    assert decided.said == "these words do not stand in the article, so the answer is kept without a gold place"
    assert decided.row["answers"] == ["beans"]
    assert decided.row.keys().isdisjoint({"quote", "start", "end"})


def test_gold_is_dropped_where_the_article_is_not_at_hand() -> None:
    decided = with_answers(ROW, ["leaves"], None)
    assert "not at hand" in decided.said
    assert decided.row.keys().isdisjoint({"quote", "start", "end"})


def test_a_candidates_answer_is_looked_for_in_all_articles(articles: Gazetteer) -> None:
    row = with_answers(CANDIDATE, ["beans"], articles).row
    assert (row["article"], row["quote"], row["start"], row["end"]) == ("c", "beans", 18, 23)


def test_an_answer_that_stands_at_several_places_of_one_article_counts_at_each(articles: Gazetteer) -> None:
    decided = with_answers(CANDIDATE, ["hot"], articles)
    assert decided.said == "these words stand at 2 places, and each counts as right"
    assert decided.row["quote"] == "hot"
    assert decided.row.keys().isdisjoint({"start", "end"})


def test_an_answer_that_stands_in_several_articles_has_no_gold_place(articles: Gazetteer) -> None:
    assert "quote" not in with_answers(CANDIDATE, ["made of"], articles).row


def test_unanswerable_takes_answer_and_gold_and_leaves_the_article() -> None:
    row = as_unanswerable(ROW).row
    assert (row["answers"], row["answerable"], row["article"]) == ([], False, "t")
    assert row.keys().isdisjoint({"quote", "start", "end"})


def test_an_answer_is_shown_in_its_context(articles: Gazetteer) -> None:
    place = place_of(ROW, articles)
    assert place is not None
    assert place.before + place.quote + place.after == TEXT
    assert place.quote == "leaves"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({**ROW, "article": "gone"}, id="an article that is gone"),
        pytest.param({**ROW, "start": 9_000, "end": 9_001, "quote": "nowhere"}, id="a place outside of it"),
        pytest.param(CANDIDATE, id="no article"),
    ],
)
def test_what_cannot_be_placed_has_no_context(row: dict[str, Any], articles: Gazetteer) -> None:
    assert place_of(row, articles) is None


def test_a_users_own_column_names_are_kept(articles: Gazetteer) -> None:
    row = {"Status": "draft", "Query": "What is tea?", "expected_answer": "hot", "doc": "t"}
    assert waiting([row]) == [0]
    assert accept(row).row == {**row, "Status": "accepted"}
    assert with_answers(row, ["leaves"], articles).row["expected_answer"] == ["leaves"]


def test_an_edit_forgets_what_the_product_made_of_the_words_before_it() -> None:
    row = {**ROW, "draft": {"kind": "what", "reader": "finds the answer"}}
    assert with_question(row, "What is tea made of?").row["draft"] == {"kind": "what"}
    assert accept(row).row["draft"] == row["draft"]
