"""The commands under ``footnote eval``; without the name of one it scores a dataset, which is most often meant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from index.errors import DatasetError
from ui.draft_cli import candidates, draft, review

if TYPE_CHECKING:  # each command imports what it needs: asking should start at once
    from qa.evaluation.comparing import Comparison, Run
    from qa.evaluation.report import Report

DEFAULT = "run"
SHOWN_CHANGES = 20

FailIfWorseOption = Annotated[
    list[str] | None,
    typer.Option("--fail-if-worse", metavar="METRIC", help="Worse than the baseline is exit code 1; may be repeated."),
]


class RunByDefault(TyperGroup):
    """``footnote eval DATASET`` is ``footnote eval run DATASET``; a folder called compare is ./compare."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before arguments that name none."""
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", metavar="N", min=1, max=64, help="How many questions to ask at a time; pays with a language model."
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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Compare runs of the same questions: what is better, what is worse, and which questions."""
    from qa.evaluation.comparing import compare, failed_gates, read_run

    earlier, gates = read_run(baseline), fail_if_worse or []
    comparisons = [compare(read_run(run), earlier, gates) for run in runs]
    if as_json:
        typer.echo(json.dumps([comparison_to_json(each) for each in comparisons], ensure_ascii=False, indent=2))
    else:
        typer.echo("\n\n".join(render_comparison(each) for each in comparisons))
    fail(f"{each.name}: {line}" for each in comparisons for line in failed_gates(each, gates))


class Baseline:
    """The run that a new one is compared with, read before the new one may take its place; or none."""

    def __init__(self, path: Path | None, out: Path | None, gates: Sequence[str]) -> None:
        """Read the baseline; ``out`` is where the new run goes, a temporary folder if it is to be compared.

        Raises:
            DatasetError: it cannot be read, or there are gates and no baseline.
        """
        from qa.evaluation.comparing import read_run
        from qa.evaluation.journal import ANSWERS
        from qa.evaluation.report import read_report

        if path is None and gates:
            raise DatasetError(f"--fail-if-worse {gates[0]!r} needs a --baseline to be worse than")
        self.out = out
        self._gates = gates
        self._report = None if path is None else read_report(path / "report.json" if path.is_dir() else path)
        self._run: Run | None = None
        self._temporary = ExitStack()
        if path is not None and ((path if path.is_dir() else path.parent) / ANSWERS).is_file():
            self._run = read_run(path)
            self.out = out or Path(self._temporary.enter_context(TemporaryDirectory(prefix="footnote-eval-")))

    def __enter__(self) -> Baseline:
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.close()

    def regressions(self, report: Report) -> list[str]:
        """Print how the new run compares, and return what is worse: of the gates, or of all where there are none."""
        from qa.evaluation.comparing import compare, failed_gates, read_run
        from qa.evaluation.report import compare_with_baseline, regressions

        if self._report is None:
            return []
        if self._run is None or self.out is None:  # a report alone: only the values can be laid side by side
            typer.echo("\n".join(compare_with_baseline(report, self._report)))
            unknown = [name for name in self._gates if name not in report.metrics]
            if unknown:
                raise DatasetError(f"no metric {unknown[0]!r}; the metrics are {', '.join(sorted(report.metrics))}")
            worse = regressions(report, self._report)
            return [f"{name} is worse than the baseline's" for name in worse if not self._gates or name in self._gates]
        comparison = compare(replace(read_run(self.out), name="this run"), self._run, self._gates)
        typer.echo(render_comparison(comparison))
        return failed_gates(comparison, self._gates or [d.metric for d in comparison.differences])


def render_comparison(comparison: Comparison) -> str:
    """Return a comparison as plain text for a terminal."""
    lines = [f"{comparison.name} beside {comparison.baseline}: {comparison.questions:,} questions of both"]
    lines += [f"  left out: {count:,} {reason}" for reason, count in comparison.left_out.items()]
    width = max((len(difference.metric) for difference in comparison.differences), default=0)
    for found in comparison.differences:
        lines.append(f"  {found.metric:<{width}}  {found.before:.4f} -> {found.now:.4f}  {found.words}")
    changes = comparison.changes
    for title, kept in (
        ("lost", [c for c in changes if c.now < c.before]),
        ("won", [c for c in changes if c.now > c.before]),
    ):
        if kept:
            lines.append(f"{title}: {len(kept):,}")
        for change in kept[:SHOWN_CHANGES]:
            score = f"{change.metric} {change.before:.2f} -> {change.now:.2f}"
            lines.append(f"  {_plain(change.question_id)}  {score}  {_plain(change.question)}")
        if len(kept) > SHOWN_CHANGES:
            lines.append(f"  and {len(kept) - SHOWN_CHANGES:,} more; footnote eval compare --json lists all")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return a stranger's text on one line, with nothing in it that a terminal would obey."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values, the findings in words too."""
    differences = [{**asdict(d), "verdict": d.verdict, "words": d.words} for d in comparison.differences]
    return {**asdict(comparison), "differences": differences}


def fail(failures: Iterable[str]) -> None:
    """Tell each failure on stderr, a line each; any is exit code 1."""
    failures = list(failures)
    for failure in failures:
        typer.echo(f"footnote: {failure}", err=True)
    if failures:
        raise typer.Exit(1)
