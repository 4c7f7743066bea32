"""What is copied and exported keeps its footnotes, and what an article says stays words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import jsonschema
import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.article import Article, Mark, Span
from qa.answer import Reply, Trace
from qa.conversations import Conversation, KeptTurn
from qa.reply_json import reply_schema, reply_to_json
from tests.ui.fakes import abstention, answer, citation, hit
from ui.replies import markdown as exporting
from ui.replies.clipboard import copied
from ui.replies.markdown import conversation_json
from ui.replies.messages import wording_of

ENGLISH = wording_of("en")
conversation_markdown = partial(exporting.conversation_markdown, words=ENGLISH)

START = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
TEA = Article(
    "tea",
    "Tea",
    "Tea is a drink of leaves. The leaves are dried.",
    url="https://example.org/tea",
    marks=(Mark("page", Span(0, 47), "3"), Mark("heading", Span(0, 47), "Drinks")),
)
ICE = Article("ice", "Ice", "Ice floats.")
DRINK = answer(TEA, "What is tea?", "Tea is a drink of leaves.", "The leaves are dried.", short="a drink")
FLOATS = answer(ICE, "Does ice float?", "Ice floats.")
UNKNOWN = abstention("Who drinks it?", nearest=[hit(TEA, "The leaves are dried."), hit(ICE, "Ice floats.")])
TITLES = {"tea": "Tea"}
LINK = "https://example.org/tea#:~:text="

# Right to left, in a title and in a quote.
PEACE = Article("peace", "שלום", "שלום [1] עולם.")


def conversation(*replies: Reply, title: str = "On tea") -> Conversation:
    turns = tuple(KeptTurn(n, reply, START + timedelta(minutes=n)) for n, reply in enumerate(replies))
    return Conversation("c1", title, START, START + timedelta(hours=1), ("tea",), turns)


def article_saying(text: str, *, title: str = "A", url: str | None = None) -> Article:
    return Article("any", title, text, url=url)


# The clipboard ------------------------------------------------------------------------------------


def test_an_answer_is_copied_as_text_with_its_footnotes() -> None:
    assert copied(DRINK, ENGLISH).text == (
        "a drink\n\n"
        "Tea is a drink of leaves. [1] The leaves are dried. [2]\n\n"
        f"[1] “Tea is a drink of leaves.” — Tea, p. 3, Drinks. {LINK}Tea%20is%20a%20drink%20of%20leaves.\n"
        f"[2] “The leaves are dried.” — Tea, p. 3, Drinks. {LINK}The%20leaves%20are%20dried."
    )


def test_an_answer_is_copied_as_html_with_its_footnotes() -> None:
    assert copied(DRINK, ENGLISH).html == (
        '<p dir="auto"><strong>a drink</strong></p>'
        '<p dir="auto">Tea is a drink of leaves.<sup>[1]</sup> The leaves are dried.<sup>[2]</sup></p>'
        f'<p dir="auto">[1] <q>Tea is a drink of leaves.</q> — '
        f'<a href="{LINK}Tea%20is%20a%20drink%20of%20leaves.">Tea, p. 3, Drinks</a></p>'
        f'<p dir="auto">[2] <q>The leaves are dried.</q> — '
        f'<a href="{LINK}The%20leaves%20are%20dried.">Tea, p. 3, Drinks</a></p>'
    )


def test_what_was_withheld_is_never_exported() -> None:
    withheld = replace(UNKNOWN, nearest=(), best_guess=citation(TEA, "The leaves are dried."))
    assert "dried" not in conversation_markdown(conversation(withheld), {})


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("verified", "“Ice floats.” — Ice"),
        ("repaired", "“Ice floats.” — Ice (quote found, place corrected)"),
        ("unverified", "“Ice floats.” — Ice (quote not found)"),
    ],
)
def test_a_footnote_says_when_it_is_not_simply_verified(status: str, said: str) -> None:
    reply = replace(FLOATS, citations=(replace(FLOATS.citations[0], status=status),))  # type: ignore[arg-type]  # a Literal
    assert copied(reply, ENGLISH).text.endswith(f"\n[1] {said}")
    assert copied(reply, ENGLISH).html.endswith(f"{said.replace('“', '<q>').replace('”', '</q>')}</p>")
    assert conversation_markdown(conversation(reply), {}).endswith(f"\n[^1]: {said}\n")


def test_what_no_citation_supports_says_so_and_so_does_the_notice() -> None:
    text = f"{FLOATS.text} It sings. It sinks. [1]"
    reply = replace(FLOATS, text=text, unsupported=(Span(16, 25), Span(26, 35)), notice="Half a model.", partial=True)
    marked = "Ice floats. [1] It sings. (not supported) It sinks. (not supported) [1]"
    assert copied(reply, ENGLISH).text.split("\n\n")[:3] == [
        marked,
        "Answers only part of the question",
        "Half a model.",
    ]
    assert f'<p dir="auto">{marked.replace(" [1]", "<sup>[1]</sup>")}</p>' in copied(reply, ENGLISH).html
    assert f"\n{marked.replace(' [1]', '[^1]')}\n\nAnswers only" in conversation_markdown(conversation(reply), {})


def test_an_abstention_says_its_notice() -> None:
    reply = replace(UNKNOWN, nearest=(), notice="The model <b> was silent.")
    assert conversation_markdown(conversation(reply), {}).endswith("\n\nThe model \\<b\\> was silent.\n")


def test_several_places_of_one_footnote_are_one_footnote_and_the_same_place_is_named_once() -> None:
    first = FLOATS.citations[0]
    elsewhere = citation(TEA, "The leaves are dried.")
    reply = replace(FLOATS, citations=(first, replace(first, supports=Span(0, 3)), elsewhere))
    assert copied(reply, ENGLISH).text.splitlines()[-1] == (
        f"[1] “Ice floats.” — Ice; “The leaves are dried.” — Tea, p. 3, Drinks. {LINK}The%20leaves%20are%20dried."
    )


@pytest.mark.parametrize("between", ["", " ", "\n "], ids=["nothing", "a space", "a line"])
def test_markers_that_stand_side_by_side_stay_so(between: str) -> None:
    reply = replace(DRINK, text=f"Leaves are dried. [1]{between}[2] Then [2] [3] they are tea.", short_answer=None)
    assert copied(reply, ENGLISH).text.startswith("Leaves are dried. [1][2] Then [2] [3] they are tea.\n")
    assert "Leaves are dried.[^1][^2] Then[^2] \\[3\\] they" in conversation_markdown(conversation(reply), {})


def test_brackets_of_a_quote_are_the_authors_and_no_marker() -> None:
    quote = "See [1] and [2]."
    reply = answer(article_saying(f"{quote} So."), "?", quote, "So.")
    assert copied(reply, ENGLISH).html.startswith(
        '<p dir="auto">See [1] and [2].<sup>[1]</sup> So.<sup>[2]</sup></p>',
    )
    assert "\nSee \\[1\\] and \\[2\\].[^1] So.[^2]\n" in conversation_markdown(conversation(reply), {})


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org", "https:///x"]
)
def test_what_is_no_page_of_the_web_is_no_link(url: str | None) -> None:
    reply = answer(replace(ICE, url=url), "?", "Ice floats.")
    assert copied(reply, ENGLISH).text.endswith("\n[1] “Ice floats.” — Ice")
    assert "href" not in copied(reply, ENGLISH).html
    assert conversation_markdown(conversation(reply), {}).endswith("\n[^1]: “Ice floats.” — Ice\n")


# Markdown -----------------------------------------------------------------------------------------


def test_a_conversation_is_exported_as_markdown_with_footnotes_numbered_through() -> None:
    follow_up = replace(FLOATS, trace=Trace("Does ice float on water?"))
    assert conversation_markdown(conversation(DRINK, UNKNOWN, follow_up), TITLES) == (
        "# On tea\n\n"
        "2026-11-22\n\n"
        "## What is tea?\n\n"
        "**a drink**\n\n"
        "Tea is a drink of leaves.[^1] The leaves are dried.[^2]\n\n"
        "## Who drinks it?\n\n"
        "The article does not say. It comes near the subject, but does not state what was asked.\n\n"
        "Nearest passages (not an answer):\n\n"
        "- “The leaves are dried.” — Tea\n"
        "- “Ice floats.” — ice\n\n"
        "## Does ice float?\n\n"
        "*Read as:* Does ice float on water?\n\n"
        "Ice floats.[^3]\n\n"
        f"[^1]: “Tea is a drink of leaves.” — [Tea, p. 3, Drinks](<{LINK}Tea%20is%20a%20drink%20of%20leaves.>)\n\n"
        f"[^2]: “The leaves are dried.” — [Tea, p. 3, Drinks](<{LINK}The%20leaves%20are%20dried.>)\n\n"
        "[^3]: “Ice floats.” — Ice\n"
    )


def test_a_conversation_of_nothing_is_its_title_and_day() -> None:
    assert conversation_markdown(conversation(), {}) == "# On tea\n\n2026-11-22\n"


def test_paragraphs_of_an_answer_stay_paragraphs_and_a_quote_stays_on_one_line() -> None:
    quote = "Leaves.\n\n  Water.\r\nHeat."
    markdown = conversation_markdown(conversation(answer(article_saying(quote), "?", quote)), {})
    assert "\nLeaves.\n\nWater.\nHeat.[^1]\n" in markdown
    assert markdown.endswith("\n[^1]: “Leaves. Water. Heat.” — A\n")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("*a* _b_ `c` ~d~", r"\*a\* \_b\_ \`c\` \~d\~", id="emphasis and code"),
        pytest.param("[a](https://b.c)", r"\[a\](https:\//b.c)", id="link"),
        pytest.param("![a](b)", r"!\[a\](b)", id="image"),
        pytest.param("<img src=x onerror=y>", r"\<img src=x onerror=y\>", id="HTML"),
        pytest.param("<!-- a -->", r"\<!-- a --\>", id="comment"),
        pytest.param("&lt; &#60;", r"\&lt; \&\#60;", id="entities"),
        pytest.param("# a", r"\# a", id="heading"),
        pytest.param("- a", r"\- a", id="list"),
        pytest.param("+ a", r"\+ a", id="list with a plus"),
        pytest.param("12. a", r"12\. a", id="numbered list"),
        pytest.param("12) a", r"12\) a", id="numbered list with a parenthesis"),
        pytest.param("> a", r"\> a", id="quotation"),
        pytest.param("a\n===", "a\n\\===", id="underlined heading"),
        pytest.param("a\n---", "a\n\\---", id="underlined heading of the second level"),
        pytest.param("    a", "a", id="indented code"),
        pytest.param("```\na", "\\`\\`\\`\na", id="fence"),
        pytest.param("|a|b|\n|-|-|", "\\|a\\|b\\|\n\\|-\\|-\\|", id="table"),
        pytest.param("[^1]: a", r"\[\^1\]: a", id="footnote"),
        pytest.param("[1]: https://a", r"\[1\]: https:\//a", id="reference"),
        pytest.param("www.a.org", r"www\.a.org", id="bare address"),
        pytest.param("\\*a", r"\\\*a", id="backslash"),
        pytest.param("$a$ a@b.org", r"\$a\$ a@b.org", id="formula"),
        pytest.param("x\x00\x1b[2J\u202ey\u2069z", "x\ufffd\ufffd\\[2Jyz", id="control and reordering characters"),
    ],
)
def test_what_an_article_says_is_no_markup(text: str, written: str) -> None:
    markdown = conversation_markdown(conversation(answer(article_saying(text), "?", text)), {})
    assert markdown.split("\n\n")[3] == f"{written}[^1]"


@pytest.mark.parametrize(
    ("before", "after"),
    [("Tea", ": a"), ("Tea", "(b)"), ("Tea!", ""), ("Tea", "[^2]")],
    ids=["definition", "link", "image", "two"],
)
def test_a_marker_is_no_other_markup_with_what_stands_beside_it(before: str, after: str) -> None:
    reply = replace(FLOATS, text=f"{before} [1]{after}")
    (written,) = [
        line for line in conversation_markdown(conversation(reply), {}).splitlines() if line.startswith("Tea")
    ]
    escaped = {": a": r"\: a", "(b)": r"\(b)", "[^2]": r"\[\^2\]"}.get(after, after)
    assert written == f"{before.replace('!', chr(92) + '!')}[^1]{escaped}"


def test_a_footnote_is_no_reference_where_footnotes_are_not_known() -> None:
    said = 'So "and so"'
    markdown = conversation_markdown(conversation(answer(article_saying(said, title='"'), "?", said)), {})
    assert markdown.endswith('\n[^1]: “So \\"and so"” — "\n')
    assert [token for token in inline_tokens(markdown) if token.type == "link_open"] == []


def test_a_title_stays_within_its_heading_and_its_link() -> None:
    title = "A](https://evil.example)\n# B <script>"
    reply = answer(replace(TEA, title=title, marks=()), "?", "The leaves are dried.")
    markdown = conversation_markdown(conversation(reply, title=title), {})
    escaped = r"A\](https:\//evil.example) \# B \<script\>"
    assert markdown.startswith(f"# {escaped}\n\n2026")
    assert markdown.endswith(f" — [{escaped}](<{LINK}The%20leaves%20are%20dried.>)\n")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://a.org/x>) [y](z", "https://a.org/x%3E)%20[y](z#:~:text=Ice%20floats."),
        ("https://a.org/?a=1&copy;=2", "https://a.org/?a=1&amp;copy;=2#:~:text=Ice%20floats."),
        ("https://a.org/\\\n\"茶'", "https://a.org/%5C%0A%22%E8%8C%B6'#:~:text=Ice%20floats."),
    ],
    ids=["brackets", "entity", "other characters"],
)
def test_an_address_stays_within_its_link(url: str, target: str) -> None:
    markdown = conversation_markdown(conversation(answer(replace(ICE, url=url), "?", "Ice floats.")), {})
    assert markdown.endswith(f" — [Ice](<{target}>)\n")


def test_what_runs_from_right_to_left_is_kept_apart() -> None:
    reply = answer(PEACE, "מה?", PEACE.text)
    assert copied(reply, ENGLISH).text == "שלום [1] עולם. [1]\n\n[1] “\u2068שלום [1] עולם.\u2069” — \u2068שלום\u2069"
    assert copied(reply, ENGLISH).html.endswith("<q>\u2068שלום [1] עולם.\u2069</q> — \u2068שלום\u2069</p>")
    assert conversation_markdown(conversation(reply), {}).endswith(
        "\n[^1]: “\u2068שלום \\[1\\] עולם.\u2069” — \u2068שלום\u2069\n"
    )


# Whatever is said, read by a parser of Markdown and one of HTML -----------------------------------

SAID = (
    st.text(
        st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(list("\\`*_[]()<>&~|#$^!:/-+=.1 \n\t\"'"))),
        min_size=1,
        max_size=40,
    )
    .map(str.strip)
    .filter(bool)
)
PLAIN_TOKENS = {"text", "softbreak", "strong_open", "strong_close", "em_open", "em_close"}


def inline_tokens(markdown: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        yield from token.children or ()


def blocks(markdown: str) -> list[str]:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    return [token.tag for token in tokens if token.nesting == 1]


def squeezed(text: str) -> str:
    """Return what is left of a text when it is written: white space apart, without what no export carries."""
    kept = re.sub(r"[\u202a-\u202e\u2066-\u2069]", "", text)
    return "".join(re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]", "\ufffd", kept).split())


@given(SAID, SAID, SAID)
def test_markdown_says_exactly_what_was_said_and_nothing_of_it_is_markup(title: str, question: str, text: str) -> None:
    source = article_saying(text, title=title)
    reply = replace(answer(source, question, text), question=question, trace=Trace(question))
    markdown = conversation_markdown(conversation(reply, title=title), {})
    tokens = list(inline_tokens(markdown))
    assert {token.type for token in tokens} <= PLAIN_TOKENS
    assert {token.type for token in tokens if "em" in token.type or "strong" in token.type} == set()
    assert set(blocks(markdown)) == {"h1", "h2", "p"}
    assert blocks(markdown).count("h2") == 1
    said = squeezed("".join(token.content for token in tokens if token.type == "text"))
    assert said == squeezed(f"{title}2026-11-22{question}{text}[^1][^1]:“{text}”—{title}")


@given(SAID, SAID)
def test_copied_html_says_exactly_what_was_said_and_nothing_of_it_is_markup(title: str, text: str) -> None:
    source = article_saying(text, title=title, url="https://example.org/")
    page = lxml.html.fromstring(f"<div>{copied(answer(source, '?', text), ENGLISH).html}</div>")
    assert {element.tag for element in page.iter()} <= {"div", "p", "sup", "q", "a", "br"}
    assert {name for element in page.iter() for name in element.attrib} == {"dir", "href"}
    (link,) = page.iter("a")
    assert str(link.get("href")).startswith("https://example.org/#:~:text=")
    said = squeezed("".join(map(str, page.itertext())))
    assert said == squeezed(f"{text}[1][1]{text}—{title}")


# JSON ---------------------------------------------------------------------------------------------


def test_a_conversation_is_exported_as_json_with_replies_in_their_published_shape() -> None:
    document = conversation_json(conversation(DRINK, UNKNOWN))
    assert document == {
        "format": "footnote-conversation/1",
        "id": "c1",
        "title": "On tea",
        "created": "2026-11-22T10:30:00+00:00",
        "updated": "2026-11-22T11:30:00+00:00",
        "article_ids": ["tea"],
        "turns": [
            {"position": 0, "created": "2026-11-22T10:30:00+00:00", "reply": reply_to_json(DRINK)},
            {"position": 1, "created": "2026-11-22T10:31:00+00:00", "reply": reply_to_json(UNKNOWN)},
        ],
    }
    assert json.loads(json.dumps(document)) == document
    for turn in document["turns"]:
        jsonschema.Draft202012Validator(reply_schema()).validate(turn["reply"])


def test_a_conversation_about_all_articles_says_so() -> None:
    assert conversation_json(replace(conversation(), article_ids=None))["article_ids"] is None


def test_quotes_of_the_json_are_exact_to_the_character() -> None:
    quote = "A \u202equote\x00,\n\n  with 🙂 all."
    document = conversation_json(conversation(answer(article_saying(quote), "?", quote)))
    assert document["turns"][0]["reply"]["citations"][0]["source"]["quote"]["exact"] == quote
