"""Adding to a library and removing from it: the one service behind the command line, the API and the chat.

The library is opened here for writing, by one writer at a time; whoever asks
meanwhile goes on with the state before, and the next question after it finds what
was added. Each source is told of as it comes along, and one that cannot be
read does not stop the others.
"""

from __future__ import annotations

import logging
import queue
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

from index.article import Article
from index.config import ChunkingConfig, FetchingConfig
from index.errors import ConfigurationError, FootnoteError, SourceError, StorageError
from index.formats import article_from_text, read_articles, read_upload, upload_source
from index.ingest import IngestReport, Outcome, groups_of, ingest_groups
from index.protocols import Embedder
from index.storage.library import FILE_NAME, Library
from index.vectors.snapshots import build_snapshot, publish
from index.web import read_url

MAX_SOURCES = 100  # of one request of the API or the chat
WAIT_S = 30.0  # for another writer to finish
State = Literal["reading", "embedding", "added", "replaced", "unchanged", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("added", "replaced", "unchanged")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AddingEvent:
    """What became of one source, known by its name, or how far it is.

    ``reading`` and ``embedding`` are under way; ``done`` of ``total`` texts are
    embedded. The others are the end of a source: ``article_ids`` are in the
    library from now on. A source that holds many articles may fail in part:
    ``failed`` then has the ids of those that did not.
    """

    name: str
    state: State
    message: str = ""
    done: int = 0
    total: int = 0
    article_ids: tuple[str, ...] = ()

    @property
    def is_last(self) -> bool:
        """Whether nothing more will be told of the source."""
        return self.state not in ("reading", "embedding")


Tell = Callable[[AddingEvent], object]


def tell_nobody(event: AddingEvent) -> None:
    """Tell nothing: the default of `Adding.add`."""


@dataclass(frozen=True, slots=True)
class ArticleSource:
    """Something that articles can be read from, by the name that a person calls it.

    ``read`` gives its articles; it raises `SourceError` where it cannot be read, perhaps after some of them.
    """

    name: str
    read: Callable[[FetchingConfig], Iterable[Article]]
    is_upload: bool = False

    @classmethod
    def file(cls, path: Path, within: Path | None = None) -> ArticleSource:
        """Return a file of this machine; ``within`` is the folder that it was found in, if it was not named itself."""
        return cls(str(path), lambda _: read_articles(path, within=within))

    @classmethod
    def upload(cls, name: str, content: bytes | BinaryIO) -> ArticleSource:
        """Return a file that somebody sent: its name, and its bytes or a stream of them, which the sender closes."""
        return cls(name, lambda _: read_upload(name, content), is_upload=True)

    @classmethod
    def address(cls, url: str) -> ArticleSource:
        """Return a page of the web."""
        return cls(url, lambda fetching: read_url(url, fetching))

    @classmethod
    def pasted(cls, text: str, title: str | None = None) -> ArticleSource:
        """Return a text without a file."""
        return cls(title or "pasted text", lambda _: [article_from_text(text, title=title)])


class Adding:
    """Changes the library of a folder, made with these settings; safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        chunking: ChunkingConfig,
        fetching: FetchingConfig,
        *,
        fingerprint: str,
    ) -> None:
        self._folder = folder
        self._embedder = embedder
        self._chunking, self._fetching = chunking, fetching
        self._fingerprint = fingerprint
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """Load the embedding model now: while its graph is built, the first time, no other thread gets on."""
        self._embedder.embed_questions(["?"])

    def add(
        self, sources: Iterable[ArticleSource], tell: Tell = tell_nobody, *, together: bool = False
    ) -> IngestReport:
        """Read sources into the library, in order; make it where there is none and something was read.

        ``together`` embeds small sources in one go, which is faster, and then
        tells of their end together; else each is done before the next is read.

        Raises:
            StorageError: the library cannot be written, or another writer does not finish; what
                was told of as added stays.
        """
        run = _Run(tell, self._fetching)
        groups = run.groups(sources, together=together)
        with self._alone():
            if not (self._folder / FILE_NAME).exists():
                first = next(groups, None)
                if first is None:  # a name that was mistyped makes no library
                    return IngestReport()
                groups = chain([first], groups)
            return self._add(groups, run)

    def _add(self, groups: Iterator[list[Article]], run: _Run) -> IngestReport:
        with Library.create(self._folder, fingerprint=self._fingerprint) as library:
            return ingest_groups(
                groups, library, self._embedder, self._chunking, progress=run.tell_embedding, stored=run.note
            )

    def start(
        self, sources: Sequence[ArticleSource], *, done: Callable[[], object] | None = None
    ) -> Iterator[AddingEvent]:
        """Add sources in a thread of its own and give the events as they come; ``done`` is called at the end.

        Who stops listening does not stop the adding. What `add` raises is raised behind the last event.

        Raises:
            ConfigurationError: there are more than `MAX_SOURCES`.
        """
        if len(sources) > MAX_SOURCES:
            raise ConfigurationError(f"{len(sources)} sources are more than {MAX_SOURCES}; send them in parts")
        told: queue.SimpleQueue[AddingEvent | Exception | None] = queue.SimpleQueue()

        def work() -> None:
            end: Exception | None = None
            try:
                self.add(sources, told.put)
            except Exception as error:  # noqa: BLE001  # raised again where the events are awaited
                end = error
            finally:
                if done is not None:
                    done()
                told.put(end)

        threading.Thread(target=work, name="footnote-adding", daemon=True).start()
        return _events(told)

    def remove(self, article_ids: Sequence[str]) -> None:
        """Remove articles: all of them, or none where one is not there.

        Raises:
            ArticleNotFoundError: the library does not hold one of them.
            StorageError: as for `add`.
        """
        with self._alone(), Library.create(self._folder, fingerprint=self._fingerprint) as library:
            remove_articles(library, article_ids)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=WAIT_S):
            raise StorageError("the library is being added to by somebody else; try again when that has finished")
        try:
            yield
        finally:
            self._lock.release()


def remove_articles(library: Library, article_ids: Sequence[str]) -> None:
    """Remove articles from a library that is open for writing; see `Adding.remove`."""
    wanted = dict.fromkeys(article_ids)
    for article_id in wanted:
        library.article(article_id)  # all of them are there, or nothing is removed
    for article_id in wanted:
        library.remove(article_id)
    if wanted:
        publish(library, build_snapshot(library))


def _events(told: queue.SimpleQueue[AddingEvent | Exception | None]) -> Iterator[AddingEvent]:
    while (event := told.get()) is not None:
        if isinstance(event, Exception):
            raise event
        yield event


@dataclass(slots=True)
class _Reading:
    """One source on its way: what was stored of it, how many articles are not yet, and what is wrong with it."""

    name: str
    ids: dict[Outcome, list[str]] = field(default_factory=lambda: {outcome: [] for outcome in OUTCOMES})
    waiting: int = 0
    is_read: bool = False
    fault: str = ""


class _Run:
    """Reads sources in order and tells what becomes of each."""

    def __init__(self, tell: Tell, fetching: FetchingConfig) -> None:
        self._tell = tell
        self._fetching = fetching
        self._waiting: deque[_Reading] = deque()  # one for each article given and not yet stored
        self._uploaded: set[str] = set()

    def groups(self, sources: Iterable[ArticleSource], *, together: bool) -> Iterator[list[Article]]:
        """Yield the articles in groups to be embedded together."""
        if together:
            yield from groups_of(article for source in sources for article in self._articles(source))
            return
        for source in sources:
            yield from groups_of(self._articles(source))

    def _articles(self, source: ArticleSource) -> Iterator[Article]:
        reading = _Reading(source.name)
        self._tell(AddingEvent(reading.name, "reading"))
        try:
            self._require_new_name(source)
            for article in source.read(self._fetching):
                reading.waiting += 1
                self._waiting.append(reading)
                yield article
        except FootnoteError as error:
            reading.fault = str(error)
        except Exception:  # a reader's defect must not stop the other files
            log_id = uuid.uuid4().hex[:8]
            logger.exception("defect %s in reading %r", log_id, source.name)
            reading.fault = f"{source.name}: something went wrong in reading it; the log has more under {log_id}"
        reading.is_read = True
        if not reading.waiting:
            self._finish(reading)

    def _require_new_name(self, source: ArticleSource) -> None:
        """Refuse a second upload of one name: it would replace the first, which nobody means."""
        if not source.is_upload:
            return
        known_by = upload_source(source.name)
        if known_by in self._uploaded:
            raise SourceError(f"{known_by}: has the name of another file sent with it; give it a name of its own")
        self._uploaded.add(known_by)

    def tell_embedding(self, done: int, total: int) -> None:
        """Tell how far the present group is, in the name of the first source that waits for it."""
        if self._waiting:
            self._tell(AddingEvent(self._waiting[0].name, "embedding", done=done, total=total))

    def note(self, article: Article, outcome: Outcome) -> None:
        """Note that an article is in the library: the first of those that wait."""
        reading = self._waiting.popleft()
        reading.ids[outcome].append(article.id)
        reading.waiting -= 1
        if reading.is_read and not reading.waiting:
            self._finish(reading)

    def _finish(self, reading: _Reading) -> None:
        reached = [outcome for outcome in OUTCOMES if reading.ids[outcome]]
        state: State = "failed" if reading.fault or not reached else reached[0]
        ids = tuple(article_id for outcome in OUTCOMES for article_id in reading.ids[outcome])
        counts = ", ".join(f"{len(reading.ids[outcome])} {outcome}" for outcome in reached) if len(ids) > 1 else ""
        message = reading.fault or (counts if reached else f"{reading.name}: holds no article; give another file")
        self._tell(AddingEvent(reading.name, state, message, article_ids=ids))
