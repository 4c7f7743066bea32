from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import partial
from html.parser import HTMLParser

import pytest

from index.article import Article, Hit, Mark, Passage, Span
from qa.answer import Answer, Citation
from tests.ui.fakes import abstention, answer, citation, hit
from ui.chat import frame, replies, source
from ui.chat.source import MAX_SHOWN_CHARS
from ui.replies import messages
from ui.replies.messages import wording_of
from ui.replies.places import Place, direction, escape, places
from ui.replies.terminal import render_terminal

ENGLISH = wording_of("en")
reply_html = partial(replies.reply_html, words=ENGLISH)
failure_html = partial(replies.failure_html, words=ENGLISH)
pending_html = partial(replies.pending_html, words=ENGLISH)
source_html = partial(source.source_html, words=ENGLISH)
welcome_html = partial(frame.welcome_html, words=ENGLISH)
confidence_in_words = partial(messages.confidence_in_words, words=ENGLISH)

FABLE = Article(
    id="fable",
    title="The Fox",
    text="A fox saw grapes.\n\nThey hung high. He left.",
    published=date(2022, 1, 6),
    marks=(Mark("page", Span(0, 19), "7"), Mark("heading", Span(19, 43), "The end")),
)
GRAPES, HIGH = Span(0, 17), Span(19, 34)
HOSTILE = "<script>alert(1)</script>\"' onerror=x {{value}} ${value} &amp;"


