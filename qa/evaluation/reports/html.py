"""A run as one HTML file that needs nothing else: figures, pictures, slices, and every question to browse.

The page asks nobody for anything, and its policy says so: its script and its
style are named by their hashes, and nothing may be loaded. Text of articles
and people reaches the page escaped, or as JSON that the script shows as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from qa.evaluation.metrics.descriptions import (
    HEADLINES,
    WORDS,
    headlines,
    interval_words,
    unmeasured_words,
    value_words,
)
from qa.evaluation.metrics.interval import Metric
from qa.evaluation.metrics.reliability import reliability_svg
from qa.evaluation.metrics.verdicts import MEANING, WRONG
from qa.evaluation.report import Report
from qa.evaluation.reports.charts import GROUPS, distribution, distribution_svg, recall_svg, risk_coverage_svg
from qa.evaluation.reports.comparison_html import comparison_html
from qa.evaluation.reports.rows import ReportRow

RECALLS = {"the article": "retrieval.recall@", "the expected place": "retrieval.span_recall@"}
GROUP_OF = {
    "right": "right",
    "wrong": "wrong",
    "false_answer": "wrong",
    "abstained": "abstained",
    "rightly_abstained": "abstained",
}
UNANSWERABLE = ("false_answer", "rightly_abstained")


def report_html(report: Report, rows: Sequence[ReportRow]) -> str:
    """Return the page of a report and of the rows that its run gave."""
    style, script = _file("report.css"), _file("report.js")
    return Template(_file("report.html")).substitute(
        policy=escape(_policy(style, script)),
        style=style,
        script=script,
        title=escape(report.dataset or "Evaluation"),
        lead=escape(_lead(report)),
        unusable=_unusable(report.unusable),
        headlines="".join(_headlines(report.metrics)),
        unmeasured=_unmeasured(report.metrics),
        comparison="" if report.comparison is None else comparison_html(report.comparison),
        pictures="".join(_pictures(report, rows)),
        speed=_speed(report.metrics),
        figures="".join(_figure_row(name, metric) for name, metric in sorted(report.metrics.items())),
        slices="".join(_slice_table(by, parts) for by, parts in report.slices.items()),
        setup="".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _setup(report).items()),
        rows=_for_script(_record(rows)),
    )


def _file(name: str) -> str:
    return files("qa").joinpath("evaluation", "reports", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; script-src-attr 'none'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _for_script(record: Any) -> str:
    """Return JSON that no HTML parser sees a tag or a comment in."""
    written = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written.encode("utf-8", "replace").decode()


def _record(rows: Sequence[ReportRow]) -> dict[str, Any]:
    by = list(dict.fromkeys(name for row in rows for name in row.slices))
    scores = sorted({metric for row in rows if row.earlier is not None for metric in row.earlier.scores})
    record = {"meaning": MEANING, "wrong": list(WRONG), "by": by, "scores": scores}
    return record | {"rows": [_without_nothing(asdict(row)) for row in rows]}


def _without_nothing(record: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing: of 10,000 rows, keys are much of the file."""
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and name != "slices":
            value = _without_nothing(value)
        elif isinstance(value, list | tuple):
            value = [_without_nothing(each) if isinstance(each, dict) else each for each in value]
        if value is not None and value not in ("", [], {}):
            kept[name] = value
    return kept


def _lead(report: Report) -> str:
    parts = [f"{report.n_questions:,} questions, {report.n_unanswerable:,} of them unanswerable"]
    if report.failed:
        parts.append(f"{len(report.failed):,} failed and are in no figure")
    if report.created:
        parts.append(report.created)
    return "; ".join(parts) + "."


def _unusable(problems: Sequence[str]) -> str:
    """Return what of the data set could not be used, or nothing."""
    if not problems:
        return ""
    lines = "".join(f"<li>{escape(problem)}</li>" for problem in problems)
    return f"<details><summary>Problems in the questions ({len(problems):,})</summary><ul>{lines}</ul></details>"


def _headlines(metrics: Mapping[str, Metric]) -> Iterator[str]:
    for name in headlines(metrics):
        if metrics[name].value is not None:
            yield _headline(name, metrics[name])


def _headline(name: str, metric: Metric) -> str:
    interval = interval_words(name, metric)
    between = f"<span>95 %: {interval}</span>" if interval else ""
    return (
        f'<div class="headline"><h3>{escape(HEADLINES[name])}</h3>'
        f'<p class="value">{value_words(name, metric)}{between}</p>'
        f'<p>{escape(WORDS[name])} <span class="n">(n {metric.n:,})</span></p><code>{escape(name)}</code></div>'
    )


def _unmeasured(metrics: Mapping[str, Metric]) -> str:
    """Return the headlines that have no figure, and why."""
    missing = [name for name in headlines(metrics) if metrics[name].value is None]
    lines = "".join(
        f"<li>{escape(HEADLINES[name])} (<code>{escape(name)}</code>). {escape(unmeasured_words(name))}</li>"
        for name in missing
    )
    return f'<ul class="note" id="unmeasured">{lines}</ul>' if missing else ""


