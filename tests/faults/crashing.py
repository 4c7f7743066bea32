"""A process that dies at a given point of its work, as if the power had failed.

Run as ``python -m tests.faults.crashing FOLDER POINT``; each point is a line of
`POINTS`. Nothing is replaced in the code under test: the process kills itself
from what it is given, or from an audit hook when a file is about to be linked
or renamed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from index import ingest as ingest_module
from index.article import Article, Passage, Span
from index.ingest import ingest, reembed
from index.protocols import Progress, Vectors, no_progress
from index.storage.library import Library
from index.storage.statements import EmbeddedPassage
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, PAPER, RIVERS, TEA, WordCountingEmbedder

NEW_TEA = Article("tea", "Tea", "Tea is hot.", source="tea.txt")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(event: str, occurrence: int) -> None:
    """Die when something is about to happen for so many times; see Python's table of audit events."""
    seen = 0

    def hook(name: str, _: tuple[Any, ...]) -> None:
        nonlocal seen
        seen += name == event
        if name == event and seen == occurrence:
            die()

    sys.addaudithook(hook)


class DyingEmbedder(WordCountingEmbedder):
    """Dies when it is asked to embed for the third time."""

    calls: int = 0

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        DyingEmbedder.calls += 1
        if DyingEmbedder.calls == 3:
            die()
        return super().embed_passages(texts, progress=progress)


def dying_passages(article: Article) -> Iterator[EmbeddedPassage]:
    """Yield one passage, then die before the next."""
    passage = Passage(article.id, Span(0, len(article.text)), article.text)
    yield EmbeddedPassage(passage, article.text, WordCountingEmbedder().embed_passages([article.text])[0])
    die()


def store_all(folder: Path, embedder: WordCountingEmbedder | None = None) -> None:
    with Library.create(folder, fingerprint=FINGERPRINT) as library:
        ingest(ARTICLES, library, embedder or WordCountingEmbedder(), CHUNKING)


def while_the_library_is_made(folder: Path) -> None:
    die_at("os.link", 1)
    store_all(folder)


def while_the_third_article_is_embedded(folder: Path) -> None:
    ingest_module.GROUP_CHARACTERS = 1
    store_all(folder, DyingEmbedder())


def in_the_middle_of_storing_an_article(folder: Path) -> None:
    with Library.create(folder, fingerprint=FINGERPRINT) as library:
        ingest([RIVERS, TEA], library, WordCountingEmbedder(), CHUNKING)
        library.put(PAPER, dying_passages(PAPER))  # type: ignore[arg-type]  # walked once, like a sequence


def in_the_middle_of_replacing_an_article(folder: Path) -> None:
    store_all(folder)
    with Library.create(folder, fingerprint=FINGERPRINT) as library:
        library.put(NEW_TEA, dying_passages(NEW_TEA))  # type: ignore[arg-type]  # as above


def before_the_faiss_files_are_written(folder: Path) -> None:
    die_at("os.rename", 1)
    store_all(folder)


def between_two_faiss_files(folder: Path) -> None:
    die_at("os.rename", 2)
    store_all(folder)


def before_the_manifest_is_written(folder: Path) -> None:
    die_at("os.rename", 3)
    store_all(folder)


def while_the_library_is_embedded_anew(folder: Path) -> None:
    store_all(folder)
    ingest_module.GROUP_CHARACTERS = 1
    with Library.open_for_rewriting(folder) as library:
        reembed(library, DyingEmbedder(), CHUNKING, fingerprint="world@2")


POINTS: dict[str, Callable[[Path], None]] = {
    point.__name__: point
    for point in (
        while_the_library_is_made,
        while_the_third_article_is_embedded,
        in_the_middle_of_storing_an_article,
        in_the_middle_of_replacing_an_article,
        before_the_faiss_files_are_written,
        between_two_faiss_files,
        before_the_manifest_is_written,
        while_the_library_is_embedded_anew,
    )
}

if __name__ == "__main__":
    POINTS[sys.argv[2]](Path(sys.argv[1]))
