"""The contract of an `Embedder`."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from index.protocols import Embedder

TEXTS = ("The Nile is a long river.", "Tea.", "Paper is thin, and paper is white.", "🙂 Чай, 茶, شاي.")


class EmbedderContract:
    """Inherit, and give a fixture ``embedder``."""

    def test_texts_become_unit_rows_in_the_order_given(self, embedder: Embedder) -> None:
        vectors = embedder.embed_passages(TEXTS)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0] * len(TEXTS), abs=1e-5)
        assert embedder.embed_passages(TEXTS[::-1]) == pytest.approx(vectors[::-1], abs=1e-5)

    def test_questions_become_unit_rows_of_the_same_width(self, embedder: Embedder) -> None:
        vectors = embedder.embed_questions(TEXTS)
        assert vectors.shape == embedder.embed_passages(TEXTS).shape
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0] * len(TEXTS), abs=1e-5)

    def test_no_text_gives_no_rows_of_the_same_width(self, embedder: Embedder) -> None:
        (width,) = embedder.embed_passages(TEXTS[:1])[0].shape
        assert embedder.embed_passages([]).shape == (0, width)
        assert embedder.embed_questions([]).shape == (0, width)

    def test_the_same_text_has_the_same_vector_every_time(self, embedder: Embedder) -> None:
        assert np.array_equal(embedder.embed_passages(TEXTS), embedder.embed_passages(TEXTS))

    def test_an_empty_text_has_a_vector_too(self, embedder: Embedder) -> None:
        assert np.isfinite(embedder.embed_passages([""])).all()

    def test_progress_ends_with_everything_done(self, embedder: Embedder) -> None:
        reports: list[tuple[int, int]] = []
        embedder.embed_passages(TEXTS, progress=lambda done, total: reports.append((done, total)))
        assert reports[-1] == (len(TEXTS), len(TEXTS))

    def test_tokens_stand_in_order_inside_the_text_and_no_word_is_outside(self, embedder: Embedder) -> None:
        text = TEXTS[0]
        tokens = embedder.tokens(text)
        assert all(one.end <= two.start for one, two in pairwise(tokens))
        assert "".join(token.slice(text) for token in tokens) == text.replace(" ", "")
        assert embedder.tokens("") == []

    def test_tokens_of_a_long_text_are_all_there(self, embedder: Embedder) -> None:
        text = "river " * (embedder.max_tokens * 3)
        assert len(embedder.tokens(text)) == embedder.max_tokens * 3

    def test_a_text_longer_than_the_model_reads_is_read_to_its_end(self, embedder: Embedder) -> None:
        long_text = "sea " * (embedder.max_tokens + 1)
        plain, with_tea, question = embedder.embed_passages([long_text, long_text + "tea tea", "tea"])
        assert with_tea @ question > plain @ question + 0.01
