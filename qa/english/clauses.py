"""Plain English clauses of a sentence: who does, what is done, and where each of them stands.

Not a parser: it takes what it is sure of and passes over the rest. A clause is
a subject without a clause of its own, a finite verb, and what follows up to
the next point where another clause may begin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.english.lexicon import (
    ADVERBS,
    AGENTS,
    BE,
    CONJUNCTIONS,
    DETERMINERS,
    FINITE_AUXILIARIES,
    LEADING,
    MODALS,
    MORE_PREPOSITIONS,
    POINTING,
    SUBORDINATING,
    words,
)
from qa.english.tokens import STOPS, Word, finite_verb_at, is_adjective, is_adverb, is_participle
from qa.english.verb_forms import REPORTING, VERB_FORMS

MOST_SUBJECT_WORDS = 12
_APPOSING = words("who which a an the one then now also known or")


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a text: words of the subject, adverbs before the verb, the verb, and what follows it.

    ``lead`` is a phrase that opens the sentence before the subject: "In 1990".
    """

    subject: tuple[Word, ...]
    adverbs: tuple[Word, ...]
    verb: Word
    rest: tuple[Word, ...]
    opens: bool
    lead: tuple[Word, ...] = ()

    @property
    def is_auxiliary(self) -> bool:
        return self.verb.low in FINITE_AUXILIARIES and not self.is_having

    @property
    def is_having(self) -> bool:
        """Whether "has" is the verb itself: "has a young population"."""
        follows = next((word for word in self.rest if word.low not in ADVERBS), None)
        return self.verb.low in {"has", "have", "had"} and (follows is None or not is_participle(follows))


def clauses_of(words: Sequence[Word]) -> Iterator[Clause]:
    """Yield the clauses of a sentence, in its order."""
    for start in _starts(words):
        clause = _clause_at(words, start)
        if clause is not None:
            yield clause


def _starts(words: Sequence[Word]) -> list[int]:
    """Return where a clause may begin: at the start, after a comma, and after words that open one."""
    first = 0
    while first < len(words) and (words[first].low in LEADING or words[first].text == ","):
        first += 1
    starts = [first]
    for position in range(first, len(words) - 2):
        word, before = words[position], words[position - 1] if position else None
        if word.low == "that" and not any(_reports(each) for each in words[max(0, position - 4) : position]):
            continue  # it may stand for what the verb has done something to
        if word.text == "," and position and _is_list(words, 0, position):
            continue
        if word.text == "," or word.low in {"because", "although", "while", "whereas", "when", "where", "that"}:
            starts.append(position + 1)
            if words[position + 1].low in CONJUNCTIONS:
                starts.append(position + 2)
        elif word.low in {"which", "whom"} and before is not None and before.low in MORE_PREPOSITIONS:
            starts.append(position + 1)
    return starts


def _reports(word: Word) -> bool:
    """Tell whether "that" after a word may open what somebody says or thinks."""
    form = VERB_FORMS.get(word.low)
    return (form is not None and form.base in REPORTING) or word.low in {"fearing", "saying", "arguing", "believing"}


def _clause_at(words: Sequence[Word], start: int) -> Clause | None:
    embedded = start > 1 and words[start - 1].low in {"which", "whom", "that"}
    if words[start].low in {"about", "around", "nearly", "over", "almost", "some"} and words[start + 1].is_number:
        start += 1
    position, skipped = start, None
    while position < len(words) and position - start <= MOST_SUBJECT_WORDS:
        word = words[position]
        if position > start and word.text in ",–—(" and (closing := _closing(words, position)) is not None:
            skipped = (position, closing)
            break
        if position > start and finite_verb_at(words, position, start):
            break
        if word.low in SUBORDINATING or (word.text in STOPS and not _is_list(words, start, position)):
            return None
        position += 1
    else:
        return None
    subject = list(words[start:position])
    if skipped is not None:
        position = skipped[1] + 1
        while position < len(words) and is_adverb(words[position]):
            position += 1
        if position >= len(words) or not finite_verb_at(
            [*subject, *words[skipped[1] + 1 :]], position - skipped[1] - 1 + len(subject), 0
        ):
            return None
    adverbs = list(words[skipped[1] + 1 : position]) if skipped is not None else []
    while skipped is None and subject and is_adverb(subject[-1]):
        adverbs.insert(0, subject.pop())
    if not _is_noun_phrase(subject):
        return None
    rest = _rest(words, position + 1, embedded=embedded)
    if not rest or words[position].low in {"do"}:
        return None
    after = next((word for word in words if word.span.start >= rest[-1].span.end), None)
    if after is not None and after.text == "," and (_is_apposed(subject, rest, words) or _goes_on(rest, words)):
        return None
    if after is not None and after.text in "–-" and rest[-1].text[0].isdigit():
        return None
    lead = tuple(words[: start - 1]) if start and words[start - 1].text == "," else ()
    return Clause(tuple(subject), tuple(adverbs), words[position], tuple(rest), start == 0, lead)


