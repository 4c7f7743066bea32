"""Suggested questions: made by rules, and kept only where the article answers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from index.article import Article, Mark, Span
from qa.answer import Abstention, Answer, Citation, Reply, Trace
from qa.question_generation.headings_and_names import Candidate, candidates
from qa.question_generation.suggest import MOST_ASKED, suggest

TEXT = (
    "Harvard was founded in 1636. The Saxon Garden was designed by Tylman van Gameren. "
    "Hoesung Lee is the chair of the IPCC. Harvard has 10 faculties. "
    "But Kazakhstan is nine times the size of Italy, and young. "
    "He was followed by Tokaev, who called for the intervention of the troops. "
    "The war was lost because the army had no food. "
    "In 2000, ABC launched a campaign for children. The stadium is located in Boston."
)
MADE = [
    ("Harvard was founded in 1636.", "When was Harvard founded?"),
    ("The stadium was opened in Boston in 1903.", "When was the stadium opened in Boston?"),
    ("The Saxon Garden was designed by Tylman van Gameren.", "Who designed the Saxon Garden?"),
    ("Hoesung Lee is the chair of the IPCC.", None),  # a chair may be a seat
    ("Hoesung Lee is a Korean economist.", "Who is Hoesung Lee?"),
    ("The doctrine was praised by Hoesung Lee, a Korean economist.", "Who is Hoesung Lee?"),
    ("Harvard Stadium is a large arena.", "What is Harvard Stadium?"),
    ("Harvard has 10 faculties.", "How many faculties does Harvard have?"),
    ("Harvard had about two thousand students.", "How many students did Harvard have?"),
    ("But Kazakhstan is nine times the size of Italy, and young.", "How big is Kazakhstan compared with Italy?"),
    (
        "Then came Tokaev, who called for the intervention of the troops.",
        "Who called for the intervention of the troops?",
    ),
    ("The war was lost because the army had no food.", "Why was the war lost?"),
    ("The war was lost not just because the army had no food.", None),
    ("In 2000, ABC launched a campaign for children.", "When did ABC launch a campaign for children?"),
    ("In 2000, ABC bought a studio.", "What did ABC buy in 2000?"),
    ("China maintains a silence that could mean consent.", "What does China maintain?"),
    ("The stadium is located in Boston.", "Where is the stadium?"),
    ("Peace came in 1948.", "What happened in 1948?"),
]
NOT_MADE = [
    "It was founded in 1636.",
    "This is a large arena.",
    "Harvard (founded in 1636 is old.",
    "Harvard was founded in 1636 [2].",
    "A heading without an end",
    "He launched a campaign.",
    "They have 10 faculties.",
    "The war, it was lost because the army had no food",
    "Peace lasted from 1948 to 1950.",
    "🙂",
    "",
]


def article(text: str, *, title: str = "", language: str | None = None, marks: tuple[Mark, ...] = ()) -> Article:
    return Article("it", title, text, language=language, marks=marks)


def citing(text: str, span: Span, article_id: str = "it") -> Answer:
    quote = span.slice(text)
    citation = Citation(1, article_id, "", span, quote, Span(0, len(quote)), "verified", 1.0)
    return Answer("1", "?", quote, None, (citation,), 0.9, Trace("?"))


def abstaining(question: str) -> Abstention:
    return Abstention("2", question, "not_stated", (), 0.1, Trace(question))


def truthful(article: Article) -> Callable[[str], Reply]:
    """Answer every question with the sentence that it was made from."""
    places = {made.question: made.places[0] for made in candidates(article)}
    return lambda question: citing(article.text, places[question])


@pytest.mark.parametrize(("sentence", "question"), MADE)
def test_a_plain_sentence_is_asked_for_in_plain_english(sentence: str, question: str | None) -> None:
    made = [each.question for each in candidates(article(sentence))]
    assert question in made if question else not any(each.startswith(("Who", "What is", "Why")) for each in made)


@pytest.mark.parametrize("sentence", NOT_MADE)
def test_of_a_sentence_that_is_not_plain_nothing_is_asked(sentence: str) -> None:
    assert candidates(article(sentence)) == []


def test_a_question_knows_the_sentence_that_it_was_made_from() -> None:
    made = {each.question: each.places for each in candidates(article(TEXT))}
    assert [span.slice(TEXT) for span in made["Who designed the Saxon Garden?"]] == [
        "The Saxon Garden was designed by Tylman van Gameren."
    ]


@pytest.mark.parametrize(
    ("title", "sentence", "question"),
    [
        ("Prime number", "A prime number (or a prime) is a natural number.", "What is a prime number?"),
        (
            "Amazon rainforest",
            "The Amazon rainforest, also called Amazonia, is a forest.",
            "What is the Amazon rainforest?",
        ),
        ("Sky (United Kingdom)", "Sky is a company.", "What is Sky?"),
    ],
)
def test_what_the_title_names_is_asked_for(title: str, sentence: str, question: str) -> None:
    assert question in [each.question for each in candidates(article(sentence, title=title))]


ABOUT = "The Kremlin spoke. Then the Kremlin was silent. People left."


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("en", ABOUT, "What does the article say about the Kremlin?"),
        ("it", "Qui parla Martin Lutero. Poi venne Martin Lutero, solo.", "Cosa dice l’articolo su Martin Lutero?"),
        (
            "de-DE",
            "Hier sprach Martin Luther. Dann kam Martin Luther, allein.",
            "Was sagt der Artikel über Martin Luther?",
        ),
        (
            "ru",
            "Мартин Лютер родился в Айслебене. Мартин Лютер писал книги.",
            "Что говорится в статье на тему «Мартин Лютер»?",
        ),
    ],
    ids=["English", "Italian", "German", "Russian"],
)
def test_what_an_article_speaks_of_twice_is_asked_about_in_its_language(
    language: str, text: str, question: str
) -> None:
    assert [each.question for each in candidates(article(text, language=language)) if each.kind == "name"] == [question]


def test_a_heading_is_asked_about_in_quotes_and_is_answered_by_what_stands_under_it() -> None:
    text = "Early life\nIt began. It went on.\nEnd\nIt ended."
    marks = (Mark("heading", Span(0, 33), "Early life", 1), Mark("heading", Span(33, len(text)), "End", 1))
    made = [each for each in candidates(article(text, marks=marks)) if each.kind == "heading"]
    assert {each.question: [span.slice(text) for span in each.places] for each in made} == {
        "What does the article say about “Early life”?": ["It began.", "It went on."],
        "What does the article say about “End”?": ["It ended."],
    }


@pytest.mark.parametrize("language", ["fr", "zh", "en-x"])
def test_a_language_without_rules_gets_none(language: str) -> None:
    found = candidates(article("Paris est belle. Paris est grande.", language=language))
    assert found == [] or language == "en-x"


def test_four_questions_are_suggested_of_four_kinds_in_the_order_of_the_article() -> None:
    long = article(TEXT)
    questions = suggest(long, truthful(long))
    kinds = {each.question: each.kind for each in candidates(long)}
    places = {each.question: each.places[0] for each in candidates(long)}
    assert len(questions) == len({kinds[question] for question in questions}) == 4
    assert [places[question] for question in questions] == sorted(places[question] for question in questions)


def test_the_same_article_gets_the_same_questions() -> None:
    long = article(TEXT)
    assert suggest(long, truthful(long)) == suggest(long, truthful(long))


def test_what_is_not_answered_is_not_suggested() -> None:
    assert suggest(article(TEXT), abstaining) == []


def test_what_is_answered_with_another_sentence_is_not_suggested() -> None:
    lone = article("Harvard was founded in 1636. Nothing else is known.")
    elsewhere = lone.text.index("Nothing")
    assert suggest(lone, lambda question: citing(lone.text, Span(elsewhere, elsewhere + 22))) == []


def test_what_another_article_answers_is_not_suggested() -> None:
    lone = article("Harvard was founded in 1636.")
    assert suggest(lone, lambda question: citing(lone.text, Span(0, 28), article_id="other")) == []


@pytest.mark.parametrize("text", ["", "🙂", "no sentence", "\n\n"], ids=["nothing", "no words", "no stop", "lines"])
def test_an_article_of_which_nothing_can_be_asked_is_not_asked(text: str) -> None:
    assert suggest(article(text), _never) == []


def test_no_more_than_a_few_seconds_of_questions_are_asked() -> None:
    asked: list[str] = []

    def count(question: str) -> Reply:
        asked.append(question)
        return abstaining(question)

    suggest(article(" ".join(f"Harvard bought a house in {year}." for year in range(1700, 1800))), count)
    assert len(asked) == len(set(asked)) == MOST_ASKED


def _never(question: str) -> Reply:
    raise AssertionError(question)


def test_no_suggestion_is_made_twice() -> None:
    made: Sequence[Candidate] = candidates(article(TEXT + " " + TEXT))
    assert len({each.question for each in made}) == len(made)
