"""Recall of follow-ups by way of searching, with a retriever whose findings are written down."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.article import Hit, Passage, Retrieval, Span
from qa.evaluation.data.datasets import Gold, Question
from qa.followups.standalone import Turn
from tests.bench.followup_recall import article_recall, half_of

HISTORY = (Turn("user", "How did Russia react?"), Turn("assistant", "It sent troops."))
ALONE, JOINED = "and China?", "How did Russia react? and China?"
READ_AS, BACKGROUND = "How did China react?", "How did Russia react? How did China react?"


class WrittenDown:
    """Finds the articles that are written down for a query and its background; nothing for others."""

    def __init__(self, found: dict[tuple[str, str], list[str]]) -> None:
        self.found = found

    def retrieve(
        self, question: str, *, k: int, article_ids: Sequence[str] | None = None, background: str = ""
    ) -> Retrieval:
        articles = self.found.get((question, background), [])[:k]
        passages = [Hit(Passage(each, Span(0, 1), "x"), 1.0, rank) for rank, each in enumerate(articles, start=1)]
        return Retrieval(question, passages)


def follow_up(id: str, *gold: str, history: tuple[Turn, ...] = HISTORY) -> Question:
    places = tuple(Gold(article_id, None) for article_id in gold)
    return Question(id, "and China?", (), places, bool(gold), history)


def test_each_way_searches_with_what_it_is_named_for() -> None:
    retriever = WrittenDown(
        {(ALONE, ""): [], (JOINED, ""): ["a"], (READ_AS, ""): ["b", "a"], (READ_AS, BACKGROUND): ["c"]}
    )
    measured = article_recall([follow_up("1<::>2", "a", "b")], retriever, consulted=20)
    assert {way: figures["all"].value for way, figures in measured.items()} == {
        "the last turn alone": 0.0,
        "the user turn before joined to it": 0.5,
        "the stand-alone question": 1.0,
        "the last turn with its background": 0.0,
        "the stand-alone question with its background": 0.0,
    }


@pytest.mark.parametrize(("place", "recall"), [(5, 1.0), (6, 0.0)], ids=["fifth", "sixth"])
def test_the_first_five_articles_count_each_once(place: int, recall: float) -> None:
    articles = ["x", *"xyzuv"[: place - 1], "a"]
    measured = article_recall([follow_up("1", "a")], WrittenDown({(ALONE, ""): articles}), consulted=20)
    assert measured["the last turn alone"]["all"].value == recall


def test_only_questions_with_turns_before_them_and_gold_count() -> None:
    questions = [follow_up("1", "a"), follow_up("2"), follow_up("3", "a", history=())]
    measured = article_recall(questions, WrittenDown({}), consulted=20)
    assert {figures["all"].n for figures in measured.values()} == {1}


def test_a_conversation_is_in_one_half_whole() -> None:
    questions = [follow_up(f"{talk}<::>{turn}", "a") for talk in range(6) for turn in (2, 3)]
    figures = article_recall(questions, WrittenDown({}), consulted=20)["the last turn alone"]
    halves = [half_of(str(talk)) for talk in range(6)]
    assert (figures["tuned"].n, figures["held out"].n) == (2 * halves.count("tuned"), 2 * halves.count("held out"))
    assert {"tuned", "held out"} == set(halves)
