"""Whether one reply counts as right, and which metrics it costs something.

A verdict is for people who read replies one by one; no metric is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from index.errors import ArticleNotFoundError
from qa.answer import Citation
from qa.evaluation.metrics.answer import best_score, exact_match, token_f1
from qa.evaluation.metrics.answer_in_quote import holds_answer
from qa.evaluation.outcome import Outcome, covers_gold, overlaps_gold

Verdict = Literal["right", "wrong", "false_answer", "abstained", "rightly_abstained", "unjudged", "failed"]
ArticleText = Callable[[str], str]

MEANING: dict[Verdict, str] = {
    "right": "Right: a quote holds the expected answer",
    "wrong": "Wrong: no quote holds the expected answer",
    "false_answer": "Answered, though it cannot be answered",
    "abstained": "Abstained, though it can be answered",
    "rightly_abstained": "Rightly abstained",
    "unjudged": "Answered; nothing to judge it by",
    "failed": "Failed: no reply",
}
WRONG: tuple[Verdict, ...] = ("wrong", "false_answer", "abstained", "failed")


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A metric that a reply costs something, and why in words."""

    metric: str
    words: str


def verdict_of(outcome: Outcome) -> Verdict:
    """Return how a reply counts.

    An answer is right when one of its quotes `holds` what was expected.
    """
    if not outcome.question.answerable:
        return "false_answer" if outcome.answered else "rightly_abstained"
    if not outcome.answered:
        return "abstained"
    judged = [holds(outcome, citation) for citation in outcome.citations]
    if None in judged:
        return "unjudged"
    return "right" if any(judged) else "wrong"


def holds(outcome: Outcome, citation: Citation) -> bool | None:
    """Tell whether a citation holds what was expected, by the best that is known: span, words, article, or nothing."""
    question = outcome.question
    if question.gold_spans:
        return covers_gold(question, citation.article_id, citation.span)
    if question.answers:
        return any(holds_answer(citation.quote, answer) for answer in question.answers)
    if question.gold:
        return citation.article_id in {gold.article_id for gold in question.gold}
    return None


def shortfalls(outcome: Outcome, article_text: ArticleText | None) -> list[Shortfall]:
    """Return what a reply falls short of; none for one that costs no metric anything.

    Without the articles, whether its quotes stand where they say is not told.
    """
    moved = () if article_text is None else _moved_quotes(outcome, article_text)
    found = [Shortfall("citation.exact_quote", line) for line in moved]
    if not outcome.question.answerable:
        if outcome.answered:
            found.append(
                Shortfall("abstention.false_answers", "It was answered, and nothing in the articles answers it.")
            )
        return found
    if not outcome.answered:
        found.append(Shortfall("abstention.coverage", _withheld(outcome)))
    return [*found, *_citation_shortfalls(outcome), *_answer_shortfalls(outcome), *_retrieval_shortfalls(outcome)]


def _withheld(outcome: Outcome) -> str:
    guess = outcome.first_candidate
    judged = None if guess is None else holds(outcome, guess)
    if judged is None:
        return "It was not answered."
    return f"It was not answered; the quote that was withheld is {'right' if judged else 'not right either'}."


def _citation_shortfalls(outcome: Outcome) -> Iterator[Shortfall]:
    question, citations = outcome.question, outcome.citations
    if not citations:
        return
    if not question.gold_spans:
        if question.answers and not any(holds(outcome, each) for each in citations):
            yield Shortfall("citation.answer_in_quote_recall", "No quote has the words of an expected answer.")
        return
    covering = sum(covers_gold(question, each.article_id, each.span) for each in citations)
    if not covering:
        touches = any(overlaps_gold(question, each.article_id, each.span) for each in citations)
        words = "A quote overlaps the expected place, and none covers it." if touches else _elsewhere(outcome)
        yield Shortfall("citation.recall", words)
    elif covering < len(citations):
        yield Shortfall(
            "citation.precision", f"{len(citations) - covering} of {len(citations)} quotes do not hold the answer."
        )


def _elsewhere(outcome: Outcome) -> str:
    expected = {gold.article_id for gold in outcome.question.gold}
    if any(citation.article_id in expected for citation in outcome.citations):
        return "The quotes are from the right article, but from other places."
    return "The quotes are from other articles than the one expected."


def _answer_shortfalls(outcome: Outcome) -> Iterator[Shortfall]:
    if not outcome.question.answers or not outcome.answered:
        return
    if not best_score(exact_match, outcome):
        yield Shortfall("answer.exact_match", "The answer is not an expected one word for word.")
    f1 = best_score(token_f1, outcome)
    if f1 < 1:
        yield Shortfall("answer.f1", f"Its words agree with the nearest expected answer to {f1:.2f}.")


def _retrieval_shortfalls(outcome: Outcome) -> Iterator[Shortfall]:
    """Say only what explains a miss: that the place was never among what was read."""
    question, consulted = outcome.question, outcome.consulted
    if not question.gold_spans or any(
        covers_gold(question, hit.passage.article_id, hit.passage.span) for hit in consulted
    ):
        return
    yield Shortfall(
        "retrieval.span_recall", f"No passage that was found holds the expected place; {len(consulted)} were found."
    )


def _moved_quotes(outcome: Outcome, article_text: ArticleText) -> Iterator[str]:
    for citation in outcome.citations:
        try:
            stands = citation.span.slice(article_text(citation.article_id)) == citation.quote
        except ArticleNotFoundError:
            stands = False
        if not stands:
            yield f"Quote {citation.number} does not stand where it says."
