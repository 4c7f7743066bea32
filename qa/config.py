"""Settings of answering: frozen, built once at the edge."""

from __future__ import annotations

from dataclasses import dataclass

MAX_QUESTION_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class AnsweringConfig:
    """How answers are made.

    ``consulted``: how many passages and sentences are retrieved and named in a
    reply. ``most_quotes``: the most an answer cites. ``nearest``: how many
    passages an abstention shows. ``abstain_below``: the confidence, 0 to 1,
    under which nothing is answered; without it, the calibrated threshold.
    """

    consulted: int = 20
    most_quotes: int = 3
    nearest: int = 3
    abstain_below: float | None = None
