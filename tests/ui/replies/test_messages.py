from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale

import ui
from ui.replies.messages import Text, Wording, negotiated, wording_of, wordings

UI = Path(ui.__path__[0])
ENGLISH = wording_of("en")
OTHERS = [words for words in wordings().values() if words.language != "en"]


def forms(text: Text) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def placeholders(text: Text) -> set[str]:
    return {name for form in forms(text) for _, name, _, _ in Formatter().parse(form) if name is not None}


def sources() -> Iterator[str]:
    for pattern in ("*/*.py", "static/*.js", "*/static/*.js", "*/templates/*.html"):
        for path in UI.glob(pattern):
            yield path.read_text(encoding="utf-8")


def test_the_page_speaks_four_languages_english_first() -> None:
    assert [(words.language, words.name) for words in wordings().values()] == [
        ("en", "English"),
        ("de", "Deutsch"),
        ("it", "Italiano"),
        ("ru", "Русский"),
    ]


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words.name)
def test_a_language_says_all_that_english_says_and_nothing_else(words: Wording) -> None:
    assert set(words.texts) == set(ENGLISH.texts)


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words.name)
def test_a_language_has_the_same_placeholders(words: Wording) -> None:
    found = {key: placeholders(text) for key, text in words.texts.items()}
    assert found == {key: placeholders(text) for key, text in ENGLISH.texts.items()}


@pytest.mark.parametrize("words", wordings().values(), ids=lambda words: words.name)
def test_a_text_with_a_number_has_each_plural_form_of_its_language(words: Wording) -> None:
    categories = {*Locale.parse(words.locale).plural_form.tags, "other"}
    plurals = {key: set(text) for key, text in words.texts.items() if not isinstance(text, str)}
    assert plurals == dict.fromkeys(plurals, categories)
    assert {key for key, text in ENGLISH.texts.items() if not isinstance(text, str)} == set(plurals)


@pytest.mark.parametrize("words", wordings().values(), ids=lambda words: words.name)
def test_no_text_is_empty_or_markup(words: Wording) -> None:
    assert [form for text in words.texts.values() for form in forms(text) if not form.strip() or "<" in form] == []


def test_every_text_is_said_somewhere() -> None:
    used = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)+)["']""", "\n".join(sources())))
    given_to_widgets = set(ENGLISH.templates("widget."))  # all of them, by their keys: ui/widget/routes.py
    assert set(ENGLISH.texts) - used - given_to_widgets == set()


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 сносок."), (1, "1 сноска."), (2, "2 сноски."), (5, "5 сносок."), (11, "11 сносок."), (21, "21 сноска.")],
)
def test_russian_counts_in_its_own_forms(count: int, said: str) -> None:
    assert wording_of("ru").text("answer.footnotes", count=count) == said


def test_what_a_language_lacks_is_said_in_english_with_english_plurals() -> None:
    words = Wording("ru", "Русский", "ru_RU", {"sheet.close": "Закрыть"}, ENGLISH)
    assert words.text("sheet.close") == "Закрыть"
    assert words.text("answer.footnotes", count=21) == "21 footnotes."


def test_a_key_that_nobody_has_is_an_error() -> None:
    with pytest.raises(KeyError, match="no such key"):
        wording_of("de").text("no such key")


def test_braces_in_a_title_are_the_titles() -> None:
    assert ENGLISH.text("scope.only", title="{0.__class__} {count}") == "Only “{0.__class__} {count}” is asked."


@pytest.mark.parametrize(
    ("language", "number", "day"),
    [
        ("en", "200,000", "6 January 2022"),
        ("it", "200.000", "6 gennaio 2022"),
        ("de", "200.000", "6. Januar 2022"),
        ("ru", "200\N{NO-BREAK SPACE}000", "6 января 2022\N{NARROW NO-BREAK SPACE}г."),
    ],
)
def test_numbers_and_dates_are_written_as_the_language_writes_them(language: str, number: str, day: str) -> None:
    words = wording_of(language)
    assert (words.number(200_000), words.date(date(2022, 1, 6))) == (number, day)


def test_a_language_that_is_written_from_the_right_turns_the_page() -> None:
    assert ENGLISH.direction == "ltr"
    assert Wording("ar", "العربية", "ar", {}, ENGLISH).direction == "rtl"


@pytest.mark.parametrize("language", [None, "", "tlh", "EN", "../en"])
def test_an_unknown_language_is_english(language: str | None) -> None:
    assert wording_of(language) is ENGLISH


@pytest.mark.parametrize(
    ("header", "language"),
    [
        pytest.param("", "en", id="nothing"),
        pytest.param("ru-RU,ru;q=0.9,en;q=0.8", "ru", id="a region of a language"),
        pytest.param("fr,en;q=0.3,it;q=0.4", "it", id="the best that is known"),
        pytest.param("DE", "de", id="capitals"),
        pytest.param("de;q=0,it;q=0.1", "it", id="one that is refused"),
        pytest.param("de;q=x,*;q=0.5", "en", id="nonsense"),
        pytest.param("it;q=0.5,de;q=0.5", "it", id="a tie: the first"),
        pytest.param("q=1;;,,;", "en", id="punctuation"),
    ],
)
def test_a_browser_gets_the_language_it_likes_best(header: str, language: str) -> None:
    assert negotiated(header).language == language
