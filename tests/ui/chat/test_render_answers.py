"""Markers of several sources, what was read and not cited, what nothing supports, and copies."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from index.article import Article, Hit, Passage, Span
from index.storage.conversations import Verdict
from qa.answer import Answer, Trace
from tests.ui.fakes import abstention, answer, citation
from ui.chat.acting import draft_html
from ui.chat.frame import quiet_html
from ui.chat.replies import TurnState, failure_html, reply_html
from ui.replies.clipboard import Copied, copied
from ui.replies.messages import wording_of
from ui.replies.places import Place, also_read_places
from ui.replies.terminal import render_terminal

ENGLISH = wording_of("en")
FABLE = Article(id="fable", title="The Fox", text="A fox saw grapes. They hung high. He left. All laughed.")


def cites(text: str, *quotes: str, unsupported: tuple[Span, ...] = ()) -> Answer:
    """Make prose that cites, for each quote, one footnote with the quote's number."""
    notes = tuple(citation(FABLE, quote, number=n) for n, quote in enumerate(quotes, start=1))
    return replace(answer(FABLE, "?", quotes[0]), text=text, citations=notes, unsupported=unsupported)


def consults(reply: Answer, *texts: str) -> Answer:
    passages = [Passage("fable", Span(FABLE.text.index(t), FABLE.text.index(t) + len(t)), t) for t in texts]
    hits = tuple(Hit(passage, 1.0, rank) for rank, passage in enumerate(passages, start=1))
    return replace(reply, trace=Trace("?", consulted=hits))


def html_of(reply: Answer) -> str:
    return reply_html(reply, turn=1, titles={"fable": "The Fox"}, words=ENGLISH)


def markers(html: str) -> list[str]:
    return re.findall(r'class="fn-marker"[^>]*>([^<]*)<', html)


# Markers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("It saw. [1][2]", ["[1, 2]"], id="side by side"),
        pytest.param("It saw. [1] [2]", ["[1, 2]"], id="with space between"),
        pytest.param("It saw. [2]\n[1] [2]", ["[2, 1]"], id="each number once"),
        pytest.param("It saw. [1] It left. [2]", ["[1]", "[2]"], id="words between"),
        pytest.param("It saw. [1], [2]", ["[1]", "[2]"], id="a comma between"),
        pytest.param("[1]", ["[1]"], id="nothing else"),
        pytest.param("It saw. [7] [1]", ["[1]"], id="a number without a footnote is text"),
    ],
)
def test_sources_of_one_statement_are_one_marker(text: str, shown: list[str]) -> None:
    assert markers(html_of(cites(text, "A fox saw grapes.", "They hung high."))) == shown


def test_a_marker_of_several_sources_says_that_it_opens_a_choice() -> None:
    html = html_of(cites("It saw. [1][2]", "A fox saw grapes.", "They hung high."))
    assert (
        'data-sources="1 2" aria-haspopup="dialog" aria-expanded="false" data-title="2 sources for this"'
        ' id="marker-1-1" aria-label="Footnotes 1, 2: choose a source">[1, 2]</button>'
    ) in html


def test_markers_of_the_same_footnote_have_ids_of_their_own() -> None:
    html = html_of(cites("It saw. [1] It did. [1]", "A fox saw grapes."))
    assert re.findall(r'id="(marker[^"]*)"', html) == ["marker-1-1", "marker-1-2"]


# What was read, and what nothing supports


def test_passages_that_hold_no_quote_are_listed_apart() -> None:
    reply = consults(cites("It left. [1]", "He left."), "They hung high. He left.", "A fox saw grapes.", "All laughed.")
    html = html_of(reply)
    assert "<summary>Also read: 2 passages</summary>" in html
    assert also_read_places(reply) == [Place(1, "fable", Span(0, 17)), Place(2, "fable", Span(43, 55))]
    assert 'data-turn="also-1" data-places="[[1, &quot;fable&quot;, 0, 17], [2, &quot;fable&quot;, 43, 55]]"' in html


def test_passages_that_overlap_are_listed_once() -> None:
    reply = consults(cites("It left. [1]", "He left."), "A fox saw grapes.", "grapes. They hung")
    assert also_read_places(reply) == [Place(1, "fable", Span(0, 17))]


def test_at_most_eight_passages_are_listed() -> None:
    words = [f"w{n:02}" for n in range(12)]
    hits = tuple(Hit(Passage("many", Span(4 * n, 4 * n + 3), word), 1.0, n + 1) for n, word in enumerate(words))
    reply = replace(cites("It left. [1]", "He left."), trace=Trace("?", consulted=hits))
    assert [place.number for place in also_read_places(reply)] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_where_all_that_was_read_is_cited_there_is_no_second_list() -> None:
    assert "fn-also" not in html_of(consults(cites("It left. [1]", "He left."), "He left."))


def test_a_statement_without_support_is_marked_and_said_to_be_so() -> None:
    html = html_of(cites("It left. [1] It wept.", "He left.", unsupported=(Span(13, 21),)))
    assert '<bdi class="fn-unsupported">It wept.</bdi> <small class="fn-doubt">not supported</small>' in html
    assert "No quote supports the words that are underlined like this." in html


