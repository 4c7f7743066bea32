"""What came of comparing a run with an earlier one: pure values, kept in its report.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

LEVEL = 0.05
WORST_FIRST = ("worse", "better", "unclear", "same")

Verdict = Literal["better", "worse", "same", "unclear"]


@dataclass(frozen=True, slots=True)
class Difference:
    """How one metric changed on the questions of both runs.

    ``gain`` with its 95 % interval is how much better it is, also where lower
    is better. ``p`` is corrected for the metrics that were looked at together.
    """

    metric: str
    before: float
    now: float
    gain: float
    low: float
    high: float
    p: float
    n: int

    @property
    def verdict(self) -> Verdict:
        """Whether a difference can be told, and which."""
        if self.low == self.gain == self.high == 0:
            return "same"
        if self.p >= LEVEL:
            return "unclear"
        return "better" if self.gain > 0 else "worse"

    @property
    def words(self) -> str:
        """The finding in plain words; points are hundredths."""
        gain, low, high = (100 * value for value in (self.gain, self.low, self.high))
        match self.verdict:
            case "same":
                return "the same"
            case "unclear":
                why = ", with so many metrics or so few articles" if low > 0 or high < 0 else ""
                return f"no difference can be told{why} ({gain:+.1f} points, 95 % {low:+.1f} to {high:+.1f})"
            case "better":
                return f"better by {gain:.1f} points, 95 % {low:.1f} to {high:.1f}"
            case "worse":
                return f"worse by {-gain:.1f} points, 95 % {-high:.1f} to {-low:.1f}"


@dataclass(frozen=True, slots=True)
class Change:
    """A question that one metric scores otherwise than before, 0 to 1 and higher is better."""

    metric: str
    question_id: str
    question: str
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One run beside a baseline, on the ``questions`` that both answered.

    ``left_out`` counts, by reason, those that are not compared. ``changes``
    are the losses, then the wins, each by metric, the largest first.
    """

    name: str
    baseline: str
    questions: int
    left_out: Mapping[str, int]
    newly_failed: int
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]


def comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values, the findings in words too."""
    differences = [{**asdict(d), "verdict": d.verdict, "words": d.words} for d in comparison.differences]
    return {**asdict(comparison), "differences": differences}


def comparison_from_json(record: Mapping[str, Any]) -> Comparison:
    """Return the comparison that a record of `comparison_to_json` was made from.

    Raises:
        KeyError: it was made from none.
        TypeError: the same.
    """
    told = ("verdict", "words")
    differences = [{name: value for name, value in each.items() if name not in told} for each in record["differences"]]
    return Comparison(
        **{
            **record,
            "differences": tuple(Difference(**each) for each in differences),
            "changes": tuple(Change(**each) for each in record["changes"]),
        }
    )
