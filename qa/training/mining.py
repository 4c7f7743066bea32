"""Find the passages a reader will have to tell apart for each question.

What retrieval puts beside the right passage is what the reader is wrong about
in use: those are its hard negatives. They are searched for by words alone
(BM25), over all passages of a set: tens of thousands of questions in minutes,
whatever embedding model the product has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array, csr_array

from index.article import Article, Passage, Span, has_own_title
from index.chunking import cut_article
from index.config import ChunkingConfig
from index.embedding.minilm import MiniLMEmbedder
from index.protocols import Embedder
from index.storage.atomic_files import whole_file
from qa.evaluation.data.datasets import Question
from qa.training.sets import SENTENCES, QuestionSet

FOUND = 10  # passages kept a question, best first
K1, B = 0.9, 0.4  # as in Anserini, the usual ones for passages
# A word; of scripts without spaces between words, a letter.
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]+")
AT_ONCE = 512  # questions


@dataclass(frozen=True, slots=True)
class Text:
    """A passage beside a question: where in ``text`` its answers stand, and at which rank it was found (0: not).

    ``context`` is the title of its article, "" where it says nothing.
    """

    text: str
    answers: tuple[Span, ...]
    rank: int
    context: str = ""


@dataclass(frozen=True, slots=True)
class Mined:
    """A question, what was found for it, and the passages that hold its answer even where they were not found.

    ``sentence``: its answers are whole sentences, which say that a passage answers, not where an answer ends.
    """

    id: str
    question: str
    answerable: bool
    answers: tuple[str, ...]
    texts: tuple[Text, ...]
    sentence: bool = False


def mine(questions: QuestionSet, folder: Path, *, processes: int = 2) -> list[Mined]:
    """Return what is found for each question; kept in ``folder``, so that it is searched for once."""
    kept = folder / f"{questions.name}.jsonl"
    if not kept.is_file():
        with whole_file(kept) as file:
            for mined in _mined(questions, _passages(questions.articles, processes)):
                file.write(json.dumps(_to_json(mined), ensure_ascii=False) + "\n")
    with kept.open(encoding="utf-8") as lines:
        return [_from_json(json.loads(line)) for line in lines]


def _passages(articles: Sequence[Article], processes: int) -> list[Passage]:
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        shares = pool.map(_cut, [articles[start::processes] for start in range(processes)])
    return [passage for share in shares for passage in share]


def _cut(articles: Sequence[Article]) -> list[Passage]:
    embedder: Embedder = MiniLMEmbedder()
    return [passage for article in articles for passage in cut_article(article, embedder, ChunkingConfig()).passages]


def _mined(questions: QuestionSet, passages: Sequence[Passage]) -> Iterator[Mined]:
    titles = {article.id: article.title if has_own_title(article) else "" for article in questions.articles}
    of_article: dict[str, list[int]] = {}
    for number, passage in enumerate(passages):
        of_article.setdefault(passage.article_id, []).append(number)
    columns_of: dict[str, int] = {}
    weights = bm25_weights(counted([passage.text for passage in passages], columns_of, learn=True)).T.tocsr()
    for begin in range(0, len(questions.questions), AT_ONCE):
        some = questions.questions[begin : begin + AT_ONCE]
        scores = csr_array(counted([question.question for question in some], columns_of) @ weights)
        for row, question in enumerate(some):
            columns = scores.indices[scores.indptr[row] : scores.indptr[row + 1]]
            values = scores.data[scores.indptr[row] : scores.indptr[row + 1]]
            found = [int(columns[place]) for place in np.lexsort((columns, -values))[:FOUND]]
            gold = sorted({number for gold in question.gold for number in of_article.get(gold.article_id, ())})
            missed = [n for n in gold if n not in found and _answers_in(question, passages[n])]
            if not question.answerable and question.context_article is not None:
                found = _own_first(found, of_article.get(question.context_article, []))
            ranked = [*enumerate(found, start=1), *((0, number) for number in missed)]
            texts = (
                Text(p.text, _answers_in(question, p), rank, titles[p.article_id])
                for rank, p in ((rank, passages[number]) for rank, number in ranked)
            )
            sentence = questions.name in SENTENCES
            yield Mined(question.id, question.question, question.answerable, question.answers, tuple(texts), sentence)


def _own_first(found: Sequence[int], own: Sequence[int]) -> list[int]:
    """Put the passages of the article that a question was written about, and is not answered by, before others."""
    mine_found = [number for number in found if number in set(own)] or list(own[:2])
    return [*mine_found, *(number for number in found if number not in set(own))][:FOUND]


def counted(texts: Sequence[str], columns_of: dict[str, int], *, learn: bool = False) -> csr_array:
    """Count words, (texts, words) float32; ``columns_of`` numbers them, and with ``learn`` takes up new ones."""
    rows, columns = [], []
    for row, text in enumerate(texts):
        for word in _WORD.findall(text.lower()):
            column = columns_of.setdefault(word, len(columns_of)) if learn else columns_of.get(word)
            if column is not None:
                rows.append(row)
                columns.append(column)
    counts = coo_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(texts), len(columns_of)))
    return csr_array(counts)  # the same word again is added up


def bm25_weights(counts: csr_array) -> csr_array:
    """Return what each word adds to the score of each passage, (passages, words), from how often it stands there.

    Source: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the
    idf of Lucene, log(1 + (N - n + .5) / (n + .5)), which is never negative.
    """
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    holding = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log(1 + (counts.shape[0] - holding + 0.5) / (holding + 0.5))
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    norm = K1 * (1 - B + B * lengths / lengths.mean())
    values = idf[counts.indices] * counts.data * (K1 + 1) / (counts.data + norm[rows])
    return csr_array((values.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape)


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
        "texts": [{"text": t.text, "answers": t.answers, "rank": t.rank, "context": t.context} for t in mined.texts],
        "sentence": mined.sentence,
    }


def _from_json(record: dict[str, object]) -> Mined:
    def texts() -> Iterator[Text]:
        for text in record["texts"]:  # type: ignore[attr-defined]  # written by _to_json
            answers = tuple(Span(start, end) for start, end in text["answers"])
            yield Text(text["text"], answers, text["rank"], text["context"])

    return Mined(
        str(record["id"]),
        str(record["question"]),
        bool(record["answerable"]),
        tuple(record["answers"]),  # type: ignore[arg-type]  # written by _to_json
        tuple(texts()),
        bool(record["sentence"]),
    )
