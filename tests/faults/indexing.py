"""A process that indexes for long: run as ``python -m tests.faults.indexing FOLDER`` until it is killed.

All articles together are less than one group by size, and each text takes a twentieth of a second to embed: what
is stored before the end is stored by the clock.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from index import ingest as ingest_module
from index.article import Article
from index.ingest import ingest
from index.protocols import Progress, Vectors, no_progress
from index.storage.library import Library
from tests.world import CHUNKING, FINGERPRINT, WordCountingEmbedder

ARTICLES = tuple(
    Article(f"article-{n:03}", "", f"River {n} floods in May. Tea {n} is hot. Paper {n} is thin.", source=f"{n}.txt")
    for n in range(200)
)


class SlowEmbedder(WordCountingEmbedder):
    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        time.sleep(0.05 * len(texts))
        return super().embed_passages(texts, progress=progress)


def main() -> None:
    ingest_module.HAS_ACCELERATOR = False
    ingest_module.FIRST_CHARACTERS, ingest_module.LEAST_CHARACTERS, ingest_module.GROUP_S = 500, 100, 0.5
    assert sum(len(article.text) for article in ARTICLES) < ingest_module.GROUP_CHARACTERS
    with Library.create(Path(sys.argv[1]), fingerprint=FINGERPRINT) as library:
        ingest(ARTICLES, library, SlowEmbedder(), CHUNKING)


if __name__ == "__main__":
    main()
