"""Questions to begin with: made from an article, and each asked before it is shown.

What is suggested is answered: a question is kept only if the assistant answers
it and cites first a sentence that it was made from. No model writes them, so
none is about what the article does not say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from index.article import Article
from qa.answer import Answer, Reply
from qa.question_generation.headings_and_names import Candidate, candidates

MOST_SUGGESTED = 4
MOST_ASKED = 24  # a question takes a fifth of a second
PARTS = 4  # of an article, from which questions come in turn
# The best to read first; "What does the article say about…" only where there is nothing better.
KINDS = (
    *("who", "why", "size", "what did", "who made", "when did", "where", "number", "when", "definition"),
    *("year", "heading", "name"),
)


def suggest(article: Article, ask: Callable[[str], Reply]) -> list[str]:
    """Return at most four questions that the article answers, in its order; the same article gets the same ones.

    ``ask`` puts a question to this article alone. It is called up to 24 times,
    which takes seconds: keep the result. It changes only with the article's
    ``content_hash`` and with the models that answer, which every reply's
    ``trace.models`` names.
    """
    waiting, kept = candidates(article), list[Candidate]()
    for _ in range(MOST_ASKED):
        if not waiting or len(kept) == MOST_SUGGESTED:
            break
        candidate = _next(waiting, kept, len(article.text))
        waiting.remove(candidate)
        if _is_answered(candidate, ask(candidate.question), article.id):
            kept.append(candidate)
            waiting = [each for each in waiting if not set(each.places) & set(candidate.places)]
    return [candidate.question for candidate in sorted(kept, key=lambda each: each.places[0])]


def _next(waiting: Sequence[Candidate], kept: Sequence[Candidate], length: int) -> Candidate:
    """Return the candidate most unlike what is kept: another kind first, then another part of the article."""
    kinds = Counter(candidate.kind for candidate in kept)
    parts = Counter(_part(candidate, length) for candidate in kept)
    return min(
        waiting,
        key=lambda each: (
            each.kind in {"heading", "name"},
            kinds[each.kind],
            parts[_part(each, length)],
            KINDS.index(each.kind),
            each.places[0],
        ),
    )


def _part(candidate: Candidate, length: int) -> int:
    return candidate.places[0].start * PARTS // max(1, length)


def _is_answered(candidate: Candidate, reply: Reply, article_id: str) -> bool:
    """Tell whether a reply answers, and with what the question was made from."""
    if not isinstance(reply, Answer):
        return False
    first = reply.citations[0]
    return first.article_id == article_id and any(first.span.overlaps(place) for place in candidate.places)
