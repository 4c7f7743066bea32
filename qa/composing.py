"""Choose which candidates an answer quotes, and write it: verbatim sentences with ``[n]`` markers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from index.article import Hit, Retrieval, Span
from qa.answer import Citation
from qa.readers.protocols import Candidate

LOOKED_AT = 10  # candidates considered for a second quote
LEAST_GAIN = 0.2  # share of the question's words, by weight, that another quote must add
LEAST_SHARE_OF_BEST = 0.1  # a candidate the reader believes in less than this is not quoted
ALIKE = math.log(3)  # logits: believed at least a third as much as the best
ENOUGH = 0.7  # of the reader's belief: where the quotes have it, no other is needed
MOST_PARTED_CHARACTERS = 250  # of a question that is taken apart: each part is searched and read like a question


_NEXT_PART = re.compile(
    r"\s*[,;]?\s+(?:and|but)\s+(?=(?:who|whom|whose|what|when|where|which|why|how)\b)", re.IGNORECASE
)

_SEVERAL = re.compile(
    r"^(?:name|list|give)\b|\b(?:what|who|which)\b(?:\s+\w+){0,3}?\s+(?:are|were|have)\b",
    re.IGNORECASE,
)


def parts_of(question: str) -> list[str]:
    """Return the questions that one sentence asks: "who took sides, and why" is two; most are one.

    English only: a question in another language is one part, and so is one of more than 250 characters.
    """
    if len(question) > MOST_PARTED_CHARACTERS:
        return [question]
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
    over several, several. What another article answers otherwise is quoted too
    (`contradicting`), what it only says again is not (`without_echoes`).
    """
    candidates = without_echoes(candidates)
    scores = [candidate.score for candidate in candidates]
    count = likely(scores, most=most)
    chosen, rest = list(candidates[:count]), list(candidates[count : believed(scores)])
    for other in contradicting(candidates):
        if other in rest and len(chosen) < most:
            rest.remove(other)
            chosen.append(other)
    while rest and len(chosen) < most:
        quoted = [candidate.sentence for candidate in chosen]
        so_far = retrieval.coverage(*quoted)
        gains = [retrieval.coverage(*quoted, candidate.sentence) - so_far for candidate in rest]
        if max(gains) < LEAST_GAIN:
            break
        chosen.append(rest.pop(gains.index(max(gains))))
    return chosen


def without_echoes(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out what gives the answer that a better candidate of another article has given in the same words.

    One article may say a thing twice, each time with more of it: that is left to the choice.
    """
    kept: list[Candidate] = []
    for candidate in candidates:
        said = _said(candidate)
        if not said or not any(_said(k) == said and _article(k) != _article(candidate) for k in kept):
            kept.append(candidate)
    return kept


def contradicting(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the best candidate of each other article that answers otherwise than the first, and is believed alike.

    Only where a reader names the answers: whether two sentences disagree cannot be told. An answer that is part of
    the other ("1912", "in May 1912") agrees with it.
    """
    if not candidates or not _said(candidates[0]):
        return []
    first, found = candidates[0], dict[str, Candidate]()
    for candidate in candidates[1:LOOKED_AT]:
        if _article(candidate) not in (_article(first), *found) and candidate.score >= first.score - ALIKE:
            found[_article(candidate)] = candidate
    return [other for other in found.values() if _said(other) and not _agree(_said(first), _said(other))]


def _article(candidate: Candidate) -> str:
    return candidate.sentence.passage.article_id


def _said(candidate: Candidate) -> str:
    """Return the answer's own words as they are compared: without case and punctuation."""
    return " ".join(re.findall(r"\w+", (candidate.answer_text or "").casefold()))


def _agree(one: str, other: str) -> bool:
    return f" {one} " in f" {other} " or f" {other} " in f" {one} "


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
