"""The names of an English text, by simple cues.

No model: a name is a run of words written large, told by the words around it to
be a person's or a thing's. Where the cues do not tell, its kind is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from qa.english.lexicon import (
    ARTICLES,
    AUXILIARIES,
    DATES,
    FILLERS,
    NAMED_THINGS,
    OPENERS,
    PERSON_NOUNS,
    PLACES,
    PREPOSITIONS,
    PRONOUNS,
    TITLES,
    WH,
    is_plural,
)
from qa.english.verb_forms import VERB_FORMS

Kind = Literal["person", "thing", "plural", "unknown"]

WORD = re.compile(r"[^\W_](?:[\w&’'-]*\w)?")
YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
JOINING = frozenset("of the de von van al la le du di del der".split())
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]|\n|\[\d+\])[\s\"“”‘’'(]*$")
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,80})[\"”]")
_NATIONALITY = re.compile(r"(?:\w+(?:ian|ean|ese|ish)|kazakh|uzbek|french|dutch|greek|german|american|iraqi|israeli)$")
_PLACE_BEFORE = re.compile(r"\b(?:in|at|near|across|inside|throughout|around)\s+(?:the\s+)?$", re.IGNORECASE)
_THE_BEFORE = re.compile(r"\bthe\s+$", re.IGNORECASE)
_WHO_IS = re.compile(r"\bwho\s+(?:is|was)\s+$", re.IGNORECASE)
_SAID_OF = re.compile(r"(?:['’]s)?\s*(?:,|$|[.!?]|(?:is|was|were|has|had|did|does|will|would|\w+ed|\w+s)\b)")
_NO_NOUNS = frozenset(VERB_FORMS) | PREPOSITIONS | AUXILIARIES | FILLERS | WH | PRONOUNS | ARTICLES
_SEEN = 80  # characters on either side of a name that tell what it is
_POSSESSIVE = re.compile(r"['’]s?$")


_PERSON_VERBS = re.compile(
    r"\s+(?:was born|born|die[ds]?|marr(?:y|ied)|said|says|say|think|thinks|thought|believes?|believed|wants?|wanted|"
    r"resign(?:ed)?|wrote|write|invent(?:ed)?|painted?|grow up|grew up)\b"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name or a noun phrase that a text speaks of, and where it begins."""

    text: str
    kind: Kind
    start: int = 0


def names_in(text: str) -> list[Mention]:
    """Return the names of a text, each once, in order; dates and nationalities are none."""
    found: dict[str, Mention] = {}
    for match in _QUOTED.finditer(text):
        if match[1][0].isupper():
            found[match[1]] = Mention(match[1], "thing", match.start(1))
    inside = [(mention.start, mention.start + len(mention.text)) for mention in found.values()]
    for start, name in _runs(text):
        if any(begin <= start < end for begin, end in inside) or not _is_name(name, text, start):
            continue
        kind = _kind_of(name, text, start)
        if _takes_the(name, text, start):
            name, start = f"the {name}", start - len("the ")
        if name not in found or (found[name].kind == "unknown" and kind != "unknown"):
            found[name] = Mention(name, kind, found[name].start if name in found else start)
    return sorted(found.values(), key=lambda mention: mention.start)


def _runs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the runs of words written large, words that only open a sentence left out."""
    run: list[re.Match[str]] = []
    for word in [*WORD.finditer(text), None]:
        joined = bool(run) and word is not None and text[run[-1].end() : word.start()] == " "
        if run and not (
            joined and word is not None and (_is_large(word[0]) or word[0] in JOINING or word[0].isdigit())
        ):
            yield from _trimmed(run, text)
            run = []
        if word is not None and (run or _is_large(word[0])):
            run.append(word)
            if _POSSESSIVE.search(word[0]) and not word[0].endswith(("s'", "s’")):
                yield from _trimmed(run, text)
                run = []


def _trimmed(run: list[re.Match[str]], text: str) -> Iterator[tuple[int, str]]:
    """Yield a run without the opening word of its sentence, joining words at its end, and a possessive."""
    while (
        run
        and run[0][0].lower() in OPENERS
        and (len(run) == 1 or _opens_sentence(text, run[0].start()) or run[0][0].lower() in WH | AUXILIARIES | FILLERS)
    ):
        run = run[1:]
    while run and (run[-1][0] in JOINING or (len(run[-1][0]) == 4 and run[-1][0].isdigit())):
        run = run[:-1]
    if run:
        yield run[0].start(), _POSSESSIVE.sub("", text[run[0].start() : run[-1].end()])


def _is_large(word: str) -> bool:
    return word[0].isupper() and word.split("’")[0].split("'")[0] not in {"I", "A"}


def _opens_sentence(text: str, start: int) -> bool:
    return _SENTENCE_START.search(_before(text, start)) is not None


def _before(text: str, start: int) -> str:
    """Return as much of what stands before a place as tells what a name there is; all of it would take long."""
    return text[max(0, start - _SEEN) : start]


def _after(text: str, end: int) -> str:
    return text[end : end + _SEEN]


def _is_name(name: str, text: str, start: int) -> bool:
    words = name.lower().split()
    if all(word in DATES or word.isdigit() for word in words):
        return False
    after = _after(text, start + len(name))
    if _NATIONALITY.fullmatch(words[-1]) and re.match(r"\s+[a-z]", after) and not name.isupper():
        return False  # an adjective
    if len(words) > 1 or words[0] in PLACES or any(letter.isupper() or letter.isdigit() for letter in name[1:]):
        return True
    if not _opens_sentence(text, start):
        return True
    elsewhere = re.search(rf"(?<=[a-z,] ){re.escape(name)}\b", text) is not None
    return elsewhere or _SAID_OF.match(after) is not None


def _takes_the(name: str, text: str, start: int) -> bool:
    """Tell whether "the" before a name belongs to it: "the USA", and not "the Putin regime"."""
    return text[max(0, start - 4) : start].lower() == "the " and not _noun_follows(_after(text, start + len(name)))


def _noun_follows(after: str) -> bool:
    """Tell whether a name is said of the noun after it: "the Putin regime", "a Huguenot settlement"."""
    word = WORD.match(after.removeprefix(" ")) if after.startswith(" ") else None
    return word is not None and word[0].lower() not in _NO_NOUNS and not word[0].endswith(("ed", "ing"))


def _kind_of(name: str, text: str, start: int) -> Kind:
    before, after, words = _before(text, start), _after(text, start + len(name)), name.lower().split()
    if words[0] in TITLES or (_WHO_IS.search(before) and words[0] != "the") or _PERSON_VERBS.match(after):
        return "person"
    if before.split() and before.split()[-1].lower().strip(".") in TITLES | PERSON_NOUNS:
        return "person"
    if words[-1] in NAMED_THINGS or words[0] in PLACES or words[-1] in PLACES or name.isupper():
        return "thing"
    with_the = words[0] == "the" or _THE_BEFORE.search(before) is not None
    if with_the and is_plural(words[-1]):
        return "plural"
    asked_of = before.split()[-1].lower() in AUXILIARIES if before.split() else True
    if not asked_of and len(words) == 1 and _noun_follows(after):
        return "thing"
    if with_the or " of " in name or _PLACE_BEFORE.search(before) or any(each.isdigit() for each in name):
        return "thing"
    return "unknown"
