"""The file of site keys and counts: its connections and transactions; `ui.widget.site_keys` knows what stands in it."""

from __future__ import annotations

import queue
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from index.errors import StorageError
from index.storage.private import close_library, close_to_others
from index.storage.sqlite import rename_new, storage_errors

FILE_NAME = "widget.sqlite3"
FORMAT = 2
BUSY_TIMEOUT_S = 5.0
SCHEMA = """
CREATE TABLE site_key (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, origins TEXT NOT NULL, articles TEXT, pages INTEGER NOT NULL,
    made TEXT NOT NULL, revoked TEXT, per_day INTEGER NOT NULL, per_session INTEGER NOT NULL,
    per_address INTEGER NOT NULL, was_open INTEGER NOT NULL DEFAULT 0);
CREATE TABLE used (
    key TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, ends INTEGER NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (key, kind, subject, ends)) WITHOUT ROWID;
CREATE INDEX used_ends ON used (ends);
"""
CLOSING = (  # format 1: a key that named no article was for all of them
    "ALTER TABLE site_key ADD COLUMN was_open INTEGER NOT NULL DEFAULT 0",
    "UPDATE site_key SET articles = '[]', was_open = 1 WHERE articles IS NULL",
    f"PRAGMA user_version = {FORMAT}",
)
"""Keys that nobody said were for all articles hold none from now on, and say that they did."""


class WidgetFile:
    """Connections to one file; readers never wait for who counts. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._in_memory = False
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()

    @classmethod
    def open(cls, folder: Path) -> WidgetFile:
        """Open the file in a folder, and make it where there is none.

        Raises:
            StorageError: the folder cannot be written, or the file is damaged or of a later version.
        """
        file = cls(folder)
        with storage_errors(folder):
            if not (folder / FILE_NAME).is_file():
                file._make()
            close_library(folder)
        found = file._brought_up_to_date()
        if found != FORMAT:
            raise StorageError(
                f"{str(folder / FILE_NAME)!r} has format {found}, this program reads {FORMAT}; "
                "use the version of footnote that made it, or move it away and make the site keys anew"
            )
        with file.writing():  # fails now, and not at the first question, where nothing can be written
            pass
        return file

    @classmethod
    def in_memory(cls) -> WidgetFile:
        """Return what lasts as long as the program; its one connection serves one thread at a time."""
        file = cls(Path(":memory:"))
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.executescript(SCHEMA)
        file._in_memory = True
        file._idle.put(connection)
        return file

    def close(self) -> None:
        """Close every connection; the file must not be in use."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one state throughout."""
        with self._connected() as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Give a connection whose changes are stored together, or not at all.

        ``durable`` ones outlast a power cut as soon as they are stored; the
        others may lose the last moments, but are never damaged by it.
        """
        with self._connected() as connection:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _brought_up_to_date(self) -> int:
        """Return the file's format, once one of the first format has been changed to the present, wholly or not."""
        with self.reading() as connection:
            found = _format_of(connection)
        if found != 1:
            return found
        with self.writing(durable=True) as connection:
            if _format_of(connection) == 1:  # another process may have done it meanwhile
                for statement in CLOSING:
                    connection.execute(statement)
            return _format_of(connection)

    def _make(self) -> None:
        """Make the file under another name, and give it its own once it is whole."""
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self.folder) as temporary:
            new = Path(temporary) / FILE_NAME
            with closing(sqlite3.connect(new, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN;{SCHEMA}PRAGMA user_version = {FORMAT};COMMIT;")
            close_to_others(new)
            rename_new(new, self.folder / FILE_NAME)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self.folder):
            try:
                connection = self._idle.get(block=self._in_memory)
            except queue.Empty:
                connection = self._connect()
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.rollback()
                self._idle.put(connection)

    def _connect(self) -> sqlite3.Connection:
        file = (self.folder / FILE_NAME).resolve().as_uri()
        return sqlite3.connect(
            f"{file}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False
        )


def _format_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
