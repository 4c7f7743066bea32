"""When nothing is answered, and what is said about why."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from index.article import Hit, Passage, Retrieval, Span
from index.embedding.weights import DEFAULT_MODEL, DEFAULT_MODEL_SHA256, MINILM, MINILM_SHA256
from qa.abstaining import Calibration, calibration_for, features
from qa.readers.protocols import Candidate
from qa.readers.span_reader import RANKED_BY
from ui.app.wiring import shipped_reader

EMBEDDERS = (f"{DEFAULT_MODEL}@{DEFAULT_MODEL_SHA256[:16]}", f"{MINILM}@{MINILM_SHA256[:16]}")
of_each_embedder = pytest.mark.parametrize("embedder", EMBEDDERS)
CALIBRATION = Calibration("any", intercept=-2.0, weights={"score": 4.0}, threshold=0.5, off_topic_similarity=0.3)


def retrieval(similarity: float = 0.9, score: float = 1.0) -> Retrieval:
    hit = Hit(Passage("tea", Span(0, 3), "Tea", "sentence"), score, 1, similarity=similarity, matched=("tea",))
    return Retrieval("tea?", [hit], [hit], {"tea": 3.0, "grows": 1.0})


def test_features_are_the_best_candidates_signals_and_how_it_stands_to_the_question_and_to_the_next() -> None:
    found = retrieval()
    best, next_one = (Candidate(found.sentences[0], score, signals={"score": 0.8}) for score in (2.0, 0.5))
    measured = {"score": 0.8, "coverage": 0.75, "similarity": 0.9, "margin": 1.5}
    assert features(found, [best, next_one]) == measured


def test_a_candidate_without_a_rival_stands_as_far_above_as_is_counted() -> None:
    found = retrieval()
    assert features(found, [Candidate(found.sentences[0], 2.0)])["margin"] == 12.0


def test_without_a_candidate_nothing_is_measured_and_confidence_is_nought() -> None:
    assert features(Retrieval("?"), []) == {}
    assert CALIBRATION.confidence({}) == 0.0


@pytest.mark.parametrize(
    ("score", "probability"), [(0.5, 0.5), (1.0, 1 / (1 + math.exp(-2))), (0.0, 1 / (1 + math.exp(2)))]
)
def test_confidence_is_the_logistic_function_of_the_features(score: float, probability: float) -> None:
    assert CALIBRATION.confidence({"score": score, "coverage": 0.0}) == pytest.approx(probability)


def test_levels_say_what_share_was_right_with_straight_lines_between_them() -> None:
    leveled = replace(CALIBRATION, levels=((-1.0, 0.2), (1.0, 0.8)))
    logits = {score: 4.0 * score - 2.0 for score in (0.0, 0.5, 0.625, 1.0)}
    found = {logits[score]: leveled.confidence({"score": score}) for score in logits}
    assert found == pytest.approx({-2.0: 0.2, 0.0: 0.5, 0.5: 0.65, 2.0: 0.8})


def unlike(similarity: float, *matched: str) -> Retrieval:
    hit = Hit(Passage("tea", Span(0, 3), "Tea", "sentence"), 1.0, 1, similarity=similarity, matched=matched)
    return Retrieval("tea?", [hit], [hit], {"tea": 3.0, "grows": 3.0})


def test_an_empty_library_an_unrelated_one_and_a_silent_one_are_told_apart() -> None:
    assert CALIBRATION.reason(Retrieval("?")) == "empty_library"
    assert CALIBRATION.reason(unlike(0.29)) == "off_topic"
    assert CALIBRATION.reason(unlike(0.3)) == "not_stated"


def test_passages_that_hold_half_of_the_questions_words_are_about_it() -> None:
    assert CALIBRATION.reason(unlike(0.1, "tea")) == "not_stated"


@of_each_embedder
def test_a_model_that_comes_with_the_product_has_a_calibration_of_its_own(embedder: str) -> None:
    own = calibration_for(embedder, None)
    assert (own.embedder, own.reader, set(own.ranking)) == (embedder, None, {"sentence"})
    assert 0 < own.threshold < 1


@of_each_embedder
def test_the_shipped_reader_has_a_calibration_with_each(embedder: str) -> None:
    reader = shipped_reader().fingerprint
    own = calibration_for(embedder, reader)
    assert (own.embedder, own.reader, set(own.ranking)) == (embedder, reader, set(RANKED_BY))
    assert [share for _, share in own.levels] == sorted(share for _, share in own.levels)


@of_each_embedder
def test_a_reader_nobody_calibrated_ranks_as_the_shipped_one_and_is_judged_by_retrieval(embedder: str) -> None:
    other, without = calibration_for(embedder, "other@1"), calibration_for(embedder, None)
    assert other.ranking == calibration_for(embedder, shipped_reader().fingerprint).ranking
    assert (other.weights, other.levels, other.threshold) == (without.weights, without.levels, without.threshold)


def test_a_model_nobody_calibrated_gets_the_one_that_uses_words_alone() -> None:
    other = calibration_for("some-model@123", None)
    assert (other.embedder, set(other.weights)) == (None, {"coverage"})
