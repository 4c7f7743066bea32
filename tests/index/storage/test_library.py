"""The library: what is put in comes out, in step with its words and vectors."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.article import Article, Mark, Passage, Span
from index.errors import ArticleNotFoundError, LibraryMismatchError, LibraryNotFoundError, StorageError
from index.storage.library import CACHED_ARTICLES, FILE_NAME, Library
from index.storage.statements import EmbeddedPassage
from tests.world import ARTICLES, FINGERPRINT, PAPER, RIVERS, TEA, library_of

ICE = Article(
    id="ice",
    title="Ice 🙂",
    text="Ice floats.\n\nSnow falls.",
    source="ice.html",
    url="https://example.org/ice",
    language="en",
    published=date(2020, 2, 29),
    format="html",
    marks=(Mark("heading", Span(0, 11), "Ice floats.", level=2), Mark("page", Span(13, 24), "3")),
)


def embedded(article: Article, *vector: float) -> EmbeddedPassage:
    passage = Passage(article.id, Span(0, len(article.text)), article.text)
    return EmbeddedPassage(passage, article.text, np.array(vector or (1, 0), dtype=np.float32))


def ranks(library: Library, *words: str) -> list[str]:
    """Return the sentences that hold some words, as the word table ranks them."""
    rows = library.search_words("sentence", library.word_weights("sentence", words), k=20)
    passages = library.passages(rows)
    return [passages[row].text for row in rows]


# Reading ----------------------------------------------------------------------------------------


def test_of_a_passage_without_end_as_earlier_versions_cut_it_the_beginning_is_read(tmp_path: Path) -> None:
    endless = Article("endless", "", "x" * 10_000)
    with Library.create(tmp_path, fingerprint=FINGERPRINT) as library:
        library.put(endless, [embedded(endless)])
        assert library.passages([1]) == {1: Passage("endless", Span(0, 2000), "x" * 2000)}


def test_an_article_comes_out_as_it_went_in(library: Library) -> None:
    library.put(ICE, [])
    assert library.article("ice") == ICE
    assert [library.article(article.id) for article in ARTICLES] == list(ARTICLES)


def test_the_list_is_in_the_order_of_adding_and_says_how_much_there_is(library: Library) -> None:
    listed = library.articles()
    assert [(each.id, each.title, each.source) for each in listed] == [
        ("rivers", "Rivers", "rivers.txt"),
        ("tea", "Tea", "tea.txt"),
        ("paper", "Paper", "paper.txt"),
    ]
    assert [(each.characters, each.passages) for each in listed] == [(52, 1), (70, 2), (44, 1)]
    assert listed[0].content_hash == RIVERS.content_hash


def test_the_list_tells_language_format_and_pages(library: Library) -> None:
    pages = (Mark("page", Span(0, 3), "1"), Mark("heading", Span(0, 3), "Ice"), Mark("page", Span(3, 7), "2"))
    library.put(replace(ICE, language="en", format="pdf", marks=pages), [])
    assert [(each.language, each.format, each.pages) for each in library.articles()][-2:] == [
        (None, "text", 0),
        ("en", "pdf", 2),
    ]


def test_the_list_follows_every_change_also_of_another_program(folder: Path, library: Library) -> None:
    with Library.open(folder) as reading:
        assert [each.id for each in reading.articles()] == ["rivers", "tea", "paper"]
        library.put(ICE, [])
        assert [each.id for each in reading.articles()] == ["rivers", "tea", "paper", "ice"]
        library.remove("tea")
        assert [each.id for each in reading.articles()] == ["rivers", "paper", "ice"]
        reading.articles().clear()  # the caller's own
        assert len(reading.articles()) == 3


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        pytest.param("leaves", {"tea"}, id="one word"),
        pytest.param("drink LEAVES", {"tea"}, id="two of one passage"),
        pytest.param("turns wat", {"tea"}, id="the beginning of the last"),
        pytest.param("wat turns", set(), id="the beginning of another"),
        pytest.param("river leaves", set(), id="words of two articles"),
        pytest.param('"* OR NEAR(', set(), id="what a query is written with"),
        pytest.param("", set(), id="nothing"),
        pytest.param("🙂", set(), id="no word"),
    ],
)
def test_articles_are_found_by_words_of_their_text(library: Library, words: str, ids: set[str]) -> None:
    assert library.articles_holding(words) == ids


def test_an_article_that_is_not_there_is_an_error_that_says_where_to_look(library: Library) -> None:
    with pytest.raises(ArticleNotFoundError, match=r"^no article 'ice' in the library; see: footnote list$"):
        library.article("ice")
    with pytest.raises(ArticleNotFoundError):
        library.remove("ice")


def test_passages_come_by_row_and_unknown_rows_are_left_out(library: Library) -> None:
    assert library.passages([3, 1, 99]) == {
        1: Passage("rivers", Span(0, 52), RIVERS.text, "passage"),
        3: Passage("rivers", Span(26, 52), "It flows north to the sea.", "sentence"),
    }


def test_sentences_know_the_passages_around_them(library: Library) -> None:
    assert library.passages_around([2, 3, 6, 8]) == {2: [1], 3: [1], 6: [4], 8: [5]}


def test_rows_of_articles_are_ascending(library: Library) -> None:
    assert library.rows_of("sentence", ["paper", "tea", "no such"]).tolist() == [6, 7, 8, 10, 11]
    assert library.rows_of("passage", []).tolist() == []


def test_vectors_are_those_of_the_embedder_in_half_precision(library: Library) -> None:
    state, stored = library.vectors()
    assert state == library.state
    rows, vectors = stored["passage"]
    assert rows.tolist() == [1, 4, 5, 9]
    # nile, long, river, sea, tea, water, paper, none of them
    assert vectors.tolist() == [
        [0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 0, 0],
        [0, 0, 0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 0],
    ]
    assert vectors.dtype == np.float32


def test_similarities_are_cosines_by_row(library: Library) -> None:
    sea = np.eye(8, dtype=np.float32)[3]
    assert library.similarities(sea, [1, 3, 4, 99]) == {1: 0.5, 3: 1.0, 4: 0.0}
    assert library.similarities(sea, []) == {}


def test_vectors_are_known_by_the_text_that_was_embedded(library: Library) -> None:
    assert len(library.known_vectors(["Paper is thin.", "Paper is thin.", "Paper was thin."])) == 1


# Changing ---------------------------------------------------------------------------------------


def test_an_article_of_the_same_id_is_replaced(library: Library) -> None:
    library_of(library.folder, replace(TEA, text="Tea is hot.", source="elsewhere.txt")).close()
    assert library.article("tea").text == "Tea is hot."
    assert ranks(library, "tea", "leaves", "water") == ["Tea is hot."]


def test_an_article_of_the_same_source_is_replaced(library: Library) -> None:
    library_of(library.folder, replace(TEA, id="tea-2", text="Tea is hot.")).close()
    assert [each.id for each in library.articles()] == ["rivers", "paper", "tea-2"]
    assert ranks(library, "leaves") == []


def test_articles_without_a_source_do_not_replace_each_other(library: Library) -> None:
    for name in ("a", "b"):
        library.put(Article(name, name, "Text."), [])
    assert [each.id for each in library.articles()][-2:] == ["a", "b"]


def test_a_removed_article_leaves_nothing(library: Library, folder: Path) -> None:
    library.remove("tea")
    assert [each.id for each in library.articles()] == ["rivers", "paper"]
    assert library.rows_of("sentence", ["tea"]).tolist() == []
    assert ranks(library, "tea", "leaves", "water") == []
    assert library.vectors()[1]["passage"][0].tolist() == [1, 9]
    assert library.known_vectors([TEA.text, "The leaves are dried."]) == {}


def test_words_rank_as_if_what_was_removed_had_never_been_there(library: Library, tmp_path: Path) -> None:
    new_paper = replace(PAPER, text="Paper burns. Rivers do not.")
    library.remove("tea")
    library_of(library.folder, new_paper).close()
    with library_of(tmp_path / "fresh", RIVERS, new_paper) as fresh:
        for words in (["paper"], ["the", "river"], ["long", "not", "burns"], ["tea"], ["china"]):
            weights = library.word_weights("sentence", words)
            assert weights == fresh.word_weights("sentence", words)
            scores = [list(each.search_words("sentence", weights, k=20).values()) for each in (library, fresh)]
            assert scores[0] == pytest.approx(scores[1])
            assert ranks(library, *words) == ranks(fresh, *words)


def test_the_word_tables_agree_with_themselves_after_many_changes(library: Library, folder: Path) -> None:
    for text in ("Tea is hot. 茶.", "Tea.", TEA.text):
        library_of(folder, replace(TEA, title=f"Tea {len(text)}", text=text)).close()
    library.remove("rivers")
    library.close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        for table in ("passage_words", "sentence_words"):
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")  # noqa: S608  # our own names


def test_row_numbers_are_never_used_again(library: Library) -> None:
    library.remove("paper")
    library_of(library.folder, PAPER).close()
    assert library.rows_of("passage", ["paper"]).tolist() == [12]


def test_every_change_makes_the_generation_grow(library: Library) -> None:
    assert (library.state.fingerprint, library.state.generation) == (FINGERPRINT, 3)
    library.put(ICE, [embedded(ICE)])
    assert library.state.generation == 4
    library.remove("ice")
    assert library.state.generation == 5
    library.replace_all([], fingerprint=FINGERPRINT)
    assert library.state.generation == 6


def test_a_refused_change_changes_nothing(library: Library) -> None:
    before = (library.state, library.articles(), library.rows_of("sentence", ["tea"]).tolist())
    upside_down = EmbeddedPassage(Passage("tea", Span(5, 2), ""), "", np.ones(8, dtype=np.float32))
    with pytest.raises(StorageError):
        library.put(replace(TEA, text="New."), [upside_down])
    assert (library.state, library.articles(), library.rows_of("sentence", ["tea"]).tolist()) == before
    assert library.article("tea") == TEA


def test_a_change_is_seen_by_every_open_library(library: Library, folder: Path) -> None:
    with Library.open(folder) as reader:
        assert reader.article("tea") == TEA
        library.put(replace(TEA, text="Tea is hot."), [])
        assert reader.article("tea").text == "Tea is hot."
        library.remove("tea")
        with pytest.raises(ArticleNotFoundError):
            reader.article("tea")


def test_more_articles_than_are_kept_in_memory_are_read_all_the_same(folder: Path) -> None:
    with Library.create(folder, fingerprint=FINGERPRINT) as library:
        for n in range(CACHED_ARTICLES + 3):
            library.put(Article(str(n), "", f"Text {n}."), [])
        assert [library.article(str(n)).text for n in (0, CACHED_ARTICLES + 2, 0)] == [
            "Text 0.",
            "Text 258.",
            "Text 0.",
        ]


def test_threads_read_one_library_while_it_changes(library: Library) -> None:
    versions = [replace(TEA, text=f"Tea {n}.") for n in range(60)]
    whole = {RIVERS.text, *(version.text for version in versions)}
    library.put(versions[0], [embedded(versions[0])])
    faults: list[str] = []
    finished = threading.Event()

    def read() -> None:
        while not finished.is_set():
            rows = library.rows_of("passage", ["tea", "rivers"])
            texts = {passage.text for passage in library.passages(rows.tolist()).values()}
            faults.extend(texts - whole)

    def read_and_note_errors() -> None:
        try:
            read()
        except Exception as error:  # noqa: BLE001  # whatever it is, it must reach the assertion
            faults.append(repr(error))

    threads = [threading.Thread(target=read_and_note_errors) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in versions:
        library.put(version, [embedded(version)])
    finished.set()
    for thread in threads:
        thread.join()
    assert faults == []


# Opening ----------------------------------------------------------------------------------------


def test_an_open_library_can_only_be_read(library: Library, folder: Path) -> None:
    with (
        Library.open(folder) as reader,
        pytest.raises(StorageError, match=r"the place is read-only; choose another with --library"),
    ):
        reader.remove("tea")


def test_where_there_is_no_library_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFoundError, match=r"there is no library at '.*'; make one with: footnote index PATH"):
        Library.open(tmp_path)
    with pytest.raises(LibraryNotFoundError):
        Library.open(tmp_path / "no such folder")


@pytest.mark.parametrize("opened", ["open", "create"])
def test_another_fingerprint_is_refused_and_the_error_names_both(library: Library, folder: Path, opened: str) -> None:
    with pytest.raises(LibraryMismatchError, match=r"made with world@1, the settings say world@2; embed it anew"):
        getattr(Library, opened)(folder, fingerprint="world@2")


def test_a_library_embedded_anew_takes_no_vectors_of_the_old_model(library: Library, folder: Path) -> None:
    with Library.open_for_rewriting(folder) as other:
        other.replace_all([], fingerprint="world@2")
    with pytest.raises(LibraryMismatchError):
        library.put(ICE, [embedded(ICE)])
    assert [each.id for each in library.articles()] == ["rivers", "tea", "paper"]


def test_making_a_library_twice_opens_the_first(library: Library, folder: Path) -> None:
    with Library.create(folder, fingerprint=FINGERPRINT) as again:
        assert again.article("tea") == TEA


def test_a_library_just_made_leaves_no_file_but_its_own(folder: Path) -> None:
    Library.create(folder, fingerprint=FINGERPRINT).close()
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_a_library_can_be_copied_once_it_is_closed(library: Library, folder: Path, tmp_path: Path) -> None:
    library.close()
    shutil.copytree(folder, tmp_path / "copy")
    with Library.open(tmp_path / "copy", fingerprint=FINGERPRINT) as copied:
        assert copied.article("tea") == TEA


@pytest.mark.parametrize("content", [b"Dear diary, " * 100, b"\x00" * 5000], ids=["text", "zeros"])
@pytest.mark.parametrize("opened", ["open", "create"])
def test_a_file_that_is_no_library_is_refused_and_left_alone(tmp_path: Path, content: bytes, opened: str) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(StorageError, match=r"the file is not a library; move it away"):
        getattr(Library, opened)(tmp_path, fingerprint=FINGERPRINT)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_a_library_of_a_later_version_is_refused(library: Library, folder: Path) -> None:
    library.close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 3")
    with pytest.raises(StorageError, match=r"has format 3, this program reads 2; use the version of footnote that"):
        Library.open(folder)


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "full of locked doors"
    place.write_text("a file")
    with pytest.raises(StorageError, match=r"there is a file where the folder should be"):
        Library.create(place, fingerprint=FINGERPRINT)


@pytest.mark.parametrize("opened", ["open", "create"])
def test_a_name_that_no_disk_takes_is_refused(tmp_path: Path, opened: str) -> None:
    with pytest.raises(StorageError, match=r"too long"):
        getattr(Library, opened)(tmp_path / ("x" * 300), fingerprint=FINGERPRINT)


def test_a_whole_library_is_found_ok(library: Library) -> None:
    assert library.integrity() == "ok"


def test_a_text_that_changed_on_disk_is_never_quoted(folder: Path) -> None:
    library_of(folder, RIVERS).close()
    with sqlite3.connect(folder / "library.sqlite3") as connection:
        connection.execute("UPDATE article SET text = replace(text, 'long', 'wide')")
    connection.close()
    with Library.open(folder) as library, pytest.raises(StorageError, match="not as it was stored"):
        library.article("rivers")
