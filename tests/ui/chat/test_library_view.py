"""What the library pane lists: found, narrowed, sorted, a page at a time; and which articles are asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest

from index.article import Article, Mark, Span
from index.storage.statements import ArticleSummary
from tests.ui.chat.test_render import HOSTILE
from tests.ui.fakes import FakeLibrary
from ui.chat.frame import notices_html
from ui.chat.library_pane import example_html, finder_html, listing_html
from ui.chat.library_view import ARTICLES_A_PAGE, LibraryView, asked_ids, choices, listed, name_of, site_of, view_of
from ui.replies.messages import wording_of

ENGLISH = wording_of("en")
TEA = Article("tea", "Tea", "Leaves in water.", source="upload:Tea.pdf", format="pdf", language="en")
RIVER = Article("river", "river", "Water flows.", url="https://www.rivers.org/1", language="en", format="html")
EIS = Article("eis", "Über Eis", "Kaltes Wasser.", url="https://eis.de/", language="de", published=date(2022, 1, 6))
LIBRARY = FakeLibrary([TEA, RIVER, EIS])
html_of = partial(listing_html, asked=(), can_remove=True, words=ENGLISH)


def found(**view: Any) -> list[str]:
    return [summary.id for summary in listed(LIBRARY, LibraryView(**view)).articles]


def test_the_last_added_article_stands_first() -> None:
    assert found() == ["eis", "river", "tea"]


@pytest.mark.parametrize(
    ("search", "ids"),
    [
        pytest.param("ÜBER", ["eis"], id="a title, in capitals"),
        pytest.param("tea.pdf", ["tea"], id="a file"),
        pytest.param("rivers.org", ["river"], id="a site"),
        pytest.param("leaves water", ["tea"], id="words of the text"),
        pytest.param("water", ["river", "tea"], id="one word of two texts"),
        pytest.param("tea river", [], id="words of different articles"),
        pytest.param("\ud800", [], id="half a character"),
    ],
)
def test_articles_are_found_by_what_they_are_called_and_by_their_text(search: str, ids: list[str]) -> None:
    assert found(search=search) == ids


@pytest.mark.parametrize(
    ("narrowed", "ids"),
    [
        pytest.param({"format": "pdf"}, ["tea"], id="format"),
        pytest.param({"language": "en"}, ["river", "tea"], id="language"),
        pytest.param({"site": "eis.de"}, ["eis"], id="site"),
        pytest.param({"language": "en", "search": "water", "format": "html"}, ["river"], id="all at once"),
        pytest.param({"language": "it"}, [], id="one that is not there"),
    ],
)
def test_a_list_is_narrowed_by_what_articles_are(narrowed: dict[str, str], ids: list[str]) -> None:
    assert found(**narrowed) == ids


def test_articles_are_sorted_by_title_by_date_and_by_length() -> None:
    assert found(order="title") == ["river", "tea", "eis"]
    assert found(order="published") == ["eis", "tea", "river"]
    assert found(order="length") == ["tea", "eis", "river"]


def test_a_long_list_comes_in_pages() -> None:
    library = FakeLibrary([Article(f"a{n:03}", "T", "t") for n in range(ARTICLES_A_PAGE + 1)])
    first, second, beyond = (listed(library, LibraryView(page=page)) for page in (0, 1, 99))
    assert (len(first.articles), len(second.articles), first.pages, first.found) == (50, 1, 2, 51)
    assert second == beyond
    assert listed(FakeLibrary(library.held[1:]), LibraryView()).pages == 1
    assert listed(FakeLibrary([]), LibraryView(page=3)).articles == []


@pytest.mark.parametrize(
    "told",
    [None, [], "x", {"search": 7, "order": "x", "page": -1}, {"page": "1"}, {"order": None, "page": 1e9}],
    ids=["nothing", "a list", "a word", "wrong kinds", "a word for a page", "half a number"],
)
def test_a_view_that_makes_no_sense_is_the_first_one(told: Any) -> None:
    assert view_of(told) == LibraryView()


def test_a_view_is_what_was_asked_for() -> None:
    told = {"search": " tea ", "format": "pdf", "language": "en", "site": "a.org", "order": "title", "page": 2}
    assert view_of(told) == LibraryView("tea", "pdf", "en", "a.org", "title", 2)
    assert len(view_of({"search": "x" * 999}).search) == 200


def test_only_what_differs_can_be_chosen() -> None:
    both = LIBRARY.articles()
    assert choices(both) == {
        "format": ["html", "pdf", "text"],
        "language": ["en", "de"],
        "site": ["eis.de", "rivers.org"],
    }
    assert choices(both[:1]) == {}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/srv/articles/a.zip#inner/b.pdf", "a.zip"),
        ("upload:Tea.pdf", "Tea.pdf"),
        ("pasted:0123", ""),
        ("https://a.org/b", ""),
        ("", ""),
    ],
)
def test_of_a_file_only_its_name_is_told(source: str, name: str) -> None:
    assert name_of(ArticleSummary("a", "A", source, None, None, 1, 1, "")) == name


@pytest.mark.parametrize(
    ("url", "site"), [(None, ""), ("https://www.a.org:80/b", "a.org"), ("http://[", ""), ("javascript:1", "")]
)
def test_a_site_is_the_host_of_an_address(url: str | None, site: str) -> None:
    assert site_of(ArticleSummary("a", "A", "", url, None, 1, 1, "")) == site


@pytest.mark.parametrize(
    ("told", "ids"),
    [
        pytest.param('["tea", "eis"]', ("tea", "eis"), id="two"),
        pytest.param('["eis", "gone", "eis", 7, null]', ("eis",), id="one that is gone, one twice, no words"),
        pytest.param("", (), id="nothing"),
        pytest.param("[", (), id="no JSON"),
        pytest.param('{"tea": 1}', (), id="no list"),
        pytest.param("null", (), id="null"),
    ],
)
def test_the_articles_that_are_asked_are_those_that_are_there(told: str, ids: tuple[str, ...]) -> None:
    assert asked_ids(LIBRARY, told) == ids


def test_where_there_is_one_article_there_is_no_choice() -> None:
    assert asked_ids(FakeLibrary([TEA]), '["tea"]') == ()


# As HTML


def test_a_row_tells_what_is_known_of_an_article() -> None:
    pages = (Mark("page", Span(0, 1), "1"), Mark("page", Span(1, 2), "2"))
    article = Article("a", "A", "x" * 12_345, url="https://a.org/x", language="de", format="pdf", marks=pages)
    html = html_of(listed(FakeLibrary([article]), LibraryView()))
    told = ("a.org", "German", "PDF", "2 pages", "12,345 characters", "1 passage")
    assert "".join(f"<span>{each}</span> " for each in told).strip() in html


def test_the_articles_that_are_asked_are_ticked() -> None:
    html = html_of(listed(LIBRARY, LibraryView()), asked=("tea",))
    assert html.count("data-pick=") == 3
    assert 'data-pick="tea" aria-label="Ask “Tea”" checked' in html
    assert html.count("checked") == 1


def test_a_list_that_cannot_be_changed_has_nothing_to_remove_with() -> None:
    assert "data-remove" not in html_of(listed(LIBRARY, LibraryView()), can_remove=False)


def test_a_search_without_a_result_says_so_and_an_empty_library_needs_not() -> None:
    assert "No article is like that." in html_of(listed(LIBRARY, LibraryView(search="zzz")))
    assert html_of(listed(FakeLibrary([]), LibraryView())) == ""


def test_hostile_words_of_an_article_stay_words() -> None:
    hostile = [
        ArticleSummary(HOSTILE, HOSTILE, f"upload:{HOSTILE}", HOSTILE, None, 1, 1, "", HOSTILE) for _ in range(2)
    ]
    library = FakeLibrary([Article(each.id, each.title, "t", language=HOSTILE) for each in hostile])
    html = html_of(listed(library, LibraryView())) + finder_html(hostile, words=ENGLISH)
    assert "<script" not in html
    assert "<img" not in html


def test_one_article_needs_no_search() -> None:
    assert finder_html(LIBRARY.articles()[:1], words=ENGLISH) == (
        '<h2 class="fn-shelf-title" tabindex="-1">1 article</h2>'
    )


def test_what_stands_above_the_composer_says_which_articles_are_asked() -> None:
    assert "Asking 3 of 12 articles." in notices_html(["a", "b", "c"], ["A"], 12, words=ENGLISH)
    assert "Only “A” is asked." in notices_html(["a"], ["A"], 12, words=ENGLISH)
    assert "fn-scope" not in notices_html(words=ENGLISH)


def test_an_unknown_language_keeps_its_code() -> None:
    assert [ENGLISH.language_name(code) for code in ("de", "pt-BR", "tlh", "not a code", "")] == [
        *("German", "Portuguese (Brazil)", "tlh", "not a code", "")
    ]


def test_the_example_stands_apart_and_its_words_stay_words() -> None:
    hostile = replace(LIBRARY.articles()[0], id='"><b>', title="<img src=x>")
    html = example_html(hostile, words=ENGLISH)
    assert 'data-ask-only="&quot;&gt;&lt;b&gt;"' in html
    assert "<img" not in html
    assert "Ask the example" in html
    assert "data-remove" not in html


def test_the_title_over_the_example_says_what_it_is() -> None:
    html = finder_html(LIBRARY.articles()[:1], words=ENGLISH, is_example=True)
    assert html == '<h2 class="fn-shelf-title" tabindex="-1">Example</h2>'
