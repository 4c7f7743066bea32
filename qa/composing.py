"""Choose which candidates an answer quotes, and write it: verbatim sentences with ``[n]`` markers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.article import Retrieval, Span
from qa.answer import Citation
from qa.reader import Candidate

LOOKED_AT = 10  # candidates considered for a second quote
LEAST_GAIN = 0.2  # share of the question's words, by weight, that another quote must add
LEAST_SCORE_SHARE = 0.6  # of the best candidate's score


_NEXT_PART = re.compile(
    r"\s*[,;]?\s+(?:and|but)\s+(?=(?:who|whom|whose|what|when|where|which|why|how)\b)", re.IGNORECASE
)


def parts_of(question: str) -> list[str]:
    """Return the questions that one sentence asks: "who took sides, and why" is two; most are one.

    English only: a question in another language is one part.
    """
    return [part for part in _NEXT_PART.split(question) if part.strip()] or [question]


def choose(candidates: Sequence[Candidate], retrieval: Retrieval, *, most: int) -> list[Candidate]:
    """Return the candidates to quote, the best one first.

    Another is added only when it holds words of the question that those before
    it lack; a question that one sentence covers gets one sentence.
    """
    chosen = list(candidates[:1])
    rest = [
        candidate for candidate in candidates[1:LOOKED_AT] if candidate.score >= LEAST_SCORE_SHARE * candidates[0].score
    ]
    while rest and len(chosen) < most:
        covered = [candidate.sentence for candidate in chosen]
        so_far = retrieval.coverage(*covered)
        gains = [retrieval.coverage(*covered, candidate.sentence) - so_far for candidate in rest]
        if max(gains) < LEAST_GAIN:
            break
        chosen.append(rest.pop(gains.index(max(gains))))
    return chosen


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
