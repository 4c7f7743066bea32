"""How follow-ups are read: tables over an invented place, by what is left out or pointed at."""

from __future__ import annotations

import time

import pytest

from qa.followups.standalone import Turn, standalone

LIGHTHOUSE = "Who built the lighthouse of Lissen?"
REIS = "Anna Reis built it in 1921. [1]"
SHIPS = "Which ships carried the grain to Vell?"
TREATY = "When was the treaty of Brann signed?"

Case = tuple[str, str, str, str]  # the question before, its answer, the follow-up, what it is read as

A_NOUN_WITH_WHAT_BELONGS_TO_IT: list[Case] = [
    (LIGHTHOUSE, REIS, "and when was it lit?", "When was the lighthouse of Lissen lit?"),
    (LIGHTHOUSE, REIS, "How tall is it?", "How tall is the lighthouse of Lissen?"),
    (LIGHTHOUSE, REIS, "what is its height?", "What is the height of the lighthouse of Lissen?"),
    (
        "I would like to know who built the lighthouse of Lissen.",
        "",
        "and when was it lit?",
        "When was the lighthouse of Lissen lit?",
    ),
    ("What is the lighthouse of Lissen made of?", "", "Who lit it?", "Who lit the lighthouse of Lissen?"),
    (TREATY, "In 1704.", "Who signed it?", "Who signed the treaty of Brann?"),
    (
        "Who designed the bridge over the Marn?",
        "Otto Fell.",
        "How long is it?",
        "How long is the bridge over the Marn?",
    ),
    ("Who inherited the house on the hill?", "", "What happened to it?", "What happened to the house on the hill?"),
    (
        "When was the railway line between Lissen and Korr opened?",
        "",
        "Who paid for it?",
        "Who paid for the railway line between Lissen and Korr?",
    ),
    ("Who leads the Council of Vell?", "", "Where does it meet?", "Where does the Council of Vell meet?"),
    ("What is the castle of Brann famous for?", "", "Who lived in it?", "Who lived in the castle of Brann?"),
    ("How did the attack on Korr end?", "", "Who ordered it?", "Who ordered the attack on Korr?"),
    (
        "Who wrote the history of the guild?",
        "Brother Anselm.",
        "When was it written?",
        "When was the history of the guild written?",
    ),
    ("What is an astrolabe?", "", "Who invented it?", "Who invented the astrolabe?"),
]
WHAT_THE_TALK_IS_ABOUT: list[Case] = [
    ("What is the price of the ticket?", "", "Where can I buy it?", "Where can I buy the ticket?"),
    ("What is the population of Lissen?", "", "How fast is it growing?", "How fast is Lissen growing?"),
    ("What is the theme of The Winter Road?", "", "Who wrote it?", "Who wrote the Winter Road?"),
    (
        "What was the name of the captain of the Anka?",
        "",
        "Where was he born?",
        "Where was the captain of the Anka born?",
    ),
]
PEOPLE_AND_THINGS: list[Case] = [
    (LIGHTHOUSE, REIS, "When was she born?", "When was Anna Reis born?"),
    ("Where is the statue of Ida Krall?", "", "Who made it?", "Who made the statue of Ida Krall?"),
    ("Where is the statue of Ida Krall?", "", "When was she born?", "When was Ida Krall born?"),
    ("Why did Elin Marr leave the academy?", "", "When was it founded?", "When was the academy founded?"),
    ("Why did Elin Marr leave the academy?", "", "and when did she come back?", "When did Elin Marr come back?"),
    ("What did the mayor of Lissen say about the flood?", "", "Did he resign?", "Did the mayor of Lissen resign?"),
    ("What did the mayor of Lissen say about the flood?", "", "When did it begin?", "When did the flood begin?"),
    ("Who is the director of the museum?", "Ida Krall.", "When did she start?", "When did Ida Krall start?"),
    ("Who is the director of the museum?", "Ida Krall.", "when does it open?", "When does the museum open?"),
    ("Who taught Ida Krall?", "Professor Lind.", "What did he teach her?", "What did Professor Lind teach Ida Krall?"),
    ("Did the queen visit Vell?", "", "Where did she stay?", "Where did the queen stay?"),
    ("Where did the queen hide the crown?", "", "Where is it now?", "Where is the crown now?"),
    (
        "Who painted the chapel of Saint Orla?",
        "Pell did.",
        "why did he do that?",
        "Why did Pell do that (painted the chapel of Saint Orla)?",
    ),
]
ONE_AND_MANY: list[Case] = [
    ("What were the causes of the fire of Korr?", "", "How long did it last?", "How long did the fire of Korr last?"),
    ("What are the rules of the game of stones?", "", "Who wrote them?", "Who wrote the rules of the game of stones?"),
    ("Who owns the vineyards of Orn?", "", "How old are they?", "How old are the vineyards of Orn?"),
    ("Where were the bells of the abbey cast?", "", "How heavy are they?", "How heavy are the bells of the abbey?"),
    ("When did the miners of Tarn strike?", "", "What did they want?", "What did the miners of Tarn want?"),
    ("Where did the people of the valley settle?", "", "Were they farmers?", "Were the people of the valley farmers?"),
    ("What do herons eat?", "", "Where do they nest?", "Where do herons nest?"),
    ("Did the king and the queen visit Vell?", "", "Where did they stay?", "Where did the king and the queen stay?"),
    (
        "How many windows does the palace of Orn have?",
        "",
        "Are they original?",
        "Are the windows of the palace of Orn original?",
    ),
    (SHIPS, "", "How many of them sank?", "How many of them sank (ships carried the grain to Vell)?"),
    (
        "Who found the cave near Tarn?",
        "Two boys.",
        "How old were they?",
        "How old were they (found the cave near Tarn)?",
    ),
]
PLACES: list[Case] = [
    ("What is the castle of Brann famous for?", "", "Who lived there?", "Who lived in the castle of Brann?"),
    ("Who inherited the house on the hill?", "", "Who lives there now?", "Who lives in the house on the hill now?"),
    ("How deep is Lake Orn?", "", "Are there fish there?", "Are there fish in Lake Orn?"),
]
WHAT_IS_LEFT_OUT: list[Case] = [
    (LIGHTHOUSE, REIS, "and when?", "When was the lighthouse of Lissen built?"),
    (LIGHTHOUSE, REIS, "And the lighthouse of Korr?", "Who built the lighthouse of Korr?"),
    (LIGHTHOUSE, REIS, "and the harbour?", "What about the harbour (built the lighthouse of Lissen)?"),
    ("Who founded the Orla Institute?", "", "and why?", "Why was the Orla Institute founded?"),
    (TREATY, "In 1704.", "By whom?", "By whom was the treaty of Brann signed?"),
    ("How tall is the tower of Vell?", "", "and how old?", "How old is the tower of Vell?"),
    ("How tall is the tower of Vell?", "", "and the one in Korr?", "How tall is the tower in Korr?"),
    ("How much does the ticket cost?", "", "and the guide?", "How much does the guide cost?"),
    ("What do herons eat?", "", "and storks?", "What do storks eat?"),
    ("How many windows does the palace have?", "", "and doors?", "How many doors does the palace have?"),
    ("Which of the two brothers was older?", "", "and taller?", "Which of the two brothers was taller?"),
    ("Why is the harbour closed in winter?", "", "and in summer?", "Why is the harbour closed in summer?"),
    ("What happened at the fair in 1830?", "", "and in 1831?", "What happened at the fair in 1831?"),
    ("Who taught Ida Krall?", "", "and her sister?", "Who taught Ida Krall’s sister?"),
    ("Was the mill ever closed?", "", "for how long?", "For how long (the mill ever closed)?"),
    (
        SHIPS,
        "The Anka and the Thule.",
        "what about the second one?",
        "What about the Thule (ships carried the grain to Vell)?",
    ),
    (SHIPS, "The Anka.", "and the second one?", "What about the second one (ships carried the grain to Vell)?"),
    (
        "When did the miners of Tarn strike?",
        "",
        "what happened next?",
        "What happened next (the miners of Tarn strike)?",
    ),
    ("Who painted the ceiling?", "Pell.", "How long did it take?", "How long did it take (painted the ceiling)?"),
    ("What was the coronation like?", "", "Who was there?", "Who was there (the coronation)?"),
]
NAMED_AGAIN: list[Case] = [
    (LIGHTHOUSE, REIS, "How tall is the lighthouse?", "How tall is the lighthouse of Lissen?"),
    (LIGHTHOUSE, REIS, "Is that lighthouse still lit?", "Is the lighthouse of Lissen still lit?"),
]
CASES = [
    *A_NOUN_WITH_WHAT_BELONGS_TO_IT,
    *WHAT_THE_TALK_IS_ABOUT,
    *PEOPLE_AND_THINGS,
    *ONE_AND_MANY,
    *PLACES,
    *WHAT_IS_LEFT_OUT,
    *NAMED_AGAIN,
]


