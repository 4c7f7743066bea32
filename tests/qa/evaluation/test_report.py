from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from qa.errors import DatasetError
from qa.evaluation.metrics.interval import UNMEASURED, Metric
from qa.evaluation.report import (
    Report,
    compare_with_baseline,
    fail_under,
    read_report,
    regressions,
    render_table,
    report_to_json,
)

REPORT = Report(
    dataset="tiny",
    n_questions=10,
    n_unanswerable=4,
    failed={},
    metrics={
        "citation.recall": Metric(0.8, 0.7, 0.9, 6),
        "abstention.false_answers": Metric(0.25, 0.2, 0.3, 4),
        "answer.f1": UNMEASURED,
        "speed.total_p50_ms": Metric(12.0, None, None, 10),
    },
)


def with_metric(name: str, metric: Metric) -> Report:
    return replace(REPORT, metrics={**REPORT.metrics, name: metric})


def test_the_table_shows_each_metric_in_its_group() -> None:
    assert render_table(REPORT).splitlines() == [
        "tiny: 10 questions, 4 unanswerable",
        "",
        "abstention",
        "  false_answers    0.2500  [0.200, 0.300]  n 4",
        "",
        "answer",
        "  f1               not measured",
        "",
        "citation",
        "  recall           0.8000  [0.700, 0.900]  n 6",
        "",
        "speed",
        "  total_p50_ms    12.0000  n 10",
    ]


def test_the_table_says_that_questions_failed() -> None:
    report = replace(REPORT, failed={"q1": "too long", "q2": "too long"})
    assert render_table(report).startswith("tiny: 10 questions, 4 unanswerable, 2 FAILED and in no metric\n")


def test_a_report_is_written_with_sorted_keys_and_six_digits(tmp_path: Path) -> None:
    report = with_metric("citation.recall", Metric(1 / 3, 0.0, 1.0, 3))
    text = report_to_json(report)
    assert json.loads(text)["metrics"]["citation.recall"] == {
        "value": 0.333333,
        "low": 0.0,
        "high": 1.0,
        "n": 3,
    }
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_a_report_reads_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(report_to_json(REPORT), encoding="utf-8")
    assert read_report(path) == REPORT


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"metrics": {"x": {"value": 1}}}'])
def test_what_is_not_a_report_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"report\.json: not a report .*; give the report\.json of an earlier run"):
        read_report(path)


def test_a_baseline_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"none\.json: cannot be read \(No such file or directory\)"):
        read_report(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("gates", "lines"),
    [
        pytest.param({}, [], id="no gate"),
        pytest.param({"citation.recall": 0.8}, [], id="exactly met"),
        pytest.param({"citation.recall": 0.81}, ["citation.recall is 0.8000, under 0.81"], id="under"),
        pytest.param({"abstention.false_answers": 0.25}, [], id="at most, met"),
        pytest.param(
            {"abstention.false_answers": 0.2},
            ["abstention.false_answers is 0.2500, over 0.2"],
            id="at most, over",
        ),
        pytest.param({"speed.total_p50_ms": 10}, ["speed.total_p50_ms is 12.0000, over 10"], id="a time"),
        pytest.param(
            {"answer.f1": 0.0},
            ["answer.f1 was not measured: the data set has no question for it"],
            id="unmeasured",
        ),
    ],
)
def test_a_gate_that_is_not_met_is_a_line(gates: dict[str, float], lines: list[str]) -> None:
    assert fail_under(REPORT, gates) == lines


def test_no_gate_is_met_by_questions_that_failed() -> None:
    report = replace(REPORT, failed={"q1": "too long"})
    assert fail_under(report, {"citation.recall": 0.5}) == ["1 questions failed and are in no metric"]


def test_a_gate_on_an_unknown_metric_lists_those_there_are() -> None:
    with pytest.raises(DatasetError, match=r"no metric 'recall'; the metrics are abstention\.false_answers, answ"):
        fail_under(REPORT, {"recall": 0.5})


@pytest.mark.parametrize(
    ("name", "before", "worse"),
    [
        pytest.param("citation.recall", 0.9, [], id="inside the interval"),
        pytest.param("citation.recall", 0.91, ["citation.recall"], id="the interval lies under it"),
        pytest.param("citation.recall", 0.5, [], id="better"),
        pytest.param("abstention.false_answers", 0.1, ["abstention.false_answers"], id="lower was better"),
        pytest.param("abstention.false_answers", 0.9, [], id="lower is better"),
        pytest.param("speed.total_p50_ms", 1.0, [], id="speed never"),
    ],
)
def test_a_regression_is_an_interval_wholly_worse_than_the_baseline(name: str, before: float, worse: list[str]) -> None:
    assert regressions(REPORT, with_metric(name, Metric(before, before, before, 6))) == worse


def test_the_comparison_shows_both_values_and_marks_regressions() -> None:
    baseline = with_metric("citation.recall", Metric(0.95, 0.9, 1.0, 6))
    assert compare_with_baseline(REPORT, baseline) == [
        "abstention.false_answers      0.2500 ->    0.2500  [0.200, 0.300]  n 4  +0.0000",
        "answer.f1                       none ->    not measured",
        "citation.recall               0.9500 ->    0.8000  [0.700, 0.900]  n 6  -0.1500  REGRESSION",
        "speed.total_p50_ms           12.0000 ->   12.0000  n 10  +0.0000",
    ]


def test_a_baseline_of_other_questions_is_said_to_be_one() -> None:
    lines = compare_with_baseline(REPORT, replace(REPORT, dataset="other", n_questions=3))
    assert lines[0] == "not the same questions: tiny (10) beside other (3)"
