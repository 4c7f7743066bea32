"""``footnote eval calibrate``: choose this library's threshold on the user's own pairs, and show what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from qa.errors import DatasetError
from ui.app.terminal import say, say_json
from ui.cli.options import JsonOption, LibraryOption, TrustOption

if TYPE_CHECKING:  # imported when it is used: asking should start at once
    from qa.evaluation.calibrate.threshold import Choice, CrossCheck, JudgedReply, Level, Share
    from qa.evaluation.compare.paired_bootstrap import Run
    from qa.evaluation.outcome import Outcome
    from ui.app.threshold import ThresholdState

ALTERNATIVES = (0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class ThresholdChoice:
    """What calibrating found: how many pairs of which kind, what the threshold gives now, and what others would.

    ``articles`` are those that pairs are known to be about. ``written`` is the
    file that holds the chosen threshold now; ``refusal`` is why none does.
    """

    pairs: int
    unanswerable: int
    articles: int
    not_judged: int
    failed: int
    now: Level
    choice: Choice
    check: CrossCheck
    alternatives: tuple[Choice, ...]
    refusal: str | None = None
    written: str | None = None


def calibrate(
    dataset: Annotated[
        Path, typer.Argument(help="Pairs as for footnote eval, or the --out folder of a run that is done.")
    ],
    target_precision: Annotated[
        float, typer.Option("--target-precision", metavar="SHARE", help="The share of answers given that is right.")
    ] = 0.95,
    library: LibraryOption = None,
    corpus: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The articles that the pairs are about, put into --library.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FIELD=COLUMN", help="Which column holds what; may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the answers are kept, as a run.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be chosen; write nothing.")] = False,
    as_json: JsonOption = False,
    trust: TrustOption = False,
) -> None:
    """Choose from which confidence on this library answers, so that the answers given are right as often as wanted.

    Exit code 1, and nothing written, where the pairs are too few or the target is out of reach.
    """
    from ui.app.threshold import standing
    from ui.app.trust import settle_trust
    from ui.app.wiring import indexer_of, library_folder, library_settings
    from ui.cli.options import fail

    if not 0 < target_precision < 1:
        raise DatasetError(f"--target-precision {target_precision!r} is no share of answers; give one such as 0.95")
    folder = library_folder(library)
    settle_trust(folder, trust=trust)
    if _is_done(dataset):
        if corpus is not None or columns or out is not None:
            raise DatasetError(
                f"{dataset} is a run that is done: nothing is asked; leave out --corpus, --column, --out"
            )
        _check_library(folder)
        run = _done_run(dataset, folder)
    else:
        run = _asked_run(dataset, library, corpus, columns or [], out)
    now = standing(indexer_of(library_settings(folder)))
    finding = find(run, now, target_precision)
    if finding.refusal is None and not dry_run:
        finding = _keep(finding, folder, now)
    if as_json:
        say_json(asdict(finding))
    else:
        say(render(finding))
    fail([] if finding.refusal is None else [f"{finding.refusal}; nothing was written"])


def _is_done(dataset: Path) -> bool:
    from qa.evaluation.journal import ANSWERS

    return (dataset / ANSWERS).is_file()


def _check_library(folder: Path) -> None:
    """See that there is a library of the user's own.

    Raises:
        DatasetError: there is none.
    """
    from ui.app.wiring import holds_articles

    if not holds_articles(folder):
        raise DatasetError(
            f"there is no library in {folder} that a threshold could be set for (the seed article's stays as it is);"
            " make one with footnote index, or name one with --library"
        )


def _done_run(dataset: Path, folder: Path) -> Run:
    """Return a run that is done, if it is of this library.

    Raises:
        DatasetError: it is of one that was made with other models.
    """
    from qa.evaluation.compare.paired_bootstrap import read_run
    from ui.app.wiring import open_product
    from ui.evaluate.configuration import configuration_of

    run, product = read_run(dataset), open_product(folder)
    with product.library:
        if run.report.fingerprint != product.fingerprint:
            raise DatasetError(
                f"{dataset} was asked of a library that was cut or embedded otherwise than {folder} is;"
                " give the pairs themselves"
            )
        if run.report.configuration != configuration_of(product):
            say(
                f"footnote: {dataset} was asked with other articles, settings or code than now;"
                " give the pairs themselves to ask them anew",
                err=True,
            )
    return run


def _asked_run(
    dataset: Path, library: Path | None, corpus: Path | None, columns: Sequence[str], out: Path | None
) -> Run:
    """Ask the pairs of the library; with ``out`` the answers are kept there, and what it holds is not asked again.

    Raises:
        DatasetError: the pairs cannot be used, or bring articles and no library is named for them.
    """
    from qa.evaluation.compare.paired_bootstrap import read_run
    from qa.evaluation.data import parse_columns, read_pairs
    from ui.app.wiring import own_library_folder
    from ui.cli.progress import progress
    from ui.evaluate.evaluate_file import describe_problems, evaluate_pairs

    if library is None:  # one that is named may be made of the articles that the pairs bring
        _check_library(own_library_folder())
        if read_pairs(dataset, mapped=parse_columns(columns), corpus=corpus).brings_articles:
            raise DatasetError(f"{dataset} brings articles of its own; name the library that holds them: --library DIR")
    with ExitStack() as stack:
        folder = out or Path(stack.enter_context(TemporaryDirectory(prefix="footnote-calibrate-")))
        with progress("asking") as shown:
            report = evaluate_pairs(dataset, library, folder, shown, corpus=corpus, columns=columns)
        for line in describe_problems(report):
            say(f"footnote: {line}", err=True)
        return read_run(folder)


def find(run: Run, now: ThresholdState, target: float) -> ThresholdChoice:
    """Return what a run says about thresholds.

    Raises:
        DatasetError: nothing in it tells right from wrong, or nothing can be answered.
    """
    from qa.evaluation.calibrate.threshold import choose, cross_check, judge, level_at

    judged, not_judged = judge(list(run.outcomes.values()))
    if not judged.answerable.any():
        raise DatasetError(
            f"{run.name}: none of its {len(run.outcomes):,} answers is to a question that can be answered and names an"
            " answer, a quote or an article; a precision needs some"
        )
    choice = choose(judged, target)
    return ThresholdChoice(
        pairs=len(judged),
        unanswerable=int((~judged.answerable).sum()),
        articles=len({each.question.cluster for each in run.outcomes.values() if _names_article(each)}),
        not_judged=not_judged,
        failed=len(run.report.failed),
        now=level_at(judged, now.threshold),
        choice=choice,
        check=cross_check(judged, target),
        alternatives=tuple(choose(judged, each) for each in ALTERNATIVES if each != target),
        refusal=_refusal(choice, judged),
    )


def _names_article(outcome: Outcome) -> bool:
    return bool(outcome.question.gold) or outcome.question.context_article is not None


def _refusal(choice: Choice, judged: JudgedReply) -> str | None:
    if choice.level is not None:
        return None
    if choice.pairs_needed is not None:
        return (
            f"too few pairs: there are {len(judged):,}, and it takes roughly {choice.pairs_needed:,} like these"
            f" to tell that {choice.target:g} of the answers are right"
        )
    return (
        f"no threshold that answers a fifth of these pairs has a precision of {choice.target:g};"
        f" the best has {choice.best:.3f}"
    )


def _keep(finding: ThresholdChoice, folder: Path, now: ThresholdState) -> ThresholdChoice:
    from qa.config import Calibrated
    from ui.app.threshold import keep_threshold

    level = finding.choice.level
    threshold = None if level is None else level.threshold
    today = date.today().isoformat()
    chosen = Calibrated(threshold, finding.choice.target, finding.pairs, today, **now.made_with)
    return replace(finding, written=str(keep_threshold(folder, chosen)))


def render(finding: ThresholdChoice) -> str:
    """Return what was found as plain text for a terminal."""
    about = f" about {_counted(finding.articles, 'article')}" if finding.articles else ""
    lines = [
        f"{_counted(finding.pairs, 'pair')}{about}, {finding.unanswerable:,} unanswerable{_left_out(finding)}",
        f"{'':<14}{'answers from':>12}  {'precision':<27}coverage",
        _line("now", finding.now),
        _line(f"for {finding.choice.target:g}", finding.choice.level, finding.choice),
        *(_line(f"for {each.target:g}", each.level, each) for each in finding.alternatives),
    ]
    lines += [*_cost(finding), _checked(finding.check)]
    if not finding.unanswerable:
        lines.append("no pair is unanswerable: this holds for questions that the articles answer, and for no others")
    if finding.articles == 1:
        lines.append("all pairs are about one article: this holds for that article, and may not for another")
    if finding.written is not None and finding.choice.level is not None:
        lines.append(f"wrote abstain_below = {finding.choice.level.threshold:g} to {finding.written}")
    return "\n".join(lines)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _left_out(finding: ThresholdChoice) -> str:
    left_out = ((finding.not_judged, "that nothing tells right from wrong for"), (finding.failed, "that failed"))
    return "".join(f"; besides {count:,} {words}" for count, words in left_out if count)


def _line(name: str, level: Level | None, choice: Choice | None = None) -> str:
    if level is not None:
        return f"  {name:<12}{level.threshold:>12.3f}  {_share(level.precision):<27}{_share(level.coverage)}"
    if choice is None or choice.pairs_needed is None:
        return f"  {name:<12}{'none':>12}  out of reach"
    return f"  {name:<12}{'none':>12}  too few pairs; roughly {choice.pairs_needed:,} would do"


def _share(found: Share) -> str:
    if found.value is None:
        return "nothing answered"
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _cost(finding: ThresholdChoice) -> Iterable[str]:
    """Say what the target costs, and how sure it is."""
    level = finding.choice.level
    if level is None:
        return
    before, after = finding.now.coverage.value or 0.0, level.coverage.value or 0.0
    points = f"{100 * abs(after - before):.1f} points"
    told = f"costs {points}" if after < before else f"gains {points}"
    yield (
        f"a precision of {finding.choice.target:g} {told if after != before else 'costs nothing'} of coverage (the"
        " share of answerable questions that get an answer);"
    )
    yield "other questions like these will have it, but for a chance of 5 %"


def _checked(check: CrossCheck) -> str:
    """Say what came of choosing on some articles and answering others."""
    if not check.chose:
        return "chosen on four fifths of the pairs and tried on the rest: no threshold was found"
    found = "" if check.chose == check.folds else f"; {check.chose} of {check.folds} times one was found"
    return (
        f"chosen on four fifths of the pairs and tried on the rest: precision {_share(check.precision)},"
        f" coverage {_share(check.coverage)}{found}"
    )
