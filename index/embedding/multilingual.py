"""The default model, multilingual-e5-small, on ONNX Runtime: it asks and indexes without PyTorch.

Its weights and word pieces come with the product, in four bits (`index.embedding.four_bits`).
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from index.article import Span
from index.embedding.four_bits import FourBitRows, dequantised
from index.embedding.onnx_encoder import Encoder, EncoderShape
from index.embedding.onnx_encoder import Precision as ProductPrecision
from index.embedding.vocabulary import BEGIN, END, Vocabulary
from index.embedding.weights import DEFAULT_MODEL, DEFAULT_MODEL_SHA256, WORD_EMBEDDINGS, mapped_tensor, weights_sha256
from index.embedding.windows import embed_in_windows
from index.errors import ModelUnavailableError
from index.protocols import Progress, Vectors, no_progress

SHAPE = EncoderShape(
    model_type="bert",
    hidden_size=384,
    num_hidden_layers=12,
    num_attention_heads=12,
    intermediate_size=1536,
    layer_norm_eps=1e-12,
)
POSITIONS = 512
PASSAGE, QUESTION = "passage: ", "query: "  # what it was trained to see before each
MOST_PREFIX_TOKENS = 4
SPECIAL_TOKENS = 2
UNRELATED_COSINE = 0.75  # of 0 to 0.8, the one that sums best with BM25; measured ones lie around 0.7
LEAST_CHARACTERS = 25
PIECES, SCORES, CHARSMAP = "vocabulary.pieces", "vocabulary.scores", "vocabulary.charsmap"


class MultilingualEmbedder:
    """An `Embedder` of multilingual-e5-small; loaded at first use.

    Products are of 8-bit numbers, where the processor multiplies these exactly,
    unless ``exact``: cosines to the fp32 vectors stay above 0.999, so both may
    stand in one library.

    Args:
        folder: holds ``model.safetensors``; None for the one that comes with the product.
        exact: compute in fp32.
        cache_folder: where the encoder's graph is kept, see `Encoder`.
        threads: see `Encoder`.

    Raises:
        ModelUnavailableError: the weights are missing, or are not those that the product comes with.
    """

    name = DEFAULT_MODEL
    unrelated_cosine = UNRELATED_COSINE
    least_characters = LEAST_CHARACTERS
    means_of_sentences = True

    def __init__(
        self,
        folder: Path | None = None,
        *,
        exact: bool = False,
        cache_folder: Path | None = None,
        threads: int = 0,
    ) -> None:
        self._given_folder = folder
        self._precision: ProductPrecision = "fp32" if exact else "int8"
        self._cache_folder = cache_folder
        self._threads = threads

    @cached_property
    def _folder(self) -> Path:
        return self._given_folder or shipped_folder()

    @cached_property
    def _file(self) -> Path:
        """The weights, once they are known to be those that the product comes with."""
        file = self._folder / "model.safetensors"
        if not file.is_file():
            raise ModelUnavailableError(f"{file} is missing; run: pip install --force-reinstall footnote-qa")
        found = weights_sha256(self._folder)
        if found != DEFAULT_MODEL_SHA256:
            raise ModelUnavailableError(
                f"{file} is not the {self.name} that the product comes with (SHA-256 {found[:16]}…, expected "
                f"{DEFAULT_MODEL_SHA256[:16]}…); run: pip install --force-reinstall footnote-qa"
            )
        return file

    @cached_property
    def _encoder(self) -> Encoder:
        file = self._file
        return Encoder(
            lambda: body_of(file),
            weights_sha256=DEFAULT_MODEL_SHA256,
            words=words_of(file),
            shape=SHAPE,
            precision=self._precision,
            cache_folder=self._cache_folder,
            threads=self._threads,
        )

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return vocabulary_of(self._file)

    @cached_property
    def fingerprint(self) -> str:
        """Name of the model and hash of its weights."""
        _ = self._file
        return f"{self.name}@{DEFAULT_MODEL_SHA256[:16]}"

    @property
    def max_tokens(self) -> int:
        """Word pieces of a text that the model reads; special ones, and those of what stands before it, not counted."""
        return POSITIONS - SPECIAL_TOKENS - MOST_PREFIX_TOKENS

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each word piece of ``text`` stands, however long the text is."""
        return self._vocabulary.cut([text])[0].spans

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """Embed what is stored."""
        return self._embed(PASSAGE, texts, progress)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Embed what is asked."""
        return self._embed(QUESTION, texts, no_progress)

    def _embed(self, prefix: str, texts: Sequence[str], progress: Progress) -> Vectors:
        return embed_in_windows(
            texts,
            lambda windows: self._encode(prefix, windows),
            tokens_of=self.tokens,
            max_tokens=self.max_tokens,
            dimension=self._encoder.width,
            progress=progress,
        )

    def _encode(self, prefix: str, texts: Sequence[str]) -> Vectors:
        # A word cut in two by a window's edge may come to more pieces than it was: the last ones are then left out.
        before, *cut = self._vocabulary.cut([prefix, *texts])
        return self._encoder.mean_states([[BEGIN, *before.ids, *pieces.ids[: self.max_tokens], END] for pieces in cut])


def shipped_folder() -> Path:
    """Return the folder of the weights that come with the product."""
    return Path(str(importlib.resources.files("index"))) / "models" / DEFAULT_MODEL


def body_of(file: Path) -> Mapping[str, NDArray[Any]]:
    """Return all weights but the word embeddings, unpacked, by Hugging Face's names in BertModel."""
    try:
        with safe_open(file, "numpy") as weights:
            apart = (WORD_EMBEDDINGS, PIECES, SCORES, CHARSMAP)
            found = {name: weights.get_tensor(name) for name in sorted({*weights.keys()} - {*apart})}
    except (OSError, SafetensorError) as error:
        raise ModelUnavailableError(
            f"{file} cannot be read ({error}); run: pip install --force-reinstall footnote-qa"
        ) from error
    return {name: dequantised(values) if values.dtype == np.uint8 else values for name, values in found.items()}


def words_of(file: Path) -> FourBitRows:
    """Return the word embeddings; only the rows that are asked for are read."""
    return FourBitRows(mapped_tensor(file, WORD_EMBEDDINGS))


def vocabulary_of(file: Path) -> Vocabulary:
    """Return the word pieces that are kept beside the weights."""
    pieces, scores, charsmap = (np.asarray(mapped_tensor(file, name)) for name in (PIECES, SCORES, CHARSMAP))
    return Vocabulary(pieces.tobytes().decode("utf-8").split("\n"), scores.tolist(), charsmap.tobytes())
