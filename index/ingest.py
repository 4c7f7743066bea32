"""Put articles into a library: cut, embed what is new, store each in one transaction."""

from __future__ import annotations

import sys
import time
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from index.article import Article, Passage, Span, has_own_title
from index.chunking import Chunks, cut_article, embedded_title
from index.config import ChunkingConfig
from index.protocols import Embedder, Progress, Vectors, no_progress
from index.storage.library import Library
from index.storage.statements import ArticleSummary, EmbeddedPassage, embedded_hash
from index.vectors.reembedding import set_aside
from index.vectors.snapshots import build_snapshot, publish

# Embedded together, and stored once that is done, which is what a killed run loses: a few seconds of two cores, on
# busy or slow ones as little as takes `GROUP_S`. An accelerator takes more at a time in less time, and is used for
# long jobs only (`index.embedding.minilm`): there the size alone counts.
HAS_ACCELERATOR = sys.platform == "darwin" or Path("/dev/nvidiactl").exists()
GROUP_CHARACTERS = 1_000_000 if HAS_ACCELERATOR else 100_000
FIRST_CHARACTERS = 10_000  # of the first group: how fast it goes is not known yet
LEAST_CHARACTERS = 2_000  # of one that is not cut short by the clock
GROUP_S = 10.0

Outcome = Literal["added", "replaced", "unchanged"]
Stored = Callable[[Article, Outcome], None]


def ignore_outcome(article: Article, outcome: Outcome) -> None:
    """Note nothing: the default of `ingest_groups`."""


@dataclass(slots=True)
class IngestReport:
    """What a run changed: article ids, each in the order met."""

    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    embedded: int = 0
    reused: int = 0

    def note(self, article: Article, outcome: Outcome) -> None:
        """Count an article where it belongs."""
        of_outcome = {"added": self.added, "replaced": self.replaced, "unchanged": self.unchanged}
        of_outcome[outcome].append(article.id)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An article, cut; ``read_as`` has for each passage the texts whose vectors' mean it gets: mostly one."""

    article: Article
    passages: tuple[Passage, ...]
    read_as: tuple[tuple[str, ...], ...]


def _texts(prepared: Sequence[_Prepared]) -> list[str]:
    """Return the distinct texts to embed, in order."""
    return list(dict.fromkeys(text for item in prepared for texts in item.read_as for text in texts))


def ingest(
    articles: Iterable[Article],
    library: Library,
    embedder: Embedder,
    config: ChunkingConfig,
    *,
    progress: Progress = no_progress,
) -> IngestReport:
    """Add or replace articles; what is unchanged is skipped, by hash.

    Texts that the library already holds a vector for are not embedded again,
    so a changed article costs only its changed passages, and a run that was
    broken off goes on where it stopped. ``progress`` counts texts of the
    present group. The FAISS files are written once, at the end.
    """
    return ingest_groups(groups_of(articles), library, embedder, config, progress=progress)


def ingest_groups(
    groups: Iterable[Sequence[Article]],
    library: Library,
    embedder: Embedder,
    config: ChunkingConfig,
    *,
    progress: Progress = no_progress,
    stored: Stored = ignore_outcome,
) -> IngestReport:
    """As `ingest`, in groups of the caller's; each is embedded together.

    ``stored`` is told of every article once it is in the library, in the order given.
    """
    report = IngestReport()
    before = library.state
    held = _Held(library.articles())
    for group in groups:
        prepared: list[_Prepared] = []
        outcomes: list[Outcome] = []
        for article in group:
            unchanged, replaces = held.is_unchanged(article), held.replaces(article)
            earlier_id = held.leave_earlier(article)
            outcomes.append("unchanged" if unchanged else "replaced" if replaces else "added")
            if not unchanged:
                prepared.append(_prepare(article, embedder, config))
                held.take(article)
            elif earlier_id is not None:  # the file now says what another one says
                library.remove(earlier_id)
        _store(prepared, library, embedder, report, progress)
        for article, outcome in zip(group, outcomes, strict=True):
            report.note(article, outcome)
            stored(article, outcome)
    if library.state != before:
        publish(library, build_snapshot(library))
    return report


