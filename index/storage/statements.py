"""The statements of the library: nouns to rows and back, on a connection that somebody else opened.

What is in which table is known here and in `index.storage.fts`, and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import cast

import numpy as np

from index.article import Article, ArticleFormat, Mark, Passage, PassageKind, Span
from index.errors import ArticleNotFoundError, StorageError
from index.protocols import Rows, Vectors
from index.storage import fts
from index.storage.sqlite import Connection


@dataclass(frozen=True, slots=True)
class LibraryState:
    """What a library's vectors were made with, how often it has changed, and a hash of all its changes."""

    fingerprint: str
    generation: int
    history: str = ""


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """One line of a library's list: what an article is and how much of it there is."""

    id: str
    title: str
    source: str
    url: str | None
    published: date | None
    characters: int
    passages: int
    content_hash: str
    language: str | None = None
    format: ArticleFormat = "text"
    pages: int = 0  # none where the source has no pages


@dataclass(frozen=True, slots=True)
class EmbeddedPassage:
    """A passage with its vector, as it is stored.

    ``embedded_text`` is what the model read (a title may stand before the
    passage's own words); equal embedded text has an equal vector.
    """

    passage: Passage
    embedded_text: str
    vector: Vectors  # (d,) unit


@dataclass(frozen=True, slots=True)
class Changes:
    """Vectors of one kind that have come since some rows were read, and those of the rows that have gone."""

    rows: Rows  # ascending
    vectors: Vectors
    removed: Rows


NO_ROWS: Rows = np.zeros(0, dtype=np.int64)


def embedded_hash(embedded_text: str) -> bytes:
    """Return the key under which a vector can be used again for the same text."""
    return hashlib.sha256(embedded_text.encode("utf-8", "surrogatepass")).digest()[:16]


def read_summaries(connection: Connection) -> tuple[ArticleSummary, ...]:
    """Return every article in the order they were first added."""
    found = connection.execute(
        """SELECT id, title, source, url, published, length(text),
                  (SELECT count(*) FROM passage WHERE article_id = article.id AND kind = 'passage'),
                  content_hash, language, format,
                  (SELECT count(*) FROM json_each(marks) WHERE json_extract(value, '$.kind') = 'page')
           FROM article ORDER BY rowid"""
    )
    return tuple(
        ArticleSummary(
            i, t, s, u, date.fromisoformat(p) if p else None, n, k, h, lang, cast(ArticleFormat, form), pages
        )
        for i, t, s, u, p, n, k, h, lang, form, pages in found
    )


def read_state(connection: Connection) -> LibraryState:
    values = dict(connection.execute("SELECT key, value FROM meta"))
    return LibraryState(values["fingerprint"], int(values["generation"]), values["history"])


def put_state(connection: Connection, fingerprint: str) -> None:
    """Give a new library its state, in which nothing has been changed yet."""
    state = {"fingerprint": fingerprint, "generation": "0", "history": ""}
    connection.executemany("INSERT INTO meta VALUES (?, ?)", state.items())


