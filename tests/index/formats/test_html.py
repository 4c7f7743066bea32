from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from index.article import Mark, Span
from index.errors import SourceError
from index.formats.html import _blocks, _drop_endless_attributes, _extract, _join, read_html
from index.formats.limits import DEFAULT_LIMITS
from tests.index.formats import hostile

WriteFile = Callable[[str, str | bytes], Path]

PAGE = """<!doctype html><html lang="fr-CA"><head><meta charset="utf-8"><title>Le titre | Journal</title>
<link rel="canonical" href="https://example.org/titre">
<meta property="article:published_time" content="2021-03-04T10:00:00Z"></head>
<body><nav><a href="/">Accueil</a> <a href="/b">Menu</a></nav>
<article><h1>Le titre</h1>
<p>Premier   paragraphe,
 en <b>gras</b> et <a href="/x">lié</a>.</p>
<h2>Une section</h2><p>Deux lignes<br>ici.</p>
<ul><li>un</li><li>deux</li></ul>
<table><tr><td>a</td><td><p>1</p></td></tr><tr><td>b</td><td>2</td></tr></table>
<pre><code>x = 1
  y = 2
</code></pre>
<script>alert("no")</script></article>
<footer>Copyright 2019</footer></body></html>
"""
TEXT = (
    "Le titre\n\nPremier paragraphe, en gras et lié.\n\nUne section\n\nDeux lignes\nici.\n\nun\ndeux\n\n"
    "a | 1\nb | 2\n\nx = 1\n  y = 2"
)


def page_of(body: str) -> str:
    return f"<html><head><title>T</title></head><body><article>{body}</article></body></html>"


def test_the_main_text_is_read_without_menu_script_and_footer(write: WriteFile) -> None:
    assert read_html(write("a.html", PAGE), DEFAULT_LIMITS).text == TEXT


def test_headings_cover_what_stands_under_them(write: WriteFile) -> None:
    section = TEXT.index("Une section")
    assert read_html(write("a.html", PAGE), DEFAULT_LIMITS).marks == (
        Mark("heading", Span(0, len(TEXT)), "Le titre", 1),
        Mark("heading", Span(section, len(TEXT)), "Une section", 2),
    )


def test_what_the_page_says_of_itself_is_known(write: WriteFile) -> None:
    article = read_html(write("a.html", PAGE), DEFAULT_LIMITS)
    assert (article.title, article.language, article.format) == ("Le titre", "fr-CA", "html")
    assert (article.url, article.published) == ("https://example.org/titre", date(2021, 3, 4))


@pytest.mark.parametrize(
    "words",
    [
        "می\u200cخواهم کتاب\u200cها را بخوانم",
        "a\u00adb \u200fאב\u200e",
        "👩\u200d💻 e\u0301 ﬁ \U00020000",
    ],
    ids=["persian", "marks", "joined"],
)
@pytest.mark.parametrize(
    "shape", ["<p>{}</p>", "<div>{}</div><div>More.</div>", "{}", "<p>" + "Long. " * 100 + "</p><p>{}</p>"]
)
def test_the_authors_characters_survive_every_way_of_extraction(write: WriteFile, words: str, shape: str) -> None:
    assert words in read_html(write("a.html", page_of(shape.format(words))), DEFAULT_LIMITS).text


def test_white_space_of_any_kind_is_one_plain_space(write: WriteFile) -> None:
    page = page_of("<p>5\u00a0km,&nbsp;\u3000\n\t6&#8239;km</p>")
    assert read_html(write("a.html", page), DEFAULT_LIMITS).text == "5 km, 6 km"


def test_character_references_are_resolved_once(write: WriteFile) -> None:
    page = page_of("<p>Write &amp;lt;b&amp;gt; for &lt;b&gt; &#x1F600; &zwnj;here.</p>")
    assert read_html(write("a.html", page), DEFAULT_LIMITS).text == "Write &lt;b&gt; for <b> 😀 \u200chere."


