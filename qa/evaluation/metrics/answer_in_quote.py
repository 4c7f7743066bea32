"""Does a cited quote hold a right answer: what citations are scored by where nobody marked the place.

Only answerable questions that list answers and have no gold span are measured;
where a span is known, `citation` says more. Words are compared as SQuAD
compares them, so a quote that states the answer otherwise counts as wrong,
and one that has the words in another sense as right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.evaluation.metrics.answer import tokens
from qa.evaluation.metrics.interval import Metric, mean, ratio
from qa.evaluation.outcome import Outcome, clusters

# Scripts that put no space between words: there an answer is no token of its sentence.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def measure_answers_in_quotes(outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    """Return how many citations hold an answer (precision), and how many questions have one that does (recall).

    An abstention has no citation, and 0 of recall.
    """
    judged = [
        outcome
        for outcome in outcomes
        if outcome.question.answerable and outcome.question.answers and not outcome.question.gold_spans
    ]
    articles = clusters(judged)
    holding = [sum(_holds_any(citation.quote, outcome) for citation in outcome.citations) for outcome in judged]
    return {
        "citation.answer_in_quote_precision": ratio(holding, [len(outcome.citations) for outcome in judged], articles),
        "citation.answer_in_quote_recall": mean([float(count > 0) for count in holding], articles),
    }


def holds_answer(quote: str, answer: str) -> bool:
    """Tell whether the words of an answer stand in a quote, one after the other."""
    wanted, given = tokens(answer), tokens(quote)
    if not wanted or _UNSPACED.search(answer):  # "The The" has no token that SQuAD keeps
        return bool(answer.strip()) and _plain(answer) in _plain(quote)
    return f" {' '.join(wanted)} " in f" {' '.join(given)} "


def _holds_any(quote: str, outcome: Outcome) -> bool:
    return any(holds_answer(quote, answer) for answer in outcome.question.answers)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
