"""Measure how follow-ups are read: ``python -m tests.bench.followup_reading DATASET --library DIR``.

Each follow-up is asked three times, searched with what was said before it each
time. The library is one that `tests.bench.followup_search` has made of the same
articles. What the set knows decides what is counted: gold articles without
spans (an article is a part of a page there) and reference answers in sentences.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from index.storage.library import Library
from qa.answer import Reply
from qa.evaluation.data.datasets import Question, load_dataset
from qa.evaluation.metrics.answer import best_score, token_f1
from qa.evaluation.metrics.interval import mean
from qa.evaluation.outcome import Outcome
from qa.followups.standalone import standalone
from tests.bench.followup_recall import conversation_id
from ui.app.settings import Settings
from ui.app.wiring import indexer_of, product_over

_WAYS: Mapping[str, Callable[[Question], str]] = {
    "the last turn": lambda question: question.question,
    "the user turn before joined to it": lambda question: " ".join(
        [*[turn.text for turn in question.history if turn.role == "user"][-1:], question.question]
    ),
    "the stand-alone question": lambda question: standalone(question.question, question.history),
}


def main() -> None:
    """Print what is answered and cited by way of reading, over all follow-ups."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.followup_reading")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    arguments = parser.parse_args()
    indexer = indexer_of(Settings())
    asked = [question for question in load_dataset(arguments.dataset).questions if question.history]
    with Library.open(arguments.library, fingerprint=indexer.fingerprint) as library:
        assistant = product_over(library, indexer).assistant

        @cache
        def reply(number: int, read_as: str) -> Reply:
            return assistant.ask(asked[number].question, history=asked[number].history, standalone=read_as)

        for way, read_as in _WAYS.items():
            replies = [reply(number, read_as(question)) for number, question in enumerate(asked)]
            _tell(way, [Outcome(*pair, 0.0) for pair in zip(asked, replies, strict=True)])


def _tell(way: str, outcomes: Sequence[Outcome]) -> None:
    answerable = [each for each in outcomes if each.question.gold]
    others = [each for each in outcomes if not each.question.answerable]
    figures = {
        "answered": (answerable, [float(each.answered) for each in answerable]),
        "answered, first quote right": (answerable, [float(each.answered and _is_right(each)) for each in answerable]),
        "first quote right, withheld too": (answerable, [float(_is_right(each)) for each in answerable]),
        "F1 with the reference": (answerable, [best_score(token_f1, each) for each in answerable]),
        "unanswerable answered": (others, [float(each.answered) for each in others]),
    }
    sys.stdout.write(f"{way}\n")
    for name, (over, values) in figures.items():
        metric = mean(values, [conversation_id(each.question) for each in over])
        if metric.value is not None:
            sys.stdout.write(f"  {name:<32}{metric.value:.3f} [{metric.low:.3f}, {metric.high:.3f}] n {metric.n}\n")


def _is_right(outcome: Outcome) -> bool:
    """Tell whether the first quote, or the one withheld, is of a gold article."""
    first = outcome.first_candidate
    return first is not None and any(first.article_id == gold.article_id for gold in outcome.question.gold)


if __name__ == "__main__":
    main()
