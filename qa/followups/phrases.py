"""The noun phrases of an English question: a head with what belongs to it, and what stands inside.

"The lighthouse of Lissen" is one phrase, and "Lissen" another inside of it: what
is asked about is the lighthouse, and its name says only which. Knows no
grammar but order: a phrase begins at an article, and ends before a verb, a
participle or a preposition that no noun can belong behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.followups.mentions import WORD, YEAR, Kind, Mention, names_in
from qa.followups.words import (
    AGENTS,
    ATTRIBUTES,
    AUXILIARIES,
    DATES,
    FILLERS,
    IRREGULAR_PARTICIPLES,
    PLURAL_NOUNS,
    PREPOSITIONS,
    PRONOUNS,
    SINGULAR_IN_S,
    VERBS,
    WH,
)

_STARTS = frozenset({"the", "a", "an"})
_BELONGING = frozenset("of in on at over near under between from for behind above along across".split())
_NO_NOUN = PREPOSITIONS | AUXILIARIES | FILLERS | WH | PRONOUNS | _STARTS
_DO = frozenset("do does did will would can could should must shall may might".split())
_ADVERBS = frozenset("ever never still always often already finally originally actually usually first".split())
_BE = frozenset("is are was were".split())
_NO_PARTICIPLE = frozenset("red bed seed speed need feed weed shed sled reed breed creed greed deed hundred".split())
_VALUE_ASKED = re.compile(r"^(?:what|who|which|how \w+)(?:\s+(?:is|are|was|were)|['’]s)\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase: where it stands, its last noun, and how many phrases and names it stands inside of.

    ``is_attribute``: what a question asks to be told of something else ("What is the price of the ticket?"), so that
    the talk is about that other thing.
    """

    text: str
    start: int
    end: int
    head: str
    kind: Kind
    depth: int
    is_attribute: bool = False

    @property
    def mention(self) -> Mention:
        """The phrase as one speaks of it again: "an oak" is "the oak" then."""
        words = self.text.split(" ", 1)
        text = f"the {words[1]}" if words[0].lower() in _STARTS and len(words) > 1 else self.text
        return Mention(text, self.kind, self.start)


def phrases_in(question: str) -> list[Phrase]:
    """Return the noun phrases of a question in order, each before those inside of it; names are not among them."""
    asked = question.strip().rstrip("?!. ")
    words = list(WORD.finditer(asked))
    found: list[Phrase] = []
    at = 0
    while at < len(words):
        if words[at][0].lower() in _STARTS and (phrases := _phrases_at(asked, words, at, 0)):
            found += phrases
            at = next(number for number in range(len(words), 0, -1) if words[number - 1].end() <= phrases[0].end)
        else:
            at += 1
    return found


def _phrases_at(asked: str, words: list[re.Match[str]], first: int, depth: int) -> list[Phrase]:
    """Return the phrase that begins at an article, and those inside of it; none where no noun follows."""
    last = _head_at(asked, words, first)
    if last == first:
        return []
    inside: list[Phrase] = []
    end = words[last].end()
    for name in names_in(asked):  # "the Council of Vell" is one name
        if name.start <= words[last].start() < (name_end := name.start + len(name.text)):
            end = max(end, name_end)
    last_of_all = max(number for number, word in enumerate(words) if word.end() <= end)
    if belonging := _belonging(asked, words, last_of_all + 1, depth + 1):
        inside, end = belonging
    head = words[last][0].lower()
    asks_value = depth == 0 and _VALUE_ASKED.match(asked[: words[first].start()]) is not None
    start = words[first].start()
    is_attribute = asks_value and head in ATTRIBUTES and end > words[last].end()
    return [Phrase(asked[start:end], start, end, head, _kind_of(head), depth, is_attribute), *inside]


def _head_at(asked: str, words: list[re.Match[str]], first: int) -> int:
    """Return which word is the noun of the phrase that begins at an article; the article itself where none is."""
    last = first
    for number in range(first + 1, len(words)):
        word = words[number][0].lower()
        is_next = asked[words[number - 1].end() : words[number].start()] == " "
        is_verb = word in VERBS | _ADVERBS and number > first + 1
        if not is_next or word in _NO_NOUN or is_verb or (number > first + 1 and _is_participle(word)):
            break
        last = number
    return _without_verb(asked, words, first, last)


def _without_verb(asked: str, words: list[re.Match[str]], first: int, last: int) -> int:
    """Take the verb from the end of "did the miners strike", and the adjective from "is the castle famous for"."""
    before = _before(words, first)
    follows = words[last + 1][0].lower() if last + 1 < len(words) else ""
    is_small = words[last][0][0].islower()
    wants_verb = before in _DO and follows not in _BELONGING | VERBS | AUXILIARIES | _ADVERBS | {"and", "or"}
    is_stranded = before in _BE and follows in PREPOSITIONS and last + 2 == len(words)
    return last - 1 if last - first > 1 and is_small and (wants_verb or is_stranded) else last


def _before(words: list[re.Match[str]], first: int) -> str:
    """Return the word before a phrase, and before those that are joined to it: of "did the king and the queen", did."""
    while first > 2 and words[first - 1][0].lower() in {"and", "or"}:
        articles = [number for number in range(first - 1) if words[number][0].lower() in _STARTS]
        if not articles:
            break
        first = articles[-1]
    return words[first - 1][0].lower() if first else ""


def _is_participle(word: str) -> bool:
    return (word.endswith("ed") and word not in _NO_PARTICIPLE) or word in IRREGULAR_PARTICIPLES


def _belonging(asked: str, words: list[re.Match[str]], at: int, depth: int) -> tuple[list[Phrase], int] | None:
    """Return what belongs to a noun behind it, "of Lissen" or "on the hill": the phrases in it, and where it ends."""
    if at + 1 >= len(words) or words[at][0].lower() not in _BELONGING:
        return None
    if asked[words[at - 1].end() : words[at].start()] != " " or asked[words[at].end() : words[at + 1].start()] != " ":
        return None
    following = words[at + 1][0]
    if following.lower() in _STARTS:
        phrases = _phrases_at(asked, words, at + 1, depth)
        return (phrases, phrases[0].end) if phrases else None
    if following[0].isupper() and following.lower() not in DATES:
        return _named(asked, words[at + 1].start(), joined=words[at][0].lower() == "between")
    if words[at][0].lower() == "of" and following.lower() not in _NO_NOUN and YEAR.fullmatch(following) is None:
        return [], words[at + 1].end()
    return None


def _named(asked: str, start: int, *, joined: bool = False) -> tuple[list[Phrase], int] | None:
    """Return where the name that stands at a place ends; of "Lissen and Korr", the second one where both are meant."""
    names = names_in(asked)
    for number, name in enumerate(names):
        begins = name.start + (len("the ") if name.text.startswith("the ") else 0)
        if begins == start or name.start == start:
            end = name.start + len(name.text)
            following = names[number + 1] if number + 1 < len(names) else None
            if joined and following is not None and asked[end : following.start] == " and ":
                end = following.start + len(following.text)
            return [], end
    return None


def _kind_of(head: str) -> Kind:
    if head in AGENTS:
        return "person"
    plural = head.endswith("s") and not head.endswith(("ss", "us", "is")) and head not in SINGULAR_IN_S
    return "plural" if plural or head in PLURAL_NOUNS else "thing"
