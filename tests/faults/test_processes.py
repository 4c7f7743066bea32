"""Processes that die, and processes that meet in one library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.article import Article
from index.errors import LibraryNotFoundError
from index.ingest import ingest
from index.storage.library import Library
from tests.faults.crashing import POINTS
from tests.faults.indexing import ARTICLES as MANY
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, WordCountingEmbedder, library_of, retriever_over

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
LAST = 40
ALL = ["rivers", "tea", "paper"]
# What the library holds after a process has died at each point.
HELD = {
    "while_the_library_is_made": None,
    "while_the_third_article_is_embedded": ["rivers", "tea"],
    "in_the_middle_of_storing_an_article": ["rivers", "tea"],
    "in_the_middle_of_replacing_an_article": ALL,
    "before_the_faiss_files_are_written": ALL,
    "between_two_faiss_files": ALL,
    "before_the_manifest_is_written": ALL,
    "while_the_library_is_embedded_anew": ALL,
}


def start(module: str, *arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.faults.{module}", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )


def contents(library: Library) -> list[tuple[object, ...]]:
    """Return all that the library holds, without row numbers."""
    found: list[tuple[object, ...]] = []
    for article in library.articles():
        for kind in ("passage", "sentence"):
            rows = library.rows_of(kind, [article.id]).tolist()
            passages = library.passages(rows)
            found += [(library.article(article.id), passages[row]) for row in rows]
    return found


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Libraries left by processes that died, by the point where; all of them run at once."""
    folders = {point: tmp_path_factory.mktemp(point) / "library" for point in POINTS}
    running = [start("crashing", folder, point) for point, folder in folders.items()]
    assert [process.wait(60) for process in running] == [-signal.SIGKILL] * len(POINTS)
    for process in running:
        process.communicate()
    return folders


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("point", POINTS)
def test_after_a_crash_each_article_is_there_wholly_or_not_at_all(
    crashed: dict[str, Path], point: str, tmp_path: Path
) -> None:
    held = HELD[point]
    if held is None:
        assert not (crashed[point] / "library.sqlite3").exists()
    else:
        chosen = [article for article in ARTICLES if article.id in held]
        with (
            Library.open(crashed[point], fingerprint=FINGERPRINT) as library,
            library_of(tmp_path / "reference", *chosen) as reference,
        ):
            assert library.integrity() == "ok"
            assert contents(library) == contents(reference)
            for question in ("Where is the sea?", "What is tea?"):
                found, expected = (retriever_over(each).retrieve(question, k=9) for each in (library, reference))
                assert found == expected
    with library_of(crashed[point], *ARTICLES) as library, library_of(tmp_path / "whole", *ARTICLES) as whole:
        assert contents(library) == contents(whole)
        assert library.integrity() == "ok"


def held_by(folder: Path) -> list[str]:
    try:
        with Library.open(folder, fingerprint=FINGERPRINT) as library:
            return [article.id for article in library.articles()]
    except LibraryNotFoundError:  # not made yet
        return []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_long_run_that_is_killed_has_stored_what_it_embedded_and_the_next_goes_on(
    folder: Path, tmp_path: Path
) -> None:
    process = start("indexing", folder)
    end = time.monotonic() + 60
    while len(held_by(folder)) < 12:  # more than the first group
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    process.communicate()
    held = held_by(folder)
    assert 12 <= len(held) < len(MANY)
    assert held == [article.id for article in MANY[: len(held)]]
    embedder = WordCountingEmbedder()
    with Library.create(folder, fingerprint=FINGERPRINT) as library:
        report = ingest(MANY, library, embedder, CHUNKING)
        assert (report.unchanged, report.added) == (held, [article.id for article in MANY[len(held) :]])
        assert len(embedder.embedded) == 4 * len(report.added)  # a passage and three sentences each, and no other
        with library_of(tmp_path / "whole", *MANY) as whole:
            assert contents(library) == contents(whole)
        assert library.integrity() == "ok"


def counter(number: int) -> Article:
    text = f"Counter {number} stands first. Counter says {number} in the middle. Counter {number} stands last."
    return Article("counter", "", text, source="counter.txt")


def first_lines(processes: Sequence[subprocess.Popen[str]]) -> list[str]:
    return [process.stdout.readline() if process.stdout else "" for process in processes]


def reports(processes: Sequence[subprocess.Popen[str]]) -> list[dict[str, list[int]]]:
    return [json.loads(process.communicate(timeout=60)[0]) for process in processes]


def test_two_processes_read_while_one_writes(folder: Path) -> None:
    library_of(folder, counter(0)).close()
    readers = [start("reading", folder, str(LAST)) for _ in range(2)]
    assert first_lines(readers) == ["asking\n"] * 2
    with Library.open(folder) as library:
        for number in range(1, LAST + 1):
            library_of(folder, counter(number)).close()
        assert library.article("counter") == counter(LAST)
    for report in reports(readers):
        assert report["faults"] == []
        assert (report["states"][0], report["states"][-1]) == (0, LAST)


def test_processes_that_make_a_library_at_the_same_time_share_it(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from index.article import Article; from tests.world import library_of\n"
        "sys.stdin.read(1)\n"
        "for n in range(5): library_of(Path(sys.argv[1]), Article(f'{sys.argv[2]}-{n}', '', 'Text.')).close()"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(folder), name], cwd=ROOT, stdin=subprocess.PIPE)
        for name in "abc"
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go")
        writer.stdin.close()
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    with Library.open(folder, fingerprint=FINGERPRINT) as library:
        assert sorted(each.id for each in library.articles()) == [f"{name}-{n}" for name in "abc" for n in range(5)]
        assert library.integrity() == "ok"
