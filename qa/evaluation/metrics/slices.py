"""The questions taken apart by what they are like, to see where a figure comes from.

By article, type of question, length, language, tag, and any column that the
file of questions had besides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from qa.evaluation.data.datasets import Question
from qa.evaluation.metrics.abstention import share_answered
from qa.evaluation.metrics.answer import measure_answers
from qa.evaluation.metrics.answer_in_quote import measure_answers_in_quotes
from qa.evaluation.metrics.interval import Metric, mean
from qa.evaluation.outcome import Outcome, clusters, covers_gold
from qa.language import language_of

Slices = Mapping[str, Mapping[str, Mapping[str, Metric]]]
"""By what, then by value, then by metric."""

MOST_VALUES = 200  # of one column; one with more (an id, a date) tells questions apart, not kinds of them
LENGTHS = ((5, "1 to 5 words"), (10, "6 to 10 words"), (15, "11 to 15 words"), (20, "16 to 20 words"))
LONGER = "more than 20 words"
LANGUAGES = {"en": "English", "it": "Italian", "de": "German", "ru": "Russian", "other": "another"}

_WORDS_OF = {
    "en": {
        "how many": "how (?:many|much|old|long|far|often|tall|big|large|high|deep|wide)",
        "who": "who|whom|whose",
        "when": "when",
        "where": "where",
        "why": "why",
        "which": "which",
        "how": "how",
        "what": "what",
    },
    "de": {
        "how many": "wie (?:viele?|oft|lange|alt|hoch|groß|weit)|wieviele?",
        "who": "wer|wen|wem|wessen",
        "when": "wann",
        "where": "wo|wohin|woher",
        "why": "warum|wieso|weshalb",
        "which": "welche[rsmn]?",
        "how": "wie",
        "what": "was",
    },
    "it": {
        "how many": "quant[oiae]",
        "who": "chi",
        "when": "quando",
        "where": "dove|dov['’]",
        "why": "perch[éè]",
        "which": "qual[ei]?",
        "how": "come",
        "what": "che|cosa|cos['’]",
    },
    "ru": {
        "how many": "сколько",
        "who": "кто|кого|кому|кем|ком",
        "when": "когда",
        "where": "где|куда|откуда",
        "why": "почему|зачем",
        "which": "как(?:ой|ая|ое|ие|ого|ую|их|им|ими|ом|ому)|котор\\w+",
        "how": "как",
        "what": "что|чего|чему|чем",
    },
}
_TYPES = {
    language: re.compile("|".join(rf"(?P<{name.replace(' ', '_')}>\b(?:{words})\b)" for name, words in table.items()))
    for language, table in _WORDS_OF.items()
}
_YES_OR_NO = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)(?:n['’]t)?\b"
)


def slice_values(question: Question) -> dict[str, tuple[str, ...]]:
    """Return by what a question can be told from others, and its value or values; none has an empty list."""
    text = question.question.casefold()
    language = language_of(question.question)
    about = (question.context_article,) if question.context_article else tuple(g.article_id for g in question.gold[:1])
    values = {
        "article": about,
        "type of question": (_type_of(text, language),),
        "length": (_length_of(text),),
        "language": (LANGUAGES[language],),
        "tag": question.tags,
    }
    columns: Mapping[str, str] = question.columns
    for name, value in columns.items():
        values.setdefault(name, (str(value),))
    return {name: each for name, each in values.items() if each}


def measure_slices(outcomes: Sequence[Outcome]) -> Slices:
    """Return the headline figures of each part, the largest parts first.

    What does not tell the questions apart (one value) is left out, and so is
    what has more than `MOST_VALUES`.
    """
    parts: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for outcome in outcomes:
        for by, values in slice_values(outcome.question).items():
            for value in dict.fromkeys(values):
                parts[by][value].append(outcome)
    return {
        by: {value: _measure(part) for value, part in sorted(values.items(), key=lambda item: (-len(item[1]), item[0]))}
        for by, values in parts.items()
        if 1 < len(values) <= MOST_VALUES
    }


def _measure(outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    with_span = [outcome for outcome in answerable if outcome.question.gold_spans]
    covered = [
        any(covers_gold(outcome.question, each.article_id, each.span) for each in outcome.citations)
        for outcome in with_span
    ]
    return {
        "citation.recall": mean(covered, clusters(with_span)),
        **measure_answers_in_quotes(answerable),
        "answer.f1": measure_answers(answerable)["answer.f1"],
        "abstention.coverage": share_answered(answerable),
        "abstention.false_answers": share_answered(unanswerable),
    }


def _type_of(text: str, language: str) -> str:
    """Return the first question word's type; a question without one asks for yes or no when it opens with a verb."""
    found = _TYPES.get(language, _TYPES["en"]).search(text)
    if found is not None and found.lastgroup is not None:
        return found.lastgroup.replace("_", " ")
    return "yes or no" if _YES_OR_NO.match(text.strip()) else "other"


def _length_of(text: str) -> str:
    words = len(text.split())
    return next((name for most, name in LENGTHS if words <= most), LONGER)
