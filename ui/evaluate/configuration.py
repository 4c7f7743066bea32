"""All that decides the replies of a run, as one string: a run that was stopped goes on only with the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

from ui.app.wiring import OpenProduct, Served

ROOMS = ("index", "qa")  # whose code, calibrations and names of weights make the replies
COUNTED = (".py", ".json", ".toml")
NOT_COUNTED = ("evaluation", "training", "__pycache__")  # what measures or makes, and is not asked
NOT_ANSWERING = ("fetching", "judge", "widget")  # tables of settings that no reply depends on
DECIDING = ("faiss-cpu", "numpy", "onnxruntime", "openai", "tokenizers", "torch", "transformers")


def configuration_of(product: Served) -> str:
    """Return a hash over the articles, the settings, what models they name, the code and what it runs on."""
    parts = {
        "articles": sorted((each.id, each.title, each.content_hash) for each in product.library.articles()),
        "settings": {name: table for name, table in asdict(product.settings).items() if name not in NOT_ANSWERING},
        "library": product.fingerprint,
        "code": {room: _code_hash(files(room)) for room in ROOMS},
        "versions": {name: _version(name) for name in DECIDING},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def default_jobs(product: OpenProduct) -> int:
    """Return how many questions to ask at a time: while one is read, the next is looked for; see ``ui/DECISIONS.md``.

    A language model may be on this machine too, and give up on the second of two: it is asked one at a time.
    """
    return 1 if product.settings.llm.is_on else 2


def _code_hash(folder: Traversable) -> str:
    digest = hashlib.sha256()
    for name, content in _counted(folder, ""):
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _counted(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir() and entry.name not in NOT_COUNTED:
            yield from _counted(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(COUNTED):
            yield f"{prefix}{entry.name}", entry.read_bytes()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
