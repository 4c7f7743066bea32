"""What is fitted is fitted on some articles and judged on others."""

from __future__ import annotations

import math

import pytest

from qa.evaluation.calibrating import Example, fit


def examples(dataset: str = "made-up") -> list[Example]:
    """Forty articles, ten questions each: right exactly when the score is above 0.5, one in ten the other way."""
    return [
        Example(
            dataset=dataset,
            article=f"article {article}",
            features={"score": tenth / 10},
            right=(tenth > 5) != (article % 10 == 0),
            answerable=tenth > 3,
            similarity=tenth / 10,
        )
        for article in range(40)
        for tenth in range(10)
    ]


def test_a_better_score_means_more_confidence() -> None:
    calibration = fit(examples(), names=["score"], embedder="model@1")
    weight, intercept = calibration["weights"]["score"], calibration["intercept"]
    assert weight > 0
    assert -intercept / weight == pytest.approx(0.55, abs=0.05)  # where right and wrong are as likely


def test_the_threshold_parts_the_answerable_from_the_others() -> None:
    calibration = fit(examples(), names=["score"], embedder="model@1")
    weight, intercept = calibration["weights"]["score"], calibration["intercept"]
    score = (math.log(calibration["threshold"] / (1 - calibration["threshold"])) - intercept) / weight
    assert 0.3 < score <= 0.4


def test_figures_come_from_articles_the_weights_have_not_seen() -> None:
    calibration = fit(examples(), names=["score"], embedder="model@1")
    seen, unseen = calibration["fitted_on"]["made-up"], calibration["figures"]["made-up"]["questions"]
    assert (seen + unseen, seen % 10, unseen % 10) == (400, 0, 0)
    assert min(seen, unseen) >= 100


def test_the_curve_goes_from_the_most_confident_to_all() -> None:
    curve = fit(examples(), names=["score"], embedder="model@1")["figures"]["made-up"]["risk_coverage"]
    assert curve[-1]["coverage"] == 1.0
    assert [point["coverage"] for point in curve] == sorted(point["coverage"] for point in curve)
    assert curve[0]["risk"] < curve[-1]["risk"]


def test_a_small_dataset_weighs_as_much_as_a_large_one() -> None:
    always_wrong = [
        Example("wrong", f"other {n}", {"score": n % 10 / 10}, right=False, answerable=False, similarity=0.1)
        for n in range(40)
    ]
    some = [*always_wrong, Example("wrong", "other 41", {"score": 0.9}, right=True, answerable=True, similarity=0.5)]
    one = fit([*examples(), *some], names=["score"], embedder=None)
    many = fit([*examples(), *some, *some, *some], names=["score"], embedder=None)
    assert one["intercept"] == pytest.approx(many["intercept"], abs=0.001)


def test_fitting_twice_gives_the_same() -> None:
    assert fit(examples(), names=["score"], embedder="a") == fit(examples(), names=["score"], embedder="a")
