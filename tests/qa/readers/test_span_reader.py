"""From scores of tokens to candidates: one scale over all passages, one candidate a sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from index.article import Hit, Passage, Retrieval, Span
from qa.readers.protocols import Candidate
from qa.readers.span_reader import SpanReader
from qa.readers.span_scores import TokenScores

TEXT = "Tea is hot. Ice is cold. Snow is white."
SENTENCES = (Span(0, 11), Span(12, 24), Span(25, 39))
BY_BEST = {"best": 1.0}


class ScriptedModel:
    """Words are tokens; a word scores what the script says, as a beginning and as an end, and else nought."""

    name = "scripted"
    fingerprint = "scripted@1"

    def __init__(self, begins: Mapping[str, float], ends: Mapping[str, float], *, silent: float = 0.0) -> None:
        self._begins, self._ends, self._silent = begins, ends, silent
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def score(self, question: str, texts: Sequence[str], contexts: Sequence[str] = ()) -> Sequence[TokenScores]:
        self.contexts = tuple(contexts)
        self.asked.append((question, tuple(texts)))
        return [self._score(text) for text in texts]

    def _score(self, text: str) -> TokenScores:
        words = list(re.finditer(r"\w+", text))
        return TokenScores(
            begin=np.array([self._begins.get(word.group(), 0.0) for word in words], dtype=np.float32),
            end=np.array([self._ends.get(word.group(), 0.0) for word in words], dtype=np.float32),
            starts=np.array([word.start() for word in words], dtype=np.int64),
            ends=np.array([word.end() for word in words], dtype=np.int64),
            silent=self._silent,
            answers=1.5,
        )


def sentence_hit(span: Span, score: float = 1.0) -> Hit:
    return Hit(Passage("a", span, span.slice(TEXT), "sentence"), score, 1)


def passage_hit(start: int, end: int, rank: int = 1) -> Hit:
    return Hit(Passage("a", Span(start, end), TEXT[start:end]), 1.0, rank)


WHOLE = Retrieval("?", [passage_hit(0, 39)], inside=[sentence_hit(span) for span in SENTENCES])


def read(model: ScriptedModel, retrieval: Retrieval, weights: Mapping[str, float] = BY_BEST) -> Sequence[Candidate]:
    return SpanReader(model, weights).read("Which?", retrieval)


def test_each_sentence_is_a_candidate_with_its_best_place_the_best_first() -> None:
    model = ScriptedModel({"Ice": 5, "hot": 3}, {"Ice": 5, "hot": 3})
    found = read(model, WHOLE)
    assert [candidate.sentence.passage.text for candidate in found] == ["Ice is cold.", "Tea is hot.", "Snow is white."]
    assert [c.short_answer and c.short_answer.slice(TEXT) for c in found[:2]] == ["Ice", "hot"]


def test_an_answer_of_several_words_runs_from_its_best_beginning_to_its_best_end() -> None:
    (best, *_) = read(ScriptedModel({"Snow": 4}, {"white": 4}), WHOLE)
    assert best.short_answer == Span(25, 38)


def test_an_end_before_the_beginning_is_no_answer() -> None:
    (best, *_) = read(ScriptedModel({"white": 4}, {"Snow": 4, "white": 1}), WHOLE)
    assert best.short_answer is not None
    assert best.short_answer.slice(TEXT) == "white"


def test_an_answer_never_crosses_the_edge_of_its_sentence() -> None:
    found = read(ScriptedModel({"hot": 4}, {"Ice": 4}), WHOLE)
    for candidate in found:
        assert candidate.short_answer is not None
        assert candidate.sentence.passage.span.covers(candidate.short_answer)


def test_scores_are_shared_over_all_the_passages_of_a_question() -> None:
    """Two passages of three words: 'Ice' has e^2 of e^2 + 5 as beginning and as end."""
    retrieval = Retrieval(
        "?", [passage_hit(0, 11, 1), passage_hit(12, 24, 2)], inside=[sentence_hit(s) for s in SENTENCES[:2]]
    )
    best, other = read(ScriptedModel({"Ice": 2}, {"Ice": 2}), retrieval)
    whole = math.log(math.exp(2) + 5)
    assert best.signals["best"] == pytest.approx(2 * (2 - whole), abs=1e-5)
    assert other.signals["best"] == pytest.approx(-2 * whole, abs=1e-5)
    assert math.exp(best.signals["mass"]) + math.exp(other.signals["mass"]) == pytest.approx(1.0)


def test_a_place_is_measured_against_not_being_there() -> None:
    (best, *_) = read(ScriptedModel({"Ice": 5}, {"Ice": 4}, silent=2.5), WHOLE)
    assert best.signals["silent"] == pytest.approx(6.5)
    assert best.signals["answers"] == pytest.approx(1.5)


def test_a_sentence_in_two_passages_is_one_candidate_read_where_it_fits_best() -> None:
    retrieval = Retrieval("?", [passage_hit(0, 24, 1), passage_hit(12, 39, 2)], inside=[sentence_hit(SENTENCES[1])])
    (only,) = read(ScriptedModel({"Ice": 5}, {"cold": 5}), retrieval)
    assert only.short_answer == Span(12, 23)


def test_how_retrieval_ranked_the_sentence_counts_as_much_as_its_weight_says() -> None:
    inside = [sentence_hit(SENTENCES[0], 3.0), sentence_hit(SENTENCES[1], 1.0)]
    retrieval = Retrieval("?", [passage_hit(0, 24)], inside=inside)
    model = ScriptedModel({"Ice": 1}, {"Ice": 1})
    (by_reader, *_), (by_both, *_) = read(model, retrieval), read(model, retrieval, {"best": 1.0, "sentence": 2.0})
    assert by_reader.sentence.passage.text == "Ice is cold."
    assert by_both.sentence.passage.text == "Tea is hot."
    assert by_both.score == pytest.approx(by_both.signals["best"] + 2.0 * 3.0)


def test_only_the_first_passages_are_read_and_all_at_once() -> None:
    model = ScriptedModel({}, {})
    hits = [passage_hit(0, 11, 1), passage_hit(12, 24, 2), passage_hit(25, 39, 3)]
    SpanReader(model, BY_BEST, passages=2).read("Which?", Retrieval("?", hits))
    assert model.asked == [("Which?", ("Tea is hot.", "Ice is cold."))]


def test_the_titles_of_articles_are_read_over_their_passages() -> None:
    model = ScriptedModel({}, {})
    reader = SpanReader(model, BY_BEST, titles_of=lambda ids: {"a": "Hot and cold"} if ids == {"a"} else {})
    reader.read("Which?", Retrieval("?", [passage_hit(0, 11, 1), passage_hit(12, 24, 2)]))
    assert model.contexts == ("Hot and cold", "Hot and cold")


def test_a_sentence_beyond_where_the_model_stopped_reading_is_no_candidate() -> None:
    class Tired(ScriptedModel):
        def _score(self, text: str) -> TokenScores:
            return super()._score(text[:11])

    (only,) = read(Tired({}, {}), WHOLE)
    assert only.sentence.passage.text == "Tea is hot."


def test_nothing_found_gives_no_candidate() -> None:
    assert read(ScriptedModel({}, {}), Retrieval("?")) == []


def test_equal_scores_are_in_the_order_of_their_places() -> None:
    found = read(ScriptedModel({}, {}), WHOLE)
    assert [candidate.sentence.passage.span for candidate in found] == list(SENTENCES)
