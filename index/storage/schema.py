"""What a library's file holds: its tables, the number of their format, and how an older format becomes this one."""

from __future__ import annotations

from index.storage import fts
from index.storage.sqlite import Schema

FILE_NAME = "library.sqlite3"
SCHEMA_VERSION = 2

CONVERSATION_TABLES = (
    """CREATE TABLE conversation (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, folded_title TEXT NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL, article_ids TEXT)""",
    "CREATE INDEX conversation_newest ON conversation (owner, updated)",
    """CREATE TABLE turn (
    conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0), question TEXT NOT NULL, standalone_question TEXT NOT NULL,
    answer TEXT NOT NULL, reply TEXT NOT NULL, folded TEXT NOT NULL, created TEXT NOT NULL,
    PRIMARY KEY (conversation_id, position))""",
    """CREATE TABLE feedback (
    row INTEGER PRIMARY KEY AUTOINCREMENT, reply_id TEXT NOT NULL,
    conversation_id TEXT REFERENCES conversation (id) ON DELETE SET NULL, position INTEGER,
    verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down')), reason TEXT NOT NULL, comment TEXT NOT NULL,
    question TEXT NOT NULL, reply TEXT, created TEXT NOT NULL)""",
    "CREATE INDEX feedback_conversation ON feedback (conversation_id)",
)
"""What people did with the articles; no statement of the articles' own touches these tables, nor the other way."""

_TABLES = f"""
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
{fts.SCHEMA}
{";".join(CONVERSATION_TABLES)};
"""

LIBRARY = Schema(
    FILE_NAME,
    _TABLES,
    version=SCHEMA_VERSION,
    migrations={1: CONVERSATION_TABLES},
    otherwise="index the articles again elsewhere",
)
