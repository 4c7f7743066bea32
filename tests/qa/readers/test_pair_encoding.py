"""A question beside a passage, and what stands over it, as word pieces with their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.embedding.weights import minilm_folder
from qa.readers.pair_encoding import MOST_CONTEXT_TOKENS, PairEncoder, stack

QUESTION, PASSAGE = "Who won?", "Mira won the race."

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def encoder() -> PairEncoder:
    return PairEncoder(Path(minilm_folder()) / "tokenizer.json")


def words_of(encoder: PairEncoder, passage: str, context: str) -> list[str]:
    pairs = stack(encoder.encode([(QUESTION, passage)], [context]))
    here = pairs.starts[0] >= 0
    return [passage[start:end] for start, end in zip(pairs.starts[0, here], pairs.ends[0, here], strict=True)]


def test_places_are_those_in_the_passage_whatever_stands_over_it(encoder: PairEncoder) -> None:
    alone = words_of(encoder, PASSAGE, "")
    assert alone == ["Mira", "won", "the", "race", "."]
    assert words_of(encoder, PASSAGE, "The race of 1912") == alone


def test_what_stands_over_a_passage_is_read_with_it(encoder: PairEncoder) -> None:
    (alone,), (under,) = encoder.encode([(QUESTION, PASSAGE)]), encoder.encode([(QUESTION, PASSAGE)], ["Races"])
    assert [token for token in under.encoding.tokens if token not in alone.encoding.tokens] == ["races"]


def test_a_long_title_is_read_as_far_as_its_first_word_pieces(encoder: PairEncoder) -> None:
    (under,) = encoder.encode([(QUESTION, PASSAGE)], ["race " * 200])
    assert under.encoding.tokens.count("race") == MOST_CONTEXT_TOKENS + 1
