"""A run with what came of each question, for tests that assert on it; what the pytest plugin asks for."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.protocols import no_progress
from qa.evaluation.data import parse_columns, read_pairs
from qa.evaluation.journal import read_answers
from qa.evaluation.report import LOWER_IS_BETTER, Report
from ui.evaluate.evaluate_file import evaluate_pairs

MOST_CHARACTERS = 200
MOST_OF_LINE = 100  # pytest shows 8 lines and 640 characters of a failed assertion, unless it runs in a CI system


@dataclass(frozen=True, slots=True, repr=False)
class AskedQuestion:
    """A question and what came of it; ``right`` unless it counts as wrong, ``shortfalls`` by metric."""

    id: str
    question: str
    verdict: str
    right: bool
    expected: str
    given: str
    f1: float | None
    shortfalls: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<question {self.id!r}, {self.verdict}>"  # what an assertion shows; the rest is in `why`

    @property
    def why(self) -> str:
        """What is wrong with it, in words, for the message of an assertion."""
        return "\n".join([_plain(f"{self.id}: {self.question}"), *self.particulars()])

    @property
    def line(self) -> str:
        """The same in one line."""
        said = f"{self.id}: {self.question} expected {self.expected or 'no answer'!r}, given {self.given or 'none'!r}"
        return _plain(said, MOST_OF_LINE)

    def particulars(self) -> list[str]:
        """Return how it counts, what was expected, what was given and what that costs, a line each."""
        lines = [self.verdict, f"expected: {self.expected or 'no answer'}", f"given: {self.given or 'no answer'}"]
        return [_plain(line) for line in (*lines, *self.shortfalls)]


@dataclass(frozen=True, slots=True)
class RunResults:
    """A report, what came of each question, and the folder of the run's files."""

    report: Report
    questions: tuple[AskedQuestion, ...]
    folder: Path

    def value(self, name: str) -> float:
        """Return the value of a metric that has no `problem_of`."""
        value = self.report.metrics[name].value
        if value is None:
            raise ValueError(f"{name} was not measured")
        return value

    def problem_of(self, name: str) -> str | None:
        """Say why nothing can be asserted on a metric; None where something can."""
        if name not in self.report.metrics:
            return f"footnote: no metric {name!r}; the metrics are {', '.join(sorted(self.report.metrics))}"
        if self.report.failed:
            first, error = next(iter(self.report.failed.items()))
            failed = f"{len(self.report.failed):,} of {self.report.n_questions:,} questions failed"
            return f"footnote: {failed} and are in no metric; {first!r}: {error}"
        if self.report.metrics[name].value is None:
            return f"footnote: {name} was not measured: the questions have none for it"
        return None

    def question(self, question_id: str) -> AskedQuestion:
        """Return what came of a question."""
        return next(each for each in self.questions if each.id == question_id)

    def explain(self, name: str, *, shown: int) -> list[str]:
        """Return a metric's interval and size, the report, and the questions that cost it most, a line each."""
        metric = self.report.metrics[name]
        between = "" if metric.low is None else f"95 % {metric.low:.4f} to {metric.high:.4f}, "
        lower = "; lower is better" if name in LOWER_IS_BETTER or name.endswith("_ms") else ""
        cost = self._cost(name)
        lines = [
            f"{name} of {self.report.dataset}: {between}n {metric.n:,}{lower}",
            f"report: {self.folder / 'report.html'}",
            *(each.line for each in cost[:shown]),
        ]
        return [*lines, *([f"and {len(cost) - shown:,} more questions"] if len(cost) > shown else [])]

    def _cost(self, name: str) -> list[AskedQuestion]:
        """Return the questions that fall short in a metric, or where none says so, those that count as wrong."""
        zero_if_abstained = name.startswith(("answer.", "citation.recall", "citation.answer_in_quote_recall"))
        named = [
            each
            for each in self.questions
            if any(name.startswith(line.partition(":")[0]) for line in each.shortfalls)
            or (zero_if_abstained and each.verdict == "abstained")
        ]
        found = named or [each for each in self.questions if not each.right]
        return sorted(found, key=lambda each: 1.0 if each.f1 is None or "f1" not in name else each.f1)


def question_ids(questions: Path, *, corpus: Path | None, columns: Sequence[str]) -> list[str]:
    """Return the ids of the questions that will be asked, in order; nothing is asked."""
    return [pair.question.id for pair in read_pairs(questions, mapped=parse_columns(columns), corpus=corpus).pairs]


def measure_pairs(
    questions: Path,
    *,
    library: Path | None,
    corpus: Path | None,
    columns: Sequence[str],
    out: Path,
    jobs: int | None,
) -> RunResults:
    """Ask every question and return what came of it; see `evaluate_pairs`."""
    report = evaluate_pairs(questions, library, out, no_progress, corpus=corpus, columns=columns, jobs=jobs)
    ids = [record["id"] for record in read_answers(out)]
    with (out / "report.csv").open(encoding="utf-8", newline="") as file:
        asked = tuple(_asked(name, row) for name, row in zip(ids, csv.DictReader(file), strict=True))
    return RunResults(report, asked, out)


def _asked(question_id: str, row: dict[str, str]) -> AskedQuestion:
    return AskedQuestion(
        id=question_id,
        question=row["question"],
        verdict=row["verdict"].replace("_", " "),
        right=row["counts_as_wrong"] == "false",
        expected=" / ".join(row["expected"].splitlines()),
        given=row["short_answer"] or row["answer"] or row["notice"],
        f1=float(row["f1"]) if row["f1"] else None,
        shortfalls=tuple(row["why"].splitlines()),
    )


def _plain(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a stranger's text with nothing in it that a terminal would obey, and no longer than a line."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"
