"""Follow-ups made stand-alone: a table of what is rewritten, and of what is left alone."""

from __future__ import annotations

import time

import pytest

from qa.followups.standalone import Turn, background, standalone


def talk(*texts: str) -> list[Turn]:
    """Turns of the user and the assistant by turns, the user first."""
    return [Turn("assistant" if number % 2 else "user", text) for number, text in enumerate(texts)]


TROOPS = "Who called for the intervention of the troops?"
TOKAEV = "It was demonstrated by President Kasym-Zhomart. Tokaev, who called for the intervention of the troops. [1]"

ELLIPSIS = [
    ("How did Russia react?", "and China?", "How did China react?"),
    ("How did Russia react?", "And China", "How did China react?"),
    ("How did Russia react?", "What about China?", "How did China react?"),
    ("How did Russia react?", "how about the USA?", "How did the USA react?"),
    (
        "How did Russia react to the invasion of Ukraine?",
        "and China?",
        "How did China react to the invasion of Ukraine?",
    ),
    ("How big is Kazakhstan compared with Italy?", "and China?", "How big is China compared with Italy?"),
    ("What happened in Kazakhstan in 2022?", "what about 2014?", "What happened in Kazakhstan in 2014?"),
    ("What happened in Kazakhstan in 2022?", "and in 2014?", "What happened in Kazakhstan in 2014?"),
    ("How big was the army?", "and in 2014?", "How big was the army in 2014?"),
    ("How many people live in Kazakhstan?", "and in Italy?", "How many people live in Italy?"),
    ("How many people have phones?", "And in Italy?", "How many people have phones in Italy?"),
    ("Who is the prime minister of Italy?", "the president?", "Who is the president of Italy?"),
    ("Who is the prime minister of Italy?", "and the ministers?", "Who are the ministers of Italy?"),
    ("Can I have an IBM account?", "what about pricing?", "What about pricing (IBM account)?"),
    (
        "Who are the Saviors in the series?",
        "Major characters",
        "What about major characters (the Saviors in the series)?",
    ),
]
BARE = [
    ("Did China support the invasion?", "why?", "Why did China support the invasion?"),
    ("Did China support the invasion?", "When", "When did China support the invasion?"),
    ("When was Ada Lovelace born?", "where?", "Where was Ada Lovelace born?"),
    ("Where was Ada Lovelace born?", "And when?", "When was Ada Lovelace born?"),
    ("What is manga?", "how many?", "How many (manga)?"),
    (TROOPS, "why?", "Why (called for the intervention of the troops)?"),
    (TROOPS, "what happened next?", "What happened next (called for the intervention of the troops)?"),
    ("Did China help Russia?", "Tell me more", "Tell me more (China help Russia)?"),
    ("Did China help Russia?", "is that true?", "Is that true (China help Russia)?"),
    ("What was the war about?", "What was the result?", "What was the result (the war)?"),
    ("Who won the battle of Hastings?", "How many died?", "How many died (won the battle of Hastings)?"),
]
PRONOUNS = [
    ("Where is the Eiffel Tower?", "how big is it?", "How big is the Eiffel Tower?"),
    ("Where is the Eiffel Tower?", "Who designed it?", "Who designed the Eiffel Tower?"),
    ("Where is the Eiffel Tower?", "What is its height?", "What is the Eiffel Tower’s height?"),
    ("What is SSML?", "What elements does it support?", "What elements does SSML support?"),
    ("what is short selling?", "Is it risky?", "Is short selling risky?"),
    ("What is the plot of Hamlet?", "Who wrote it?", "Who wrote Hamlet?"),
    ("What is the capital of France?", "How big is it?", "How big is the capital of France?"),
    ("How did the war start?", "When did it end?", "When did the war end?"),
    ("Who is Putin?", "Did Nazarbayev support him?", "Did Nazarbayev support Putin?"),
    ("Who is Putin?", "what does he want?", "What does Putin want?"),
    ("Who was Ada Lovelace?", "who were her parents?", "Who were Ada Lovelace’s parents?"),
    ("Who was Ada Lovelace?", "Who taught her?", "Who taught Ada Lovelace?"),
    ("When was Ada Lovelace born?", "Where did she live?", "Where did Ada Lovelace live?"),
    ("When was Rosa Parks arrested?", "What was her job?", "What was Rosa Parks’ job?"),
    ("Where do the Uighurs live?", "How many of them are there?", "How many of the Uighurs are there?"),
    ("Where do the Uighurs live?", "What language do they speak?", "What language do the Uighurs speak?"),
    ("Who leads IBM?", "Where are they based?", "Where are they (IBM) based?"),
    ("Did China support the invasion?", "Why did it do that?", "Why did China support the invasion?"),
    ("What is the weather like in Rome?", "What can I see there?", "What can I see in Rome?"),
    ("What is the weather like in Rome?", "How do I get there?", "How do I get to Rome?"),
]
POINTING = [
    ("How big is Kazakhstan?", "What is the capital of that country?", "What is the capital of Kazakhstan?"),
    ("Who was Ada Lovelace?", "Where was this woman born?", "Where was Ada Lovelace born?"),
    (
        "When did Putin annex Crimea?",
        "Was this decision criticised?",
        "Was this decision criticised (Putin annex Crimea)?",
    ),
    ("What is short selling?", "What is the opposite of this?", "What is the opposite of this (short selling)?"),
    ("How do bots work?", "How does CIS do it?", "How does CIS do it (bots work)?"),
]
OTHER_LANGUAGES = [
    ("Quanto è grande il Kazakistan?", "e l’Italia?", "e l’Italia (grande, Kazakistan)?"),
    ("Chi ha chiesto le truppe?", "Perché?", "Perché (chiesto, truppe)?"),
    ("Wer bat um die Truppen?", "Warum hat er das getan?", "Warum hat er das getan (bat um, Truppen)?"),
    ("Wie groß ist Kasachstan?", "Und China?", "Und China (groß, Kasachstan)?"),
    ("Кто попросил ввести войска?", "А Китай?", "А Китай (попросил ввести войска)?"),
    ("Кто такой Токаев?", "Почему он это сделал?", "Почему он это сделал (такой Токаев)?"),
]


