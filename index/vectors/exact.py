"""Exact nearest neighbours in numpy: the reference that every faster store is compared with, on values."""

from __future__ import annotations

import numpy as np

from index.protocols import Rows, Similarities, Vectors


class ExactStore:
    """A `VectorStore` that compares the query with every vector."""

    def __init__(self, rows: Rows, vectors: Vectors) -> None:
        self.rows = rows
        self._vectors = vectors

    def search(self, query: Vectors, *, k: int, allowed: Rows | None = None) -> tuple[Rows, Similarities]:
        """Return the ``k`` nearest rows by cosine, best first, ties by row number."""
        rows, vectors = self.rows, self._vectors
        if allowed is not None:
            keep = np.isin(rows, allowed)
            rows, vectors = rows[keep], vectors[keep]
        if not len(rows):
            return rows, np.zeros(0, dtype=np.float32)
        similarities = vectors @ query
        best = np.lexsort((rows, -similarities))[:k]
        return rows[best], similarities[best].astype(np.float32)
