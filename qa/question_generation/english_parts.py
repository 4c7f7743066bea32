"""Parts of an English clause as a question needs them: turned round, asked for, cut off, told to be a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qa.english.clauses import Clause
from qa.english.lexicon import (
    AGENTS,
    BE,
    CITIES,
    CONJUNCTIONS,
    COUNTRIES,
    DETERMINERS,
    FINITE_AUXILIARIES,
    MORE_PREPOSITIONS,
    PLACES,
    SUBORDINATING,
    is_plural,
)
from qa.english.names import YEAR
from qa.english.noun_phrases import is_person
from qa.english.tokens import Word, is_adverb, span_of
from qa.english.verb_forms import PERSONAL, VERB_FORMS

MOST_WORDS = 17  # after the question word


UNITS = frozenset(
    "metres meters kilometres kilometers miles feet metre centimetres millimetres years km m cm hectares".split()
)


DIMENSIONS = frozenset("tall high long wide deep old thick".split())


def inverted(clause: Clause, text: str) -> tuple[str, str, tuple[Word, ...]] | None:
    """Return a clause as it is after a question word ("did China react"), the verb's base, and what follows it."""
    subject = as_subject(clause, text)
    if subject is None:
        return None
    adverbs = f" {joined(text, clause.adverbs)}" if clause.adverbs else ""
    low, rest = clause.verb.low, clause.rest
    if clause.is_auxiliary:
        kept: list[Word] = []
        while rest and (is_adverb(rest[0]) or rest[0].low in {"not", "been", "be"}):
            kept.append(rest[0])
            rest = rest[1:]
        if (
            low in BE
            and not kept
            and (not rest or (rest[0].low not in VERB_FORMS and not rest[0].low.endswith(("ed", "en", "ing", "orn"))))
        ):
            return f"{low} {subject}{adverbs}", "be", rest
        if not rest:
            return None
        is_passive = rest[0].low.endswith(("ed", "en", "ing")) or rest[0].low in VERB_FORMS
        if low not in BE and any(word.low in {"be", "been"} for word in kept) and not is_passive:
            return None
        if low in BE and any(word.low not in {"been", "be"} and not is_adverb(word) for word in kept):
            return None
        verb, rest = rest[0], rest[1:]
        base = VERB_FORMS[verb.low].base if verb.low in VERB_FORMS else verb.low
        if low in BE and not verb.low.endswith("ing"):
            base = "be"  # nothing that is done to it is an object
        said = " ".join(word.text for word in [*kept, verb])
        if base == "begin" and rest and rest[0].low == "to" and len(rest) > 2:
            said, rest = f"{said} to {rest[1].text}", rest[2:]
            while rest and rest[0].low in {"away", "up", "out", "back"}:
                said, rest = f"{said} {rest[0].text}", rest[1:]
            base = "begin"
        return f"{low} {subject}{adverbs} {said}", base, rest
    if clause.is_having:
        return f"{'did' if low == 'had' else 'do' if low == 'have' else 'does'} {subject}{adverbs} have", "have", rest
    form = VERB_FORMS.get(low)
    if form is None:
        return None
    do = {"base": "do", "present": "does"}.get(form.form, "did")
    return f"{do} {subject}{adverbs} {form.base}", form.base, rest


def asked_for(subject: Sequence[Word], clause: Clause, kinds: Mapping[str, str]) -> str | None:
    """Return the question words that stand for a subject: who, what, which country; None where it is not sure."""
    bare = [word for word in subject if word.low not in {"the", "a", "an"} and word.text != ","]
    names = [word for word in bare if word.is_name]
    lows = [word.low for word in bare if word.low != "and"]
    verb = _main_verb(clause)
    plural = clause.verb.low in {"are", "were", "have", "do"} or (
        (form := VERB_FORMS.get(clause.verb.low)) is not None and form.form == "base"
    )
    if len(lows) == 1 and lows[0] in COUNTRIES:
        return "Which country"
    if (
        len(lows) > 1
        and sum(low in COUNTRIES for low in lows) >= 2
        and all(word.is_name or word.low == "and" for word in bare)
    ):
        return "Which countries"
    if len(lows) == 1 and lows[0] in CITIES:
        return "Which city" if verb in {"be", "host"} else "Who" if verb in PERSONAL else None
    if is_person(subject, kinds) or (names and len(names) == len(bare) and verb in PERSONAL):
        if not plural:
            return "Who"
        return None
    if len(bare) == 1 and subject[0] is bare[0] and not plural:
        return None  # a name, or a word that opens the sentence: who knows
    if (
        not names
        or not subject[0].is_name
        or (subject[0].low in DETERMINERS)
        or (clause.opens and not any(w.is_name for w in bare[1:]))
    ):
        return _common(bare, plural, opens=clause.opens)
    return None


_WORKS = re.compile(r"(?:ist|ician|man|woman|men|women|owner|holder|leader|maker|keeper|player|worker)$")
_VAGUE = frozenset("various several many other different most some such certain numerous further more both all".split())


def does_work(words: Sequence[Word]) -> bool:
    """Tell whether a noun phrase is of what a person is or does."""
    until = next((place for place, word in enumerate(words) if word.low in MORE_PREPOSITIONS), len(words))
    noun = words[until - 1].low if until else ""
    return noun in AGENTS or _WORKS.search(noun) is not None


