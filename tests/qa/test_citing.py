"""A citation is shown only when its quote stands where it says, or elsewhere in the same article."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Hit, Mark, Passage, Span
from qa.answer import Citation
from qa.citing import cite, cite_place, verify
from qa.reader import Candidate

LEAVES = Article(
    "leaves",
    "Leaves",
    "Tea is green. 🙂 Tea is brown. Tea is green.",
    url="https://example.org/leaves",
    marks=(Mark("page", Span(0, 14), "1"), Mark("page", Span(14, 44), "2"), Mark("heading", Span(14, 44), "Colours")),
)


def citation_of(quote: str, start: int) -> Citation:
    passage = Passage(LEAVES.id, Span(start, start + len(quote)), quote, "sentence")
    return cite(Candidate(Hit(passage, 0.5, 1), 0.5), LEAVES)


def test_a_quote_that_stands_where_it_says_is_verified() -> None:
    found = verify(citation_of("Tea is brown.", 16), LEAVES)
    assert found is not None
    assert (found.status, found.span, found.quote) == ("verified", Span(16, 29), "Tea is brown.")


def test_a_place_is_cited_with_what_stands_there() -> None:
    placed = verify(cite_place(LEAVES, Span(16, 29), score=0.5), LEAVES)
    assert placed == verify(citation_of("Tea is brown.", 16), LEAVES)


def test_an_empty_place_is_no_citation() -> None:
    assert verify(cite_place(LEAVES, Span(16, 16), score=0.5), LEAVES) is None


def test_a_verified_citation_says_what_stands_around_it_and_under_which_heading_and_page() -> None:
    found = verify(citation_of("Tea is brown.", 16), LEAVES)
    assert found is not None
    assert (found.prefix, found.suffix) == ("Tea is green. 🙂 ", " Tea is green.")
    assert (found.page, found.heading, found.url) == (2, "Colours", "https://example.org/leaves")


def test_a_quote_that_stands_elsewhere_is_repaired() -> None:
    found = verify(citation_of("Tea is brown.", 3), LEAVES)
    assert found is not None
    assert (found.status, found.span) == ("repaired", Span(16, 29))


@pytest.mark.parametrize(("claimed", "start"), [(2, 0), (14, 0), (16, 30), (40, 30)], ids=str)
def test_of_two_places_the_nearest_is_taken(claimed: int, start: int) -> None:
    found = verify(citation_of("Tea is green.", claimed), LEAVES)
    assert found is not None
    assert found.span == Span(start, start + 13)


@pytest.mark.parametrize("quote", ["Tea is black.", "tea is green.", "Tea is  green.", ""], ids=repr)
def test_a_quote_that_stands_nowhere_is_no_citation(quote: str) -> None:
    assert verify(citation_of(quote, 0), LEAVES) is None


@given(
    st.text(alphabet="ab 🙂é", min_size=1, max_size=40),
    st.integers(0, 39),
    st.integers(1, 10),
    st.integers(-5, 45),
)
def test_what_is_verified_slices_to_its_quote(text: str, start: int, length: int, claimed: int) -> None:
    quote = text[start : start + length]
    article = Article("any", "Any", text)
    claim = replace(citation_of("x", 0), quote=quote, span=Span(claimed, claimed + len(quote)))
    found = verify(claim, article)
    assert (found is None) == (quote == "")
    assert found is None or found.span.slice(text) == quote
