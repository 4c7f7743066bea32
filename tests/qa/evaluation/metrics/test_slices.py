"""Questions taken apart by what they are like, and figures of each part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.metrics import measure, slices
from qa.evaluation.metrics.slices import measure_slices, slice_values
from qa.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World


def question(text: str) -> Question:
    return Question("q", text, (), (), False)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Who was it?", "who"),
        ("In what year was it built?", "what"),
        ("HOW MANY came?", "how many"),
        ("How come?", "how"),
        ("Whose book is it?", "who"),
        ("Is tea a drink?", "yes or no"),
        ("Didn't she say so?", "yes or no"),
        ("Tell me about tea", "other"),
        ("", "other"),
        ("Wann wurde das Haus gebaut?", "when"),
        ("Wie viele Menschen waren es?", "how many"),
        ("Chi era il re?", "who"),
        ("Сколько было людей?", "how many"),
        ("Which of those who came left?", "which"),
        ("The whatever of whoever", "other"),
    ],
)
def test_the_first_question_word_tells_the_type(text: str, kind: str) -> None:
    assert slice_values(question(text))["type of question"] == (kind,)


@pytest.mark.parametrize(
    ("words", "length"),
    [
        (1, "1 to 5 words"),
        (5, "1 to 5 words"),
        (6, "6 to 10 words"),
        (20, "16 to 20 words"),
        (21, "more than 20 words"),
    ],
)
def test_lengths_are_counted_in_words(words: int, length: str) -> None:
    assert slice_values(question("word " * words))["length"] == (length,)


def test_a_question_has_its_article_language_and_tags() -> None:
    asked = Question("q", "Wer war das?", (), (Gold("a", None), Gold("b", None)), True, tags=("easy", "short"))
    values = slice_values(asked)
    assert (values["article"], values["language"], values["tag"]) == (("a",), ("German",), ("easy", "short"))


def test_what_is_not_known_is_no_slice() -> None:
    assert sorted(slice_values(question("Who?"))) == ["language", "length", "type of question"]


def test_each_part_has_the_headline_figures_of_its_questions_alone(world: World) -> None:
    parts = measure_slices(world.outcomes())["article"]
    assert list(parts) == ["rivers", "tea", "paper"]  # two questions, two, one; ties by name
    assert {name: metric.value for name, metric in parts["tea"].items()} == {
        "citation.recall": 1.0,
        "citation.answer_in_quote_precision": None,
        "citation.answer_in_quote_recall": None,
        "answer.f1": 2 / 9,
        "abstention.coverage": 1.0,
        "abstention.false_answers": 0.0,
    }
    assert parts["paper"]["abstention.false_answers"].value is None


def test_figures_of_a_part_are_counted_as_those_of_the_whole(world: World) -> None:
    outcomes = [replace(each, question=replace(each.question, tags=("all",))) for each in world.outcomes()]
    other = Outcome(replace(outcomes[3].question, id="q6", tags=("other",)), outcomes[3].reply, 0.5)
    whole = measure(outcomes, world.text)
    part = measure_slices([*outcomes, other])["tag"]["all"]
    assert part == {name: whole[name] for name in part}


def test_what_does_not_tell_questions_apart_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "language" not in measure_slices(world.outcomes())
    monkeypatch.setattr(slices, "MOST_VALUES", 2)
    assert "article" not in measure_slices(world.outcomes())


def test_no_outcome_has_no_slice() -> None:
    assert measure_slices([]) == {}


def test_a_column_of_the_file_is_a_slice(world: World) -> None:
    columns = {"level": "hard", "article": "never over our own"}
    values = slice_values(Question("q", "Who?", (), (Gold("a", None),), True, columns=columns))
    assert (values["level"], values["article"]) == (("hard",), ("a",))
