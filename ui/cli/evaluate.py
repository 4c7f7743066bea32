"""The commands under ``footnote eval``; without the name of one it scores a dataset, which is most often meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from qa.errors import DatasetError
from ui.app.terminal import say, say_json
from ui.cli.calibrate import calibrate
from ui.cli.drafts import candidates, draft, review
from ui.cli.export import export_run
from ui.cli.options import fail

if TYPE_CHECKING:  # each command imports what it needs: asking should start at once
    from qa.evaluation.compare.baseline import Against
    from qa.evaluation.comparison import Change, Comparison
    from qa.evaluation.report import Report

DEFAULT = "run"
SHOWN_CHANGES = 5  # of each score

FailIfWorseOption = Annotated[
    list[str] | None,
    typer.Option("--fail-if-worse", metavar="METRIC", help="Worse than the baseline is exit code 1; may be repeated."),
]


class RunByDefault(TyperGroup):
    """``footnote eval DATASET`` is ``footnote eval run DATASET``; a folder called compare is ./compare."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before arguments that name none."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", metavar="N", min=1, max=64, help="How many questions to ask at a time; many pay with a hosted model."
    ),
]
JudgeOption = Annotated[
    bool,
    typer.Option(
        "--judge", help="Also let a language model judge the replies: that of judge, or llm, in footnote.toml."
    ),
]
RestartOption = Annotated[
    bool, typer.Option("--restart", help="Ask all questions anew, also those that --out has answers to.")
]

evaluation = typer.Typer(
    cls=RunByDefault,
    help="Score the product on questions with known answers: footnote eval DATASET. See footnote eval run --help.",
)

for _command in (draft, review, candidates):
    evaluation.command()(_command)


@evaluation.command(name="compare")
def compare_runs(
    baseline: Annotated[Path, typer.Argument(metavar="BASELINE", help="The run that the others are compared with.")],
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders that --out named, or a report.json.")],
    fail_if_worse: FailIfWorseOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page, FILE.html, that shows both replies side by side.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Compare runs of the same questions: what is better, what is worse, and which questions."""
    from index.storage.atomic_files import whole_file
    from qa.evaluation.compare.paired_bootstrap import compare, failed_gates, read_run
    from qa.evaluation.comparison import comparison_to_json
    from qa.evaluation.reports.files import comparison_page

    if out is not None and (len(runs) > 1 or out.suffix.lower() not in (".html", ".htm")):
        raise DatasetError(f"--out {str(out)!r} is a page of one run beside its baseline; name one RUN, and FILE.html")
    earlier, gates = read_run(baseline), fail_if_worse or []
    compared = [read_run(run) for run in runs]
    comparisons = [compare(run, earlier, gates) for run in compared]
    if out is not None:
        with whole_file(out) as file:
            file.write(comparison_page(compared[0], earlier, comparisons[0]))
    if as_json:
        say_json([comparison_to_json(each) for each in comparisons])
    else:
        say("\n\n".join(render_comparison(each) for each in comparisons))
    fail(f"{each.name}: {line}" for each in comparisons for line in failed_gates(each, gates))


evaluation.command(name="calibrate")(calibrate)


class Baseline:
    """The run that a new one is compared with, read before the new one may take its place; or none."""

    def __init__(self, path: Path | None, gates: Sequence[str]) -> None:
        """Read the baseline.

        Raises:
            DatasetError: it cannot be read, or there are gates and no baseline.
        """
        from qa.evaluation.compare.baseline import Against
        from qa.evaluation.compare.paired_bootstrap import read_run
        from qa.evaluation.journal import ANSWERS
        from qa.evaluation.report import read_report

        if path is None and gates:
            raise DatasetError(f"--fail-if-worse {gates[0]!r} needs a --baseline to be worse than")
        self._gates = gates
        self._report = None if path is None else read_report(path / "report.json" if path.is_dir() else path)
        self.against: Against | None = None
        if path is not None and ((path if path.is_dir() else path.parent) / ANSWERS).is_file():
            self.against = Against(read_run(path), gates)

    def regressions(self, report: Report) -> list[str]:
        """Print how the new run compares, and return what is worse: of the gates, or of all where there are none."""
        from qa.evaluation.report import compare_with_baseline, regressions

        if self._report is None:
            return []
        if self.against is not None:
            if report.comparison is not None:
                say(render_comparison(report.comparison))
            return self.against.failures(report)
        # a report alone: only the values can be laid side by side
        say("\n".join(compare_with_baseline(report, self._report)))
        unknown = [name for name in self._gates if name not in report.metrics]
        if unknown:
            raise DatasetError(f"no metric {unknown[0]!r}; the metrics are {', '.join(sorted(report.metrics))}")
        return [f"{name} is worse than the baseline's" for name in regressions(report, self._report, self._gates)]


def render_comparison(comparison: Comparison) -> str:
    """Return a comparison as plain text for a terminal."""
    lines = [f"{comparison.name} beside {comparison.baseline}: {comparison.questions:,} questions of both"]
    lines += [f"  left out: {count:,} {reason}" for reason, count in comparison.left_out.items()]
    width = max((len(difference.metric) for difference in comparison.differences), default=0)
    for found in comparison.differences:
        lines.append(f"  {found.metric:<{width}}  {found.before:.4f} -> {found.now:.4f}  {found.words}")
    for title, changes in (
        ("lost", [c for c in comparison.changes if c.now < c.before]),
        ("won", [c for c in comparison.changes if c.now > c.before]),
    ):
        if changes:
            lines.append(f"{title}: {len({change.question_id for change in changes}):,} questions")
        for metric, of_metric in groupby(changes, key=lambda change: change.metric):
            lines += _changed(metric, list(of_metric))
    return "\n".join(lines)


def _changed(metric: str, changes: Sequence[Change]) -> Iterator[str]:
    """Yield the largest changes of one score."""
    yield f"  {metric}: {len(changes):,}"
    for change in changes[:SHOWN_CHANGES]:
        yield f"    {_plain(change.question_id)}  {change.before:.2f} -> {change.now:.2f}  {_plain(change.question)}"
    if len(changes) > SHOWN_CHANGES:
        more = len(changes) - SHOWN_CHANGES
        yield f"    and {more:,} more; footnote eval compare --json lists all, --out FILE.html shows both replies"


def _plain(text: str) -> str:
    """Return a stranger's text on one line, with nothing in it that a terminal would obey."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


evaluation.command(name="export")(export_run)
