"""What is found by words beside each question, on a world that is checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from index.article import Article, Passage, Span
from qa.evaluation.data.datasets import Gold, Question
from qa.training.mining import K1, B, _mined, bm25_weights
from qa.training.sets import QuestionSet

TEA = Article(id="tea", title="Tea", text="Green leaves from China. Monks drank it.")
ICE = Article(id="ice", title="Ice", text="Ice is cold. Monks sold it.")
PASSAGES = [
    Passage("tea", Span(0, 24), TEA.text[:24], "passage"),
    Passage("tea", Span(25, 40), TEA.text[25:], "passage"),
    Passage("ice", Span(0, 27), ICE.text, "passage"),
]


def mined(question: Question) -> list[tuple[str, int, tuple[Span, ...], str]]:
    (found,) = _mined(QuestionSet("world", (TEA, ICE), (question,)), PASSAGES)
    return [(text.text, text.rank, text.answers, text.context) for text in found.texts]


def test_a_word_weighs_by_how_rare_it_is_and_how_short_its_passage() -> None:
    """Two passages of 2 and 4 words; the first word stands in both, the second in the longer alone."""
    weights = bm25_weights(csr_array(np.array([[2, 0], [1, 3]], dtype=np.float32))).toarray()
    rare, common = np.log(1 + 1.5 / 1.5), np.log(1 + 0.5 / 2.5)
    short, long = K1 * (1 - B + B * 2 / 3), K1 * (1 - B + B * 4 / 3)
    assert weights[0, 0] == pytest.approx(common * 2 * (K1 + 1) / (2 + short))
    assert weights[1].tolist() == pytest.approx([common * (K1 + 1) / (1 + long), rare * 3 * (K1 + 1) / (3 + long)])


def test_the_passage_with_the_answer_stands_beside_those_that_only_look_right() -> None:
    question = Question("1", "What did monks sell?", ("Ice",), (Gold("ice", Span(0, 3)),), answerable=True)
    assert mined(question) == [(TEA.text[25:], 1, (), "Tea"), (ICE.text, 2, (Span(0, 3),), "")]


def test_a_passage_that_answers_is_there_even_where_no_word_finds_it() -> None:
    question = Question("1", "Where do they grow?", ("China",), (Gold("tea", Span(18, 23)),), answerable=True)
    assert mined(question) == [(TEA.text[:24], 0, (Span(18, 23),), "Tea")]


def test_an_unanswerable_question_has_the_passages_of_its_own_article_first() -> None:
    question = Question("1", "What did monks buy?", (), (), answerable=False, context_article="ice")
    assert [text for text, *_ in mined(question)] == [ICE.text, TEA.text[25:]]
