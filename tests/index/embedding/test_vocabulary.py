"""Cutting text into word pieces: a vocabulary that fits on a screen, then the shipped one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from index.article import Span
from index.embedding.multilingual import CHARSMAP, shipped_folder, vocabulary_of
from index.embedding.vocabulary import Vocabulary
from index.embedding.weights import mapped_tensor

SHIPPED = shipped_folder() / "model.safetensors"
REFERENCE = json.loads((Path(__file__).parent / "word_pieces.json").read_text("utf-8"))
# The likelier way to cut "teapot" is "▁tea" and "pot" (-3), not "▁t", "ea" and "pot" (-6).
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁tea", "pot", "▁t", "ea", "▁", "s", "<mask>")
SCORES = (0.0, 0.0, 0.0, 0.0, -1.0, -2.0, -2.0, -2.0, -3.0, -4.0, 0.0)


@pytest.fixture(scope="module")
def charsmap() -> bytes:
    return np.asarray(mapped_tensor(SHIPPED, CHARSMAP)).tobytes()


@pytest.fixture
def vocabulary(charsmap: bytes) -> Vocabulary:
    return Vocabulary(PIECES, SCORES, charsmap)


@pytest.fixture(scope="module")
def shipped() -> Vocabulary:
    return vocabulary_of(SHIPPED)


def test_a_text_is_cut_the_likeliest_way(vocabulary: Vocabulary) -> None:
    (pieces,) = vocabulary.cut(["teapots  tea"])
    assert pieces.ids == [4, 5, 9, 4]
    assert pieces.spans == [Span(0, 3), Span(3, 6), Span(6, 7), Span(9, 12)]


def test_what_no_piece_holds_is_unknown_and_the_space_before_it_has_no_width(vocabulary: Vocabulary) -> None:
    (pieces,) = vocabulary.cut(["tea ÖÖ"])
    assert pieces.ids == [4, 8, 3]
    assert pieces.spans == [Span(0, 3), Span(4, 4), Span(4, 6)]


def test_a_text_that_names_a_special_piece_gets_no_special_id(vocabulary: Vocabulary) -> None:
    for text in ("<s>", "</s>", "<mask>", "<pad>"):
        (pieces,) = vocabulary.cut([text])
        assert set(pieces.ids) <= {3, 8, 9}, text


def test_no_text_has_no_pieces(vocabulary: Vocabulary) -> None:
    assert vocabulary.cut([]) == []
    assert [pieces.ids for pieces in vocabulary.cut(["", " \n"])] == [[], []]


def test_the_whole_tokenizer_marks_begin_and_end_and_what_stands_between_two_texts(vocabulary: Vocabulary) -> None:
    assert vocabulary.whole.encode("tea").ids == [0, 4, 2]
    assert vocabulary.whole.encode("tea", "teapot").ids == [0, 4, 2, 2, 4, 5, 2]


@pytest.mark.model
@pytest.mark.parametrize("text", REFERENCE, ids=ascii)
def test_the_shipped_pieces_are_those_of_sentencepiece(shipped: Vocabulary, text: str) -> None:
    assert shipped.cut([text])[0].ids == REFERENCE[text]


@pytest.mark.model
def test_few_pieces_cut_a_text_as_all_of_them_do(shipped: Vocabulary) -> None:
    few = shipped.cut(list(REFERENCE))
    assert "whole" not in shipped.__dict__
    whole = vocabulary_of(SHIPPED)
    assert whole.whole.get_vocab_size() == 250_002
    assert whole.cut(list(REFERENCE)) == few
