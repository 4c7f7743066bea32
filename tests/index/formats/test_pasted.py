"""What is handed over without a file of its own: pasted text, an uploaded file."""

from __future__ import annotations

import io
from datetime import date

import pytest

from index.article import content_id
from index.errors import SourceError
from index.formats import ReadingLimits, article_from_text, read_upload
from tests.index.formats.making import pdf_of, zip_of

EMOJI = "Paper is thin. 🙂 It was first made in China."


@pytest.mark.parametrize(
    ("pasted", "text"),
    [
        (EMOJI, EMOJI),
        ("One.\r\nTwo.\rThree.\n", "One.\nTwo.\nThree.\n"),
        ("  Indented. \n\n", "  Indented. \n\n"),
        ("\ufeffa\x00b" + "c" * 200, "ab" + "c" * 200),
        ("cafe\u0301", "cafe\u0301"),
        (" date 2022-01-06 It began.", "It began."),
    ],
    ids=["beyond the BMP", "line ends", "white space", "mark and NUL", "not normalised", "header"],
)
def test_pasted_text_is_what_a_text_file_of_it_would_be(pasted: str, text: str) -> None:
    article = article_from_text(pasted)
    assert (article.text, article.id, article.source) == (text, content_id(text), f"pasted:{content_id(text)}")
    (of_file,) = read_upload("a.txt", pasted.encode())
    assert (of_file.text, of_file.id, of_file.published) == (article.text, article.id, article.published)


@pytest.mark.parametrize(
    ("pasted", "given", "title"),
    [
        ("The Nile\n\nA long river.", "Given  one", "Given one"),
        ("The Nile\n\nA long river.", None, "The Nile"),
        ("The Nile is long. It flows.", None, "The Nile is long. It flows."),
        ("The Nile is long. It flows.", "  ", "The Nile is long. It flows."),
        ("Title: Rivers\nDate: 2020-02-03\n\nThe Nile is long.", None, "Rivers"),
        ("Title: Rivers\nDate: 2020-02-03\n\nThe Nile is long.", "Given", "Given"),
    ],
    ids=["given", "first line", "first words", "blank", "header", "given over a header"],
)
def test_a_pasted_text_has_the_title_it_was_given_or_one_of_its_own(pasted: str, given: str | None, title: str) -> None:
    assert article_from_text(pasted, title=given).title == title


def test_the_header_of_a_pasted_text_is_metadata() -> None:
    article = article_from_text("URL: https://example.org/w\nDate: 2020-02-03\nLanguage: en\n\nIt began.")
    assert (article.url, article.published, article.language) == ("https://example.org/w", date(2020, 2, 3), "en")


@pytest.mark.parametrize(
    ("pasted", "complaint"),
    [
        ("", "holds no text; paste some"),
        (" \r\n\x00\ufeff"[:-1], "holds no text; paste some"),
        ("half a pair: \ud800", "is not Unicode text at character 13; paste it again, or give it as a file"),
        ("x" * 11, "holds 11 bytes, above the limit of 10; split it"),
        ("🙂" * 3, "holds 12 bytes, above the limit of 10; split it"),
    ],
    ids=["nothing", "white space", "surrogate", "too long", "too many bytes"],
)
def test_what_is_no_text_is_refused(pasted: str, complaint: str) -> None:
    with pytest.raises(SourceError) as caught:
        article_from_text(pasted, limits=ReadingLimits(max_file_bytes=10 if len(pasted) < 12 else 100))
    assert str(caught.value) == f"pasted text: {complaint}"


@pytest.mark.parametrize("content", [pdf_of(("A page.",)), io.BytesIO(pdf_of(("A page.",)))], ids=["bytes", "stream"])
def test_an_uploaded_file_is_known_by_its_name(content: bytes | io.BytesIO) -> None:
    (article,) = read_upload("My report.pdf", content)
    assert (article.text, article.source, article.title) == ("A page.", "upload:My report.pdf", "My report")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("../../etc/passwd", "upload:passwd"),
        ("C:\\Users\\me\\a.txt", "upload:a.txt"),
        ("..", "upload:.."),
        ("", "upload:."),
        ("a\nb\x00.txt", "upload:a\ufffdb\ufffd.txt"),
        ("a" * 500 + ".txt", "upload:" + "a" * 200),
        ("a." + "b" * 500, "upload:a." + "b" * 198),
        ("\ud800.txt", "upload:\ufffd.txt"),
    ],
    ids=["path", "Windows path", "parent", "no name", "controls", "long", "long suffix", "surrogate"],
)
def test_the_name_of_an_upload_is_nothing_but_a_name(name: str, source: str) -> None:
    (article,) = read_upload(name, b"Some words.")
    assert (article.source, article.text) == (source, "Some words.")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.txt", b"", "upload:a.txt: is empty; give a file that holds text"),
        ("a.pdf", b"%PDF-1.7", "upload:a.pdf: is damaged"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "upload:a.png: is a PNG image, which is not read yet"),
        ("a.zip", zip_of({"b.txt": ""}), "upload:a.zip#b.txt: is empty"),
        ("a.zip", zip_of({"../b.txt": "x"}), "upload:a.zip#../b.txt: has a name that leads out"),
    ],
)
def test_a_bad_upload_is_named_as_it_was_and_not_by_its_temporary_place(
    name: str, content: bytes, complaint: str
) -> None:
    with pytest.raises(SourceError) as caught:
        list(read_upload(name, content))
    assert str(caught.value).startswith(complaint)
    assert "footnote-" not in str(caught.value)
