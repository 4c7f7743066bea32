from __future__ import annotations

import pytest

from index.article import Hit, Passage, Span
from qa.evaluation.metrics.characters import first_characters, merge, shared, size


def hits(*places: tuple[str, int, int]) -> list[Hit]:
    return [
        Hit(Passage(article_id, Span(start, end), "x" * (end - start)), 1.0, rank)
        for rank, (article_id, start, end) in enumerate(places, start=1)
    ]


def test_merging_joins_what_overlaps_or_touches_within_an_article() -> None:
    places = [("b", Span(0, 2)), ("a", Span(5, 9)), ("a", Span(0, 3)), ("a", Span(3, 4)), ("a", Span(6, 7))]
    assert merge(places) == {"a": [Span(0, 4), Span(5, 9)], "b": [Span(0, 2)]}


def test_size_and_shared_count_characters_once() -> None:
    left = merge([("a", Span(0, 10)), ("b", Span(0, 5))])
    right = merge([("a", Span(8, 20)), ("a", Span(2, 4)), ("c", Span(0, 5))])
    assert (size(left), size(right), shared(left, right)) == (15, 19, 4)


@pytest.mark.parametrize(
    ("places", "budget", "expected"),
    [
        pytest.param([], 10, {}, id="nothing"),
        pytest.param([("a", 0, 10)], 10, {"a": [Span(0, 10)]}, id="exactly the budget"),
        pytest.param([("a", 0, 11)], 10, {"a": [Span(0, 10)]}, id="one over is cut"),
        pytest.param([("a", 0, 6), ("b", 0, 6)], 10, {"a": [Span(0, 6)], "b": [Span(0, 4)]}, id="the last is cut"),
        pytest.param([("a", 0, 6), ("a", 3, 9)], 9, {"a": [Span(0, 9)]}, id="an overlap costs once"),
        pytest.param([("a", 3, 5), ("a", 0, 9)], 7, {"a": [Span(0, 7)]}, id="a hole is jumped over"),
        pytest.param([("a", 0, 5), ("a", 0, 5), ("b", 0, 5)], 10, {"a": [Span(0, 5)], "b": [Span(0, 5)]}, id="twice"),
    ],
)
def test_the_first_characters_are_taken_in_rank_order(
    places: list[tuple[str, int, int]], budget: int, expected: dict[str, list[Span]]
) -> None:
    assert first_characters(hits(*places), budget) == expected
