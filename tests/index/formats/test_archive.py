import io
import logging
import stat
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from index.article import content_id
from index.errors import SourceError
from index.formats import ReadingLimits, read_articles
from index.formats.limits import DEFAULT_LIMITS
from tests.index.formats.making import SCAN, docx_of, epub_of, pdf_of, zip_of

WriteFile = Callable[[str, str | bytes], Path]


def read(path: Path, limits: ReadingLimits = DEFAULT_LIMITS) -> tuple[list[str], str]:
    """Return the texts of an archive's articles and what was said behind the last, without the path."""
    texts: list[str] = []
    try:
        texts += (article.text for article in read_articles(path, limits=limits))
    except SourceError as error:
        return texts, str(error).removeprefix(str(path))
    return texts, ""


def test_each_file_is_read_and_its_source_is_the_archive_and_its_name(write: WriteFile) -> None:
    members: dict[str, str | bytes] = {
        "b/note.md": "# Tea\n\nIt grows.",
        "a.pdf": pdf_of(("One.",), ("Two.",)),
        "c.docx": docx_of(("Title", "T")),
    }
    path = write("all.zip", zip_of(members))
    assert [(article.source, article.format, article.title) for article in read_articles(path)] == [
        (f"{path}#a.pdf", "pdf", "One."),
        (f"{path}#b/note.md", "markdown", "Tea"),
        (f"{path}#c.docx", "docx", "T"),
    ]


def test_a_file_of_many_articles_has_their_ids_behind_its_name(write: WriteFile) -> None:
    path = write("all.zip", zip_of({"c.jsonl": '{"_id": "x", "text": "One."}\n{"text": "Two."}'}))
    assert [article.source for article in read_articles(path)] == [
        f"{path}#c.jsonl#x",
        f"{path}#c.jsonl#{content_id('Two.')}",
    ]


def test_an_article_is_the_same_in_an_archive_and_beside_it(write: WriteFile) -> None:
    book = epub_of("<h1>Rivers</h1><p>They run.</p>")
    (beside,) = read_articles(write("book.epub", book))
    (inside,) = read_articles(write("all.zip", zip_of({"book.epub": book})))
    assert (inside.id, inside.content_hash) == (beside.id, beside.content_hash)


def test_a_name_longer_than_a_file_system_allows_is_read(write: WriteFile) -> None:
    path = write("all.zip", zip_of({"😀" * 200 + ".txt": "Text."}))
    assert [article.source for article in read_articles(path)] == [f"{path}#{'😀' * 200}.txt"]


def test_a_warning_names_the_archive_and_not_the_temporary_file(
    write: WriteFile, caplog: pytest.LogCaptureFixture
) -> None:
    path = write("all.zip", zip_of({"a.pdf": pdf_of(("One.",), SCAN)}))
    with caplog.at_level(logging.WARNING, logger="footnote"):
        assert read(path) == (["One."], "")
    assert caplog.messages[0].startswith(f"{path}#a.pdf: page 2 is scanned")


def test_what_nobody_put_there_is_left_out(write: WriteFile) -> None:
    members = {
        "a.txt": "Text.",
        "__MACOSX/._a.txt": "x",
        ".hidden.txt": "x",
        ".git/b.txt": "x",
        "image.png": "x",
        "d/": "",
    }
    assert read(write("all.zip", zip_of(members))) == (["Text."], "")


def test_a_bad_file_does_not_stop_the_others_and_is_named_at_the_end(write: WriteFile) -> None:
    path = write("all.zip", zip_of({"a.pdf": b"%PDF-1.7", "b.txt": "Good.", "c.txt": "Good too."}))
    assert read(path) == (
        ["Good.", "Good too."],
        "#a.pdf: is damaged or cut short; download it again, or save it to a new PDF",
    )


def test_several_bad_files_are_named_on_one_line(write: WriteFile) -> None:
    path = write("all.zip", zip_of({"a.txt": "", "b.txt": "Good.", "c.jsonl": "{"}))
    texts, complaint = read(path)
    assert texts == ["Good."]
    assert "\n" not in complaint
    assert complaint.startswith(f": 2 of its 3 files could not be read; {path}#a.txt: is empty; give a file that holds")
    assert f" | {path}#c.jsonl:1: the line is not valid JSON" in complaint


def test_of_many_bad_files_five_are_named(write: WriteFile) -> None:
    _, complaint = read(write("all.zip", zip_of({f"{n}.txt": "" for n in range(7)})))
    assert complaint.count("is empty") == 5
    assert complaint.endswith(" | and 2 more")


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "b/../../a.txt", "..\\a.txt", "C:\\a.txt"])
def test_a_name_that_leads_out_of_the_archive_is_refused(write: WriteFile, tmp_path: Path, name: str) -> None:
    path = write("in/all.zip", zip_of({name: "Bad.", "good.txt": "Good."}))
    texts, complaint = read(path)
    assert texts == ["Good."]
    assert complaint.endswith(": has a name that leads out of the archive; give the file itself")
    assert [file.name for file in tmp_path.rglob("*.txt")] == []


