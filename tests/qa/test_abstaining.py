"""When nothing is answered, and what is said about why."""

from __future__ import annotations

import math

import pytest

from index.article import Hit, Passage, Retrieval, Span
from qa.abstaining import Calibration, calibration_for, features
from qa.reader import Candidate

CALIBRATION = Calibration("any", intercept=-2.0, weights={"score": 4.0}, threshold=0.5, off_topic_similarity=0.3)


def retrieval(similarity: float = 0.9, score: float = 1.0) -> Retrieval:
    hit = Hit(Passage("tea", Span(0, 3), "Tea", "sentence"), score, 1, similarity=similarity, matched=("tea",))
    return Retrieval("tea?", [hit], [hit], {"tea": 3.0, "grows": 1.0})


def test_features_are_the_best_sentences_score_and_the_share_of_the_question_it_holds() -> None:
    found = retrieval(score=0.8)
    assert features(found, [Candidate(found.sentences[0], 0.1)]) == {"score": 0.8, "coverage": 0.75}


def test_without_a_candidate_features_are_nought() -> None:
    assert features(Retrieval("?"), []) == {"score": 0.0, "coverage": 0.0}


@pytest.mark.parametrize(
    ("score", "probability"), [(0.5, 0.5), (1.0, 1 / (1 + math.exp(-2))), (0.0, 1 / (1 + math.exp(2)))]
)
def test_confidence_is_the_logistic_function_of_the_features(score: float, probability: float) -> None:
    assert CALIBRATION.confidence({"score": score, "coverage": 0.0}) == pytest.approx(probability)


def unlike(similarity: float, *matched: str) -> Retrieval:
    hit = Hit(Passage("tea", Span(0, 3), "Tea", "sentence"), 1.0, 1, similarity=similarity, matched=matched)
    return Retrieval("tea?", [hit], [hit], {"tea": 3.0, "grows": 3.0})


def test_an_empty_library_an_unrelated_one_and_a_silent_one_are_told_apart() -> None:
    assert CALIBRATION.reason(Retrieval("?")) == "empty_library"
    assert CALIBRATION.reason(unlike(0.29)) == "off_topic"
    assert CALIBRATION.reason(unlike(0.3)) == "not_stated"


def test_passages_that_hold_half_of_the_questions_words_are_about_it() -> None:
    assert CALIBRATION.reason(unlike(0.1, "tea")) == "not_stated"


def test_the_default_model_has_a_calibration_of_its_own() -> None:
    own = calibration_for("all-MiniLM-L6-v2@53aa51172d142c89")
    assert own.embedder == "all-MiniLM-L6-v2@53aa51172d142c89"
    assert 0 < own.threshold < 1


def test_a_model_nobody_calibrated_gets_the_one_that_uses_words_alone() -> None:
    other = calibration_for("some-model@123")
    assert (other.embedder, set(other.weights)) == (None, {"coverage"})
