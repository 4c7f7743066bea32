"""Every metric of the tiny world, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log2
from typing import TYPE_CHECKING

import pytest

from index.article import Span
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.metrics import measure
from qa.evaluation.metrics.abstention import risk_coverage_curve
from qa.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("retrieval.recall@1", 2 / 3, 3),
        ("retrieval.recall@5", 1.0, 3),
        ("retrieval.recall@10", 1.0, 3),
        ("retrieval.mrr@10", (1 + 1 / 2 + 1) / 3, 3),
        ("retrieval.ndcg@10", (1 + 1 / log2(3) + 1) / 3, 3),
        ("retrieval.span_recall@1", 2 / 3, 3),
        ("retrieval.span_recall@5", 1.0, 3),
        ("retrieval.recall@4000chars", 1.0, 3),
        ("retrieval.char_recall@5", 1.0, 3),
        # north in 15 + 15 characters, leaves in 26 + 15 + 21, China in 26
        ("retrieval.char_precision@5", (5 / 30 + 6 / 62 + 5 / 26) / 3, 3),
        ("retrieval.char_iou@5", (5 / 30 + 6 / 62 + 5 / 26) / 3, 3),
        ("answer.exact_match", 1 / 3, 3),
        # "Tea is a drink. It is made of leaves." has 8 tokens once "a" is gone
        ("answer.f1", (1 + 2 / (8 + 1) + 0) / 3, 3),
        ("answer.exact_match_with_unanswerable", (1 + 1) / 5, 5),
        ("answer.f1_with_unanswerable", (1 + 2 / 9 + 1) / 5, 5),
        ("citation.first_covers", 1 / 3, 3),
        ("citation.first_overlaps", 1 / 3, 3),
        ("citation.first_candidate_covers", 2 / 3, 3),
        ("citation.first_candidate_overlaps", 2 / 3, 3),
        ("citation.precision", 2 / 3, 3),
        ("citation.recall", 2 / 3, 3),
        ("citation.any_overlaps", 2 / 3, 3),
        ("citation.exact_quote", 1.0, 4),
        ("abstention.coverage", 2 / 3, 3),
        ("abstention.false_answers", 1 / 2, 2),
        ("abstention.auroc_answerable", 4 / 6, 5),  # .9 .6 .3 against .1 .7
        ("abstention.auroc_right", 4 / 6, 5),  # .9 .3 against .6 .1 .7
        ("abstention.aurc", (0 / 1 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5) / 5, 5),
        ("abstention.ece", (0.1 + 0.7 + 0.6 + 0.7 + 0.1) / 5, 5),
        ("speed.questions_per_second", 5 / 2.5, 5),
        ("speed.retrieve_p50_ms", 15.0, 2),
        ("speed.total_p95_ms", 39.5, 2),
    ],
)
def test_each_metric_has_the_value_worked_out_by_hand(world: World, name: str, value: float, n: int) -> None:
    metric = measure(world.outcomes(), world.text)[name]
    assert metric.value == pytest.approx(value)
    assert metric.n == n


def test_every_interval_holds_its_value(world: World) -> None:
    metrics = measure(world.outcomes(), world.text)
    outside = [
        name
        for name, metric in metrics.items()
        if metric.value is not None
        and metric.low is not None
        and metric.high is not None
        and not metric.low <= metric.value + 1e-12 <= metric.high + 2e-12
    ]
    assert outside == []


def test_what_no_question_can_measure_is_none_with_n_zero(world: World) -> None:
    metrics = measure([], world.text)
    assert {(metric.value, metric.low, metric.high, metric.n) for metric in metrics.values()} == {(None, None, None, 0)}


def test_a_data_set_without_unanswerable_questions_has_no_false_answer_rate(world: World) -> None:
    metrics = measure(world.outcomes()[:3], world.text)
    assert metrics["abstention.false_answers"].value is None
    assert metrics["abstention.auroc_answerable"].value is None


def test_a_data_set_that_lists_no_answers_has_no_answer_metrics(world: World) -> None:
    metrics = measure(world.outcomes()[3:], world.text)
    assert {metrics[name].value for name in metrics if name.startswith("answer.")} == {None}


def test_a_quote_altered_in_one_letter_is_not_exact(world: World) -> None:
    true = world.citation("tea", "Tea is a drink.")
    false = replace(true, number=2, quote="Tea is a drunk.")
    question = world.questions()[1]
    outcome = Outcome(question, world.answer(true, false), 0.5)
    assert measure([outcome], world.text)["citation.exact_quote"].value == 0.5


def test_a_citation_of_an_article_that_is_gone_is_not_exact(world: World) -> None:
    gone = replace(world.citation("tea", "Tea is a drink."), article_id="coffee")
    outcome = Outcome(world.questions()[1], world.answer(gone), 0.5)
    assert measure([outcome], world.text)["citation.exact_quote"].value == 0.0


def test_a_quote_that_holds_half_of_the_gold_overlaps_and_does_not_cover(world: World) -> None:
    gold = (world.gold("tea", "drink. It is made of leaves"),)
    question = replace(world.questions()[1], gold=gold)
    outcome = Outcome(question, world.answer(world.citation("tea", "Tea is a drink.")), 0.5)
    metrics = measure([outcome], world.text)
    assert metrics["citation.first_covers"].value == 0.0
    assert metrics["citation.first_overlaps"].value == 1.0
    assert metrics["citation.any_overlaps"].value == 1.0
    assert metrics["citation.recall"].value == 0.0


def test_the_same_place_in_another_article_is_not_the_gold_place(world: World) -> None:
    question = replace(world.questions()[1], gold=(Gold("tea", Span(0, 5)),))
    outcome = Outcome(question, world.answer(world.citation("rivers", "The Nile")), 0.5)
    metrics = measure([outcome], world.text)
    assert metrics["citation.first_overlaps"].value == 0.0


def test_covering_any_of_several_gold_places_is_enough(world: World) -> None:
    gold = (world.gold("tea", "by hand"), world.gold("rivers", "north"))
    question = replace(world.questions()[0], gold=gold)
    flow = ("rivers", "It flows north.")
    outcome = Outcome(question, world.answer(world.citation(*flow), consulted=world.hits(flow)), 0.5)
    metrics = measure([outcome], world.text)
    assert metrics["citation.first_covers"].value == 1.0
    assert metrics["retrieval.span_recall@1"].value == 1.0
    assert metrics["retrieval.recall@1"].value == 0.5
    assert metrics["retrieval.char_recall@5"].value == 5 / 12


def test_gold_known_only_by_article_judges_articles_and_no_characters(world: World) -> None:
    question = Question("q", "What is tea?", (), (Gold("tea", None),), True)
    drink = ("tea", "Tea is a drink.")
    right = Outcome(question, world.answer(world.citation(*drink), consulted=world.hits(drink)), 0.5)
    metrics = measure([right], world.text)
    assert metrics["retrieval.recall@1"].value == 1.0
    assert metrics["retrieval.span_recall@1"].n == 0
    assert metrics["citation.first_covers"].n == 0
    assert risk_coverage_curve([right]) == [{"threshold": 0.5, "coverage": 1.0, "risk": 0.0}]


def test_nothing_consulted_scores_zero_and_is_counted(world: World) -> None:
    outcome = Outcome(world.questions()[0], world.abstention(), 0.5)
    metrics = measure([outcome], world.text)
    assert {metrics[name].value for name in metrics if name.startswith("retrieval.")} == {0.0}
    assert {metrics[name].n for name in metrics if name.startswith("retrieval.")} == {1}


def test_the_risk_coverage_curve_goes_down_from_the_most_confident(world: World) -> None:
    curve = risk_coverage_curve(world.outcomes())
    assert [point["threshold"] for point in curve] == [0.9, 0.7, 0.6, 0.3, 0.1]
    assert [point["coverage"] for point in curve] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert [point["risk"] for point in curve] == pytest.approx([0, 1 / 2, 2 / 3, 2 / 4, 3 / 5])
