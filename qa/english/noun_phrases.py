"""The noun phrases of an English question: a head with what belongs to it, and what stands inside.

"The lighthouse of Lissen" is one phrase, and "Lissen" another inside of it: what
is asked about is the lighthouse, and its name says only which. Knows no
grammar but order: a phrase begins at an article, and ends before a verb, a
participle or a preposition that no noun can belong behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, pairwise

from qa.english.lexicon import (
    AGENTS,
    ATTRIBUTES,
    AUXILIARIES,
    DATES,
    FILLERS,
    IRREGULAR_PARTICIPLES,
    NAMED_THINGS,
    PLURAL_NOUNS,
    PREPOSITIONS,
    PRONOUNS,
    SINGULAR_IN_S,
    SITES,
    VERBS,
    WH,
)
from qa.english.names import WORD, Kind, Mention, names_in

_STARTS = frozenset({"the", "a", "an"})
_BELONGING = frozenset("of in on at over near under between from for behind above along across".split())
_NO_NOUN = PREPOSITIONS | AUXILIARIES | FILLERS | WH | PRONOUNS | _STARTS
_DO = frozenset("do does did will would can could should must shall may might".split())
_ADVERBS = frozenset("ever never still always often already finally originally actually usually first".split())
_AFTER_SUBJECT = _BELONGING | VERBS | AUXILIARIES | _ADVERBS | {"and", "or"}
_KNOWN_NOUNS = AGENTS | SITES | NAMED_THINGS | PLURAL_NOUNS
_BE = frozenset("is are was were".split())
_NO_PARTICIPLE = frozenset("red bed seed speed need feed weed shed sled reed breed creed greed deed hundred".split())
_VALUE_ASKED = re.compile(r"^\s*(?:what|who|which|how \w+)(?:\s+(?:is|are|was|were)|['’]s)\s+$", re.IGNORECASE)


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
    """Return the noun phrases of a question in order, each before those inside of it; names alone are not among them.

    Of a long text, those of its first hundred words.
    """
    words = list(islice(WORD.finditer(question), _MOST_WORDS))
    return _Parser(question[: words[-1].end()], words).phrases() if words else []


_MOST_WORDS = 100


class _Parser:
    """Reads the noun phrases of one question, which ends with its last word."""

    def __init__(self, asked: str, words: list[re.Match[str]]) -> None:
        self._asked, self._words, self._names = asked, words, names_in(asked)

    def phrases(self) -> list[Phrase]:
        found: list[Phrase] = []
        at = 0
        while at < len(self._words):
            if phrases := self._phrases_at(at, 0, self._before(at)):
                found += phrases
                at = self._last_before(phrases[0].end)
            at += 1
        return found

    def _word(self, number: int) -> str:
        """Return a word, small; nothing where there is none."""
        return self._words[number][0].lower() if 0 <= number < len(self._words) else ""

    def _is_next(self, number: int) -> bool:
        """Tell whether a word stands behind another with nothing but a space between."""
        return self._asked[self._words[number - 1].end() : self._words[number].start()] == " "

    def _last_before(self, end: int) -> int:
        return max(number for number, word in enumerate(self._words) if word.end() <= end)

    def _phrases_at(self, first: int, depth: int, before: str) -> list[Phrase]:
        """Return the phrase that begins at an article, and those inside of it; none where no noun follows.

        ``before``: the word before the outermost phrase.
        """
        last = self._head(first, before) if self._word(first) in _STARTS else first
        if last == first:
            return []
        start, head = self._words[first].start(), self._words[last]
        end = max(
            [head.end(), *(e for s, e in map(_place_of, self._names) if s <= head.start() < e)]
        )  # "the Duke of X"
        inside, end = self._belonging(self._last_before(end) + 1, depth + 1, before) or ([], end)
        noun = head[0].lower()
        asks_value = depth == 0 and _VALUE_ASKED.match(self._asked[:start]) is not None
        is_attribute = asks_value and noun in ATTRIBUTES and end > head.end()
        return [Phrase(self._asked[start:end], start, end, noun, _kind_of(noun), depth, is_attribute), *inside]

    def _head(self, first: int, before: str) -> int:
        """Return which word is the noun of the phrase that begins at an article; the article itself where none is."""
        last = first
        for number in range(first + 1, len(self._words)):
            word = self._word(number)
            is_verb = number > first + 1 and (word in VERBS | _ADVERBS or _is_participle(word))
            if not self._is_next(number) or word in _NO_NOUN or is_verb or self._is_verb_before_name(before, number):
                break
            last = number
        return last - 1 if last - first > 1 and self._ends_in_no_noun(before, last) else last

    def _is_verb_before_name(self, before: str, number: int) -> bool:
        """Tell whether a word is the verb of "did the queen visit Vell"; in "did the river Marn rise" none is."""
        if number + 1 >= len(self._words) or before not in _DO:
            return False
        is_small, large = self._words[number][0][0].islower(), self._words[number + 1][0][0].isupper()
        ended = self._word(number - 1) in _KNOWN_NOUNS or self._words[number - 1][0][0].isupper()
        return ended and is_small and large

    def _ends_in_no_noun(self, before: str, last: int) -> bool:
        """Tell whether a phrase ends in the verb of "did the miners strike", the adjective of "is it famous for"."""
        follows = self._word(last + 1)
        if not self._words[last][0][0].islower():
            return False
        if before in _DO:
            return follows not in _AFTER_SUBJECT
        return before in _BE and follows in PREPOSITIONS and last + 2 == len(self._words)

    def _before(self, first: int) -> str:
        """Return the word before a phrase and those that are joined to it: of "did the king and the queen", did."""
        while self._word(first - 1) in {"and", "or"}:
            articles = [number for number in range(first - 1) if self._word(number) in _STARTS]
            if not articles:
                break
            first = articles[-1]
        return self._word(first - 1)

    def _belonging(self, at: int, depth: int, before: str) -> tuple[list[Phrase], int] | None:
        """Return what belongs to a noun behind it ("of Lissen", "on the hill"): the phrases in it, and its end."""
        preposition, following = self._word(at), self._word(at + 1)
        if preposition not in _BELONGING or not following or not (self._is_next(at) and self._is_next(at + 1)):
            return None
        if following in _STARTS:
            phrases = self._phrases_at(at + 1, depth, before)
            return (phrases, phrases[0].end) if phrases else None
        if self._words[at + 1][0][0].isupper() and following not in DATES:
            return self._named(self._words[at + 1].start(), is_pair=preposition == "between")
        if preposition == "of" and following not in _NO_NOUN and not following.isdigit():
            return [], self._words[at + 1].end()
        return None

    def _named(self, start: int, *, is_pair: bool) -> tuple[list[Phrase], int] | None:
        """Return where the name that stands at a place ends; of "Lissen and Korr", the second one."""
        places = [*map(_place_of, self._names), (len(self._asked), len(self._asked))]
        for (begin, end), (next_begin, next_end) in pairwise(places):
            if begin == start:
                joins = is_pair and self._asked[end:next_begin] == " and "
                return [], next_end if joins else end
        return None


def _place_of(name: Mention) -> tuple[int, int]:
    return name.start, name.start + len(name.text)


def _is_participle(word: str) -> bool:
    return (word.endswith("ed") and word not in _NO_PARTICIPLE) or word in IRREGULAR_PARTICIPLES


def _kind_of(head: str) -> Kind:
    if head in AGENTS:
        return "person"
    plural = head.endswith("s") and not head.endswith(("ss", "us", "is")) and head not in SINGULAR_IN_S
    return "plural" if plural or head in PLURAL_NOUNS else "thing"
