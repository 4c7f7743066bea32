"""Every metric of a run: retrieval, answer, citation, abstention, speed.

A metric that has no question to be measured on is None with n 0, never 0 or nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa.evaluation.metrics.abstention import measure_abstentions
from qa.evaluation.metrics.answer import measure_answers
from qa.evaluation.metrics.answer_in_quote import measure_answers_in_quotes
from qa.evaluation.metrics.citation import measure_citations
from qa.evaluation.metrics.interval import Metric
from qa.evaluation.metrics.retrieval import measure_retrieval
from qa.evaluation.metrics.speed import measure_speed
from qa.evaluation.outcome import Outcome


def measure(outcomes: Sequence[Outcome], article_text: Callable[[str], str]) -> dict[str, Metric]:
    """Return every metric by its name, ``group.name``."""
    return (
        measure_retrieval(outcomes)
        | measure_answers(outcomes)
        | measure_citations(outcomes, article_text)
        | measure_answers_in_quotes(outcomes)
        | measure_abstentions(outcomes)
        | measure_speed(outcomes)
    )
