"""Vectors that were computed for a library that is being embedded anew, until all of them are there.

They lie in a file of their own beside the library, so that a run that was
killed goes on where it stopped, and the library itself changes in one step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from index.protocols import Vectors
from index.storage.sqlite import Connection, DatabaseError, connected, is_damaged, storage_errors
from index.storage.statements import decode_vectors, embedded_hash

FILE_NAME = "re-embedding.sqlite3"


class VectorsSetAside:
    """The vectors of one fingerprint, by `embedded_hash` of what was embedded; opened by `set_aside`."""

    def __init__(self, folder: Path, connection: Connection) -> None:
        self._folder = folder
        self._connection = connection

    def known(self, embedded_texts: Iterable[str]) -> dict[bytes, Vectors]:
        """Return the vectors that are kept of some texts."""
        known: dict[bytes, Vectors] = {}
        for key in {embedded_hash(text) for text in embedded_texts}:
            found = self._connection.execute("SELECT vector FROM vector WHERE embedded_hash = ?", (key,)).fetchone()
            if found is not None:
                known[key] = decode_vectors([found[0]])[0]
        return known

    def keep(self, vectors: Mapping[bytes, Vectors]) -> None:
        """Keep some vectors, all or none; those that are kept already stay."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT OR IGNORE INTO vector VALUES (?, ?)",
            [(key, vector.astype("<f2").tobytes()) for key, vector in vectors.items()],
        )
        self._connection.execute("COMMIT")

    def remove(self) -> None:
        """Delete the file; nothing can be kept or asked afterwards."""
        self._connection.close()
        (self._folder / FILE_NAME).unlink(missing_ok=True)


@contextmanager
def set_aside(folder: Path, *, fingerprint: str) -> Iterator[VectorsSetAside]:
    """Open the vectors set aside for a library; those of another fingerprint, or a damaged file, are dropped.

    Raises:
        StorageError: the disk is full or cannot be written; the library stays as it is.
    """
    with storage_errors(folder):
        connection = _opened(folder / FILE_NAME, fingerprint)
        try:
            yield VectorsSetAside(folder, connection)
        finally:
            connection.close()


def _opened(file: Path, fingerprint: str) -> Connection:
    try:
        return _prepared(file, fingerprint)
    except DatabaseError as error:
        if not is_damaged(error):
            raise
        file.unlink()
        return _prepared(file, fingerprint)


def _prepared(file: Path, fingerprint: str) -> Connection:
    connection = connected(file)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE IF NOT EXISTS made_with (fingerprint TEXT PRIMARY KEY)")
        connection.execute("CREATE TABLE IF NOT EXISTS vector (embedded_hash BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        if connection.execute("SELECT fingerprint FROM made_with").fetchall() != [(fingerprint,)]:
            connection.execute("DELETE FROM made_with")
            connection.execute("DELETE FROM vector")
            connection.execute("INSERT INTO made_with VALUES (?)", (fingerprint,))
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection
