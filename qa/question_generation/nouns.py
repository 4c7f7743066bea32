"""What drafting gives: a question somebody has yet to look at, and where its answer stands. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from index.article import Span

ReaderFinding = Literal["finds the answer", "quotes another place", "abstains", "answers"]
"""What the product made of a draft; "answers" is of an unanswerable one, and wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a sentence answers, by one of the rules.

    ``answer`` is the place of the answer's own words, in code points of the
    article. ``trust`` is how often the rule's questions read well: higher is
    asked first.
    """

    question: str
    kind: str
    answer: Span
    sentence: Span
    trust: int = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted question. ``answer`` is None of one that the article does not answer.

    ``swapped``: the word of a real question and what it was replaced with, of
    an unanswerable one. ``made_by`` is "rules" or the name of a language model.
    """

    article_id: str
    question: str
    kind: str
    sentence: Span
    answer: Span | None
    made_by: str = "rules"
    swapped: tuple[str, str] | None = None
