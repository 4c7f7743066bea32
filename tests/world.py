"""A world of three articles, and an embedder whose cosines can be worked out in the head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from index.article import Article, Span
from index.config import ChunkingConfig, RetrievalConfig
from index.ingest import ingest
from index.protocols import Progress, Vectors, no_progress
from index.retriever import HybridRetriever
from index.storage.library import Library

RIVERS = Article("rivers", "Rivers", "The Nile is a long river. It flows north to the sea.", source="rivers.txt")
TEA = Article("tea", "Tea", "Tea is a drink of leaves. The leaves are dried. Hot water turns brown.", source="tea.txt")
PAPER = Article("paper", "Paper", "Paper is thin. 🙂 It was first made in China.", source="paper.txt")
ARTICLES = (RIVERS, TEA, PAPER)

FINGERPRINT = "world@1"
# Twelve words a passage: the river's two sentences (6 + 6), the first two of tea (6 + 4), all of paper (3 + 7).
CHUNKING = ChunkingConfig(max_passage_tokens=12, overlap_sentences=0, title_in_embedding=False)

COUNTED_WORDS = ("nile", "long", "river", "sea", "tea", "water", "paper")


@dataclass(slots=True)
class WordCountingEmbedder:
    """Counts seven words; a text without any of them points in a direction of its own.

    Tokens are words. ``embedded`` lists every passage that was embedded.
    """

    name: str = "word-counting"
    fingerprint: str = "word-counting@1"
    max_tokens: int = 20
    unrelated_cosine: float = 0.0
    least_characters: int = 0
    means_of_sentences: bool = False
    embedded: list[str] = field(default_factory=list)

    def tokens(self, text: str) -> Sequence[Span]:
        return [Span(*match.span()) for match in re.finditer(r"\S+", text)]

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        self.embedded += texts
        progress(len(texts), len(texts))
        return self.embed_questions(texts)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        counts = np.array([_counts(text) for text in texts], dtype=np.float32)
        vectors = counts.reshape(-1, len(COUNTED_WORDS) + 1)
        lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths


def _counts(text: str) -> list[int]:
    words = re.findall(r"\w+", text.lower())
    counts = [words.count(word) for word in COUNTED_WORDS]
    return [*counts, 0 if any(counts) else 1]


def library_of(folder: Path, *articles: Article, embedder: WordCountingEmbedder | None = None) -> Library:
    """Make a library of some articles, or add them to the one that is there."""
    library = Library.create(folder, fingerprint=FINGERPRINT)
    ingest(articles, library, embedder or WordCountingEmbedder(), CHUNKING)
    return library


def retriever_over(library: Library) -> HybridRetriever:
    return HybridRetriever(library, WordCountingEmbedder(), RetrievalConfig(), fingerprint=FINGERPRINT)
