"""The encoder on ONNX Runtime: a small BERT of seeded weights, beside the same one in plain numpy, and its cache."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from math import erf, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embedding import onnx_encoder as encoder_module
from index.embedding.onnx_encoder import Encoder, EncoderShape, Precision, batches_by_length, usable_cores
from index.errors import ModelUnavailableError

Floats = NDArray[np.float32]

SHAPE = EncoderShape(
    model_type="bert",
    hidden_size=24,
    num_hidden_layers=2,
    num_attention_heads=3,
    intermediate_size=96,
    layer_norm_eps=1e-12,
)
VOCABULARY = 50


def small_weights() -> dict[str, Floats]:
    chance = np.random.default_rng(7)
    hidden, inner = SHAPE.hidden_size, SHAPE.intermediate_size
    sizes: dict[str, tuple[int, ...]] = {
        "embeddings.token_type_embeddings.weight": (2, hidden),
        "embeddings.position_embeddings.weight": (64, hidden),
        "embeddings.LayerNorm.weight": (hidden,),
        "embeddings.LayerNorm.bias": (hidden,),
    }
    for layer in range(SHAPE.num_hidden_layers):
        dense = {f"attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")}
        dense |= {"attention.output.dense": (hidden, hidden)}
        dense |= {"intermediate.dense": (inner, hidden), "output.dense": (hidden, inner)}
        for name, size in dense.items():
            sizes[f"encoder.layer.{layer}.{name}.weight"] = size
            sizes[f"encoder.layer.{layer}.{name}.bias"] = size[:1]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            sizes[f"encoder.layer.{layer}.{name}.weight"] = (hidden,)
            sizes[f"encoder.layer.{layer}.{name}.bias"] = (hidden,)
    return {name: chance.normal(0, 0.3, size).astype(np.float32) for name, size in sizes.items()}


WEIGHTS = small_weights()
WORDS = np.random.default_rng(8).normal(size=(VOCABULARY, SHAPE.hidden_size)).astype(np.float32)
IDS = np.array([[2, 7, 30, 9, 3], [2, 44, 3, 0, 0]])
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
TYPES = np.array([[0, 0, 1, 1, 1], [0, 1, 1, 0, 0]])


def in_numpy(weights: Mapping[str, Floats], ids: NDArray[Any], types: NDArray[Any]) -> Floats:
    """Return the hidden states of one text without padding, by the formulas of the paper.

    Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019.
    """

    def norm(values: Floats, name: str) -> Floats:
        spread = np.sqrt(values.var(-1, keepdims=True) + SHAPE.layer_norm_eps)
        normal = (values - values.mean(-1, keepdims=True)) / spread
        result: Floats = normal * weights[f"{name}.weight"] + weights[f"{name}.bias"]
        return result

    def dense(values: Floats, name: str) -> Floats:
        return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    position = weights["embeddings.position_embeddings.weight"][: len(ids)]
    hidden = WORDS[ids] + position + weights["embeddings.token_type_embeddings.weight"][types]
    hidden = norm(hidden, "embeddings.LayerNorm")
    for layer in range(SHAPE.num_hidden_layers):
        name = f"encoder.layer.{layer}"
        query, key, value = (
            dense(hidden, f"{name}.attention.self.{part}").reshape(len(ids), SHAPE.num_attention_heads, -1)
            for part in ("query", "key", "value")
        )
        scores = np.einsum("qhd,khd->hqk", query, key) / np.sqrt(query.shape[-1])
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        attended = np.einsum("hqk,khd->qhd", shares, value).reshape(len(ids), -1)
        hidden = norm(hidden + dense(attended, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        inner = dense(hidden, f"{name}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / sqrt(2)))
        hidden = norm(hidden + dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    return hidden


def small_encoder(precision: Precision = "fp32", cache_folder: Path | None = None, **other: Any) -> Encoder:
    settings: dict[str, Any] = {"weights_sha256": "0" * 64, "words": WORDS, "shape": SHAPE} | other
    return Encoder(lambda: WEIGHTS, precision=precision, cache_folder=cache_folder, threads=1, **settings)


def unbuildable(cache_folder: Path, **other: Any) -> Encoder:
    """An encoder that fails where it would have to build its graph."""
    settings: dict[str, Any] = {"weights_sha256": "0" * 64, "words": WORDS, "shape": SHAPE} | other
    return Encoder(dict, cache_folder=cache_folder, threads=1, **settings)


def test_the_hidden_states_are_those_of_the_formulas() -> None:
    states = small_encoder().hidden_states(IDS, MASK, TYPES)
    assert states[0] == pytest.approx(in_numpy(WEIGHTS, IDS[0], TYPES[0]), abs=1e-4)
    assert states[1, :3] == pytest.approx(in_numpy(WEIGHTS, IDS[1, :3], TYPES[1, :3]), abs=1e-4)


def test_eight_bits_stay_near_the_formulas() -> None:
    states = small_encoder("int8").hidden_states(IDS[:1], MASK[:1], TYPES[:1])[0]
    expected = in_numpy(WEIGHTS, IDS[0], TYPES[0])
    assert np.abs(states - expected).max() < 0.05 * np.abs(expected).max()


def test_in_eight_bits_a_text_has_the_same_states_beside_any_other() -> None:
    encoder = small_encoder("int8")
    alone = encoder.hidden_states(IDS[1:, :3], MASK[1:, :3], TYPES[1:, :3])
    beside = encoder.hidden_states(IDS, MASK, TYPES)
    assert beside[1, :3] == pytest.approx(alone[0], abs=1e-5)


def test_a_token_of_zeros_has_states_in_eight_bits() -> None:
    nothing = {name: np.zeros_like(values) for name, values in WEIGHTS.items()}
    encoder = Encoder(lambda: nothing, weights_sha256="1" * 64, words=WORDS, shape=SHAPE, precision="int8", threads=1)
    assert np.array_equal(encoder.hidden_states(IDS, MASK, TYPES), np.zeros((2, 5, SHAPE.hidden_size)))


def test_where_eight_bit_products_overflow_the_encoder_stays_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_module, "_eight_bit_products_are_exact", lambda: False)
    states = small_encoder("int8").hidden_states(IDS, MASK, TYPES)
    assert np.array_equal(states, small_encoder("fp32").hidden_states(IDS, MASK, TYPES))


def test_word_embeddings_of_sixteen_bits_do_as_well() -> None:
    states = small_encoder(words=WORDS.astype(np.float16)).hidden_states(IDS, MASK, TYPES)
    assert states[0] == pytest.approx(in_numpy(WEIGHTS, IDS[0], TYPES[0]), abs=0.02)


def test_the_graph_is_built_once_and_read_from_the_cache_after_that(tmp_path: Path) -> None:
    first = small_encoder(cache_folder=tmp_path).hidden_states(IDS, MASK, TYPES)
    assert np.array_equal(unbuildable(tmp_path).hidden_states(IDS, MASK, TYPES), first)
    assert len(list(tmp_path.iterdir())) == 1


def test_other_weights_and_another_precision_have_their_own_graphs(tmp_path: Path) -> None:
    small_encoder(cache_folder=tmp_path).hidden_states(IDS, MASK, TYPES)
    with pytest.raises(ModelUnavailableError, match="the weights lack"):
        unbuildable(tmp_path, weights_sha256="1" * 64).hidden_states(IDS, MASK, TYPES)
    with pytest.raises(ModelUnavailableError, match="the weights lack"):
        unbuildable(tmp_path, precision="int8").hidden_states(IDS, MASK, TYPES)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda graph: graph[: len(graph) // 2], id="cut short"),
        pytest.param(lambda graph: b"", id="empty"),
        pytest.param(lambda graph: graph[:-200] + bytes([graph[-200] ^ 1]) + graph[-199:], id="one bit changed"),
    ],
)
def test_a_damaged_graph_in_the_cache_is_built_anew(tmp_path: Path, damage: Any) -> None:
    expected = small_encoder(cache_folder=tmp_path).hidden_states(IDS, MASK, TYPES)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert np.array_equal(small_encoder(cache_folder=tmp_path).hidden_states(IDS, MASK, TYPES), expected)
    assert file.read_bytes() == whole


def test_a_whole_file_that_is_no_graph_is_built_anew(tmp_path: Path) -> None:
    expected = small_encoder(cache_folder=tmp_path).hidden_states(IDS, MASK, TYPES)
    (file,) = tmp_path.iterdir()
    file.unlink()
    prefix = file.stem.rpartition("-")[0]
    (tmp_path / f"{prefix}-{encoder_module._digest_of(b'no graph')}.onnx").write_bytes(b"no graph")
    assert np.array_equal(small_encoder(cache_folder=tmp_path).hidden_states(IDS, MASK, TYPES), expected)


def writable_by_others(graph: Path) -> None:
    graph.chmod(0o666)


def in_a_folder_of_all(graph: Path) -> None:
    graph.parent.chmod(0o777)


def of_somebody_else(graph: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(graph, 12345, 12345)


@pytest.mark.skipif(os.name == "nt", reason="Windows guards a user's folders itself")
@pytest.mark.parametrize("plant", [writable_by_others, in_a_folder_of_all, of_somebody_else])
def test_a_graph_that_others_could_have_written_is_not_run(tmp_path: Path, plant: Any) -> None:
    expected = small_encoder(cache_folder=tmp_path / "engines").hidden_states(IDS, MASK, TYPES)
    (own,) = (tmp_path / "engines").iterdir()
    own.unlink()
    other_weights = {name: 2 * values for name, values in WEIGHTS.items()}
    graph = encoder_module.build_graph(other_weights, SHAPE, "fp32")
    planted = own.with_name(f"{own.stem.rpartition('-')[0]}-{encoder_module._digest_of(graph)}.onnx")
    planted.write_bytes(graph)  # whole, and under the name that its content gives it
    planted.chmod(0o600)
    assert not np.allclose(unbuildable(tmp_path / "engines").hidden_states(IDS, MASK, TYPES), expected)
    plant(planted)
    states = small_encoder(cache_folder=tmp_path / "engines").hidden_states(IDS, MASK, TYPES)
    assert np.array_equal(states, expected)


def test_what_a_killed_process_has_left_in_the_cache_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".encoder-g32jew4t").write_bytes(b"half")
    (tmp_path / ".encoder-da753914dae98ad3-c70d1354e4c13fa9.onnx.g32jew4t.tmp").write_bytes(b"half")
    small_encoder(cache_folder=tmp_path).hidden_states(IDS, MASK, TYPES)
    assert [file.suffix for file in tmp_path.iterdir()] == [".onnx"]


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    in_the_way = tmp_path / "engines"
    in_the_way.write_text("a file where the folder would be")
    states = small_encoder(cache_folder=in_the_way).hidden_states(IDS, MASK, TYPES)
    assert np.array_equal(states, small_encoder().hidden_states(IDS, MASK, TYPES))


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    states = small_encoder(cache_folder=tmp_path).hidden_states(IDS, MASK, TYPES)
    assert states.shape == (2, 5, SHAPE.hidden_size)
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_is_not_this_kind_of_bert_is_refused() -> None:
    with pytest.raises(ModelUnavailableError, match="'relu'"):
        EncoderShape.of({"hidden_act": "relu"})
    with pytest.raises(ModelUnavailableError, match="lacks 'hidden_size'"):
        EncoderShape.of({"hidden_act": "gelu"})


def test_texts_of_like_length_are_put_together_longest_first() -> None:
    assert list(batches_by_length([10, 200, 100, 20, 10])) == [[1], [2, 3], [0, 4]]
    assert list(batches_by_length([600])) == [[0]]
    assert list(batches_by_length([])) == []


def test_batches_are_worked_on_side_by_side_and_come_back_in_order() -> None:
    encoder = Encoder(lambda: WEIGHTS, weights_sha256="0" * 64, words=WORDS, shape=SHAPE, threads=2)
    both = threading.Barrier(2)

    def states_of(rows: list[int]) -> Floats:
        both.wait(timeout=20)  # which breaks where one is worked on after the other
        return encoder.hidden_states(IDS[rows], MASK[rows], TYPES[rows])

    first, second = encoder.each(states_of, [[1], [0]])
    assert np.array_equal(first, encoder.hidden_states(IDS[1:], MASK[1:], TYPES[1:]))
    assert np.array_equal(second, encoder.hidden_states(IDS[:1], MASK[:1], TYPES[:1]))


@pytest.mark.parametrize(
    ("threads", "batches"), [(1, [[0], [1]]), (2, [[0]]), (2, [])], ids=["one thread", "one", "none"]
)
def test_where_nothing_can_be_done_side_by_side_no_thread_is_made(threads: int, batches: list[list[int]]) -> None:
    encoder = Encoder(lambda: WEIGHTS, weights_sha256="0" * 64, words=WORDS, shape=SHAPE, threads=threads)
    done = encoder.each(lambda batch: (batch, threading.current_thread()), batches)
    assert done == [(batch, threading.current_thread()) for batch in batches]


def test_what_goes_wrong_in_one_batch_is_raised() -> None:
    encoder = Encoder(lambda: WEIGHTS, weights_sha256="0" * 64, words=WORDS, shape=SHAPE, threads=2)
    with pytest.raises(ZeroDivisionError):
        encoder.each(lambda batch: 1 // batch[0], [[1], [0]])


def test_no_more_cores_are_used_than_the_process_may_use() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


@pytest.mark.model
def test_an_mpnet_has_the_hidden_states_of_the_same_network_in_pytorch() -> None:
    import torch
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(3)
    config = MPNetConfig(
        vocab_size=VOCABULARY,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=96,
        max_position_embeddings=200,
    )
    network = MPNetModel(config, add_pooling_layer=False).eval()  # type: ignore[no-untyped-call]  # theirs
    weights = {name: values.numpy() for name, values in network.state_dict().items()}
    table = weights.pop("embeddings.word_embeddings.weight")
    chance = np.random.default_rng(5)
    weights["encoder.relative_attention_bias.weight"][:] = chance.normal(0, 2, (32, 3))  # else hardly felt
    ids = chance.integers(2, VOCABULARY, (2, 150))  # far enough apart for every bucket of distances
    mask = np.ones_like(ids)
    mask[1, 90:] = 0
    shape = EncoderShape.of(config.to_dict())
    states = Encoder(lambda: weights, weights_sha256="1" * 64, words=table, shape=shape, threads=1).hidden_states(
        ids, mask, np.zeros_like(ids)
    )
    with torch.no_grad():
        expected = network(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).last_hidden_state.numpy()
    assert states[0] == pytest.approx(expected[0], abs=1e-4)
    assert states[1, :90] == pytest.approx(expected[1, :90], abs=1e-4)
