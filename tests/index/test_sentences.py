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


def test_the_line_end_of_a_file_makes_its_last_paragraph_no_other() -> None:
    assert sentences_of(f"{WRAPPED}\n") == sentences_of(WRAPPED)
    assert sentences_of(f"Heading\n\n{WRAPPED}\n") == ["Heading", *sentences_of(WRAPPED)]


def test_a_paragraph_wrapped_by_hand_does_not_swallow_its_neighbours() -> None:
    assert sentences_of(f"Heading\n\n{WRAPPED}\n\nNotes")[0] == "Heading"
    assert sentences_of(f"Heading\n\n{WRAPPED}\n\nNotes")[-1] == "Notes"


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


@pytest.mark.parametrize("by", [1, 3, 7, 14, 40])
def test_a_text_wrapped_by_hand_is_the_same_however_far_it_is_indented(by: int) -> None:
    flat = [" ".join(sentence.split()) for sentence in sentences_of(WRAPPED)]
    for text in (indented(WRAPPED, by), f"Title\n\n{indented(WRAPPED, by)}\n\nNotes", f"\n\n{indented(WRAPPED, by)}\n"):
        found = [" ".join(sentence.split()) for sentence in sentences_of(text)]
        assert [sentence for sentence in found if sentence not in ("Title", "Notes")] == flat


def test_a_text_indented_by_tabs_is_no_other() -> None:
    assert len(sentences_of(WRAPPED.replace("\n", "\n\t"))) == len(sentences_of("\t" + WRAPPED)) == 3


RFC = """\
4.2.  Retries

   A client that has had no reply within ten seconds SHOULD send its
   request again.  It MUST NOT do so more than five times [RFC9999],
   since the server counts each of them (see Section 7.1).

   o  A request that changes nothing may be sent again at once, even
      where the first one may have been received.

   o  Others wait.
"""

MANUAL_PAGE = """\
DESCRIPTION
       kettle  heats  water until it boils, and then turns itself off.  It can
       be told to keep the water warm, in which case it  does  so  for  forty
       minutes.

       -k, --keep-warm
              Keep  the  water warm.  The temperature is that of the last use
              unless another is named on the command line.

       -q     Do not whistle.
"""

BOOK = """\
    It was late in May when the river rose over the meadows, and the
boats that had lain on the grass all winter floated of themselves.
    Nobody was surprised. The old people said that it had been so in
every year that they remembered, and went on with their work.
"""


def test_an_rfc_is_read_in_sentences() -> None:
    assert [" ".join(sentence.split()) for sentence in sentences_of(RFC)] == [
        "4.2.",
        "Retries",
        "A client that has had no reply within ten seconds SHOULD send its request again.",
        "It MUST NOT do so more than five times [RFC9999], since the server counts each of them (see Section 7.1).",
        "o A request that changes nothing may be sent again at once, even where the first one may have been received.",
        "o Others wait.",
    ]


def test_a_manual_page_is_read_in_sentences_and_its_titles_stand_alone() -> None:
    assert [" ".join(sentence.split()) for sentence in sentences_of(MANUAL_PAGE)] == [
        "DESCRIPTION",
        "kettle heats water until it boils, and then turns itself off.",
        "It can be told to keep the water warm, in which case it does so for forty minutes.",
        "-k, --keep-warm",
        "Keep the water warm.",
        "The temperature is that of the last use unless another is named on the command line.",
        "-q Do not whistle.",
    ]


def test_a_book_whose_paragraphs_begin_indented_is_read_in_sentences() -> None:
    assert [" ".join(sentence.split()) for sentence in sentences_of(BOOK)] == [
        "It was late in May when the river rose over the meadows, and the boats that had lain on the grass all winter "
        "floated of themselves.",
        "Nobody was surprised.",
        "The old people said that it had been so in every year that they remembered, and went on with their work.",
    ]


POEM = """\
    the river comes down in the dark of the year
    and carries the boats to the sea
    the meadow is under the water again
    and nobody waits there for me
    the bells of the village are heard from afar
    as thin as the cry of a bird"""

CODE = """\
    for article in library.articles_of(folder, recursive=True):
        passages = chunk_article(article, count_tokens=embedder.count)
        vectors = embedder.embed_passages([each.text for each in passages])
        library.put(article, embed(passages, vectors), title=article.title)
        progress(done=len(passages), total=library.count_passages())"""

TABLE = """\
   boat      lies on the meadow     until the river rises in May
   cart      stands in the barn     until the hay is brought in
   plough    stands in the yard     until the fields are dry again"""

TWO_ROWS = """\
   the boat       lies on the meadow until it rises
   the cart       stands in the barn until the hay"""

LIST = """\
   - two boats that lie on the meadow until the river rises in May
   - one cart that stands in the barn until the hay is brought in
   - ploughs that stand in the yard until the fields are dry again"""

NUMBERED = """\
   1. take the boat that lies on the meadow and bring it to the water
   2. see that both of the oars are in it and that neither is broken
   3. wait until somebody comes who knows where the river is shallow"""


@pytest.mark.parametrize(
    "text", [POEM, CODE, TABLE, TWO_ROWS, LIST, NUMBERED], ids=["poem", "code", "table", "two rows", "list", "numbered"]
)
def test_indented_lines_that_are_no_prose_stay_lines(text: str) -> None:
    joined = [sentence for sentence in sentences_of(text) if "\n" in sentence]
    assert joined == []


def test_an_item_of_a_list_takes_its_own_lines_along_and_no_others() -> None:
    text = """\
   * two boats that lie on the meadow until the river rises, which
     it does in May
   * one cart"""
    assert [" ".join(sentence.split()) for sentence in sentences_of(text)] == [
        "* two boats that lie on the meadow until the river rises, which it does in May",
        "* one cart",
    ]


def test_a_sentence_of_an_indented_text_keeps_every_character_between_its_ends() -> None:
    text = f"Title\n\n{indented(WRAPPED, 3)}\n"
    _, first, *_ = split_sentences(text)
    assert first == Span(text.index("The river"), text.index("away.") + 5)
    assert first.slice(text) == indented(WRAPPED, 3)[3 : first.end - first.start + 3]


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