@pytest.mark.parametrize("name", ["inner.zip", "inner.tar.gz", "inner.7z"])
def test_an_archive_inside_an_archive_is_refused(write: WriteFile, name: str) -> None:
    path = write("all.zip", zip_of({name: zip_of({"a.txt": "Text."}), "b.txt": "Good."}))
    complaint = f"#{name}: is an archive inside an archive, which is not opened; unpack it first"
    assert read(path) == (["Good."], complaint)


def test_a_bomb_is_refused_before_it_is_unpacked(write: WriteFile) -> None:
    path = write("all.zip", zip_of({"a.txt": "x" * 20_000_000, "b.txt": "Good."}))
    texts, complaint = read(path)
    assert texts == ["Good."]
    assert complaint == (
        ": 'a.txt' in it unpacks to more than 100 times its size, as a zip bomb does; "
        "if you trust it, give the unpacked files"
    )


def test_a_short_text_may_pack_well(write: WriteFile) -> None:
    assert read(write("all.zip", zip_of({"a.txt": "x" * 900_000}))) == (["x" * 900_000], "")


def test_a_bomb_in_a_document_is_refused(write: WriteFile) -> None:
    book = epub_of(f"<p>{'x' * 20_000_000}</p>")
    assert "as a zip bomb does" in read(write("book.epub", book))[1]


@pytest.mark.parametrize("claimed", [10, 20_000_000, 100_000_000], ids=["less", "the truth", "more"])
def test_a_size_that_the_header_claims_is_not_believed(write: WriteFile, claimed: int) -> None:
    raw = bytearray(zip_of({"a.txt": "x" * 20_000_000}))
    entry = raw.rindex(b"PK\x01\x02")
    struct.pack_into("<II", raw, entry + 20, 4_000_000_000, claimed)  # the packed size: larger than the file
    texts, complaint = read(write("all.zip", bytes(raw)))
    assert texts == []
    assert complaint.startswith(": 'a.txt' in it is damaged or packed in an unknown way")


@pytest.mark.parametrize(
    ("limits", "complaint"),
    [
        (ReadingLimits(max_members=1), ": holds 2 files, above the limit of 1; split it"),
        (ReadingLimits(max_file_bytes=9), ": 'a.txt' in it unpacks to more than the limit of 9 bytes; split it"),
        (ReadingLimits(max_members=2, max_file_bytes=10), ""),
    ],
    ids=["files", "bytes of a file", "exactly"],
)
def test_limits_are_kept_while_unpacking(write: WriteFile, limits: ReadingLimits, complaint: str) -> None:
    path = write("all.zip", zip_of({"a.txt": "0123456789", "b.txt": "Good."}))
    assert read(path, limits)[1] == complaint


def test_the_limit_of_all_files_together_ends_the_archive(write: WriteFile) -> None:
    path = write("all.zip", zip_of({"a.txt": "Good.", "b.txt": "x" * 2_000, "c.txt": "Never."}))
    assert read(path, ReadingLimits(max_unpacked_bytes=1_000)) == (
        ["Good."],
        ": unpacks to more than the limit of 1,000 bytes; split it",
    )


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", ": is empty; give a file that holds text"),
        (b"Just words.", ": is not a .zip archive, whatever its name says; name it as what it is"),
        (zip_of({}), ": is an archive with no file to read; put in some of: plain text"),
        (zip_of({"image.png": "x"}), ": is an archive with no file to read; put in some of: plain text"),
        (zip_of({"a.txt": "Text."})[:-10], ": is damaged or cut short, and no longer a .zip archive"),
    ],
    ids=["no bytes", "not packed", "no file", "nothing to read", "cut short"],
)
def test_what_is_no_archive_to_read_is_refused(write: WriteFile, raw: bytes, complaint: str) -> None:
    assert read(write("all.zip", raw))[1].startswith(complaint)


def test_a_damaged_file_is_named(write: WriteFile) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("a.txt", "Damaged.")
    raw = stream.getvalue().replace(b"Damaged.", b"damaged!")
    assert read(write("all.zip", raw))[1].startswith(": 'a.txt' in it is damaged or packed in an unknown way")


def test_an_encrypted_file_is_named(write: WriteFile) -> None:
    raw = bytearray(zip_of({"a.txt": "Text."}))
    for entry, flags in ((raw.index(b"PK\x03\x04"), 6), (raw.index(b"PK\x01\x02"), 8)):
        raw[entry + flags] |= 1
    complaint = ": 'a.txt' in it is encrypted; unpack it with its password first"
    assert read(write("all.zip", bytes(raw))) == ([], complaint)


def test_nothing_unpacked_stays_behind(write: WriteFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "temporary"
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    articles = iter(read_articles(write("all.zip", zip_of({"a.txt": "One.", "b.txt": "Two."}))))
    next(articles)
    assert len(list(kept.iterdir())) == 1
    articles.close()  # type: ignore[attr-defined]  # a generator
    assert list(kept.iterdir()) == []


def test_a_link_in_an_archive_is_passed_over_and_named(write: WriteFile, caplog: pytest.LogCaptureFixture) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "Text.")
        link = zipfile.ZipInfo("link.txt")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    path = write("all.zip", packed.getvalue())
    assert read(path) == (["Text."], "")
    assert caplog.messages == [f"{path}#link.txt: passed over: a link, which is not followed"]
