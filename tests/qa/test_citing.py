"""A citation is shown only when its quote stands where it says, or elsewhere in the same article."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Hit, Mark, Passage, Span
from index.errors import ArticleNotFoundError
from qa.answer import Abstention, Answer, Citation, CitationStatus, Trace
from qa.citing import cite, cite_place, recheck, verify
from qa.readers.protocols import Candidate

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


# A reply that was kept --------------------------------------------------------------------------

BROWN = "Tea is brown."
HIT = Hit(Passage("leaves", Span(14, 43), LEAVES.text[14:43]), score=0.5, rank=1)


def kept(status: CitationStatus = "verified") -> Answer:
    cited = verify(citation_of(BROWN, 16), LEAVES)
    assert cited is not None
    citation = replace(cited, number=1, status=status, supports=Span(0, 13))
    return Answer("r1", "?", f"{BROWN} [1]", None, (citation,), 0.9, Trace("?", (HIT,)))


def articles(*held: Article) -> Callable[[str], Article]:
    by_id = {article.id: article for article in held}

    def article_of(article_id: str) -> Article:
        if article_id not in by_id:
            raise ArticleNotFoundError(f"no article {article_id!r}")
        return by_id[article_id]

    return article_of


@pytest.mark.parametrize("status", ["verified", "repaired", "unverified"])
def test_a_kept_reply_whose_article_is_as_it_was_is_as_it_was(status: CitationStatus) -> None:
    assert recheck(kept(status), articles(LEAVES)) == kept(status)


def test_a_quote_that_has_moved_since_is_repaired_with_its_new_page_and_surroundings() -> None:
    moved = replace(LEAVES, text=f"🙂 {LEAVES.text}", marks=(Mark("page", Span(0, 46), "7"),))
    reply = recheck(kept(), articles(moved))
    assert isinstance(reply, Answer)
    (citation,) = reply.citations
    assert (citation.status, citation.span, citation.page, citation.heading) == ("repaired", Span(18, 31), 7, None)
    assert citation.span.slice(moved.text) == citation.quote == BROWN
    assert (citation.number, citation.supports) == (1, Span(0, 13))
    assert [hit.passage.span for hit in reply.trace.consulted] == [Span(16, 45)]


def test_a_quote_that_has_gone_since_is_unverified_and_still_says_what_it_was() -> None:
    changed = replace(LEAVES, text=LEAVES.text.replace("brown", "black"))
    reply = recheck(kept(), articles(changed))
    assert isinstance(reply, Answer)
    assert reply.citations == (replace(kept().citations[0], status="unverified"),)
    assert reply.trace.consulted == ()


def test_the_quotes_of_an_article_that_has_gone_are_unverified() -> None:
    reply = recheck(kept("repaired"), articles())
    assert isinstance(reply, Answer)
    assert [citation.status for citation in reply.citations] == ["unverified"]
    assert reply.trace.consulted == ()


def test_what_was_unverified_does_not_become_verified_by_being_kept() -> None:
    moved = replace(LEAVES, text=f"🙂 {LEAVES.text}", marks=())
    reply = recheck(kept("unverified"), articles(moved))
    assert isinstance(reply, Answer)
    assert [(c.status, c.span) for c in reply.citations] == [("unverified", Span(18, 31))]


def test_the_passages_of_an_abstention_move_with_their_article_or_are_left_out() -> None:
    other = Hit(Passage("other", Span(0, 3), "Tea"), score=0.4, rank=2)
    guess = kept().citations[0]
    abstention = Abstention("r2", "?", "not_stated", (HIT, other), 0.1, Trace("?"), guess)
    moved = replace(LEAVES, text=f"🙂 {LEAVES.text}", marks=())
    reply = recheck(abstention, articles(moved))
    assert isinstance(reply, Abstention)
    assert [(hit.passage.text, hit.passage.span) for hit in reply.nearest] == [(HIT.passage.text, Span(16, 45))]
    assert reply.best_guess is not None
    assert (reply.best_guess.status, reply.best_guess.span) == ("repaired", Span(18, 31))


@given(
    st.text(alphabet="ab .", max_size=30), st.integers(0, 30), st.integers(0, 12), st.text(alphabet="ab .", max_size=30)
)
def test_no_kept_citation_is_called_verified_unless_it_slices_to_its_quote(
    before: str, start: int, length: int, now: str
) -> None:
    quote = before[start : start + length]
    citation = replace(kept().citations[0], span=Span(start, start + len(quote)), quote=quote)
    answer = replace(kept(), citations=(citation,))
    reply = recheck(answer, articles(Article("leaves", "", now)))
    assert isinstance(reply, Answer)
    (checked,) = reply.citations
    assert checked.quote == quote
    assert (checked.status == "unverified") == (not quote or quote not in now)
    assert checked.status == "unverified" or checked.span.slice(now) == quote