def test_a_fragment_is_a_page(write: WriteFile) -> None:
    assert read_html(write("a.html", "<p>Just this paragraph.</p>"), DEFAULT_LIMITS).text == "Just this paragraph."


def test_a_declared_charset_is_believed(write: WriteFile) -> None:
    page = '<html><head><meta charset="iso-8859-2"></head><body><p>Zażółć gęślą jaźń</p></body></html>'
    assert read_html(write("a.html", page.encode("iso8859_2")), DEFAULT_LIMITS).text == "Zażółć gęślą jaźń"


def test_the_language_of_an_xhtml_page_is_known(write: WriteFile) -> None:
    page = '<?xml version="1.0" encoding="UTF-8"?><html xml:lang="de"><body><p>Ein Absatz.</p></body></html>'
    article = read_html(write("a.xhtml", page), DEFAULT_LIMITS)
    assert (article.text, article.language) == ("Ein Absatz.", "de")


def test_an_external_entity_is_not_opened(write: WriteFile) -> None:
    secret = write("secret.txt", "the secret")
    head = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    page = write("a.html", f"{head}<html><body><p>Before &x; after.</p></body></html>")
    article = read_html(page, DEFAULT_LIMITS)
    assert "after." in article.text
    assert "secret" not in article.text


def test_entities_that_multiply_are_not_expanded(write: WriteFile) -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    article = read_html(write("a.html", f"{bomb}<html><body><p>Laugh: &c;!</p></body></html>"), DEFAULT_LIMITS)
    assert "haha" not in article.text


@pytest.mark.parametrize(
    "page",
    [
        "<html></html>",
        "<html><body><script>x()</script></body></html>",
        "<html><body> </body></html>",
    ],
    ids=["nothing", "script", "space"],
)
def test_a_page_without_main_text_is_refused(write: WriteFile, page: str) -> None:
    with pytest.raises(SourceError, match=r"a\.html: has no main text that could be found; save the article as plain"):
        read_html(write("a.html", page), DEFAULT_LIMITS)


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "blockquote", "table><tr><td"])
def test_huge_nesting_is_read_or_refused_but_never_crashes(write: WriteFile, tag: str) -> None:
    path = write("a.html", f"<html><body><p>Start.</p>{f'<{tag}>' * 20_000}deep</body></html>")
    try:
        text = read_html(path, DEFAULT_LIMITS).text
    except SourceError as error:
        text = str(error)
    assert text


def test_the_same_page_gives_the_same_article(write: WriteFile) -> None:
    path = write("a.html", PAGE)
    assert read_html(path, DEFAULT_LIMITS) == read_html(path, DEFAULT_LIMITS)


TAGS = "<p> </p> <div> </div> <h2> </h2> <ul> <li> <table> <tr> <td> <br> <pre> </pre> <!-- --> <?x".split()
PIECES = st.sampled_from([*TAGS, "word ", "اب\u200cج", "&amp;", "&#0;", "&#xD800;", "<![CDATA[", "]]>", "\n", "\x0b"])


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_any_soup_of_tags_gives_marks_that_slice_to_their_label(pieces: list[str]) -> None:
    found, _, stand_ins = _extract("".join(pieces))
    text, marks = _join(_blocks(found.body, stand_ins)) if found else ("", ())
    assert all(" ".join(mark.span.slice(text).split()).startswith(mark.label) for mark in marks)
    text.encode("utf-8")


@pytest.mark.parametrize(("count", "kept"), [(1_000, 1_000), (1_001, 0)])
def test_an_element_of_more_attributes_than_any_page_has_loses_them(count: int, kept: int) -> None:
    tree = html.fromstring(hostile.one_element_with_many_attributes(count))
    _drop_endless_attributes(tree)
    assert [len(element.attrib) for element in tree.iter("p")] == [kept]
