"""The shipped reader: the real body under seeded heads, beside the same network in PyTorch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from index.embedding.onnx_encoder import Precision
from index.embedding.weights import WORD_EMBEDDINGS, minilm_folder
from index.errors import ModelUnavailableError
from qa.readers.pair_encoding import PairEncoder, stack
from qa.readers.shipped import ShippedReader
from qa.readers.span_scores import Floats, TokenScores

RIVERS = "The Nile flows north through eleven countries. It is 6,650 kilometres long and reaches the sea in Egypt."
TEA = "Tea was first drunk in China. Monks brought it to Japan in the 9th century, where it was made into a ceremony."
PAPER = "Paper was invented by Cai Lun in 105. Before him people wrote on silk, bamboo and clay tablets."
GERMAN = "Die Brücke wurde 1894 von Karl Müller gebaut. Sie überspannt die Elbe und ist 🙂 141 Meter lang."
LONG = f"{RIVERS} {TEA} {PAPER} {GERMAN} " * 2
PAIRS = tuple(
    (question, text)
    for question in (
        "Which way does the Nile flow?",
        "Who brought tea to Japan?",
        "When was paper invented?",
        "Wer hat die Brücke gebaut?",
    )
    for text in (RIVERS, TEA, PAPER, GERMAN, LONG)
)


@dataclass(frozen=True, slots=True)
class Span:
    """The best place of an answer: its first and last token."""

    first: int
    last: int


def best_span(scores: TokenScores) -> Span:
    sums = scores.begin[:, np.newaxis] + scores.end
    sums[np.tril_indices(len(sums), -1)] = -np.inf
    first, last = np.unravel_index(sums.argmax(), sums.shape)
    return Span(int(first), int(last))


def write_reader(folder: Path) -> Path:
    """Write a reader's folder as training does: the default model's body, heads drawn with a seed."""
    body = load_file(minilm_folder() / "model.safetensors")
    config = json.loads((minilm_folder() / "config.json").read_text("utf-8"))
    left_out = (WORD_EMBEDDINGS, "embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
    weights = {f"body.{name}": values for name, values in body.items() if name not in left_out}
    chance = np.random.default_rng(20261122)
    for name, outputs in (("span", 2), ("answers", 1)):
        weights[f"{name}.weight"] = chance.normal(0, 0.1, (outputs, config["hidden_size"]))
        weights[f"{name}.bias"] = chance.normal(0, 0.1, outputs)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "reader.safetensors"
    save_file({name: values.astype(np.float16) for name, values in weights.items()}, file)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    description = {"name": "seeded reader", "sha256": sha256, "config": config}
    (folder / "reader.json").write_text(json.dumps(description), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def reader_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reader(tmp_path_factory.mktemp("reader"))


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engines")


@pytest.fixture
def own_folder(tmp_path: Path, reader_folder: Path) -> Path:
    """A copy of the reader that a test may damage."""
    for name in ("reader.safetensors", "reader.json"):
        (tmp_path / name).write_bytes((reader_folder / name).read_bytes())
    return tmp_path


@pytest.fixture
def reader_in(reader_folder: Path, engines: Path) -> Callable[[Precision], ShippedReader]:
    return lambda precision: ShippedReader(reader_folder, precision=precision, cache_folder=engines, threads=1)


@pytest.fixture(scope="session")
def in_torch(reader_folder: Path) -> list[TokenScores]:
    """The scores of all pairs in PyTorch, one pair at a time, with the weights as they were rounded."""
    import torch

    from qa.training.network import empty_network

    config = json.loads((minilm_folder() / "config.json").read_text("utf-8"))
    network = empty_network(config).eval()
    stored = load_file(reader_folder / "reader.safetensors")
    words = load_file(minilm_folder() / "model.safetensors")[WORD_EMBEDDINGS]
    stored[f"body.{WORD_EMBEDDINGS}"] = words
    network.load_state_dict({name: torch.tensor(values.astype(np.float32)) for name, values in stored.items()})
    encoder = PairEncoder(minilm_folder() / "tokenizer.json")
    found = []
    for encoding in encoder.encode(PAIRS):
        pairs = stack([encoding])
        with torch.no_grad():
            begin, end, answers = network(*(torch.tensor(part) for part in (pairs.ids, pairs.mask, pairs.types)))
        passage = pairs.starts[0] >= 0
        silent = float(begin[0, 0] + end[0, 0])
        begins, ends = begin[0].numpy()[passage], end[0].numpy()[passage]
        places = pairs.starts[0, passage], pairs.ends[0, passage]
        found.append(TokenScores(begins, ends, *places, silent=silent, answers=float(answers[0])))
    return found


def scores_of_pairs(reader: ShippedReader) -> list[TokenScores]:
    return [reader.score(question, [text])[0] for question, text in PAIRS]


def values_of(scores: TokenScores) -> Floats:
    outputs = (scores.begin, scores.end, [scores.silent], [scores.answers or 0.0])
    return np.concatenate([np.asarray(values, dtype=np.float32) for values in outputs])


@pytest.mark.model
def test_in_fp32_the_scores_are_those_of_the_network_that_is_trained(
    reader_in: Callable[[Precision], ShippedReader], in_torch: list[TokenScores]
) -> None:
    found = scores_of_pairs(reader_in("fp32"))
    assert max(np.abs(values_of(a) - values_of(b)).max() for a, b in zip(found, in_torch, strict=True)) < 1e-3
    assert [best_span(scores) for scores in found] == [best_span(scores) for scores in in_torch]
    assert [scores.starts.tolist() for scores in found] == [scores.starts.tolist() for scores in in_torch]


@pytest.mark.model
def test_in_eight_bits_the_scores_stay_near_those_in_fp32(
    reader_in: Callable[[Precision], ShippedReader], in_torch: list[TokenScores]
) -> None:
    found = np.concatenate([values_of(scores) for scores in scores_of_pairs(reader_in("int8"))])
    expected = np.concatenate([values_of(scores) for scores in in_torch])
    assert np.sqrt(np.mean((found - expected) ** 2)) < 0.1 * expected.std()


@pytest.mark.model
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_scores_come_in_the_order_of_the_texts_and_each_as_if_alone(
    reader_in: Callable[[Precision], ShippedReader], precision: Precision
) -> None:
    reader = reader_in(precision)
    question, texts = "Who brought tea to Japan?", [TEA, LONG, "", RIVERS, "Tea."]
    together = reader.score(question, texts)
    for text, scores in zip(texts, together, strict=True):
        (alone,) = reader.score(question, [text])
        assert values_of(scores) == pytest.approx(values_of(alone), abs=1e-4)
        assert scores.starts.tolist() == alone.starts.tolist()


@pytest.mark.model
def test_offsets_are_places_in_the_passage_and_nothing_else_is_scored(
    reader_in: Callable[[Precision], ShippedReader],
) -> None:
    (scores,) = reader_in("int8").score("Wer hat die Brücke gebaut?", [GERMAN])
    words = [GERMAN[start:end] for start, end in zip(scores.starts, scores.ends, strict=True)]
    assert "".join(words) == GERMAN.replace(" ", "")
    assert len(scores.begin) == len(scores.end) == len(words)


@pytest.mark.model
def test_no_texts_give_no_scores(reader_in: Callable[[Precision], ShippedReader]) -> None:
    assert reader_in("int8").score("Which river?", []) == []


@pytest.mark.model
def test_an_empty_text_has_no_tokens_but_may_be_silent(reader_in: Callable[[Precision], ShippedReader]) -> None:
    (scores,) = reader_in("int8").score("Which river?", [""])
    assert len(scores.begin) == 0
    assert np.isfinite(values_of(scores)).all()
    assert scores.answers is not None


@pytest.mark.model
def test_the_fingerprint_is_the_name_and_the_hash(reader_folder: Path) -> None:
    digest = hashlib.sha256((reader_folder / "reader.safetensors").read_bytes()).hexdigest()
    reader = ShippedReader(reader_folder)
    assert reader.name == "seeded reader"
    assert reader.fingerprint == f"seeded reader@{digest[:16]}"


@pytest.mark.model
def test_a_reader_with_one_bit_changed_is_refused(own_folder: Path) -> None:
    file = own_folder / "reader.safetensors"
    weights = bytearray(file.read_bytes())
    weights[-1000] ^= 1
    file.write_bytes(weights)
    with pytest.raises(ModelUnavailableError, match=r"is not that of 'seeded reader' \(SHA-256 .*pip install --force"):
        ShippedReader(own_folder).score("Which river?", [RIVERS])


@pytest.mark.model
@pytest.mark.parametrize("name", ["reader.safetensors", "reader.json"])
def test_a_missing_file_is_an_error_that_names_it(own_folder: Path, name: str) -> None:
    (own_folder / name).unlink()
    with pytest.raises(ModelUnavailableError, match=rf"{name} cannot be read \(No such file.*pip install --force"):
        ShippedReader(own_folder).score("Which river?", [RIVERS])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "x", "sha256": 1, "config": {}}'])
def test_a_description_that_describes_no_reader_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "reader.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelUnavailableError, match="does not describe a reader"):
        _ = ShippedReader(tmp_path).fingerprint


def test_making_a_reader_loads_nothing(tmp_path: Path) -> None:
    ShippedReader(tmp_path / "no" / "such" / "folder")