def _closing(words: Sequence[Word], opening: int) -> int | None:
    """Return where a phrase between dashes, brackets or commas ends, of one that opens here; a list is none."""
    closes = ")" if words[opening].text == "(" else words[opening].text
    if closes == "," and words[opening + 1].low not in _APPOSING:
        return None
    for position in range(opening + 2, min(len(words) - 1, opening + 40)):
        if words[position].text == closes:
            after = next((word for word in words[position + 1 :] if not is_adverb(word)), None)
            if after is not None and (after.low in FINITE_AUXILIARIES or after.low in VERB_FORMS) and not after.is_name:
                return position
            if closes != ",":
                return None
        if words[position].text in ".;:":
            return None
    return None


def _is_apposed(subject: Sequence[Word], rest: Sequence[Word], words: Sequence[Word]) -> bool:
    """Tell whether a comma after a clause shows that it was none ("A word used at sea, …"), or cuts a name off."""
    follows = next((word for word in words if word.span.start > rest[-1].span.end + 1), None)
    return (subject[0].low in {"a", "an"} and rest[0].low not in DETERMINERS) or (
        follows is not None and follows.is_name and rest[-1].low in AGENTS
    )


def _goes_on(rest: Sequence[Word], words: Sequence[Word]) -> bool:
    """Tell whether the comma after a clause is one of a list, so that the clause is cut off."""
    follows = [word for word in words if word.span.start > rest[-1].span.end][:7]
    if not follows or follows[0].low in MORE_PREPOSITIONS | SUBORDINATING | FINITE_AUXILIARIES | CONJUNCTIONS | {
        "be",
        "to",
    }:
        return False
    if follows[0].low.endswith(("ing", "ed")) or follows[0].low in VERB_FORMS or is_adverb(follows[0]):
        return False
    joins = [place for place, word in enumerate(follows) if word.text == "," or word.low in {"and", "or"}]
    return bool(joins) and not any(finite_verb_at(follows, place, 0) for place in range(1, joins[0]))


def _rest(words: Sequence[Word], position: int, *, embedded: bool) -> list[Word]:
    """Return what belongs to the verb: up to a mark, a new clause or, where it is embedded, the verb around it.

    Where another verb shows that it was not understood, there is nothing.
    """
    rest: list[Word] = []
    begin = position
    relative = between = False
    while position < len(words):
        word = words[position]
        is_second = between and word.text == ","
        opens = word.text == "," and any(each.text == "," for each in words[position + 1 : position + 7])
        if rest and is_adjective(rest[-1]) and (is_second or opens):
            between = not is_second
            rest.append(word)  # "a dangerous, and above all real, front"
            position += 1
            continue
        if word.text in STOPS or word.low in {
            "because",
            "although",
            "while",
            "whereas",
            "when",
            "where",
            "if",
            "unless",
            "until",
        }:
            break
        relative = relative or word.low in SUBORDINATING
        follows_verb = position > begin + 1 and rest[-1].low not in MODALS | FINITE_AUXILIARIES
        if not relative and follows_verb and finite_verb_at(words, position, begin):
            joined = next((place for place, each in enumerate(rest) if each.low in CONJUNCTIONS), None)
            if joined is None and not embedded:
                return []
            del rest[joined if joined is not None else len(rest) :]
            break
        rest.append(word)
        position += 1
    if len(rest) > 3 and rest[-3].low in SUBORDINATING and rest[-2].low in BE:
        del rest[-3:]  # what it is, was cut off by a comma
    while rest and (rest[-1].low in CONJUNCTIONS | DETERMINERS | MORE_PREPOSITIONS or rest[-1].text == ","):
        rest.pop()
    return rest


def _is_noun_phrase(words: Sequence[Word]) -> bool:
    if not 0 < len(words) <= MOST_SUBJECT_WORDS:
        return False
    lows = [word.low for word in words]
    first, last = words[0], words[-1]
    if lows[0] in MORE_PREPOSITIONS | CONJUNCTIONS | POINTING | SUBORDINATING | {
        "to",
        "not",
        "its",
        "their",
        "his",
        "her",
        "our",
    }:
        return False
    if (
        is_adverb(first)
        or (lows[0].endswith("ing") and not first.is_name)
        or lows[0] in FINITE_AUXILIARIES | {"so", "be", "been"}
    ):
        return False
    form = VERB_FORMS.get(first.text)
    if form is not None and form.form != "base":
        return False
    if any(is_adverb(word) for word in words) or set(lows) & (POINTING | FINITE_AUXILIARIES | {"to", "not"}):
        return False
    if (
        (last.low.endswith("est") and not last.low.endswith(("forest", "west", "interest", "harvest", "protest")))
        or last.low in DETERMINERS | MORE_PREPOSITIONS | CONJUNCTIONS
        or (not last.text[-1].isalnum() and last.text not in '”"')
    ):
        return False
    opened = sum(word.text == "“" for word in words) - sum(word.text == "”" for word in words)
    seems_verb = any(
        (form := VERB_FORMS.get(word.text)) and form.form in {"past", "past or participle"} for word in words[1:]
    )
    return opened == 0 and not seems_verb


def _is_list(words: Sequence[Word], start: int, position: int) -> bool:
    """Tell whether a comma stands between names: "Turkey, Iran and Iraq"."""
    return (
        words[position].text == ","
        and words[position - 1].is_name
        and position + 1 < len(words)
        and (words[position + 1].is_name or words[position + 1].low in {"and", "the"})
        and any(word.low == "and" for word in words[position : position + 8])
    )