def _common(bare: Sequence[Word], plural: bool, *, opens: bool) -> str | None:
    """Return the question words for a common noun: "which channels" where several are told apart, else "what"."""
    until = next((place for place, word in enumerate(bare) if word.low in MORE_PREPOSITIONS), len(bare))
    head = bare[until - 1] if until else None
    if head is None or (len(bare) == 1 and bare[0].low in {"others", "people", "things", "part"}):
        return None
    if head.low in AGENTS or bare[0].is_number or any(word.text in "“”" for word in bare):
        return None
    several = is_plural(head.low)
    if any(_WORKS.search(noun) for noun in (head.low, head.low.removesuffix("s"))):
        return None if plural or several else "Who" if len(bare) > 1 else None
    if head.low in {"number", "group", "majority", "variety", "lot", "part", "pair", "series"} or bare[0].low in _VAGUE:
        return None
    if plural or several:
        if any(word.low == "and" for word in bare) or not several or head.is_name or len(bare) == 1:
            return None
        told_apart = until != len(bare) or any(word.is_name for word in bare[:-1] if not (opens and word is bare[0]))
        return f"Which {head.low}" if told_apart else f"What kind of {head.low}"
    if head.is_name and not (opens and head is bare[0]):
        return None
    return "What" if len(bare) > 1 or opens else None


def shortened(words: Sequence[Word]) -> list[Word]:
    """Return the words that a question keeps: all, or those up to the last phrase that leaves it short enough."""
    kept = list(words)
    if len([w for w in kept if w.text[0].isalnum()]) > MOST_WORDS:
        cuts = [
            place
            for place, word in enumerate(kept[:MOST_WORDS])
            if place >= 5 and word.low in MORE_PREPOSITIONS - {"of"}
        ]
        kept = kept[: cuts[-1]] if cuts else []
    while kept and (kept[-1].low in CONJUNCTIONS | DETERMINERS | MORE_PREPOSITIONS | {"to"} or kept[-1].text == "“"):
        kept.pop()
    return kept


def counted(words: Sequence[Word], position: int) -> int | None:
    """Return where the noun ends that a number at a place counts."""
    for end in range(position + 1, min(position + 5, len(words))):
        word = words[end]
        if not word.text[0].isalpha() or word.low in MORE_PREPOSITIONS | SUBORDINATING | CONJUNCTIONS or word.is_name:
            return None
        if word.low in UNITS and end + 1 < len(words) and words[end + 1].low in DIMENSIONS:
            return end + 2
        if word.low.endswith("s") or word.low in {"people", "men", "women", "children"}:
            return end + 1
    return None


def when_word(time: Sequence[Word]) -> str:
    """Return the question word for a phrase of time: "after which year" for "after 2014"."""
    year, first = len(time) == 2 and YEAR.fullmatch(time[1].text), time[0].low
    if first in {"since", "until", "from"} or (first in {"after", "before"} and not year):
        return f"{first.capitalize()} when"
    if first in {"after", "before"}:
        return f"{first.capitalize()} which year"
    return "In which year" if year and first == "in" else "When"


def bare_time(time: Sequence[Word]) -> Sequence[Word]:
    """Return a phrase of time without the preposition that the question keeps; "between 1888 and 1893" needs it."""
    return time if time[0].low in {"between", "around"} else time[1:]


def as_subject(clause: Clause, text: str) -> str | None:
    """Return the subject as it stands inside a question; None where it cannot stand there."""
    if len(clause.subject) > 9:
        return None
    first = clause.subject[0]
    seen = re.search(rf"(?<=[a-z,–“] ){re.escape(first.text)}\b|\b{re.escape(first.low)}\b", text) is not None
    if clause.opens and len(clause.subject) == 1 and first.low not in PLACES and not seen:
        return None  # nothing tells a name from a noun
    said = span_of(clause.subject).slice(text)
    lowered = clause.opens and (first.low in DETERMINERS or not _is_proper(first, clause, text))
    return said[:1].lower() + said[1:] if lowered else said


def _is_proper(word: Word, clause: Clause, text: str) -> bool:
    """Tell whether the first word of a sentence would be written large inside of one."""
    if word.low in COUNTRIES | CITIES or word.text[1:] != word.text[1:].lower():
        return True
    if len(clause.subject) > 1 and clause.subject[1].is_name:
        return True
    bare = re.sub(r"[’']s?$", "", word.text)
    inside = re.search(rf"(?<=[a-z,–] ){re.escape(bare)}\b", text) is not None
    small = re.search(rf"\b{re.escape(bare.lower())}\b", text) is not None
    return inside and not small


def _main_verb(clause: Clause) -> str:
    for word in (clause.verb, *clause.rest[:4]):
        if word.low not in FINITE_AUXILIARIES and not is_adverb(word):
            return VERB_FORMS[word.low].base if word.low in VERB_FORMS else word.low
    return "be"


def first_word(words: Sequence[Word]) -> Word:
    return next((word for word in words if not is_adverb(word)), words[0])


def joined(text: str, *groups: Sequence[Word]) -> str:
    """Return runs of an article's words as they stand there, on one line, a space between the runs."""
    return " ".join(" ".join(span_of(group).slice(text).split()) for group in groups if group)
