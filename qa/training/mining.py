"""Find, with the product's own retriever, the passages a reader will have to tell apart for each question.

What retrieval puts beside the right passage is what the reader is wrong about
in use: those are its hard negatives.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from index.article import Passage, Span
from index.chunking import cut_article
from index.config import ChunkingConfig, RetrievalConfig
from index.embedding import SentenceTransformersEmbedder
from index.ingest import ingest
from index.library import Library
from index.retriever import HybridRetriever
from qa.evaluation.datasets import Question
from qa.training.sets import QuestionSet

FOUND = 10  # passages kept a question, best first


@dataclass(frozen=True, slots=True)
class Text:
    """A passage beside a question: where in ``text`` its answers stand, and at which rank it was found (0: not)."""

    text: str
    answers: tuple[Span, ...]
    rank: int


@dataclass(frozen=True, slots=True)
class Mined:
    """A question, what was found for it, and the passages that hold its answer even where they were not found."""

    id: str
    question: str
    answerable: bool
    answers: tuple[str, ...]
    texts: tuple[Text, ...]


def mine(questions: QuestionSet, folder: Path, *, processes: int = 2) -> list[Mined]:
    """Return what is found for each question; kept in ``folder``, so that it is searched for once."""
    kept = folder / f"{questions.name}.jsonl"
    if not kept.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(".part")
        with tempfile.TemporaryDirectory(prefix="footnote-mine-") as place, unfinished.open("w", encoding="utf-8") as f:
            embedder = SentenceTransformersEmbedder()
            with Library.create(Path(place), fingerprint="mining") as library:
                ingest(questions.articles, library, embedder, ChunkingConfig())
            shares = [(questions, Path(place), start, processes) for start in range(processes)]
            with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
                by_id = {mined.id: mined for share in pool.map(_mine_share, shares) for mined in share}
            for question in questions.questions:
                f.write(json.dumps(_to_json(by_id[question.id]), ensure_ascii=False) + "\n")
        unfinished.replace(kept)
    with kept.open(encoding="utf-8") as lines:
        return [_from_json(json.loads(line)) for line in lines]


def _mine_share(share: tuple[QuestionSet, Path, int, int]) -> list[Mined]:
    import torch

    torch.set_num_threads(1)
    questions, place, start, step = share
    embedder = SentenceTransformersEmbedder()
    by_article: dict[str, list[Passage]] = {}
    for article in questions.articles:
        by_article[article.id] = list(cut_article(article, embedder, ChunkingConfig()).passages)
    with Library.open(place, fingerprint="mining") as library:
        retriever = HybridRetriever(library, embedder, RetrievalConfig(), fingerprint="mining")
        return [
            _mined(
                question, [hit.passage for hit in retriever.retrieve(question.question, k=FOUND).passages], by_article
            )
            for question in questions.questions[start::step]
        ]


def _mined(question: Question, found: Sequence[Passage], by_article: dict[str, list[Passage]]) -> Mined:
    ids = {passage.id for passage in found}
    missed = [
        passage
        for article_id in sorted({gold.article_id for gold in question.gold})
        for passage in by_article[article_id]
        if passage.id not in ids and _answers_in(question, passage)
    ]
    texts = [Text(passage.text, _answers_in(question, passage), rank) for rank, passage in enumerate(found, start=1)]
    texts += [Text(passage.text, _answers_in(question, passage), 0) for passage in missed]
    return Mined(question.id, question.question, question.answerable, question.answers, tuple(texts))


def _answers_in(question: Question, passage: Passage) -> tuple[Span, ...]:
    """Return where the answers stand in a passage that holds them whole, from its own first character."""
    spans = [span for article_id, span in question.gold_spans if article_id == passage.article_id]
    start = passage.span.start
    return tuple(Span(span.start - start, span.end - start) for span in spans if passage.span.covers(span))


def _to_json(mined: Mined) -> dict[str, object]:
    return {
        "id": mined.id,
        "question": mined.question,
        "answerable": mined.answerable,
        "answers": mined.answers,
        "texts": [{"text": text.text, "answers": text.answers, "rank": text.rank} for text in mined.texts],
    }


def _from_json(record: dict[str, object]) -> Mined:
    def texts() -> Iterator[Text]:
        for text in record["texts"]:  # type: ignore[attr-defined]  # written by _to_json
            yield Text(text["text"], tuple(Span(*span) for span in text["answers"]), text["rank"])

    return Mined(
        str(record["id"]),
        str(record["question"]),
        bool(record["answerable"]),
        tuple(record["answers"]),  # type: ignore[arg-type]  # written by _to_json
        tuple(texts()),
    )
