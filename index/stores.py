"""The vector stores of one library, as of one of its states: loaded, healed, or built from SQLite."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from index.article import PassageKind
from index.faiss_store import FaissStore, load_stores, save_stores
from index.library import Library
from index.records import LibraryState

logger = logging.getLogger("footnote")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The stores of one state of a library; a kind that has no vectors has no store."""

    state: LibraryState
    stores: Mapping[PassageKind, FaissStore]


class Snapshots:
    """Gives the stores that belong to the library's present state.

    Safe to use from several threads: a snapshot never changes, and a search
    that has one goes on with it while a newer one is made.
    """

    def __init__(self, library: Library, *, fingerprint: str) -> None:
        self._library = library
        self._fingerprint = fingerprint
        self._current: Snapshot | None = None
        self._lock = threading.Lock()

    def current(self) -> Snapshot:
        """Return the stores of the library as it is now, reading or rebuilding them if it has changed.

        Raises:
            LibraryMismatchError: it was embedded anew, by another model, since it was opened.
        """
        state = self._library.check_fingerprint(self._fingerprint)
        current = self._current
        if current is not None and current.state == state:
            return current
        with self._lock:
            if self._current is None or self._current.state != state:
                self._current = self._load(state, first=self._current is None)
            return self._current

    def _load(self, state: LibraryState, *, first: bool) -> Snapshot:
        loaded = load_stores(self._library.folder, state)
        if not isinstance(loaded, str):
            return Snapshot(state, loaded)
        if first and state.generation:
            logger.warning("rebuilt the FAISS files of %s from the library: %s", self._library.folder, loaded)
        snapshot = build_snapshot(self._library)
        if first:  # later on it is the process that writes which publishes, when it has finished
            publish(self._library, snapshot)
        return snapshot


def build_snapshot(library: Library) -> Snapshot:
    """Build the stores from the vectors in SQLite."""
    state, stored = library.vectors()
    return Snapshot(state, {kind: FaissStore.build(rows, vectors) for kind, (rows, vectors) in stored.items()})


def publish(library: Library, snapshot: Snapshot) -> None:
    """Write the stores beside the library; where that fails, say so and go on: they are only derived."""
    try:
        save_stores(library.folder, dict(snapshot.stores), snapshot.state)
    except OSError as error:
        logger.warning("the FAISS files of %s were not written (%s); answers are the same", library.folder, error)
