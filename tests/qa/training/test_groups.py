"""What one question teaches: its passage, what was found beside it, and what it does not answer."""

from __future__ import annotations

import random

import pytest

from index.article import Span
from qa.training.groups import CROPPED_CHARACTERS, Group, Swaps, cropped, groups_of
from qa.training.mining import Mined, Text

GOLD = Text("Paper was made in China.", (Span(18, 23),), 1)
BESIDE = Text("Tea is a drink.", (), 2)
MENTIONS = Text("Porcelain is from China too.", (), 3)
QUESTION = Mined("1", "Where was paper made?", True, ("China",), (GOLD, BESIDE, MENTIONS))
UNANSWERABLE = Mined("2", "Where was glass made?", False, (), (GOLD, BESIDE))


def many(mined: Mined, *, swaps: Swaps | None = None, negatives: bool = True) -> list[Group]:
    return [g for seed in range(60) for g in groups_of(mined, random.Random(seed), swaps, negatives=negatives)]


def test_an_answerable_question_always_gives_the_passage_that_answers_it() -> None:
    answered = [group for group in many(QUESTION) if any(group.answers)]
    assert len(answered) == 60
    assert {group.texts[0] for group in answered} == {GOLD.text}


def test_most_have_a_hard_negative_beside_it_and_never_one_that_mentions_the_answer() -> None:
    groups = many(QUESTION)
    assert 20 <= sum(len(group.texts) == 2 and any(group.answers) for group in groups) <= 50
    assert not any(MENTIONS.text in group.texts for group in groups)


def test_some_also_teach_silence_on_the_passage_that_only_looks_right() -> None:
    silent = [group for group in many(QUESTION) if not any(group.answers)]
    assert silent
    assert {group.texts for group in silent} == {(BESIDE.text,)}


def test_a_question_whose_passage_is_not_found_near_the_top_makes_sense_only_beside_it() -> None:
    lost = Mined("3", "What is it?", True, ("China",), (BESIDE, Text(GOLD.text, GOLD.answers, 9)))
    assert {group.texts for group in many(lost)} == {(GOLD.text,)}


def test_without_negatives_nothing_but_the_right_passage_is_read() -> None:
    assert {group.texts for group in many(QUESTION, negatives=False)} == {(GOLD.text,)}


def test_an_unanswerable_question_teaches_silence_on_what_was_found_for_it() -> None:
    groups = many(UNANSWERABLE)
    assert {group.texts for group in groups} == {(GOLD.text,), (BESIDE.text,)}
    assert not any(any(group.answers) for group in groups)


def test_the_same_chance_gives_the_same_groups() -> None:
    assert many(QUESTION) == many(QUESTION)


@pytest.mark.parametrize(
    ("question", "text", "changed"),
    [
        ("When did Marie Curie die?", "Marie Curie died in 1934.", "When did Niels Bohr die?"),
        ("What happened in 1934?", "Curie died in 1934.", "What happened in 1922?"),
        ("Which is the largest river?", "The Nile is a river.", "Which is the smallest river?"),
    ],
    ids=["a name", "a number", "the opposite"],
)
def test_a_changed_question_asks_for_what_the_passage_does_not_say(question: str, text: str, changed: str) -> None:
    swaps = Swaps(["When did Marie Curie die?", "Who taught Niels Bohr?", "What happened in 1934?", "Who won in 1922?"])
    found = {swaps.change(question, text, random.Random(seed)) for seed in range(60)}
    assert changed in found
    assert question not in found


def test_a_name_that_the_passage_holds_is_never_put_in() -> None:
    swaps = Swaps(["Was it Marie Curie?", "Was it Niels Bohr?"])
    text = "Marie Curie met Niels Bohr."
    assert swaps.change("Who met Marie Curie", text, random.Random(1)) is None


def test_a_passage_is_cut_down_to_whole_sentences_around_its_answer() -> None:
    sentences = [f"Sentence number {number} says nothing at all of any worth to anybody here." for number in range(30)]
    sentences[17] = "Paper was made in China."
    text = " ".join(sentences)
    place = text.index("China")
    for seed in range(20):
        short = cropped(Text(text, (Span(place, place + 5),), 1), random.Random(seed))
        (answer,) = short.answers
        assert short.text[answer.start : answer.end] == "China"
        assert short.text.strip() in text
        assert short.text.startswith(("Sentence", "Paper"))
        assert short.text.strip().endswith(".")
        assert CROPPED_CHARACTERS <= len(short.text) < CROPPED_CHARACTERS + 160


def test_a_short_passage_stays_whole() -> None:
    assert cropped(GOLD, random.Random(1)) == GOLD


def test_some_groups_are_read_without_the_titles_of_their_passages() -> None:
    titled = Mined("4", "Where was paper made?", True, ("China",), (Text(GOLD.text, GOLD.answers, 1, "Paper"),))
    contexts = {group.contexts for group in many(titled)}
    assert contexts == {("Paper",), ()}