def test_a_statement_without_support_around_a_marker_is_labelled_once_at_its_end() -> None:
    html = html_of(cites("It wept [1] bitterly. Yes.", "He left.", unsupported=(Span(0, 21),)))
    assert html.count("fn-doubt") == 1
    assert '<bdi class="fn-unsupported"> bitterly.</bdi> <small class="fn-doubt">' in html
    assert "<bdi> Yes.</bdi>" in html


def test_a_statement_without_support_before_its_marker_is_labelled_before_it() -> None:
    html = html_of(cites("It wept. [1]", "He left.", unsupported=(Span(0, 12),)))
    assert 'It wept.</bdi> <small class="fn-doubt">not supported</small><sup>' in html


def test_an_answer_that_is_supported_throughout_has_no_such_mark_and_no_word_of_it() -> None:
    assert "unsupported" not in html_of(cites("It left. [1]", "He left."))


def test_what_should_be_known_about_an_answer_is_said_below_it_as_text() -> None:
    html = html_of(replace(cites("It left. [1]", "He left."), notice="The <b>model</b> was down."))
    assert '<p class="fn-notice" dir="auto">The &lt;b&gt;model&lt;/b&gt; was down.</p>' in html


@pytest.mark.parametrize(
    ("status", "shown"),
    [("verified", "✓</span> quote found word for word"), ("repaired", "≈</span> quote found, place corrected")],
    ids=["as is", "moved"],
)
def test_each_footnote_says_whether_it_was_checked(status: str, shown: str) -> None:
    reply = cites("It left. [1]", "He left.")
    notes = (replace(reply.citations[0], status=status),)  # type: ignore[arg-type]
    assert shown in html_of(replace(reply, citations=notes)).partition("fn-legend")[0]


def test_the_terminal_says_what_is_not_supported_and_how_the_answer_was_made() -> None:
    reply = cites("It left. [1] It wept.", "He left.", unsupported=(Span(13, 21),))
    assert render_terminal(replace(reply, notice="The model was down.")) == (
        "It left. [1] It wept.\n"
        "\n"
        "Not supported by any quote: “It wept.”\n"
        "\n"
        "[1] “He left.”\n"
        "    The Fox, characters 34–42, quote found word for word\n"
        "\n"
        "High confidence\n"
        "\n"
        "The model was down."
    )


# Copies


def test_a_copy_has_its_footnotes_as_text_and_as_html() -> None:
    reply = replace(cites("It saw. [1][2] Then", "A fox saw grapes.", "They hung high."), short_answer="grapes")
    assert copied(reply, ENGLISH) == Copied(
        "grapes\n\nIt saw. [1][2] Then\n\n[1] “A fox saw grapes.” — The Fox\n[2] “They hung high.” — The Fox",
        '<p dir="auto"><strong>grapes</strong></p><p dir="auto">It saw.<sup>[1]</sup><sup>[2]</sup> Then</p>'
        '<p dir="auto">[1] <q>A fox saw grapes.</q> — The Fox</p>'
        '<p dir="auto">[2] <q>They hung high.</q> — The Fox</p>',
    )


def test_a_copy_hides_no_doubt() -> None:
    reply = cites("It left. [1] It wept.", "He left.", unsupported=(Span(13, 21),))
    doubtful = replace(
        reply, citations=(replace(reply.citations[0], status="unverified", page=3),), notice="Made by X."
    )
    assert copied(doubtful, ENGLISH).text == (
        "It left. [1] It wept. (not supported)\n\nMade by X.\n\n[1] “He left.” — The Fox, p. 3 (quote not found)"
    )


def test_a_copy_links_to_web_pages_alone_and_holds_no_markup_of_others() -> None:
    reply = replace(cites("<i>It</i> left. [1]", "He left."), short_answer="<b>")
    web = replace(reply.citations[0], url="https://example.org/?a=1&b=2", title="<u>")
    assert copied(replace(reply, citations=(web,)), ENGLISH) == Copied(
        "<b>\n\n<i>It</i> left. [1]\n\n[1] “He left.” — <u>. https://example.org/?a=1&b=2#:~:text=He%20left.",
        '<p dir="auto"><strong>&lt;b&gt;</strong></p><p dir="auto">&lt;i&gt;It&lt;/i&gt; left.<sup>[1]</sup></p>'
        '<p dir="auto">[1] <q>He left.</q> — '
        '<a href="https://example.org/?a=1&amp;b=2#:~:text=He%20left.">&lt;u&gt;</a></p>',
    )
    script = replace(web, url="javascript:alert(1)")
    assert "javascript" not in "".join(copied(replace(reply, citations=(script,)), ENGLISH))


def test_a_copy_speaks_the_language_of_the_page() -> None:
    reply = replace(cites("It left. [1] It wept.", "He left.", unsupported=(Span(13, 21),)), partial=True)
    reply = replace(reply, citations=(replace(reply.citations[0], status="repaired", page=3, title=""),))
    assert copied(reply, wording_of("de")).text == (
        "It left. [1] It wept. (nicht belegt)\n\nBeantwortet nur einen Teil der Frage\n\n"
        "[1] “He left.” — Ohne Titel, S. 3 (Zitat gefunden, Stelle berichtigt)"
    )


