from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from index.article import Article, Mark, Span
from index.errors import SourceError
from index.formats.limits import DEFAULT_LIMITS
from index.formats.office.epub import read_epub
from tests.index.formats import hostile
from tests.index.formats.making import changed_part, docx_of, epub_of

WriteFile = Callable[[str, str | bytes], Path]


def read(write: WriteFile, raw: bytes) -> Article:
    return read_epub(write("book.epub", raw), DEFAULT_LIMITS)


def test_chapters_come_in_reading_order_with_their_headings(write: WriteFile) -> None:
    article = read(write, epub_of("<h1>Rivers</h1><p>They\n run.</p><h2>Floods</h2><p>In May.</p>", "<h1>Tea</h1>"))
    assert article.text == "Rivers\n\nThey run.\n\nFloods\n\nIn May.\n\nTea"
    assert article.marks == (
        Mark("heading", Span(0, 36), "Rivers", 1),
        Mark("heading", Span(19, 36), "Floods", 2),
        Mark("heading", Span(36, 39), "Tea", 1),
    )


def test_what_the_book_says_of_itself_is_known(write: WriteFile) -> None:
    article = read(write, epub_of("<p>Text.</p>"))
    assert (article.title, article.language, article.published) == ("A book", "en-GB", date(2020, 2, 3))
    assert article.format == "epub"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>One<br/>two</p><ul><li>a</li><li>b</li></ul>", "One\ntwo\n\na\nb"),
        ("<table><tr><td>a</td><td><p>1</p></td></tr><tr><td>b</td><td>2</td></tr></table>", "a | 1\nb | 2"),
        ("<pre>x = 1\n  y = 2\n</pre>", "x = 1\n  y = 2"),
        ("<p>Ruby <ruby>字<rt>zi</rt></ruby>, A&nbsp;B &amp; 👩‍💻</p>", "Ruby 字, A B & 👩‍💻"),
        ("<p>Text<script>no()</script><!-- no -->.</p><svg><text>no</text></svg>", "Text."),
        ('<script src="a.js"/><h1/><p>Closed<a id="x"/> <i/>by itself</p>', "Closed by itself"),
        ("<p>a<![CDATA[ < ]]>b</p>", "a < b"),
        ("<h1><span>Big</span> <i>war</i></h1>Loose text", "Big war\n\nLoose text"),
    ],
    ids=["lines", "table", "listing", "characters", "not text", "closed at once", "verbatim", "loose"],
)
def test_what_a_chapter_shows_is_the_text(write: WriteFile, body: str, text: str) -> None:
    assert read(write, epub_of(body)).text == text


def test_a_chapter_that_is_a_picture_does_not_hinder_the_others(write: WriteFile) -> None:
    assert read(write, epub_of('<img src="cover.png"/>', "<p>Text.</p>")).text == "Text."


def test_chapters_may_lie_beside_the_books_folder(write: WriteFile) -> None:
    raw = changed_part(epub_of("<p>Here.</p>", c1__a="<p>There.</p>"), "OEBPS/book.opf", "c0.xhtml", "../c1/a")
    assert read(write, raw).text == "There."


def test_nesting_made_to_break_the_parser_is_read_or_refused_but_never_crashes(write: WriteFile) -> None:
    try:
        text = read(write, epub_of("<div>" * 20_000 + "deep")).text
    except SourceError as error:
        text = str(error)
    assert text


def test_encrypted_fonts_do_not_matter_and_encrypted_chapters_are_refused(write: WriteFile) -> None:
    listed = '<encryption><CipherReference URI="OEBPS/{}"/></encryption>'
    assert (
        read(write, epub_of("<p>Text.</p>", **{"META-INF__encryption.xml": listed.format("font.ttf")})).text == "Text."
    )
    with pytest.raises(SourceError, match=r"is copy-protected \(DRM\); give an edition without protection$"):
        read(write, epub_of("<p>Text.</p>", **{"META-INF__encryption.xml": listed.format("c0.xhtml")}))


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (docx_of(("Normal", "Text.")), "is not an EPUB book, whatever its name says; name it as what it is"),
        (epub_of("<p>Text.</p>")[:-100], "is damaged or cut short, and no longer an EPUB book"),
        (epub_of(""), "holds no text; give a file that holds text"),
        (
            changed_part(epub_of("<p>x</p>"), "META-INF/container.xml", "book.opf", "gone.opf"),
            "names no part that lists its chapters ('OEBPS/gone.opf'); make the book again",
        ),
        (
            changed_part(epub_of("<p>x</p>"), "OEBPS/book.opf", "c0.xhtml", "gone.xhtml"),
            "has no part 'OEBPS/gone.xhtml'; save it again in the program that made it",
        ),
    ],
    ids=["Word", "cut short", "blank", "no book", "no chapter"],
)
def test_what_cannot_be_read_is_refused_in_one_line(write: WriteFile, raw: bytes, complaint: str) -> None:
    path = write("book.epub", raw)
    with pytest.raises(SourceError) as caught:
        read_epub(path, DEFAULT_LIMITS)
    assert str(caught.value).startswith(f"{path}: {complaint}")
    assert "\n" not in str(caught.value)


def test_a_chapter_that_the_order_names_many_times_is_read_once(write: WriteFile) -> None:
    once = read(write, hostile.one_chapter_many_times(1))
    assert read(write, hostile.one_chapter_many_times(20_000)) == once
    assert read(write, hostile.one_chapter_under_many_names(20_000)).text.count("floods") == 200
