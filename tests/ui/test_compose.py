"""Which library is opened, and whether it may be added to."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.config import ChunkingConfig, library_fingerprint
from index.errors import LibraryNotFoundError
from index.library import Library
from index.sentences import SPLITTER
from index.weights import DEFAULT_MODEL, DEFAULT_MODEL_SHA256, MINILM, MINILM_SHA256
from qa.answer import Abstention, Answer
from tests.world import WordCountingEmbedder
from ui import compose
from ui.adding import TextSource
from ui.compose import library_settings, open_product, own_library_folder


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compose, "make_embedder", lambda settings: WordCountingEmbedder())
    monkeypatch.setattr(compose, "make_span_model", lambda settings: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FOOTNOTE_LIBRARY", raising=False)


def test_a_named_folder_without_a_library_is_left_alone_when_it_is_only_asked(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFoundError):
        open_product(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_named_folder_without_a_library_gets_an_empty_one_to_be_served(tmp_path: Path) -> None:
    product = open_product(tmp_path / "new", make=True)
    product.assistant.warm_up()
    assert isinstance(product.assistant.ask("Which river is long?"), Abstention)
    assert product.adding is not None
    product.adding.add([TextSource("The Nile is a long river.")])
    assert isinstance(product.assistant.ask("Which river is long?"), Answer)
    assert [article.title for article in product.library.articles()] == ["The Nile is a long river."]
    product.library.close()


def test_serving_a_library_that_is_there_leaves_it_as_it_is(tmp_path: Path) -> None:
    for _ in range(2):
        with open_product(tmp_path / "new", make=True).library as library:
            assert library.state.generation == 0


def test_the_seed_articles_library_is_not_added_to_and_makes_none_of_ones_own() -> None:
    product = open_product(make=True)
    assert (product.adding, len(product.library.articles())) == (None, 1)
    assert not own_library_folder().exists()
    product.library.close()


def library_made_with(folder: Path, embedder: str) -> None:
    fingerprint = library_fingerprint(ChunkingConfig(), embedder, SPLITTER)
    Library.create(folder, fingerprint=fingerprint).close()


MADE_WITH_MINILM = f"{MINILM}@{MINILM_SHA256[:16]}"


@pytest.mark.parametrize(
    ("toml", "made_with", "model", "is_told"),
    [
        ("", MADE_WITH_MINILM, MINILM, True),
        ("[retrieval]\ndepth = 50\n", MADE_WITH_MINILM, MINILM, True),
        (f'[embedding]\nmodel = "{MINILM}"\n', MADE_WITH_MINILM, MINILM, False),
        ('[embedding]\nmodel = "another"\n', MADE_WITH_MINILM, "another", False),
        ("", f"{MINILM}@0123456789abcdef", DEFAULT_MODEL, False),
        ("", f"{DEFAULT_MODEL}@{DEFAULT_MODEL_SHA256[:16]}", DEFAULT_MODEL, False),
    ],
    ids=["no settings", "other settings", "it is named", "another is named", "other weights", "made with the default"],
)
def test_a_library_made_with_the_earlier_model_goes_on_with_it_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, toml: str, made_with: str, model: str, is_told: bool
) -> None:
    library_made_with(tmp_path, made_with)
    (tmp_path / "footnote.toml").write_text(toml, "utf-8")
    settings = [library_settings(tmp_path) for _ in range(2)]
    assert [each.embedding.model for each in settings] == [model, model]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == is_told  # once, however often it is asked
    assert all(f"footnote index --re-embed --library {tmp_path}" in line for line in told)


def test_where_there_is_no_library_yet_the_default_model_makes_it(tmp_path: Path) -> None:
    assert library_settings(tmp_path / "new").embedding.model == DEFAULT_MODEL
    assert not (tmp_path / "new").exists()
