"""Exact match and F1 as the official script of SQuAD 2.0 counts them, written anew from its description.

Nothing of the product is imported: it is what the product's scorer is held
against. A text is lower-cased, loses ASCII punctuation, then the words a, an
and the, then all white space but one blank between words. A prediction counts
by its best gold answer; gold answers that normalise to nothing are not looked
at, and where none is left (or the question is unanswerable) the empty text is
the one gold answer. An empty prediction is "no answer".

Source: Rajpurkar, Jia & Liang, "Know What You Don't Know: Unanswerable
Questions for SQuAD", 2018, and the evaluation script published with it.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence

ARTICLES = ("a", "an", "the")


def normalised(text: str) -> str:
    kept = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(_without_articles(kept).split())


def _without_articles(text: str) -> str:
    """Blank out each article that stands between two characters that are not part of a word, or at an end."""
    out, word = [], ""
    for character in [*text, " "]:
        if character.isalnum() or character == "_":
            word += character
            continue
        out.append(" " if word in ARTICLES else word)
        out.append(character)
        word = ""
    return "".join(out)


def exact(predicted: str, gold: str) -> float:
    return 1.0 if normalised(predicted) == normalised(gold) else 0.0


def f1(predicted: str, gold: str) -> float:
    given, wanted = normalised(predicted).split(), normalised(gold).split()
    if not given or not wanted:
        return 1.0 if given == wanted else 0.0
    left, common = list(wanted), 0
    for word in given:
        if word in left:
            left.remove(word)
            common += 1
    if not common:
        return 0.0
    precision, recall = common / len(given), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def best(score: Callable[[str, str], float], predicted: str, golds: Sequence[str]) -> float:
    looked_at = [gold for gold in golds if normalised(gold)] or [""]
    return max(score(predicted, gold) for gold in looked_at)


def totals(predictions: Mapping[str, str], golds: Mapping[str, Sequence[str]]) -> tuple[float, float]:
    """Return exact match and F1 over all questions, 0 to 1; an unanswerable one has no gold answer."""
    exacts, f1s = (
        [best(score, predictions[name], answers) for name, answers in golds.items()] for score in (exact, f1)
    )
    return sum(exacts) / len(exacts), sum(f1s) / len(f1s)
