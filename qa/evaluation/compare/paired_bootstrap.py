"""Is one run better than another of the same questions, and by how much?

Both runs are drawn again with the same articles in each draw, so what is
looked at is the difference within a draw: a paired bootstrap, which sees far
smaller differences than two intervals laid side by side. Its p-value is
doubled for the two sides, and never less than the smallest that a sign test
on so many articles could give: a handful of articles tells nothing. Where
several metrics are looked at, Holm's correction keeps the chance of a single
false finding among all of them under 5 %.

Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapters
13 and 15; Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.errors import ArticleNotFoundError
from qa.errors import DatasetError
from qa.evaluation.comparison import Change, Comparison, Difference
from qa.evaluation.data.datasets import Question
from qa.evaluation.data.question_json import question_from_json
from qa.evaluation.journal import read_answers
from qa.evaluation.metrics import measure
from qa.evaluation.metrics.interval import Draws, Metric, keeping_draws
from qa.evaluation.metrics.per_question import changed_scores
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import LOWER_IS_BETTER, Report, read_report
from qa.reply_json import reply_from_json

DRAWS = 4000  # the least p-value, 2 / 4001, stands Holm's correction for a hundred metrics
REPORT = "report.json"
NOT_COMPARED = ("speed.", "citation.exact_quote")  # no interval; and, needs the articles, which no run keeps


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run as its folder keeps it: the report, and what came of each question that did not fail.

    ``questions`` are all that were asked, in order.
    """

    name: str
    report: Report
    outcomes: Mapping[str, Outcome]
    questions: Sequence[Question] = ()


def read_run(path: Path) -> Run:
    """Return a run from its folder, or from the report.json in it.

    Raises:
        DatasetError: it has no report or no answers, or they cannot be used.
    """
    folder = path if path.is_dir() else path.parent
    report = read_report(folder / REPORT if path.is_dir() else path)
    outcomes, questions = {}, []
    for record in read_answers(folder):
        if "asked" not in record:
            raise DatasetError(f"{folder}: its answers do not say what was asked; run the evaluation again")
        question = question_from_json(record["asked"])
        questions.append(question)
        if "reply" in record:
            outcomes[question.id] = Outcome(question, reply_from_json(record["reply"]), record.get("seconds", 0.0))
    return Run(str(path), report, outcomes, tuple(questions))


def compare(run: Run, baseline: Run, gates: Sequence[str] = ()) -> Comparison:
    """Return how a run differs from a baseline.

    ``gates`` are metrics that were named beforehand: they are corrected for
    each other, and not for all that is only looked at.

    Raises:
        DatasetError: the runs have no question in common, or no metric is called as a gate is.
    """
    shared = asked_alike(run, baseline)
    if not shared:
        raise DatasetError(f"{run.name} and {baseline.name} have no question in common; compare runs of one dataset")
    now, now_draws = _measured([run.outcomes[name] for name in shared])
    before, before_draws = _measured([baseline.outcomes[name] for name in shared])
    found = [
        difference
        for name in sorted(now)
        if name in before and (difference := _difference(name, now, before, now_draws, before_draws)) is not None
    ]
    unknown = [name for name in gates if name not in now]
    if unknown:
        raise DatasetError(f"no metric {unknown[0]!r} to compare; there are {', '.join(sorted(now))}")
    return Comparison(
        name=run.name,
        baseline=baseline.name,
        questions=len(shared),
        left_out=_left_out(run, baseline, set(shared)),
        newly_failed=len(set(run.report.failed) - set(baseline.report.failed)),
        differences=_corrected(found, set(gates)),
        changes=_changes(run, baseline, shared),
    )


def failed_gates(comparison: Comparison, gates: Sequence[str]) -> list[str]:
    """Return one line for each metric of ``gates`` that is worse; questions that newly fail meet no gate."""
    found = {difference.metric: difference for difference in comparison.differences}
    lines = []
    if gates and comparison.newly_failed:
        lines.append(f"{comparison.newly_failed:,} questions failed that did not in {comparison.baseline}")
    for name in gates:
        if name not in found:
            lines.append(f"{name} was not measured: no question of both runs is for it")
        elif found[name].verdict == "worse":
            lines.append(f"{name} is {found[name].words}, beside {comparison.baseline}")
    return lines


def asked_alike(run: Run, baseline: Run) -> list[str]:
    """Return the ids of the questions that both runs asked and got a reply to, and that mean the same in both."""
    theirs = baseline.outcomes
    return [
        name for name, outcome in run.outcomes.items() if name in theirs and outcome.question == theirs[name].question
    ]


def _measured(outcomes: Sequence[Outcome]) -> tuple[dict[str, Metric], Draws]:
    with keeping_draws(DRAWS) as draws:
        metrics = measure(outcomes, _no_article)
    return {name: metric for name, metric in metrics.items() if not name.startswith(NOT_COMPARED)}, draws


def _no_article(article_id: str) -> str:
    raise ArticleNotFoundError(f"no article {article_id!r}: a run keeps none")


def _difference(
    name: str, now: Mapping[str, Metric], before: Mapping[str, Metric], now_draws: Draws, before_draws: Draws
) -> Difference | None:
    """Return how a metric changed, before correction; None where it was not measured, or not on the same questions."""
    drawn, drawn_before = now_draws.of(now[name]), before_draws.of(before[name])
    value, value_before = now[name].value, before[name].value
    if drawn is None or drawn_before is None or drawn[1] != drawn_before[1] or value is None or value_before is None:
        return None
    sign = -1 if name in LOWER_IS_BETTER else 1
    gains = sign * (drawn[0] - drawn_before[0])
    gains = gains[np.isfinite(gains)]
    low, high = np.percentile(gains, [2.5, 97.5])
    beyond = min(int((gains <= 0).sum()), int((gains >= 0).sum()))
    p = max(2 * (beyond + 1) / (len(gains) + 1), 2.0 ** (1 - drawn[1]))
    gain = sign * (value - value_before)
    return Difference(name, value_before, value, gain, float(low), float(high), min(p, 1.0), now[name].n)


def _corrected(differences: Sequence[Difference], gates: set[str]) -> tuple[Difference, ...]:
    """Apply Holm's correction to the gates among themselves, and to the others among themselves."""
    corrected = {}
    for family in ([d for d in differences if d.metric in gates], [d for d in differences if d.metric not in gates]):
        least = 0.0
        for tested, difference in enumerate(sorted(family, key=lambda each: (each.p, each.metric))):
            least = max(least, min(1.0, (len(family) - tested) * difference.p))
            corrected[difference.metric] = replace(difference, p=least)
    return tuple(corrected[difference.metric] for difference in differences)


def _left_out(run: Run, baseline: Run, shared: set[str]) -> dict[str, int]:
    ours, theirs = ({*each.outcomes, *each.report.failed} for each in (run, baseline))
    failed = {*run.report.failed, *baseline.report.failed}
    counts = {
        f"only in {run.name}": len(ours - theirs),
        f"only in {baseline.name}": len(theirs - ours),
        "failed in one of them": len(ours & theirs & failed),
        "asked or to be answered otherwise": len((ours & theirs) - failed - shared),
    }
    return {reason: count for reason, count in counts.items() if count}


def _changes(run: Run, baseline: Run, shared: Sequence[str]) -> tuple[Change, ...]:
    changes = [
        Change(metric, name, run.outcomes[name].question.question, before, now)
        for name in shared
        for metric, (before, now) in changed_scores(baseline.outcomes[name], run.outcomes[name]).items()
    ]
    return tuple(sorted(changes, key=lambda c: (c.now > c.before, c.metric, -abs(c.now - c.before), c.question_id)))
