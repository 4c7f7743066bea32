"""The files of a report beside ``report.json``: one for people, one for spreadsheets, one for CI systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.evaluation.datasets import Question
from qa.evaluation.html_report import report_html
from qa.evaluation.junit_report import report_junit
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import Report
from qa.evaluation.rows import rows
from qa.evaluation.table_report import report_csv
from qa.evaluation.verdicts import ArticleText


def files_of(
    report: Report,
    questions: Sequence[Question],
    outcomes: Sequence[Outcome],
    article_text: ArticleText,
    gates: Mapping[str, float] | None = None,
) -> dict[str, str]:
    """Return the text of each file by its name."""
    listed = list(rows(questions, outcomes, report.failed, article_text))
    return {
        "report.html": report_html(report, listed),
        "report.csv": report_csv(listed),
        "junit.xml": report_junit(report, listed, gates),
    }
