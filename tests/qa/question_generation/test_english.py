from __future__ import annotations

import pytest

from index.article import Article
from index.sentences import split_sentences
from qa.question_generation.english_rules import english_questions


def asked_of(text: str) -> dict[str, str]:
    """The questions of a text, each with the words that answer it."""
    article = Article("a", "A title", text, language="en")
    sentences = split_sentences(text, language="en")
    return {each.question: each.answer.slice(text) for each in english_questions(article, sentences)}


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        pytest.param(
            "Turkey immediately took sides against an intervention.",
            "Which country immediately took sides against an intervention?",
            "Turkey",
            id="a country that is the subject",
        ),
        pytest.param(
            "The USA, Turkey and Iran – old rivals – immediately took sides against the war.",
            "Which countries immediately took sides against the war?",
            "The USA, Turkey and Iran",
            id="several countries, and words between dashes",
        ),
        pytest.param(
            "Authoritarian regimes often collapse suddenly, a typical feature of systems.",
            "What kind of regimes often collapse suddenly?",
            "Authoritarian regimes",
            id="a plural in the present",
        ),
        pytest.param(
            "A storm would destroy the northern arch of the bridge.",
            "What would a storm destroy?",
            "the northern arch of the bridge",
            id="an object after would",
        ),
        pytest.param(
            "In 1921, a storm destroyed the northern arch.",
            "In which year did a storm destroy the northern arch?",
            "1921",
            id="a year in front",
        ),
        pytest.param(
            "The bridge was built between 1888 and 1893 by the engineer Marta Holm.",
            "When was the bridge built by the engineer Marta Holm?",
            "between 1888 and 1893",
            id="a span of years",
        ),
        pytest.param(
            "The alarm was installed by Klaus Otto in 2015.",
            "Who installed the alarm?",
            "Klaus Otto",
            id="who did it",
        ),
        pytest.param(
            "The station was closed in 1978 because the new canal made it superfluous.",
            "Why was the station closed in 1978?",
            "because the new canal made it superfluous",
            id="why",
        ),
        pytest.param(
            "China maintains a silence, in order not to risk a war on the border.",
            "Why does China maintain a silence?",
            "in order not to risk a war on the border",
            id="a purpose",
        ),
        pytest.param(
            "The pumping station has six engines, which are old.",
            "How many engines does the pumping station have?",
            "six engines",
            id="how many",
        ),
        pytest.param(
            "The fleet consists of 24 electric cars and two vans.",
            "What does the fleet consist of?",
            "24 electric cars and two vans",
            id="a preposition of the verb's own",
        ),
        pytest.param(
            "Then came Ada Holm, who drew the plans of the bridge in one night.",
            "Who drew the plans of the bridge in one night?",
            "Ada Holm",
            id="after who",
        ),
        pytest.param(
            "Harvard Stadium is a large arena.", "What is Harvard Stadium?", "a large arena", id="a name defined"
        ),
        pytest.param(
            "Hoesung Lee is a Korean economist.", "Who is Hoesung Lee?", "a Korean economist", id="a person defined"
        ),
        pytest.param(
            "A title (or two) is a natural thing.", "What is a title?", "a natural thing", id="the title defined"
        ),
    ],
)
def test_a_plain_sentence_is_asked_for_each_of_its_parts(sentence: str, question: str, answer: str) -> None:
    assert asked_of(sentence).get(question) == answer


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("It was built in 1890.", id="a pronoun"),
        pytest.param("This bridge was built in 1890.", id="something pointed at"),
        pytest.param("The harbour at the mouth of the river", id="no sentence"),
        pytest.param("Is the harbour old, or is it new?", id="a question"),
        pytest.param("If the alarm sounds, close the red valve.", id="a condition and an order"),
        pytest.param("The harbour has ships, cranes and sheds.", id="a list that is cut"),
        pytest.param("The negotiations that the Kremlin wants to start will fail.", id="a gap after that"),
        pytest.param("", id="nothing"),
    ],
)
def test_of_what_the_rules_do_not_fit_nothing_is_asked(sentence: str) -> None:
    assert asked_of(sentence) == {}


def test_an_answer_is_in_code_points_also_beyond_the_basic_plane() -> None:
    text = "🙂🙂 Signs. The station was closed in 1978 because the canal dried up."
    assert asked_of(text)["Why was the station closed in 1978?"] == "because the canal dried up"


def test_words_of_the_day_it_was_written_are_left_out() -> None:
    assert asked_of("Ada Holm, who called both ministers yesterday to urge peace, left.") == {
        "Who called both ministers to urge peace?": "Ada Holm"
    }
