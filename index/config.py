"""Settings of the index: frozen, built once at the edge, passed whole or in part.

The part that shapes what is stored has a fingerprint, saved with the library
and checked when it is opened.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Literal

from index.errors import ConfigurationError

_HOST = re.compile(r"(?:[^\s:/@?#\[\]]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class ChunkingConfig:
    """How articles are cut.

    ``max_passage_tokens``: the most word pieces a passage holds, the model's
    own limit permitting. ``overlap_sentences``: how many sentences two
    neighbouring passages share, as far as the budget permits.
    ``title_in_embedding``: whether the model reads the article's title before
    each passage and sentence.
    """

    max_passage_tokens: int = 180
    overlap_sentences: int = 2
    title_in_embedding: bool = True


@dataclass(frozen=True, slots=True)
class EmbeddingConfig:
    """Which model embeds: a local folder or a hub name; ``precision`` of long jobs."""

    model: str = "multilingual-e5-small"
    precision: Literal["auto", "fp32", "bf16"] = "auto"


@dataclass(frozen=True, slots=True)
class RetrievalConfig:
    """How much each signal counts; `index/DECISIONS.md` has the measurements behind each value.

    A sentence scores its own cosine, plus ``sentence_bm25`` times its relative
    BM25, plus the cosine and BM25 of the best passage around it. A passage
    likewise, with its best sentence. ``depth``: how many rows each search gives.
    ``background``: how much a passage's score for what was said before counts
    beside its score for the question.
    """

    depth: int = 100
    sentence_bm25: float = 0.5
    sentence_passage_cosine: float = 0.25
    sentence_passage_bm25: float = 0.25
    passage_bm25: float = 0.75
    passage_sentence_cosine: float = 1.0
    passage_sentence_bm25: float = 0.5
    background: float = 0.7


@dataclass(frozen=True, slots=True)
class FetchingConfig:
    """Which web addresses are fetched, and how much of each.

    ``allow_hosts``: hosts (``name`` or ``name:port``, an IPv6 address in brackets) that may stand
    in a private network or on an unusual port; no other may. ``max_bytes``: the
    most that a page may hold, unpacked. ``timeout_s``: the most that fetching
    one may take, from looking up its host to its last byte.
    """

    allow_hosts: tuple[str, ...] = ()
    max_bytes: int = 50_000_000
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        for host in self.allow_hosts:
            if not _HOST.fullmatch(host):
                raise ConfigurationError(
                    f"allow_hosts holds {host!r}; give hosts as 'name', 'name:port' or '[IPv6 address]:port'"
                )


def library_fingerprint(chunking: ChunkingConfig, embedder_fingerprint: str, splitter: str) -> str:
    """Name everything that shapes the vectors of a library: model, chunking, sentence splitter."""
    described = json.dumps(asdict(chunking), sort_keys=True) + splitter
    return f"{embedder_fingerprint}+{hashlib.sha256(described.encode()).hexdigest()[:8]}"
