from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.article import Article, Span
from qa.evaluation.data import Pair, locate
from qa.evaluation.data.datasets import Gold, Question

TEA = Article("t1", "Tea", "Tea is a drink.\nIt is made of\n  leaves. Tea is hot.", source="/books/tea.txt")
PAPER = Article(
    "p1", "Paper", "🙂 Paper was made in China.", source="a.zip#p1", url="https://example.org/wiki/Paper.html"
)
TWIN = Article("p2", "Paper", "Another of that title.", source="/books/twin.md")


class Shelf:
    """A library of articles in memory."""

    def __init__(self, *articles: Article) -> None:
        self._articles = articles

    def articles(self) -> Sequence[Article]:
        return self._articles

    def article(self, article_id: str) -> Article:
        return next(article for article in self._articles if article.id == article_id)

    def articles_holding(self, words: str) -> set[str]:
        return {each.id for each in self._articles if all(word in each.text for word in words.split())}


def pair(article: str | None = None, quote: str | None = None, *places: Gold, answerable: bool = True) -> Pair:
    question = Question("1", "What?", (), (), answerable)
    return Pair("a.csv:2", question, article, () if quote is None else (quote,), places)


def located(given: Pair, *articles: Article) -> tuple[Question, list[str]]:
    (question,), problems = locate([given], Shelf(*(articles or (TEA, PAPER, TWIN))))
    assert all(problem.asked for problem in problems)
    return question, [problem.message for problem in problems]


@pytest.mark.parametrize("name", ["t1", "Tea", " tEA ", "tea.txt", "tea", "/books/tea.txt"])
def test_an_article_is_found_by_id_title_or_file(name: str) -> None:
    assert located(pair(name)) == (Question("1", "What?", (), (Gold("t1", None),), True, context_article="t1"), [])


def test_an_article_is_found_by_its_address() -> None:
    assert located(pair("https://example.org/wiki/Paper.html"))[0].context_article == "p1"


def test_a_quote_is_located_to_the_character_wherever_it_stands() -> None:
    question, problems = located(pair("tea", "Tea is"))
    assert (question.gold, problems) == ((Gold("t1", Span(0, 6)), Gold("t1", Span(40, 46))), [])
    assert Span(40, 46).slice(TEA.text) == "Tea is"


def test_a_quote_is_located_with_other_white_space_and_code_points_are_counted() -> None:
    question, _ = located(pair("tea", "made of leaves."))
    (gold,) = question.gold
    assert gold.span is not None
    assert gold.span.slice(TEA.text) == "made of\n  leaves."
    assert located(pair("p1", "Paper"))[0].gold == (Gold("p1", Span(2, 7)),)


def test_a_quote_of_no_named_article_is_looked_for_in_all() -> None:
    assert located(pair(None, "made in China"))[0].gold == (Gold("p1", Span(12, 25)),)


def test_a_quote_stands_where_its_words_are_whole() -> None:
    article = Article("s", "Steam", "Steam, team and tea.")
    assert located(pair("s", "tea"), article)[0].gold == (Gold("s", Span(16, 19)),)


def test_a_quote_in_a_script_without_spaces_is_located() -> None:
    article = Article("s", "東京", "首都は東京です。")
    assert located(pair("s", "東京"), article)[0].gold == (Gold("s", Span(3, 5)),)


@pytest.mark.parametrize(("times", "places"), [(20, 20), (21, 0)], ids=["twenty", "one more"])
def test_a_quote_that_stands_everywhere_is_no_gold(times: int, places: int) -> None:
    question, problems = located(pair("s", "tea"), Article("s", "Song", "tea " * times))
    assert len(question.gold_spans) == places
    said = ["a.csv:2: the quote 'tea' stands at 21 places; quote more of the sentence that was meant"]
    assert problems == (said if places == 0 else [])


def test_a_quote_that_is_not_there_is_reported_and_its_article_kept() -> None:
    question, problems = located(pair("tea", "Tea is cold"))
    assert question.gold == (Gold("t1", None),)
    assert problems == ["a.csv:2: the quote 'Tea is cold' does not stand in article 'tea'; copy its words from there"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            pair("coffee", "Tea is"),
            "a.csv:2: there is no article 'coffee'; write an id, title, file name or address",
            id="an unknown article",
        ),
        pytest.param(
            pair("Paper", "Paper"),
            "a.csv:2: 2 articles are called 'Paper'; write an id: 'p1', 'p2'",
            id="two so called",
        ),
        pytest.param(
            pair(None, "coffee"),
            "a.csv:2: the quote 'coffee' does not stand in any article; copy its words from there",
            id="nowhere",
        ),
        pytest.param(
            pair(None, None, Gold("p1", Span(20, 28))),
            "a.csv:2: the gold span ends at 28, but article 'p1' has 26 characters; count in code points of its text",
            id="out of range",
        ),
        pytest.param(
            pair(None, None, Gold("z", None)),
            "a.csv:2: there is no article 'z'; write an id, title, file name or address",
            id="a place in an unknown article",
        ),
    ],
)
def test_gold_that_cannot_be_used_is_reported_and_the_question_asked(given: Pair, message: str) -> None:
    question, problems = located(given)
    assert (question.id, question.gold, problems) == ("1", (), [message])


def test_a_gold_span_may_end_where_its_article_does() -> None:
    assert located(pair(None, None, Gold("p1", Span(2, 26))))[0].gold == (Gold("p1", Span(2, 26)),)


def test_an_unanswerable_question_has_an_article_and_no_gold() -> None:
    question, _ = located(pair("tea", answerable=False))
    assert (question.gold, question.context_article) == ((), "t1")
