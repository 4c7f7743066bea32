"""Adding to a library that is being asked: what is told of each source, and what the next question finds."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index import library_writer as adding_module
from index.article import Article, content_id
from index.config import ChunkingConfig, FetchingConfig
from index.errors import ArticleNotFoundError, ConfigurationError, LibraryMismatchError, SourceError, StorageError
from index.library_writer import (
    MAX_SOURCES,
    Adding,
    AddingEvent,
    ArticleSource,
)
from index.protocols import Embedder, Vectors
from index.storage.library import Library
from tests.index.formats.making import pdf_of, zip_of
from tests.world import CHUNKING, FINGERPRINT, PAPER, WordCountingEmbedder, retriever_over


@pytest.fixture
def adding(folder: Path) -> Adding:
    return writer_to(folder)


def writer_to(
    folder: Path,
    *,
    chunking: ChunkingConfig = CHUNKING,
    fingerprint: str = FINGERPRINT,
    embedder: Embedder | None = None,
) -> Adding:
    embedder = embedder or WordCountingEmbedder()
    return Adding(folder, embedder, chunking, FetchingConfig(), fingerprint=fingerprint)


def events_of(adding: Adding, *sources: ArticleSource, together: bool = False) -> list[AddingEvent]:
    events: list[AddingEvent] = []
    adding.add(sources, events.append, together=together)
    return events


def ends_of(adding: Adding, *sources: ArticleSource) -> list[tuple[str, str, str]]:
    return [(e.name, e.state, e.message) for e in events_of(adding, *sources) if e.is_last]


def sources_in(library: Library) -> list[str]:
    return [summary.source for summary in library.articles()]


def given(name: str, articles: tuple[Article, ...] = (), error: Exception | None = None) -> ArticleSource:
    """Return what gives articles, and then fails if it is to."""

    def read(fetching: FetchingConfig) -> Iterable[Article]:
        yield from articles
        if error is not None:
            raise error

    return ArticleSource(name, read)


ICE = Article("ice", "Ice", "Ice floats. It is cold.", source="given#ice")
SNOW = Article("snow", "Snow", "Snow falls.", source="given#snow")


def test_a_source_is_read_embedded_and_added(adding: Adding) -> None:
    events = events_of(adding, ArticleSource.upload("a.txt", io.BytesIO(b"Tea is hot. Milk is not.")))
    assert events == [
        AddingEvent("a.txt", "reading"),
        AddingEvent("a.txt", "embedding", done=3, total=3),  # the passage and its two sentences
        AddingEvent("a.txt", "added", article_ids=(content_id("Tea is hot. Milk is not."),)),
    ]


def test_what_is_added_is_found_by_the_next_question_of_a_library_that_is_open(
    library: Library, adding: Adding
) -> None:
    retriever = retriever_over(library)
    assert "Mint" not in retriever.retrieve("Which tea?", k=1).passages[0].passage.text
    adding.add([ArticleSource.pasted("Mint tea is tea of mint tea.")])
    assert retriever.retrieve("Which tea?", k=1).passages[0].passage.text == "Mint tea is tea of mint tea."


def test_what_is_removed_is_not_found_any_more(library: Library, adding: Adding) -> None:
    retriever = retriever_over(library)
    retriever.retrieve("Which tea?", k=1)
    adding.remove(["tea"])
    assert [hit.passage.article_id for hit in retriever.retrieve("Which tea?", k=9, article_ids=["tea"]).passages] == []
    assert [summary.id for summary in library.articles()] == ["rivers", "paper"]


def test_all_are_removed_or_none(library: Library, adding: Adding) -> None:
    with pytest.raises(ArticleNotFoundError, match="no article 'milk'"):
        adding.remove(["tea", "milk"])
    adding.remove([])
    assert len(library.articles()) == 3
    adding.remove(["tea", "tea"])
    assert len(library.articles()) == 2


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "together"])
def test_each_source_is_told_of_in_its_order_with_what_became_of_it(
    library: Library, adding: Adding, together: bool
) -> None:
    events = events_of(
        adding,
        given("new", (ICE,)),
        given("bad", error=SourceError("bad: is empty; fill it")),
        given("same", (PAPER,)),
        given("changed", (replace(PAPER, text="Paper is white."),)),
        given("two", (SNOW, ICE)),
        given("none"),
        together=together,
    )
    ends = {event.name: event for event in events if event.is_last}
    read = [event.name for event in events if event.state == "reading"]
    assert read == ["new", "bad", "same", "changed", "two", "none"]
    assert ends == {
        "new": AddingEvent("new", "added", article_ids=("ice",)),
        "bad": AddingEvent("bad", "failed", "bad: is empty; fill it"),
        "same": AddingEvent("same", "unchanged", article_ids=("paper",)),
        "changed": AddingEvent("changed", "replaced", article_ids=("paper",)),
        "two": AddingEvent("two", "added", "1 added, 1 unchanged", article_ids=("snow", "ice")),
        "none": AddingEvent("none", "failed", "none: holds no article; give another file"),
    }


def test_one_by_one_a_source_is_stored_before_the_next_is_read(library: Library, adding: Adding) -> None:
    events = events_of(adding, given("a", (ICE,)), given("b", (SNOW,)))
    assert [(event.name, event.state) for event in events] == [
        *(("a", "reading"), ("a", "embedding"), ("a", "added")),
        *(("b", "reading"), ("b", "embedding"), ("b", "added")),
    ]


def test_a_source_that_fails_in_part_has_the_ids_of_what_was_added(adding: Adding) -> None:
    packed = zip_of({"a.txt": "Good.", "b.txt": ""})
    last = events_of(adding, ArticleSource.upload("a.zip", packed))[-1]
    assert (last.state, len(last.article_ids)) == ("failed", 1)
    assert last.message == "upload:a.zip#b.txt: is empty; give a file that holds text"


def test_a_defect_of_a_reader_stops_nothing_else_and_is_told_by_its_id(
    library: Library, adding: Adding, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        ends = ends_of(adding, given("odd", error=RuntimeError("secret")), given("new", (ICE,)))
    assert [state for _, state, _ in ends] == ["failed", "added"]
    assert "secret" not in ends[0][2]
    assert ends[0][2].rpartition(" ")[2] in caplog.text


def test_a_source_that_was_added_once_is_unchanged_and_then_replaced(library: Library, adding: Adding) -> None:
    def states(content: bytes) -> list[str]:
        return [state for _, state, _ in ends_of(adding, ArticleSource.upload("a.txt", content))]

    assert (states(b"One."), states(b"One."), states(b"Two.")) == (["added"], ["unchanged"], ["replaced"])
    assert sources_in(library)[3:] == ["upload:a.txt"]


def test_two_files_of_one_name_do_not_replace_each_other(library: Library, adding: Adding) -> None:
    ends = ends_of(adding, ArticleSource.upload("a/x.txt", b"One."), ArticleSource.upload("b/x.txt", b"Two."))
    message = "upload:x.txt: has the name of another file sent with it; give it a name of its own"
    assert ends == [("a/x.txt", "added", ""), ("b/x.txt", "failed", message)]


def test_sources_of_every_kind_are_known_by_what_they_are(library: Library, adding: Adding, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A file.", "utf-8")
    ends = ends_of(
        adding,
        ArticleSource.file(tmp_path / "a.txt"),
        ArticleSource.upload("b.pdf", pdf_of(("A page.",))),
        ArticleSource.pasted("Some words.", title="Words"),
        ArticleSource.address("http://127.0.0.1/"),
    )
    assert [(name, state) for name, state, _ in ends] == [
        (str(tmp_path / "a.txt"), "added"),
        ("b.pdf", "added"),
        ("Words", "added"),
        ("http://127.0.0.1/", "failed"),
    ]
    assert ends[-1][2].startswith("http://127.0.0.1/: is at 127.0.0.1, which is not a public address")
    of_file, of_upload, of_text = library.articles()[3:]
    assert (of_file.source, of_upload.source) == (str(tmp_path / "a.txt"), "upload:b.pdf")
    assert (of_text.source, of_text.title) == (f"pasted:{of_text.id}", "Words")


def test_a_library_embedded_by_another_model_is_not_added_to(library: Library) -> None:
    other = writer_to(library.folder, chunking=ChunkingConfig(), fingerprint="world@2")
    with pytest.raises(LibraryMismatchError):
        other.add([ArticleSource.pasted("Some words.")])


def test_no_sources_change_nothing(library: Library, adding: Adding) -> None:
    before = library.state
    assert events_of(adding) == []
    assert library.state == before


# In a thread of its own


def test_events_come_while_the_adding_goes_on(library: Library, adding: Adding) -> None:
    goes_on = threading.Event()

    def read(fetching: FetchingConfig) -> Iterator[Article]:
        assert goes_on.wait(10)
        yield ICE

    events = adding.start([ArticleSource("waiting", read)])
    assert next(events) == AddingEvent("waiting", "reading")
    assert len(library.articles()) == 3  # a question asked now finds what there was
    goes_on.set()
    assert [event.state for event in events] == ["embedding", "added"]


def test_who_does_not_listen_does_not_stop_the_adding(library: Library, adding: Adding) -> None:
    done = threading.Event()
    adding.start([given("a", (ICE,))], done=done.set)
    assert done.wait(10)
    assert library.article("ice") == ICE


def test_what_stops_the_adding_is_raised_behind_what_was_told(folder: Path) -> None:
    done = threading.Event()
    (folder.parent / "file").touch()
    adding = writer_to(folder.parent / "file", fingerprint="x")
    with pytest.raises(StorageError, match="there is a file where the folder should be"):
        list(adding.start([ArticleSource.pasted("x")], done=done.set))
    assert done.is_set()


@pytest.mark.parametrize(("count", "fits"), [(MAX_SOURCES, True), (MAX_SOURCES + 1, False)])
def test_sources_are_counted(library: Library, adding: Adding, count: int, fits: bool) -> None:
    sources = [ArticleSource.pasted("")] * count
    if fits:
        assert len([event for event in adding.start(sources) if event.is_last]) == MAX_SOURCES
    else:
        with pytest.raises(ConfigurationError, match="101 sources are more than 100; send them in parts"):
            adding.start(sources)


def test_a_second_writer_waits_for_the_first(library: Library, adding: Adding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding_module, "WAIT_S", 0.05)
    goes_on = threading.Event()

    def read(fetching: FetchingConfig) -> Iterator[Article]:
        assert goes_on.wait(10)
        yield ICE

    events = adding.start([ArticleSource("waiting", read)])
    next(events)
    with pytest.raises(StorageError, match="is being added to by somebody else; try again when that has finished"):
        adding.remove(["tea"])
    goes_on.set()
    list(events)
    adding.remove(["tea"])
    assert [summary.id for summary in library.articles()] == ["rivers", "paper", "ice"]


class LoadedEmbedder(WordCountingEmbedder):
    loaded = False

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        self.loaded = True
        return super().embed_questions(texts)


def test_the_model_is_loaded_before_there_is_anything_to_add(folder: Path) -> None:
    embedder = LoadedEmbedder()
    writer_to(folder, embedder=embedder).warm_up()
    assert embedder.loaded
    assert not folder.exists()
