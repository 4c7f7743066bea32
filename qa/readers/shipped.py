"""The reader that comes with the product: a span model over the default embedding model's word embeddings.

It runs on `index.embedding.onnx_encoder`, without PyTorch; `qa.training` is where its weights come from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file

from index.embedding.onnx_encoder import Encoder, EncoderShape, Precision, WordTable, batches_by_length
from index.embedding.quantised import SCALES, RestoredRows, RestoredWeights
from index.embedding.weights import WORD_EMBEDDINGS, file_sha256, mapped_tensor, minilm_folder
from index.errors import ModelUnavailableError
from qa.readers.pair_encoding import PairEncoder, Pairs, stack
from qa.readers.span_scores import Floats, TokenScores

WEIGHTS_FILE = "reader.safetensors"
DESCRIPTION_FILE = "reader.json"
WORDS_FILE = "words.safetensors"
TOKENIZER_FILE = "tokenizer.json"
BODY = "body."  # before the names of the encoder's weights


class ShippedReader:
    """A `SpanModel` in a folder of its own; nothing is loaded until it is first asked for scores.

    Args:
        folder: holds ``reader.safetensors`` and ``reader.json`` (its name, its SHA-256, the numbers of its network).
        precision: ``int8`` where the processor can, or ``fp32``.
        cache_folder: where the encoder's graph is kept, see `Encoder`.
        threads: see `Encoder`.

    Raises:
        ModelUnavailableError: a file is missing, or is not the one that was
            trained; the same for the default embedding model's.
    """

    def __init__(
        self, folder: Path, *, precision: Precision = "int8", cache_folder: Path | None = None, threads: int = 0
    ) -> None:
        self._folder = folder
        self._precision: Precision = precision
        self._cache_folder = cache_folder
        self._threads = threads

    @property
    def name(self) -> str:
        """The model as a person knows it."""
        return str(self._description["name"])

    @property
    def fingerprint(self) -> str:
        """Name and hash of the weights."""
        return f"{self.name}@{self._description['sha256'][:16]}"

    def score(self, question: str, texts: Sequence[str], contexts: Sequence[str] = ()) -> list[TokenScores]:
        """Return the scores of each text, in order; no texts give none."""
        if not texts:
            return []
        encodings = self._pair_encoder.encode(
            [(question, text) for text in texts], contexts if self._description.get("reads_contexts") else ()
        )
        batches = list(batches_by_length([len(each.encoding.ids) for each in encodings]))
        _ = self._heads  # loaded before all batches ask for them at once
        done = self._encoder.each(lambda batch: self._scores(stack([encodings[n] for n in batch])), batches)
        scores = dict(
            pair for batch, found in zip(batches, done, strict=True) for pair in zip(batch, found, strict=True)
        )
        return [scores[position] for position in range(len(texts))]

    def _scores(self, pairs: Pairs) -> list[TokenScores]:
        hidden = self._encoder.hidden_states(pairs.ids, pairs.mask, pairs.types)
        begin, end = np.moveaxis(self._heads.span(hidden), -1, 0)
        answers = self._heads.answers(hidden[:, 0])[:, 0]
        found = []
        for row in range(len(hidden)):
            passage = pairs.starts[row] >= 0
            found.append(
                TokenScores(
                    begin[row, passage],
                    end[row, passage],
                    pairs.starts[row, passage],
                    pairs.ends[row, passage],
                    silent=float(begin[row, 0] + end[row, 0]),
                    answers=float(answers[row]),
                )
            )
        return found

    @cached_property
    def _description(self) -> dict[str, Any]:
        file = self._folder / DESCRIPTION_FILE
        try:
            description = json.loads(file.read_text("utf-8"))
            _ = description["name"], description["sha256"][:16], description["config"].keys()
        except OSError as error:
            raise ModelUnavailableError(
                f"reader: {file} cannot be read ({error.strerror}); run: pip install --force-reinstall footnote-qa"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelUnavailableError(
                f"reader: {file} does not describe a reader; run: pip install --force-reinstall footnote-qa"
            ) from error
        return dict(description)

    @cached_property
    def _weights_file(self) -> Path:
        return self._checked(WEIGHTS_FILE, self._description["sha256"])

    def _checked(self, name: str, expected: str) -> Path:
        """Return one of the reader's files, once it is known to be the one that was trained."""
        file = self._folder / name
        try:
            found = file_sha256(file)
        except OSError as error:
            raise ModelUnavailableError(
                f"reader: {file} cannot be read ({error.strerror}); run: pip install --force-reinstall footnote-qa"
            ) from error
        if found != expected:
            raise ModelUnavailableError(
                f"reader: {file} is not that of {self.name!r} (SHA-256 {found[:16]}…, expected {expected[:16]}…); "
                "run: pip install --force-reinstall footnote-qa"
            )
        return file

    @cached_property
    def _heads(self) -> _Heads:
        try:
            with safe_open(self._weights_file, "numpy") as weights:
                names = ("span.weight", "span.bias", "answers.weight", "answers.bias")
                return _Heads(*(weights.get_tensor(name).astype(np.float32) for name in names))
        except SafetensorError as error:
            raise ModelUnavailableError(
                f"reader: {self._weights_file} lacks its heads ({error}); train it anew"
            ) from error

    @cached_property
    def _encoder(self) -> Encoder:
        weights_file = self._weights_file
        return Encoder(
            lambda: RestoredWeights(
                {name.removeprefix(BODY): values for name, values in load_file(weights_file).items()}
            ),
            weights_sha256=self._description["sha256"],
            words=self._words,
            shape=EncoderShape.of(self._description["config"]),
            precision=self._precision,
            cache_folder=self._cache_folder,
            threads=self._threads,
        )

    @cached_property
    def _words(self) -> WordTable:
        """The word embeddings: the reader's own, or where it has none those of all-MiniLM-L6-v2."""
        if (sha256 := self._files.get(WORDS_FILE)) is None:
            return mapped_tensor(minilm_folder() / "model.safetensors", WORD_EMBEDDINGS)
        file = self._checked(WORDS_FILE, sha256)
        return RestoredRows(mapped_tensor(file, WORD_EMBEDDINGS), mapped_tensor(file, WORD_EMBEDDINGS + SCALES))

    @cached_property
    def _pair_encoder(self) -> PairEncoder:
        sha256 = self._files.get(TOKENIZER_FILE)
        own = minilm_folder() / TOKENIZER_FILE if sha256 is None else self._checked(TOKENIZER_FILE, sha256)
        return PairEncoder(own)

    @property
    def _files(self) -> Mapping[str, str]:
        """The SHA-256 of each file beside the weights that the reader brings."""
        return dict(self._description.get("files", {}))


@dataclass(frozen=True, slots=True, eq=False)
class _Heads:
    """Two small linear layers; fp32 in either precision."""

    span_weight: Floats
    span_bias: Floats
    answers_weight: Floats
    answers_bias: Floats

    def span(self, hidden: Floats) -> Floats:
        """Return begin and end scores, (batch, tokens, 2)."""
        return hidden @ self.span_weight.T + self.span_bias

    def answers(self, first: Floats) -> Floats:
        """Return answer logits of the first tokens' states, (batch, 1)."""
        return first @ self.answers_weight.T + self.answers_bias
