"""Embedding with sentence-transformers: the only file here that imports it, or torch.

Any model that sentence-transformers can load will do, by local path or hub
name. all-MiniLM-L6-v2 comes from an installed package, so nothing is
downloaded. The default model is run by `index.embedding.multilingual`.
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index.article import Span
from index.embedding.weights import DEFAULT_MODEL, MINILM, minilm_folder, weights_sha256
from index.embedding.windows import embed_in_windows
from index.errors import ModelUnavailableError
from index.protocols import Progress, Vectors, no_progress

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger("footnote")

Precision = Literal["auto", "fp32", "bf16"]

BATCH_TEXTS = 32  # 16 to 32 is where a CPU's throughput is flat for a model of this size
BULK_TEXTS = 64  # below this, converting the weights costs more than it saves


class SentenceTransformersEmbedder:
    """An `Embedder` over one sentence-transformers model, loaded at first use.

    Questions, and jobs of fewer than 64 texts, are always computed in fp32.
    Longer jobs use bf16 when ``precision`` is ``auto`` and the processor is
    faster at it: cosines to the fp32 vectors stay above 0.9999, so both may
    stand in one library and the fingerprint does not tell them apart.

    Raises:
        ModelUnavailableError: the model cannot be found or loaded, or the
            weights of all-MiniLM-L6-v2 are not the official file.
    """

    unrelated_cosine = 0.0
    least_characters = 0
    means_of_sentences = False

    def __init__(self, model: str = MINILM, *, precision: Precision = "auto") -> None:
        self.name = model
        self._precision = precision

    @cached_property
    def _folder(self) -> Path | None:
        """The model's own folder, or None for a name that only the hub knows."""
        if self.name == MINILM:
            return minilm_folder()
        folder = Path(self.name).expanduser()
        if folder.is_dir():
            return folder
        if self.name.startswith(("/", ".", "~")):
            raise ModelUnavailableError(f"embedding model: there is no folder {self.name!r}; give a path or a hub name")
        return None

    @cached_property
    def _model(self) -> SentenceTransformer:
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging
        except ImportError as error:
            raise ModelUnavailableError(
                "embedding needs sentence-transformers; run: pip install sentence-transformers"
            ) from error
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # theirs
        place = str(self._folder or self.name)
        try:
            model = SentenceTransformer(place)
        except Exception as error:  # the library raises whatever its parts raise
            raise ModelUnavailableError(
                f"embedding model {self.name!r} cannot be loaded ({_first_line(error)}); "
                f"give a local folder, or set embedding.model to {DEFAULT_MODEL!r}"
            ) from error
        return model.eval()

    @cached_property
    def _bulk_model(self) -> SentenceTransformer:
        """The model that long jobs run on: a bf16 copy where that is faster, else the same one."""
        on_cpu = self._model.device.type == "cpu"
        if self._precision == "bf16" or (self._precision == "auto" and on_cpu and _bf16_is_faster()):
            return copy.deepcopy(self._model).bfloat16()
        return self._model

    @cached_property
    def _whole_text_tokenizer(self) -> Any:
        """A tokenizer that never truncates: switching that in the model's own disturbs other threads' batches."""
        return copy.deepcopy(self._model.tokenizer)

    @cached_property
    def fingerprint(self) -> str:
        """Name of the model and hash of its weights; for a hub name, its revision."""
        if self._folder is not None:
            identity = weights_sha256(self._folder)[:16]
        else:
            transformer: Any = self._model[0]
            identity = str(getattr(transformer.auto_model.config, "_commit_hash", None))
        return f"{Path(self.name).name}@{identity}"

    @cached_property
    def max_tokens(self) -> int:
        """Word pieces of a text that the model reads, its two special tokens not counted."""
        limit = self._model.max_seq_length or self._model.tokenizer.model_max_length
        return int(limit) - int(self._model.tokenizer.num_special_tokens_to_add())

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each token of ``text`` stands, however long the text is."""
        encoded = self._whole_text_tokenizer(
            text, add_special_tokens=False, truncation=False, return_offsets_mapping=True, verbose=False
        )
        return [Span(start, end) for start, end in encoded["offset_mapping"]]

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """Embed what is stored: longest first, so that a batch holds texts of one length."""
        model = self._bulk_model if len(texts) >= BULK_TEXTS else self._model
        return self._embed(texts, model.encode_document, progress)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Embed what is asked, always in fp32."""
        return self._embed(texts, self._model.encode_query, no_progress)

    def _embed(self, texts: Sequence[str], encode: Any, progress: Progress) -> Vectors:
        return embed_in_windows(
            texts,
            lambda windows: encode(windows, batch_size=BATCH_TEXTS, show_progress_bar=False, convert_to_numpy=True),
            tokens_of=self.tokens,
            max_tokens=self.max_tokens,
            dimension=self._dimension,
            progress=progress,
        )

    @property
    def _dimension(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)


def _bf16_is_faster() -> bool:
    """Time one layer's matrix product in both precisions; ask for a clear win, not a tie.

    The processor's flags alone do not tell: bf16 without AVX512_BF16 or AMX is
    emulated, and slower by orders of magnitude on some builds of torch.
    """
    import torch

    def best_seconds(dtype: torch.dtype) -> float:
        left, right = torch.ones(512, 384, dtype=dtype), torch.ones(384, 1536, dtype=dtype)
        times = []
        for _ in range(7):
            began = time.perf_counter()
            torch.mm(left, right)
            times.append(time.perf_counter() - began)
        return min(times)

    ratio = best_seconds(torch.float32) / best_seconds(torch.bfloat16)
    logger.debug("bf16 is %.1f times as fast as fp32 here", ratio)
    return ratio > 1.3


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
