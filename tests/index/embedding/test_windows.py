"""Texts longer than a model reads, with a model that notes its windows."""

from __future__ import annotations

import numpy as np
import pytest

from index.embedding.windows import embed_in_windows
from index.protocols import Vectors, no_progress
from tests.world import WordCountingEmbedder


def windows_of(text: str) -> list[str]:
    read: list[str] = []

    def encode(windows: list[str]) -> Vectors:
        read.extend(windows)
        return np.ones((len(windows), 2), dtype=np.float32)

    [vector] = embed_in_windows(
        [text], encode, tokens_of=WordCountingEmbedder().tokens, max_tokens=8, dimension=2, progress=no_progress
    )
    assert vector.tolist() == pytest.approx([0.5**0.5, 0.5**0.5])
    return read


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("a b c", [5]),
        ("one two three four five six seven eight", [39]),
        ("a " * 15 + "a", [14, 14, 3]),
        ("x" * 8000, [8000]),
        ("x" * 20_000, [8000, 8000, 4000]),
        (" " * 9000, [8000, 1000]),
        ("", [0]),
    ],
    ids=["short", "as many as are read", "more", "one word", "an endless word", "white space", "nothing"],
)
def test_no_window_has_more_tokens_than_the_model_reads_or_more_than_8000_characters(
    text: str, sizes: list[int]
) -> None:
    windows = windows_of(text)
    assert [len(window) for window in windows] == sizes
    assert "".join(windows) == text
