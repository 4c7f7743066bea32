"""A run beside the earlier one that it is to be no worse than: what is checked first, compared last, and fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.errors import DatasetError
from qa.evaluation.compare.paired_bootstrap import NOT_COMPARED, Run, asked_alike, compare, failed_gates
from qa.evaluation.data.datasets import Question
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import Report

THIS_RUN = "this run"


@dataclass(frozen=True, slots=True)
class Against:
    """The baseline of a run, and the metrics that may not be worse; naming none means all that can be compared."""

    baseline: Run
    gates: Sequence[str] = ()

    def require_comparable(self, questions: Sequence[Question]) -> None:
        """Refuse what cannot be compared before anything is asked.

        Raises:
            DatasetError: the baseline has none of the questions, or there is no metric of a gate's name.
        """
        earlier = {outcome.question for outcome in self.baseline.outcomes.values()}
        if not any(question in earlier for question in questions):
            raise DatasetError(
                f"{self.baseline.name} has no answer to any of these questions; compare runs of one dataset"
            )
        names = sorted(name for name in self.baseline.report.metrics if not name.startswith(NOT_COMPARED))
        for gate in self.gates:
            if gate not in names:
                raise DatasetError(f"no metric {gate!r} to compare; there are {', '.join(names)}")

    def compared(self, report: Report, outcomes: Sequence[Outcome]) -> Report:
        """Return the report with its comparison; without one where no question of both got a reply."""
        run = Run(THIS_RUN, report, {outcome.question.id: outcome for outcome in outcomes})
        if not asked_alike(run, self.baseline):
            return report
        return replace(report, comparison=compare(run, self.baseline, self.gates))

    def gates_of(self, report: Report) -> list[str]:
        """Return the metrics that may not be worse."""
        if self.gates or report.comparison is None:
            return list(self.gates)
        return [difference.metric for difference in report.comparison.differences]

    def failures(self, report: Report) -> list[str]:
        """Return a line for each gate that is not met."""
        if report.comparison is None:
            return [f"no question got a reply both in this run and in {self.baseline.name}: nothing was compared"]
        return failed_gates(report.comparison, self.gates_of(report))
