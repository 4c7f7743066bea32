"""Rules that make an English follow-up stand alone: what is left out, and what a pronoun means, where that is sure.

Sure is what one name or one noun phrase of the question before leaves no doubt
about. Where two could be meant, or the question names something itself, it is
left as it is: a wrong name is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.article import Span
from qa.english.lexicon import (
    ADVERBS,
    AUXILIARIES,
    DATES,
    FUNCTION_WORDS,
    OPENERS,
    PLACES,
    PREPOSITIONS,
    WH,
    is_plural,
)
from qa.english.names import YEAR, Kind, Mention, names_in
from qa.english.noun_phrases import is_person, noun_phrase
from qa.english.tokens import STOPS, Word, span_of, words_of
from qa.english.verb_forms import PARTICIPLES, VERB_FORMS


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question, able to stand alone, and the answer it got; none is the empty string.

    ``about`` is the last question up to it that speaks of something, with which a pronoun is understood.
    """

    question: str
    answer: str = ""
    about: str = ""


_LED = re.compile(r"^(?:(?:and|but|so|then|now)\b,?\s+)*(?:(?:what|how)\s+about\s+)?", re.IGNORECASE)
_SWAPPED = re.compile(
    r"^(?:where|when|why|how)\s+(?=(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b)", re.IGNORECASE
)
# "What is the price of the ticket?": whether the talk is about the price or the ticket, nobody knows.
_ASKED_OF = re.compile(r"^(?:what|who|which|how \w+) (?:is|are|was|were) the [\w -]+? (?:of|for) ", re.IGNORECASE)
_DEFINED = re.compile(r"^what (?:is|are) (?P<topic>[\w-]+(?: [\w-]+){0,2})$", re.IGNORECASE)
_WHO_IS = re.compile(r"^who (?:is|are|was|were) (?!the\b)", re.IGNORECASE)
_PRONOUN = re.compile(r"(?<![\w’'])(he|she|him|his|her|it|its|they|them|their)(?![\w’'-])", re.IGNORECASE)
# "It" that stands for nothing: "is it true that", "how long does it take to", "is it raining".
_EXPLETIVE = re.compile(
    r"\bit\b.*\b(?:to|that|if|when|like)\b|\bwhat time\b|"
    r"\bit (?:\w+ly )?(?:take|took|matter|mean|rain|snow|cold|hot|late|dark|get)|"
    r"\bthere\b|^it\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(rf"^(?:[\w-]+ ){{0,3}}(?:{'|'.join(sorted(AUXILIARIES))}) $", re.IGNORECASE)
_MOST_WORDS = 100  # of a text that are looked at
_MOST_POSSESSIVE = 3  # words that carry "’s"


def rewrite(question: str, before: Exchange) -> str:
    """Return a question as it can be asked alone after another; the same one where that is not sure."""
    asked = question.strip().rstrip("?!. ")
    led = _LED.match(asked)
    bare = asked[led.end() :] if led else asked
    stem = before.question.strip().rstrip("?!. ")
    if not bare or not stem:
        return question
    written = _asked_how(bare, stem) or (_elided(bare, stem) if led and led.end() else None) or _named(bare, before)
    return question if written is None else f"{written[0].upper()}{written[1:]}?"


def follow(question: str, before: Exchange | None) -> Exchange:
    """Return a question of a conversation as what comes after it is understood by."""
    if before is None:
        return Exchange(question, about=question)
    written = rewrite(question, before)
    speaks = next(topics_of(written), None) is not None
    return Exchange(written, about=written if speaks else before.about)


def _asked_how(bare: str, stem: str) -> str | None:
    """For example: "Why?" after "Did China help?": "Why did China help?"."""
    if bare.lower() not in {"why", "when", "where", "how"}:
        return None
    if stem.split()[0].lower() in AUXILIARIES:
        return f"{bare} {stem[0].lower()}{stem[1:]}"
    swapped = _SWAPPED.match(stem)
    return f"{bare} {stem[swapped.end() :]}" if swapped else None


def _elided(bare: str, stem: str) -> str | None:
    """For example: "And China?" or "in 2014?", put in the place of the only name or year of the question before."""
    first, _, rest = bare.partition(" ")
    preposition, content = (first.lower(), rest) if first.lower() in PREPOSITIONS and rest else ("", bare)
    if YEAR.fullmatch(content):
        years = YEAR.findall(stem)
        return stem.replace(years[0], content) if len(years) == 1 else None
    new = names_in(f"of {content}")
    if len(new) != 1 or new[0].text.removeprefix("the ") != content.removeprefix("the "):
        return None
    old = [
        name
        for name in names_in(stem)
        if not preposition or re.search(rf"\b{preposition} (?:the )?$", stem[: name.start], re.IGNORECASE)
    ]
    if len(old) != 1 or {old[0].kind, new[0].kind} == {"person", "thing"}:
        return None
    return f"{stem[: old[0].start]}{new[0].text}{stem[old[0].start + len(old[0].text) :]}"


def _named(bare: str, before: Exchange) -> str | None:
    """Put a name or a noun phrase in the place of each pronoun that is sure to mean it; None where none is."""
    if not all(_has_verb(text) for text in (bare, before.about)):
        return None  # "and her sister?"
    written, meant = bare, dict[str, str]()
    for match in reversed(list(_PRONOUN.finditer(bare))):
        word, tail = match[1].lower(), bare[match.end() :]
        topic = _meant(word, before) if _points_out(bare, match) else None
        if topic is None or meant.setdefault(topic.text, word) != word:
            continue
        said = topic.text
        if word in {"his", "its", "their"} or (word == "her" and _owns(tail)):
            if len(said.split()) > _MOST_POSSESSIVE:
                continue
            said += "’" if said.endswith("s") else "’s"
        written = written[: match.start()] + said + written[match.end() :]
    return written if written != bare else None


def _points_out(asked: str, match: re.Match[str]) -> bool:
    """Tell whether a pronoun can only mean something outside of its question: nothing before it is spoken of."""
    head = asked[: match.start()]
    if match[1].lower() == "it" and _EXPLETIVE.search(asked):
        return False
    if names_in(head) or list(topics_of(head)):
        return False
    if _SUBJECT.match(head):
        return True
    content = [word.low for word in _words(head) if word.low not in FUNCTION_WORDS]
    return all(word in VERB_FORMS or _PRONOUN.fullmatch(word) for word in content)


def _has_verb(text: str) -> bool:
    return any(word.low in AUXILIARIES or word.low in VERB_FORMS for word in _words(text))


def _owns(tail: str) -> bool:
    following = tail.split()
    return bool(following) and following[0].lower() not in FUNCTION_WORDS


def _meant(pronoun: str, before: Exchange) -> Mention | None:
    """Return the only thing, person or plural of the question before that a pronoun can mean."""
    topics = list(topics_of(before.about))
    if re.search(r"[.!?]\s", before.about.strip()):
        return None  # of several sentences nobody knows which
    if pronoun in {"he", "she", "him", "his", "her"}:
        asks_who = before.about == before.question and before.question.lower().startswith("who")
        told = _answered(before) if asks_who and not _WHO_IS.match(before.question) else []
        found = [topic for topic in [*topics, *told] if topic.kind == "person" or _may_be_person(topic)]
        return found[0] if len(found) == 1 else None
    if _ASKED_OF.match(before.about):
        return None
    plural = pronoun in {"they", "them", "their"}
    found = [topic for topic in topics if topic.kind != "person" and (topic.kind == "plural") == plural]
    surely = [topic for topic in found if topic.kind != "unknown"] or found
    return surely[0] if len(surely) == 1 else None


def _answered(before: Exchange) -> list[Mention]:
    """Return the name that the first line of an answer gives, where it speaks of nobody else."""
    told = before.answer.partition("\n")[0]
    names = [name for name in names_in(told) if name.text not in before.question]
    inside = {word for name in names_in(told) for word in name.text.split()} | set(before.question.split())
    others = [word for word in _words(told) if word.is_name and word.low not in OPENERS | DATES]
    if any(word.text.removesuffix("’s") not in inside for word in others):
        return []
    return names


def _may_be_person(topic: Mention) -> bool:
    return topic.kind == "unknown" and topic.text.split()[-1].lower() not in PLACES


def topics_of(question: str) -> Iterator[Mention]:
    """Yield the names and noun phrases of a question, in order; a name inside of a phrase only says which it means."""
    asked = question.strip().rstrip("?!. ")
    names = names_in(asked)
    kinds = {name.text: name.kind for name in names}
    words, position = _words(asked), 0
    if (defined := _DEFINED.match(asked)) and not names and defined["topic"].split()[0].lower() not in FUNCTION_WORDS:
        topic = defined["topic"]
        yield Mention(topic, _kind_of(topic.split()[-1].lower()))
    while position < len(words):
        word = words[position]
        name = next((each for each in names if each.start == word.span.start), None)
        if word.low in {"the", "a", "an"}:
            found, _ = noun_phrase(words[position : _end_of_phrase(words, position)])
            if len(found) > 1:
                text = f"the {span_of(found).slice(asked).partition(' ')[2]}"
                of = next((n for n, each in enumerate(found) if each.low in PREPOSITIONS), len(found))
                kind = kinds.get(text) or kinds.get(text.removeprefix("the "))
                yield Mention(text, kind or ("person" if is_person(found, kinds) else _kind_of(found[of - 1].low)))
                position += len(found)
                continue
        elif name is not None:
            yield name
            while position < len(words) and words[position].span.start < name.start + len(name.text):
                position += 1
            continue
        position += 1


def _end_of_phrase(words: list[Word], begin: int) -> int:
    """Return where the verb stands that ends a noun phrase: of "did the war start", start."""
    for position in range(begin + 2, len(words)):
        word, previous = words[position], words[position - 1]
        if word.low == "or" or word.text in STOPS:
            return position
        is_verb = word.low in VERB_FORMS or word.low in AUXILIARIES | WH | PARTICIPLES | ADVERBS
        if is_verb and not word.is_name and previous.low not in PREPOSITIONS | {"the", "a", "an", "and"}:
            return position
    return len(words)


def _kind_of(noun: str) -> Kind:
    return "plural" if is_plural(noun) else "thing"


def _words(text: str) -> list[Word]:
    return words_of(text, Span(0, len(text)))[:_MOST_WORDS]
