"""Words of an English text with their places, and what they can be told to be: verbs, adverbs, adjectives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Span
from qa.english.lexicon import (
    ADVERBS,
    BE,
    CONJUNCTIONS,
    DETERMINERS,
    FINITE_AUXILIARIES,
    MODALS,
    MORE_PREPOSITIONS,
    NUMBERS,
    POINTING,
    SUBORDINATING,
)
from qa.english.verb_forms import NOUNS_TOO, PARTICIPLES, VERB_FORMS

_TOKEN = re.compile(r"\d[\d,.]*\d(?!\w)|\w+(?:[’'.&-]\w+)*[’']?(?=\W|$)|[^\w\s]")


STOPS = frozenset(".;:?!—–()[]…,")


_QUOTES = frozenset('“”"‘')


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a mark of a text, with its place."""

    text: str
    span: Span

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def is_name(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit() or self.low in NUMBERS


def words_of(text: str, span: Span) -> list[Word]:
    """Return the words and marks of a span of a text."""
    return [Word(m[0], Span(*m.span())) for m in _TOKEN.finditer(text, span.start, span.end)]


def span_of(words: Sequence[Word]) -> Span:
    """Return the place from the first of some words to the last."""
    return Span(words[0].span.start, words[-1].span.end)


def finite_verb_at(words: Sequence[Word], position: int, begin: int) -> bool:
    """Tell whether the word at a position is surely a finite verb, of a subject that begins at ``begin``."""
    word, before = words[position], words[position - 1] if position > begin else None
    after = words[position + 1] if position + 1 < len(words) else None
    low = word.low
    if word.is_name or before is None:
        return False
    if before.low in DETERMINERS | MORE_PREPOSITIONS | POINTING | CONJUNCTIONS | {"to", "not"} or before.text in {
        "’",
        "'",
    }:
        return False
    if low in FINITE_AUXILIARIES:
        return not _ends_in_possessive(before)
    form = VERB_FORMS.get(low)
    if form is None or _ends_in_possessive(before) or before.text in "“(":
        return False
    opens_object = after is None or _may_follow(after)
    match form.form:
        case "past":
            return True
        case "past or participle":
            return (
                opens_object
                and (after is None or after.low not in {"by", "as"})
                and not _is_later_verb(words, position)
            )
        case "present":
            if low in NOUNS_TOO:
                takes = after is not None and (after.low in DETERMINERS | {"that"} or after.low.endswith("ing"))
                return takes and not is_adjective(before)
            return opens_object and not is_adjective(before)
        case _:
            plural = before if before.low not in ADVERBS or position - 2 < begin else words[position - 2]
            return plural.low.endswith("s") and not plural.low.endswith(("ss", "us", "is", "’s")) and opens_object


def is_adverb(word: Word) -> bool:
    """Tell whether a word is an adverb."""
    low = word.low
    return low in ADVERBS or (
        low.endswith("ly")
        and len(low) > 4
        and not word.is_name
        and low not in {"family", "reply", "supply", "assembly", "monopoly", "anomaly", "early", "daily", "elderly"}
    )


def _may_follow(word: Word) -> bool:
    low = word.low
    return (
        low
        in DETERMINERS
        | MORE_PREPOSITIONS
        | CONJUNCTIONS
        | {"to", "that", "not", "how", "what", "more", "less", "up", "out", "nothing", "each", "other"}
        or word.is_name
        or word.is_number
        or word.text in STOPS | _QUOTES
        or is_adverb(word)
        or low.endswith(("ing", "s", "al", "ic", "ous", "ive", "ful", "an", "ed", "le", "er", "y"))
        or low
        in {
            "new",
            "old",
            "free",
            "great",
            "large",
            "small",
            "fresh",
            "cold",
            "hot",
            "much",
            "good",
            "high",
            "low",
            "water",
            "oil",
            "power",
            "control",
        }
    )


def is_adjective(word: Word) -> bool:
    return word.low.endswith(("al", "ic", "ous", "ive", "ful", "ary", "able", "ian")) and not word.is_name


def is_participle(word: Word) -> bool:
    form = VERB_FORMS.get(word.low)
    return (
        word.low in PARTICIPLES or word.low.endswith("ed") or (form is not None and form.form == "past or participle")
    )


def _ends_in_possessive(word: Word) -> bool:
    return word.low.endswith(("’s", "'s", "s’", "s'"))


def _is_later_verb(words: Sequence[Word], position: int) -> bool:
    """Tell whether another verb of the same clause follows, so that this one may be a participle."""
    for later in range(position + 2, min(len(words), position + 12)):
        word = words[later]
        if word.text in STOPS or word.low in SUBORDINATING | CONJUNCTIONS:
            return False
        if word.low in BE | MODALS | {"has", "had", "did"}:
            return True
    return False
