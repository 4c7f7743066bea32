from __future__ import annotations

import pytest

from index.article import Article
from index.sentences import split_sentences
from qa.errors import LanguageModelError
from qa.question_generation.by_llm import checked, draft_with
from qa.question_generation.select import draft
from tests.qa.llm.scripted import ScriptedModel

TEXT = "The Lissen bridge was opened in 1921 by Marta Holm. It is 412 metres long and carries two tram lines."
ARTICLE = Article("l", "Lissen", TEXT, language="en")
FIRST, SECOND = split_sentences(TEXT, language="en")


def test_a_question_whose_answer_stands_in_the_sentence_is_a_draft() -> None:
    found = checked(ARTICLE, SECOND, "How long is the Lissen bridge?", "412 metres", "small")
    assert found is not None
    assert (found.question, found.made_by) == ("How long is the Lissen bridge?", "small")
    assert found.answer is not None
    assert found.answer.slice(TEXT) == "412 metres"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param("How long is the bridge?", "413 metres", id="words that do not stand there"),
        pytest.param("How long is the bridge?", "Marta Holm", id="words of another sentence"),
        pytest.param("How long is the Golden Gate bridge?", "412 metres", id="a name that the article lacks"),
        pytest.param("How long was it in 1950?", "412 metres", id="a number that the article lacks"),
        pytest.param("Is it 412 metres long?", "412 metres", id="the answer in the question"),
        pytest.param("How long is it, according to the article?", "412 metres", id="what only a reader sees"),
        pytest.param("Tell me how long it is.", "412 metres", id="no question"),
        pytest.param("How long?", "", id="no answer"),
        pytest.param(f"{'long ' * 60}?", "412 metres", id="too long"),
    ],
)
def test_what_is_not_the_articles_is_no_draft(question: str, answer: str) -> None:
    assert checked(ARTICLE, SECOND, question, answer, "small") is None


def test_a_model_that_writes_garbage_leaves_the_drafts_of_the_rules() -> None:
    found = draft_with(ARTICLE, ScriptedModel(["no idea"]), count=5, seed=0)
    assert found == draft(ARTICLE, count=5, seed=0) != []


def test_a_model_that_fails_is_told_of_once_and_the_rules_do_the_rest() -> None:
    told: list[str] = []
    model = ScriptedModel(["Question:"], failure=LanguageModelError("the server is down"))
    found = draft_with(ARTICLE, model, count=5, seed=0, told=told.append)
    assert found == draft(ARTICLE, count=5, seed=0)
    assert told == ["the rules word the drafts, since the server is down"]


def test_a_models_wording_takes_the_place_of_the_rules() -> None:
    model = ScriptedModel(["Question: Who opened the Lissen bridge?\n", "Answer: Marta Holm"])
    found = draft_with(ARTICLE, model, count=1, seed=0)
    assert [(each.question, each.made_by) for each in found] == [("Who opened the Lissen bridge?", model.name)]
