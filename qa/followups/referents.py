"""Whom or what a pronoun means: the names and topics of the last questions, then of the last answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.english.lexicon import (
    AUXILIARIES,
    FUNCTION_WORDS,
    PERSON_NOUNS,
    PLACE_NOUNS,
    PLACES,
    PREPOSITIONS,
    SITES,
    THING_NOUNS,
    VAGUE,
)
from qa.english.names import WORD, Mention, names_in, topic_of
from qa.english.noun_phrases import Phrase, phrases_in

_Choosing = Callable[["Exchange", int, Sequence[str]], Mention | None]

LOOKED_BACK = 4  # questions


_AFTER_PREPOSITION = re.compile(rf"\b(?:{'|'.join(sorted(PREPOSITIONS))})\s+(?:the\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question, able to stand alone, and the answer it got; none is the empty string."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A name or a noun phrase of a question, and how it stands there.

    ``depth``: how many phrases it stands inside of. ``is_attribute``: what was
    asked of something else. ``is_place``: it follows a preposition.
    ``is_site``: one can be in it.
    """

    mention: Mention
    depth: int
    is_name: bool
    is_attribute: bool = False
    is_place: bool = False
    is_site: bool = False


def spoken_of(question: str) -> list[Spoken]:
    """Return the names and noun phrases of a question, in order, each before what stands inside of it."""
    phrases, names = phrases_in(question), names_in(question)
    texts = {name.text for name in names}
    found = [
        Spoken(
            phrase.mention,
            phrase.depth - any(other.is_attribute and other.start < phrase.start < other.end for other in phrases),
            is_name=False,
            is_attribute=phrase.is_attribute,
            is_place=_AFTER_PREPOSITION.search(question[: phrase.start]) is not None,
            is_site=phrase.head in SITES,
        )
        for phrase in phrases
        if phrase.mention.text not in texts and phrase.head not in VAGUE
    ]
    for name in names:
        depth = sum(_is_inside(name, phrase) for phrase in phrases)
        is_place = _AFTER_PREPOSITION.search(question[: name.start]) is not None
        found.append(Spoken(name, depth, is_name=True, is_place=is_place))
    return sorted(found, key=lambda each: (each.mention.start, each.depth))


def _is_inside(name: Mention, phrase: Phrase) -> bool:
    """Tell whether a name only says which thing a phrase means; what an attribute is asked of stands for itself."""
    is_whole = phrase.text.removeprefix("the ") == name.text.removeprefix("the ")
    return phrase.start <= name.start < phrase.end and not is_whole and not phrase.is_attribute


def with_head(noun: str, before: Sequence[Exchange]) -> Mention | None:
    """Return the phrase of the last two questions whose noun this is, where it is more than the noun."""
    for exchange in reversed(before[-2:]):
        for phrase in phrases_in(exchange.question):
            if phrase.head == noun and len(phrase.text.split()) > 2:
                return phrase.mention
    return None


def named_in_turn(exchange: Exchange) -> list[str]:
    """Return the names that a question or its answer lists ("the Anka, the Thule and the Orn"), in order."""
    for text in (exchange.question, exchange.answer):
        names = names_in(text)
        listed = [name.text for name in names[:1]]
        for one, other in pairwise(names):
            between = text[one.start + len(one.text) : other.start]
            if re.fullmatch(r"(?:,? (?:and|or) |, )(?:the )?", between):
                listed.append(other.text)
        if 1 < len(listed) == len(names):
            return listed
    return []


def _of_kind(spoken: Sequence[Spoken], kind: str) -> list[Mention]:
    return [each.mention for each in spoken if each.mention.kind == kind and not each.is_attribute]


def referent(family: str, before: Sequence[Exchange], *, besides: Sequence[str] = ()) -> Mention | None:
    """Return what a pronoun ("he", "she", "it", "they", "there") or "that NOUN" means; None where no one thing is sure.

    ``besides``: names that another pronoun of the same question means already.

    The last question decides, by what it asks about and by the order of its
    names; then its answer, where it names one only; then the questions before.
    """
    for distance, exchange in enumerate(reversed(before[-LOOKED_BACK:])):
        choose = _CHOOSING.get(family) or _by_noun(family)
        if choose is None:
            return None
        if (found := choose(exchange, distance, besides)) is not None and found.text not in besides:
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


def _person(exchange: Exchange, distance: int, besides: Sequence[str]) -> Mention | None:
    """The first person of the question; the answer to "who" is one. Whose name only says which thing comes last."""
    spoken = [each for each in spoken_of(exchange.question) if each.mention.text not in besides]
    free = [each for each in spoken if each.depth == 0]
    persons = _of_kind(free, "person") or _of_kind(free, "unknown")
    asks_who = exchange.question.lower().startswith("who")
    if persons and not (asks_who and exchange.answer and not _is_named_person(persons[0])):
        return persons[0]
    told = _nearest_person(exchange) if distance == 0 else None
    if (
        told is not None
        and told.text not in besides
        and (asks_who or (not persons and (told.kind == "person" or " " in told.text)))
    ):
        return told
    topic = topic_of(exchange.question)
    if topic is not None and topic.kind == "person" and topic.text not in besides:
        return topic
    inside = [each for each in spoken if each.depth]
    return next(iter(persons or _of_kind(inside, "person") or _of_kind(inside, "unknown")), None)


