"""Is the answer right, word for word: exact match and token F1, as SQuAD counts them.

Only questions that list answers can be measured. An abstention on one of
these scores 0; unanswerable questions enter only where a name says so.

Source: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension
of Text", 2016, and "Know What You Don't Know", 2018 (unanswerable questions).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

from qa.answer import Answer
from qa.evaluation.metrics.interval import Metric, mean
from qa.evaluation.outcome import Outcome, clusters

Score = Callable[[str, str], float]


def measure_answers(outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    """Return exact match and F1 on questions with answers, and both with the unanswerable ones beside them.

    In ``…_with_unanswerable`` an unanswerable question scores 1 when the
    reply abstains and 0 when it does not; a data set that lists no answers at
    all has neither.
    """
    listed = [outcome for outcome in outcomes if outcome.question.answerable and outcome.question.answers]
    unanswerable = [outcome for outcome in outcomes if listed and not outcome.question.answerable]
    metrics: dict[str, Metric] = {}
    for name, score in (("exact_match", exact_match), ("f1", token_f1)):
        right = [best_score(score, outcome) for outcome in listed]
        silent = [float(not outcome.answered) for outcome in unanswerable]
        metrics[f"answer.{name}"] = mean(right, clusters(listed))
        metrics[f"answer.{name}_with_unanswerable"] = mean(right + silent, clusters(listed + unanswerable))
    return metrics


def exact_match(predicted: str, gold: str) -> float:
    """Return 1 when the two have the same tokens in the same order."""
    return float(tokens(predicted) == tokens(gold))


def token_f1(predicted: str, gold: str) -> float:
    """Return the harmonic mean of token precision and recall; two texts without tokens agree."""
    predicted_tokens, gold_tokens = tokens(predicted), tokens(gold)
    if not predicted_tokens or not gold_tokens:
        return float(predicted_tokens == gold_tokens)
    same = (Counter(predicted_tokens) & Counter(gold_tokens)).total()
    return 2 * same / (len(predicted_tokens) + len(gold_tokens))


def tokens(text: str) -> list[str]:
    """Return the words that SQuAD compares: lower case, without ASCII punctuation, a, an and the."""
    bare = text.lower().translate(str.maketrans("", "", string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def best_score(score: Score, outcome: Outcome) -> float:
    """Return the score of what was answered with the best of the gold answers; an abstention has 0.

    As in SQuAD's script, a gold answer without a token ("the") counts only where all are so.
    """
    reply = outcome.reply
    if not isinstance(reply, Answer):
        return 0.0
    quotes = dict.fromkeys((citation.article_id, citation.span, citation.quote) for citation in reply.citations)
    predicted = reply.short_answer or " ".join(quote for _, _, quote in quotes)
    golds = [gold for gold in outcome.question.answers if tokens(gold)] or outcome.question.answers
    return max(score(predicted, gold) for gold in golds)
