"""The result of a run: a value that is written, read back, shown and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from qa.errors import DatasetError
from qa.evaluation.comparison import Comparison, comparison_from_json, comparison_to_json
from qa.evaluation.metrics.abstention import Curve
from qa.evaluation.metrics.interval import Metric
from qa.evaluation.metrics.slices import Slices

LOWER_IS_BETTER = frozenset({"abstention.false_answers", "abstention.aurc", "abstention.ece", "judged.not_judged"})
JUDGED = "judged."  # another model's opinion, not counted: no gate looks at it unless it names it
DIGITS = 6  # more would differ from one machine to the next by the order of summation


@dataclass(frozen=True, slots=True)
class Report:
    """Every metric of one run, and what it was measured with.

    Questions that ``failed`` (by id, with the error's text) are in no metric.
    ``unusable`` are the problems of the data set, a line each: rows that were
    not asked, or were asked without the gold they name. ``created`` is whatever
    the caller dates the run by, or None. ``comparison`` is with the baseline that
    the run had. ``jobs`` questions were asked at a time, which its times are to be read with.
    """

    dataset: str
    n_questions: int
    n_unanswerable: int
    failed: Mapping[str, str]
    metrics: Mapping[str, Metric]
    curves: Mapping[str, Curve] = field(default_factory=dict)
    models: Mapping[str, str | None] = field(default_factory=dict)
    fingerprint: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str | None = None
    slices: Slices = field(default_factory=dict)
    configuration: str = ""
    hardware: Mapping[str, str] = field(default_factory=dict)
    unusable: Sequence[str] = ()
    comparison: Comparison | None = None
    jobs: int = 1


def report_to_json(report: Report) -> str:
    """Return the report as an indented JSON document with sorted keys."""
    compared = None if report.comparison is None else comparison_to_json(report.comparison)
    record = {**asdict(report), "comparison": compared}
    return json.dumps(_rounded(record), indent=2, sort_keys=True, allow_nan=False) + "\n"


def read_report(path: Path) -> Report:
    """Return a report written before.

    Raises:
        DatasetError: there is no such file, or it is not a report.
    """
    try:
        fields = json.loads(path.read_bytes())
        metrics = _metrics(fields.pop("metrics"))
        slices = {
            by: {value: _metrics(part) for value, part in parts.items()}
            for by, parts in fields.pop("slices", {}).items()  # reports had none at first
        }
        unusable = tuple(fields.pop("unusable", ()))
        compared = fields.pop("comparison", None)
        comparison = None if compared is None else comparison_from_json(compared)
        return Report(metrics=metrics, slices=slices, unusable=unusable, comparison=comparison, **fields)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(f"{path}: not a report ({error}); give the report.json of an earlier run") from error


def render_table(report: Report) -> str:
    """Return the report as plain text for a terminal, one metric a line, in groups."""
    failed = f", {len(report.failed)} FAILED and in no metric" if report.failed else ""
    lines = [f"{report.dataset}: {report.n_questions} questions, {report.n_unanswerable} unanswerable{failed}"]
    width = max((len(name.partition(".")[2]) for name in report.metrics), default=0)
    for group, names in groupby(sorted(report.metrics), key=lambda name: name.partition(".")[0]):
        lines += ["", group]
        for name in names:
            lines.append(f"  {name.partition('.')[2]:<{width}}{_describe(report.metrics[name])}")
    return "\n".join(lines)


def fail_under(report: Report, gates: Mapping[str, float]) -> list[str]:
    """Return one line for each gate that is not met; no line means passed.

    A gate is on the metric's value, not its interval. Where lower is better
    (`LOWER_IS_BETTER`, and times) the gate is the most it may be. A metric that
    was not measured meets no gate, and no gate is met by leaving out questions
    that failed.

    Raises:
        DatasetError: a gate names a metric that the report does not have.
    """
    unknown = sorted(set(gates) - set(report.metrics))
    if unknown:
        raise DatasetError(f"no metric {unknown[0]!r}; the metrics are {', '.join(sorted(report.metrics))}")
    lines = [f"{len(report.failed)} questions failed and are in no metric"] if gates and report.failed else []
    for name, gate in gates.items():
        value = report.metrics[name].value
        if value is None:
            lines.append(f"{name} was not measured: the data set has no question for it")
        elif value > gate if _lower_is_better(name) else value < gate:
            lines.append(f"{name} is {value:.4f}, {'over' if _lower_is_better(name) else 'under'} {gate:g}")
    return lines


def regressions(report: Report, baseline: Report, named: Sequence[str] = ()) -> list[str]:
    """Return the metrics whose whole interval is worse than the baseline's value: those named, or all that are counted.

    What a language model judged (`JUDGED`) is among them only by name.
    """
    return [
        name
        for name, now, before in _pairs(report, baseline)
        if (name in named if named else not name.startswith(JUDGED)) and _is_worse(name, now, before)
    ]


def compare_with_baseline(report: Report, baseline: Report) -> list[str]:
    """Return a plain table of both reports' values, one metric a line; regressions are marked.

    Speed is shown and never a regression: it has no interval.
    """
    lines = []
    if (report.dataset, report.n_questions) != (baseline.dataset, baseline.n_questions):
        lines.append(
            f"not the same questions: {report.dataset} ({report.n_questions}) "
            f"beside {baseline.dataset} ({baseline.n_questions})"
        )
    pairs = list(_pairs(report, baseline))
    width = max((len(name) for name, _, _ in pairs), default=0)
    for name, now, before in pairs:
        mark = "  REGRESSION" if _is_worse(name, now, before) and not name.startswith(JUDGED) else ""
        lines.append(f"{name:<{width}}  {_number(before.value)} ->{_describe(now)}{_difference(now, before)}{mark}")
    return lines


def _metrics(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Metric]:
    return {name: Metric(**values) for name, values in documents.items()}


def _pairs(report: Report, baseline: Report) -> Iterator[tuple[str, Metric, Metric]]:
    for name in sorted(set(report.metrics) & set(baseline.metrics)):
        yield name, report.metrics[name], baseline.metrics[name]


def _lower_is_better(name: str) -> bool:
    return name in LOWER_IS_BETTER or name.endswith("_ms")


def _is_worse(name: str, now: Metric, before: Metric) -> bool:
    if before.value is None or now.low is None or now.high is None:
        return False
    return now.low > before.value if _lower_is_better(name) else now.high < before.value


def _describe(metric: Metric) -> str:
    if metric.value is None:
        return "    not measured"
    interval = f"  [{metric.low:.3f}, {metric.high:.3f}]" if metric.low is not None else ""
    return f"{_number(metric.value)}{interval}  n {metric.n}"


def _number(value: float | None) -> str:
    return f"{'none':>10}" if value is None else f"{value:>10.4f}"


def _difference(now: Metric, before: Metric) -> str:
    if now.value is None or before.value is None:
        return ""
    return f"  {now.value - before.value:+.4f}"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_rounded(each) for each in value]
    return value
