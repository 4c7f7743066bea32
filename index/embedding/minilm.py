"""all-MiniLM-L6-v2 without PyTorch: what is asked, and short jobs, are embedded on ONNX Runtime.

Long jobs, and models that a user names, are left to `index.embedding.sentence_transformers`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from safetensors.numpy import load_file
from tokenizers import Tokenizer

from index.article import Span
from index.embedding.onnx_encoder import Encoder, EncoderShape
from index.embedding.sentence_transformers import Precision, SentenceTransformersEmbedder
from index.embedding.weights import (
    MINILM,
    MINILM_SHA256,
    WORD_EMBEDDINGS,
    mapped_tensor,
    minilm_folder,
    weights_sha256,
)
from index.embedding.windows import embed_in_windows
from index.protocols import Progress, Vectors, no_progress

SPECIAL_TOKENS = 2  # [CLS] and [SEP]
SHORT_JOB_CHARACTERS = 500_000  # half a minute on one core; a GPU wins back what loading PyTorch takes well before


class MiniLMEmbedder:
    """An `Embedder` of all-MiniLM-L6-v2 that asks without PyTorch; loaded at first use.

    Its vectors are those of `SentenceTransformersEmbedder` (cosines above
    0.9999), and so is its fingerprint: a library made with one is asked with
    the other. Jobs of more than 500,000 characters are given to that one.

    Raises:
        ModelUnavailableError: the model's package, or onnxruntime, is missing,
            or the weights are not the official file.
    """

    name = MINILM
    unrelated_cosine = 0.0
    least_characters = 0
    means_of_sentences = False

    def __init__(self, *, cache_folder: Path | None = None, precision: Precision = "auto", threads: int = 0) -> None:
        self._cache_folder = cache_folder
        self._precision: Precision = precision
        self._threads = threads

    @cached_property
    def _folder(self) -> Path:
        return minilm_folder()

    @cached_property
    def _encoder(self) -> Encoder:
        file = self._folder / "model.safetensors"
        config = json.loads((self._folder / "config.json").read_text("utf-8"))
        return Encoder(
            lambda: load_file(file),
            weights_sha256=MINILM_SHA256,
            words=mapped_tensor(file, WORD_EMBEDDINGS),
            shape=EncoderShape.of(config),
            cache_folder=self._cache_folder,
            threads=self._threads,
        )

    @cached_property
    def _bulk(self) -> SentenceTransformersEmbedder:
        return SentenceTransformersEmbedder(MINILM, precision=self._precision)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        """A tokenizer that neither pads nor cuts."""
        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _cutting_tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.max_tokens + SPECIAL_TOKENS)
        return tokenizer

    @cached_property
    def fingerprint(self) -> str:
        """Name of the model and hash of its weights."""
        return f"{self.name}@{weights_sha256(self._folder)[:16]}"

    @cached_property
    def max_tokens(self) -> int:
        """Word pieces of a text that the model reads, its two special tokens not counted."""
        settings = json.loads((self._folder / "sentence_bert_config.json").read_text("utf-8"))
        return int(settings["max_seq_length"]) - SPECIAL_TOKENS

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each token of ``text`` stands, however long the text is."""
        return [Span(start, end) for start, end in self._tokenizer.encode(text, add_special_tokens=False).offsets]

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """Embed what is stored; a long job is left to sentence-transformers."""
        if sum(map(len, texts)) > SHORT_JOB_CHARACTERS:
            return self._bulk.embed_passages(texts, progress=progress)
        return self._embed(texts, progress)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Embed what is asked."""
        return self._embed(texts, no_progress)

    def _embed(self, texts: Sequence[str], progress: Progress) -> Vectors:
        return embed_in_windows(
            texts,
            self._encode,
            tokens_of=self.tokens,
            max_tokens=self.max_tokens,
            dimension=self._encoder.width,
            progress=progress,
        )

    def _encode(self, texts: list[str]) -> Vectors:
        encodings = self._cutting_tokenizer.encode_batch(texts)
        return self._encoder.mean_states([encoding.ids for encoding in encodings])
