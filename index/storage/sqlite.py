"""Files of SQLite: their connections, transactions and formats, and what SQLite's errors mean.

No other module imports it, and what stands in the tables of each file is known elsewhere. Any number of processes may
read a file while one writes (WAL).
"""

from __future__ import annotations

import queue
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.errors import StorageError
from index.storage.atomic_files import rename_new
from index.storage.private import close_to_others

BUSY_TIMEOUT_S = 30.0
SHORT_BUSY_TIMEOUT_S = 5.0  # where a person waits: better told that another process writes than kept waiting
DAMAGED = "the file is damaged; restore it from a backup, or index the articles again elsewhere"


Connection = sqlite3.Connection
DatabaseError = sqlite3.DatabaseError


@dataclass(frozen=True, slots=True)
class Schema:
    """What stands in one kind of file: its tables, the number of their format, and how an older one becomes this one.

    ``migrations`` are the statements that make of each earlier format the next; ``otherwise`` says what can be done
    about a format that this program does not know.
    """

    file_name: str
    tables: str
    version: int
    migrations: Mapping[int, tuple[str, ...]]
    otherwise: str


class Database:
    """Connections to one file; safe to use from several threads."""

    def __init__(
        self, folder: Path, schema: Schema, *, read_only: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> None:
        self.folder = folder
        self.file = folder / schema.file_name
        self._schema = schema
        self._read_only = read_only
        self._busy_timeout_s = busy_timeout_s
        self._in_memory = False
        self._idle: queue.SimpleQueue[Connection] = queue.SimpleQueue()

    @classmethod
    def in_memory(cls, schema: Schema) -> Database:
        """Return a database that lasts as long as the process; its one connection serves one thread at a time."""
        database = cls(Path(":memory:"), schema)
        connection = connected(":memory:")
        connection.execute("PRAGMA foreign_keys = ON")
        database._begin_with_tables(connection)
        connection.execute("COMMIT")
        database._in_memory = True
        database._idle.put(connection)
        return database

    def exists(self) -> bool:
        """Tell whether the folder holds the file."""
        with storage_errors(self.folder):
            return self.file.is_file()

    def create(self, fill: Callable[[Connection], object] = lambda connection: None) -> None:
        """Make the file under another name, with what ``fill`` puts in, and give it its own once it is whole.

        A process that is killed here leaves no half of one, and of two that
        make one at the same time neither undoes the other's.
        """
        with (
            storage_errors(self.folder),
            tempfile.TemporaryDirectory(prefix=".new-", dir=self.folder) as temporary,
        ):
            new = Path(temporary) / self._schema.file_name
            with closing(connected(new)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                self._begin_with_tables(connection)
                fill(connection)
                connection.execute("COMMIT")
            close_to_others(new)  # what SQLite makes beside it has its mode
            rename_new(new, self.file)

    def _begin_with_tables(self, connection: Connection) -> None:
        connection.executescript(f"BEGIN;{self._schema.tables}PRAGMA user_version = {self._schema.version};")

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
        if self.check_format() == self._schema.version:
            return
        with self.writing() as connection:
            found = self._format(connection)  # again: another process may have done it meanwhile
            for version in range(found, self._schema.version):
                for statement in self._schema.migrations[version]:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {self._schema.version}")

    def _format(self, connection: Connection) -> int:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version != self._schema.version and version not in self._schema.migrations:
            raise StorageError(
                f"{str(self.file)!r} has format {version}, this program reads {self._schema.version}; "
                f"use the version of footnote that made it, or {self._schema.otherwise}"
            )
        return version

    def close(self) -> None:
        """Close every connection; the database must not be in use."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the file throughout."""
        with self._connected() as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Connection]:
        """Give a connection whose changes are stored together, or not at all.

        ``durable`` ones outlast a power cut as soon as they are stored; the
        others may lose the last moments, but are never damaged by it.
        """
        with self._connected() as connection:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
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

    def _connect(self) -> Connection:
        file = self.file.resolve().as_uri()
        connection = connected(f"{file}?mode={'ro' if self._read_only else 'rw'}", busy_timeout_s=self._busy_timeout_s)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error as error:
            connection.close()
            if not (self._read_only and _is_unwritable(error) and self._is_settled()):
                raise
            # WAL needs to write beside the file; where nobody can write, nobody can change it either.
            connection = connected(f"{file}?mode=ro&immutable=1")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _is_settled(self) -> bool:
        """Tell whether all that was ever stored is in the file itself, and nothing beside it."""
        beside = self.file.with_name(f"{self.file.name}-wal")
        return not beside.exists() or beside.stat().st_size == 0


def connected(place: Path | str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Connection:
    """Return a connection to a path or URI, whose transactions begin and end where it is told to."""
    return sqlite3.connect(place, uri=True, isolation_level=None, timeout=busy_timeout_s, check_same_thread=False)


def is_damaged(error: DatabaseError) -> bool:
    """Tell whether what went wrong is that the file is none of SQLite's, or no longer sound."""
    return error.sqlite_errorcode in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


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
