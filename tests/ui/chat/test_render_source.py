"""Pages and headings of an article are drawn, and its text stays what it is."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from index.article import Article, Mark, Span
from ui.chat.source import MAX_SHOWN_CHARS, source_html
from ui.replies.messages import wording_of
from ui.replies.places import Place

ENGLISH = wording_of("en")
TEXT = "# The Fox\nA fox saw grapes.\n\nThey hung\nhigh.\n\n## Its *end*\n\nHe left. 🦊"
FABLE = Article(
    id="fable",
    title="The Fox",
    text=TEXT,
    marks=(
        Mark("page", Span(0, 35), "1"),
        Mark("page", Span(35, len(TEXT)), "2"),
        Mark("heading", Span(0, len(TEXT)), "The Fox", 1),
        Mark("heading", Span(TEXT.index("##"), len(TEXT)), "Its end", 2),
    ),
)


class Text(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(html.partition('<div class="fn-text"')[2].partition(">")[2])

    def handle_data(self, data: str) -> None:
        self.text += data


def body(article: Article, *places: Place, focus: int | None = None) -> str:
    html = source_html(article, places, focus=focus, words=ENGLISH)
    assert Text(html).text == article.text or len(article.text) > MAX_SHOWN_CHARS
    return html.partition('<div class="fn-text">')[2]


def page_labels(html: str) -> list[str]:
    return re.findall(r'<span class="fn-page" role="separator" aria-label="([^"]*)"></span>', html)


def test_headings_are_headings_and_pages_are_separated() -> None:
    assert body(FABLE) == (
        '<h3 dir="auto"><span class="fn-page" role="separator" aria-label="Page 1"></span># The Fox</h3>\n'
        '<p dir="auto">A fox saw grapes.</p>\n\n'
        '<p dir="auto">They h<span class="fn-page" role="separator" aria-label="Page 2"></span>ung\nhigh.</p>\n\n'
        '<h4 dir="auto">## Its *end*</h4>\n\n'
        '<p dir="auto">He left. 🦊</p></div></section>'
    )


def test_a_page_that_ends_between_paragraphs_is_separated_there() -> None:
    between = TEXT.index("\n\nThey") + 1
    pages = (Mark("page", Span(0, between), "1"), Mark("page", Span(between, len(TEXT)), "2"))
    html = body(replace(FABLE, marks=pages))
    assert 'grapes.</p>\n<span class="fn-page" role="separator" aria-label="Page 2"></span>\n<p' in html


def test_a_place_that_begins_a_page_is_numbered_below_the_break() -> None:
    start = TEXT.index("They")
    pages = (Mark("page", Span(0, start), "1"), Mark("page", Span(start, len(TEXT)), "2"))
    html = body(replace(FABLE, marks=pages), Place(1, "fable", Span(start, start + 9)))
    assert 'aria-label="Page 2"></span><p dir="auto"><mark data-n="1" tabindex="-1">They hung' in html


def test_a_page_break_inside_a_place_leaves_its_mark_whole() -> None:
    html = body(FABLE, Place(1, "fable", Span(TEXT.index("They"), TEXT.index("\nhigh"))))
    assert '<mark data-n="1" tabindex="-1">They h<span class="fn-page"' in html
    assert html.count("<mark") == 1


def test_a_heading_that_a_place_runs_out_of_stays_plain_so_that_the_mark_is_whole() -> None:
    html = body(FABLE, Place(1, "fable", Span(0, TEXT.index(" saw"))))
    assert "<h3" not in html
    assert html.count("<mark") == 1


def test_a_place_inside_a_heading_is_marked_in_it() -> None:
    html = body(FABLE, Place(1, "fable", Span(2, 9)))
    assert '# <mark data-n="1" tabindex="-1">The Fox</mark></h3>' in html


@pytest.mark.parametrize(
    ("label", "level", "element"),
    [
        pytest.param("The Fox", 6, "h6", id="no deeper than six"),
        pytest.param("Another title", 1, None, id="words that are not there"),
        pytest.param("", 1, None, id="no words"),
        pytest.param("***", 1, None, id="no letters"),
    ],
)
def test_only_the_words_of_a_heading_are_one(label: str, level: int, element: str | None) -> None:
    html = body(replace(FABLE, marks=(Mark("heading", Span(0, len(TEXT)), label, level),)))
    assert re.findall(r"<(h[3-6])", html) == ([element] if element else [])


def test_a_heading_over_two_lines_is_one() -> None:
    article = replace(FABLE, text="The sly\nFox\n\nIt left.", marks=(Mark("heading", Span(0, 22), "The sly Fox"),))
    assert body(article).startswith('<h3 dir="auto">The sly\nFox</h3>\n\n<p dir="auto">It left.</p>')


def test_pages_are_named_in_the_language_of_the_page() -> None:
    html = source_html(FABLE, words=wording_of("ru"))
    assert page_labels(html) == ["Страница 1", "Страница 2"]


def test_of_a_long_article_only_the_pages_shown_are_separated() -> None:
    text = "word " * MAX_SHOWN_CHARS
    half = len(text) // 2
    pages = (Mark("page", Span(0, half), "1"), Mark("page", Span(half, len(text)), "2"))
    article = replace(FABLE, text=text, marks=pages)
    assert page_labels(body(article)) == ["Page 1"]
    assert page_labels(body(article, Place(1, "fable", Span(half, half + 4)), focus=1)) == ["Page 2"]


def test_a_page_label_is_text() -> None:
    pages = (Mark("page", Span(0, len(TEXT)), '"><script>'),)
    assert page_labels(body(replace(FABLE, marks=pages))) == ["Page &quot;&gt;&lt;script&gt;"]


def test_the_text_says_which_language_it_is_in() -> None:
    assert '<div class="fn-text" lang="pt-BR">' in source_html(replace(FABLE, language="pt-BR"), words=ENGLISH)
    assert "lang=" not in source_html(replace(FABLE, language='"><b>'), words=ENGLISH)


WRAPPED = (
    "The lighthouse on Gull Rock was built in 1731,\nafter the wreck of the ship Anna Sophia, in\n"
    "which 112 people were drowned by night.\n"
)


@pytest.mark.parametrize("after", ["", "\nSecond: 1 & 2.\n"], ids=["with no blank line", "with a blank line"])
def test_lines_that_were_wrapped_by_hand_flow_as_one_paragraph(after: str) -> None:
    html = body(Article(id="a", title="A", text=WRAPPED + after))
    assert html.startswith(
        '<p dir="auto">The lighthouse on Gull Rock was built in 1731,<span class="fn-wrap">\n</span>after the wreck'
        ' of the ship Anna Sophia, in<span class="fn-wrap">\n</span>which 112 people were drowned by night.</p>'
    )


def test_a_place_over_wrapped_lines_is_one_mark() -> None:
    start, end = WRAPPED.index("built"), WRAPPED.index(" Anna")
    html = body(Article(id="a", title="A", text=WRAPPED), Place(1, "a", Span(start, end)))
    marked = 'built in 1731,<span class="fn-wrap">\n</span>after the wreck of the ship'
    assert f'<mark data-n="1" tabindex="-1">{marked}</mark> Anna' in html


def test_lines_of_a_poem_stay_lines() -> None:
    html = body(Article(id="a", title="A", text="They hung\nhigh.\n\nHe left.\nSour, he said."))
    assert "fn-wrap" not in html
