"""Suggested questions: made by rules, and kept only where the article answers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from index.article import Article, Mark, Span
from qa.answer import Abstention, Answer, Citation, Reply, Trace
from qa.question_generation.suggest import MOST_ASKED, MOST_CHARACTERS, Candidate, candidates, suggest

TEXT = (
    "The college was founded in 1636. The Saxon Garden was designed by Tylman van Gameren. "
    "Hoesung Lee is the chair of the IPCC. The college has 10 faculties. "
    "He was followed by Tokaev, who called for the intervention of the troops. "
    "The war was lost because the army had no food. "
    "In 2000, ABC launched a campaign for children. The stadium is located in Boston."
)


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


def test_only_short_questions_of_trusted_rules_are_suggested() -> None:
    long = f"The college was founded in 1636 by the {'old ' * 20}town. A storm destroyed the northern arch."
    assert [each for each in candidates(article(long)) if each.trust < 3 or len(each.question) > MOST_CHARACTERS] == []


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
    lone = article("The college was founded in 1636. Nothing else is known.")
    elsewhere = lone.text.index("Nothing")
    assert suggest(lone, lambda question: citing(lone.text, Span(elsewhere, elsewhere + 22))) == []


def test_what_another_article_answers_is_not_suggested() -> None:
    lone = article("The college was founded in 1636.")
    assert suggest(lone, lambda question: citing(lone.text, Span(0, 32), article_id="other")) == []


@pytest.mark.parametrize("text", ["", "🙂", "no sentence", "\n\n"], ids=["nothing", "no words", "no stop", "lines"])
def test_an_article_of_which_nothing_can_be_asked_is_not_asked(text: str) -> None:
    assert suggest(article(text), _never) == []


def test_no_more_than_a_few_seconds_of_questions_are_asked() -> None:
    asked: list[str] = []

    def count(question: str) -> Reply:
        asked.append(question)
        return abstaining(question)

    suggest(article(" ".join(f"The bridge of Korr{year} was built in {year}." for year in range(1700, 1800))), count)
    assert len(asked) == len(set(asked)) == MOST_ASKED


def _never(question: str) -> Reply:
    raise AssertionError(question)


def test_no_suggestion_is_made_twice() -> None:
    made: Sequence[Candidate] = candidates(article(TEXT + " " + TEXT))
    assert len({each.question for each in made}) == len(made)
