"""Is a statement supported by what it cites? Judged by code, without a model: the words must be there.

Numbers, dates, units and names of the statement must occur in the cited text;
neither may deny or reverse what the other says; and enough of the statement's
words must be the source's. That finds what is changed, not what is implied: who
did what to whom is only seen where names stand on either side of the deed, and
causes and sums are not understood. In other languages than English only digits
and names are compared (in German only digits), names letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations

from index.sentences import split_sentences
from qa.english.comparison_words import (
    NUMBER_WORDS,
    OPPOSITES,
    Token,
    alike,
    capitalised,
    folded,
    name_form,
    same_sense,
    stem,
    tokens_of,
)
from qa.english.lexicon import AUXILIARIES, MONTHS, NEGATIONS, STOP_WORDS
from qa.english.quantities import UNIT_WORDS, Quantity, gives, quantities_in, same_value, spelled_out

LEAST_SHARED = 0.5  # of a statement's words and numbers: see "Checking statements" in qa/DECISIONS.md
_SCOPE = 3  # content words after a negation that it is taken to deny
_DEED = 2  # content words between two names, at most, that are what one did to the other
_CLAUSE_ENDS = frozenset("but because although though while whereas which who when until unless since".split())
_NOUNS_HAVE_CAPITALS = ("de", "lb")
_POINTS = re.compile(r"(?<=\d)\.(?=\d{3}(?!\d))")  # of thousands, as other languages write them
_RATE = re.compile(r"\b(?:a|an|per|every)\s+(?!cent\b)(\w+)")


@dataclass(frozen=True, slots=True)
class Check:
    """What keeps a statement from being supported, one sentence a reason, for people to read; none: supported."""

    missing: tuple[str, ...]

    @property
    def supported(self) -> bool:
        """Tell whether the cited text bears the statement out, as far as code can see."""
        return not self.missing


def check_statement(statement: str, cited: Mapping[int, str], *, language: str | None = None) -> Check:
    """Check a statement, without its markers, against the text of each source it cites, by number.

    A passage should come with its article's title: a statement names what
    sentences call "he" or "it". A statement that cites nothing is not supported.

    Args:
        statement: one sentence.
        cited: texts of the sources, by number.
        language: ISO 639-1 code of the statement; unknown counts as English.
    """
    if not cited:
        return Check(("it cites no source",))
    where = _sources(sorted(cited))
    text = "\n\n".join(cited[number] for number in sorted(cited))
    code = (language or "en")[:2].lower()
    if code != "en":
        return Check(tuple(dict.fromkeys(_missing_in_any_language(statement, text, where, code))))
    said, source = _read(statement), _read(text)
    spans = split_sentences(text, language="en")
    sentence = max((_read(span.slice(text)) for span in spans), key=said.shared_with, default=source)
    missing = [
        *_numbers_missing(said, source, where),
        *_names_missing(said.names, source, where),
        *_denied(said, source, sentence, where),
        *_reversed(said, source, sentence, where),
        *_swapped(said, sentence, where),
        *_words_missing(said, source, where),
    ]
    return Check(tuple(dict.fromkeys(missing)))


def shared_words(statement: str, text: str) -> int:
    """Return how many of a statement's words and numbers a text has: of two that bear it out, the nearer has more."""
    return _read(statement).shared_with(_read(text))


def _missing_in_any_language(statement: str, text: str, where: str, code: str) -> list[str]:
    """Compare digits and names; no names in German, whose nouns all have capitals, nor a sentence's first word."""
    said, source = _read(_POINTS.sub("", statement)), _read(_POINTS.sub("", text))
    given = {token.text for token in source.tokens if token.kind == "number"}
    numbers = [token.text for token in said.tokens if token.kind == "number" and token.text not in given]
    names = [token for token in said.names if token.start and code not in _NOUNS_HAVE_CAPITALS]
    return [f"the number {number} is not in {where}" for number in numbers] + _names_missing(names, source, where)


