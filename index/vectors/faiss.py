"""Nearest neighbours in FAISS: the only file that imports it.

The file on disk is derived from the library and trusted only when its manifest
names this library's fingerprint and state and its bytes have the checksum
written there: FAISS itself loads a file with a flipped byte without a word.
A store never changes once built (adding while another thread searches crashes
FAISS): a new one is built, and the reference swapped.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import faiss
import numpy as np

from index.article import PassageKind
from index.protocols import Rows, Similarities, Vectors
from index.storage.atomic_files import remove_leftovers, replace_file
from index.storage.statements import LibraryState
from index.vectors.exact import ExactStore

EXACT_UP_TO = 100_000  # vectors; 8 ms a search on one core at twice that
LISTS_SEARCHED_SHARE = 1 / 32  # recall@10 of 0.99 on clustered vectors; `footnote doctor` measures yours
TRAINING_VECTORS_PER_LIST = 64
MANIFEST = "faiss.json"

faiss.omp_set_num_threads(1)  # a search takes milliseconds; its threads would fight torch's, and hang after a fork


class FaissStore:
    """A `VectorStore` in FAISS: exact in half precision up to 100,000 vectors, then inverted lists."""

    def __init__(self, rows: Rows, index: Any) -> None:
        self.rows = rows
        self._index = index

    @classmethod
    def build(cls, rows: Rows, vectors: Vectors, *, exact_up_to: int = EXACT_UP_TO) -> FaissStore:
        """Build from ``(n,)`` ascending rows and ``(n, d)`` unit vectors; the kind is chosen by size."""
        count, dimension = vectors.shape
        factory = "SQfp16" if count <= exact_up_to else f"IVF{int(4 * math.sqrt(count))},SQ8"
        index = faiss.index_factory(dimension, factory, faiss.METRIC_INNER_PRODUCT)
        if not index.is_trained:
            lists = faiss.extract_index_ivf(index).nlist
            sample = np.random.default_rng(0).permutation(count)[: TRAINING_VECTORS_PER_LIST * lists]
            index.train(vectors[np.sort(sample)])
        index.add(vectors)
        return cls(rows, index)

    @property
    def kind(self) -> str:
        """What FAISS calls the index it uses, for `footnote doctor`."""
        return type(faiss.downcast_index(self._index)).__name__

    def search(self, query: Vectors, *, k: int, allowed: Rows | None = None) -> tuple[Rows, Similarities]:
        """Return the ``k`` nearest rows by cosine, best first, ties by row number."""
        if not len(self.rows) or k < 1:
            return self.rows[:0], np.zeros(0, dtype=np.float32)
        found, positions = self._index.search(
            np.ascontiguousarray(query[None, :]), min(k, len(self.rows)), params=self._parameters(allowed)
        )
        held = positions[0] >= 0
        rows, similarities = self.rows[positions[0][held]], found[0][held]
        order = np.lexsort((rows, -similarities))
        return rows[order], similarities[order]

    def _parameters(self, allowed: Rows | None) -> Any:
        untyped: Any = faiss  # its type stubs know no parameters here
        selector = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(np.flatnonzero(np.isin(self.rows, allowed)))
        index = faiss.downcast_index(self._index)
        if isinstance(index, faiss.IndexIVF):
            searched = index.nlist if allowed is not None else max(8, int(index.nlist * LISTS_SEARCHED_SHARE))
            return untyped.SearchParametersIVF(sel=selector, nprobe=searched)
        return untyped.SearchParameters(sel=selector) if selector is not None else None

    def recall_against(self, exact: ExactStore, queries: Vectors, *, k: int = 10) -> float:
        """Return the mean share, 0 to 1, of the exact ``k`` nearest that this store finds."""
        shares = []
        for query in queries:
            expected, _ = exact.search(query, k=k)
            found, _ = self.search(query, k=k)
            shares.append(len(np.intersect1d(expected, found)) / max(1, len(expected)))
        return float(np.mean(shares)) if shares else 1.0


def save_stores(folder: Path, stores: dict[PassageKind, FaissStore], state: LibraryState) -> None:
    """Write the stores and their manifest, each to a temporary name first; the manifest comes last.

    What a process that was killed here has left behind is removed.

    Raises:
        OSError: the folder cannot be written or the disk is full; nothing is half-written under its real name.
    """
    for name in (*map(_file_name, get_args(PassageKind)), MANIFEST):
        remove_leftovers(folder, f".{name}.*.tmp")
    manifest: dict[str, Any] = {"library": asdict(state), "files": {}}
    for kind, store in sorted(stores.items()):
        body = faiss.serialize_index(store._index).tobytes() + store.rows.astype("<i8").tobytes()
        replace_file(folder / _file_name(kind), body)
        manifest["files"][kind] = {"sha256": hashlib.sha256(body).hexdigest(), "rows": len(store.rows)}
    replace_file(folder / MANIFEST, json.dumps(manifest, indent=2, sort_keys=True).encode())


def load_stores(folder: Path, state: LibraryState) -> dict[PassageKind, FaissStore] | str:
    """Return the stores made from ``state``, or in a few words why they cannot be used."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["library"] != asdict(state):
            return "it was made from another state of the library"
        return {
            kind: _load_store((folder / _file_name(kind)).read_bytes(), entry)
            for kind, entry in manifest["files"].items()
        }
    except FileNotFoundError as error:
        return f"{Path(str(error.filename)).name} is missing"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        return f"it is damaged ({error})"


def _load_store(body: bytes, entry: dict[str, Any]) -> FaissStore:
    if hashlib.sha256(body).hexdigest() != entry["sha256"]:
        raise ValueError("its checksum is wrong")
    split = len(body) - 8 * int(entry["rows"])
    rows = np.frombuffer(body[split:], dtype="<i8").astype(np.int64)
    return FaissStore(rows, faiss.deserialize_index(np.frombuffer(body[:split], dtype=np.uint8)))


def _file_name(kind: PassageKind) -> str:
    return f"{kind}s.faiss"
