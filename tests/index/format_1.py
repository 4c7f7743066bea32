"""A library as the first format had it, before conversations: what a migration starts from."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index.article import Article
from index.chunking import cut_article
from index.storage.library import FILE_NAME
from index.storage.statements import EmbeddedPassage, put_article
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, WordCountingEmbedder

# As it was; never to be changed.
TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE article (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL, url TEXT,
    language TEXT, published TEXT, format TEXT NOT NULL, marks TEXT NOT NULL, content_hash TEXT NOT NULL);
CREATE INDEX article_source ON article (source);
CREATE TABLE passage (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('passage', 'sentence')),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL CHECK ("end" > start),
    embedded_hash BLOB NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passage_place ON passage (article_id, kind, start);
CREATE INDEX passage_kind ON passage (kind);
CREATE INDEX passage_embedded ON passage (embedded_hash);

CREATE VIRTUAL TABLE passage_words USING fts5(
    body, content='', tokenize="porter unicode61 remove_diacritics 2");

CREATE VIRTUAL TABLE sentence_words USING fts5(
    body, content='', tokenize="porter unicode61 remove_diacritics 2");

PRAGMA user_version = 1;
"""


def make_format_1(folder: Path) -> None:
    """Make the tiny world's library in the first format."""
    folder.mkdir(parents=True)
    embedder = WordCountingEmbedder()
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(TABLES)
        meta = [("fingerprint", FINGERPRINT), ("generation", "3"), ("history", "")]
        connection.executemany("INSERT INTO meta VALUES (?, ?)", meta)
        for article in ARTICLES:
            put_article(connection, article, embedded(article, embedder))


def embedded(article: Article, embedder: WordCountingEmbedder) -> list[EmbeddedPassage]:
    chunks = cut_article(article, embedder, CHUNKING)
    passages = [*chunks.passages, *chunks.sentences]
    vectors = embedder.embed_passages([passage.text for passage in passages])
    return [EmbeddedPassage(p, p.text, vector) for p, vector in zip(passages, vectors, strict=True)]


def format_of(folder: Path) -> int:
    """Return the number that the file itself carries."""
    with closing(sqlite3.connect(f"{(folder / FILE_NAME).as_uri()}?mode=ro", uri=True)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
