"""A comparison as a section of the report's page: what is worse, what is better, and what cannot be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from qa.evaluation.comparison import WORST_FIRST, Comparison, Difference
from qa.evaluation.metrics.descriptions import WORDS, number_words

_COLUMNS = ("Metric", "Before", "Now", "Difference", "n", "What it says")
_TITLES = {"worse": "Worse", "better": "Better", "unclear": "No difference can be told", "same": "The same"}


def comparison_html(comparison: Comparison) -> str:
    """Return the section."""
    return (
        '<section class="comparison" aria-labelledby="comparison"><h2 id="comparison">Beside an earlier run</h2>'
        f"<p>{escape(_lead(comparison))}</p>{_left_out(comparison)}"
        + "".join(_group(title, _of(comparison, verdict), verdict) for verdict, title in _TITLES.items())
        + f"{_changes(comparison)}</section>"
    )


def _lead(comparison: Comparison) -> str:
    counts = [f"{len(_of(comparison, verdict)):,} {_TITLES[verdict].lower()}" for verdict in WORST_FIRST]
    return (
        f"{comparison.name} beside {comparison.baseline}, on the {comparison.questions:,} questions of both. "
        f"Of {len(comparison.differences):,} metrics: {', '.join(counts)}. A point is a hundredth."
    )


def _left_out(comparison: Comparison) -> str:
    lines = [f"Left out: {count:,} {reason}." for reason, count in comparison.left_out.items()]
    if comparison.newly_failed:
        lines.append(f"{comparison.newly_failed:,} questions failed that did not before.")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="note">{items}</ul>' if lines else ""


def _of(comparison: Comparison, verdict: str) -> list[Difference]:
    return [difference for difference in comparison.differences if difference.verdict == verdict]


def _group(title: str, differences: Sequence[Difference], verdict: str) -> str:
    if not differences:
        return ""
    heads = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    opened = " open" if verdict in ("worse", "better") else ""
    return (
        f'<details{opened} data-verdict="{verdict}"><summary>{title} ({len(differences)})</summary>'
        f'<div class="wide" tabindex="0" role="region" aria-label="{title}"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(map(_line, differences))}</tbody></table></div></details>"
    )


def _line(found: Difference) -> str:
    cells: Iterable[str] = (
        number_words(found.metric, found.before),
        number_words(found.metric, found.now),
        escape(found.words),
        f"{found.n:,}",
        escape(WORDS.get(found.metric, "")),
    )
    return f'<tr><th scope="row">{escape(found.metric)}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _changes(comparison: Comparison) -> str:
    """Return how many questions each score lost and won, each a link to them in the list below."""
    lost, won = (
        {metric: sum(each.metric == metric and (each.now < each.before) is worse for each in comparison.changes)
         for metric in sorted({each.metric for each in comparison.changes})}
        for worse in (True, False)
    )  # fmt: skip
    if not comparison.changes:
        return "<p>No question is scored otherwise than before.</p>"
    lines = "".join(
        f'<tr><th scope="row">{escape(metric)}</th>{_linked(metric, "lost", lost)}{_linked(metric, "won", won)}'
        f"<td>{escape(WORDS.get(metric, ''))}</td></tr>"
        for metric in lost
    )
    return (
        '<details open><summary>Questions lost and won</summary><div class="wide" tabindex="0" role="region" '
        'aria-label="Questions lost and won"><table><thead><tr><th scope="col">Score of a question</th>'
        '<th scope="col">Lost</th><th scope="col">Won</th><th scope="col">What it says</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div></details>"
    )


def _linked(metric: str, change: str, counts: dict[str, int]) -> str:
    if not counts[metric]:
        return "<td>0</td>"
    target = escape(f"{change}:{metric}")
    label = escape(f"{counts[metric]:,} {change}, {metric}")
    return f'<td><a data-change="{target}" aria-label="{label}" href="#questions">{counts[metric]:,}</a></td>'