class _Reading:
    """A text as the check sees it; each part is read when it is first asked for."""

    def __init__(self, text: str) -> None:
        self.text = spelled_out(text)
        self.tokens: list[Token] = tokens_of(self.text)

    @cached_property
    def quantities(self) -> list[Quantity]:
        return quantities_in(self.text)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of all words, stop words too: opposites such as before and after are stop words."""
        return frozenset(stem(token.text) for token in self.tokens if token.kind == "word")

    @cached_property
    def content(self) -> tuple[str, ...]:
        """The stems of the words that say something, each once, in order; no numbers."""
        return tuple(dict.fromkeys(stem(token.text) for token in self.tokens if _has_content(token)))

    @cached_property
    def names(self) -> list[Token]:
        return capitalised(self.tokens)

    @cached_property
    def name_forms(self) -> frozenset[str]:
        """What a name may be found as: any word, and the first letters of its capitalised words in a row."""
        return frozenset(name_form(token.text) for token in self.tokens if token.kind == "word")

    @cached_property
    def initials(self) -> str:
        return "".join(token.text[0] for token in self.tokens if token.kind == "word" and token.text[0].isupper())

    @cached_property
    def name_pairs(self) -> dict[tuple[str, str], tuple[frozenset[str], bool]]:
        """For each two names with a word or two between them, in order: the stems of those, and whether "by" is one."""
        names = set(self.names)
        named = [at for at, token in enumerate(self.tokens) if token in names]
        pairs: dict[tuple[str, str], tuple[frozenset[str], bool]] = {}
        for one, other in combinations(named, 2):
            between = [token for at, token in enumerate(self.tokens[one:other], one) if at not in named]
            deed = frozenset(stem(token.text) for token in between if _has_content(token))
            if 1 <= len(deed) <= _DEED:
                pair = (folded(self.tokens[one].text), folded(self.tokens[other].text))
                pairs.setdefault(pair, (deed, any(token.text == "by" for token in between)))
        return pairs

    @cached_property
    def _denied_at(self) -> list[list[int]]:
        return [self._scope(at) for at in range(len(self.tokens)) if _is_negation(self.tokens, at)]

    @cached_property
    def denials(self) -> list[dict[str, str]]:
        """For each negation, the content words after it in its clause, by their stems."""
        words = [[self.tokens[at].text for at in scope] for scope in self._denied_at]
        return [{stem(word): word for word in denied} for denied in words]

    @cached_property
    def affirmed(self) -> frozenset[str]:
        """The stems of the words that stand somewhere without being denied."""
        denied = {at for scope in (*self._denied_at, *self._subjects_denied_at) for at in scope}
        return frozenset(
            stem(token.text) for at, token in enumerate(self.tokens) if token.kind == "word" and at not in denied
        )

    @cached_property
    def _subjects_denied_at(self) -> list[list[int]]:
        """For each "is not", "does not" and the like, the words of its clause before it: what it is said of."""
        words = [folded(token.text) for token in self.tokens]
        negated = [at for at in range(1, len(words)) if words[at] == "not" and words[at - 1] in AUXILIARIES]
        negated += [at for at, word in enumerate(words) if word.endswith("n't") or word == "cannot"]
        ends = [at for at, token in enumerate(self.tokens) if token.kind == "stop" or words[at] in _CLAUSE_ENDS]
        return [list(range(max([-1, *(end for end in ends if end < at)]) + 1, at)) for at in negated]

    def _scope(self, negation: int) -> list[int]:
        scope: list[int] = []
        for at in range(negation + 1, len(self.tokens)):
            token = self.tokens[at]
            if token.kind == "stop" or folded(token.text) in _CLAUSE_ENDS or len(scope) == _SCOPE:
                break
            if _has_content(token):
                scope.append(at)
        return scope

    def beside(self, words: frozenset[str]) -> frozenset[str]:
        """Return the stems of the content words in the clauses of some words, without these."""
        clauses: list[set[str]] = [set()]
        for token in self.tokens:
            if token.kind == "stop" or folded(token.text) in _CLAUSE_ENDS or token.text == "and":
                clauses.append(set())
            elif _has_content(token) or stem(token.text) in words:
                clauses[-1].add(stem(token.text))
        return frozenset().union(*(clause for clause in clauses if clause & words)) - words

    def has(self, word: str) -> bool:
        """Tell whether a stem, its family or a word of its sense is in the text."""
        return not same_sense(word).isdisjoint(self.stems) or any(alike(word, other) for other in self.stems)

    def shared_with(self, other: _Reading) -> int:
        """Return how many of the words and numbers of this text another has."""
        numbers = sum(any(gives(given, stated) for given in other.quantities) for stated in self.quantities)
        return numbers + sum(map(other.has, self.content))


@lru_cache(maxsize=4096)
def _read(text: str) -> _Reading:
    """Read a text, once for all the statements that are checked against it."""
    return _Reading(text)


def _has_content(token: Token) -> bool:
    word = folded(token.text)
    return token.kind == "word" and word not in STOP_WORDS and word not in NUMBER_WORDS and len(word) > 1


def _is_negation(tokens: Sequence[Token], position: int) -> bool:
    word = folded(tokens[position].text)
    following = folded(tokens[position + 1].text) if position + 1 < len(tokens) else ""
    if word in ("rather", "instead"):
        return following in ("than", "of")
    return (word in NEGATIONS or word.endswith("n't")) and following not in ("only", "just", "merely", "least")


def _sources(numbers: Sequence[int]) -> str:
    listed = " or ".join(filter(None, [", ".join(map(str, numbers[:-1])), str(numbers[-1])]))
    return f"source{'s' if len(numbers) > 1 else ''} {listed}"


def _numbers_missing(said: _Reading, source: _Reading, where: str) -> list[str]:
    missing = []
    for stated in said.quantities:
        if any(gives(given, stated) for given in source.quantities):
            continue
        unitless = any(same_value(stated, given) and not given.unit for given in source.quantities)
        if unitless and stem(stated.unit) in source.stems:
            continue
        if stated.unit in MONTHS:
            missing.append(f"the date {stated.written} is not in {where}")
        elif any(same_value(stated, given) for given in source.quantities):
            missing.append(f"{stated.written!r} is not in {where}, which has the number with another unit")
        else:
            missing.append(f"the number {stated.written} is not in {where}")
    rates = [rate for rate in _RATE.finditer(said.text) if rate[1] in UNIT_WORDS and stem(rate[1]) not in source.stems]
    return missing + [f"{rate[0]!r} is not in {where}" for rate in rates]


def _names_missing(names: Sequence[Token], source: _Reading, where: str) -> list[str]:
    return [f"the name {name.text} is not in {where}" for name in names if not _is_named(name.text, source)]


def _is_named(name: str, source: _Reading) -> bool:
    is_acronym = len(name) > 1 and name.isupper() and name in source.initials
    return is_acronym or not source.name_forms.isdisjoint({name_form(name), name_form(name.removesuffix("s"))})


def _denied(said: _Reading, source: _Reading, sentence: _Reading, where: str) -> list[str]:
    """Compare what the statement denies with what the source does, and the other way round."""
    opposite = [*_contradictions(source, said), *_contradictions(sentence, said)]
    alone = _contradictions(said, sentence)
    for denial in said.denials:
        agrees = sentence.denials or any(word in other for word in denial for other in source.denials)
        if not agrees and not any(_opposites_of(word) & source.affirmed for word in denial):
            alone.append(denial)
    reasons = [f"{where} says the opposite: not {' '.join(denial.values())!r}" for denial in opposite]
    return reasons + [f"it denies {' '.join(denial.values())!r}, {where} does not" for denial in alone]


def _contradictions(denying: _Reading, affirming: _Reading) -> list[dict[str, str]]:
    """Return what one text only denies and the other only affirms."""
    return [
        denial
        for denial in denying.denials
        if _holds(affirming, denial)
        and not _holds(denying, denial)
        and not any(next(iter(denial)) in own for own in affirming.denials)
    ]


def _holds(reading: _Reading, denial: dict[str, str]) -> bool:
    """Tell whether a text affirms what another denies: the first word denied, and half of them."""
    affirmed = [word for word in denial if word in reading.affirmed]
    return bool(affirmed) and affirmed[0] == next(iter(denial)) and 2 * len(affirmed) >= len(denial)


def _opposites_of(word: str) -> frozenset[str]:
    sides = [(one, other) for pair in OPPOSITES for one, other in (pair, pair[::-1])]
    return frozenset().union(*(other for one, other in sides if word in one))


def _reversed(said: _Reading, source: _Reading, sentence: _Reading, where: str) -> list[str]:
    """Find a word of the statement where the source has its opposite.

    Where the source has both, the sentence nearest to the statement counts;
    where that has both, the one whose clause shares more words with the statement's.
    """
    reasons = []
    for one, other in (sides for pair in OPPOSITES for sides in (pair, pair[::-1])):
        if not one & said.affirmed or other & said.stems:
            continue
        compared = sentence if one & source.stems else source
        if not other & compared.stems:
            continue
        shared = said.beside(one)
        nearer = len(shared & compared.beside(other)) > len(shared & compared.beside(one))
        if nearer or not one & compared.stems:
            reasons.append(f"{where} has {_first(compared, other)!r} where it says {_first(said, one)!r}")
    return reasons


def _swapped(said: _Reading, sentence: _Reading, where: str) -> list[str]:
    """Find two names that did the same thing to each other the other way round: "A beat B" and "B beat A".

    With "by" on one side only the order is right: "B was beaten by A".
    """
    order = sentence.name_pairs
    return [
        f"{where} has {one} and {other} the other way round"
        for (one, other), (deed, by) in said.name_pairs.items()
        if (one, other) not in order
        and (other, one) in order
        and deed & order[other, one][0]
        and by == order[other, one][1]
    ]


def _first(reading: _Reading, stems: frozenset[str]) -> str:
    return next(token.text for token in reading.tokens if token.kind == "word" and stem(token.text) in stems)


def _words_missing(said: _Reading, source: _Reading, where: str) -> list[str]:
    names = {stem(token.text) for token in said.names if token.start}
    units = set(map(stem, UNIT_WORDS))
    words = [word for word in said.content if word not in names and word not in units]
    missing = [word for word in words if not source.has(word)]
    facts = len(words) + len(said.quantities)  # a number that was not found is a reason of its own
    if facts - len(missing) >= LEAST_SHARED * facts:
        return []
    listed = ", ".join(token.text for token in said.tokens if token.kind == "word" and stem(token.text) in missing)
    return [f"too few of its words are in {where}; not there: {listed}"]
