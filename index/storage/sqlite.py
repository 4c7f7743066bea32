"""The library's file: connections, transactions, formats, and what SQLite's errors mean.

What stands in its tables is known elsewhere (`index.storage.schema`, `index.storage.statements`,
`index.storage.conversations`). Any number of processes may read while one writes (WAL).
"""

from __future__ import annotations

import os
import queue
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from index.errors import StorageError
from index.storage.private import close_to_others
from index.storage.schema import MIGRATIONS, SCHEMA, SCHEMA_VERSION

FILE_NAME = "library.sqlite3"
BUSY_TIMEOUT_S = 30.0
DAMAGED = "the file is damaged; restore it from a backup, or index the articles again elsewhere"


class Database:
    """Connections to one library's file; safe to use from several threads."""

    def __init__(self, folder: Path, *, read_only: bool, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.folder = folder
        self.read_only = read_only
        self._busy_timeout_s = busy_timeout_s
        self._in_memory = False
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()

    @classmethod
    def in_memory(cls) -> Database:
        """Return a database that lasts as long as the process; its one connection serves one thread at a time."""
        database = cls(Path(":memory:"), read_only=False)
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(f"BEGIN;{SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
        database._in_memory = True
        database._idle.put(connection)
        return database

    def exists(self) -> bool:
        """Tell whether the folder holds a library's file."""
        with storage_errors(self.folder):
            return (self.folder / FILE_NAME).is_file()

    def create(self, meta: Mapping[str, str]) -> None:
        """Make an empty library under another name, and give it its own once it is whole.

        A process that is killed here leaves no half library, and of two that
        make one at the same time neither undoes the other's.
        """
        with (
            storage_errors(self.folder),
            tempfile.TemporaryDirectory(prefix=".new-", dir=self.folder) as temporary,
        ):
            new = Path(temporary) / FILE_NAME
            with closing(sqlite3.connect(new, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN;{SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};")
                connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
                connection.execute("COMMIT")
            close_to_others(new)  # what SQLite makes beside it has its mode
            rename_new(new, self.folder / FILE_NAME)

    def check_format(self) -> int:
        """Return the number of the file's format.

        Raises:
            StorageError: this program cannot read it.
        """
        with self.reading() as connection:
            return self._format(connection)

    def migrate(self) -> None:
        """Bring an older format up to this one, in one transaction; what the library holds stays as it is.

        Raises:
            StorageError: this program cannot read it, or the place cannot be written.
        """
        if self.check_format() == SCHEMA_VERSION:
            return
        with self.writing() as connection:
            found = self._format(connection)  # again: another process may have done it meanwhile
            for version in range(found, SCHEMA_VERSION):
                for statement in MIGRATIONS[version]:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _format(self, connection: sqlite3.Connection) -> int:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version != SCHEMA_VERSION and version not in MIGRATIONS:
            raise StorageError(
                f"library {str(self.folder)!r} has format {version}, this program reads {SCHEMA_VERSION}; "
                "use the version of footnote that made it, or index the articles again elsewhere"
            )
        return version

    def close(self) -> None:
        """Close every connection; the database must not be in use."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one state of the library throughout."""
        with self._connected() as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose changes are stored together, or not at all."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

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
        connection = sqlite3.connect(
            f"{file}?mode={'ro' if self.read_only else 'rw'}",
            uri=True,
            isolation_level=None,
            timeout=self._busy_timeout_s,
            check_same_thread=False,
        )
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error as error:
            connection.close()
            if not (self.read_only and _is_unwritable(error) and self._is_settled()):
                raise
            # WAL needs to write beside the file; where nobody can write, nobody can change it either.
            connection = sqlite3.connect(
                f"{file}?mode=ro&immutable=1", uri=True, isolation_level=None, check_same_thread=False
            )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _is_settled(self) -> bool:
        """Tell whether all that was ever stored is in the library's own file, and nothing beside it."""
        beside = self.folder / f"{FILE_NAME}-wal"
        return not beside.exists() or beside.stat().st_size == 0


def rename_new(source: Path, target: Path) -> None:
    """Give a file another name, unless there is a file of that name."""
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:  # a disk that knows no links
        source.replace(target)


def _is_unwritable(error: sqlite3.Error) -> bool:
    """Tell whether SQLite could not write the small files that it needs even to read: read-only, or full."""
    full = error.sqlite_errorcode == sqlite3.SQLITE_IOERR_SHMSIZE
    return full or error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Say what SQLite's and the disk's errors mean for the library."""
    try:
        yield
    except (sqlite3.DatabaseError, UnicodeDecodeError, OSError) as error:
        raise StorageError(f"library {str(folder)!r}: {_meaning(error)}; what was stored before stays") from error


def _meaning(error: Exception) -> str:
    message = (error.strerror if isinstance(error, OSError) else None) or str(error)  # without the path
    meanings: Mapping[str, str] = {
        "full": "the disk is full; free some space and run the same command again",
        "No space": "the disk is full; free some space and run the same command again",
        "disk I/O": "the disk is full or faulty; see that it has free space, and run the same command again",
        "readonly": "the place is read-only; choose another with --library",
        "Read-only": "the place is read-only; choose another with --library",
        "Permission": "no permission to write there; choose another place with --library",
        "unable to open": "the file cannot be opened; check that the folder exists and may be written",
        "locked": "another process has been writing for too long; try again when it has finished",
        "malformed": DAMAGED,
        "decode": DAMAGED,  # in a text that it holds, or that SQLite quotes from it
        "not a database": "the file is not a library; move it away, or choose another place with --library",
        "File exists": "there is a file where the folder should be; choose another place with --library",
    }
    return next((meaning for sign, meaning in meanings.items() if sign in message), message)