def _pictures(report: Report, rows: Sequence[ReportRow]) -> Iterator[str]:
    """Yield each picture that there is something to draw for."""
    if report.curves.get("risk_coverage"):
        words = (
            "How much is wrong when only the most confident questions are answered. "
            "Low is good; a flat line means that confidence tells nothing."
        )
        yield _figure("Risk and coverage", words, risk_coverage_svg(report.curves["risk_coverage"], _as_run(rows)))
    if report.curves.get("reliability"):
        words = (
            "Tenths of the questions by confidence. On the dashed line, confidence is the share that is right; "
            "below it, it promises too much."
        )
        yield _figure("Reliability", words, reliability_svg({"": report.curves["reliability"]}))
    confidences = {
        group: [row.confidence for row in rows if GROUP_OF.get(row.verdict) == group and row.confidence is not None]
        for group in GROUPS
    }
    if any(confidences.values()):
        counts = ", ".join(f"{len(values):,} {group}" for group, values in confidences.items())
        drawn = distribution_svg(distribution(confidences))
        yield _figure("Confidence", f"How sure the replies were: {counts}.", drawn)
    recalls = {name: _by_depth(report.metrics, prefix) for name, prefix in RECALLS.items()}
    found = {name: curve for name, curve in recalls.items() if curve}
    if found:
        yield _figure("Found by search", "; ".join(map(_recall_words, found, found.values())) + ".", recall_svg(found))


def _as_run(rows: Sequence[ReportRow]) -> tuple[float, float] | None:
    """Return the coverage and the risk that the run itself had, counted as the curve counts them."""
    judged = [row for row in rows if row.verdict in UNANSWERABLE or (row.gold and row.verdict != "failed")]
    if any(place.start is None for row in judged for place in row.gold):  # there the curve looks at articles alone
        return None
    answered = [row for row in judged if row.quotes]
    if not answered:
        return None
    wrong = sum(not row.quotes[0].holds for row in answered)
    return len(answered) / len(judged), wrong / len(answered)


def _recall_words(name: str, curve: Mapping[int, Metric]) -> str:
    return f"{name}: " + ", ".join(f"{metric.value:.3f} at {depth}" for depth, metric in curve.items())


def _by_depth(metrics: Mapping[str, Metric], prefix: str) -> dict[int, Metric]:
    named = {name.removeprefix(prefix): metric for name, metric in metrics.items() if name.startswith(prefix)}
    found = {int(depth): metric for depth, metric in named.items() if depth.isdigit() and metric.value is not None}
    return dict(sorted(found.items()))


def _figure(title: str, words: str, svg: str) -> str:
    return (
        f"<figure><h3>{escape(title)}</h3>"
        f'<div role="img" aria-label="{escape(title)}: {escape(words)}">{svg}</div>'
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )


def _speed(metrics: Mapping[str, Metric]) -> str:
    stages = sorted(
        {name.split(".", 1)[1].rsplit("_p", 1)[0] for name in metrics if name.endswith(("_p50_ms", "_p95_ms"))}
    )
    return "".join(
        f'<tr><th scope="row">{escape(stage)}</th>'
        + "".join(_value_cell(f"speed.{stage}_p{percent}_ms", metrics) for percent in (50, 95))
        + "</tr>"
        for stage in sorted(stages, key=lambda stage: (stage == "total", stage))
    )


def _value_cell(name: str, metrics: Mapping[str, Metric]) -> str:
    return f"<td>{value_words(name, metrics[name]) if name in metrics else ''}</td>"


def _figure_row(name: str, metric: Metric) -> str:
    head = f'<tr><th scope="row">{escape(name)}</th>'
    if metric.value is None:
        return f'{head}<td class="none" colspan="4">{escape(unmeasured_words(name))}</td></tr>'
    return (
        f"{head}<td>{value_words(name, metric)}</td><td>{interval_words(name, metric)}</td>"
        f"<td>{metric.n:,}</td><td>{escape(WORDS.get(name, ''))}</td></tr>"
    )


def _slice_table(by: str, parts: Mapping[str, Mapping[str, Metric]]) -> str:
    measured = (name for metrics in parts.values() for name, metric in metrics.items() if metric.value is not None)
    names = sorted(set(measured), key=list(HEADLINES).index)
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    lines = "".join(
        f'<tr><th scope="row"><a data-by="{escape(by)}" data-value="{escape(value)}" href="#questions">'
        f"{escape(value)}</a></th>" + "".join(_slice_cell(name, metrics.get(name)) for name in names) + "</tr>"
        for value, metrics in parts.items()
    )
    opened = " open" if by == "type of question" else ""
    return (
        f"<details{opened}><summary>By {escape(by)} ({len(parts)})</summary>"
        f'<div class="wide" tabindex="0" role="region" aria-label="Figures by {escape(by)}"><table><thead><tr>'
        f'<th scope="col">{escape(by)}</th>{heads}</tr></thead><tbody>{lines}</tbody></table></div></details>'
    )


def _slice_cell(name: str, metric: Metric | None) -> str:
    if metric is None or metric.value is None:
        return '<td class="none">none</td>'
    return f"<td>{value_words(name, metric)} <small>{interval_words(name, metric)}; n {metric.n:,}</small></td>"


def _setup(report: Report) -> dict[str, str]:
    models = {f"model: {role}": name or "none" for role, name in sorted(report.models.items())}
    made = {"library (fingerprint)": report.fingerprint or "none", "configuration": report.configuration or "none"}
    asked = {**report.hardware, "questions at a time": str(report.jobs)}
    return made | models | dict(sorted(report.versions.items())) | asked
