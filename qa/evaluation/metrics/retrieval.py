"""Did retrieval bring what holds the answer: whole articles, then characters.

Unanswerable questions have nothing to find and are in none of these. Passages
are those the reply consulted, in rank order.
"""

from __future__ import annotations

from collections.abc import Sequence

import ir_measures
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

from index.article import Hit
from qa.evaluation.metrics import characters
from qa.evaluation.metrics.interval import Metric, mean
from qa.evaluation.outcome import Outcome, clusters, covers_gold

ARTICLE_MEASURES = {
    "recall@1": R @ 1,
    "recall@5": R @ 5,
    "recall@10": R @ 10,
    "mrr@10": RR @ 10,
    "ndcg@10": nDCG @ 10,
}
SPAN_DEPTHS = (1, 5, 10)
CHUNKS = 5
BUDGET_CHARS = 4000


def measure_retrieval(outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    """Return the retrieval metrics, over answerable questions that name a gold place."""
    with_article = [outcome for outcome in outcomes if outcome.question.answerable and outcome.question.gold]
    with_span = [outcome for outcome in with_article if outcome.question.gold_spans]
    return article_metrics(with_article) | span_metrics(with_span) | character_metrics(with_span)


def rank_articles(hits: Sequence[Hit]) -> list[str]:
    """Return the articles of the hits, each once, at the rank of its best passage."""
    return list(dict.fromkeys(hit.passage.article_id for hit in hits))


def article_metrics(outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    """Return recall, MRR and nDCG as trec_eval computes them; every gold article counts as relevant."""
    qrels = [
        Qrel(outcome.question.id, article_id, 1)
        for outcome in outcomes
        for article_id in sorted({gold.article_id for gold in outcome.question.gold})
    ]
    run = [
        ScoredDoc(outcome.question.id, article_id, 1 / rank)
        for outcome in outcomes
        for rank, article_id in enumerate(rank_articles(outcome.consulted), start=1)
    ]
    values = {measure: dict[str, float]() for measure in ARTICLE_MEASURES.values()}
    for found in ir_measures.iter_calc(list(values), qrels, run) if qrels else ():
        values[found.measure][found.query_id] = found.value
    return {
        f"retrieval.{name}": mean([values[measure][outcome.question.id] for outcome in outcomes], clusters(outcomes))
        for name, measure in ARTICLE_MEASURES.items()
    }


def span_metrics(outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    """Return the share of questions with a whole gold span inside one of the first k passages."""
    ranks = [_rank_of_gold(outcome) for outcome in outcomes]
    return {
        f"retrieval.span_recall@{k}": mean([rank is not None and rank <= k for rank in ranks], clusters(outcomes))
        for k in SPAN_DEPTHS
    }


def character_metrics(outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    """Return how much of the gold text was handed over, and how much else.

    At 5 passages: recall is gold characters found over gold characters;
    precision divides by the summed lengths of the passages (an overlap of two
    counts twice); IoU divides by those lengths and the gold that was missed.

    Source: Smith & Troynikov, "Evaluating Chunking Strategies for Retrieval",
    Chroma technical report, 2024. The figure at 4,000 characters compares
    chunkings at equal cost, which a fixed number of passages does not.
    """
    scores = [_character_scores(outcome) for outcome in outcomes]
    names = (
        f"recall@{BUDGET_CHARS}chars",
        *(f"char_{name}@{CHUNKS}" for name in ("recall", "precision", "iou")),
    )
    return {
        f"retrieval.{name}": mean([row[column] for row in scores], clusters(outcomes))
        for column, name in enumerate(names)
    }


def _rank_of_gold(outcome: Outcome) -> int | None:
    for position, hit in enumerate(outcome.consulted, start=1):
        if covers_gold(outcome.question, hit.passage.article_id, hit.passage.span):
            return position
    return None


def _character_scores(outcome: Outcome) -> tuple[float, float, float, float]:
    gold = characters.merge(outcome.question.gold_spans)
    gold_chars = characters.size(gold)
    within_budget = characters.first_characters(outcome.consulted, BUDGET_CHARS)
    places = [(hit.passage.article_id, hit.passage.span) for hit in outcome.consulted[:CHUNKS]]
    found = characters.shared(characters.merge(places), gold)
    handed_over = sum(span.end - span.start for _, span in places)
    return (
        characters.shared(within_budget, gold) / gold_chars,
        found / gold_chars,
        found / handed_over if handed_over else 0.0,
        found / (handed_over + gold_chars - found),
    )
