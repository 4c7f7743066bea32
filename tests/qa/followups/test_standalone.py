"""Follow-ups made stand-alone where that is sure, and left to the character where it is not."""

from __future__ import annotations

import time

import pytest

from qa.followups.standalone import Turn, background, standalone


def talk(*texts: str) -> list[Turn]:
    """Turns of the user and the assistant by turns, the user first."""
    return [Turn("assistant" if number % 2 else "user", text) for number, text in enumerate(texts)]


LIGHTHOUSE = "Who built the lighthouse of Lissen?"
REIS = "Anna Reis built it in 1921. [1]"

LEFT_OUT = [
    ("How did Russia react?", "", "and China?", "How did China react?"),
    ("How did Russia react?", "", "how about the USA?", "How did the USA react?"),
    ("When was the museum in Rome built?", "", "And in Florence?", "When was the museum in Florence built?"),
    ("What happened in Kazakhstan in 2022?", "", "and in 2014?", "What happened in Kazakhstan in 2014?"),
    ("Did China support the invasion?", "", "why?", "Why did China support the invasion?"),
    ("When was Ada Lovelace born?", "", "where?", "Where was Ada Lovelace born?"),
]
POINTED_AT = [
    (LIGHTHOUSE, REIS, "and when was it lit?", "When was the lighthouse of Lissen lit?"),
    (LIGHTHOUSE, REIS, "When was she born?", "When was Anna Reis born?"),
    ("What is an astrolabe?", "", "Who invented it?", "Who invented the astrolabe?"),
    ("what is short selling?", "", "Is it risky?", "Is short selling risky?"),
    ("Who was Ada Lovelace?", "A mathematician.", "Who taught her?", "Who taught Ada Lovelace?"),
    ("Who was Ada Lovelace?", "", "who were her parents?", "Who were Ada Lovelace’s parents?"),
    ("When did the miners of Tarn strike?", "", "What did they want?", "What did the miners of Tarn want?"),
    ("Why did Elin Marr leave the academy?", "", "When was it founded?", "When was the academy founded?"),
    ("Who asked for the troops?", "Tokaev\nHe asked for them.", "Why did he want that?", "Why did Tokaev want that?"),
]


@pytest.mark.parametrize(("before", "answer", "asked", "read_as"), [*LEFT_OUT, *POINTED_AT], ids=lambda text: text[:40])
def test_what_is_sure_is_read_as_a_person_would_ask_it(before: str, answer: str, asked: str, read_as: str) -> None:
    assert standalone(asked, talk(before, answer)) == read_as


UNSURE = [
    pytest.param("How did Russia react to the invasion?", "Why was it so long?", id="two that it may mean"),
    pytest.param("What is the price of the ticket?", "Where can I buy it?", id="the price or the ticket"),
    pytest.param("Is China bigger than India?", "and Italy?", id="in whose place"),
    pytest.param("Who is Putin?", "and China?", id="a country for a person"),
    pytest.param("Can I have an IBM account?", "what about pricing?", id="no name"),
    pytest.param("Who wrote Emma?", "and her sister?", id="no verb"),
    pytest.param("Who asked for the troops?", "why?", id="no clause to put it in front of"),
    pytest.param("Town of Danville", "Got it, does it open late?", id="nothing was asked"),
    pytest.param("Is the chart or the table better?", "How does it help us?", id="one of two"),
]


@pytest.mark.parametrize(("before", "asked"), UNSURE)
def test_what_is_not_sure_is_left_to_the_character(before: str, asked: str) -> None:
    assert standalone(asked, talk(before, "")) == asked


def test_which_of_two_persons_of_an_answer_is_meant_is_not_guessed() -> None:
    assert standalone("What does he want?", talk("Who met?", "Putin and Lukashenko met.")) == "What does he want?"


@pytest.mark.parametrize(
    "asked",
    [
        "How big is Kazakhstan compared with Italy?",
        "why did Putin say that he would help?",
        "Is it true that it rains in Rome?",
        "How long does it take to learn Russian?",
        "What time is it in Almaty?",
        "What is it called when prices rise?",
        "What did the king do with his army?",
        "What happens to water when you boil it for an hour?",
        "who was jim thorpe and what did he do",
        "were Shakespeare's plays popular when he was alive",
        "And who built the Murray Schoolhouse Museum?",
        "Is the lighthouse of Korr taller than the cathedral?",
        "中国呢？",
        "🙂",
        "",
        " \n",
    ],
)
def test_a_question_that_stands_alone_is_left_as_it_is(asked: str) -> None:
    assert standalone(asked, talk("How did Russia react?", "It sent troops. [1]")) == asked


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ("Qui a construit le phare de Lissen ?", "Et Paris ?"),
        ("Chi ha chiesto le truppe?", "Perché?"),
        ("Wer bat um die Truppen?", "Und China?"),
        ("Кто попросил ввести войска?", "А Китай?"),
        ("リッセンの灯台は誰が建てましたか", "いつ？"),
    ],
    ids=["French", "Italian", "German", "Russian", "Japanese"],
)
def test_no_rule_is_tried_on_another_language(before: str, asked: str) -> None:
    assert standalone(asked, talk(before)) == asked


@pytest.mark.parametrize(
    "history", [[], talk(" "), [Turn("assistant", "Ask me about Italy.")]], ids=["none", "blank", "greeting"]
)
def test_where_nothing_was_asked_before_every_question_is_left_as_it_is(history: list[Turn]) -> None:
    assert standalone("  How big is it? ", history) == "  How big is it? "


def test_a_follow_up_of_a_follow_up_is_understood() -> None:
    history = talk(LIGHTHOUSE, REIS, "and when was it lit?", "In 1921.")
    assert standalone("Is it still used?", history) == "Is the lighthouse of Lissen still used?"


def test_a_rewriting_too_long_to_ask_is_not_made() -> None:
    assert standalone("why?", talk("Did " + "Kazakhstan " * 181 + "help?")) == "why?"


@pytest.mark.parametrize(
    "text",
    ["it is " * 600, "A " * 2000, "Who, " * 700, "the a of " * 500, "Aa and " * 600, "its a " * 600, "İ" * 4000],
    ids=lambda text: text[:9],
)
def test_texts_made_to_take_long_do_not(text: str) -> None:
    began = time.perf_counter()
    standalone("why did he do that?", talk(*[text[:2000]] * 20))
    standalone(text[:2000], talk("How did Russia react?", text[:4000]))
    assert time.perf_counter() - began < 5


def test_the_background_of_a_question_is_what_the_user_said_and_the_question() -> None:
    history = talk("How did Russia react?", "It sent troops.", "and China?")
    assert background("Why did China react?", history) == "How did Russia react? and China? Why did China react?"


@pytest.mark.parametrize("history", [[], talk(" "), [Turn("assistant", "Hello.")]], ids=["none", "blank", "greeting"])
def test_without_anything_said_there_is_no_background(history: list[Turn]) -> None:
    assert background("How did Russia react?", history) == ""


def test_the_background_keeps_the_last_eight_turns_of_the_user() -> None:
    history = [Turn("user", str(number)) for number in range(9)]
    assert background("?", history) == "1 2 3 4 5 6 7 8 ?"


@pytest.mark.parametrize(("length", "kept"), [(1996, True), (1997, False)], ids=["as long as fits", "one more"])
def test_the_background_is_no_longer_than_a_question(length: int, kept: bool) -> None:
    assert (background("?", [Turn("user", "a" * length), Turn("user", "b")]) == "a" * length + " b ?") is kept
