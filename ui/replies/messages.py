"""The words that a person reads on the page, in each language that has a catalogue.

A language is a file ``catalogue/CODE.json``: its own name, the locale its dates
and numbers are written for, and a text for each key. A text is a string with
``{placeholders}``, or one string for each plural category of the language (the
categories are CLDR's, and ``count`` decides). A key that a language lacks is
said in English. The only file that imports Babel.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from babel import Locale

DEFAULT_LANGUAGE = "en"
Text = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """What to say in one language; ``fallback`` says what this one has no text for."""

    language: str
    name: str
    locale: str
    texts: Mapping[str, Text]
    fallback: Wording | None = None

    def text(self, key: str, **values: str | int) -> str:
        """Return a text with its placeholders filled in; whole numbers are written as the language writes them.

        Raises:
            KeyError: no language has the key, or a placeholder has no value.
        """
        if key not in self.texts and self.fallback is not None:
            return self.fallback.text(key, **values)
        text = self.texts[key]
        if not isinstance(text, str):
            text = text.get(self._plural(int(values["count"])), text["other"])
        return text.format_map({n: self.number(v) if isinstance(v, int) else v for n, v in values.items()})

    def templates(self, prefix: str) -> dict[str, str]:
        """Return the texts whose keys begin like this, placeholders not filled in; those that count are left out."""
        inherited = self.fallback.templates(prefix) if self.fallback is not None else {}
        own = {key: text for key, text in self.texts.items() if key.startswith(prefix) and isinstance(text, str)}
        return inherited | own

    def spoken(self, prefix: str) -> dict[str, Text]:
        """Return the texts whose keys begin like this, with all plural forms, for a page that fills them in itself."""
        inherited = self.fallback.spoken(prefix) if self.fallback is not None else {}
        return inherited | {key: text for key, text in self.texts.items() if key.startswith(prefix)}

    def number(self, number: int) -> str:
        """Return ``12,345``, with the separators of the language."""
        from babel.numbers import format_decimal

        return str(number) if abs(number) < 1000 else format_decimal(number, locale=self._locale)

    def date(self, day: date) -> str:
        """Return ``6 January 2022``."""
        from babel.dates import format_date

        return format_date(day, format="long", locale=self._locale)

    def language_name(self, code: str) -> str:
        """Return what this language calls another, by its code; a code that is unknown stays as it is."""
        from babel import Locale, UnknownLocaleError

        try:
            named = Locale.parse(code.replace("_", "-"), sep="-").get_display_name(self._locale)
        except (UnknownLocaleError, ValueError):
            return code
        return f"{named[0].upper()}{named[1:]}" if named else code

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The direction in which the language is written."""
        return "rtl" if self._locale.text_direction == "rtl" else "ltr"

    def _plural(self, count: int) -> str:
        category: str = self._locale.plural_form(count)
        return category

    @property
    def _locale(self) -> Locale:
        return _parsed(self.locale)


@cache
def wordings() -> Mapping[str, Wording]:
    """Return what each language says, by its code, English first and the others by name."""
    folder = importlib.resources.files("ui") / "replies" / "catalogue"
    files = [file for file in folder.iterdir() if file.name.endswith(".json")]
    catalogues = {file.name.removesuffix(".json"): json.loads(file.read_text("utf-8")) for file in files}
    english = _wording(DEFAULT_LANGUAGE, catalogues.pop(DEFAULT_LANGUAGE), None)
    others = [_wording(code, catalogue, english) for code, catalogue in catalogues.items()]
    return {wording.language: wording for wording in (english, *sorted(others, key=lambda other: other.name))}


def wording_of(language: str | None) -> Wording:
    """Return what a language says; English where it has no catalogue."""
    known = wordings()
    return known.get(language or DEFAULT_LANGUAGE, known[DEFAULT_LANGUAGE])


def negotiated(accept_language: str) -> Wording:
    """Return the wording that a browser's ``Accept-Language`` likes best; ``ru-RU`` is served by ``ru``."""
    known = wordings()
    wanted = sorted(_ranges(accept_language), key=lambda pair: -pair[1])
    return known[next((code for code, weight in wanted if code in known and weight > 0), DEFAULT_LANGUAGE)]


def _ranges(accept_language: str) -> list[tuple[str, float]]:
    """Return the languages of a header with their weights; a weight that is no number counts as none."""
    found = []
    for part in accept_language[:1000].split(","):
        tag, _, quality = part.partition(";")
        weight = quality.strip().removeprefix("q=") or "1"
        is_number = weight.replace(".", "", 1).isdecimal()
        found.append((tag.strip().lower().partition("-")[0], float(weight) if is_number else 0.0))
    return found


def _wording(language: str, catalogue: Mapping[str, Any], fallback: Wording | None) -> Wording:
    return Wording(language, catalogue["name"], catalogue["locale"], catalogue["texts"], fallback)


@cache
def _parsed(locale: str) -> Locale:
    from babel import Locale

    return Locale.parse(locale)


def confidence_in_words(confidence: float, words: Wording) -> str:
    """Say a probability in words: below a half the answer is more likely wrong than right."""
    if confidence >= 0.8:
        return words.text("confidence.high")
    return words.text("confidence.fair") if confidence >= 0.5 else words.text("confidence.low")
