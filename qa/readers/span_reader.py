"""A reader over a question-answering model: the best place in each sentence of the best passages.

A model scores where an answer begins and ends in each passage, and that it is
not there. The scores are put on one scale over all the passages of a question
(shared normalisation), and each sentence that was read becomes a candidate
with its best place as the short answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.article import Hit, Retrieval, Span
from qa.readers.protocols import Candidate
from qa.readers.span_scores import Floats, SpanModel, TokenScores

MOST_ANSWER_TOKENS = 30
RANKED_BY = ("best", "mass", "silent", "answers", "sentence")  # the signals that a candidate's score is made of
FLOOR = -30.0  # log-probability of what a model rules out, or has not read


@dataclass(frozen=True, slots=True)
class _Place:
    """The best place of a sentence as one passage shows it; log-probabilities over all passages read."""

    span: Span
    best: float  # of the place itself
    mass: float  # of the answer beginning anywhere in the sentence
    silent: float  # how far the place is above "not in this passage", in logits
    answers: float  # that the passage answers, in logits


def no_titles(article_ids: Collection[str]) -> Mapping[str, str]:
    """Return no title for any article: each passage is read alone."""
    return {}


class SpanReader:
    """A `Reader` that reads the first passages of a retrieval with a `SpanModel`, in one pass."""

    def __init__(
        self,
        model: SpanModel,
        weights: Mapping[str, float],
        *,
        passages: int = 8,
        titles_of: Callable[[Collection[str]], Mapping[str, str]] = no_titles,
    ) -> None:
        """Take a model, the weights of `RANKED_BY`, how many passages to read, and what gives articles' titles.

        ``titles_of`` maps article ids to the titles that are read over their passages; an article without one is
        not in what it returns.
        """
        self._model = model
        self._weights = weights
        self._passages = passages
        self._titles_of = titles_of

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def read(self, question: str, retrieval: Retrieval) -> Sequence[Candidate]:
        """Return each sentence of the passages read as a candidate; see `qa.readers.protocols.Reader`."""
        passages = retrieval.passages[: self._passages]
        titles = self._titles_of({hit.passage.article_id for hit in passages})
        contexts = [titles.get(hit.passage.article_id, "") for hit in passages]
        scored = self._model.score(question, [hit.passage.text for hit in passages], contexts)
        begins_in_all, ends_in_all = (_log_sum_of(scored, side) for side in ("begin", "end"))
        candidates = []
        for sentence in retrieval.inside or retrieval.sentences:
            places = [
                place
                for hit, scores in zip(passages, scored, strict=True)
                for place in _places(sentence, hit, scores, begins_in_all, ends_in_all)
            ]
            if places:
                candidates.append(self._candidate(sentence, max(places, key=lambda place: place.best)))
        return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.sentence.passage.id))

    def _candidate(self, sentence: Hit, place: _Place) -> Candidate:
        signals = {
            "best": place.best,
            "mass": place.mass,
            "silent": place.silent,
            "answers": place.answers,
            "sentence": sentence.score,
        }
        score = sum(weight * signals[name] for name, weight in self._weights.items())
        return Candidate(sentence, score, place.span, signals)


def _places(
    sentence: Hit, passage: Hit, scores: TokenScores, begins_in_all: float, ends_in_all: float
) -> Iterator[_Place]:
    """Yield the best place of a sentence in a passage that holds it, if the model read that far."""
    inside, around = sentence.passage, passage.passage
    if inside.article_id != around.article_id or not around.span.covers(inside.span):
        return
    offset = around.span.start
    first = int(np.searchsorted(scores.ends, inside.span.start - offset, side="right"))
    last = int(np.searchsorted(scores.starts, inside.span.end - offset, side="left"))
    if first >= last:
        return
    begin, end = scores.begin[first:last], scores.end[first:last]
    left, right = _best_pair(begin, end)
    yield _Place(
        span=Span(offset + int(scores.starts[first + left]), offset + int(scores.ends[first + right])),
        best=float(begin[left] + end[right]) - begins_in_all - ends_in_all,
        mass=max(FLOOR, float(np.logaddexp.reduce(begin)) - begins_in_all),
        silent=float(begin[left] + end[right]) - scores.silent,
        answers=scores.answers if scores.answers is not None else 0.0,
    )


def _best_pair(begin: Floats, end: Floats) -> tuple[int, int]:
    """Return where begin + end is highest, end not before begin and at most 30 tokens in all; the first of equals."""
    sums = begin[:, None] + end[None, :]
    distance = np.arange(len(end))[None, :] - np.arange(len(begin))[:, None]
    sums = np.where((distance >= 0) & (distance < MOST_ANSWER_TOKENS), sums, -np.inf)
    left, right = np.unravel_index(int(np.argmax(sums)), sums.shape)
    return int(left), int(right)


def _log_sum_of(scored: Sequence[TokenScores], side: str) -> float:
    """Return the logarithm of the summed exponentials of all tokens' scores, over every passage."""
    read = [np.asarray(getattr(scores, side), dtype=np.float64) for scores in scored]
    return float(np.logaddexp.reduce(np.concatenate(read))) if any(len(each) for each in read) else 0.0
