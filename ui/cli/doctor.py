"""What `footnote doctor` checks: the installation, then a library, each finding one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import platformdirs

from index.errors import FootnoteError
from index.formats.files import printable
from index.storage.library import Library
from index.storage.sqlite import DAMAGED
from index.telemetry import SWITCHES, left_on
from index.vectors.exact import ExactStore
from index.vectors.faiss import load_stores
from index.vectors.snapshots import build_snapshot
from qa.abstaining import calibration_for
from ui.app import wiring
from ui.app.settings import FILE_NAME, Settings, read_settings
from ui.app.threshold import describe_threshold, standing
from ui.app.trust import HOW, describe, holds, tables_of, wanted_of
from ui.app.wiring import indexer_of, library_folder, open_product

RECALL_QUERIES = 50
LEFT_BY_ONNXRUNTIME = platformdirs.user_cache_path("Microsoft") / "DeveloperTools" / ".onnxruntime"
# What a value that its place cannot have makes of itself: a date that is none, bytes that are no vector, no such row.
_NO_SENSE = (ValueError, TypeError, LookupError, ArithmeticError)
PACKAGES = ("footnote-qa", "torch", "sentence-transformers", "onnxruntime", "faiss-cpu", "gradio")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing looked at."""

    what: str
    found: str
    ok: bool = True


def examine(folder: Path | None) -> list[Diagnosis]:
    """Look at the installation and at a library; a fault is a finding, never an exception."""
    return [*_installation(), *_library(folder)]


def _installation() -> Iterator[Diagnosis]:
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    yield Diagnosis("versions", f"Python {sys.version.split()[0]}, {packages}")
    data, cache = (platformdirs.user_data_path, platformdirs.user_cache_path)
    yield Diagnosis("your data", f"{data('footnote', appauthor=False)}; uninstalling leaves it")
    yield Diagnosis("what can be made anew", f"{cache('footnote', appauthor=False)}; uninstalling leaves it too")
    yield _telemetry()


def _telemetry() -> Diagnosis:
    """Say whether what libraries would report is switched off, and what they left when it was not."""
    if on := left_on():
        return Diagnosis("telemetry", f"{', '.join(on)} was changed after Footnote had set it", ok=False)
    found = f"off ({', '.join(f'{name}={value}' for name, value in SWITCHES.items())}; Gradio's too)"
    if LEFT_BY_ONNXRUNTIME.exists():
        found += f"; {LEFT_BY_ONNXRUNTIME} was left by another version or program, and may be deleted"
    return Diagnosis("telemetry", found)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _library(folder: Path | None) -> Iterator[Diagnosis]:
    try:
        place = library_folder(folder)
        yield from _reaching_out(place)
        settings = wiring.library_settings(place)
        indexer = indexer_of(settings)
        embedder = indexer.embedder
        norm = float(np.linalg.norm(embedder.embed_questions(["Does it work?"])[0]))
        yield Diagnosis("embedding model", f"{embedder.fingerprint}, reads {embedder.max_tokens} tokens", norm > 0.99)
        yield _reader(settings, embedder.fingerprint)
        yield Diagnosis("abstaining", *describe_threshold(settings, standing(indexer)))
        product = open_product(folder)
        with product.library as library:
            yield from _contents(library)
    except FootnoteError as error:
        yield Diagnosis("library", str(error), ok=False)


def _reaching_out(folder: Path) -> Iterator[Diagnosis]:
    """Show what the folder's settings reach out to, and whether the user has agreed to it."""
    wanted = wanted_of(read_settings(folder))
    if not wanted:
        return
    agreed = "you have agreed to it" if holds(folder, wanted) else f"{tables_of(wanted)} not used; {HOW}"
    yield Diagnosis("settings", f"{printable(folder / FILE_NAME)}: {', '.join(describe(wanted))}; {agreed}")


def _reader(settings: Settings, embedder: str) -> Diagnosis:
    """Read one sentence, and say whether what the reader is sure of was calibrated."""
    model = wiring.make_span_model(settings)
    if model is None:
        return Diagnosis("reader", "none; sentences are quoted as retrieval ranks them")
    (scores,) = model.score("What is it?", ["It works."])
    fitted = calibration_for(embedder, model.fingerprint).reader == model.fingerprint
    note = "calibrated" if fitted else "not calibrated: confidence comes from retrieval alone"
    return Diagnosis("reader", f"{model.fingerprint}, {note}", len(scores.begin) > 0)


def _contents(library: Library) -> Iterator[Diagnosis]:
    try:
        integrity = library.integrity()
        if integrity != "ok":
            yield Diagnosis("SQLite", f"{' '.join(integrity.split())}: {DAMAGED}", ok=False)
            return  # what else it says cannot be believed
        yield Diagnosis("SQLite", integrity)
        summaries = library.articles()
        counted = "1 article" if len(summaries) == 1 else f"{len(summaries):,} articles"
        yield Diagnosis("library", f"{library.folder}: {counted}, state {library.state.generation}")
        yield from _vectors(library)
    except _NO_SENSE as error:
        found = f"library {str(library.folder)!r} holds what makes no sense ({error!r:.200}): {DAMAGED}"
        yield Diagnosis("library", found, ok=False)


def _vectors(library: Library) -> Iterator[Diagnosis]:
    stored = load_stores(library.folder, library.state)
    if isinstance(stored, str):
        yield Diagnosis("FAISS files", f"{stored}; they are rebuilt from the library when it is next asked")
    else:
        yield Diagnosis("FAISS files", "match the library")
    _, vectors = library.vectors()
    for kind, store in build_snapshot(library).stores.items():
        rows, matrix = vectors[kind]
        queries = matrix[:: max(1, len(matrix) // RECALL_QUERIES)][:RECALL_QUERIES]
        recall = store.recall_against(ExactStore(rows, matrix), queries)
        found = f"{len(rows)} vectors in {store.kind}, recall@10 against exact search {recall:.3f}"
        yield Diagnosis(f"{kind} vectors", found, recall >= 0.95)
