"""Each file of `tests.contracts.bad_pairs` through the command line: its exit code, its line, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.bad_pairs import CASES, GIGABYTE, Case, command
from tests.ui.cli.test_main import CommandLine
from tests.world import WordCountingEmbedder
from ui.app import wiring

LARGE = ("one line of 190 MB", "one line of 190 MB, as JSON lines")  # 4 s each; the script gives them


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache for all cases, so that the seed library is made once."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("case", [case for case in CASES if case.what not in LARGE], ids=lambda case: case.what)
def test_a_bad_file_of_questions_is_told_in_plain_lines(
    case: Case, tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "make_embedder", lambda settings: WordCountingEmbedder(name=settings.embedding.model))
    monkeypatch.setattr(wiring, "make_span_model", lambda settings: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("XDG_DATA_HOME", str(cache / "data"))
    monkeypatch.delenv("FOOTNOTE_LIBRARY", raising=False)
    ran = CommandLine(capsys, monkeypatch)(*command(case, tmp_path))
    lines = ran.err.splitlines()
    assert ran.code == case.exit, ran.err
    assert case.says in ran.err
    assert [line for line in lines if not line.startswith("footnote: ")] == []
    assert len(lines) == (1 if case.exit else 2 if case.says else 0)


def test_the_table_has_the_files_that_people_really_have() -> None:
    assert len(CASES) >= 25
    assert len({case.what for case in CASES}) == len(CASES)
    assert GIGABYTE == 2**30