@pytest.mark.parametrize(
    ("before", "answer", "asked", "read_as"), CASES, ids=[f"{before} {asked}" for before, _, asked, _ in CASES]
)
def test_a_follow_up_is_read_as_it_was_meant(before: str, answer: str, asked: str, read_as: str) -> None:
    assert standalone(asked, [Turn("user", before), Turn("assistant", answer)]) == read_as


@pytest.mark.parametrize(
    "asked",
    [
        "Where is the harbour of Korr?",
        "Who was Anna Reis?",
        "When did Korr open its harbour?",
        "Did the storm of 1950 destroy its own harbour?",
        "What do sailors say about the sea when they leave it?",
        "And who owns the port?",
        "When does it get dark in December?",
        "Is the lighthouse of Korr taller than the cathedral?",
        "What does the new law say about each lighthouse that is lit by hand?",
    ],
)
def test_a_question_that_stands_alone_is_not_touched(asked: str) -> None:
    assert standalone(asked, [Turn("user", LIGHTHOUSE), Turn("assistant", REIS)]) == asked


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ("Qui a construit le phare de Lissen ?", "Et quand ?"),
        ("Qui a construit le phare de Lissen ?", "Paris ?"),
        ("¿Quién construyó el faro de Lissen?", "¿Y las torres?"),
        ("Quem construiu o farol de Lissen?", "E quando?"),
        ("Wie bouwde de vuurtoren van Lissen?", "En wanneer?"),
        ("Kto zbudował latarnię w Lissen?", "A kiedy?"),
        ("リッセンの灯台は誰が建てましたか", "いつ？"),
    ],
    ids=["French", "French, a name", "Spanish", "Portuguese", "Dutch", "Polish", "Japanese"],
)
def test_no_rule_is_tried_on_a_language_without_rules(before: str, asked: str) -> None:
    assert standalone(asked, [Turn("user", before)]) == asked


def test_the_lighthouse_stays_the_one_that_was_asked_about_over_several_questions() -> None:
    history = [Turn("user", LIGHTHOUSE), Turn("assistant", REIS), Turn("user", "and when was it lit?")]
    assert standalone("Is it still used?", history) == "Is the lighthouse of Lissen still used?"


@pytest.mark.parametrize(
    "text",
    ["the a of " * 500, "the mill and " * 300, "Aa and " * 600, "The Xa of the " * 280, "its a " * 600],
    ids=lambda text: text[:9],
)
def test_phrases_without_end_do_not_take_long(text: str) -> None:
    began = time.perf_counter()
    for asked in (text[:2000], "when was it lit?", "and the mill?", "who lived there?"):
        standalone(asked, [Turn("user", text), Turn("assistant", text)] * 20)
    assert time.perf_counter() - began < 5