def test_an_abstention_says_who_withheld_the_answer() -> None:
    reply = replace(abstention("q"), notice="The <b>model</b> found none.")
    page = reply_html(reply, turn=1, titles={}, words=wording_of("en"))
    assert '<p class="fn-notice" dir="auto">The &lt;b&gt;model&lt;/b&gt; found none.</p>' in page
    assert render_terminal(reply).endswith("\n\nThe <b>model</b> found none.")


def test_what_a_follow_up_was_read_as_is_said_and_escaped() -> None:
    page = reply_html(
        abstention("q"), turn=1, titles={}, words=wording_of("en"), standing=TurnState(3, "<b>Who?</b>", "disk full")
    )
    assert '<span class="fn-reading" dir="auto">&lt;b&gt;Who?&lt;/b&gt;</span>' in page
    assert 'data-place="3"' in page
    assert 'This reply could not be kept: <span dir="auto">disk full</span>' in page


def test_pieces_of_a_draft_hold_whole_markers_and_are_only_added_to() -> None:
    first = draft_html([("It <i>left</i>. [1] [2]", True)], {1}, number=4, words=wording_of("en"))
    assert first == (
        '<ol data-draft="4" data-cited="1"><li data-piece="0"><bdi>It &lt;i&gt;left&lt;/i&gt;.</bdi></li>'
        '<li data-piece="1"><sup><span class="fn-coming" data-cites="1 2">[1, 2]</span></sup></li>'
        '<li data-piece="2"></li></ol>'
    )
    both = draft_html([("It <i>left</i>. [1] [2]", True), (" So?", False)], {1, 2}, number=4, words=wording_of("en"))
    pieces = first.partition(">")[2].removesuffix("</ol>")
    assert both.partition(">")[2].startswith(pieces)
    assert '<bdi class="fn-unsupported"> So?</bdi>' in both


@pytest.mark.parametrize(
    ("verdict", "pressed"),
    [(None, ["false", "false"]), ("up", ["true", "false"]), ("down", ["false", "true"])],
    ids=["nothing was said", "good", "bad"],
)
@pytest.mark.parametrize("kind", ["answer", "abstention"])
def test_the_thumb_that_was_given_is_pressed(kind: str, verdict: Verdict | None, pressed: list[str]) -> None:
    reply = answer(FABLE, "q", "He left.") if kind == "answer" else abstention("q")
    html = reply_html(reply, turn=1, titles={}, words=ENGLISH, standing=TurnState(0, verdict=verdict))
    assert re.findall(r'data-act="(?:up|down)" aria-pressed="(\w+)"', html) == pressed


@pytest.mark.parametrize(
    ("language", "asked", "said"),
    [
        *(("en", 1, "The article does not say."), ("en", 2, "The articles do not say.")),
        *(("it", 1, "L’articolo non lo dice."), ("it", 2_000_000, "Gli articoli non lo dicono.")),
        *(("de", 1, "Das steht nicht im Artikel."), ("de", 5, "Das steht nicht in den Artikeln.")),
        *(("ru", 1, "В статье об этом не сказано."), ("ru", 21, "В статьях об этом не сказано.")),
    ],
)
def test_an_abstention_speaks_of_as_many_articles_as_were_asked(language: str, asked: int, said: str) -> None:
    words = wording_of(language)
    html = reply_html(abstention("q"), turn=1, titles={}, words=words, standing=TurnState(asked=asked))
    assert f'<p class="fn-lead">{said}</p>' in html
    assert f'data-announce="{said} ' in html


@pytest.mark.parametrize(
    ("asked", "said"), [(1, "The article does not say."), (3, "The articles do not say.")], ids=["one", "several"]
)
def test_the_terminal_speaks_of_as_many_articles_as_were_asked(asked: int, said: str) -> None:
    assert render_terminal(abstention("q"), asked=asked).startswith(said)


@pytest.mark.parametrize(("language", "marked"), [("de", ' lang="en"'), ("en", "")])
def test_what_the_product_says_in_english_is_marked_as_english_on_a_page_of_another_language(
    language: str, marked: str
) -> None:
    words = wording_of(language)
    failed = failure_html("q", "disk <full>", turn=1, words=words, language="en")
    assert f'<p class="fn-lead">{words.text("failure.title")}</p><p dir="auto"{marked}>disk &lt;full&gt;</p>' in failed
    unkept = reply_html(abstention("q"), turn=1, titles={}, words=words, standing=TurnState(unkept="disk <full>"))
    assert words.text("turn.unkept", reason=f'<span dir="auto"{marked}>disk &lt;full&gt;</span>') in unkept
    assert f'<p class="fn-quiet" dir="auto"{marked}>disk' in quiet_html("disk", words=words, language="en")


def test_a_defect_is_told_in_the_language_of_the_page() -> None:
    german = wording_of("de")
    message = german.text("failure.defect", log_id="1a2b")
    assert f'<p dir="auto">{message}</p>' in failure_html("q", message, turn=1, words=german)
