import errno
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import SourceError
from index.formats import SUFFIXES, ReadingLimits, read_articles, readable_files
from tests.index.formats.making import docx_of, epub_of, pdf_of, pptx_of, zip_of

WriteFile = Callable[[str, str | bytes], Path]

ONE_OF_EACH: dict[str, str | bytes] = {
    "a.txt": "Plain text.",
    "b.md": "# Heading\n\nText.",
    "c.html": "<p>A paragraph of a page.</p>",
    "d.jsonl": '{"_id": "x", "text": "One."}\n{"_id": "y", "text": "Two."}',
    "e.csv": "text\nA cell.\n",
    "f.tsv": "id\ttext\n1\tA tab.\n",
    "g.pdf": pdf_of(("A page.",)),
    "h.docx": docx_of(("Normal", "A document.")),
    "i.pptx": pptx_of(("A slide.", "")),
    "j.epub": epub_of("<p>A chapter.</p>"),
    "k.zip": zip_of({"l.txt": "In an archive."}),
}


def test_every_format_is_read_from_a_folder_in_sorted_order(write: WriteFile, tmp_path: Path) -> None:
    for name in reversed(ONE_OF_EACH):
        write(name, ONE_OF_EACH[name])
    assert [(article.format, article.text) for article in read_articles(tmp_path)] == [
        ("text", "Plain text."),
        ("markdown", "# Heading\n\nText."),
        ("html", "A paragraph of a page."),
        ("corpus", "One."),
        ("corpus", "Two."),
        ("csv", "A cell."),
        ("csv", "A tab."),
        ("pdf", "A page."),
        ("docx", "A document."),
        ("pptx", "A slide."),
        ("epub", "A chapter."),
        ("text", "In an archive."),
    ]


def test_a_folder_is_walked_without_what_is_hidden_or_unknown(write: WriteFile, tmp_path: Path) -> None:
    for name in ("b/z.txt", "b/A.TXT", "a.md", ".hidden.txt", ".git/c.txt", "b/image.png", "b/noname"):
        write(name, "Text.")
    os.symlink(tmp_path, tmp_path / "b" / "circle")
    os.symlink(tmp_path / "nowhere.txt", tmp_path / "b" / "broken.txt")
    assert readable_files(tmp_path) == [tmp_path / "a.md", tmp_path / "b" / "A.TXT", tmp_path / "b" / "z.txt"]


