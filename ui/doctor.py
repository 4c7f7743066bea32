"""What `footnote doctor` checks: the installation, then a library, each finding one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from index.errors import FootnoteError
from index.exact_store import ExactStore
from index.faiss_store import load_stores
from index.library import Library
from index.stores import build_snapshot
from qa.abstaining import calibration_for
from ui import compose
from ui.compose import fingerprint_of, open_product, own_library_folder
from ui.settings import Settings
from ui.threshold import describe_threshold, standing

RECALL_QUERIES = 50
PACKAGES = ("footnote-qa", "torch", "sentence-transformers", "onnxruntime", "faiss-cpu", "gradio")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    found: str
    ok: bool = True


def examine(folder: Path | None) -> list[Finding]:
    """Look at the installation and at a library; a fault is a finding, never an exception."""
    return [*_installation(), *_library(folder)]


def _installation() -> Iterator[Finding]:
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    yield Finding("versions", f"Python {sys.version.split()[0]}, {packages}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _library(folder: Path | None) -> Iterator[Finding]:
    try:
        place = folder or own_library_folder()
        settings = compose.library_settings(place)
        embedder = compose.make_embedder(settings)
        norm = float(np.linalg.norm(embedder.embed_questions(["Does it work?"])[0]))
        yield Finding("embedding model", f"{embedder.fingerprint}, reads {embedder.max_tokens} tokens", norm > 0.99)
        yield _reader(settings, embedder.fingerprint)
        yield Finding("abstaining", *describe_threshold(settings, standing(settings, embedder)))
        product = open_product(folder)
        with product.library as library:
            yield from _contents(library, settings, fingerprint_of(settings, embedder))
    except FootnoteError as error:
        yield Finding("library", str(error), ok=False)


def _reader(settings: Settings, embedder: str) -> Finding:
    """Read one sentence, and say whether what the reader is sure of was calibrated."""
    model = compose.make_span_model(settings)
    if model is None:
        return Finding("reader", "none; sentences are quoted as retrieval ranks them")
    (scores,) = model.score("What is it?", ["It works."])
    fitted = calibration_for(embedder, model.fingerprint).reader == model.fingerprint
    note = "calibrated" if fitted else "not calibrated: confidence comes from retrieval alone"
    return Finding("reader", f"{model.fingerprint}, {note}", len(scores.begin) > 0)


def _contents(library: Library, settings: Settings, fingerprint: str) -> Iterator[Finding]:
    summaries = library.articles()
    yield Finding("library", f"{library.folder}: {len(summaries)} articles, state {library.state.generation}")
    integrity = library.integrity()
    yield Finding("SQLite", integrity, integrity == "ok")
    stored = load_stores(library.folder, library.state)
    if isinstance(stored, str):
        yield Finding("FAISS files", f"{stored}; they are rebuilt from the library when it is next asked")
    else:
        yield Finding("FAISS files", "match the library")
    _, vectors = library.vectors()
    for kind, store in build_snapshot(library).stores.items():
        rows, matrix = vectors[kind]
        queries = matrix[:: max(1, len(matrix) // RECALL_QUERIES)][:RECALL_QUERIES]
        recall = store.recall_against(ExactStore(rows, matrix), queries)
        found = f"{len(rows)} vectors in {store.kind}, recall@10 against exact search {recall:.3f}"
        yield Finding(f"{kind} vectors", found, recall >= 0.95)
