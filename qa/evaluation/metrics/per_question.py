"""What one question scores, 0 to 1 and higher is better: by it two replies to a question are told apart.

Each score is called as the metric that it is the mean of, but for
``retrieval.first_rank``, which is one over the rank of the first passage that
holds the expected place (or stands in the expected article, where no more is known).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qa.evaluation.metrics.answer import best_score, exact_match, token_f1
from qa.evaluation.metrics.answer_in_quote import holds_answer
from qa.evaluation.outcome import Outcome, covers_gold

Changed = Mapping[str, tuple[float, float]]
"""By metric: before, now."""


def changed_scores(before: Outcome, now: Outcome) -> Changed:
    """Return the scores that differ between two outcomes of one question."""
    changed = {}
    for metric, score in QUESTION_SCORES.items():
        earlier, later = score(before), score(now)
        if earlier is not None and later is not None and earlier != later:
            changed[metric] = (earlier, later)
    return changed


def _exact_match(outcome: Outcome) -> float | None:
    return best_score(exact_match, outcome) if outcome.question.answerable and outcome.question.answers else None


def _f1(outcome: Outcome) -> float | None:
    return best_score(token_f1, outcome) if outcome.question.answerable and outcome.question.answers else None


def _cites_gold(outcome: Outcome) -> float | None:
    asked = outcome.question
    if not asked.answerable or not asked.gold_spans:
        return None
    return float(any(covers_gold(asked, each.article_id, each.span) for each in outcome.citations))


def _cites_words(outcome: Outcome) -> float | None:
    asked = outcome.question
    if not asked.answerable or not asked.answers or asked.gold_spans:
        return None
    return float(any(holds_answer(each.quote, answer) for each in outcome.citations for answer in asked.answers))


def _answers(outcome: Outcome) -> float | None:
    return float(outcome.answered) if outcome.question.answerable else None


def _keeps_silent(outcome: Outcome) -> float | None:
    return None if outcome.question.answerable else float(not outcome.answered)


def _first_rank(outcome: Outcome) -> float | None:
    asked = outcome.question
    if not asked.answerable or not asked.gold:
        return None
    articles = set() if asked.gold_spans else {gold.article_id for gold in asked.gold}
    for rank, hit in enumerate(outcome.consulted, start=1):
        place = hit.passage
        if place.article_id in articles or covers_gold(asked, place.article_id, place.span):
            return 1 / rank
    return 0.0


QUESTION_SCORES: Mapping[str, Callable[[Outcome], float | None]] = {
    "answer.exact_match": _exact_match,
    "answer.f1": _f1,
    "citation.recall": _cites_gold,
    "citation.answer_in_quote_recall": _cites_words,
    "abstention.coverage": _answers,
    "abstention.false_answers": _keeps_silent,
    "retrieval.first_rank": _first_rank,
}
