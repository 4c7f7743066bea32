"""The file of site keys and counts, beside the library's; `ui.widget.site_keys` knows what stands in it."""

from __future__ import annotations

from pathlib import Path

from index.storage.private import close_library
from index.storage.sqlite import SHORT_BUSY_TIMEOUT_S, Database, Schema

FILE_NAME = "widget.sqlite3"
_TABLES = """
CREATE TABLE site_key (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, origins TEXT NOT NULL, articles TEXT, pages INTEGER NOT NULL,
    made TEXT NOT NULL, revoked TEXT, per_day INTEGER NOT NULL, per_session INTEGER NOT NULL,
    per_address INTEGER NOT NULL, was_open INTEGER NOT NULL DEFAULT 0);
CREATE TABLE used (
    key TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, ends INTEGER NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (key, kind, subject, ends)) WITHOUT ROWID;
CREATE INDEX used_ends ON used (ends);
"""
_CLOSING = (  # format 1: a key that named no article was for all of them
    "ALTER TABLE site_key ADD COLUMN was_open INTEGER NOT NULL DEFAULT 0",
    "UPDATE site_key SET articles = '[]', was_open = 1 WHERE articles IS NULL",
)
"""Keys that nobody said were for all articles hold none from now on, and say that they did."""
SITE_KEYS = Schema(
    FILE_NAME,
    _TABLES,
    version=2,
    migrations={1: _CLOSING},
    otherwise="move it away and make the site keys anew",
)


def open_database(folder: Path) -> Database:
    """Open the file in a folder, and make it where there is none.

    Raises:
        StorageError: the folder cannot be written, or the file is damaged or of a later version.
    """
    database = Database(folder, SITE_KEYS, busy_timeout_s=SHORT_BUSY_TIMEOUT_S)
    if not database.exists():
        database.create()
    close_library(folder)
    database.migrate()
    with database.writing():  # fails now, and not at the first question, where nothing can be written
        pass
    return database
