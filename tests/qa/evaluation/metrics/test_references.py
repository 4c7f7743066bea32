"""The scorers against references: SQuAD's rules written anew, and trec_eval asked directly."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Hit, Passage, Span
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.metrics.answer import best_score, exact_match, measure_answers, token_f1
from qa.evaluation.metrics.retrieval import article_metrics
from qa.evaluation.outcome import Outcome
from tests.qa.evaluation.conftest import World
from tests.qa.evaluation.metrics import squad_reference

pytestmark = pytest.mark.slow

WORLD = World()
WORDS = [
    "a",
    "an",
    "the",
    "The",
    "AN",
    "theatre",
    "cat",
    "cats",
    "Cat's",
    "42.4",
    "$",
    "mid-1970s",
    "—",
    "“a”",
    "_the_",
]
words = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
texts = st.one_of(words, st.text(st.sampled_from("aA nNtTheE.,'’-_\t\n\u00a0\u0301éßİ中🙂0"), max_size=24))


@given(texts, texts)
@settings(max_examples=500)
def test_exact_match_and_f1_of_two_texts_are_the_references(predicted: str, gold: str) -> None:
    assert exact_match(predicted, gold) == squad_reference.exact(predicted, gold)
    assert token_f1(predicted, gold) == pytest.approx(squad_reference.f1(predicted, gold), abs=1e-9)


def outcome(name: str, predicted: str, golds: Sequence[str], answerable: bool = True) -> Outcome:
    """Return what came of a question that was answered so, or where that is empty, not."""
    question = Question(name, "?", tuple(golds), (), answerable, context_article=name)
    cited = WORLD.citation("tea", "Tea is a drink.")
    reply = WORLD.answer(cited, short_answer=predicted) if predicted else WORLD.abstention()
    return Outcome(question, reply, 0.5)


@given(texts.filter(bool), st.lists(texts, min_size=1, max_size=4))
def test_the_best_gold_answer_is_the_references(predicted: str, golds: list[str]) -> None:
    asked = outcome("q", predicted, golds)
    assert best_score(exact_match, asked) == squad_reference.best(squad_reference.exact, predicted, golds)
    best = squad_reference.best(squad_reference.f1, predicted, golds)
    assert best_score(token_f1, asked) == pytest.approx(best, abs=1e-9)


@given(
    st.lists(st.tuples(texts, st.lists(words.filter(squad_reference.normalised), max_size=3)), min_size=1, max_size=8)
)
@settings(max_examples=50, deadline=None)
def test_figures_over_answerable_and_unanswerable_questions_are_the_references(
    asked: list[tuple[str, list[str]]],
) -> None:
    if not any(golds for _, golds in asked):
        return
    named = {f"q{number}": each for number, each in enumerate(asked)}
    measured = measure_answers([outcome(name, text, golds, bool(golds)) for name, (text, golds) in named.items()])
    predictions = {name: text if golds else text and "something" for name, (text, golds) in named.items()}
    exact, f1 = squad_reference.totals(predictions, {name: golds for name, (_, golds) in named.items()})
    assert measured["answer.exact_match_with_unanswerable"].value == pytest.approx(exact, abs=1e-9)
    assert measured["answer.f1_with_unanswerable"].value == pytest.approx(f1, abs=1e-9)


@pytest.mark.parametrize(
    ("predictions", "golds", "totals"),
    [
        pytest.param(["1976"], ["1976"], (1.0, 1.0), id="all match"),
        pytest.param(["1976", "Beyonce"], ["1976", "climate change"], (0.5, 0.5), id="half match"),
        pytest.param(["Joe Biden", "Beyonce"], ["1976", "climate change"], (0.0, 0.0), id="none match"),
    ],
)
def test_published_examples_of_the_official_metric_come_out(
    predictions: list[str], golds: list[str], totals: tuple[float, float]
) -> None:
    """Source: the metric card of ``squad_v2`` in Hugging Face's ``evaluate``."""
    measured = measure_answers(
        [
            outcome(f"q{number}", *each)
            for number, each in enumerate(zip(predictions, ([g] for g in golds), strict=True))
        ]
    )
    assert (measured["answer.exact_match"].value, measured["answer.f1"].value) == totals
    named = {str(number): text for number, text in enumerate(predictions)}
    assert squad_reference.totals(named, {str(number): [gold] for number, gold in enumerate(golds)}) == totals


def test_a_gold_answer_that_is_an_article_alone_is_not_looked_at() -> None:
    assert best_score(exact_match, outcome("q", "a", ["the", "cat"])) == 0.0
    assert best_score(exact_match, outcome("q", "a", ["the"])) == 1.0


ARTICLES = [f"article-{number}" for number in range(14)]
rankings = st.lists(st.sampled_from(ARTICLES), max_size=20)
golds = st.sets(st.sampled_from(ARTICLES), min_size=1, max_size=4)


def ranked(name: str, ranking: list[str], gold: set[str]) -> Outcome:
    hits = tuple(
        Hit(Passage(article, Span(rank, rank + 1), "x"), score=0.5, rank=rank)
        for rank, article in enumerate(ranking, start=1)
    )
    question = Question(name, "?", (), tuple(Gold(each, None) for each in sorted(gold)), True)
    return Outcome(question, WORLD.abstention(consulted=hits), 0.5)


@given(st.lists(st.tuples(rankings, golds), min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_ranking_figures_are_those_of_trec_eval(asked: list[tuple[list[str], set[str]]]) -> None:
    named = {f"q{number}": each for number, each in enumerate(asked)}
    measured = article_metrics([ranked(name, ranking, gold) for name, (ranking, gold) in named.items()])
    qrels = {name: dict.fromkeys(gold, 1) for name, (_, gold) in named.items()}
    run = {
        name: {article: 1 / rank for rank, article in enumerate(dict.fromkeys(ranking), start=1)}
        for name, (ranking, _) in named.items()
    }
    first_ten = {name: dict(list(scores.items())[:10]) for name, scores in run.items()}
    asks = {"recall.1,5,10", "ndcg_cut.10"}
    found = pytrec_eval.RelevanceEvaluator(qrels, asks).evaluate(run)
    ranks = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(first_ten)
    for ours, theirs, values in (
        ("recall@1", "recall_1", found),
        ("recall@5", "recall_5", found),
        ("recall@10", "recall_10", found),
        ("ndcg@10", "ndcg_cut_10", found),
        ("mrr@10", "recip_rank", ranks),
    ):
        mean = sum(values.get(name, {}).get(theirs, 0.0) for name in named) / len(named)
        assert measured[f"retrieval.{ours}"].value == pytest.approx(mean, abs=1e-9), ours
