"""What is fitted is fitted on some questions and judged on others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from qa.evaluation.calibrate.fit import CalibrationQuestion, JudgedCandidate, fit


def example(score: float, *, right: bool, answerable: bool = True, dataset: str = "made-up") -> CalibrationQuestion:
    """One question with one candidate."""
    return CalibrationQuestion(
        dataset, [JudgedCandidate({"score": score}, right)], [{"similarity": score}], answerable, similarity=score
    )


def examples(dataset: str = "made-up") -> list[CalibrationQuestion]:
    """Forty rounds of ten questions: right exactly when the score is above 0.5, one round in ten the other way."""
    return [
        example(tenth / 10, right=(tenth > 5) != (repeat % 10 == 0), answerable=tenth > 3, dataset=dataset)
        for repeat in range(40)
        for tenth in range(10)
    ]


def fitted(
    fitting: list[CalibrationQuestion],
    judging: list[CalibrationQuestion] | None = None,
    most_wrong: float | None = None,
    wrong_in: list[str] | None = None,
    foreign: tuple[float, ...] = (),
) -> dict[str, Any]:
    judged = fitting if judging is None else judging
    return fit(
        fitting,
        judged,
        ranked_by=["score"],
        judged_by=["score"],
        embedder="model@1",
        reader=None,
        most_wrong=most_wrong,
        wrong_in=wrong_in,
        foreign=foreign,
    )


def confidence(calibration: Mapping[str, Any], score: float) -> float:
    logit = calibration["intercept"] + calibration["weights"]["score"] * score
    logits, shares = zip(*calibration["levels"], strict=True)
    return float(np.interp(logit, logits, shares))


def test_a_better_score_never_means_less_confidence() -> None:
    calibration = fitted(examples())
    levels = [confidence(calibration, tenth / 10) for tenth in range(10)]
    assert levels == sorted(levels)
    assert levels[0] < 0.2
    assert levels[-1] > 0.8


def test_a_level_is_the_share_that_was_right() -> None:
    calibration = fitted(examples())
    assert calibration["levels"][-1][1] == pytest.approx(0.9)  # nine rounds in ten


def test_the_threshold_leaves_at_most_so_many_wrong_as_are_allowed() -> None:
    calibration = fitted(examples(), most_wrong=0.1)
    given = [e for e in examples() if confidence(calibration, e.similarity) >= calibration["threshold"]]
    assert given
    assert sum(not e.candidates[0].right for e in given) <= 0.1 * len(given)


def test_the_limit_holds_where_it_is_known_what_is_wrong() -> None:
    loose = [example(tenth / 10, right=False, dataset="loose") for tenth in range(10)] * 40
    strict, known = fitted(examples(), most_wrong=0.1), fitted([*examples(), *loose], None, 0.1, ["made-up"])
    everywhere = fitted([*examples(), *loose], most_wrong=0.1)
    answered = [tenth for tenth in range(10) if confidence(known, tenth / 10) >= known["threshold"]]
    assert answered == [tenth for tenth in range(10) if confidence(strict, tenth / 10) >= strict["threshold"]]
    assert max(confidence(everywhere, tenth / 10) for tenth in range(10)) < everywhere["threshold"]


def test_without_a_limit_the_threshold_tells_the_answerable_from_the_others() -> None:
    calibration = fitted(examples())
    answered = {tenth for tenth in range(10) if confidence(calibration, tenth / 10) >= calibration["threshold"]}
    assert answered >= {6, 7, 8, 9}
    assert not answered & {0, 1}


def test_an_answer_that_also_quotes_the_right_sentence_is_not_wrong() -> None:
    """Two candidates as likely as each other are both quoted, and one of them is right."""
    two = [JudgedCandidate({"score": 1.0}, False), JudgedCandidate({"score": 1.0}, True)]
    questions = [CalibrationQuestion("made-up", two, [{"similarity": 1.0}] * 2, True, 1.0)] * 50
    calibration = fitted(questions, most_wrong=0.1)
    assert calibration["figures"]["made-up"]["answered"] == 1.0
    assert calibration["figures"]["made-up"]["right_of_answered"] == 0.0


def test_answering_an_unanswerable_question_is_wrong_whatever_the_candidate() -> None:
    sure = [example(0.9, right=True, answerable=n % 2 == 0) for n in range(100)]
    assert fitted(sure)["levels"][-1][1] == pytest.approx(0.5)


def test_a_dataset_without_unanswerable_questions_does_not_raise_confidence() -> None:
    easy = [example(n % 10 / 10, right=True, dataset="easy") for n in range(200)]
    alone, beside = fitted(examples()), fitted([*examples(), *easy])
    assert (alone["weights"], alone["levels"]) == (beside["weights"], beside["levels"])
    assert fitted(easy)["levels"][-1][1] > 0.9  # with no other, it is all there is


def test_figures_come_from_the_questions_that_were_not_fitted_on() -> None:
    calibration = fitted(examples(), [example(0.9, right=False, dataset="other")] * 30)
    assert set(calibration["figures"]) == {"other"}
    assert (calibration["figures"]["other"]["questions"], calibration["figures"]["other"]["right"]) == (30, 0.0)
    assert calibration["fitted_on"] == {"made-up": 400}


def test_the_curve_goes_from_the_most_confident_to_all() -> None:
    curve = fitted(examples())["figures"]["made-up"]["risk_coverage"]
    assert curve[-1]["coverage"] == 1.0
    assert [point["coverage"] for point in curve] == sorted(point["coverage"] for point in curve)
    assert curve[0]["risk"] < curve[-1]["risk"]


def test_a_small_dataset_weighs_as_much_as_a_large_one() -> None:
    some = [example(n % 10 / 10, right=n == 39, answerable=n == 39, dataset="wrong") for n in range(40)]
    one, many = fitted([*examples(), *some]), fitted([*examples(), *some, *some, *some])
    assert one["intercept"] == pytest.approx(many["intercept"], abs=0.001)


def test_candidates_are_ranked_by_what_tells_the_right_one_of_a_question() -> None:
    """The first signal tells the right one; the second is the same for both and says nothing."""
    rng = np.random.default_rng(1)
    questions = [
        CalibrationQuestion(
            "made-up",
            [
                JudgedCandidate({"tells": 1.0, "noise": noise}, True),
                JudgedCandidate({"tells": 0.0, "noise": noise}, False),
            ],
            [{"similarity": 0.5}] * 2,
            True,
            0.5,
        )
        for noise in rng.normal(size=50)
    ]
    calibration = fit(
        questions, questions, ranked_by=["tells", "noise"], judged_by=["tells"], embedder=None, reader="reader@1"
    )
    assert calibration["ranking"]["tells"] > 1
    assert math.isclose(calibration["ranking"]["noise"], 0.0, abs_tol=1e-6)
    assert calibration["figures"]["made-up"]["right"] == 1.0
    assert calibration["reader"] == "reader@1"


@pytest.mark.parametrize(
    ("foreign", "bound"),
    [((), 0.4), ((0.9, 0.9), 0.4), ((0.3, 0.3), 0.3)],
    ids=["one language", "nearer than most", "farther than most"],
)
def test_what_is_asked_in_another_language_may_be_farther_and_is_still_about_it(
    foreign: tuple[float, ...], bound: float
) -> None:
    assert fitted(examples(), foreign=foreign)["off_topic_similarity"] == pytest.approx(bound)


def test_fitting_twice_gives_the_same() -> None:
    assert fitted(examples()) == fitted(examples())