class _Held:
    """What the library holds as a run goes on: which content under which id, read from which source."""

    def __init__(self, summaries: Sequence[ArticleSummary]) -> None:
        self._hashes = {summary.id: summary.content_hash for summary in summaries}
        self._sources = {summary.id: summary.source for summary in summaries}
        self._ids = {summary.source: summary.id for summary in summaries if summary.source}
        self._known = {*self._sources, *self._ids}
        self._met: set[str] = set()

    def replaces(self, article: Article) -> bool:
        """Tell whether the article's id or source is one that was held before."""
        return article.id in self._known or article.source in self._known

    def is_unchanged(self, article: Article) -> bool:
        """Tell whether an article is held as it is, and has not moved here from another source.

        Two sources with the same content are no move: the article is held
        once, under the one that was met first.
        """
        source = self._sources.get(article.id)
        same_content = self._hashes.get(article.id) == article.content_hash
        return same_content and (source == article.source or source in self._met)

    def leave_earlier(self, article: Article) -> str | None:
        """Forget what else the article's source was held as, and return its id."""
        self._met.add(article.source)
        earlier_id = self._ids.get(article.source)
        if earlier_id is None or earlier_id == article.id:
            return None
        for of_earlier in (self._hashes, self._sources):
            of_earlier.pop(earlier_id, None)
        del self._ids[article.source]
        return earlier_id

    def take(self, article: Article) -> None:
        """Note that an article is held from its present source, and from no other."""
        self._ids.pop(self._sources.get(article.id, ""), None)
        self._hashes[article.id] = article.content_hash
        self._sources[article.id] = article.source
        self._known.add(article.id)
        if article.source:
            self._ids[article.source] = article.id


def reembed(
    library: Library,
    embedder: Embedder,
    config: ChunkingConfig,
    *,
    fingerprint: str,
    progress: Progress = no_progress,
) -> IngestReport:
    """Cut and embed every stored article anew; readers see the old state until all of it is done.

    No source is read again. Vectors are set aside as they are computed, and the
    library changes once all are there: a run that was broken off goes on where
    it stopped, and until the last step others may change the library.
    """
    report = IngestReport()

    def prepared() -> Iterator[list[_Prepared]]:
        for group in groups_of(library.article(summary.id) for summary in library.articles()):
            yield [_prepare(article, embedder, config) for article in group]

    with set_aside(library.folder, fingerprint=fingerprint) as aside:
        for group in prepared():
            texts = _texts(group)
            known = aside.known(texts)
            missing = [text for text in texts if embedded_hash(text) not in known]
            report.reused += len(texts) - len(missing)
            report.embedded += len(missing)
            vectors = embedder.embed_passages(missing, progress=progress)
            aside.keep({embedded_hash(text): vector for text, vector in zip(missing, vectors, strict=True)})

        def contents() -> Iterator[tuple[Article, list[EmbeddedPassage]]]:
            late = IngestReport()  # what others have added meanwhile
            for group in prepared():
                yield from _embed(group, aside.known(_texts(group)), embedder, late, no_progress)
                report.replaced.extend(item.article.id for item in group)
            report.embedded += late.embedded

        library.replace_all(contents(), fingerprint=fingerprint)
        aside.remove()
    publish(library, build_snapshot(library))
    return report


def groups_of(articles: Iterable[Article], *, clock: Callable[[], float] = time.monotonic) -> Iterator[list[Article]]:
    """Put articles together as far as one group may be embedded at once; order stays.

    A group has as many characters as were embedded and stored in ten seconds last time, at most
    `GROUP_CHARACTERS`, or one article. One whose first article came ten seconds ago is given with the
    next that comes: where reading is slow, what was read is not kept waiting.
    """
    most = GROUP_CHARACTERS if HAS_ACCELERATOR else min(FIRST_CHARACTERS, GROUP_CHARACTERS)
    group: list[Article] = []
    characters, began = 0, 0.0
    for article in articles:
        began = began if group else clock()
        group.append(article)
        characters += len(article.text)
        given = clock()
        if characters >= most or given - began >= GROUP_S:
            yield group
            if not HAS_ACCELERATOR:
                most = _affordable(characters, clock() - given)
            group, characters = [], 0
    if group:
        yield group