def test_no_link_is_followed_out_of_a_folder_and_each_is_named(
    write: WriteFile, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write("secret/passwords.txt", "Hush."), write("given/b/own.txt", "Mine.")
    given = tmp_path / "given"
    links = {
        "absolute.txt": tmp_path / "secret" / "passwords.txt",
        "b/relative.md": Path("../../secret/passwords.txt"),
        "b/folder": tmp_path / "secret",
        "nowhere.txt": tmp_path / "nowhere.txt",
        "itself.txt": Path("itself.txt"),
        "over two.txt": Path("absolute.txt"),
    }
    for name, target in links.items():
        (given / name).symlink_to(target)
    assert readable_files(given) == [given / "b" / "own.txt"]
    said = "passed over: a link that leads out of the folder; give what it leads to itself"
    assert sorted(caplog.messages) == sorted(f"{given / name}: {said}" for name in links)


@pytest.mark.parametrize("replaced", ["a.txt", "b"], ids=["the file", "its folder"])
def test_a_file_that_a_link_has_taken_the_place_of_since_it_was_found_is_refused(
    write: WriteFile, tmp_path: Path, replaced: str
) -> None:
    write("secret/a.txt", "Hush."), write("given/b/a.txt", "Mine.")
    (file,) = readable_files(tmp_path / "given")
    assert [article.text for article in read_articles(file, within=tmp_path / "given")] == ["Mine."]
    target = {"a.txt": file, "b": file.parent}[replaced]
    target.rename(tmp_path / "before")
    target.symlink_to(tmp_path / "secret" / ("a.txt" if replaced == "a.txt" else ""))
    with pytest.raises(SourceError, match=r"a\.txt: leads out of the folder that it was found in; give what it leads"):
        list(read_articles(file, within=tmp_path / "given"))


def test_a_link_within_a_folder_is_read_and_so_is_a_folder_that_is_one(
    write: WriteFile, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write("given/b/own.txt", "Mine.")
    (tmp_path / "given" / "again.txt").symlink_to(Path("b") / "own.txt")
    (tmp_path / "given" / "c").symlink_to(tmp_path / "given" / "b")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "given")
    assert readable_files(link) == [link / "again.txt", link / "b" / "own.txt"]
    assert caplog.messages == []


def test_one_bad_file_does_not_hinder_the_others_read_one_by_one(write: WriteFile, tmp_path: Path) -> None:
    write("a.txt", ""), write("b.txt", "Good."), write("c.txt", b"%PDF-1.7")
    read, refused = [], []
    for file in readable_files(tmp_path):
        try:
            read += [article.text for article in read_articles(file)]
        except SourceError as error:
            refused.append(str(error).partition(":")[0])
    assert (read, refused) == (["Good."], [str(tmp_path / "a.txt"), str(tmp_path / "c.txt")])


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.txt", b"", "is empty; give a file that holds text"),
        ("a.jsonl", b"", "is empty; give a file that holds text"),
        ("a.txt", b"%PDF-1.7 x", "is a PDF file, whatever its name says; name it .pdf"),
        (
            "a.csv",
            b"PK\x03\x04x",
            "is a ZIP container (Word, PowerPoint, EPUB, spreadsheet or archive), whatever its name says; name it as",
        ),
        ("a.docx", b"PK\x03\x04x", "is damaged or cut short, and no longer a Word document (.docx)"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Microsoft Office file, which is not read yet"),
        ("a.jsonl", b"\x1f\x8b\x08x", "is a gzip archive, which is not read yet"),
        ("a.md", b"\x89PNG\r\n\x1a\n", "is a PNG image, which is not read yet"),
        ("a.bin", b"\x00\x01\x02\x03" * 99, "is not text but binary data; give one of: plain text"),
        ("a.json", b"{}", "is a JSON file, which is not read; write one object a line and name it .jsonl"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    write: WriteFile, name: str, content: bytes, complaint: str
) -> None:
    path = write(name, content)
    with pytest.raises(SourceError) as caught:
        list(read_articles(path))
    assert str(caught.value).startswith(f"{path}: {complaint}")
    assert "\n" not in str(caught.value)


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.txt: does not exist; check the path$"):
        readable_files(tmp_path / "nowhere.txt")


@pytest.mark.parametrize("name", ["x" * 5000, "a\x00b", "a\nb"], ids=["long", "nul", "line end"])
def test_a_path_that_cannot_exist_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError) as caught:
        readable_files(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_folder_with_nothing_to_read_is_refused(write: WriteFile, tmp_path: Path) -> None:
    write("image.png", b"x")
    with pytest.raises(SourceError, match=r"is a folder with no file to read; put in some of: plain text"):
        readable_files(tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(SourceError, match=r"pipe\.txt: is not a regular file; give a file or a folder of files$"):
        list(read_articles(tmp_path / "pipe.txt"))


def test_a_huge_file_is_refused_by_its_size_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "huge.txt").open("wb") as stream:
        stream.truncate(200_000_000)
    monkeypatch.setattr(Path, "open", None)  # opening it would now fail
    with pytest.raises(
        SourceError, match=r"huge\.txt: holds 200,000,000 bytes, above the limit of 50,000,000; split it"
    ):
        list(read_articles(tmp_path / "huge.txt"))


@pytest.mark.parametrize(("size", "is_read"), [(10, True), (11, False)])
def test_the_limit_itself_is_allowed(write: WriteFile, size: int, is_read: bool) -> None:
    path = write("a.txt", "x" * size)
    try:
        articles = list(read_articles(path, limits=ReadingLimits(max_file_bytes=10)))
    except SourceError:
        articles = []
    assert bool(articles) is is_read


@pytest.mark.parametrize("name", ["NOTES", "trip.log", "trip.rst"])
def test_a_file_of_unknown_suffix_named_outright_is_plain_text(write: WriteFile, name: str) -> None:
    (article,) = read_articles(write(name, "Some words."))
    assert (article.text, article.format) == ("Some words.", "text")


def test_a_source_is_an_absolute_path(write: WriteFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.txt", "Some words.")
    monkeypatch.chdir(tmp_path)
    (article,) = read_articles(Path("a.txt"))
    assert article.source == str(tmp_path / "a.txt")


def test_a_file_name_that_is_no_unicode_gives_a_source_that_can_be_stored(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))
    path.write_text("Some words.")
    (article,) = read_articles(path)
    assert (article.source, article.title) == (f"{tmp_path}/\ufffd.txt", "Some words.")


def test_suffixes_are_lower_case() -> None:
    assert sorted(SUFFIXES) == sorted(suffix.lower() for suffix in SUFFIXES)


def test_reading_touches_no_network(write: WriteFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("reading opened a socket")

    page = '<html><head><link rel="canonical" href="http://example.org"><base href="http://example.org"></head>'
    write("c.html", page + '<body><img src="http://example.org/i.png"><p>A paragraph.</p></body></html>')
    monkeypatch.setattr(socket, "socket", refuse)
    assert [article.text for article in read_articles(tmp_path)] == ["A paragraph."]


def test_the_door_opens_without_what_only_some_formats_need() -> None:
    code = "import sys, index.formats; sys.exit(bool({'trafilatura', 'lxml', 'pypdfium2', 'zipfile'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def close(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Make a folder one that nobody can open, root neither."""
    scandir = os.scandir

    def make(name: str) -> Path:
        closed = tmp_path / name

        def refuse(folder: str | Path | int = ".") -> object:
            if str(folder) == str(closed):
                raise PermissionError(errno.EACCES, "Permission denied", str(folder))
            return scandir(folder)

        monkeypatch.setattr(os, "scandir", refuse)
        return closed

    return make


def test_a_folder_that_cannot_be_opened_is_named_and_passed_over(
    write: WriteFile, tmp_path: Path, close: Callable[[str], Path]
) -> None:
    write("a.txt", "One."), write("b/c.txt", "Two."), write("d.txt", "Three.")
    closed = close("b")
    assert readable_files(tmp_path) == [tmp_path / "a.txt", closed, tmp_path / "d.txt"]
    assert [article.text for article in read_articles(tmp_path / "d.txt")] == ["Three."]
    complaint = f"{closed}: cannot be read (Permission denied); check the file and its permissions"
    for read in (read_articles, readable_files):
        with pytest.raises(SourceError) as caught:
            list(read(closed))
        assert str(caught.value) == complaint
    with pytest.raises(SourceError) as caught:
        list(read_articles(tmp_path))
    assert str(caught.value) == complaint


def test_a_file_that_cannot_be_looked_at_is_kept_to_be_named(
    write: WriteFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden, seen = write("a.txt", "One."), write("b.txt", "Two.")
    is_file = Path.is_file

    def refuse(path: Path) -> bool:
        if path == hidden:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    assert readable_files(tmp_path) == [hidden, seen]
