"""Numbers of a text as values with units: "4.2 million", "4,200,000", "twelve per cent", "14 May 1987".

English number words and units; digits in any language. A month counts as the
unit of the day and the year beside it, so that a date is compared as a whole.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.english.comparison_words import Token, folded, name_form, normalised, tokens_of
from qa.english.lexicon import MONTHS, ORDINALS, SMALL_NUMBERS, TENS


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, what it counts where that is a known unit, and how it was written.

    ``value`` is in the base unit of ``unit`` (metres for kilometres).
    ``bound`` says how it was hedged: "" not at all, "about", "over", "under".
    """

    value: float
    unit: str
    written: str
    bound: str = ""


_SMALL = {word: value for value, word in enumerate(SMALL_NUMBERS)}
_TENS = {word: 10 * value for value, word in enumerate(TENS, start=2)}
_ORDINALS = {word: value for value, word in enumerate(ORDINALS, start=2)} | {"twice": 2, "thrice": 3}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
_SCALE_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "tn": 1e12}
_FRACTIONS = {"half": 0.5, "quarter": 0.25}

# unit, its factor to the base unit: the words for it
_UNITS: dict[str, tuple[str, float]] = {
    word: (unit, factor)
    for unit, factor, words in (
        ("metre", 1e-3, "mm millimetre millimeter"),
        ("metre", 1e-2, "cm centimetre centimeter"),
        ("metre", 1.0, "m metre meter"),
        ("metre", 1e3, "km kilometre kilometer kmh kph"),
        ("mile", 1.0, "mile mi mph"),
        ("foot", 1.0, "foot feet ft"),
        ("inch", 1.0, "inch inches"),
        ("yard", 1.0, "yard yd"),
        ("gram", 1e-3, "mg milligram"),
        ("gram", 1.0, "g gram gramme"),
        ("gram", 1e3, "kg kilogram kilo kilogramme"),
        ("gram", 1e6, "tonne t"),
        ("ton", 1.0, "ton"),
        ("pound", 1.0, "pound lb lbs £ gbp sterling"),
        ("ounce", 1.0, "ounce oz"),
        ("litre", 1e-3, "ml millilitre milliliter"),
        ("litre", 1.0, "l litre liter"),
        ("gallon", 1.0, "gallon"),
        ("hectare", 1.0, "hectare ha"),
        ("acre", 1.0, "acre"),
        ("second", 1.0, "second sec s"),
        ("second", 60.0, "minute min mins"),
        ("second", 3600.0, "hour hr hrs h"),
        ("second", 86400.0, "day"),
        ("second", 604800.0, "week"),
        ("month", 1.0, "month"),
        ("month", 12.0, "year yr yrs"),
        ("month", 120.0, "decade"),
        ("per cent", 1.0, "% percent pct"),
        ("per thousand", 1.0, "‰"),
        ("dollar", 1.0, "$ dollar usd"),
        ("euro", 1.0, "€ euro eur"),
        ("yen", 1.0, "¥ yen jpy"),
        ("cent", 1.0, "cent"),
        ("watt", 1.0, "w watt"),
        ("watt", 1e3, "kw kilowatt"),
        ("watt", 1e6, "mw megawatt"),
        ("watt", 1e9, "gw gigawatt"),
        ("degree", 1.0, "° degree"),
        ("century", 1.0, "century centuries"),
    )
    for word in words.split()
}
# Words that are compared as units, wherever they stand.
UNIT_WORDS = frozenset(word for word in _UNITS if len(word) > 3)
_TEMPERATURES = {"c": "celsius", "celsius": "celsius", "f": "fahrenheit", "fahrenheit": "fahrenheit"}
_HEDGES = dict.fromkeys("about around roughly approximately some circa".split(), "about")
_HEDGES |= dict.fromkeys(("over", "exceeding", "above", "more than", "at least"), "over")
_HEDGES |= dict.fromkeys(("under", "below", "nearly", "almost", "less than", "fewer than", "at most"), "under")
_ROUNDING = 0.05  # how far a hedged number may be from the source's, as a share of it
_YEARS = range(1000, 2200)
_CURRENCIES = frozenset("$ € £ ¥ dollar euro pound yen".split())

