"""Do the citations hold what answers the question, and do their quotes stand where they say.

A quote *covers* gold when a whole gold span is inside it, and *overlaps* gold
when they share a character. Only answerable questions with a gold span can
tell; citations on unanswerable questions are counted as false answers in
`abstention`, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.article import Span
from index.errors import ArticleNotFoundError
from qa.answer import Citation
from qa.evaluation.data.datasets import Question
from qa.evaluation.metrics.interval import Metric, mean, ratio
from qa.evaluation.outcome import Outcome, clusters, covers_gold, overlaps_gold

Test = Callable[[Question, str, Span], bool]


def measure_citations(outcomes: Sequence[Outcome], article_text: Callable[[str], str]) -> dict[str, Metric]:
    """Return what the citations are worth.

    - ``first_…`` looks at the first citation given; an abstention has none and scores 0.
    - ``first_candidate_…`` looks at the withheld best guess where the reply abstains.
    - ``precision`` is covering citations over citations given, both over answerable questions.
    - ``recall`` is the share of answerable questions with a covering citation; an abstention scores 0.
    - ``any_overlaps`` is the share of them with an overlapping one, for gold that is longer than a sentence.
    - ``exact_quote`` is the share of all citations given that slice to their quote; ``n`` counts citations.
    """
    judged = [outcome for outcome in outcomes if outcome.question.answerable and outcome.question.gold_spans]
    articles = clusters(judged)
    metrics: dict[str, Metric] = {}
    for name, test in (("covers", covers_gold), ("overlaps", overlaps_gold)):
        right = [_passes(test, outcome, outcome.first_candidate) for outcome in judged]
        given = [passed and outcome.answered for passed, outcome in zip(right, judged, strict=True)]
        metrics[f"citation.first_{name}"] = mean(given, articles)
        metrics[f"citation.first_candidate_{name}"] = mean(right, articles)
    covering = [sum(_passes(covers_gold, outcome, each) for each in outcome.citations) for outcome in judged]
    metrics["citation.precision"] = ratio(covering, [len(outcome.citations) for outcome in judged], articles)
    metrics["citation.recall"] = mean([count > 0 for count in covering], articles)
    touching = [any(_passes(overlaps_gold, outcome, each) for each in outcome.citations) for outcome in judged]
    metrics["citation.any_overlaps"] = mean(touching, articles)
    metrics["citation.exact_quote"] = _exact_quote_rate(outcomes, article_text)
    return metrics


def _passes(test: Test, outcome: Outcome, citation: Citation | None) -> bool:
    return citation is not None and test(outcome.question, citation.article_id, citation.span)


def _exact_quote_rate(outcomes: Sequence[Outcome], article_text: Callable[[str], str]) -> Metric:
    exact = [sum(_is_exact(citation, article_text) for citation in outcome.citations) for outcome in outcomes]
    given = [len(outcome.citations) for outcome in outcomes]
    return ratio(exact, given, clusters(outcomes))


def _is_exact(citation: Citation, article_text: Callable[[str], str]) -> bool:
    try:
        return citation.span.slice(article_text(citation.article_id)) == citation.quote
    except ArticleNotFoundError:
        return False
