"""The vector stores of one library, as of one of its states: loaded, healed, or built from SQLite."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from index.article import PassageKind
from index.protocols import VectorStore
from index.storage.library import Library
from index.storage.statements import Changes, LibraryState
from index.vectors.delta import GrownStore
from index.vectors.faiss import FaissStore, load_stores, save_stores

logger = logging.getLogger("footnote")


MOST_GROWN = 5_000  # vectors of a kind that have come or gone since its store was built; more, and it is built anew
COMPARED = 64  # rows by which a store is known to be of this library still


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The stores of one state of a library; a kind that has no vectors has no store."""

    state: LibraryState
    stores: Mapping[PassageKind, FaissStore]


@dataclass(frozen=True, slots=True)
class VectorView:
    """What is searched: the stores of a state, built for it or grown into it."""

    state: LibraryState
    stores: Mapping[PassageKind, VectorStore]


class Snapshots:
    """Gives the stores that belong to the library's present state.

    Safe to use from several threads: a view never changes, and a search that
    has one goes on with it while a newer one is made. An article that is added
    or removed costs its own vectors, not those of all others.
    """

    def __init__(self, library: Library, *, fingerprint: str) -> None:
        self._library = library
        self._fingerprint = fingerprint
        self._built: Snapshot | None = None
        self._known: Mapping[int, bytes] = {}  # some rows of what was built, and what stood in them
        self._current: VectorView | None = None
        self._lock = threading.Lock()

    def current(self) -> VectorView:
        """Return the stores of the library as it is now, growing or rebuilding them if it has changed.

        Raises:
            LibraryMismatchError: it was embedded anew, by another model, since it was opened.
        """
        state = self._library.check_fingerprint(self._fingerprint)
        current = self._current
        if current is not None and current.state == state:
            return current
        with self._lock:
            if self._current is None or self._current.state != state:
                self._current = self._grown() or self._build(state)
            return self._current

    def _grown(self) -> VectorView | None:
        """Return what was built with what has changed since, or None where it has to be built anew."""
        built = self._built
        if built is None:
            return None
        held = {kind: store.rows for kind, store in built.stores.items()}
        state, changes = self._library.changes_since(held, most=MOST_GROWN)
        if changes is None or state.fingerprint != built.state.fingerprint or not self._is_of_this_library():
            return None
        grown = {kind: _grown_store(built.stores.get(kind), changed) for kind, changed in changes.items()}
        return VectorView(state, {kind: store for kind, store in grown.items() if store is not None})

    def _is_of_this_library(self) -> bool:
        """Tell whether the rows that were built hold what they held: a backup may have been put in their place."""
        now = self._library.embedded_hashes(self._known)
        return all(now.get(row, known) == known for row, known in self._known.items())

    def _build(self, state: LibraryState) -> VectorView:
        built = self._load(state, first=self._built is None)
        last = [row for store in built.stores.values() for row in store.rows[-COMPARED:]]
        self._built, self._known = built, self._library.embedded_hashes(last)
        return VectorView(built.state, built.stores)

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


def _grown_store(built: FaissStore | None, changed: Changes) -> VectorStore | None:
    """Return a store of one kind as it is now; None where it has no vectors."""
    added = FaissStore.build(changed.rows, changed.vectors) if len(changed.rows) else None
    if built is None:
        return added
    if len(changed.removed) == len(built.rows):
        return added
    if added is None and not len(changed.removed):
        return built
    return GrownStore(built, added, changed.removed)


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
