"""The seed article and the questions about it: the bytes, the gold spans, the promises of the tags."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from index.article import Article, content_id
from index.formats import read_articles

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
SEED_ARTICLE = SEEDS / "000_a53645bc2e1e2512.txt"
LINES = (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
QUESTIONS: list[dict[str, Any]] = [json.loads(line) for line in LINES]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
UNANSWERABLE = [question for question in QUESTIONS if not question["answerable"]]
KINDS = {"who", "what", "where", "when", "why", "how", "how_many", "yes_no"}
TRAITS = {"two_places", "no_common_word", "other_spelling", "whole_sentence", "example"}

# Words that carry no topic; a question may share them with any sentence.
FUNCTION_WORDS = """
a about after against all also an and another any are as at be because been before between both but by can
could did do does for from had has have he her his how if in into is it its itself many may might must not
of on one only or other she should since so some such than that the their them then there these they this
those to up was were what when where which while who whom whose why will with without would
"""
SUFFIX = re.compile(r"(ations?|ings?|ed|ies|es|ly|s|e|y)$")
# "Kasym-Zhomart. Tokaev" has a stray full stop in the middle of a name; no sentence ends there.
SENTENCE_END = re.compile(r"(?<!Zhomart)\.\s+|\n+")


@pytest.fixture(scope="module")
def article() -> Article:
    (only,) = read_articles(SEED_ARTICLE)
    return only


def with_tag(tag: str) -> list[dict[str, Any]]:
    return [question for question in QUESTIONS if tag in question["tags"]]


def gold_quotes(question: dict[str, Any], text: str) -> list[str]:
    return [text[gold["start"] : gold["end"]] for gold in question["gold"]]


def sentence_at(text: str, position: int) -> str:
    ends = [0, *(match.end() for match in SENTENCE_END.finditer(text)), len(text)]
    start = max(end for end in ends if end <= position)
    return text[start : min(end for end in ends if end > position)]


def content_stems(text: str) -> set[str]:
    """Return the stems of the words that carry a topic, cut so short that near relatives fall together."""
    words = set(re.findall(r"[^\W_]+", text.lower().replace("’s", ""))) - set(FUNCTION_WORDS.split())
    return {SUFFIX.sub("", word)[:5] for word in words}


def test_the_seed_article_is_byte_for_byte_what_was_given() -> None:
    content = SEED_ARTICLE.read_bytes()
    assert len(content) == 4119
    assert hashlib.sha256(content).hexdigest() == ("3c0ee54ae4775ed3fa5683209154a9778fc102cff23da093b6da5b46d5cecf2e")


def test_the_text_is_the_file_without_its_date_line(article: Article) -> None:
    assert article.text == SEED_ARTICLE.read_text(encoding="utf-8").removeprefix(" date 2022-01-06 ")
    assert article.text.startswith("Quwhich began as a street revolution")


def test_every_gold_span_names_the_seed_article(article: Article) -> None:
    assert {gold["doc"] for question in ANSWERABLE for gold in question["gold"]} == {article.id}
    assert article.id == content_id(article.text) == "8e6b8759e0f47286"


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["question"])
def test_the_gold_spans_slice_to_the_first_answers(question: dict[str, Any], article: Article) -> None:
    quotes = gold_quotes(question, article.text)
    assert quotes
    assert quotes == question["answers"][: len(quotes)]


def test_an_unanswerable_question_has_no_answer_and_no_gold() -> None:
    assert [(question["answers"], question["gold"]) for question in UNANSWERABLE] == [([], [])] * 22


def test_there_are_enough_questions_of_each_sort() -> None:
    assert len(QUESTIONS) == 74
    assert len(UNANSWERABLE) == 22
    assert len(with_tag("two_places")) == 7
    assert len(with_tag("no_common_word")) == 15


def test_ids_and_questions_are_unique() -> None:
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    assert len({question["question"] for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_a_question_has_one_kind_and_known_traits(question: dict[str, Any]) -> None:
    kind, *traits = question["tags"]
    assert kind in KINDS
    assert set(traits) <= TRAITS


def test_several_gold_spans_mean_that_each_is_needed() -> None:
    assert [question for question in QUESTIONS if len(question["gold"]) > 1] == with_tag("two_places")


@pytest.mark.parametrize("question", with_tag("two_places"), ids=lambda question: question["question"])
def test_two_places_are_two_sentences(question: dict[str, Any], article: Article) -> None:
    first, second = (sentence_at(article.text, gold["start"]) for gold in question["gold"])
    assert first != second


@pytest.mark.parametrize("question", with_tag("no_common_word"), ids=lambda question: question["question"])
def test_a_paraphrase_shares_no_content_word_with_its_sentence(question: dict[str, Any], article: Article) -> None:
    (gold,) = question["gold"]
    sentence = sentence_at(article.text, gold["start"])
    assert content_stems(question["question"]) & content_stems(sentence) == set()


def test_the_paraphrase_check_sees_through_word_endings() -> None:
    shared = content_stems("Who demonstrated?") & content_stems("The demonstrators’ demonstrations.")
    assert shared == {"demon"}


def test_the_stray_full_stop_ends_no_sentence(article: Article) -> None:
    sentence = sentence_at(article.text, article.text.index("Tokaev"))
    assert sentence.startswith("And the readiness")
    assert sentence.rstrip().endswith("the invasion of Russia.")


def test_the_readme_states_the_counts_of_the_file() -> None:
    readme = (SEEDS / "README.md").read_text(encoding="utf-8")
    stated = {tag: int(count) for tag, count in re.findall(r"^\| `(\w+)` \| (\d+) \|", readme, re.MULTILINE)}
    assert stated == Counter(tag for question in QUESTIONS for tag in question["tags"])
    assert f"{len(QUESTIONS)} questions, {len(UNANSWERABLE)} of them not answered by the article" in readme
