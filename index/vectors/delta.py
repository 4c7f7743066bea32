"""The vectors of a library that has changed since a store of it was built: that store, with what is new beside it."""

from __future__ import annotations

import numpy as np

from index.protocols import Rows, Similarities, Vectors, VectorStore


class GrownStore:
    """A `VectorStore` that finds what one built anew would find; both stores stay as they are.

    ``removed`` are rows of ``base`` that are no longer there; ``added`` holds rows behind those of ``base``.
    """

    def __init__(self, base: VectorStore, added: VectorStore | None, removed: Rows) -> None:
        self._base = base
        self._added = added
        self._removed = removed

    @property
    def rows(self) -> Rows:
        """The row numbers held, ascending."""
        kept = np.setdiff1d(self._base.rows, self._removed)
        return kept if self._added is None else np.concatenate([kept, self._added.rows])

    def search(self, query: Vectors, *, k: int, allowed: Rows | None = None) -> tuple[Rows, Similarities]:
        """Return the ``k`` nearest rows by cosine, best first, ties by row number."""
        kept, kept_similarities = self._search_base(query, k, allowed)
        if self._added is None:
            return kept[: max(0, k)], kept_similarities[: max(0, k)]
        new, new_similarities = self._added.search(query, k=k, allowed=allowed)
        rows = np.concatenate([kept, new])
        similarities = np.concatenate([kept_similarities, new_similarities])
        best = np.lexsort((rows, -similarities))[: max(0, k)]
        return rows[best], similarities[best]

    def _search_base(self, query: Vectors, k: int, allowed: Rows | None) -> tuple[Rows, Similarities]:
        if allowed is not None:
            return self._base.search(query, k=k, allowed=np.setdiff1d(allowed, self._removed))
        # As many more as could have to be left out; a selection would have inverted lists all searched.
        rows, similarities = self._base.search(query, k=k + len(self._removed) if k > 0 else 0)
        there = ~np.isin(rows, self._removed)
        return rows[there], similarities[there]
