"""A BERT or MPNet encoder on ONNX Runtime: the only file that imports onnxruntime, or onnx.

Asking runs on it, so that a question needs no PyTorch. The graph is written
here from the weights, not exported: onnx is imported only to write it, once;
after that it lies in a cache folder. Word embeddings are no part of it: their
rows are looked up in the model's own file, and models that share them share
that file. The graph ends with the hidden states; heads are the caller's.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.embedding.weights import file_sha256
from index.errors import ModelUnavailableError
from index.storage.atomic_files import remove_leftovers, replace_file
from index.storage.private import make_private_folder, only_we_write

if TYPE_CHECKING:
    import onnxruntime

logger = logging.getLogger("footnote")

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Weights = Mapping[str, NDArray[Any]]  # by Hugging Face's names in BertModel or MPNetModel
Kind = Literal["bert", "mpnet"]
Precision = Literal["fp32", "int8"]
Done = TypeVar("Done")


class WordTable(Protocol):
    """The word embeddings, looked up row by row: an array, or what unpacks its rows only when they are asked for."""

    def __getitem__(self, rows: Integers, /) -> NDArray[Any]:
        """Return the rows under some numbers, (..., hidden)."""
        ...


BATCH_TOKENS = 256  # padding counted: a passage, or half a dozen sentences; each batch has one thread
BUILDER = 2  # counted up when what is built changes: a graph in the cache is then built anew
OPSET = 18
BLOCKS = {"heads": 3, "attended": 1, "inner": 3, "outer": 4}  # of inputs, each with scales of its own, in int8
CONTRIBUTED = "com.microsoft"  # the fused operators


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """What a graph depends on of a model's config.json."""

    model_type: Kind
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    layer_norm_eps: float

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> EncoderShape:
        """Read the numbers of a config.json.

        Raises:
            ModelUnavailableError: it is another kind of network, or a number is missing.
        """
        kind = (
            config.get("model_type", "bert"),
            config.get("hidden_act", "gelu"),
            config.get("position_embedding_type", "absolute"),
        )
        if kind not in {("bert", "gelu", "absolute"), ("mpnet", "gelu", "absolute")}:
            raise ModelUnavailableError(
                f"encoder: config.json asks for {kind!r}, only a BERT or MPNet with 'gelu' can be run"
            )
        try:
            return cls(**{name: config[name] for name in cls.__slots__ if name != "model_type"}, model_type=kind[0])
        except KeyError as error:
            raise ModelUnavailableError(
                f"encoder: config.json lacks {error}; take that of the model's weights"
            ) from error