class Seen(HTMLParser):
    """What a browser would make of HTML: its elements, and the text of each mark by number."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.marks: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "mark":
            self._open = (dict(attrs)["data-n"] or "").split()

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._open = []

    def handle_data(self, data: str) -> None:
        self.text += data
        for number in self._open:
            self.marks[number] = self.marks.get(number, "") + data


def mark_of(html: str, number: int) -> str:
    return Seen(html).marks[str(number)]


# Terminal


def test_the_terminal_shows_the_answer_and_then_its_footnotes() -> None:
    reply = answer(FABLE, "What did it see?", "A fox saw grapes.", "They hung high.")
    assert render_terminal(reply) == (
        "A fox saw grapes. [1] They hung high. [2]\n"
        "\n"
        "[1] “A fox saw grapes.”\n"
        "    The Fox, p. 7, characters 0–17, quote found word for word\n"
        "[2] “They hung high.”\n"
        "    The Fox, The end, characters 19–34, quote found word for word\n"
        "\n"
        "High confidence"
    )


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (1.0, "High confidence"),
        (0.8, "High confidence"),
        (0.79, "Fair confidence"),
        (0.5, "Fair confidence"),
        (0.49, "Low confidence: check the quote"),
    ],
)
def test_the_terminal_says_how_sure_an_answer_is_in_the_words_of_the_page(confidence: float, said: str) -> None:
    shown = render_terminal(answer(FABLE, "What did it see?", "A fox saw grapes.", confidence=confidence))
    assert shown.splitlines()[-1] == said


def test_a_title_of_two_lines_is_one_in_the_terminal() -> None:
    shown = render_terminal(answer(replace(FABLE, title="The Fox\n[9] “He"), "?", "He left."))
    assert "    The Fox\\n[9] “He, " in shown


def test_the_terminal_begins_with_the_answers_own_words() -> None:
    shown = render_terminal(answer(FABLE, "What did it see?", "A fox saw grapes.", short="grapes"))
    assert shown.startswith("grapes\n\nA fox saw grapes. [1]\n\n[1] “A fox saw grapes.”")


def test_a_turn_begins_with_the_answers_own_words_as_text() -> None:
    page = reply_html(answer(FABLE, "?", "A fox saw grapes.", short="<b>grapes</b>"), turn=1, titles={})
    assert '<p class="fn-short" dir="auto">&lt;b&gt;grapes&lt;/b&gt;</p><div class="fn-answer fn-quotes"' in page
    assert 'data-announce="&lt;b&gt;grapes&lt;/b&gt;. A fox saw grapes.' in page


def test_the_terminal_says_when_only_part_is_answered() -> None:
    reply = answer(FABLE, "What and when?", "A fox saw grapes.", partial=True)
    assert render_terminal(reply) == (
        "A fox saw grapes. [1]\n"
        "\n"
        "This answers only part of the question.\n"
        "\n"
        "[1] “A fox saw grapes.”\n"
        "    The Fox, p. 7, characters 0–17, quote found word for word\n"
        "\n"
        "High confidence"
    )


def test_the_terminal_labels_the_nearest_passages_as_no_answer() -> None:
    reply = abstention("Was it red?", "not_stated", [hit(FABLE, "A fox saw grapes.")])
    assert render_terminal(reply, {"fable": "The Fox"}) == (
        "The article does not say. It comes near the subject, but does not state what was asked.\n"
        "\n"
        "Nearest passages (not an answer):\n"
        "  · “A fox saw grapes.”\n"
        "    The Fox, characters 0–17"
    )


def test_the_terminal_names_an_article_without_a_known_title_by_its_id() -> None:
    reply = abstention("Was it red?", "off_topic", [hit(FABLE, "He left.")])
    assert render_terminal(reply).endswith("  · “He left.”\n    fable, characters 35–43")


def test_an_empty_library_is_called_what_it_is() -> None:
    assert render_terminal(abstention("Why?", "empty_library")) == (
        "There is nothing to read yet. The library holds no article, so no question can be answered."
    )


@pytest.mark.parametrize(
    ("character", "written"),
    [
        pytest.param("\x1b", "\\x1b", id="escape"),
        pytest.param("\r", "\\r", id="carriage return"),
        pytest.param("\x9b", "\\x9b", id="eight-bit control sequence"),
        pytest.param("\u202e", "\\u202e", id="right-to-left override"),
        pytest.param("\u2066", "\\u2066", id="isolate"),
        pytest.param("\U000e0041", "\\U000e0041", id="invisible tag letter"),
    ],
)
def test_a_quote_cannot_command_the_terminal(character: str, written: str) -> None:
    article = Article(id="a", title="T", text=f"red{character}[31m")
    shown = render_terminal(answer(article, "?", article.text))
    assert character not in shown
    assert shown.startswith(f"red{written}[31m [1]")


def test_emoji_joiners_and_line_breaks_stay_in_the_terminal() -> None:
    article = Article(id="a", title="T", text="👩‍🚀\tup\nand away")
    assert render_terminal(answer(article, "?", article.text)).startswith("👩‍🚀\tup\nand away [1]")


# The conversation


def test_an_answer_has_a_button_for_each_marker_and_a_footnote_for_each_quote() -> None:
    html = reply_html(answer(FABLE, "What?", "A fox saw grapes.", "They hung high."), turn=3, titles={})
    assert (
        '<div class="fn-answer fn-quotes" dir="ltr"><bdi>A fox saw grapes.</bdi>'
        '<sup><button type="button" class="fn-marker" data-show="1" id="marker-3-1"'
        ' aria-label="Footnote 1: show in the article">[1]</button></sup>'
        "<bdi> They hung high.</bdi>"
    ) in html
    assert (
        '<span class="fn-number">2</span><q dir="auto">They hung high.</q></button>'
        '<span class="fn-where"><cite dir="auto">The Fox, The end</cite>'
        ' <span class="fn-status fn-is-verified"><span aria-hidden="true">✓</span> quote found word for word</span>'
        "</span></li>"
    ) in html
    assert 'data-turn="answer-3" data-places="[[1, &quot;fable&quot;, 0, 17], [2, &quot;fable&quot;, 19, 34]]"' in html


def test_an_answer_is_announced_once_with_its_words_and_the_number_of_footnotes() -> None:
    html = reply_html(answer(FABLE, "What?", "A fox saw grapes.", "They hung high."), turn=1, titles={})
    assert 'data-announce="A fox saw grapes. They hung high. 2 footnotes."' in html


def test_brackets_inside_a_quote_are_the_authors_and_no_marker() -> None:
    article = Article(id="a", title="T", text="As shown [1] before.")
    html = reply_html(answer(article, "?", article.text), turn=1, titles={})
    assert "<bdi>As shown [1] before.</bdi><sup>" in html
    assert html.count('class="fn-marker"') == 1


def test_a_bracketed_number_without_a_citation_is_text() -> None:
    reply = replace(answer(FABLE, "?", "He left."), text="He left. [1] In [1999] too.")
    assert "<bdi> In [1999] too.</bdi>" in reply_html(reply, turn=1, titles={})


def test_a_quote_that_supports_two_statements_is_listed_once() -> None:
    once = citation(FABLE, "He left.", supports=Span(0, 8))
    again = replace(once, supports=Span(13, 21))
    reply = replace(answer(FABLE, "?", "He left."), text="He left. [1] He left. [1]", citations=(once, again))
    html = reply_html(reply, turn=1, titles={})
    assert html.count('class="fn-note"') == 1
    assert places(reply) == [Place(1, "fable", Span(35, 43))]


def test_a_partial_answer_and_its_confidence_are_said_in_words() -> None:
    html = reply_html(answer(FABLE, "?", "He left.", confidence=0.4, partial=True), turn=1, titles={})
    assert (
        '<div class="fn-aside"><span class="fn-partly">Answers only part of the question</span>'
        "<span>Low confidence: check the quote</span>"
    ) in html


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "High confidence"),
        (0.8, "High confidence"),
        (0.7999, "Fair confidence"),
        (0.5, "Fair confidence"),
        (0.4999, "Low confidence: check the quote"),
        (0.0, "Low confidence: check the quote"),
    ],
)
def test_confidence_is_said_in_three_steps(confidence: float, words: str) -> None:
    assert confidence_in_words(confidence) == words


def test_an_abstention_says_so_and_offers_no_footnote() -> None:
    reply = abstention("Was it red?", "not_stated", [hit(FABLE, "He left.")])
    html = reply_html(reply, turn=2, titles={"fable": "The Fox"})
    assert '<article class="fn-turn fn-is-abstention" data-turn="abstention-2"' in html
    assert (
        '<p class="fn-lead">The article does not say.</p>'
        "<p>It comes near the subject, but does not state what was asked.</p>"
        "<h3>Nearest passages (not an answer)</h3>"
    ) in html
    assert "fn-marker" not in html


def test_what_an_abstention_withheld_is_not_shown() -> None:
    guess = citation(FABLE, "He left.")
    html = reply_html(replace(abstention("?", "not_stated"), best_guess=guess), turn=1, titles={})
    assert "He left." not in html


def test_a_quote_that_was_not_verified_is_marked() -> None:
    doubtful = replace(citation(FABLE, "He left.", supports=Span(0, 8)), status="unverified")
    html = reply_html(replace(answer(FABLE, "?", "He left."), citations=(doubtful,)), turn=1, titles={})
    assert (
        '<span class="fn-status fn-is-unverified"><span aria-hidden="true">!</span> quote not found</span></span></li>'
        in html
    )


def test_a_right_to_left_answer_runs_right_to_left() -> None:
    article = Article(id="a", title="T", text="قال الثعلب ذلك.")
    html = reply_html(answer(article, "?", article.text), turn=1, titles={})
    assert '<div class="fn-answer fn-quotes" dir="rtl">' in html


@pytest.mark.parametrize(("text", "expected"), [("", "ltr"), ("123", "ltr"), ("12 שלום", "rtl"), ("a שלום", "ltr")])
def test_the_first_letter_gives_the_direction(text: str, expected: str) -> None:
    assert direction(text) == expected


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.org/a", True),
        ("HTTP://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https:///x", False),
        (" https://example.org", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_pages_are_linked(url: str | None, linked: bool) -> None:
    article = replace(FABLE, url=url)
    in_answer = reply_html(answer(article, "?", "He left."), turn=1, titles={})
    assert ("<a " in in_answer, "<a " in source_html(article)) == (linked, linked)


def test_a_link_gives_the_other_page_no_hold_on_this_one() -> None:
    html = source_html(replace(FABLE, url='https://example.org/"onclick="x'))
    assert (
        '<a href="https://example.org/&quot;onclick=&quot;x" target="_blank" rel="noopener noreferrer">Original</a>'
    ) in html


# Hostile text


def hostile_reply() -> Answer:
    article = Article(id=HOSTILE, title=HOSTILE, text=HOSTILE)
    return replace(answer(article, HOSTILE, HOSTILE), text=f"{HOSTILE} [1]")


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(reply_html(hostile_reply(), turn=1, titles={}), id="answer"),
        pytest.param(
            reply_html(
                abstention(HOSTILE, "not_stated", [Hit(Passage(HOSTILE, Span(0, 3), HOSTILE), 1.0, 1)]),
                turn=1,
                titles={HOSTILE: HOSTILE},
            ),
            id="abstention",
        ),
        pytest.param(failure_html(HOSTILE, HOSTILE, turn=1), id="failure"),
        pytest.param(pending_html(HOSTILE, number=1, before=0, read_as=HOSTILE), id="pending"),
        pytest.param(welcome_html(1, [HOSTILE]), id="example question"),
        pytest.param(
            source_html(
                Article(id=HOSTILE, title=HOSTILE, text=HOSTILE),
                [Place(1, HOSTILE, Span(2, 20))],
                turn=HOSTILE,
                focus=1,
            ),
            id="source",
        ),
    ],
)
def test_hostile_text_stays_text(html: str) -> None:
    seen = Seen(html)
    assert "script" not in seen.tags
    assert HOSTILE in seen.text
    assert "onerror" not in seen.attributes


def test_escaping_keeps_carriage_returns_and_replaces_what_no_page_can_hold() -> None:
    assert escape("a\r\nb\x00\ud800<&\"'") == "a&#13;\nb\ufffd\ufffd&lt;&amp;&quot;&#x27;"


# The source


def test_the_source_shows_title_date_and_paragraphs() -> None:
    assert source_html(FABLE) == (
        '<section class="fn-source" data-turn="" data-focus="" data-article="fable">'
        '<header><h2 dir="auto">The Fox</h2><p class="fn-details">6 January 2022</p></header>'
        '<div class="fn-text"><span class="fn-page" role="separator" aria-label="Page 7"></span>'
        '<p dir="auto">A fox saw grapes.</p>\n\n'
        '<p dir="auto">They hung high. He left.</p></div></section>'
    )


def test_a_place_is_marked_with_its_number_and_exactly_its_words() -> None:
    html = source_html(FABLE, [Place(1, "fable", HIGH)], turn="answer-1", focus=1)
    assert ('<p dir="auto"><mark data-n="1" tabindex="-1">They hung high.</mark> He left.</p></div></section>') in html
    assert 'data-turn="answer-1" data-focus="1"' in html


def test_places_of_another_article_are_not_marked() -> None:
    assert "<mark" not in source_html(FABLE, [Place(1, "other", HIGH)])


def test_positions_count_code_points() -> None:
    article = Article(id="a", title="T", text="🦊🦊 saw 🍇 today")
    assert mark_of(source_html(article, [Place(1, "a", Span(7, 8))]), 1) == "🍇"


def test_a_place_across_paragraphs_is_one_mark() -> None:
    html = source_html(FABLE, [Place(1, "fable", Span(6, 23))])
    assert html.count("<mark") == 1
    assert mark_of(html, 1) == "saw grapes.\n\nThey"


def test_overlapping_places_each_keep_their_words() -> None:
    html = source_html(FABLE, [Place(1, "fable", Span(2, 9)), Place(2, "fable", Span(6, 16))])
    assert (mark_of(html, 1), mark_of(html, 2)) == ("fox saw", "saw grapes")
    assert 'data-n="1 2" tabindex="-1">saw</mark>' in html


def test_a_place_inside_another_keeps_both() -> None:
    html = source_html(FABLE, [Place(1, "fable", GRAPES), Place(2, "fable", Span(2, 5))])
    assert (mark_of(html, 1), mark_of(html, 2)) == ("A fox saw grapes.", "fox")


@pytest.mark.parametrize("span", [Span(5, 5), Span(100, 200), Span(40, 400), Span(-9, 3)], ids=str)
def test_a_place_outside_the_article_is_not_marked(span: Span) -> None:
    assert "<mark" not in source_html(FABLE, [Place(1, "fable", span)])


def test_the_source_holds_the_whole_text_unchanged() -> None:
    article = replace(FABLE, text="One.\n  \n\nTwo\nlines.\n\n\n🦊 three.\n")
    body = source_html(article, [Place(1, "fable", Span(0, 4))]).partition('<div class="fn-text">')[2]
    assert Seen(body).text == article.text


def test_without_blank_lines_each_line_is_a_paragraph() -> None:
    assert '<p dir="auto">one</p>\n<p dir="auto">two</p>' in source_html(replace(FABLE, text="one\ntwo", marks=()))


def test_a_very_long_article_is_shown_around_the_place_asked_for() -> None:
    text = "word " * (MAX_SHOWN_CHARS // 2) + "needle."
    place = Place(2, "fable", Span(len(text) - 7, len(text)))
    html = source_html(replace(FABLE, text=text), [Place(1, "fable", Span(0, 4)), place], focus=2)
    assert Seen(html).marks == {"2": "needle."}
    assert f"Characters {len(text) - MAX_SHOWN_CHARS:,}–{len(text):,} of {len(text):,} are shown." in html


def test_an_empty_article_can_be_shown() -> None:
    assert '<div class="fn-text"></div>' in source_html(replace(FABLE, text=""))


def test_an_article_without_a_title_is_called_untitled() -> None:
    assert '<h2 dir="auto">Untitled</h2>' in source_html(replace(FABLE, title=""))


def test_an_empty_library_says_how_to_fill_it() -> None:
    html = welcome_html(0, ["never shown"], can_add=True)
    assert "There is nothing to read yet" in html
    assert re.findall(r'data-add="(\w+)"', html) == ["files", "url", "text"]
    assert "never shown" not in html


def test_an_empty_library_that_cannot_be_filled_promises_nothing() -> None:
    assert "data-add" not in welcome_html(0, [])


def test_a_footnote_names_page_and_heading_where_known() -> None:
    place: Citation = replace(citation(FABLE, "He left."), page=3)
    assert "The Fox, p. 3, The end" in reply_html(
        replace(answer(FABLE, "?", "He left."), citations=(place,)), turn=1, titles={}
    )


def test_a_heading_that_is_the_title_is_not_said_twice() -> None:
    place = replace(citation(FABLE, "He left."), page=3, heading="The Fox")
    html = reply_html(replace(answer(FABLE, "?", "He left."), citations=(place,)), turn=1, titles={})
    assert '<cite dir="auto">The Fox, p. 3</cite>' in html