@pytest.mark.parametrize(
    ("before", "asked", "read_as"),
    [*ELLIPSIS, *BARE, *PRONOUNS, *POINTING, *OTHER_LANGUAGES],
    ids=lambda text: text if len(text) < 45 else text[:45],
)
def test_a_follow_up_is_read_as_a_question_that_stands_alone(before: str, asked: str, read_as: str) -> None:
    assert standalone(asked, talk(before, "")) == read_as


ALONE = [
    "How big is Kazakhstan compared with Italy?",
    "Who asked for the intervention of the troops?",
    "What is the Brezhnev doctrine?",
    "why did Putin say that he would help?",
    "Is it true that it rains in Rome?",
    "Is it possible to visit Moscow?",
    "How long does it take to learn Russian?",
    "What time is it in Almaty?",
    "What is it called when prices rise?",
    "How many rivers are there?",
    "Is there a museum in Almaty?",
    "Did Tokaev say that Russia would send its army?",
    "What did the king do with his army?",
    "Who lost their homes in the fire?",
    "When did Setanta Sports say it would launch?",
    "What happens to water when you boil it for an hour?",
    "who was jim thorpe and what did he do",
    "were Shakespeare's plays popular when he was alive",
    "When people take on debt, it leads to what?",
    "In many countries, what kind of pay gap isn't there?",
    "And who built the Murray Schoolhouse Museum?",
    "So how big is Kazakhstan?",
    "What songs did The Who play that year?",
    "Quanto è grande la Cina?",
    "Warum hat Napoleon seine Armee geteilt?",
    "Почему Наполеон разделил свою армию?",
    "中国呢？",
    "🙂",
]


@pytest.mark.parametrize("asked", ALONE)
def test_a_question_that_stands_alone_is_left_as_it_is(asked: str) -> None:
    assert standalone(asked, talk("How did Russia react to the invasion of Ukraine?", "It sent troops. [1]")) == asked