def _is_named_person(mention: Mention) -> bool:
    return mention.kind == "person" and mention.text.split()[-1][0].isupper() and " of " not in mention.text


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


def _thing(exchange: Exchange, distance: int, besides: Sequence[str]) -> Mention | None:
    """What the question is about: of "the plot of Hamlet", Hamlet; of "the lighthouse of Lissen", the lighthouse."""
    spoken, topic = spoken_of(exchange.question), _bare_topic(exchange.question)
    things = _of_kind(spoken, "thing")
    if topic is not None and topic.kind in {"thing", "unknown"} and not (things and _looks_like_a_person(topic)):
        return topic
    if found := things or _of_kind([each for each in spoken if each.depth == 0], "unknown"):
        return found[0]
    if owned := [each.mention for each in spoken if each.is_attribute] or _of_kind(spoken, "unknown"):
        return owned[0]
    if exchange.question.lower().startswith("who"):
        return None  # its answer is a person
    told = [name for name in names_in(exchange.answer) if name.kind in {"thing", "unknown"}]
    return told[0] if distance == 0 and len(told) == 1 and len(exchange.answer.split()) <= 12 else None


def _bare_topic(question: str) -> Mention | None:
    """What a question asks about, where that is no phrase with an article: `spoken_of` knows those better."""
    topic = topic_of(question)
    return None if topic is None or topic.text.startswith("the ") else topic


def _looks_like_a_person(topic: Mention) -> bool:
    words = topic.text.split()
    return topic.kind == "unknown" and len(words) > 1 and all(word[0].isupper() for word in words)


def _several(exchange: Exchange, distance: int, besides: Sequence[str]) -> Mention | None:
    """What one says "they" of: a plural, two names joined; else an organisation or a group that was asked about."""
    spoken, topic = spoken_of(exchange.question), topic_of(exchange.question)
    bare = [topic] if topic is not None and not topic.text.startswith("the ") else []
    for mention in [*bare, *(each.mention for each in spoken if not each.is_attribute)]:
        if mention.kind == "plural":
            return mention
    outer = [each.mention for each in spoken if each.depth == 0]
    for first, second in [*pairwise(outer), *pairwise(names_in(exchange.question))]:
        pair = f"{first.text} and {second.text}"
        if pair.lower() in exchange.question.lower():
            return Mention(pair, "plural")
    if _COUNTED.match(exchange.question):
        return _counted(exchange.question, spoken)
    told = [name for name in names_in(exchange.answer) if name.kind == "plural"]
    if distance == 0 and len(told) == 1:
        return told[0]
    free = [each.mention for each in spoken if each.depth == 0 and each.is_name and not each.is_place]
    single = topic or (free[0] if len(free) == 1 else None)
    return Mention(single.text, "unknown") if single is not None else None


_AUXILIARY = rf"(?:{'|'.join(sorted(AUXILIARIES))})\b"
_COUNTED = re.compile(
    rf"^(?:how many|which|what) (?P<noun>(?:(?!{_AUXILIARY})[a-z]+ )??(?!{_AUXILIARY})(?:[a-z]+s|people)) ",
    re.IGNORECASE,
)


def _counted(question: str, spoken: Sequence[Spoken]) -> Mention | None:
    """For example: "How many windows does the palace have?" is about the windows of the palace; others have no name."""
    counted = _COUNTED.match(question)
    owners = [each.mention for each in spoken if each.depth == 0]
    if counted is None or len(owners) != 1:
        return None
    has = re.fullmatch(
        rf"(?:does|did|do) {re.escape(owners[0].text)} have", question[counted.end() :].rstrip("?!. "), re.I
    )
    return Mention(f"the {counted['noun']} of {owners[0].text}", "plural") if has else None


def _place(exchange: Exchange, distance: int, besides: Sequence[str]) -> Mention | None:
    """Where "there" is: the house of "the house on the hill", the country that was named."""
    spoken = spoken_of(exchange.question)
    sites = [each.mention for each in spoken if each.is_site]
    named = [each.mention for each in spoken if each.is_name]
    places = [name for name in named if name.text.split()[-1].lower() in PLACES | PLACE_NOUNS]
    things = sites[:1] or places or [name for name in named if name.kind in {"thing", "unknown"}]
    if len(things) == 1:
        return things[0]
    told = [name for name in names_in(exchange.answer) if name.text.lower() in PLACES]
    return told[0] if distance == 0 and not things and len(told) == 1 else None


_CHOOSING: Mapping[str, _Choosing] = {
    "he": _person,
    "she": _person,
    "it": _thing,
    "they": _several,
    "there": _place,
}


def _by_noun(noun: str) -> _Choosing | None:
    """For example: "That country" means a place that was named, "that man" a person; "that decision" has no name."""
    if noun in PLACE_NOUNS:
        return _place
    if noun in PERSON_NOUNS:
        return _person
    return _thing if noun in THING_NOUNS else None
