"""A run as JUnit XML, which CI systems show beside other tests: a case a gate, a case a question.

A question that counts as wrong is a failure, so that a CI system can tell
which are newly so; whether the build fails is for the command's exit code,
which looks at the gates alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree

from qa.evaluation.compare.paired_bootstrap import failed_gates
from qa.evaluation.comparison import Comparison
from qa.evaluation.metrics.verdicts import MEANING, WRONG
from qa.evaluation.report import Report, fail_under
from qa.evaluation.reports.rows import ReportRow

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report_junit(
    report: Report, rows: Iterable[ReportRow], gates: Mapping[str, float] | None = None, not_worse: Sequence[str] = ()
) -> str:
    """Return the document.

    ``gates`` are those of `fail_under`, one on an unknown metric being an
    error; ``not_worse`` are the metrics that the comparison is looked at for.
    """
    root = ElementTree.Element("testsuites", name=_text(f"footnote eval {report.dataset}"))
    cases = [_gate(report, name, gate) for name, gate in (gates or {}).items()]
    cases += [_not_worse(report.comparison, name) for name in not_worse]
    if cases:
        _suite(root, "gates", cases)
    _suite(root, "questions", [_question(report, row) for row in rows])
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: ElementTree.Element, name: str, cases: list[ElementTree.Element]) -> None:
    def count(tag: str) -> str:
        return str(sum(case.find(tag) is not None for case in cases))

    counts = {
        "tests": str(len(cases)),
        "failures": count("failure"),
        "errors": count("error"),
        "skipped": count("skipped"),
    }
    ElementTree.SubElement(root, "testsuite", {"name": name, **counts}).extend(cases)


def _gate(report: Report, name: str, gate: float) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="gates", name=_text(f"{name}={gate:g}"))
    if name not in report.metrics:
        ElementTree.SubElement(case, "error", message=_text(f"no metric {name!r}"))
    elif lines := fail_under(report, {name: gate}):
        ElementTree.SubElement(case, "failure", message=_text("; ".join(lines)))
    return case


def _not_worse(comparison: Comparison | None, name: str) -> ElementTree.Element:
    baseline = "the baseline" if comparison is None else comparison.baseline
    case = ElementTree.Element("testcase", classname="gates", name=_text(f"{name} is not worse than in {baseline}"))
    lines = ["nothing was compared"] if comparison is None else failed_gates(comparison, [name])
    if lines:
        ElementTree.SubElement(case, "failure", message=_text("; ".join(lines)))
    return case


def _question(report: Report, row: ReportRow) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", classname=_text(report.dataset or "questions"), name=_text(f"{row.id}: {row.question}")
    )
    if row.milliseconds is not None:
        case.set("time", f"{row.milliseconds / 1000:.3f}")
    if row.verdict == "failed":
        ElementTree.SubElement(case, "error", message=_text(row.notice or MEANING["failed"]))
    elif row.verdict == "unjudged":
        ElementTree.SubElement(case, "skipped", message=MEANING["unjudged"])
    elif row.verdict in WRONG:
        failure = ElementTree.SubElement(case, "failure", message=MEANING[row.verdict], type=row.verdict)
        failure.text = _text("\n".join(_particulars(row)))
    return case


def _particulars(row: ReportRow) -> list[str]:
    return [
        *(f"expected: {answer}" for answer in row.expected),
        f"given: {row.short_answer or row.answer or 'nothing'}",
        *(f"quote: {place.text} ({place.article_id})" for place in row.quotes),
        *(f"{shortfall.metric}: {shortfall.words}" for shortfall in row.shortfalls),
    ]


def _text(text: str) -> str:
    """Return a text without the characters that no XML may hold."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
