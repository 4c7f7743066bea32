"""The library: SQLite as the only truth about articles, passages, vectors and words.

One transaction an article: after a crash each is wholly there or not at all.
Any number of processes may read while one writes (WAL). Everything else on
disk is derived from this file and can be lost without losing anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from index.article import MOST_PASSAGE_CHARACTERS, Article, Passage, PassageKind, Span, has_own_title, passage_id
from index.errors import ArticleNotFoundError, LibraryMismatchError, LibraryNotFoundError
from index.protocols import Rows, Vectors
from index.storage import fts
from index.storage.private import close_library, make_private_folder
from index.storage.schema import FILE_NAME as FILE_NAME
from index.storage.schema import LIBRARY
from index.storage.sqlite import Connection, Database, storage_errors
from index.storage.statements import (
    NO_ROWS,
    ArticleSummary,
    Changes,
    EmbeddedPassage,
    LibraryState,
    decode_vectors,
    delete_article,
    embedded_hash,
    put_article,
    put_state,
    read_article,
    read_changes,
    read_places,
    read_state,
    read_summaries,
)

CACHED_ARTICLES = 256
MOST_AROUND = 8  # passages that can hold one sentence: neighbours share a few sentences at most
KINDS: tuple[PassageKind, ...] = ("passage", "sentence")


class Library:
    """One directory of articles and everything derived from them.

    Safe to use from several threads. Close it, or use it as a context manager.
    """

    def __init__(self, folder: Path, *, read_only: bool, fingerprint: str | None = None) -> None:
        self.folder = folder
        self.read_only = read_only
        self._fingerprint = fingerprint  # what is written must be made with, or None if anything may
        self._database = Database(folder, LIBRARY, read_only=read_only)
        self._summaries: tuple[LibraryState | None, tuple[ArticleSummary, ...]] = (None, ())
        self._cache: tuple[LibraryState | None, dict[str, Article]] = (None, {})

    # Opening ---------------------------------------------------------------------------------

    @classmethod
    def open(cls, folder: Path, *, fingerprint: str | None = None) -> Library:
        """Open a library to ask it; it is not changed, and may stand on a read-only disk.

        Where it is this user's, others are kept from reading it: see `close_library`.

        Raises:
            LibraryNotFoundError: there is none at ``folder``.
            LibraryMismatchError: its fingerprint is not the one given.
            StorageError: the file is damaged or of a later version.
        """
        library = cls(folder, read_only=True)
        if not library._database.exists():
            raise LibraryNotFoundError(
                f"there is no library at {str(folder)!r}; make one with: footnote index PATH --library {folder}"
            )
        close_library(folder)
        library._database.check_format()
        if fingerprint is not None:
            library.check_fingerprint(fingerprint)
        return library

    @classmethod
    def open_for_rewriting(cls, folder: Path) -> Library:
        """Open a library to remove from it or embed it anew, whatever it was made with; errors as for `open`."""
        cls.open(folder).close()
        library = cls(folder, read_only=False)
        library._database.migrate()
        return library

    @classmethod
    def create(cls, folder: Path, *, fingerprint: str) -> Library:
        """Open a library to change it; make it where there is none.

        Raises:
            LibraryMismatchError: it was made with another model or chunking.
            StorageError: the place cannot be written, or the file is damaged.
        """
        with storage_errors(folder):
            make_private_folder(folder)
        library = cls(folder, read_only=False, fingerprint=fingerprint)
        if not library._database.exists():
            library._database.create(lambda connection: put_state(connection, fingerprint))
        close_library(folder)
        library._database.check_format()
        library.check_fingerprint(fingerprint)
        library._database.migrate()
        return library

    def check_fingerprint(self, expected: str) -> LibraryState:
        """Return the state, or raise `LibraryMismatchError`: vectors of two models are never mixed."""
        state = self.state
        self._compare(state, expected)
        return state

    def _compare(self, state: LibraryState, expected: str) -> None:
        if state.fingerprint != expected:
            raise LibraryMismatchError(
                f"library {str(self.folder)!r} was made with {state.fingerprint}, the settings say {expected}; "
                f"embed it anew with: footnote index --re-embed --library {self.folder}, or restore the settings"
            )

    def close(self) -> None:
        """Close every connection; the library must not be in use."""
        self._database.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a connection whose changes to the articles are stored together and counted, or not at all."""
        with self._database.writing() as connection:
            if self._fingerprint is not None:  # another process may have embedded it anew since it was opened
                self._compare(read_state(connection), self._fingerprint)
            yield connection
            connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")

    def integrity(self) -> str:
        """Return what SQLite says about its file: ``ok``, or the first fault."""
        with self._database.reading() as connection:
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])

    # What is in it ---------------------------------------------------------------------------

    @property
    def state(self) -> LibraryState:
        """What the library is made with, and how often it has changed."""
        with self._database.reading() as connection:
            return read_state(connection)

    def articles(self) -> list[ArticleSummary]:
        """List the articles in the order they were first added; kept until one changes, as each text is counted."""
        with self._database.reading() as connection:
            state = read_state(connection)
            known_state, known = self._summaries  # read once, as in `_article`
            if known_state != state:
                known = read_summaries(connection)
                self._summaries = (state, known)
        return list(known)

    def articles_holding(self, words: str) -> set[str]:
        """Return the ids of the articles with a passage that holds all words of a search; none for no words."""
        with self._database.reading() as connection:
            return fts.articles_holding(connection, fts.question_words(words))

    def titles(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return the titles of articles by id; one that is gone, or has no title of its own, is left out."""
        titles = {}
        with self._database.reading() as connection:
            for article_id in article_ids:
                try:
                    article = self._article(connection, article_id)
                except ArticleNotFoundError:
                    continue
                if has_own_title(article):
                    titles[article_id] = article.title
        return titles

    def article(self, article_id: str) -> Article:
        """Return one article.

        Raises:
            ArticleNotFoundError: the library does not hold it.
        """
        with self._database.reading() as connection:
            return self._article(connection, article_id)

    def _article(self, connection: Connection, article_id: str) -> Article:
        state = read_state(connection)
        cached_state, cached = self._cache  # read once: another thread may see, and cache, a later state
        if cached_state != state:
            cached = {}
            self._cache = (state, cached)
        article = cached.get(article_id)
        if article is None:
            article = read_article(connection, article_id)
            if len(cached) >= CACHED_ARTICLES:
                cached.clear()
            cached[article_id] = article
        return article

    def passage_ids(self, rows: Iterable[int]) -> dict[int, str]:
        """Return the ids of the passages that stand under row numbers; numbers no longer in use are left out."""
        with self._database.reading() as connection:
            found = read_places(connection, rows)
            return {row: passage_id(article_id, span) for row, article_id, span, _ in found}

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Return the passages that stand under row numbers; numbers no longer in use are left out.

        Of one of more than 2,000 characters, as earlier versions cut text without spaces, the first 2,000.
        """
        found: dict[int, Passage] = {}
        with self._database.reading() as connection:
            for row, article_id, (start, end), kind in read_places(connection, rows):
                span = Span(start, min(end, start + MOST_PASSAGE_CHARACTERS))
                found[row] = Passage(article_id, span, span.slice(self._article(connection, article_id).text), kind)
        return found

    def passages_around(self, rows: Iterable[int]) -> dict[int, list[int]]:
        """Map the rows of sentences to the rows of the passages that hold them, the last in the article first."""
        with self._database.reading() as connection:
            return {
                row: [
                    passage
                    for passage, end in connection.execute(
                        """SELECT row, "end" FROM passage INDEXED BY passage_place
                           WHERE article_id = ? AND kind = 'passage' AND start <= ? ORDER BY start DESC LIMIT ?""",
                        (article_id, span.start, MOST_AROUND),
                    )
                    if end >= span.end
                ]
                for row, article_id, span, _ in read_places(connection, rows)
            }

    def sentences_within(self, places: Iterable[tuple[str, Span]]) -> list[int]:
        """Return the rows of the sentences that stand inside some places, given as (article id, span); ascending."""
        with self._database.reading() as connection:
            found = {
                row
                for article_id, span in places
                for row, end in connection.execute(
                    """SELECT row, "end" FROM passage INDEXED BY passage_place
                       WHERE article_id = ? AND kind = 'sentence' AND start >= ? AND start < ?""",
                    (article_id, span.start, span.end),
                )
                if end <= span.end
            }
        return sorted(found)

    def rows_of(self, kind: PassageKind, article_ids: Sequence[str]) -> Rows:
        """Return the rows of some articles' passages, ascending."""
        with self._database.reading() as connection:
            found = connection.execute(
                """SELECT row FROM passage WHERE kind = ? AND article_id IN (SELECT value FROM json_each(?))
                   ORDER BY row""",
                (kind, json.dumps(list(article_ids))),
            )
            return np.array([row for (row,) in found], dtype=np.int64)

    def vectors(self) -> tuple[LibraryState, dict[PassageKind, tuple[Rows, Vectors]]]:
        """Return the state and, for each kind that there is, ``(n,)`` rows ascending and ``(n, d)`` vectors."""
        stored: dict[PassageKind, tuple[Rows, Vectors]] = {}
        with self._database.reading() as connection:
            state = read_state(connection)
            for kind in KINDS:
                found = connection.execute("SELECT row, vector FROM passage WHERE kind = ? ORDER BY row", (kind,))
                if pairs := found.fetchall():
                    rows = np.array([row for row, _ in pairs], dtype=np.int64)
                    stored[kind] = (rows, decode_vectors([vector for _, vector in pairs]))
        return state, stored

    def changes_since(
        self, held: Mapping[PassageKind, Rows], *, most: int
    ) -> tuple[LibraryState, dict[PassageKind, Changes] | None]:
        """Return the state and what has come and gone since the rows ``held``; None where it is more than ``most``.

        A row number is never used again, so what is behind the last row held is new, and nothing before it is.
        """
        with self._database.reading() as connection:
            state = read_state(connection)
            found = {kind: read_changes(connection, kind, held.get(kind, NO_ROWS), most=most) for kind in KINDS}
        changes = {kind: changed for kind, changed in found.items() if changed is not None}
        return state, changes if len(changes) == len(KINDS) else None

    def embedded_hashes(self, rows: Iterable[int]) -> dict[int, bytes]:
        """Return by row the `embedded_hash` of what stands there; rows that are not held are left out."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT row, embedded_hash FROM passage WHERE row IN (SELECT value FROM json_each(?))",
                (json.dumps([int(row) for row in rows]),),
            )
            return dict(found.fetchall())

    def similarities(self, query: Vectors, rows: Sequence[int]) -> dict[int, float]:
        """Return the cosine of one ``(d,)`` query with each row's stored vector."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT row, vector FROM passage WHERE row IN (SELECT value FROM json_each(?))",
                (json.dumps([int(row) for row in rows]),),
            ).fetchall()
        if not found:
            return {}
        cosines = decode_vectors([vector for _, vector in found]) @ query
        return {row: float(cosine) for (row, _), cosine in zip(found, cosines, strict=True)}

    def word_weights(self, kind: PassageKind, words: Sequence[str]) -> dict[str, float]:
        """Weigh the words worth searching; see `index.storage.fts.word_weights`."""
        with self._database.reading() as connection:
            return fts.word_weights(connection, kind, words)

    def search_words(
        self,
        kind: PassageKind,
        weights: Mapping[str, float],
        *,
        k: int,
        also: Sequence[int] = (),
        article_ids: Sequence[str] | None = None,
    ) -> dict[int, float]:
        """Find rows by BM25; see `index.storage.fts.search_words`."""
        with self._database.reading() as connection:
            return fts.search_words(connection, kind, weights, k=k, also=also, article_ids=article_ids)

    def words_held(self, kind: PassageKind, words: Sequence[str], rows: Sequence[int]) -> dict[int, set[str]]:
        """Map each of some rows to those of some words that it holds."""
        held: dict[int, set[str]] = {row: set() for row in rows}
        with self._database.reading() as connection:
            for word in words:
                for row in fts.rows_holding(connection, kind, word, rows):
                    held[row].add(word)
        return held

    def known_vectors(self, embedded_texts: Iterable[str]) -> dict[bytes, Vectors]:
        """Return the vectors already stored for texts, by `embedded_hash`."""
        known: dict[bytes, Vectors] = {}
        with self._database.reading() as connection:
            for key in {embedded_hash(text) for text in embedded_texts}:
                found = connection.execute(
                    "SELECT vector FROM passage WHERE embedded_hash = ? LIMIT 1", (key,)
                ).fetchone()
                if found is not None:
                    known[key] = decode_vectors([found[0]])[0]
        return known

    # Changing it -----------------------------------------------------------------------------

    def put(self, article: Article, embedded: Sequence[EmbeddedPassage]) -> None:
        """Store an article with its passages; whatever had its id or its source is replaced.

        Raises:
            StorageError: the disk is full or cannot be written; what was stored before stays.
        """
        with self._writing() as connection:
            put_article(connection, article, embedded)

    def replace_all(self, contents: Iterable[tuple[Article, Sequence[EmbeddedPassage]]], *, fingerprint: str) -> None:
        """Store every article anew under another fingerprint, in one transaction: all of them or none.

        Raises:
            StorageError: as for `put`.
        """
        with self._writing() as connection:
            for article, embedded in contents:
                put_article(connection, article, embedded)
            connection.execute("UPDATE meta SET value = ? WHERE key = 'fingerprint'", (fingerprint,))

    def remove(self, article_id: str) -> None:
        """Remove an article and everything derived from it.

        Raises:
            ArticleNotFoundError: the library does not hold it.
        """
        with self._writing() as connection:
            read_article(connection, article_id)
            delete_article(connection, article_id)
