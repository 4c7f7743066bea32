from collections.abc import Callable
from pathlib import Path

import pytest

from index.article import Article, Mark, Span
from index.errors import SourceError
from index.formats.limits import DEFAULT_LIMITS
from index.formats.office.docx import read_docx
from tests.index.formats.making import changed_part, docx_of, pptx_of, zip_of

WriteFile = Callable[[str, str | bytes], Path]

PART = "word/document.xml"


def read(write: WriteFile, raw: bytes) -> Article:
    return read_docx(write("trip.docx", raw), DEFAULT_LIMITS)


def read_body(write: WriteFile, body: str) -> str:
    """Return the text of a document whose body is some XML; the prefix ``w`` is bound."""
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = f'<w:document xmlns:w="{namespace}" xmlns:mc="x"><w:body>{body}</w:body></w:document>'
    return read(write, changed_part(docx_of(), PART, xml)).text


def test_paragraphs_are_parted_and_headings_cover_what_stands_under_them(write: WriteFile) -> None:
    raw = docx_of(("Heading 1", "Rivers"), ("Normal", "They run."), ("Heading 2", "Floods"), ("Normal", "In May."))
    article = read(write, raw)
    assert article.text == "Rivers\n\nThey run.\n\nFloods\n\nIn May."
    assert article.marks == (
        Mark("heading", Span(0, 34), "Rivers", 1),
        Mark("heading", Span(19, 34), "Floods", 2),
    )
    assert (article.title, article.format) == ("Rivers", "docx")


def test_the_title_is_that_of_the_properties(write: WriteFile) -> None:
    assert read(write, docx_of(("Title", "Rivers"), ("Normal", "Text."), title="On rivers")).title == "On rivers"


def test_lists_and_tables_are_lines(write: WriteFile) -> None:
    raw = docx_of(("Normal", "Take:"), ("List Bullet", "salt"), ("List Bullet", "bread"), ("Table", "a|1"))
    assert read(write, raw).text == "Take:\nsalt\nbread\n\na | 1"


def test_a_style_that_is_based_on_a_heading_is_one(write: WriteFile) -> None:
    own = '<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="Heading1"/></w:style>'
    raw = changed_part(docx_of(("Heading 1", "Rivers"), ("Normal", "Run.")), PART, "Heading1", "Mine")
    raw = changed_part(raw, "word/styles.xml", "</w:styles>", f"{own}</w:styles>")
    assert [mark.label for mark in read(write, raw).marks] == ["Rivers"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<w:p><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r></w:p>", "One two\nthree"),
        ("<w:p><w:r><w:t>well</w:t><w:noBreakHyphen/><w:t>known</w:t></w:r></w:p>", "well-known"),
        (
            "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:t>old</w:t></w:r></w:del></w:p>",
            "new",
        ),
        ("<w:p><w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink></w:p>", "a link"),
        ("<w:sdt><w:sdtContent><w:p><w:r><w:t>in a field</w:t></w:r></w:p></w:sdtContent></w:sdt>", "in a field"),
        (
            "<w:p><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent>"
            "</mc:Choice><mc:Fallback><w:t>box</w:t></mc:Fallback></mc:AlternateContent><w:r><w:t>text</w:t></w:r></w:p>",
            "box\n\ntext",
        ),
        ("<w:p><w:r><w:t>👩\u200d💻 e\u0301</w:t></w:r></w:p>", "👩\u200d💻 e\u0301"),
    ],
    ids=["breaks", "hyphen", "tracked changes", "link", "content control", "text box", "beyond the BMP"],
)
def test_what_word_shows_is_the_text(write: WriteFile, body: str, text: str) -> None:
    assert read_body(write, body) == text


def test_footnotes_stand_at_the_end(write: WriteFile) -> None:
    note = '<n xmlns:w="x"><w:footnote w:type="separator"><w:p><w:t>-</w:t></w:p></w:footnote>'
    note += "<w:footnote><w:p><w:t>A note.</w:t></w:p></w:footnote></n>"
    raw = changed_part(docx_of(("Normal", "Text.")), "word/footnotes.xml", note)
    relation = '<Relationship Id="f" Type="x/footnotes" Target="footnotes.xml"/></Relationships>'
    raw = changed_part(raw, "word/_rels/document.xml.rels", "</Relationships>", relation)
    assert read(write, raw).text == "Text.\n\nA note."


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "is empty; give a file that holds text"),
        (b"Just words.", "is not a Word document (.docx), whatever its name says; name it as what it is"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more",
            "is not a Word document (.docx) but encrypted, or an old Microsoft Office file; remove its password",
        ),
        (docx_of(("Normal", "Text."))[:-200], "is damaged or cut short, and no longer a Word document (.docx)"),
        (pptx_of(("A slide", "")), "is not a Word document (.docx), whatever its name says; name it as what it is"),
        (zip_of({"a.txt": "x"}), "is not a Word document (.docx), whatever its name says; name it as what it is"),
        (docx_of(), "holds no text; give a file that holds text"),
        (changed_part(docx_of(), PART, "<w:document"), "'word/document.xml' in it is not valid XML ("),
    ],
    ids=["empty", "not packed", "old or encrypted", "cut short", "slides", "archive", "blank", "bad XML"],
)
def test_what_cannot_be_read_is_refused_in_one_line(write: WriteFile, raw: bytes, complaint: str) -> None:
    path = write("trip.docx", raw)
    with pytest.raises(SourceError) as caught:
        read_docx(path, DEFAULT_LIMITS)
    assert str(caught.value).startswith(f"{path}: {complaint}")
    assert "\n" not in str(caught.value)


def test_entities_are_neither_expanded_nor_opened(write: WriteFile) -> None:
    secret = write("secret.txt", "the secret")
    entities = f'<!ENTITY a "haha"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "{secret.as_uri()}">'
    xml = f"<!DOCTYPE d [{entities}]><document><body><p><t>Laugh: &b;&c;!</t></p></body></document>"
    assert read(write, changed_part(docx_of(), PART, xml)).text == "Laugh:"


def test_nesting_made_to_break_the_parser_is_refused(write: WriteFile) -> None:
    with pytest.raises(SourceError, match="is not valid XML"):
        read_body(write, "<w:sdt>" * 50_000)
