"""Does a follow-up find its articles: ways to search with a question that has turns before it.

The conversations are split in two by a hash of their ids: rules and weights
are chosen on one half, and both are reported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from index.article import Retrieval
from index.protocols import Retriever
from qa.evaluation.data.datasets import Question
from qa.evaluation.metrics.interval import Metric, mean
from qa.evaluation.metrics.retrieval import rank_articles
from qa.followups import standalone

Half = Literal["tuned", "held out"]

DEPTH = 5  # articles


def article_recall(
    questions: Sequence[Question], retriever: Retriever, *, consulted: int
) -> dict[str, dict[Half | Literal["all"], Metric]]:
    """Return recall of the gold articles among the first five, by way of searching, over each half and all.

    Only questions that have turns before them and gold count. A conversation
    is resampled whole for the intervals.
    """
    asked = [question for question in questions if question.history and question.gold]
    conversations = [conversation_id(question) for question in asked]
    halves = [half_of(each) for each in conversations]
    measured: dict[str, dict[Half | Literal["all"], Metric]] = {}
    for way, retrieve in _WAYS.items():
        recalls = [_recall(question, retrieve(retriever, question, consulted)) for question in asked]
        measured[way] = {"all": mean(recalls, conversations)}
        for half in ("tuned", "held out"):
            inside = [number for number, each in enumerate(halves) if each == half]
            measured[way][half] = mean([recalls[n] for n in inside], [conversations[n] for n in inside])
    return measured


def half_of(conversation_id: str) -> Half:
    """Return which half a conversation is in: the parity of its id's SHA-256."""
    return "held out" if int(hashlib.sha256(conversation_id.encode()).hexdigest(), 16) % 2 else "tuned"


def conversation_id(question: Question) -> str:
    """Return the conversation that a question belongs to: MTRAG's ids are ``CONVERSATION<::>TURN``."""
    return question.id.partition("<::>")[0]


def _recall(question: Question, found: Retrieval) -> float:
    gold = {place.article_id for place in question.gold}
    return len(gold.intersection(rank_articles(found.passages)[:DEPTH])) / len(gold)


def _last_turn_alone(retriever: Retriever, question: Question, k: int) -> Retrieval:
    return retriever.retrieve(question.question, k=k)


def _joined(retriever: Retriever, question: Question, k: int) -> Retrieval:
    said = [turn.text for turn in question.history if turn.role == "user"]
    return retriever.retrieve(" ".join([*said[-1:], question.question]), k=k)


def _standalone(retriever: Retriever, question: Question, k: int) -> Retrieval:
    return retriever.retrieve(standalone.standalone(question.question, question.history), k=k)


def _last_turn_with_background(retriever: Retriever, question: Question, k: int) -> Retrieval:
    asked = question.question
    return retriever.retrieve(asked, k=k, background=standalone.background(asked, question.history))


def _as_the_assistant_does(retriever: Retriever, question: Question, k: int) -> Retrieval:
    asked = standalone.standalone(question.question, question.history)
    return retriever.retrieve(asked, k=k, background=standalone.background(asked, question.history))


_WAYS: Mapping[str, Callable[[Retriever, Question, int], Retrieval]] = {
    "the last turn alone": _last_turn_alone,
    "the user turn before joined to it": _joined,
    "the stand-alone question": _standalone,
    "the last turn with its background": _last_turn_with_background,
    "the stand-alone question with its background": _as_the_assistant_does,
}
