"""Citations: built from places of an article, and checked against it by code.

A citation that leaves this module slices to its quote. One that does not is
repaired where its words stand elsewhere in the same article, or dropped; of a
reply that was kept, and cannot lose it any more, it is called unverified.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from index.article import Article, Hit, Span
from index.errors import ArticleNotFoundError
from qa.answer import Answer, Citation, CitationStatus, Reply
from qa.readers.protocols import Candidate

CONTEXT_CHARACTERS = 32  # of prefix and suffix: what the W3C's quote selectors commonly carry


def cite(candidate: Candidate, article: Article) -> Citation:
    """Make the citation of a candidate's sentence: not verified, not numbered, not placed in a text yet."""
    passage = candidate.sentence.passage
    return Citation(
        number=0,
        article_id=article.id,
        title=article.title,
        url=article.url,
        span=passage.span,
        quote=passage.text,
        supports=Span(0, 0),
        status="unverified",
        score=candidate.score,
    )


def cite_place(article: Article, span: Span, *, score: float) -> Citation:
    """Make the citation of a place of an article: like `cite`, of what stands there now."""
    return Citation(
        number=0,
        article_id=article.id,
        title=article.title,
        url=article.url,
        span=span,
        quote=span.slice(article.text),
        supports=Span(0, 0),
        status="unverified",
        score=score,
    )


def verify(citation: Citation, article: Article) -> Citation | None:
    """Slice the quote again from its article; return the citation with its status, place and context set.

    Where the words stand elsewhere, the occurrence nearest to the claimed place
    is taken and the status is ``repaired``. Where they do not stand at all
    there is nothing to cite: None.
    """
    if not citation.quote:
        return None
    if citation.span.slice(article.text) == citation.quote:
        return _place(citation, article, citation.span.start, "verified")
    start = _nearest(article.text, citation.quote, citation.span.start)
    return None if start is None else _place(citation, article, start, "repaired")


def recheck(reply: Reply, article_of: Callable[[str], Article]) -> Reply:
    """Check a reply that was kept against its articles as they are now.

    A citation whose quote stands where it stood is as it was; one whose quote
    stands elsewhere in the article moves there and is ``repaired``; one whose
    quote is gone is ``unverified``, and what was unverified stays so. Passages
    move likewise, and those that are gone are left out.
    """
    trace = replace(reply.trace, consulted=_still_there(reply.trace.consulted, article_of))
    if isinstance(reply, Answer):
        citations = tuple(_recheck_citation(citation, article_of) for citation in reply.citations)
        return replace(reply, trace=trace, citations=citations)
    guess = None if reply.best_guess is None else _recheck_citation(reply.best_guess, article_of)
    return replace(reply, trace=trace, nearest=_still_there(reply.nearest, article_of), best_guess=guess)


def _recheck_citation(citation: Citation, article_of: Callable[[str], Article]) -> Citation:
    try:
        found = verify(citation, article_of(citation.article_id))
    except ArticleNotFoundError:
        found = None
    if found is None:
        return replace(citation, status="unverified")
    if found.span == citation.span:
        return citation
    return replace(found, status="unverified") if citation.status == "unverified" else found


def _still_there(hits: Iterable[Hit], article_of: Callable[[str], Article]) -> tuple[Hit, ...]:
    """Return the hits whose words stand in their articles, each at its place as it is now."""
    kept = []
    for hit in hits:
        passage = hit.passage
        try:
            text = article_of(passage.article_id).text
        except ArticleNotFoundError:
            continue
        start = _nearest(text, passage.text, passage.span.start) if passage.text else None
        if start is not None:
            kept.append(replace(hit, passage=replace(passage, span=Span(start, start + len(passage.text)))))
    return tuple(kept)


def _place(citation: Citation, article: Article, start: int, status: CitationStatus) -> Citation:
    end = start + len(citation.quote)
    return replace(
        citation,
        span=Span(start, end),
        status=status,
        page=article.page_at(start),
        heading=article.heading_at(start),
        prefix=article.text[max(0, start - CONTEXT_CHARACTERS) : start],
        suffix=article.text[end : end + CONTEXT_CHARACTERS],
    )


def _nearest(text: str, quote: str, position: int) -> int | None:
    """Return the start of the occurrence of a quote that is nearest to a position, the first of two."""
    before = text.rfind(quote, 0, max(0, position) + len(quote))
    after = text.find(quote, max(0, position))
    starts = [start for start in (before, after) if start >= 0]
    return min(starts, key=lambda start: (abs(start - position), start), default=None)


def find_quote(text: str, quote: str) -> list[Span]:
    """Return where a quote stands, in order: whole words before parts of words, as it is before other white space."""
    if not quote.strip():
        return []
    as_it_is, other_space = re.escape(quote.strip()), r"\s+".join(map(re.escape, quote.split()))
    whole = rf"(?<!\w){as_it_is}(?!\w)", rf"(?<!\w){other_space}(?!\w)"
    for pattern in (*whole, as_it_is, other_space):  # parts last: scripts without spaces have no whole words
        found = [Span(*match.span()) for match in re.finditer(pattern, text)]
        if found:
            return found
    return []
