"""Questions that an article does not answer: a real one, in which a name or a year is another's.

What is put in stands nowhere in the article, so that what the question takes
for granted is not in it either. Whether the whole library does not say is for
a person to judge.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from index.article import Article
from qa.english.lexicon import CITIES, COUNTRIES, REGIONS
from qa.english.names import YEAR
from qa.question_generation.nouns import Asked, Draft

# Enough that no article holds them all.
_STATES = (
    "Portugal Norway Japan Brazil Morocco Canada Vietnam Chile Kenya Ireland Peru Thailand Iceland Ecuador".split()
)
_TOWNS = "Lisbon Oslo Nairobi Montreal Santiago Helsinki Porto Manila Toronto Lima Bergen Osaka".split()
_REGIONS = "Patagonia Greenland Lapland Tasmania Alaska Bavaria".split()
_NAME = re.compile(r"(?<!^)(?<![“„\w-])[^\W\d_a-zäöüß][\w’-]*\w(?: [^\W\d_a-zäöüß][\w’-]*\w)*")

_OTHER_NAMES = {
    "de": {
        **{"Norway": "Norwegen", "Brazil": "Brasilien", "Morocco": "Marokko", "Canada": "Kanada", "Kenya": "Kenia"},
        **{"Ireland": "Irland", "Iceland": "Island", "Lisbon": "Lissabon", "Alaska": "Alaska", "Bavaria": "Bayern"},
        **{"Greenland": "Grönland", "Lapland": "Lappland", "Tasmania": "Tasmanien", "Patagonia": "Patagonien"},
    }
}


def swapped(article: Article, asked: Sequence[Asked], *, count: int, seed: int, language: str = "en") -> list[Draft]:
    """Return at most ``count`` unanswerable questions, made of those that come first, in the article's order.

    The same word is taken out of one question only, and put into one only.
    """
    made: dict[tuple[str, str], Draft] = {}
    for each in sorted(asked, key=lambda one: (-one.trust, _chance(one.question, seed))):
        if len(made) == count:
            break
        found = _swap(each.question, article.text, set(made), seed, language)
        if found is not None:
            question, old, new = found
            made[(old, new)] = Draft(article.id, question, "unanswerable", each.sentence, None, swapped=(old, new))
    return sorted(made.values(), key=lambda each: each.sentence)


def _swap(
    question: str, text: str, taken: set[tuple[str, str]], seed: int, language: str
) -> tuple[str, str, str] | None:
    folded = text.casefold()
    out, put = {old for old, _ in taken}, {new for _, new in taken}
    years = ((YEAR, _like_year),) if len(YEAR.findall(question)) == 1 else ()
    for pattern, choices in ((_NAME, _like_name), *years):
        for match in pattern.finditer(question):
            old = match[0].removesuffix("’s").removesuffix("'s")
            free = [
                _OTHER_NAMES.get(language, {}).get(new, new)
                for new in sorted(choices(old), key=lambda new: _chance(f"{question} {new}", seed))
            ]
            free = [new for new in free if new.casefold() not in folded and new not in put]
            if old not in out and free and not question[: match.start()].lower().endswith(("between ", "zwischen ")):
                end = match.start() + len(old)
                return question[: match.start()] + free[0] + question[end:], old, free[0]
    return None


def _like_name(name: str) -> Sequence[str]:
    """Return names of the same kind; none for what is not known, which another name may not fit."""
    low = name.lower()
    if low in COUNTRIES and low not in {"usa", "us", "uk", "netherlands", "philippines"}:
        return _STATES
    if low in CITIES:
        return _TOWNS
    if low in REGIONS:
        return _REGIONS
    return ()


def _like_year(year: str) -> Sequence[str]:
    return [str(int(year) + off) for off in (-37, -23, -11, 9, 17) if int(year) + off < 2020]


def _chance(words: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {words}".encode()).hexdigest()