class Encoder:
    """The hidden states of a BERT or MPNet, computed on ONNX Runtime; built or read from the cache at first use.

    Args:
        weights: gives all weights but the word embeddings; called only when the graph must be built.
        weights_sha256: what they are known by in the cache.
        words: the word embeddings; see `WordTable`.
        cache_folder: where the graph is kept; None, or a folder that cannot be written, builds it in memory.
        threads: how many batches are worked on side by side; 0 for one a physical core that this process may use.

    In ``int8`` the products of the dense layers are of 8-bit numbers: weights
    with one scale a column, activations with one a token, both in a few blocks
    of inputs. A token's scale depends on nothing beside it, so a text has the
    same values in any batch. Everything else stays fp32.
    """

    def __init__(
        self,
        weights: Callable[[], Weights],
        *,
        weights_sha256: str,
        words: WordTable,
        shape: EncoderShape,
        precision: Precision = "fp32",
        cache_folder: Path | None = None,
        threads: int = 0,
    ) -> None:
        self._weights = weights
        self._words = words
        self._shape = shape
        self._precision: Precision = precision
        self._cache_folder = cache_folder
        self._threads = threads or usable_cores()
        identity = json.dumps([BUILDER, OPSET, weights_sha256, precision, asdict(shape)])
        self._key = hashlib.sha256(identity.encode()).hexdigest()[:16]

    @property
    def width(self) -> int:
        """How many numbers a hidden state has."""
        return self._shape.hidden_size

    def hidden_states(self, ids: Integers, mask: Integers, types: Integers) -> Floats:
        """Return the last layer's states, (batch, tokens, hidden); those of masked tokens mean nothing."""
        feed = {"words": self._words[ids].astype(np.float32, copy=False), "mask": mask.astype(np.int32)}
        if self._shape.model_type == "bert":
            feed["types"] = types.astype(np.int32)
        hidden: Floats = self._session.run(None, feed)[0]
        return hidden

    def mean_states(self, ids_of: Sequence[Sequence[int]]) -> Floats:
        """Return the mean of each text's hidden states, (texts, hidden), of texts given as token ids."""
        means = np.zeros((len(ids_of), self.width), dtype=np.float32)
        batches = list(batches_by_length([len(ids) for ids in ids_of]))
        done = self.each(lambda batch: self._means([ids_of[position] for position in batch]), batches)
        for batch, of_batch in zip(batches, done, strict=True):
            means[batch] = of_batch
        return means

    def _means(self, ids_of: Sequence[Sequence[int]]) -> Floats:
        ids = np.zeros((len(ids_of), max(map(len, ids_of))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, text_ids in enumerate(ids_of):
            ids[row, : len(text_ids)] = text_ids
            mask[row, : len(text_ids)] = 1
        hidden = self.hidden_states(ids, mask, np.zeros_like(ids))
        weights = mask[..., np.newaxis].astype(np.float32)
        means: Floats = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        return means

    def each(self, work: Callable[[list[int]], Done], batches: Sequence[list[int]]) -> list[Done]:
        """Do some work that needs hidden states on each batch, side by side; what comes of them, in order."""
        if self._threads == 1 or len(batches) < 2:
            return [work(batch) for batch in batches]
        _ = self._session  # loaded before all ask for it at once
        return list(self._pool.map(work, batches))

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="encoder")

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        if cached := self._cached_file():
            try:
                return _open_session(str(cached))
            except ModelUnavailableError as error:  # written by an older onnxruntime, say
                logger.warning("%s; building it anew", error)
        graph = build_graph(self._weights(), self._shape, self._precision)
        file = self._keep(graph)
        return _open_session(graph if file is None else str(file))

    def _cached_file(self) -> Path | None:
        """Return the graph in the cache, if it is whole, as its name ends with its own hash, and surely ours.

        Whoever can write a file there can also name it: what others may write is not run.
        """
        if self._cache_folder is None or not only_we_write(self._cache_folder):
            return None
        for file in sorted(self._cache_folder.glob(f"encoder-{self._key}-*.onnx")):
            if not only_we_write(file):
                logger.warning("%s may have been written by somebody else; building it anew", file)
                continue
            try:
                if file.stem.endswith(file_sha256(file)[:16]):
                    return file
                file.unlink()
            except OSError:
                continue
            logger.warning("%s is damaged; building it anew", file)
        return None

    def _keep(self, graph: bytes) -> Path | None:
        """Write a graph to the cache in one step, so that another process never sees half of it."""
        if self._cache_folder is None:
            return None
        file = self._cache_folder / f"encoder-{self._key}-{_digest_of(graph)}.onnx"
        try:
            make_private_folder(self._cache_folder)
            if not only_we_write(self._cache_folder):
                return None
            remove_leftovers(self._cache_folder, ".encoder-*")
            replace_file(file, graph)
        except OSError as error:
            logger.debug("the encoder is not kept: %s", error)
            return None
        return file


def batches_by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield positions of texts of like length, longest first, so that little of a batch is padding."""
    order = sorted(range(len(lengths)), key=lambda position: (-lengths[position], position))
    batch: list[int] = []
    for position in order:
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def usable_cores() -> int:
    """Count the physical cores that this process may use."""
    try:
        processors = os.sched_getaffinity(0)
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1
    return len({_siblings(processor) for processor in processors})


def _siblings(processor: int) -> str:
    """Name the core a logical processor is part of."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list").read_text("ascii").strip()
    except OSError:
        return str(processor)


