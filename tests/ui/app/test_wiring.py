"""Which library is opened, and whether it may be added to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.config import ChunkingConfig, library_fingerprint
from index.embedding.weights import DEFAULT_MODEL, DEFAULT_MODEL_SHA256, MINILM, MINILM_SHA256
from index.errors import ArticleNotFoundError, LibraryNotFoundError, StorageError
from index.library_writer import ArticleSource
from index.sentences import SPLITTER
from index.storage.library import Library
from qa.answer import Abstention, Answer
from tests.world import WordCountingEmbedder
from ui.app import wiring
from ui.app.settings import Settings
from ui.app.wiring import (
    ProductBesideExample,
    indexer_of,
    library_settings,
    open_product,
    open_served,
    own_library_folder,
    seed_articles,
)
from ui.chat.library_view import asked_ids


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(wiring, "make_embedder", lambda settings: WordCountingEmbedder())
    monkeypatch.setattr(wiring, "make_span_model", lambda settings: None)
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
    product.adding.add([ArticleSource.pasted("The Nile is a long river.")])
    assert isinstance(product.assistant.ask("Which river is long?"), Answer)
    assert [article.title for article in product.library.articles()] == ["The Nile is a long river."]
    product.library.close()


def test_serving_a_library_that_is_there_leaves_it_as_it_is(tmp_path: Path) -> None:
    for _ in range(2):
        with open_product(tmp_path / "new", make=True).library as library:
            assert library.state.generation == 0


def test_to_ask_the_example_makes_no_library_of_ones_own() -> None:
    product = open_product()
    assert (product.adding, len(product.library.articles())) == (None, 1)
    assert not own_library_folder().exists()
    product.library.close()


def served() -> ProductBesideExample:
    product = open_served(None)
    assert isinstance(product, ProductBesideExample)
    return product


def titles(product: ProductBesideExample) -> list[str]:
    return [article.title for article in product.library.articles()]


EXAMPLE = "Kazakhstan’s crisis, 6 January 2022"
EXAMPLE_ID = "8e6b8759e0f47286"
NILE = "The Nile is a long river."


def test_what_is_served_is_the_example_until_an_article_is_added_and_the_example_beside_it_then() -> None:
    product = served()
    assert (titles(product), len(product.example_questions), product.library.beside) == ([EXAMPLE], 4, None)
    assert isinstance(product.assistant.ask("Who called for the intervention of the troops?"), Answer)
    assert product.adding is not None
    product.adding.add([ArticleSource.pasted(NILE)])
    assert (titles(product), list(product.example_questions)) == ([NILE], [])
    assert product.library.beside is not None
    assert product.library.beside.title == EXAMPLE
    about_rivers = product.assistant.ask("Which river is long?")
    assert isinstance(about_rivers, Answer)
    assert {citation.quote for citation in about_rivers.citations} == {NILE}
    product.library.close()


def test_no_question_about_ones_own_articles_is_answered_from_the_example_unless_it_is_asked_by_itself() -> None:
    product = served()
    assert product.adding is not None
    product.adding.add([ArticleSource.pasted(NILE)])
    question = "Who called for the intervention of the troops?"
    assert isinstance(product.assistant.ask(question), Abstention)
    assert product.library.articles_holding("troops") == set()
    asked = product.assistant.ask(question, article_ids=[EXAMPLE_ID])
    assert isinstance(asked, Answer)
    assert product.library.article(EXAMPLE_ID).text.startswith("Quwhich began")
    (own,) = product.library.articles()
    with pytest.raises(ArticleNotFoundError):
        product.assistant.ask(question, article_ids=[own.id, EXAMPLE_ID])
    product.library.close()


def test_an_example_that_one_has_oneself_stands_there_once() -> None:
    product = served()
    assert product.adding is not None
    product.adding.add([ArticleSource.file(file) for file in seed_articles()])
    assert product.library.beside is None
    assert not product.library.is_example
    product.library.close()


def test_once_the_last_article_is_removed_the_example_is_asked_again() -> None:
    product = served()
    assert product.adding is not None
    product.adding.add([ArticleSource.pasted(NILE)])
    product.adding.remove([article.id for article in product.library.articles()])
    assert titles(product) == [EXAMPLE]
    product.library.close()
    assert [article.title for article in open_product().library.articles()] == [EXAMPLE]


def test_where_no_library_can_be_made_the_example_alone_is_served(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file in its place", "utf-8")
    product = open_served(None)
    assert (product.adding, [article.title for article in product.library.articles()]) == (None, [EXAMPLE])
    assert "only the example can be asked" in caplog.text
    product.library.close()


def test_a_damaged_library_of_ones_own_is_said_and_not_passed_over() -> None:
    own_library_folder().mkdir(parents=True)
    (own_library_folder() / "library.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(StorageError):
        open_product()
    with pytest.raises(StorageError):
        open_served(None)


@pytest.mark.parametrize("folder", [None, "named"])
def test_what_holds_nothing_to_read_makes_no_library(folder: str | None, tmp_path: Path) -> None:
    place = tmp_path / folder if folder else own_library_folder()
    empty = tmp_path / "empty.txt"
    empty.touch()
    report = (
        indexer_of(Settings())
        .adding(place)
        .add([ArticleSource.file(tmp_path / "missing.txt"), ArticleSource.file(empty)])
    )
    assert (report.added, place.exists()) == ([], False)


def test_the_page_asks_the_example_alone_or_not_at_all() -> None:
    product = served()
    assert product.adding is not None
    assert asked_ids(product.library, json.dumps([EXAMPLE_ID])) == ()  # it is all there is
    product.adding.add([ArticleSource.pasted(NILE)])
    (own,) = product.library.articles()
    assert asked_ids(product.library, json.dumps([EXAMPLE_ID])) == (EXAMPLE_ID,)
    assert asked_ids(product.library, json.dumps([own.id, EXAMPLE_ID])) == ()
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
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    toml: str,
    made_with: str,
    model: str,
    is_told: bool,
) -> None:
    if model == "another":
        monkeypatch.setenv("FOOTNOTE_TRUST", "1")  # it does not come with the product
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
