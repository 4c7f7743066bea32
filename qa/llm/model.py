"""The seam where a language model goes: what it is asked, and what comes of it piece by piece."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple, Protocol


class Prompt(NamedTuple):
    """What a model is told to do, and what it is given to do it with."""

    system: str
    user: str


class Piece(NamedTuple):
    """What came of the answer: some text, or none for a moment. ``cut``: the most it may write was reached."""

    text: str
    cut: bool = False


class LanguageModel(Protocol):
    """Writes text; what it writes is not believed."""

    @property
    def name(self) -> str:
        """The model as a person knows it."""
        ...

    def stream(self, prompt: Prompt) -> Generator[Piece]:
        """Yield pieces as they come, empty ones while none do; closing the generator ends the request at once.

        Raises:
            LanguageModelError: it failed, before its first piece or after; the message says how.
        """
        ...

    def warm_up(self) -> None:
        """Load now what takes time to load; nothing is asked."""
        ...
