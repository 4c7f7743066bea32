"""Models that a user names: extractive question answering with transformers, reranking with a cross-encoder.

The only file of the question path that imports transformers,
sentence-transformers or torch, and it does so when a model is first used. The
shipped reader needs none of them.
"""

from __future__ import annotations

import copy
import inspect
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.embedding.weights import weights_sha256
from index.errors import ModelUnavailableError
from qa.readers.pair_encoding import MOST_QUESTION_TOKENS, PairEncoding, Pairs, stack
from qa.readers.span_scores import Floats, TokenScores

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

USUAL_MOST_TOKENS = 512  # of a model that does not say how many it reads
NO_LIMIT = 1_000_000  # transformers writes a huge number where a tokenizer has none


class TransformersSpanModel:
    """A `SpanModel` over any extractive question-answering model of transformers, by folder or hub name.

    Loaded at first use, in fp32, onto the GPU where torch finds one. Only
    weights in the safetensors format are read, and code that comes with a model
    is never run. Safe to use from several threads.

    Raises:
        ModelUnavailableError: the model cannot be found or loaded, answers no
            questions, or has a tokenizer that does not know where tokens stand.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def fingerprint(self) -> str:
        """Name of the model and hash of its weights; for a hub name, its revision."""
        folder = _folder("reader", self.name)
        identity = weights_sha256(folder)[:16] if folder else str(getattr(self._model.config, "_commit_hash", None))
        return f"{Path(self.name).name}@{identity}"

    def score(self, question: str, texts: Sequence[str], contexts: Sequence[str] = ()) -> Sequence[TokenScores]:
        """Return the scores of each text; see `qa.readers.span_scores.SpanModel`. Contexts are not read.

        A long question is cut, so that most of what the model reads is left to
        the text. Tokens that hold white space only are left out, and white
        space at the edges of the others is not theirs.
        """
        if not texts:
            return []
        question = self._shortened(question)
        encodings = self._pair_tokenizer.encode_batch([(question, text) for text in texts])
        pairs = stack([PairEncoding(encoding, 0) for encoding in encodings])
        begin, end = self._forward(pairs)
        return [
            _scores_of_passage(text, begin[row], end[row], pairs.starts[row], pairs.ends[row])
            for row, text in enumerate(texts)
        ]

    def _forward(self, pairs: Pairs) -> tuple[Floats, Floats]:
        """Return the logits of beginning and of ending at each token, both (texts, tokens)."""
        import torch

        pad_id = self._tokenizer.pad_token_id or 0
        inputs = {
            "input_ids": np.where(pairs.mask == 1, pairs.ids, pad_id),
            "attention_mask": pairs.mask,
            **({"token_type_ids": pairs.types} if self._reads_types else {}),
        }
        on_device = {name: torch.from_numpy(values).to(self._model.device) for name, values in inputs.items()}
        with torch.inference_mode():
            output = self._model(**on_device)
        return output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy()

    def _shortened(self, question: str) -> str:
        most = min(MOST_QUESTION_TOKENS, self._most_tokens // 4)
        offsets = self._whole_text_tokenizer.encode(question, add_special_tokens=False).offsets
        return question if len(offsets) <= most else question[: offsets[most - 1][1]]

    @cached_property
    def _model(self) -> Any:
        place = str(_folder("reader", self.name) or self.name)
        with _loading("reader", self.name):
            import torch
            from transformers import AutoModelForQuestionAnswering

            model, report = AutoModelForQuestionAnswering.from_pretrained(
                place, output_loading_info=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
            )
        if missing := sorted(report["missing_keys"]):
            # transformers fills them with random numbers, and only warns
            raise ModelUnavailableError(
                f"reader model {self.name!r} is not a question-answering model: it has no weights for {missing[0]!r}; "
                "set reading.model to one trained for extractive question answering (on SQuAD, for example)"
            )
        return model.eval().to("cuda" if torch.cuda.is_available() else "cpu")

    @cached_property
    def _tokenizer(self) -> Any:
        place = str(_folder("reader", self.name) or self.name)
        with _loading("reader", self.name):
            from transformers import AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        if not tokenizer.is_fast:
            raise ModelUnavailableError(
                f"reader model {self.name!r} has no fast tokenizer, and only those tell where a token stands in the "
                "text; set reading.model to a model with a tokenizer.json"
            )
        return tokenizer

    @cached_property
    def _whole_text_tokenizer(self) -> Any:
        """The tokenizer without truncation; set up once, since threads that switch it disturb each other."""
        tokenizer = copy.deepcopy(self._tokenizer.backend_tokenizer)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True  # a text that says "[SEP]" says just that
        return tokenizer

    @cached_property
    def _pair_tokenizer(self) -> Any:
        tokenizer = copy.deepcopy(self._whole_text_tokenizer)
        tokenizer.encode_special_tokens = True  # a copy forgets it
        tokenizer.enable_truncation(self._most_tokens, strategy="only_second")
        return tokenizer

    @cached_property
    def _most_tokens(self) -> int:
        """How many tokens the model reads: of a question, a passage and its own."""
        model = self._model
        from torch import nn

        known = [self._tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None)]
        for name, module in model.named_modules():
            # RoBERTa and its kin count positions from behind that of padding
            if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
                offset = 0 if module.padding_idx is None else module.padding_idx + 1
                known.append(module.num_embeddings - offset)
        return min((int(limit) for limit in known if limit and 0 < limit < NO_LIMIT), default=USUAL_MOST_TOKENS)

    @cached_property
    def _reads_types(self) -> bool:
        """Whether the model tells the question from the passage by token types."""
        return (
            "token_type_ids" in self._tokenizer.model_input_names
            and "token_type_ids" in inspect.signature(self._model.forward).parameters
            and getattr(self._model.config, "type_vocab_size", 2) > 1
        )


class CrossEncoderModel:
    """A `PassageModel` over any cross-encoder that sentence-transformers can load, by folder or hub name.

    Its scores are logits: a sigmoid would make ties of the best ones. Loaded at
    first use; only weights in the safetensors format are read, and code that
    comes with a model is never run. Safe to use from several threads.

    Raises:
        ModelUnavailableError: the model cannot be found or loaded, or does not
            give one score a pair.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._one_at_a_time = threading.Lock()

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Return a score a text; see `qa.readers.span_scores.PassageModel`."""
        if not texts:
            return []
        pairs = [(question, text) for text in texts]
        with self._one_at_a_time:  # its tokenizer may not be set up while another thread uses it
            model = self._model
            from torch import nn

            scores = model.predict(pairs, activation_fn=nn.Identity(), show_progress_bar=False)
        return [float(score) for score in scores]

    @cached_property
    def _model(self) -> CrossEncoder:
        folder = _folder("reranker", self.name)
        with _loading("reranker", self.name):
            from sentence_transformers import CrossEncoder

            model: CrossEncoder = CrossEncoder(
                str(folder or self.name),
                local_files_only=folder is not None,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        if (fault := _fault_as_reranker(model)) is not None:
            raise ModelUnavailableError(
                f"reranker model {self.name!r} is no reranker: {fault}; "
                "set reading.reranker to a cross-encoder that gives one score, or leave it out"
            )
        return model


def _fault_as_reranker(model: CrossEncoder) -> str | None:
    """Say why a model cannot rank passages, or None if it can."""
    if model.num_labels != 1:
        return f"it gives {model.num_labels} scores a pair"
    architectures = getattr(getattr(model.model, "config", None), "architectures", None) or []
    # with modules behind the transformer it is these that score
    if len(model) == 1 and not all(name.endswith("ForSequenceClassification") for name in architectures):
        return f"a {architectures[0]} has no weights that score a pair"
    return None


def _scores_of_passage(text: str, begin: Floats, end: Floats, starts: Any, ends: Any) -> TokenScores:
    """Keep the passage's tokens of one row, each with the characters that are its own."""
    kept: list[int] = []
    places: list[tuple[int, int]] = []
    for position in np.flatnonzero(starts >= 0):
        start, stop = int(starts[position]), int(ends[position])
        piece = text[start:stop]
        visible = piece.strip()
        if visible:
            start += len(piece) - len(piece.lstrip())
            kept.append(int(position))
            places.append((start, start + len(visible)))
    edges = np.array(places, dtype=np.int64).reshape(-1, 2)
    return TokenScores(begin[kept], end[kept], edges[:, 0], edges[:, 1], silent=float(begin[0] + end[0]))


