"""Noun phrases and phrases of time of an English text: where they end, and whether they name a person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qa.english.lexicon import (
    AGENTS,
    CONJUNCTIONS,
    DETERMINERS,
    MONTHS,
    MORE_PREPOSITIONS,
    PLACES,
    POINTING,
    SELVES,
    SUBORDINATING,
    TITLES,
)
from qa.english.names import YEAR
from qa.english.tokens import Word, is_adverb

_DECADE = re.compile(r"(?:1\d|20)\d0s")


def noun_phrase(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Return the noun phrase that some words begin with, prepositions and relative clauses in it, and what is left."""
    if not words:
        return [], []
    first = words[0]
    begins = first.low in DETERMINERS or first.is_name or first.is_number or first.text == "“"
    bare_plural = (
        first.text.replace("-", "").isalpha()
        and first.low not in MORE_PREPOSITIONS | SUBORDINATING | CONJUNCTIONS | POINTING | {"to", "not"}
        and not is_adverb(first)
    )
    ends = next((p for p, w in enumerate(words) if w.low in MORE_PREPOSITIONS | SUBORDINATING | {"to"}), len(words))
    if not begins and not (
        bare_plural and ends and words[ends - 1].low.endswith("s") and not first.low.endswith(("ing", "ed"))
    ):
        return [], []
    position = 0
    while position < len(words):
        word = words[position]
        if position and (word.low in {"to", "every"} or (is_adverb(word) and position + 1 == len(words))):
            break
        if (
            position
            and word.low in MORE_PREPOSITIONS - {"of", "between", "against", "for"}
            and not _is_of_noun(words, position)
        ):
            break
        if (
            position
            and word.is_number
            and words[position - 1].low not in DETERMINERS | MORE_PREPOSITIONS | CONJUNCTIONS
        ):
            break
        if word.low in SELVES | {"yesterday", "today"} or (position and time_at(words, position) is not None):
            break
        position += 1
    found, after = list(words[:position]), list(words[position:])
    while found and found[-1].low in CONJUNCTIONS | DETERMINERS | MORE_PREPOSITIONS | SUBORDINATING:
        after = []
        found.pop()
    if not any(word.low not in DETERMINERS for word in found):
        return [], []
    return found, after


def _is_of_noun(words: Sequence[Word], position: int) -> bool:
    """Tell whether a preposition is likely to belong to the noun before it and not to the verb."""
    relative = any(word.low in {"that", "which", "who", "whose"} for word in words[:position])
    return relative or words[position].low in {"about", "with", "without", "between"}


def is_person(words: Sequence[Word], kinds: Mapping[str, str]) -> bool:
    """Tell whether some words surely name a person, or what a person does."""
    bare = [word for word in words if word.low not in {"the", "a", "an"}]
    if not bare:
        return False
    name = " ".join(word.text for word in bare if word.is_name)
    if bare[0].low in AGENTS and len(bare) > 1 and all(word.is_name for word in bare[1:]):
        return True
    until = next((place for place, word in enumerate(bare) if word.low in MORE_PREPOSITIONS), len(bare))
    if bare[0].low in TITLES and len(bare) > 1:
        return True
    if all(word.is_name for word in bare) and any(kinds.get(each) == "person" for each in (name, bare[-1].text)):
        return bare[-1].low not in PLACES
    return until > 0 and bare[until - 1].low in AGENTS and not bare[until - 1].is_name


def time_at(words: Sequence[Word], position: int) -> tuple[int, int] | None:
    """Return the place of a phrase of time with a year or a date in it, that begins at a place."""
    if position >= len(words) or words[position].low not in {
        "in",
        "on",
        "after",
        "since",
        "before",
        "by",
        "until",
        "around",
        "during",
        "from",
        "between",
    }:
        return None
    end, dated = position + 1, False
    while end < len(words):
        word = words[end]
        if (
            YEAR.fullmatch(word.text)
            or _DECADE.fullmatch(word.text)
            or (word.low in MONTHS and word.is_name)
            or re.fullmatch(r"\d+(?:st|nd|rd|th)", word.low)
        ):
            dated = True
        elif not (
            word.low
            in {
                "the",
                "of",
                *(("and",) if words[position].low == "between" else ()),
                "early",
                "late",
                "mid",
                "spring",
                "summer",
                "autumn",
                "winter",
                "about",
                "around",
                "century",
            }
            or re.fullmatch(r"\d{1,2}", word.text)
        ):
            break
        end += 1
    while end > position + 1 and words[end - 1].low in {"the", "of"}:
        end -= 1
    return (position, end) if dated else None