@pytest.mark.parametrize("asked", ["and China?", "why?", "Who is she?", "  How big is it? "])
@pytest.mark.parametrize(
    "history", [[], talk(" "), [Turn("assistant", "Ask me about Italy.")]], ids=["none", "blank", "greeting"]
)
def test_where_nothing_was_asked_before_every_question_is_left_as_it_is(asked: str, history: list[Turn]) -> None:
    assert standalone(asked, history) == asked


@pytest.mark.parametrize("asked", ["", " \n"], ids=["nothing", "white space"])
def test_nothing_is_made_of_nothing(asked: str) -> None:
    assert standalone(asked, talk("How did Russia react?")) == asked


@pytest.mark.parametrize(
    ("question", "answer", "asked", "read_as"),
    [
        (TROOPS, TOKAEV, "Who is he?", "Who is Tokaev?"),
        (TROOPS, TOKAEV, "why did he do that?", "Why did Tokaev do that (called for the intervention of the troops)?"),
        ("Who wrote Emma?", "Jane Austen", "who is she?", "Who is Jane Austen?"),
        ("Who wrote Emma?", "Jane Austen", "When was it written?", "When was Emma written?"),
        (
            "Who wrote Emma?",
            "Jane Austen wrote Emma in 1815. [1]",
            "Where did she live?",
            "Where did Jane Austen live?",
        ),
    ],
)
def test_who_is_meant_may_stand_in_the_answer(question: str, answer: str, asked: str, read_as: str) -> None:
    assert standalone(asked, talk(question, answer)) == read_as


def test_which_of_two_names_in_an_answer_a_pronoun_means_is_not_guessed() -> None:
    asked = standalone("What does he want?", talk("What happened?", "Putin and Lukashenko met on Monday."))
    assert asked == "What does he want?"


def test_a_follow_up_of_a_follow_up_is_understood() -> None:
    history = talk("What is Red Hat OpenShift?", "A platform.", "What benefits does it offer?", "Many.")
    assert standalone("And how much does it cost?", history) == "How much does Red Hat OpenShift cost?"


def test_what_was_asked_in_between_does_not_hide_what_a_pronoun_means() -> None:
    history = talk("Who was Ada Lovelace?", "A mathematician.", "what is short selling?", "Selling borrowed shares.")
    assert standalone("Where was she born?", history) == "Where was Ada Lovelace born?"


@pytest.mark.parametrize(
    ("history", "asked", "read_as"),
    [
        (
            talk("How big is Kazakhstan?", "Big.", "and Italy?", "Small."),
            "which is bigger?",
            "Which is bigger, Kazakhstan or Italy?",
        ),
        (
            talk("Is China bigger than India?", "Yes."),
            "Which one has more people?",
            "Which has more people, China or India?",
        ),
        (
            talk("How old are Putin, Xi and Modi?", "Old."),
            "who is the oldest?",
            "Who is the oldest (old, Putin, Xi, Modi)?",
        ),
    ],
    ids=["of two questions", "of one", "of three names"],
)
def test_two_that_were_named_are_compared(history: list[Turn], asked: str, read_as: str) -> None:
    assert standalone(asked, history) == read_as


def test_a_rewriting_too_long_to_ask_is_not_made() -> None:
    before = "Did " + "Kazakhstan " * 200 + "help?"
    assert standalone("why?", talk(before)) == "why?"


def test_the_history_itself_stays_as_it_is() -> None:
    history = talk("How did Russia react?", "It sent troops.")
    standalone("and China?", history)
    assert history == talk("How did Russia react?", "It sent troops.")


@pytest.mark.parametrize(
    "text",
    [
        "it is " * 600,
        "what does " * 300,
        "A " * 2000,
        "and " * 900,
        "Who, " * 700,
        "((((" * 900,
        "that x" * 600,
        "İ" * 4000,
    ],
    ids=lambda text: text[:9],
)
def test_texts_made_to_take_long_do_not(text: str) -> None:
    began = time.perf_counter()
    standalone("why did he do that?", talk(*[text[:4000]] * 50))
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
