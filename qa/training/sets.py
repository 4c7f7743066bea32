"""Which questions the reader learns from, and which it must never see.

A set is a folder of `qa.evaluation.data.datasets`. Paragraphs that came from one
article are put back together, so that they are cut into passages, and compete
with each other, as they do in the product.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from index.article import Article, Span
from index.formats import read_articles
from qa.evaluation.data.datasets import Gold, Question, load_dataset

Part = Literal["train", "calibrate", "test"]

PARAGRAPH_BREAK = "\n\n"
MOST_PARAGRAPHS_JOINED = 100  # more under one title is a feed of unrelated posts, not an article

# SQuAD 2's articles (XQuAD is about the same ones) in the order of the hash of their ids: the first 8 of 18 are learnt
# from, 4 calibrate, and the rest judge; no figure is given on an article of these lists.
LEARNT = frozenset(
    {
        "Amazon rainforest",
        "French and Indian War",
        "Fresno, California",
        "Geology",
        "Packet switching",
        "Prime number",
        "Sky (United Kingdom)",
        "Warsaw",
    }
)
CALIBRATED = frozenset({"Construction", "Economic inequality", "Harvard University", "Pharmacy"})
SENTENCES = frozenset({"selqa", "medquad"})  # sets whose answers are whole sentences
HALVED = frozenset({"clapnq", "mtrag_un"})


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Articles and the questions about them."""

    name: str
    articles: tuple[Article, ...]
    questions: tuple[Question, ...]


def load_training_set(folder: Path) -> QuestionSet:
    """Return a folder's questions, its paragraphs put back into articles by title."""
    dataset = load_dataset(folder)
    paragraphs = list(read_articles(dataset.corpus))
    articles, places = _joined(paragraphs)
    questions = tuple(_moved(question, places) for question in dataset.questions)
    return QuestionSet(dataset.name, tuple(articles), questions)


def part_of(title: str, dataset: str) -> Part:
    """Say what the questions about an article of a set are used for.

    SQuAD 2 and XQuAD are split by the lists above; the sets that no reader
    learns from are halved by the hash of the title.
    """
    if dataset in HALVED:
        return "calibrate" if hashlib.sha256(title.encode()).digest()[0] % 2 else "test"
    if title in LEARNT:
        return "train"
    return "calibrate" if title in CALIBRATED else "test"


def only(questions: QuestionSet, part: Part) -> QuestionSet:
    """Return the articles of one part of a set, and their questions."""
    kept = tuple(article for article in questions.articles if part_of(article.title, questions.name) == part)
    kept_ids = {article.id for article in kept}
    return QuestionSet(
        f"{questions.name}-{part}",
        kept,
        tuple(question for question in questions.questions if question.cluster in kept_ids),
    )


def _joined(paragraphs: Sequence[Article]) -> tuple[list[Article], dict[str, tuple[str, int]]]:
    """Join paragraphs of one title; return the articles, and where each paragraph went: (article id, offset)."""
    by_title: dict[str, list[Article]] = {}
    for paragraph in paragraphs:
        by_title.setdefault(paragraph.title or paragraph.id, []).append(paragraph)
    articles, places = [], {}
    for title, members in by_title.items():
        if len(members) > MOST_PARAGRAPHS_JOINED:
            articles += members
            places.update({member.id: (member.id, 0) for member in members})
            continue
        text = ""
        for member in members:
            text += PARAGRAPH_BREAK if text else ""
            places[member.id] = (members[0].id, len(text))
            text += member.text
        articles.append(replace(members[0], title=title, text=text))
    return articles, places


def _moved(question: Question, places: dict[str, tuple[str, int]]) -> Question:
    def move(gold: Gold) -> Gold:
        article_id, offset = places[gold.article_id]
        span = None if gold.span is None else Span(gold.span.start + offset, gold.span.end + offset)
        return Gold(article_id, span)

    context = question.context_article
    return replace(
        question,
        gold=tuple(move(gold) for gold in question.gold),
        context_article=None if context is None else places[context][0],
    )