_ISO_DATE = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-(\d\d)\b")
_SHORT_RANGE = re.compile(r"\b(\d\d)(\d\d)-(\d\d)\b(?![-\d])")
_POWER = re.compile(r"\b([cmk]?m)([23])\b")


def spelled_out(text: str) -> str:
    """Return normalised text with dates, ranges and units in the form that is read here.

    1999-03-14 becomes 14 March 1999, 1931-34 1931-1934, km2 square km, km/h kmh.
    """
    text = _POWER.sub(lambda found: f"{'square' if found[2] == '2' else 'cubic'} {found[1]}", normalised(text))
    text = _ISO_DATE.sub(lambda found: f"{found[3]} {MONTHS[int(found[2]) - 1].title()} {found[1]}", text)
    return _SHORT_RANGE.sub(r"\1\2-\1\3", text).replace("km/h", "kmh")


def quantities_in(text: str) -> list[Quantity]:
    """Return the numbers of a text in order; "one" and "first" are words, unless a unit or a scale follows."""
    plain = spelled_out(text)
    tokens = tokens_of(plain)
    found = []
    position = 0
    while position < len(tokens):
        value, end = _number(tokens, position)
        if end == position:
            position += 1
            continue
        unit, factor, unit_end = _unit(tokens, position, end, value)
        if unit or folded(tokens[position].text) != "one" or end > position + 1:
            first = position - (_word(tokens, position - 1) in _CURRENCIES)
            written = plain[tokens[first].start : tokens[max(end, unit_end) - 1].end]
            found.append(Quantity(value * factor, unit, written, _bound(tokens, position)))
        position = max(end, unit_end)
    return found


def same_value(stated: Quantity, given: Quantity) -> bool:
    """Tell whether a source's number is the stated one, or, where that is hedged, within 5 % on the right side."""
    if math.isclose(stated.value, given.value, rel_tol=1e-9):
        return True
    if not stated.bound or (stated.unit in ("", *MONTHS) and stated.value in _YEARS and "," not in stated.written):
        return False
    right_side = {"about": True, "over": given.value > stated.value, "under": given.value < stated.value}
    return right_side[stated.bound] and abs(stated.value - given.value) <= _ROUNDING * abs(given.value)


def gives(given: Quantity, stated: Quantity) -> bool:
    """Tell whether a source's quantity supports a stated one: value and unit, or a year within a decade or century."""
    is_year = given.value in _YEARS and given.unit in ("", "decade of years", *MONTHS)
    if stated.unit == "decade of years" and is_year:
        return stated.value <= given.value < stated.value + 10
    if stated.unit == "century" and is_year:
        return stated.value == given.value // 100 + 1
    return stated.unit in ("", given.unit) and same_value(stated, given)


def _word(tokens: Sequence[Token], position: int) -> str:
    return folded(tokens[position].text) if 0 <= position < len(tokens) else ""


def _stuck(tokens: Sequence[Token], position: int) -> bool:
    """Tell whether a token follows the one before it without a space."""
    return 0 < position < len(tokens) and tokens[position].start == tokens[position - 1].end


def _number(tokens: Sequence[Token], start: int) -> tuple[float, int]:
    """Return the number that begins at a token and where it ends; the start itself where none begins."""
    if tokens[start].kind == "number":
        return _digits(tokens, start)
    if (fraction := _FRACTIONS.get(_word(tokens, start))) is not None:
        scale = next((at for at in range(start + 1, start + 4) if _word(tokens, at) not in ("of", "a")), start)
        return (fraction * _SCALES[_word(tokens, scale)], scale + 1) if _word(tokens, scale) in _SCALES else (0, start)
    return _words(tokens, start)


def _digits(tokens: Sequence[Token], start: int) -> tuple[float, int]:
    value, end = float(tokens[start].text.replace(",", "")), start + 1
    after = _word(tokens, end)
    if after in ("st", "nd", "rd", "th") and _stuck(tokens, end):
        return value, end + 1
    is_money = _word(tokens, start - 1) in _CURRENCIES or _word(tokens, end + 1).rstrip("s") in _CURRENCIES
    if after in _SCALES or (after in _SCALE_SUFFIXES and (len(after) == 2 or (_stuck(tokens, end) and is_money))):
        return value * (_SCALES | _SCALE_SUFFIXES)[after], end + 1
    return value, end