def _affordable(characters: int, seconds: float) -> int:
    """Return how much the next group may hold, where so many characters took so long."""
    if characters * GROUP_S >= GROUP_CHARACTERS * seconds:
        return GROUP_CHARACTERS
    return min(GROUP_CHARACTERS, max(LEAST_CHARACTERS, int(characters * GROUP_S / seconds)))


def _prepare(article: Article, embedder: Embedder, config: ChunkingConfig) -> _Prepared:
    chunks = cut_article(article, embedder, config)
    passages = (*chunks.passages, *chunks.sentences)
    grown = _grown(chunks.sentences, chunks.passages, article, embedder.least_characters)
    of_sentences = [embedded_text(sentence, article, config) for sentence in grown]
    of_passages = (
        [tuple(of_sentences[within]) for within in _sentences_within(chunks)]
        if embedder.means_of_sentences
        else [(embedded_text(passage, article, config),) for passage in chunks.passages]
    )
    return _Prepared(article, passages, (*of_passages, *((text,) for text in of_sentences)))


def _sentences_within(chunks: Chunks) -> Iterator[slice]:
    """Yield where the sentences of each passage stand among all."""
    starts = [sentence.span.start for sentence in chunks.sentences]
    for passage in chunks.passages:
        yield slice(bisect_left(starts, passage.span.start), bisect_left(starts, passage.span.end))


def _grown(
    sentences: Sequence[Passage], passages: Sequence[Passage], article: Article, least_characters: int
) -> Iterator[Passage]:
    """Yield what each sentence is embedded as: itself, or, if it is too short for that, with its neighbours.

    It is grown backwards first, and no further than the first passage that holds it.
    """
    for position, sentence in enumerate(sentences):
        if _width(sentence.text) >= least_characters:
            yield sentence
            continue
        around = next(
            p.span for p in passages if p.span.start <= sentence.span.start and sentence.span.end <= p.span.end
        )
        first = last = position
        span = sentence.span
        while _width(span.slice(article.text)) < least_characters:
            if first > 0 and sentences[first - 1].span.start >= around.start:
                first -= 1
            elif last + 1 < len(sentences) and sentences[last + 1].span.end <= around.end:
                last += 1
            else:
                break
            span = Span(sentences[first].span.start, sentences[last].span.end)
        yield replace(sentence, span=span, text=span.slice(article.text))


def _width(text: str) -> int:
    """Count characters, those of scripts that write a word with one or two of them twice."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def embedded_text(passage: Passage, article: Article, config: ChunkingConfig) -> str:
    """Return what the model reads for a passage: its words, after the article's title if so configured.

    What is embedded may differ from what is quoted; the quote is always the passage's own text.
    """
    if config.title_in_embedding and has_own_title(article):
        return f"{embedded_title(article)}. {passage.text}"
    return passage.text


def _store(
    prepared: Sequence[_Prepared],
    library: Library,
    embedder: Embedder,
    report: IngestReport,
    progress: Progress,
) -> None:
    known = library.known_vectors(_texts(prepared))
    for article, embedded in _embed(prepared, known, embedder, report, progress):
        library.put(article, embedded)


def _embed(
    prepared: Sequence[_Prepared],
    known: Mapping[bytes, Vectors],
    embedder: Embedder,
    report: IngestReport,
    progress: Progress,
) -> Iterator[tuple[Article, list[EmbeddedPassage]]]:
    """Yield articles with their vectors; a text whose vector is known, or met twice, is embedded once."""
    texts = _texts(prepared)
    missing = [text for text in texts if embedded_hash(text) not in known]
    report.reused += len(texts) - len(missing)
    report.embedded += len(missing)
    vectors = dict(known)
    for text, vector in zip(missing, embedder.embed_passages(missing, progress=progress), strict=True):
        vectors[embedded_hash(text)] = vector
    for item in prepared:
        yield (
            item.article,
            [
                EmbeddedPassage(passage, "\0".join(texts), _mean([vectors[embedded_hash(text)] for text in texts]))
                for passage, texts in zip(item.passages, item.read_as, strict=True)
            ],
        )


def _mean(vectors: Sequence[Vectors]) -> Vectors:
    """Return the unit vector in the middle of some; one stays as it is."""
    if len(vectors) == 1:
        return vectors[0]
    total: Vectors = np.sum(vectors, axis=0)
    return total / max(float(np.linalg.norm(total)), 1e-12)
