"""Choose which candidates an answer quotes, and write it: verbatim sentences with ``[n]`` markers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from index.article import Hit, Retrieval, Span
from qa.answer import Citation
from qa.reader import Candidate

LOOKED_AT = 10  # candidates considered for a second quote
LEAST_GAIN = 0.2  # share of the question's words, by weight, that another quote must add
LEAST_SHARE_OF_BEST = 0.1  # a candidate the reader believes in less than this is not quoted
ENOUGH = 0.7  # of the reader's belief: where the quotes have it, no other is needed


_NEXT_PART = re.compile(
    r"\s*[,;]?\s+(?:and|but)\s+(?=(?:who|whom|whose|what|when|where|which|why|how)\b)", re.IGNORECASE
)

_SEVERAL = re.compile(
    r"^(?:name|list|give)\b|\b(?:what|who|which)\b(?:\s+\w+){0,3}?\s+(?:are|were|have)\b",
    re.IGNORECASE,
)


def parts_of(question: str) -> list[str]:
    """Return the questions that one sentence asks: "who took sides, and why" is two; most are one.

    English only: a question in another language is one part.
    """
    return [part for part in _NEXT_PART.split(question) if part.strip()] or [question]


def asks_for_several(question: str) -> bool:
    """Tell whether a question asks for a list: "Which countries…", "Name the…", "What are the…"; English only."""
    return _SEVERAL.search(question) is not None


def choose(candidates: Sequence[Candidate], retrieval: Retrieval, *, most: int) -> list[Candidate]:
    """Return the candidates to quote, the best one first.

    Another is added as long as those before it leave it open where the answer
    stands (their shares of the reader's belief come to less than `ENOUGH`), or
    when it holds words of the question that they lack. A question that one
    sentence answers for sure gets one sentence; a long answer that is spread
    over several, several.
    """
    scores = [candidate.score for candidate in candidates]
    count = likely(scores, most=most)
    chosen, rest = list(candidates[:count]), list(candidates[count : believed(scores)])
    while rest and len(chosen) < most:
        quoted = [candidate.sentence for candidate in chosen]
        so_far = retrieval.coverage(*quoted)
        gains = [retrieval.coverage(*quoted, candidate.sentence) - so_far for candidate in rest]
        if max(gains) < LEAST_GAIN:
            break
        chosen.append(rest.pop(gains.index(max(gains))))
    return chosen


def likely(scores: Sequence[float], *, most: int) -> int:
    """Return how many of the first candidates it takes until they have `ENOUGH` of the belief; scores best first."""
    shares, count = _shares(scores), min(1, len(scores))
    while count < min(most, believed(scores)) and sum(shares[:count]) < ENOUGH:
        count += 1
    return count


def believed(scores: Sequence[float]) -> int:
    """Return how many of the first candidates are likely enough, beside the best, to be quoted; scores best first."""
    shares = _shares(scores[:LOOKED_AT])
    return sum(share >= LEAST_SHARE_OF_BEST * shares[0] for share in shares)


def short_answer(candidates: Sequence[Candidate]) -> str | None:
    """Return the answers' own words, one after the other; None where the reader gives only sentences."""
    found = [candidate.answer_text for candidate in candidates if candidate.answer_text]
    return "; ".join(dict.fromkeys(found)) or None


def _shares(scores: Sequence[float]) -> list[float]:
    """Return how a reader's belief is shared out among candidates: scores are logits; sum 1."""
    weights = [math.exp(score - max(scores)) for score in scores]
    return [weight / sum(weights) for weight in weights]


def compose(citations: Sequence[Citation]) -> tuple[str, tuple[Citation, ...]]:
    """Write the quotes one after the other, each with its marker; return the text and the numbered citations.

    ``text[supports.start:supports.end] == quote`` holds for each of them.
    """
    text = ""
    placed = []
    for number, citation in enumerate(citations, start=1):
        text += " " if text else ""
        start = len(text)
        text += f"{citation.quote} [{number}]"
        placed.append(replace(citation, number=number, supports=Span(start, start + len(citation.quote))))
    return text, tuple(placed)


def apart(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Leave out hits that share characters with a better one: neighbouring passages overlap."""
    kept: list[Hit] = []
    for hit in hits:
        place = hit.passage
        if not any(k.passage.article_id == place.article_id and k.passage.span.overlaps(place.span) for k in kept):
            kept.append(hit)
    return tuple(kept)
