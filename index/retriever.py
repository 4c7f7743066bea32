"""Hybrid retrieval: cosines and BM25, over passages and over sentences, merged into one score for each.

How much each signal counts, and why, is in `index/DECISIONS.md`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from index.article import Hit, PassageKind, Retrieval
from index.config import RetrievalConfig
from index.protocols import Embedder, Vectors
from index.storage.fts import question_words
from index.storage.library import Library
from index.storage.statements import LibraryState
from index.vectors.snapshots import Snapshots, VectorView

MOST_QUERY_TOKENS = 256  # of a text that is searched: 1,000 characters and more, in one pass of most models


@dataclass(frozen=True, slots=True)
class _Signals:
    """What is known of the rows of one kind that either search found."""

    cosine: Mapping[int, float]
    bm25: Mapping[int, float]  # relative, see `index.storage.fts`; a row without any of the words is missing
    dense_run: Sequence[int]
    lexical_run: Sequence[int]

    def found_by(self, row: int) -> tuple[str, ...]:
        return tuple(name for name, run in (("dense", self.dense_run), ("lexical", self.lexical_run)) if row in run)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one text finds: sentences, the passages around each, passages, and the score of each passage."""

    query: Vectors
    weights: Mapping[str, float]
    sentences: _Signals
    around: dict[int, list[int]]
    passages: _Signals
    scores: Mapping[int, float]


