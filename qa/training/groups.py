"""What is learnt from, one group at a time: a question and passages that share one normalisation.

A group of an answerable question holds a passage with its answer and, mostly,
a hard negative. A group without an answer holds one passage: one that the
question was written to be unanswerable from, one that retrieval put beside the
right one, or the right one beside a question that was changed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from index.article import Span
from qa.training.mining import Mined, Text

NEGATIVE_SHARE = 0.6  # of answerable groups that have a negative
SECOND_NEGATIVE_SHARE = 0.15
SILENT_SHARE = 0.12  # of self-contained questions that also give a group without an answer
CHANGED_SHARE = 0.35  # of questions that can be changed so that their passage is silent
CROPPED_SHARE = 0.6  # of groups whose passages are cut down to a few sentences: more questions in the same time
CROPPED_CHARACTERS = 450
CONTEXT_SHARE = 0.75  # of groups that are read with the titles of their passages
FOUND_AT_MOST = 3  # a question whose own passage is found at this rank makes sense alone


@dataclass(frozen=True, slots=True)
class Group:
    """A question, its passages, and the answers in each (none in a negative)."""

    question: str
    texts: tuple[str, ...]
    answers: tuple[tuple[Span, ...], ...]
    contexts: tuple[str, ...] = ()  # of each passage, see `PairEncoder`; none for no passage
    sentence: bool = False  # the answers are whole sentences: where they end teaches nothing


def group_of(question: str, texts: Sequence[Text], chance: random.Random, *, silent: bool, sentence: bool) -> Group:
    """Return a group of some passages, some cut down, mostly with their titles: some articles have none."""
    if chance.random() < CROPPED_SHARE:
        texts = [cropped(text, chance) for text in texts]
    contexts = tuple(text.context for text in texts) if chance.random() < CONTEXT_SHARE else ()
    answers = tuple(() if silent else text.answers for text in texts)
    return Group(question, tuple(text.text for text in texts), answers, contexts, sentence)


def cropped(text: Text, chance: random.Random) -> Text:
    """Return some neighbouring sentences of a passage, with one of its answers where it has any."""
    edges = [0, *(match.end() for match in _SENTENCE_END.finditer(text.text)), len(text.text)]
    kept = chance.choice(text.answers) if text.answers else Span(place := chance.choice(edges[:-1]), place + 1)
    first = max(n for n, edge in enumerate(edges[:-1]) if edge <= kept.start)
    last = min(n for n, edge in enumerate(edges) if edge >= kept.end)
    while edges[last] - edges[first] < CROPPED_CHARACTERS and (first > 0 or last < len(edges) - 1):
        if first > 0 and (last == len(edges) - 1 or chance.random() < 0.5):
            first -= 1
        else:
            last += 1
    begin, end = edges[first], edges[last]
    inside = tuple(Span(a.start - begin, a.end - begin) for a in text.answers if begin <= a.start and a.end <= end)
    return replace(text, text=text.text[begin:end], answers=inside)


def groups_of(mined: Mined, chance: random.Random, swaps: Swaps | None, *, negatives: bool = True) -> Iterator[Group]:
    """Yield what one question teaches in one epoch; ``chance`` decides which passages are taken."""
    holding = [text for text in mined.texts if text.answers]
    others = [text for text in mined.texts if not text.answers and not _mentions(text, mined.answers)]

    def group(texts: Sequence[Text], *, question: str = mined.question, silent: bool = False) -> Group:
        return group_of(question, texts, chance, silent=silent, sentence=mined.sentence)

    if not mined.answerable:
        for text in mined.texts[: 1 + (chance.random() < 0.5)]:
            yield group([text], silent=True)
        return
    if not holding:
        return
    stands_alone = any(0 < text.rank <= FOUND_AT_MOST for text in holding)
    own = chance.choice(holding)
    beside: list[Text] = []
    if negatives and stands_alone and others and chance.random() < NEGATIVE_SHARE:
        beside = others[:6]
        chance.shuffle(beside)
        beside = beside[: 1 + (chance.random() < SECOND_NEGATIVE_SHARE)]
    yield group([own, *beside])
    if negatives and stands_alone and others and chance.random() < SILENT_SHARE:
        yield group([chance.choice(others[:3])], silent=True)
    if swaps is not None and chance.random() < CHANGED_SHARE:
        question = swaps.change(mined.question, own.text, chance)
        if question is not None:
            yield group([own], question=question, silent=True)


def _mentions(text: Text, answers: Sequence[str]) -> bool:
    """Tell whether a passage holds the words of an answer somewhere: it may answer after all."""
    lowered = text.text.lower()
    return any(answer.lower() in lowered for answer in answers)


_SENTENCE_END = re.compile(r"[.!?][\"”')\]]*\s+(?=[^\sa-z])|\n+|[。！？]")
_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w'’-]*(?: (?:of |the )?[A-Z][\w'’-]*)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_OPPOSITES = (
    ("first", "last"), ("largest", "smallest"), ("most", "least"), ("more", "less"), ("before", "after"),
    ("highest", "lowest"), ("increase", "decrease"), ("oldest", "youngest"), ("early", "late"), ("north", "south"),
    ("east", "west"), ("won", "lost"), ("start", "end"), ("began", "ended"), ("longest", "shortest"), ("war", "peace"),
    ("major", "minor"), ("rich", "poor"), ("high", "low"), ("large", "small"), ("many", "few"), ("public", "private"),
    ("good", "bad"), ("always", "never"), ("inside", "outside"), ("above", "below"), ("best", "worst"),
    ("new", "old"), ("northern", "southern"), ("eastern", "western"), ("male", "female"), ("men", "women"),
    ("bought", "sold"), ("allowed", "banned"), ("legal", "illegal"), ("positive", "negative"), ("joined", "left"),
)  # fmt: skip
_OPPOSITE: Mapping[str, str] = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}
_VERB = re.compile(r"\b(is|was|are|were|did|does|do|could|would|should|has|have)\b")


class Swaps:
    """Changes a question so that its passage no longer answers it: another name, another number, the opposite.

    A name or number is taken from the other questions of the same article, and
    only one that the passage does not hold. Source of the idea: the kinds of
    unanswerable questions in Rajpurkar, Jia & Liang, "Know What You Don't Know"
    (ACL 2018), table 1.
    """

    def __init__(self, questions: Sequence[str]) -> None:
        self._names = sorted({name for question in questions for name in _NAME.findall(question)})
        self._numbers = sorted({number for question in questions for number in _NUMBER.findall(question)})

    def change(self, question: str, text: str, chance: random.Random) -> str | None:
        """Return a changed question, or None where nothing in it can be changed."""
        ways = [self._other_name, self._other_number, self._opposite]
        chance.shuffle(ways)
        if chance.random() < 0.15:
            ways = [self._negated, *ways]
        for way in ways:
            changed = way(question, text, chance)
            if changed is not None:
                return changed
        return None

    def _other_name(self, question: str, text: str, chance: random.Random) -> str | None:
        return _replaced(question, _NAME, self._names, text, chance)

    def _other_number(self, question: str, text: str, chance: random.Random) -> str | None:
        return _replaced(question, _NUMBER, self._numbers, text, chance)

    def _opposite(self, question: str, text: str, chance: random.Random) -> str | None:
        words = [m for m in re.finditer(r"\w+", question) if m.group() in _OPPOSITE]
        words = [m for m in words if _OPPOSITE[m.group()] not in text.lower()]
        if not words:
            return None
        word = chance.choice(words)
        return question[: word.start()] + _OPPOSITE[word.group()] + question[word.end() :]

    def _negated(self, question: str, text: str, chance: random.Random) -> str | None:
        verb = _VERB.search(question)
        if verb is None or " not " in question or "n't" in question:
            return None
        return (
            question[: verb.end()] + "n't" + question[verb.end() :]
            if chance.random() < 0.5
            else (question[: verb.end()] + " not" + question[verb.end() :])
        )


def _replaced(
    question: str, kind: re.Pattern[str], others: Sequence[str], text: str, chance: random.Random
) -> str | None:
    found = list(kind.finditer(question))
    if not found or len(others) < 2:
        return None
    place = chance.choice(found)
    for _ in range(5):
        other = chance.choice(others)
        if other != place.group() and other.lower() not in text.lower() and other not in question:
            return question[: place.start()] + other + question[place.end() :]
    return None
