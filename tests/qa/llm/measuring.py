"""How well `check_statement` tells supported statements: precision and recall over pairs.jsonl, by half.

Half of the pairs, by a hash of their id, were looked at while the check was
written; the other half was only ever counted. Run it for the figures by label:
``python -m tests.qa.llm.measuring``.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from qa.llm.checking import check_statement

PAIRS = Path(__file__).with_name("pairs.jsonl")
SUPPORTED = ("verbatim", "paraphrase")

Half = Literal["tuned", "held out"]


class Pair(NamedTuple):
    """A statement, the text it cites, and what was done to make it: SUPPORTED, or what was changed."""

    id: str
    label: str
    quote: str
    statement: str

    @property
    def half(self) -> Half:
        return "tuned" if hashlib.sha256(self.id.encode()).digest()[0] % 2 == 0 else "held out"


class Judged(NamedTuple):
    """Each pair with what the check said of it."""

    pair: Pair
    supported: bool

    @property
    def right(self) -> bool:
        return self.supported == (self.pair.label in SUPPORTED)


def read_pairs() -> list[Pair]:
    return [Pair(**json.loads(line)) for line in PAIRS.read_text(encoding="utf-8").splitlines()]


def judge(half: Half) -> list[Judged]:
    pairs = [pair for pair in read_pairs() if pair.half == half]
    return [Judged(pair, check_statement(pair.statement, {1: pair.quote}).supported) for pair in pairs]


def precision(judged: Sequence[Judged]) -> float:
    """Return the share of the statements called supported that are."""
    called = [each for each in judged if each.supported]
    return sum(each.right for each in called) / len(called)


def recall(judged: Sequence[Judged]) -> float:
    """Return the share of the supported statements that are called so."""
    true = [each for each in judged if each.pair.label in SUPPORTED]
    return sum(each.right for each in true) / len(true)


def main() -> None:
    halves: tuple[Half, ...] = ("tuned", "held out")
    for half in halves:
        judged = judge(half)
        print(f"{half}: {len(judged)} pairs, precision {precision(judged):.3f}, recall {recall(judged):.3f}")
        right = Counter(each.pair.label for each in judged if each.right)
        for label, total in Counter(each.pair.label for each in judged).items():
            print(f"  {label}: {right[label]} of {total}")


if __name__ == "__main__":
    main()
