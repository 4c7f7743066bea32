"""Questions drafted from an article for a person to look at: which of all that the rules ask.

Spread over the whole article, one fact each, of different kinds, the same for
the same article and seed. What the product answers has no say in it: a set of
what it answers would flatter it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from index.article import Article, Span
from index.sentences import split_sentences
from qa.language import language_of
from qa.question_generation.english_rules import english_questions
from qa.question_generation.german import german_questions
from qa.question_generation.nouns import Asked, Draft
from qa.question_generation.unanswerable import swapped

LANGUAGES = ("en", "de")
DEFAULT_COUNT = 15
UNANSWERABLE_SHARE = 5  # one in so many has no answer in the article
_ALIKE = 0.6  # of the words of the shorter question: more, and the two ask the same


def language_in(article: Article) -> str:
    """Return the language an article is drafted in: what it says of itself, or what its words tell."""
    return (article.language or language_of(article.text)).lower().partition("-")[0]


def draft(article: Article, *, count: int = DEFAULT_COUNT, seed: int = 0) -> list[Draft]:
    """Return at most ``count`` questions about an article, in its order, those that it does not answer last.

    One in five is not answered: a real one in which a name or a year is
    another's, that the article does not hold. An article in a language without
    rules gives none.
    """
    asked = asked_of(article)
    wanted = count - count // UNANSWERABLE_SHARE
    chosen = choose(asked, article.text, wanted, seed)
    unanswered = [each for each in asked if not any(is_alike(each.question, one.question) for one in chosen)]
    none = swapped(
        article,
        [*unanswered, *chosen],
        count=min(count - wanted, len(chosen)),
        seed=seed,
        language=language_in(article),
    )
    if len(none) < count - wanted:  # the rest is asked of the article
        chosen = choose(asked, article.text, count - len(none), seed)
    return [
        *(Draft(article.id, each.question, each.kind, each.sentence, each.answer) for each in chosen),
        *none,
    ]


def asked_of(article: Article) -> list[Asked]:
    """Return all that the rules ask of an article, in its order, each wording once."""
    language = language_in(article)
    if language not in LANGUAGES:
        return []
    sentences = split_sentences(article.text, language=language)
    found = german_questions(article, sentences) if language == "de" else english_questions(article, sentences)
    return sorted(
        {each.question.casefold(): each for each in found}.values(),
        key=lambda each: (each.sentence, each.answer, each.question),
    )


def choose(asked: Sequence[Asked], text: str, count: int, seed: int) -> list[Asked]:
    """Return ``count`` of some questions, in the order of the article.

    One after the other: of the part of the article, and of the kind, that have
    the fewest yet, the one whose rule is trusted most; ties by chance, which
    the seed fixes. No two share a sentence while others have none, or ask alike.
    """
    waiting, chosen = list(asked), list[Asked]()
    while waiting and len(chosen) < count:
        parts = Counter(_part(each.sentence, len(text), count) for each in chosen)
        kinds = Counter(each.kind for each in chosen)
        sentences = Counter(each.sentence for each in chosen)
        best = min(
            waiting,
            key=lambda each: (
                sentences[each.sentence],
                -each.trust + kinds[each.kind] // 2,
                parts[_part(each.sentence, len(text), count)],
                kinds[each.kind],
                _chance(each.question, seed),
            ),
        )
        chosen.append(best)
        waiting = [each for each in waiting if each is not best and not _is_same_fact(each, best, text)]
    return sorted(chosen, key=lambda each: (each.sentence, each.answer))


def _part(sentence: Span, length: int, count: int) -> int:
    return sentence.start * max(1, count) // max(1, length)


def _chance(question: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {question}".encode()).hexdigest()


def _is_same_fact(one: Asked, other: Asked, text: str) -> bool:
    """Tell whether two questions ask for the same, or each for what the other tells."""
    told = any(
        each.answer.slice(text).casefold() in another.question.casefold()
        for each, another in ((one, other), (other, one))
    )
    within = one.sentence == other.sentence and told
    return within or one.answer.overlaps(other.answer) or is_alike(one.question, other.question)


def is_alike(one: str, other: str) -> bool:
    """Tell whether two questions are mostly of the same words, the question word aside."""
    words, others = (set(re.findall(r"\w+", text.casefold())[1:]) for text in (one, other))
    return len(words & others) > _ALIKE * min(len(words), len(others))
