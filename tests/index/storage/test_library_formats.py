"""A library of an earlier format opens, answers, and is brought up to date where it may be written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import LibraryMismatchError, StorageError
from index.storage.library import FILE_NAME, Library
from index.storage.schema import LIBRARY, SCHEMA_VERSION
from index.storage.sqlite import Database
from tests.index.format_1 import format_of, make_format_1
from tests.world import ARTICLES, FINGERPRINT, library_of, retriever_over


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    make_format_1(folder)
    return folder


def tables(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_an_old_library_answers_and_is_left_as_it_is_when_only_asked(old: Path) -> None:
    with Library.open(old, fingerprint=FINGERPRINT) as library:
        sentence = retriever_over(library).retrieve("Where is the sea?", k=1).sentences[0]
        assert sentence.passage.text == "It flows north to the sea."
    assert format_of(old) == 1


@pytest.mark.parametrize("opened", ["create", "open_for_rewriting", "migrate"])
def test_an_old_library_that_may_be_written_is_brought_up_to_date(old: Path, tmp_path: Path, opened: str) -> None:
    if opened == "create":
        Library.create(old, fingerprint=FINGERPRINT).close()
    elif opened == "open_for_rewriting":
        Library.open_for_rewriting(old).close()
    else:
        Database(old, LIBRARY).migrate()
    library_of(tmp_path / "new", *ARTICLES).close()
    assert format_of(old) == SCHEMA_VERSION == 2
    assert tables(old) == tables(tmp_path / "new")


def test_bringing_up_to_date_changes_nothing_that_was_there(old: Path) -> None:
    with Library.open(old) as library:
        before = (library.state, [library.article(article.id) for article in ARTICLES])
        rows = library.rows_of("sentence", ["tea"]).tolist()
    with Library.create(old, fingerprint=FINGERPRINT) as library:
        assert (library.state, [library.article(article.id) for article in ARTICLES]) == before
        assert library.rows_of("sentence", ["tea"]).tolist() == rows
        assert library.integrity() == "ok"


def test_a_library_refused_for_its_model_is_not_brought_up_to_date(old: Path) -> None:
    with pytest.raises(LibraryMismatchError):
        Library.create(old, fingerprint="world@2")
    assert format_of(old) == 1


def test_a_library_open_while_another_brings_it_up_to_date_goes_on(old: Path) -> None:
    with Library.open(old, fingerprint=FINGERPRINT) as library:
        assert library.article("tea").title == "Tea"
        Database(old, LIBRARY).migrate()
        assert library.article("tea").title == "Tea"
        assert library.passages([1])[1].article_id == "rivers"


def test_a_file_of_no_format_is_neither_read_nor_touched(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("CREATE TABLE diary (day TEXT)")
    for database in (Database(tmp_path, LIBRARY, read_only=True), Database(tmp_path, LIBRARY)):
        with pytest.raises(StorageError, match=r"has format 0, this program reads 2"):
            database.migrate()
    assert [name for name, _ in tables(tmp_path)] == ["diary"]
