"""A folder of documents given as a library: asked about first, read elsewhere, left as it is, and found again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import typer

from index.errors import ConfigurationError
from index.formats import readable_files
from tests.world import WordCountingEmbedder
from ui.app import wiring
from ui.app.wiring import folder_for_documents, library_folder, open_product, opened_library, own_library_folder
from ui.cli.documents import offer_to_read


class Terminal(io.StringIO):
    """What is typed at a terminal, or shown on one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(wiring, "make_embedder", lambda settings: WordCountingEmbedder())
    monkeypatch.setattr(wiring, "make_span_model", lambda settings: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FOOTNOTE_LIBRARY", raising=False)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "my papers"
    folder.mkdir()
    (folder / "nile.txt").write_text("The Nile is a long river.", "utf-8")
    (folder / "tea.md").write_text("# Tea\n\nTea is brown.\n", "utf-8")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def titles(folder: Path) -> set[str]:
    with opened_library(folder) as library:
        return {summary.title for summary in library.articles()}


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> Terminal:
    shown = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(text))
    monkeypatch.setattr("sys.stderr", shown)
    return shown


def test_documents_are_read_into_a_library_elsewhere_and_nothing_is_written_among_them(papers: Path) -> None:
    place = offer_to_read(papers, yes=True)
    assert place == folder_for_documents(papers)
    assert place.parent == own_library_folder().parent / "libraries"
    assert names(papers) == ["nile.txt", "tea.md"]
    assert titles(papers) == {"nile", "Tea"}


def test_it_is_found_again_by_whoever_names_the_folder_in_whatever_way(
    papers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = offer_to_read(papers, yes=True)
    capsys.readouterr()
    assert offer_to_read(papers, yes=False) == place
    assert capsys.readouterr() == ("", "")
    monkeypatch.chdir(papers)
    assert library_folder(Path(".")) == library_folder(papers.parent / "x" / ".." / "my papers") == place
    with open_product(Path(".")).library as library:
        assert library.folder == place


def test_what_is_not_in_the_library_yet_is_said(papers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    offer_to_read(papers, yes=True)
    (papers / "milk.txt").write_text("Milk is white.", "utf-8")
    capsys.readouterr()
    offer_to_read(papers, yes=False)
    assert capsys.readouterr().err == (
        f"1 document is in {papers} and not in its library; to read them: footnote index {papers} --library {papers}\n"
    )


def test_a_document_that_became_a_link_out_of_the_folder_meanwhile_is_not_read(
    papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The safe opens with 4711.", "utf-8")
    found = readable_files(papers)
    (papers / "nile.txt").unlink()
    (papers / "nile.txt").symlink_to(secret)
    monkeypatch.setattr("ui.cli.documents.readable_files", lambda folder: found)
    assert titles(offer_to_read(papers, yes=True)) == {"Tea"}
    assert "nile.txt: leads out of the folder that it was found in" in capsys.readouterr().err


def test_on_a_terminal_it_is_asked_and_yes_is_meant(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = typed(monkeypatch, "\n")
    place = offer_to_read(papers, yes=False)
    assert f"{papers} holds 2 documents and no library." in shown.getvalue()
    assert f"nothing is written into {papers}" in shown.getvalue()
    assert titles(place) == {"nile", "Tea"}


def test_who_says_no_has_nothing_read_or_written(papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = typed(monkeypatch, "n\n")
    with pytest.raises(typer.Exit):
        offer_to_read(papers, yes=False)
    assert "Nothing was read." in shown.getvalue()
    assert (names(papers), (tmp_path / "data").exists()) == (["nile.txt", "tea.md"], False)


def test_where_nobody_can_be_asked_it_is_an_error_that_says_what_to_do(papers: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"holds 2 documents and no library; .* add --yes; to begin with an"):
        offer_to_read(papers, yes=False)
    assert (names(papers), (tmp_path / "data").exists()) == (["nile.txt", "tea.md"], False)


def test_a_folder_that_is_meant_to_be_a_library_is_one(papers: Path, tmp_path: Path) -> None:
    (papers / "footnote.toml").touch()
    assert offer_to_read(papers, yes=True) == papers
    assert offer_to_read(tmp_path / "new", yes=True) == tmp_path / "new"
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").touch()
    assert offer_to_read(tmp_path / "pictures", yes=True) == tmp_path / "pictures"


def test_two_folders_of_one_name_have_libraries_of_their_own(tmp_path: Path) -> None:
    assert folder_for_documents(tmp_path / "a" / "papers") != folder_for_documents(tmp_path / "b" / "papers")
