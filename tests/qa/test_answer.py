"""What the nouns of answering promise on their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.article import Span
from qa.answer import Answer, Citation, Trace
from qa.errors import ReplyError

CITATION = Citation(
    number=1,
    article_id="tea",
    title="Tea",
    span=Span(0, 25),
    quote="Tea is a drink of leaves.",
    supports=Span(0, 25),
    status="verified",
    score=1.0,
)


def answer(*citations: Citation) -> Answer:
    return Answer("id", "What is tea?", "Tea is a drink of leaves. [1]", None, citations, 0.9, Trace("What is tea?"))


def test_an_answer_without_a_citation_cannot_be_built() -> None:
    with pytest.raises(ReplyError, match="cites nothing"):
        answer()


@pytest.mark.parametrize("numbers", [(2,), (1, 3), (2, 1), (0, 1)], ids=str)
def test_an_answer_whose_citations_are_not_numbered_in_order_cannot_be_built(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ReplyError, match="numbered"):
        answer(*(replace(CITATION, number=number) for number in numbers))


def test_several_citations_may_share_a_number() -> None:
    shared = (CITATION, replace(CITATION, article_id="paper"))
    assert answer(*shared).citations == shared


@pytest.mark.parametrize(
    "unsupported",
    [(Span(24, 30),), (Span(0, 5),), (Span(31, 31),), (Span(31, 60),), (Span(36, 40), Span(31, 36))],
    ids=["overlaps a citation", "supported", "empty", "past the end", "out of order"],
)
def test_what_is_called_unsupported_is_text_that_nothing_supports(unsupported: tuple[Span, ...]) -> None:
    text = "Tea is a drink of leaves. [1] It is hot now."
    with pytest.raises(ReplyError, match="unsupported"):
        replace(answer(CITATION), text=text, unsupported=unsupported)


def test_an_answer_may_hold_a_sentence_that_nothing_supports() -> None:
    marked = replace(answer(CITATION), text="Tea is a drink of leaves. [1] It is hot.", unsupported=(Span(30, 40),))
    assert marked.unsupported[0].slice(marked.text) == "It is hot."
