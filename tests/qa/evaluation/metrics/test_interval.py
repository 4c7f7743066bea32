import numpy as np
import pytest

from qa.evaluation.metrics.abstention import area_under_risk_coverage, auroc, expected_calibration_error
from qa.evaluation.metrics.interval import UNMEASURED, Metric, estimate, mean, ratio


def test_a_mean_of_equal_values_has_no_width() -> None:
    assert mean([1.0, 1.0, 1.0], ["a", "b", "c"]) == Metric(1.0, 1.0, 1.0, 3)


def test_the_same_values_give_the_same_interval() -> None:
    assert mean([0.0, 1.0, 1.0], ["a", "b", "c"]) == mean([0.0, 1.0, 1.0], ["a", "b", "c"])


def test_whole_articles_are_drawn_so_two_that_disagree_leave_the_mean_open() -> None:
    metric = mean([1.0] * 50 + [0.0] * 50, ["a"] * 50 + ["b"] * 50)
    assert metric == Metric(0.5, 0.0, 1.0, 100)


def test_questions_are_drawn_where_there_is_a_single_article() -> None:
    metric = mean([1.0] * 50 + [0.0] * 50, ["a"] * 100)
    assert metric.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.02)
    assert metric.high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.02)


def test_a_ratio_counts_what_it_divides_by() -> None:
    metric = ratio([1.0, 0.0, 2.0], [2.0, 0.0, 4.0], ["a", "b", "c"])
    assert metric == Metric(0.5, 0.5, 0.5, 6)


def test_nothing_to_divide_by_is_unmeasured() -> None:
    assert ratio([0.0], [0.0], ["a"]) == UNMEASURED
    assert mean([], []) == UNMEASURED


def test_a_statistic_that_is_undefined_is_unmeasured() -> None:
    statistic = auroc(np.array([0.1, 0.2]), np.array([True, True]))
    assert estimate(statistic, ["a", "b"]) == UNMEASURED


def test_auroc_is_the_rank_statistic_with_ties_and_repeats() -> None:
    generator = np.random.default_rng(7)
    scores = generator.integers(0, 12, size=200) / 12
    positive = generator.random(200) < 0.4
    repeats = generator.integers(0, 3, size=200)
    above = np.repeat(scores, repeats * positive)[:, None]
    below = np.repeat(scores, repeats * ~positive)[None, :]
    expected = ((above > below) + (above == below) / 2).mean()
    measured = auroc(scores, positive)(repeats[None, :].astype(np.float64))
    assert measured == pytest.approx([expected])


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]], ids=str)
def test_equal_confidences_are_taken_together_whatever_the_file_order(order: list[int]) -> None:
    confidence = np.full(4, 0.5)
    right = np.array([True, True, False, False])[order]
    once = np.ones((1, 4))
    assert area_under_risk_coverage(confidence, right)(once) == pytest.approx([0.5])
    assert expected_calibration_error(confidence, right)(once) == pytest.approx([0.0])


def test_calibration_error_is_measured_in_ten_bins_of_equal_mass() -> None:
    confidence = np.repeat(np.arange(10) / 10, 10)
    right = np.tile(np.arange(10) < 5, 10)
    expected = np.abs(np.arange(10) / 10 - 0.5).mean()
    assert expected_calibration_error(confidence, right)(np.ones((1, 100))) == pytest.approx([expected])


def test_a_resample_that_draws_nothing_at_the_top_has_no_risk_there() -> None:
    statistic = area_under_risk_coverage(np.array([0.9, 0.5]), np.array([False, True]))
    assert statistic(np.array([[0.0, 2.0], [2.0, 0.0], [1.0, 1.0]])) == pytest.approx([0.0, 1.0, 0.75])
