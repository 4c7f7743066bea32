"""The word pieces of multilingual-e5-small, and tokenizers made of them.

A tokenizer of all 250,002 pieces takes half a second and 270 MB to make. What a
question needs of them are a few dozen: those that stand somewhere in it. A
tokenizer of these alone cuts it the same, since the likeliest way to cut a text
depends on no piece that the text does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from index.article import Span

BEGIN, END, UNKNOWN = 0, 2, 3  # <s>, </s> and <unk>; 1 is <pad>
SPECIAL = 4
SPACE = "▁"  # stands for the space before a word
FEW_CHARACTERS = 10_000  # finding the pieces that stand in more of them saves no time


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text cut into pieces: their ids, and where each stands; a piece that is only a space has no width."""

    ids: Sequence[int]
    spans: Sequence[Span]


class Vocabulary:
    """Cuts text into word pieces: Unigram, after NMT's NFKC normalisation.

    What a text holds is text: one that says ``<s>`` or ``<mask>`` gets the
    pieces of these characters, and no special id.

    Args:
        pieces: by id, the four special ones first, ``<mask>`` last.
        scores: by id, the logarithm of each piece's probability.
        charsmap: the normaliser's table, as SentencePiece compiles it.

    Source: Kudo, "Subword Regularization", 2018; SentencePiece's nmt_nfkc.
    """

    def __init__(self, pieces: Sequence[str], scores: Sequence[float], charsmap: bytes) -> None:
        self._pieces = pieces
        self._scores = scores
        self._charsmap = charsmap

    def cut(self, texts: Sequence[str]) -> list[Pieces]:
        """Cut some texts, one after the other; special pieces are not added."""
        few = "whole" not in self.__dict__ and sum(map(len, texts)) <= FEW_CHARACTERS
        ids = self._ids_within(texts) if few else range(len(self._pieces))
        tokenizer = self._tokenizer_of(ids) if few else self.whole
        found = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [
            Pieces(
                [ids[n] for n in each.ids],
                [Span(b, b if token == SPACE else e) for token, (b, e) in zip(each.tokens, each.offsets, strict=True)],
            )
            for each in found
        ]

    @cached_property
    def whole(self) -> Tokenizer:
        """A tokenizer of all pieces, that adds special ones as XLM-RoBERTa has them; it neither pads nor cuts."""
        tokenizer = self._tokenizer_of(range(len(self._pieces)))
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>",
            pair="<s> $A </s> </s> $B </s>",
            special_tokens=[("<s>", BEGIN), ("</s>", END)],
        )
        return tokenizer

    @cached_property
    def _id_of(self) -> dict[str, int]:
        """The pieces that a text may hold."""
        last = len(self._pieces) - 1
        return {piece: number for number, piece in enumerate(self._pieces) if SPECIAL <= number < last}

    @cached_property
    def _least_likely(self) -> int:
        return min(range(len(self._scores)), key=self._scores.__getitem__)

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._id_of))

    @cached_property
    def _normalizer(self) -> normalizers.Normalizer:
        return normalizers.Precompiled(self._charsmap)

    @cached_property
    def _splitter(self) -> pre_tokenizers.PreTokenizer:
        metaspace = pre_tokenizers.Metaspace(SPACE, prepend_scheme="always")
        return pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])

    def _ids_within(self, texts: Sequence[str]) -> Sequence[int]:
        """Return the ids of all pieces that stand in some texts, of the special ones, and of the least likely."""
        words = {word for text in texts for word, _ in self._words(text)}
        standing = (
            word[begin:end]
            for word in words
            for begin in range(len(word))
            for end in range(begin + 1, min(begin + self._longest, len(word)) + 1)
        )
        found = {self._id_of[part] for part in standing if part in self._id_of}
        return sorted({*range(SPECIAL), *found, self._least_likely})

    def _words(self, text: str) -> list[tuple[str, tuple[int, int]]]:
        return self._splitter.pre_tokenize_str(self._normalizer.normalize_str(text))

    def _tokenizer_of(self, ids: Sequence[int]) -> Tokenizer:
        last = len(self._pieces) - 1
        # A special piece must not be found in a text: no word holds a space.
        pieces = [f" {self._pieces[n]}" if n < SPECIAL or n == last else self._pieces[n] for n in ids]
        vocabulary = list(zip(pieces, [self._scores[n] for n in ids], strict=True))
        tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=UNKNOWN, byte_fallback=False))
        tokenizer.normalizer, tokenizer.pre_tokenizer = self._normalizer, self._splitter
        return tokenizer