def _record(connection: Connection, change: str) -> None:
    """Chain a change into the history: two libraries of one history hold the same."""
    earlier = connection.execute("SELECT value FROM meta WHERE key = 'history'").fetchone()[0]
    chained = hashlib.sha256(f"{earlier}\x00{change}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    connection.execute("UPDATE meta SET value = ? WHERE key = 'history'", (chained,))


def read_places(connection: Connection, rows: Iterable[int]) -> list[tuple[int, str, Span, PassageKind]]:
    found = connection.execute(
        """SELECT row, article_id, start, "end", kind FROM passage
           WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row""",
        (json.dumps([int(row) for row in rows]),),
    )
    return [(row, article_id, Span(start, end), kind) for row, article_id, start, end, kind in found]


def read_changes(connection: Connection, kind: PassageKind, held: Rows, *, most: int) -> Changes | None:
    """Return what has changed since the rows ``held`` of a kind were read; None where it is more than ``most``."""
    last = int(held[-1]) if len(held) else 0
    count = "SELECT count(*) FROM passage WHERE kind = ? AND row"
    gone = len(held) - int(connection.execute(f"{count} <= ?", (kind, last)).fetchone()[0])
    come = int(connection.execute(f"{count} > ?", (kind, last)).fetchone()[0])
    if gone + come > most:
        return None
    removed = NO_ROWS
    if gone:
        left = connection.execute("SELECT row FROM passage WHERE kind = ? AND row <= ?", (kind, last))
        removed = np.setdiff1d(held, np.array([row for (row,) in left], dtype=np.int64))
    found = connection.execute("SELECT row, vector FROM passage WHERE kind = ? AND row > ? ORDER BY row", (kind, last))
    pairs = found.fetchall()
    rows = np.array([row for row, _ in pairs], dtype=np.int64)
    vectors = decode_vectors([vector for _, vector in pairs]) if pairs else np.zeros((0, 0), dtype=np.float32)
    return Changes(rows, vectors, removed)


def read_article(connection: Connection, article_id: str) -> Article:
    found = connection.execute(
        "SELECT title, text, source, url, language, published, format, marks, content_hash FROM article WHERE id = ?",
        (article_id,),
    ).fetchone()
    if found is None:
        raise ArticleNotFoundError(f"no article {article_id!r} in the library; see: footnote list")
    title, text, source, url, language, published, article_format, marks, content_hash = found
    article = Article(
        id=article_id,
        title=title,
        text=text,
        source=source,
        url=url,
        language=language,
        published=date.fromisoformat(published) if published else None,
        format=cast(ArticleFormat, article_format),
        marks=tuple(Mark(**{**mark, "span": Span(*mark["span"])}) for mark in json.loads(marks)),
    )
    if article.content_hash != content_hash:
        raise StorageError(
            f"article {article_id!r} is not as it was stored: the library's file is damaged; restore it from a "
            "backup, or index the articles again elsewhere"
        )
    return article


def put_article(connection: Connection, article: Article, embedded: Sequence[EmbeddedPassage]) -> None:
    """Insert an article in place of whatever has its id or its source."""
    replaced = connection.execute(
        "SELECT id FROM article WHERE id = ? OR (source = ? AND source != '')", (article.id, article.source)
    )
    for (old_id,) in replaced.fetchall():
        delete_article(connection, old_id)
    _insert_article(connection, article)
    _insert_passages(connection, article, embedded)
    _record(connection, f"put {article.id} {article.content_hash}")


def _insert_article(connection: Connection, article: Article) -> None:
    connection.execute(
        "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article.id,
            article.title,
            article.text,
            article.source,
            article.url,
            article.language,
            article.published.isoformat() if article.published else None,
            article.format,
            json.dumps([asdict(mark) for mark in article.marks]),
            article.content_hash,
        ),
    )


def _insert_passages(connection: Connection, article: Article, embedded: Sequence[EmbeddedPassage]) -> None:
    for item in embedded:
        passage = item.passage
        row = connection.execute(
            'INSERT INTO passage (article_id, kind, start, "end", embedded_hash, vector) VALUES (?, ?, ?, ?, ?, ?)',
            (
                article.id,
                passage.kind,
                passage.span.start,
                passage.span.end,
                embedded_hash(item.embedded_text),
                item.vector.astype("<f2").tobytes(),
            ),
        ).lastrowid
        connection.execute(
            f"INSERT INTO {fts.WORD_TABLE[passage.kind]} (rowid, body) VALUES (?, ?)",
            (row, fts.indexed_form(passage.text)),
        )


def delete_article(connection: Connection, article_id: str) -> None:
    """Delete an article; a table that holds no text must be told the words that go."""
    article = read_article(connection, article_id)
    found = connection.execute('SELECT row, kind, start, "end" FROM passage WHERE article_id = ?', (article_id,))
    for row, kind, start, end in found.fetchall():
        table = fts.WORD_TABLE[cast(PassageKind, kind)]
        connection.execute(
            f"INSERT INTO {table} ({table}, rowid, body) VALUES ('delete', ?, ?)",
            (row, fts.indexed_form(article.text[start:end])),
        )
    connection.execute("DELETE FROM article WHERE id = ?", (article_id,))
    _record(connection, f"delete {article_id}")


def decode_vectors(blobs: Sequence[bytes]) -> Vectors:
    """Return ``(n, d)`` float32 from float16 blobs."""
    return np.frombuffer(b"".join(blobs), dtype="<f2").reshape(len(blobs), -1).astype(np.float32)
