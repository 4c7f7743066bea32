"""Arithmetic on sets of characters: which ones were handed over, which ones are gold.

A `Region` holds, for each article, disjoint spans in order of position.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index.article import Hit, Span

Region = dict[str, list[Span]]


def merge(places: Iterable[tuple[str, Span]]) -> Region:
    """Return the characters that lie in at least one of the places."""
    region: Region = {}
    for article_id, span in sorted(places):
        spans = region.setdefault(article_id, [])
        if spans and span.start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, span.end))
        else:
            spans.append(span)
    return region


def size(region: Region) -> int:
    """Count the characters of a region."""
    return sum(span.end - span.start for spans in region.values() for span in spans)


def shared(left: Region, right: Region) -> int:
    """Count the characters that two regions have in common."""
    return sum(
        max(0, min(a.end, b.end) - max(a.start, b.start))
        for article_id, spans in left.items()
        for a in spans
        for b in right.get(article_id, ())
    )


def first_characters(hits: Sequence[Hit], budget: int) -> Region:
    """Return the first ``budget`` characters of the hits' passages, taken in the order given.

    A character that an earlier passage already handed over costs nothing; the
    passage that meets the budget is cut there.
    """
    taken: Region = {}
    left = budget
    for hit in hits:
        article_id = hit.passage.article_id
        for piece in _not_in(hit.passage.span, taken.get(article_id, [])):
            cut = Span(piece.start, min(piece.end, piece.start + left))
            left -= cut.end - cut.start
            old = [(each_id, span) for each_id, spans in taken.items() for span in spans]
            taken = merge([*old, (article_id, cut)])
            if not left:
                return taken
    return taken


def _not_in(span: Span, spans: Sequence[Span]) -> list[Span]:
    """Return the parts of a span outside disjoint, ordered spans."""
    pieces: list[Span] = []
    start = span.start
    for other in spans:
        if other.end <= start or other.start >= span.end:
            continue
        if start < other.start:
            pieces.append(Span(start, other.start))
        start = other.end
    if start < span.end:
        pieces.append(Span(start, span.end))
    return pieces
