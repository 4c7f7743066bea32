"""Where sentences begin and end, in texts of several kinds and languages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Span
from index.sentences import split_sentences, trimmed

# Texts as they come: words, full stops, abbreviations, line ends, other scripts, control characters.
PIECES = st.sampled_from(
    ["The Nile", " flows", ". ", "! ", "?\n", "\n\n", "\n", " ", "\t", "Dr. ", "z. B. ", "e.g. ", "3.5", "…", '."',
     ") ", "Kasym-Zhomart. ", "Tokaev", "茶是饮料。", "Чай. ", "شاي؟ ", "🙂", "👩‍👩‍👧", "- item\n", "| a | b |\n",
     "\u2028", "\x85", "\x1c", "\u200f", "\ufeff"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join))
LANGUAGES = st.sampled_from([None, "en", "de", "ru", "zh", "ar", "zz"])

WRAPPED = """\
The river rises in the hills of the south, where the rain
falls for nine months of the year and the paths are washed
away. From there it flows north through two countries and
reaches the sea. Nobody has counted its islands."""


def sentences_of(text: str, language: str | None = None) -> list[str]:
    return [span.slice(text) for span in split_sentences(text, language=language)]


@given(TEXTS, LANGUAGES)
def test_sentences_stand_in_order_do_not_overlap_and_have_no_space_around_them(text: str, language: str | None) -> None:
    spans = split_sentences(text, language=language)
    assert all(one.end <= two.start for one, two in pairwise(spans))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert [span.slice(text).strip() for span in spans] == [span.slice(text) for span in spans]


@given(TEXTS, LANGUAGES)
def test_every_character_but_white_space_is_in_a_sentence(text: str, language: str | None) -> None:
    inside = {position for span in split_sentences(text, language=language) for position in range(*span)}
    outside = [character for position, character in enumerate(text) if position not in inside]
    assert "".join(outside).strip() == ""


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\n", "\ufeff \n".strip("\ufeff")])
def test_a_text_of_white_space_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == []


def test_offsets_count_code_points() -> None:
    text = "🙂 Hi there. 👩‍👩‍👧 Bye."
    assert split_sentences(text)[0] == Span(0, 11)
    assert sentences_of(text) == ["🙂 Hi there.", "👩‍👩‍👧 Bye."]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. Smith met Mr. Jones at 3 p.m. on Jan. 5.", "They spoke of the U.S. economy."],
        ["It was, e.g., weak.", "Prices rose by 3.5 percent."],
        ['"It is over," he said.', "Was it?", "It was!"],
        ["See Fig. 3 for details.", "It is on p. 12."],
    ],
    ids=["titles", "numbers", "quotes", "references"],
)
def test_abbreviations_end_no_sentence(sentences: list[str]) -> None:
    assert sentences_of(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("de", ["Das ist z. B. ein Satz von Dr. Müller.", "Am 3. Oktober wird gefeiert.", "Gut!"]),
        ("ru", ["Река течёт на север.", "Она длинная!", "Кто её видел?"]),
        ("zh", ["茶是一种饮料。", "它由叶子制成！", "好吗？"]),
        ("ar", ["الشاي مشروب.", "يصنع من الأوراق!", "هل هو جيد؟"]),
    ],
)
def test_other_languages_are_split_by_their_own_stops(language: str, sentences: list[str]) -> None:
    gap = "" if language == "zh" else " "
    assert sentences_of(gap.join(sentences), language) == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["Река течёт на север.", "Она длинная!"],
        ["茶是一种饮料。", "它由叶子制成！"],
        ["الشاي مشروب.", "هل هو جيد؟"],
    ],
    ids=["russian", "chinese", "arabic"],
)
def test_a_language_that_is_not_named_is_told_by_its_script(sentences: list[str]) -> None:
    assert sentences_of(" ".join(sentences)) == sentences


def test_a_region_and_capitals_in_a_language_code_do_not_matter() -> None:
    text = "Am 3. Oktober wird gefeiert."
    assert sentences_of(text, "de-AT") == sentences_of(text, "DE") == [text]


def test_an_unknown_language_is_split_all_the_same() -> None:
    assert sentences_of("Eins ist da. Zwei ist fort.", "zz") == ["Eins ist da.", "Zwei ist fort."]


def test_a_blank_line_ends_a_sentence() -> None:
    assert sentences_of("A heading\n\nIts text. More\n \n\nEnd") == ["A heading", "Its text.", "More", "End"]


def test_a_line_of_a_list_or_table_is_a_sentence() -> None:
    text = "Shopping\n- two apples\n- bread\n| tea | 3 |\n| salt | 1 |"
    assert sentences_of(text) == text.split("\n")


def test_a_line_end_in_a_text_wrapped_by_hand_ends_nothing() -> None:
    assert [sentence.replace("\n", " ") for sentence in sentences_of(WRAPPED)] == [
        "The river rises in the hills of the south, where the rain falls for nine months of the year and the "
        "paths are washed away.",
        "From there it flows north through two countries and reaches the sea.",
        "Nobody has counted its islands.",
    ]


def test_a_paragraph_wrapped_by_hand_does_not_swallow_its_neighbours() -> None:
    assert sentences_of(f"Heading\n\n{WRAPPED}\n\nNotes")[0] == "Heading"
    assert sentences_of(f"Heading\n\n{WRAPPED}\n\nNotes")[-1] == "Notes"


def test_a_name_torn_by_a_stray_full_stop_is_not_split() -> None:
    text = "President Kasym-Zhomart. Tokaev asked for help. It came."
    assert sentences_of(text) == ["President Kasym-Zhomart. Tokaev asked for help.", "It came."]


def test_a_sentence_that_ends_with_a_hyphenated_word_is_still_split() -> None:
    assert sentences_of("This is well-known. Nobody asked.") == ["This is well-known.", "Nobody asked."]


def test_trimming_takes_the_white_space_at_both_ends() -> None:
    assert trimmed("  ab \n", Span(0, 6)) == Span(2, 4)
    assert trimmed("   ", Span(1, 3)) == Span(3, 3)


def test_torn_names_are_not_joined_without_end() -> None:
    """Each joined name had the whole of what was joined looked at anew."""
    text = "The Aa-Bb. " + "Aa-Bb. " * 1000
    spans = split_sentences(text)
    assert max(span.end - span.start for span in spans) <= 2007
    assert "".join(span.slice(text) for span in spans).replace(" ", "") == text.replace(" ", "")