class HybridRetriever:
    """A `Retriever` over one library; it sees what other processes add as soon as they have stored it."""

    def __init__(
        self, library: Library, embedder: Embedder, config: RetrievalConfig, *, fingerprint: str, read: int = 8
    ) -> None:
        """Retrieve from a library; every sentence of the first ``read`` passages is scored, found or not."""
        self._library = library
        self._embedder = embedder
        self._config = config
        self._read = read
        self._snapshots = Snapshots(library, fingerprint=fingerprint)
        self._last_background = _LastBackground()

    def retrieve(
        self, question: str, *, k: int, article_ids: Sequence[str] | None = None, background: str = ""
    ) -> Retrieval:
        """Return at most ``k`` passages and ``k`` sentences; see `index.protocols.Retriever`."""
        snapshot = self._snapshots.current()
        if not snapshot.stores:
            return Retrieval(question)
        before = self._background(snapshot, background, article_ids) if background.strip() else {}
        found = self._find(snapshot, question, article_ids, also=before)
        query, weights, sentences, passages = found.query, found.weights, found.sentences, found.passages
        passage_scores = _with_background(found.scores, before, self._config.background)
        passage_hits = self._hits("passage", passage_scores, passages, list(weights), k)
        searched, inside = list(sentences.cosine), self._rows_inside(passage_hits[: self._read])
        sentences = self._completed(sentences, query, weights, inside)
        around = found.around | self._library.passages_around(set(inside) - set(searched))
        scores = self._score_sentences(sentences, passages, around)
        return Retrieval(
            question,
            passage_hits,
            self._hits("sentence", {row: scores[row] for row in searched}, sentences, list(weights), k),
            {word: math.log1p(math.exp(weight)) for word, weight in weights.items()},  # see Retrieval.coverage
            self._hits(
                "sentence", {row: scores[row] for row in inside if row in scores}, sentences, list(weights), len(inside)
            ),
        )

    def _background(
        self, snapshot: VectorView, background: str, article_ids: Sequence[str] | None
    ) -> Mapping[int, float]:
        """Score passages for a background; the parts of a question have it in common, so the last one is kept."""
        asked = (snapshot.state, background, None if article_ids is None else tuple(article_ids))
        if self._last_background.asked != asked:
            self._last_background.scores = self._find(snapshot, background, article_ids).scores
            self._last_background.asked = asked
        return self._last_background.scores

    def _find(
        self, snapshot: VectorView, text: str, article_ids: Sequence[str] | None, *, also: Iterable[int] = ()
    ) -> _Found:
        """Search both kinds with one text; ``also``: passages to score, found or not."""
        query = self._embedder.embed_questions([shortened(text, self._embedder)])[0]
        words = question_words(text)
        weights = self._library.word_weights("sentence", words)
        sentences = self._search(snapshot, "sentence", query, weights, article_ids)
        around = self._library.passages_around(sentences.cosine)
        held_rows = {row for rows in around.values() for row in rows}
        passage_weights = self._library.word_weights("passage", words)
        passages = self._search(snapshot, "passage", query, passage_weights, article_ids, also=held_rows.union(also))
        return _Found(query, weights, sentences, around, passages, self._score_passages(sentences, passages, around))

    def _search(
        self,
        snapshot: VectorView,
        kind: PassageKind,
        query: Vectors,
        weights: Mapping[str, float],
        article_ids: Sequence[str] | None,
        *,
        also: Iterable[int] = (),
    ) -> _Signals:
        """Search one kind both ways, and give every row that either found, or ``also``, both signals."""
        allowed = None if article_ids is None else self._library.rows_of(kind, article_ids)
        rows, _ = snapshot.stores[kind].search(query, k=self._config.depth, allowed=allowed)
        dense_run = [int(row) for row in rows]
        bm25 = self._library.search_words(
            kind,
            weights,
            k=self._config.depth,
            also=sorted({*dense_run, *also}),
            article_ids=article_ids,
        )
        lexical_run = list(bm25)[: self._config.depth]
        found = sorted({*dense_run, *bm25, *also})
        return _Signals(self._library.similarities(query, found), bm25, dense_run, lexical_run)

    def _rows_inside(self, hits: Sequence[Hit]) -> list[int]:
        return self._library.sentences_within((hit.passage.article_id, hit.passage.span) for hit in hits)

    def _completed(
        self, sentences: _Signals, query: Vectors, weights: Mapping[str, float], inside: Sequence[int]
    ) -> _Signals:
        """Add the signals of sentences that neither search found but that stand in a passage to be read."""
        missing = [row for row in inside if row not in sentences.cosine]
        if not missing:
            return sentences
        return replace(
            sentences,
            cosine={**sentences.cosine, **self._library.similarities(query, missing)},
            bm25={**sentences.bm25, **self._library.search_words("sentence", weights, k=0, also=missing)},
        )

    def _score_sentences(
        self, sentences: _Signals, passages: _Signals, around: Mapping[int, Sequence[int]]
    ) -> dict[int, float]:
        """Score a sentence by itself and by the best passage that holds it."""
        config = self._config
        return {
            row: self._relative(cosine)
            + config.sentence_bm25 * sentences.bm25.get(row, 0.0)
            + max(
                (
                    config.sentence_passage_cosine * self._relative(passages.cosine[p])
                    + config.sentence_passage_bm25 * passages.bm25.get(p, 0.0)
                    for p in around.get(row, ())
                    if p in passages.cosine
                ),
                default=0.0,
            )
            for row, cosine in sentences.cosine.items()
        }

    def _score_passages(
        self, sentences: _Signals, passages: _Signals, around: Mapping[int, Sequence[int]]
    ) -> dict[int, float]:
        """Score a passage by itself and by its best sentence."""
        config = self._config
        best: dict[int, float] = {}
        for sentence, rows in around.items():
            score = config.passage_sentence_cosine * self._relative(sentences.cosine[sentence])
            score += config.passage_sentence_bm25 * sentences.bm25.get(sentence, 0.0)
            for row in rows:
                best[row] = max(best.get(row, 0.0), score)
        return {
            row: self._relative(cosine) + config.passage_bm25 * passages.bm25.get(row, 0.0) + best.get(row, 0.0)
            for row, cosine in passages.cosine.items()
        }

    def _relative(self, cosine: float) -> float:
        """Put a cosine on the scale of every embedder: 0 for texts that are unrelated, 1 for the same text."""
        unrelated = self._embedder.unrelated_cosine
        return (cosine - unrelated) / (1 - unrelated)

    def _hits(
        self,
        kind: PassageKind,
        scores: Mapping[int, float],
        signals: _Signals,
        words: Sequence[str],
        k: int,
    ) -> tuple[Hit, ...]:
        """Turn scored rows into hits, best first; ties by passage id; rows removed meanwhile are left out."""
        ids = self._library.passage_ids(scores)
        best = sorted(ids, key=lambda row: (-scores[row], ids[row]))[:k]
        passages = self._library.passages(best)
        held = self._library.words_held(kind, words, best)
        return tuple(
            Hit(
                passage=passages[row],
                score=scores[row],
                rank=rank,
                found_by=signals.found_by(row),
                similarity=signals.cosine[row],
                matched=tuple(word for word in words if word in held[row]),
            )
            for rank, row in enumerate((row for row in best if row in passages), start=1)
        )


class _LastBackground(threading.local):
    """The background that this thread searched last, in which articles of which state, and what came of it."""

    asked: tuple[LibraryState, str, tuple[str, ...] | None] | None = None
    scores: Mapping[int, float]


def shortened(text: str, embedder: Embedder) -> str:
    """Return what is embedded of a text that is searched: of more than 256 tokens the first and the last 128.

    What is wanted is said at the beginning or at the end, and the cost of a question has a limit.
    """
    if len(text) <= MOST_QUERY_TOKENS:  # a token is a character or more
        return text
    tokens = embedder.tokens(text)
    if len(tokens) <= MOST_QUERY_TOKENS:
        return text
    half = MOST_QUERY_TOKENS // 2
    return f"{text[: tokens[half - 1].end]} {text[tokens[-half].start :]}"


def _with_background(
    scores: Mapping[int, float], background: Mapping[int, float], weight: float
) -> Mapping[int, float]:
    """Mix in the scores for a background; a passage that it did not find has its lowest."""
    if not background:
        return scores
    lowest = min(background.values())
    return {row: (score + weight * background.get(row, lowest)) / (1 + weight) for row, score in scores.items()}