def _folder(role: str, name: str) -> Path | None:
    """Return the model's own folder, or None for a name that only the hub knows."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        if name.startswith(("/", ".", "~")):
            raise ModelUnavailableError(f"{role} model: there is no folder {name!r}; give a path or a hub name")
        return None
    if not any(folder.glob("*.safetensors")):
        raise ModelUnavailableError(
            f"{role} model: {name!r} holds no *.safetensors, the only format of weights that is read; "
            "save the model again with save_pretrained"
        )
    return folder


@contextmanager
def _loading(role: str, name: str) -> Iterator[None]:
    """Keep the libraries' reports off the terminal, and turn what they raise into our error."""
    try:
        from transformers.utils import logging as transformers_logging

        verbosity = transformers_logging.get_verbosity()
        transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # theirs
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # theirs
        try:
            yield
        finally:
            transformers_logging.set_verbosity(verbosity)
    except ImportError as error:
        raise ModelUnavailableError(
            f"{role} model {name!r} needs a package that is not installed ({_first_line(error)}); "
            "run: pip install sentence-transformers transformers torch"
        ) from error
    except Exception as error:  # the libraries raise whatever their parts raise
        setting = {"reader": "reading.model", "reranker": "reading.reranker"}[role]
        raise ModelUnavailableError(
            f"{role} model {name!r} cannot be loaded ({_first_line(error)}); "
            f"set {setting} to a local folder or a hub name, with weights in *.safetensors"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
