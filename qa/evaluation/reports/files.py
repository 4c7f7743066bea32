"""The files of a report beside ``report.json``: one for people, one for spreadsheets, one for CI systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from qa.evaluation.compare.baseline import Against
from qa.evaluation.compare.paired_bootstrap import Run
from qa.evaluation.comparison import Comparison
from qa.evaluation.data.datasets import Question
from qa.evaluation.metrics.verdicts import ArticleText
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import Report
from qa.evaluation.reports.csv import report_csv
from qa.evaluation.reports.html import report_html
from qa.evaluation.reports.junit import report_junit
from qa.evaluation.reports.rows import rows


def files_of(
    report: Report,
    questions: Sequence[Question],
    outcomes: Sequence[Outcome],
    article_text: ArticleText,
    gates: Mapping[str, float] | None = None,
    against: Against | None = None,
) -> dict[str, str]:
    """Return the text of each file by its name; ``against`` is what the report was compared with."""
    earlier = None if against is None else against.baseline.outcomes
    listed = list(rows(questions, outcomes, report.failed, article_text, earlier))
    not_worse = () if against is None else against.gates_of(report)
    return {
        "report.html": report_html(report, listed),
        "report.csv": report_csv(listed),
        "junit.xml": report_junit(report, listed, gates, not_worse),
    }


def comparison_page(run: Run, baseline: Run, comparison: Comparison) -> str:
    """Return ``report.html`` of a run that is read from its folder, beside a baseline; no article is at hand."""
    report = replace(run.report, comparison=comparison)
    outcomes = list(run.outcomes.values())
    return report_html(report, list(rows(run.questions, outcomes, report.failed, None, baseline.outcomes)))