def _digest_of(graph: bytes) -> str:
    return hashlib.sha256(graph).hexdigest()[:16]


def _open_session(graph: str | bytes) -> onnxruntime.InferenceSession:
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelUnavailableError("asking needs onnxruntime; run: pip install onnxruntime") from error
    options = onnxruntime.SessionOptions()
    # Threads that share each product wait for one another at every step; batches side by side never do: see `each`.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors are raised as well
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # it is written fused
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library has no error of its own that all others derive from
        place = graph if isinstance(graph, str) else "in memory"
        first_line = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ModelUnavailableError(
            f"encoder {place} cannot be loaded ({first_line}); run: pip install --upgrade onnxruntime"
        ) from error


def build_graph(weights: Weights, shape: EncoderShape, precision: Precision) -> bytes:
    """Return the ONNX model of an encoder, from the sum of embeddings to the hidden states.

    ``int8`` becomes fp32 on processors whose 8-bit products overflow.
    """
    if precision == "int8" and not _eight_bit_products_are_exact():
        logger.info("this processor's 8-bit products overflow; the encoder stays fp32")
        precision = "fp32"
    graph = (_MPNetGraph if shape.model_type == "mpnet" else _Graph)(weights, shape, precision)
    hidden = graph.embeddings()
    for layer in range(shape.num_hidden_layers):
        hidden = graph.layer(hidden, f"encoder.layer.{layer}.")
    return graph.model(hidden)


def blocks_of(name: str) -> int | None:
    """Return how many blocks a weight's inputs are scaled in, by its name in the model; None for one not in 8 bits."""
    if not name.endswith(".weight") or ".layer." not in name or "LayerNorm" in name:
        return None
    if name.endswith("intermediate.dense.weight"):
        return BLOCKS["inner"]
    if name.endswith(("attention.attn.o.weight", "attention.output.dense.weight")):
        return BLOCKS["attended"]
    return BLOCKS["outer"] if name.endswith("output.dense.weight") else BLOCKS["heads"]


