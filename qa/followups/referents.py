"""Whom or what a pronoun means: the names and topics of the last questions, then of the last answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.followups.mentions import WORD, Mention, names_in, topic_of
from qa.followups.words import FUNCTION_WORDS, PERSON_NOUNS, PLACE_NOUNS, PLACES, THING_NOUNS

LOOKED_BACK = 4  # questions
_OWNED = re.compile(r"^the (?P<head>[\w -]+?) (?:of|in) (?P<owner>[^()]+)$")
_STANDS_FOR_ITSELF = re.compile(r"\b(?:capital|name|\w+est|most \w+|first|last)\b")


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question, able to stand alone, and the answer it got; none is the empty string."""

    question: str
    answer: str = ""


def referent(family: str, before: Sequence[Exchange]) -> Mention | None:
    """Return what a pronoun ("he", "she", "it", "they", "there") or "that NOUN" means; None where no one thing is sure.

    The last question decides, by what it asks about and by the order of its
    names; then its answer, where it names one only; then the questions before.
    """
    for distance, exchange in enumerate(reversed(before[-LOOKED_BACK:])):
        choose = _CHOOSING.get(family) or _by_noun(family)
        if choose is None:
            return None
        if (found := choose(exchange, distance)) is not None:
            return found
    return None


def two_names(before: Sequence[Exchange]) -> tuple[str, str] | None:
    """Return the two names that the last questions compare, in the order they were named."""
    names: list[str] = []
    for exchange in reversed(before[-LOOKED_BACK:]):
        new = [name.text for name in names_in(exchange.question) if name.text not in names]
        names = new + names
        if len(names) >= 2:
            break
    return (names[0], names[1]) if len(names) == 2 else None


def _person(exchange: Exchange, distance: int) -> Mention | None:
    """The first person of the question; the answer to "who" is one."""
    named = names_in(exchange.question)
    persons = [name for name in named if name.kind == "person"] or [name for name in named if name.kind == "unknown"]
    asks_who = exchange.question.lower().startswith("who")
    if persons and not (asks_who and persons[0].kind == "unknown" and exchange.answer):
        return persons[0]
    told = _nearest_person(exchange) if distance == 0 else None
    if told is not None and (asks_who or (not persons and (told.kind == "person" or " " in told.text))):
        return told
    topic = topic_of(exchange.question)
    if topic is not None and topic.kind == "person":
        return topic
    return persons[0] if persons else None


def _nearest_person(exchange: Exchange) -> Mention | None:
    """The person of the answer whose name stands nearest to the question's own words; the only one, else."""
    persons = [
        name
        for name in names_in(exchange.answer)
        if name.kind in {"person", "unknown"} and name.text not in exchange.question
    ]
    surest = [name for name in persons if name.kind == "person"]
    if len(persons) <= 1 or not exchange.question.lower().startswith("who"):
        candidates = surest if len(surest) == 1 else persons
        return candidates[0] if len(candidates) == 1 else None
    asked = {word.lower() for word in WORD.findall(exchange.question)} - FUNCTION_WORDS
    places = [match.start() for match in WORD.finditer(exchange.answer) if match[0].lower() in asked]
    if not places:
        return None
    return min(persons, key=lambda name: (min(abs(place - name.start) for place in places), name.start))


def _thing(exchange: Exchange, distance: int) -> Mention | None:
    """What the question is about; of "the plot of Hamlet", Hamlet; of "the capital of France", the capital."""
    topic = topic_of(exchange.question)
    if topic is not None and topic.kind in {"thing", "unknown"}:
        return _owner(topic)
    named = [name for name in names_in(exchange.question) if name.kind in {"thing", "unknown"}]
    sure = [name for name in named if name.kind == "thing"]
    if named:
        return (sure or named)[0]
    told = [name for name in names_in(exchange.answer) if name.kind in {"thing", "unknown"}]
    return told[0] if distance == 0 and len(told) == 1 and len(exchange.answer.split()) <= 12 else None


def _owner(topic: Mention) -> Mention:
    owned = _OWNED.match(topic.text)
    if owned is None or _STANDS_FOR_ITSELF.search(owned["head"]):
        return topic
    names = names_in("of " + owned["owner"])
    whole = len(names) == 1 and names[0].text.removeprefix("the ") == owned["owner"].removeprefix("the ")
    return Mention(owned["owner"], names[0].kind) if whole else topic


def _several(exchange: Exchange, distance: int) -> Mention | None:
    """What one says "they" of: a plural, two names joined; else an organisation or a group that was asked about."""
    named, topic = names_in(exchange.question), topic_of(exchange.question)
    for mention in [*([topic] if topic else []), *named]:
        if mention.kind == "plural":
            return mention
    for first, second in pairwise(named):
        pair = f"{first.text} and {second.text}"
        if pair in exchange.question:
            return Mention(pair, "plural")
    told = [name for name in names_in(exchange.answer) if name.kind == "plural"]
    if distance == 0 and len(told) == 1:
        return told[0]
    single = (_owner(topic) if topic else None) or (named[0] if len(named) == 1 else None)
    return Mention(single.text, "unknown") if single is not None else None


def _place(exchange: Exchange, distance: int) -> Mention | None:
    named = names_in(exchange.question)
    places = [name for name in named if name.text.split()[-1].lower() in PLACES | PLACE_NOUNS]
    things = places or [name for name in named if name.kind in {"thing", "unknown"}]
    if len(things) == 1:
        return things[0]
    told = [name for name in names_in(exchange.answer) if name.text.lower() in PLACES]
    return told[0] if distance == 0 and not things and len(told) == 1 else None


_CHOOSING: Mapping[str, Callable[[Exchange, int], Mention | None]] = {
    "he": _person,
    "she": _person,
    "it": _thing,
    "they": _several,
    "there": _place,
}


def _by_noun(noun: str) -> Callable[[Exchange, int], Mention | None] | None:
    """For example: "That country" means a place that was named, "that man" a person; "that decision" has no name."""
    if noun in PLACE_NOUNS:
        return _place
    if noun in PERSON_NOUNS:
        return _person
    return _thing if noun in THING_NOUNS else None
