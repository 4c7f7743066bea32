"""Which library is opened, and whether it may be added to."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import LibraryNotFoundError
from qa.answer import Abstention, Answer
from tests.world import WordCountingEmbedder
from ui import compose
from ui.adding import TextSource
from ui.compose import open_product, own_library_folder


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