class _Graph:
    """Nodes and constants of a BERT as they are put together; each method returns the name of what its last node gives.

    What differs from one kind of network to the next is in the class's constants and in `embeddings`.
    """

    heads: Sequence[str] = ("attention.self.query", "attention.self.key", "attention.self.value")
    attended = "attention.output.dense"
    attended_norm = "attention.output.LayerNorm"
    inputs: Sequence[str] = ("mask", "types")

    def __init__(self, weights: Weights, shape: EncoderShape, precision: Precision) -> None:
        self._weights = weights
        self._shape = shape
        self._precision = precision
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._bias_of_places = ""  # of relative places, added to what attention scores; "": none

    def embeddings(self) -> str:
        """Add the positions' and the types' embeddings to the words', and normalise."""
        types = self._node("Gather", self._weight("embeddings.token_type_embeddings.weight"), "types")
        total = self._node("Add", self._node("Add", "words", types), self._positions(first=0))
        return self._embedded(total)

    def _positions(self, first: int) -> str:
        positions = self._constant(self._floats("embeddings.position_embeddings.weight")[first:])
        return self._node("Slice", positions, self._constant(np.array([0])), self._tokens())

    def _tokens(self) -> str:
        return self._node("Shape", "mask", start=1, end=2)

    def _embedded(self, total: str) -> str:
        return self._normalised(total, *(self._weight(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")))

    def layer(self, hidden: str, prefix: str) -> str:
        """Add one layer: attention, then the two dense layers, each beside a skip connection."""
        heads = [f"{prefix}{part}" for part in self.heads]
        joined = np.concatenate([self._transposed(head) for head in heads], axis=1)
        bias = np.concatenate([self._floats(f"{head}.bias") for head in heads])
        split = self._nodes_of(
            "Split", self._product(hidden, joined, blocks=BLOCKS["heads"]), gives=3, axis=-1, num_outputs=3
        )
        attended = self._node(
            "MultiHeadAttention",
            *split,
            self._constant(bias),
            "mask",
            *([self._bias_of_places] if self._bias_of_places else []),
            domain=CONTRIBUTED,
            num_heads=self._shape.num_attention_heads,
        )
        # One block: what attention gives has no outliers, three made the loss no smaller.
        dense = f"{prefix}{self.attended}"
        attended = self._product(attended, self._transposed(dense), blocks=BLOCKS["attended"])
        hidden = self._with_skip(attended, hidden, dense, f"{prefix}{self.attended_norm}")
        inner = self._product(hidden, self._transposed(f"{prefix}intermediate.dense"), blocks=BLOCKS["inner"])
        inner = self._node(
            "BiasGelu", inner, self._weight(f"{prefix}intermediate.dense.bias"), domain=CONTRIBUTED
        )  # by erf, exactly
        outer = self._product(inner, self._transposed(f"{prefix}output.dense"), blocks=BLOCKS["outer"])
        return self._with_skip(outer, hidden, f"{prefix}output.dense", f"{prefix}output.LayerNorm")

    def model(self, hidden: str) -> bytes:
        """Return the finished model."""
        from onnx import TensorProto, helper

        self._nodes.append(helper.make_node("Identity", [hidden], ["hidden"]))
        place: list[str | int | None] = ["batch", "tokens"]
        states: list[str | int | None] = [*place, self._shape.hidden_size]
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [
                helper.make_tensor_value_info("words", TensorProto.FLOAT, states),
                *(helper.make_tensor_value_info(name, TensorProto.INT32, place) for name in self.inputs),
            ],
            [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, states)],
            self._constants,
        )
        return _serialized(graph)

    def _with_skip(self, values: str, skipped: str, dense: str, norm: str) -> str:
        """Add the bias and what was skipped, and normalise: a fifth faster than the operator that fuses the three."""
        total = self._node("Add", self._node("Add", values, skipped), self._weight(f"{dense}.bias"))
        return self._normalised(total, *(self._weight(f"{norm}.{part}") for part in ("weight", "bias")))

    def _normalised(self, values: str, weight: str, bias: str) -> str:
        return self._node("LayerNormalization", values, weight, bias, axis=-1, epsilon=self._shape.layer_norm_eps)

    def _product(self, values: str, matrix: Floats, *, blocks: int) -> str:
        """Multiply by an (inputs, outputs) matrix; in int8 by as many blocks of inputs, each scaled for itself."""
        if self._precision == "fp32":
            return self._node("MatMul", values, self._constant(matrix))
        parts = np.array_split(matrix, blocks)
        sizes = self._constant(np.array([len(part) for part in parts]))
        inputs = self._nodes_of("Split", values, sizes, gives=blocks, axis=-1)
        products = [self._int8_product(part, matrix) for part, matrix in zip(inputs, parts, strict=True)]
        total, *others = products
        for other in others:
            total = self._node("Add", total, other)
        return total

    def _int8_product(self, values: str, matrix: Floats) -> str:
        """Bring each token's values to [-1, 1], multiply in 8 bits, and scale back."""
        scales = np.maximum(np.abs(matrix).max(axis=0), np.finfo(np.float32).tiny * 127) / np.float32(127)
        largest = self._node("ReduceMax", self._node("Abs", values), self._constant(np.array([-1])), keepdims=1)
        largest = self._node("Max", largest, self._constant(np.array(1e-12, np.float32)))  # a token may be all zeros
        step, middle = self._constant(np.array(1 / 127, np.float32)), self._constant(np.array(128, np.uint8))
        quantised = self._node("QuantizeLinear", self._node("Div", values, largest), step, middle)
        rounded = self._constant(np.round(matrix / scales).astype(np.int8))
        scaled = self._node(
            "MatMulIntegerToFloat", quantised, rounded, step, self._constant(scales), middle, domain=CONTRIBUTED
        )
        return self._node("Mul", scaled, largest)

    def _floats(self, name: str) -> Floats:
        try:
            return self._weights[name].astype(np.float32)
        except KeyError as error:
            raise ModelUnavailableError(
                f"encoder: the weights lack {name!r}; take them and config.json from one model"
            ) from error

    def _transposed(self, layer: str) -> Floats:
        return self._floats(f"{layer}.weight").T

    def _weight(self, name: str) -> str:
        return self._constant(self._floats(name))

    def _constant(self, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        return self._nodes_of(operator, *inputs, gives=1, domain=domain, **attributes)[0]

    def _nodes_of(self, operator: str, *inputs: str, gives: int, domain: str = "", **attributes: Any) -> Sequence[str]:
        from onnx import helper

        outputs = [f"value{len(self._nodes)}.{position}" for position in range(gives)]
        self._nodes.append(helper.make_node(operator, list(inputs), outputs, domain=domain, **attributes))
        return outputs


class _MPNetGraph(_Graph):
    """The same of an MPNet: no types, and a bias for how far apart two tokens stand, shared by all layers.

    Source: Song et al., "MPNet: Masked and Permuted Pre-training for Language Understanding" (NeurIPS 2020);
    buckets of distances as in Raffel et al. (2020), T5.
    """

    heads = ("attention.attn.q", "attention.attn.k", "attention.attn.v")
    attended = "attention.attn.o"
    attended_norm = "attention.LayerNorm"
    inputs = ("mask",)

    def embeddings(self) -> str:
        """Add the positions' embeddings to the words', and normalise; the first two positions are for padding."""
        table = self._floats("encoder.relative_attention_bias.weight")
        positions = len(self._floats("embeddings.position_embeddings.weight")) - MPNET_FIRST_POSITION
        distances = np.arange(positions)[None, :] - np.arange(positions)[:, None]
        whole = self._constant(table[distance_buckets(distances, len(table))].transpose(2, 0, 1)[None])
        size = self._node("Concat", self._tokens(), self._tokens(), axis=0)
        zeros, axes = self._constant(np.array([0, 0])), self._constant(np.array([2, 3]))
        self._bias_of_places = self._node("Slice", whole, zeros, size, axes)
        return self._embedded(self._node("Add", "words", self._positions(first=MPNET_FIRST_POSITION)))


MPNET_FIRST_POSITION = 2  # positions count on from the padding's number, 1


def distance_buckets(distances: Integers, buckets: int, farthest: int = 128) -> Integers:
    """Return the bucket of each signed distance: half of them for either direction, small ones exact, then in logs.

    Source: `relative_position_bucket` of Raffel et al. (2020), T5, as MPNet uses it.
    """
    half = buckets // 2
    exact = half // 2
    apart = np.abs(distances)
    far = exact + (np.log(np.maximum(apart, 1) / exact) / np.log(farthest / exact) * (half - exact)).astype(np.int64)
    return np.where(distances > 0, half, 0) + np.where(apart < exact, apart, np.minimum(far, half - 1))


def _serialized(graph: Any) -> bytes:
    from onnx import helper

    versions = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIBUTED, 1)]
    model = helper.make_model(graph, opset_imports=versions)
    model.ir_version = 9  # the least that the opset asks for: an older onnxruntime reads it too
    return bytes(model.SerializeToString())


def _eight_bit_products_are_exact() -> bool:
    """Multiply the largest 8-bit numbers: processors without VNNI add two such products in 16 bits, and clip."""
    from onnx import TensorProto, helper, numpy_helper

    inputs = 64
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "right"], ["product"])],
        "product",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, [inputs, inputs])],
        [helper.make_tensor_value_info("product", TensorProto.INT32, [inputs, inputs])],
        [numpy_helper.from_array(np.full((inputs, inputs), 127, np.int8), "right")],
    )
    session = _open_session(_serialized(graph))
    (product,) = session.run(None, {"left": np.full((inputs, inputs), 255, np.uint8)})
    return bool(np.all(product == 255 * 127 * inputs))