def _words(tokens: Sequence[Token], start: int) -> tuple[float, int]:
    total = current = 0.0
    end = start
    while word := _word(tokens, end):
        value = _SMALL.get(word) or _TENS.get(word) or _ORDINALS.get(word) or (0 if word == "zero" else None)
        if value is not None and (current % 100 == 0 or (current % 100 >= 20 and current % 10 == 0 and value < 10)):
            current += value
        elif word == "hundred":
            current = max(1.0, current) * 100
        elif word in _SCALES:
            total, current = total + max(1.0, current) * _SCALES[word], 0.0
        elif not (
            word == "and" and _word(tokens, end - 1) in _SCALES and _is_small(_word(tokens, end + 1)) and end > start
        ):
            break
        end += 1
        if word in _ORDINALS:
            break
    return total + current, end


def _is_small(word: str) -> bool:
    return word in _SMALL or word in _TENS


def _unit(tokens: Sequence[Token], start: int, end: int, value: float) -> tuple[str, float, int]:
    """Return the unit of the number between two tokens, its factor and where it ends; "" where it has none.

    A number before "to", "and" or "or" and another number shares that one's unit.
    """
    if month := _month(tokens, start, end, value):
        return month
    if _word(tokens, start - 1) in _CURRENCIES:
        return *_UNITS[_word(tokens, start - 1)], end
    if (found := _unit_after(tokens, end))[0] or value in _YEARS:
        return found
    following = end + (_word(tokens, end) in ("to", "and", "or"))
    if following < len(tokens):
        _, next_end = _number(tokens, following)
        if next_end > following:
            unit, factor, _ = _unit_after(tokens, next_end)
            return unit, factor, end
    return "", 1.0, end


def _unit_after(tokens: Sequence[Token], end: int) -> tuple[str, float, int]:
    word = _word(tokens, end)
    if word == "s" and _stuck(tokens, end) and tokens[end - 1].text.endswith("0"):
        return "decade of years", 1.0, end + 1
    if word in ("square", "cubic") and (unit := _UNITS.get(_word(tokens, end + 1).rstrip("s"))):
        return f"{word} {unit[0]}", unit[1] ** (2 if word == "square" else 3), end + 2
    if word == "per" and _word(tokens, end + 1) in ("cent", "thousand"):
        return f"per {_word(tokens, end + 1)}", 1.0, end + 2
    if word.rstrip("s") in ("°", "degree") and (scale := _TEMPERATURES.get(_word(tokens, end + 1))):
        return scale, 1.0, end + 2
    unit = _UNITS.get(word) or _UNITS.get(word.removesuffix("s")) if word else None
    return (*unit, end + 1) if unit else ("", 1.0, end)


def _month(tokens: Sequence[Token], start: int, end: int, value: float) -> tuple[str, float, int] | None:
    """Return the month that a day or a year stands beside: "14 May", "May 14", "14 of May", "May 14, 1987"."""
    after = end + (_word(tokens, end) == "of")
    if 1 <= value <= 31 and _is_month(tokens, after):
        return name_form(tokens[after].text), 1.0, after + 1
    before = start - 1 - (_word(tokens, start - 1) == "the")
    if value in _YEARS and not _is_month(tokens, before):
        before -= _word(tokens, before) == ","
        before -= _word(tokens, before) in ("st", "nd", "rd", "th")
        before -= 0 <= before < len(tokens) and tokens[before].kind == "number"
    if (1 <= value <= 31 or value in _YEARS) and _is_month(tokens, before):
        return name_form(tokens[before].text), 1.0, end
    return None


def _is_month(tokens: Sequence[Token], position: int) -> bool:
    """Tell whether a token is a month; by its capital, since "may" and "march" are verbs."""
    if not 0 <= position < len(tokens):
        return False
    return tokens[position].text[:1].isupper() and name_form(tokens[position].text) in MONTHS


def _bound(tokens: Sequence[Token], start: int) -> str:
    before = start - 1 - (_word(tokens, start - 1) in _CURRENCIES)
    before -= _word(tokens, before) in ("a", "the")
    one, two = _word(tokens, before), f"{_word(tokens, before - 1)} {_word(tokens, before)}"
    return _HEDGES.get(two) or _HEDGES.get(one) or ""
