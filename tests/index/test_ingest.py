"""Putting articles in: only what is new is embedded, and the library ends as its sources are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index import ingest as ingest_module
from index.article import Article, Passage, Span
from index.config import ChunkingConfig
from index.ingest import IngestReport, embedded_text, groups_of, ingest, ingest_groups, reembed
from index.protocols import Progress, Vectors, no_progress
from index.storage.library import Library
from index.storage.statements import embedded_hash
from index.vectors.reembedding import set_aside
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, PAPER, RIVERS, TEA, WordCountingEmbedder


def run(library: Library, *articles: Article, config: ChunkingConfig = CHUNKING) -> tuple[IngestReport, list[str]]:
    """Ingest, and return the report and what was embedded for it."""
    embedder = WordCountingEmbedder()
    return ingest(articles, library, embedder, config), embedder.embedded


def file(source: str, text: str) -> Article:
    """Return an article as a reader does: known by its text."""
    return Article(id=text, title="", text=text, source=source)


def held(library: Library) -> dict[str, str]:
    return {each.source: each.id for each in library.articles()}


def test_the_report_names_what_was_added_replaced_and_left(library: Library) -> None:
    ice = Article("ice", "Ice", "Ice floats.")
    report, _ = run(library, RIVERS, replace(TEA, text="Tea is hot."), ice, PAPER)
    assert (report.added, report.replaced, report.unchanged) == (["ice"], ["tea"], ["rivers", "paper"])


def test_what_is_unchanged_is_skipped(library: Library) -> None:
    before = library.state
    report, embedded = run(library, *ARTICLES)
    assert report == IngestReport(unchanged=["rivers", "tea", "paper"])
    assert (embedded, library.state) == ([], before)


def test_of_a_changed_article_only_the_changed_passages_are_embedded(library: Library) -> None:
    report, embedded = run(library, replace(TEA, text=TEA.text.replace("brown", "red")))
    assert embedded == ["Hot water turns red."]  # a passage and a sentence of its own: embedded once
    assert (report.embedded, report.reused) == (1, 3)


@pytest.mark.parametrize("changed", [{"title": "Chai"}, {"url": "https://example.org"}, {"language": "en"}])
def test_what_is_known_about_an_article_is_stored_anew_without_embedding(
    library: Library, changed: dict[str, str]
) -> None:
    report, embedded = run(library, replace(TEA, **changed))  # type: ignore[arg-type]  # each is a string field
    assert (report.replaced, embedded) == (["tea"], [])
    assert library.article("tea") == replace(TEA, **changed)  # type: ignore[arg-type]  # as above


def test_the_same_text_in_two_articles_is_embedded_once(library: Library) -> None:
    _, embedded = run(library, Article("a", "", "Ice floats."), Article("b", "", "Ice floats. Snow falls."))
    assert sorted(embedded) == ["Ice floats.", "Ice floats. Snow falls.", "Snow falls."]


def test_vectors_that_are_used_again_are_the_same(library: Library) -> None:
    run(library, replace(TEA, text=f"{TEA.text} More."))
    rows, vectors = library.vectors()[1]["sentence"]
    first_of_tea = library.rows_of("sentence", ["tea"])[0]
    assert vectors[rows == first_of_tea].tolist() == [[0, 0, 0, 0, 1, 0, 0, 0]]


def test_an_article_without_words_is_stored_without_passages(library: Library) -> None:
    report, embedded = run(library, Article("blank", "Blank", " \n "))
    assert (report.added, embedded) == (["blank"], [])
    assert library.article("blank").text == " \n "


def test_no_articles_change_nothing(library: Library) -> None:
    assert run(library) == (IngestReport(), [])


def test_articles_are_embedded_in_groups_and_stored_one_by_one(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "GROUP_CHARACTERS", 1)
    ice = Article("ice", "Ice", "Ice floats.")
    report, embedded = run(library, ice, replace(ice, id="snow"), replace(ice, id="ice", text="Ice melts."))
    assert (report.added, report.replaced) == (["ice", "snow"], ["ice"])
    assert embedded == ["Ice floats.", "Ice melts."]
    assert library.state.generation == 6


def test_each_article_is_told_of_in_its_order_once_its_group_is_stored(library: Library) -> None:
    ice = Article("ice", "Ice", "Ice floats.")
    told: list[tuple[str, str, int]] = []
    ingest_groups(
        [[ice, RIVERS], [replace(TEA, text="Tea is hot.")]],
        library,
        WordCountingEmbedder(),
        CHUNKING,
        stored=lambda article, outcome: told.append((article.id, outcome, library.state.generation)),
    )
    assert told == [("ice", "added", 4), ("rivers", "unchanged", 4), ("tea", "replaced", 5)]


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_module, "GROUP_CHARACTERS", 1)

    def broken_off() -> Iterator[Article]:
        yield from (RIVERS, TEA)
        raise KeyboardInterrupt

    with Library.create(folder, fingerprint=FINGERPRINT) as library:
        with pytest.raises(KeyboardInterrupt):
            ingest(broken_off(), library, WordCountingEmbedder(), CHUNKING)
        report, embedded = run(library, *ARTICLES)
    assert (report.unchanged, report.added) == (["rivers", "tea"], ["paper"])
    assert PAPER.text in embedded


class Clock:
    """Time as a test has it pass; ``per_article_s`` and ``per_character_s``: how long reading and storing take."""

    def __init__(self, *, per_article_s: float = 0.0, per_character_s: float = 0.0) -> None:
        self.now = 0.0
        self._per_article_s, self._per_character_s = per_article_s, per_character_s

    def __call__(self) -> float:
        return self.now

    def read(self, count: int, characters: int) -> Iterator[Article]:
        for number in range(count):
            self.now += self._per_article_s
            yield Article(str(number), "", "x" * characters)

    def sizes(self, articles: Iterator[Article]) -> list[int]:
        """Return how many articles each group has, storing it once it is given."""
        sizes = []
        for group in groups_of(articles, clock=self):
            self.now += self._per_character_s * sum(len(article.text) for article in group)
            sizes.append(len(group))
        return sizes


@pytest.fixture
def on_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_module, "HAS_ACCELERATOR", False)
    monkeypatch.setattr(ingest_module, "GROUP_CHARACTERS", 100_000)


@pytest.mark.usefixtures("on_processors")
@pytest.mark.parametrize(
    ("clock", "count", "characters", "expected"),
    [
        (Clock(), 25, 10_000, [1, 10, 10, 4]),
        (Clock(per_character_s=1e-3), 25, 1_000, [10, 10, 5]),
        (Clock(per_character_s=5e-3), 16, 1_000, [10, 2, 2, 2]),
        (Clock(per_character_s=1.0), 14, 1_000, [10, 2, 2]),
        (Clock(per_character_s=1e-4), 3, 300_000, [1, 1, 1]),
        (Clock(per_article_s=4.0), 8, 10, [4, 4]),
        (Clock(per_article_s=60.0), 5, 10, [2, 2, 1]),
        (Clock(), 3, 0, [3]),
        (Clock(), 0, 0, []),
    ],
    ids=[
        "fast: the first small, then full groups", "as much as ten seconds take", "slow: fewer", "very slow: not fewer",
        "a large article stands alone", "read slowly: what came in ten seconds", "read very slowly: with the next",
        "articles without text", "none",
    ],
)  # fmt: skip
def test_a_group_holds_what_is_embedded_in_ten_seconds(
    clock: Clock, count: int, characters: int, expected: list[int]
) -> None:
    assert clock.sizes(clock.read(count, characters)) == expected


def test_an_accelerator_gets_full_groups_however_long_the_first_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_module, "HAS_ACCELERATOR", True)
    monkeypatch.setattr(ingest_module, "GROUP_CHARACTERS", 100_000)
    clock = Clock(per_character_s=1e-3)
    assert clock.sizes(clock.read(25, 10_000)) == [10, 10, 5]


# Files that change, move and swap ------------------------------------------------------------------


@pytest.fixture
def two_files(folder: Path) -> Library:
    library = Library.create(folder, fingerprint=FINGERPRINT)
    run(library, file("a.txt", "Tea."), file("b.txt", "Milk."))
    return library


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.txt": "Ice.", "b.txt": "Milk."}, {"a.txt": "Ice.", "b.txt": "Milk."}),
        ({"a.txt": "Milk.", "b.txt": "Tea."}, {"a.txt": "Milk.", "b.txt": "Tea."}),
        ({"a.txt": "Milk.", "b.txt": "Ice."}, {"a.txt": "Milk.", "b.txt": "Ice."}),
        ({"a.txt": "Ice.", "b.txt": "Tea."}, {"a.txt": "Ice.", "b.txt": "Tea."}),
        ({"a.txt": "Milk."}, {"a.txt": "Milk."}),
        ({"c.txt": "Tea."}, {"b.txt": "Milk.", "c.txt": "Tea."}),
        ({"b.txt": "Milk.", "a.txt": "Milk."}, {"b.txt": "Milk."}),
        ({"a.txt": "Milk.", "b.txt": "Milk."}, {"a.txt": "Milk."}),
        ({"a.txt": "Tea.", "c.txt": "Tea.", "b.txt": "Milk."}, {"a.txt": "Tea.", "b.txt": "Milk."}),
    ],
    ids=[
        "one changes", "two swap", "one takes the other's, which changes", "one changes, the other takes its",
        "one takes the other's place", "one is renamed", "one becomes a copy of an earlier one",
        "one becomes a copy of a later one", "one is copied",
    ],
)  # fmt: skip
@pytest.mark.parametrize("group_characters", [1, 1_000_000], ids=["one by one", "together"])
def test_the_library_holds_what_the_files_say_now(
    two_files: Library,
    files: dict[str, str],
    expected: dict[str, str],
    group_characters: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ingest_module, "GROUP_CHARACTERS", group_characters)
    articles = [file(source, text) for source, text in files.items()]
    run(two_files, *articles)
    assert held(two_files) == expected
    again, _ = run(two_files, *articles)
    assert again == IngestReport(unchanged=list(files.values()))
    assert held(two_files) == expected
    two_files.close()


def test_a_file_named_twice_is_no_reason_to_lose_it(two_files: Library) -> None:
    copy = file("a.txt", "Milk.")
    run(two_files, copy, copy)
    assert held(two_files) == {"a.txt": "Milk."}
    two_files.close()


# Embedding anew ------------------------------------------------------------------------------------


def test_embedding_anew_cuts_and_embeds_everything_under_the_new_fingerprint(library: Library) -> None:
    embedder = WordCountingEmbedder()
    config = replace(CHUNKING, max_passage_tokens=6)
    with Library.open_for_rewriting(library.folder) as rewritten:
        report = reembed(rewritten, embedder, config, fingerprint="world@2")
    assert report.replaced == ["rivers", "tea", "paper"]
    assert (library.state.fingerprint, library.state.generation) == ("world@2", 4)
    assert [each.passages for each in library.articles()] == [2, 3, 3]
    assert "Tea is a drink of leaves." in embedder.embedded
    assert [library.article(article.id) for article in ARTICLES] == list(ARTICLES)


class BrokenEmbedder(WordCountingEmbedder):
    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        raise RuntimeError("out of memory")


def test_embedding_anew_that_fails_leaves_everything_as_it_was(library: Library) -> None:
    before = (library.state, library.articles())
    with Library.open_for_rewriting(library.folder) as rewritten, pytest.raises(RuntimeError, match="out of memory"):
        reembed(rewritten, BrokenEmbedder(), CHUNKING, fingerprint="world@2")
    assert (library.state, library.articles()) == before
    assert library.rows_of("passage", ["tea"]).tolist() == [4, 5]


def test_those_who_read_see_the_old_state_until_all_is_embedded_anew(library: Library) -> None:
    seen = []

    class Watched(WordCountingEmbedder):
        def tokens(self, text: str) -> list[Span]:
            seen.append((library.state.fingerprint, len(library.articles())))
            return list(super().tokens(text))

    with Library.open_for_rewriting(library.folder) as rewritten:
        reembed(rewritten, Watched(), CHUNKING, fingerprint="world@2")
    assert set(seen) == {(FINGERPRINT, 3)}


def test_embedding_anew_that_was_broken_off_goes_on_where_it_stopped(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "GROUP_CHARACTERS", 1)  # an article is a group

    class BreaksAtTea(WordCountingEmbedder):
        def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
            if any("Tea" in text for text in texts):
                raise KeyboardInterrupt
            return super().embed_passages(texts, progress=progress)

    with Library.open_for_rewriting(library.folder) as rewritten:
        with pytest.raises(KeyboardInterrupt):
            reembed(rewritten, BreaksAtTea(), CHUNKING, fingerprint="world@2")
        assert library.state.fingerprint == FINGERPRINT
        embedder = WordCountingEmbedder()
        report = reembed(rewritten, embedder, CHUNKING, fingerprint="world@2")
    assert report.replaced == ["rivers", "tea", "paper"]
    assert [text for text in embedder.embedded if "Nile" in text] == []
    assert (report.reused, report.embedded) == (3, len(embedder.embedded))
    assert library.state.fingerprint == "world@2"
    assert not (library.folder / "re-embedding.sqlite3").exists()


def test_what_was_set_aside_for_other_settings_is_not_used(library: Library) -> None:
    with set_aside(library.folder, fingerprint="world@3") as aside:
        aside.keep({embedded_hash(RIVERS.text): WordCountingEmbedder().embed_questions(["tea"])[0]})
    embedder = WordCountingEmbedder()
    with Library.open_for_rewriting(library.folder) as rewritten:
        report = reembed(rewritten, embedder, CHUNKING, fingerprint="world@2")
    assert (report.reused, RIVERS.text in embedder.embedded) == (0, True)


def test_a_damaged_file_of_what_was_set_aside_is_made_anew(library: Library) -> None:
    (library.folder / "re-embedding.sqlite3").write_bytes(b"this is no database" * 100)
    with Library.open_for_rewriting(library.folder) as rewritten:
        report = reembed(rewritten, WordCountingEmbedder(), CHUNKING, fingerprint="world@2")
    assert report.replaced == ["rivers", "tea", "paper"]


def test_an_article_that_is_added_while_others_are_embedded_anew_is_embedded_too(library: Library) -> None:
    ice = Article("ice", "Ice", "Ice floats.")

    class Adds(WordCountingEmbedder):
        def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
            if not any(each.id == "ice" for each in library.articles()):
                run(library, ice)
            return super().embed_passages(texts, progress=progress)

    with Library.open_for_rewriting(library.folder) as rewritten:
        report = reembed(rewritten, Adds(), CHUNKING, fingerprint="world@2")
    assert report.replaced == ["rivers", "tea", "paper", "ice"]
    assert library.state.fingerprint == "world@2"


# What is embedded ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "title", "with_titles", "expected"),
    [
        ("passage", "Drinks", True, "Drinks. Tea is hot."),
        ("passage", "Drinks", False, "Tea is hot."),
        ("passage", "", True, "Tea is hot."),
        ("passage", "Tea is…", True, "Tea is hot."),
        ("sentence", "Drinks", True, "Drinks. Tea is hot."),
    ],
    ids=["a passage", "titles off", "no title", "title of the text's own words", "a sentence"],
)
def test_a_title_of_its_own_stands_before_what_is_embedded(
    kind: str, title: str, with_titles: bool, expected: str
) -> None:
    article = Article("a", title, "Tea is hot.")
    passage = Passage("a", Span(0, 11), "Tea is hot.", "passage" if kind == "passage" else "sentence")
    assert embedded_text(passage, article, ChunkingConfig(title_in_embedding=with_titles)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The Nile is a long river. So it is. Tea is made of leaves.",
            ["The Nile is a long river.", "The Nile is a long river. So it is.", "Tea is made of leaves."],
        ),
        (
            "Why? The Nile is a long river. Tea is made of leaves.",
            ["Why? The Nile is a long river.", "The Nile is a long river.", "Tea is made of leaves."],
        ),
        ("Why? So it is.", ["Why? So it is.", "Why? So it is."]),
        ("So it is.", ["So it is."]),
        ("茶是用干叶子做的饮料。", ["茶是用干叶子做的饮料。"]),
    ],
    ids=["with the one before", "at the beginning", "all of them", "nothing else", "wide characters count twice"],
)
def test_a_sentence_too_short_for_the_model_is_embedded_with_its_neighbours(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    embedder = WordCountingEmbedder(least_characters=20)
    with Library.create(tmp_path / "scraps", fingerprint=FINGERPRINT) as library:
        run_with = ChunkingConfig(max_passage_tokens=20, title_in_embedding=False)
        ingest([Article("a", "", text)], library, embedder, run_with)
        rows = library.rows_of("sentence", ["a"]).tolist()
        held = library.embedded_hashes(rows)
        quoted = [library.passages([row])[row].text for row in rows]
    assert [held[row] for row in rows] == [embedded_hash(each) for each in expected]
    assert "".join(quoted).replace(" ", "") == text.replace(" ", "")  # what is quoted stays as it was


def test_neighbours_are_taken_from_the_passage_that_holds_the_sentence(tmp_path: Path) -> None:
    embedder = WordCountingEmbedder(least_characters=20)
    with Library.create(tmp_path / "scraps", fingerprint=FINGERPRINT) as library:
        config = ChunkingConfig(max_passage_tokens=7, overlap_sentences=0, title_in_embedding=False)
        ingest([Article("a", "", "The Nile is a long river. So it is. Tea is hot.")], library, embedder, config)
        rows = library.rows_of("sentence", ["a"]).tolist()
        held = library.embedded_hashes(rows)
    assert held[rows[1]] == embedded_hash("So it is. Tea is hot.")


def test_a_passage_may_have_the_mean_of_its_sentences_vectors_and_then_only_sentences_are_embedded(
    tmp_path: Path,
) -> None:
    embedder = WordCountingEmbedder(means_of_sentences=True)
    with Library.create(tmp_path / "means", fingerprint=FINGERPRINT) as library:
        ingest([TEA], library, embedder, CHUNKING)
        _, stored = library.vectors()
        passages = {row: vector.tolist() for row, vector in zip(*stored["passage"], strict=True)}
        texts = [library.passages([row])[row].text for row in passages]
    assert embedder.embedded == ["Tea is a drink of leaves.", "The leaves are dried.", "Hot water turns brown."]
    assert texts == ["Tea is a drink of leaves. The leaves are dried.", "Hot water turns brown."]
    half = pytest.approx(0.5**0.5, abs=0.001)  # stored in float16
    assert list(passages.values()) == [[0, 0, 0, 0, half, 0, 0, half], [0, 0, 0, 0, 0, 1, 0, 0]]


def test_a_mean_is_never_taken_for_the_vector_of_a_text(tmp_path: Path) -> None:
    """The passage, and a scrap that is embedded with what stands before it, are the same words."""
    embedder = WordCountingEmbedder(means_of_sentences=True, least_characters=15)
    text = "Tea is a drink of leaves. So it is."
    with Library.create(tmp_path / "means", fingerprint=FINGERPRINT) as library:
        ingest([Article("a", "", text)], library, embedder, ChunkingConfig(title_in_embedding=False))
        assert embedder.embedded == ["Tea is a drink of leaves.", text]
        assert len(set(library.embedded_hashes(range(1, 10)).values())) == 3
