"""The pictures of a report beside the reliability diagram, as SVG: no script, no library, readable in print.

What a picture shows is also said in words or numbers beside it; a picture
holds no text that was not written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.evaluation.metrics.interval import Metric
from qa.evaluation.metrics.reliability import COLOURS, MARGIN, SIDE

FRAME = SIDE + 2 * MARGIN
BINS = 10
GROUPS = {"right": "#2d6a8a", "wrong": "#b4552d", "abstained": "#9a9384"}
Point = tuple[float, float]


def risk_coverage_svg(curve: Sequence[Mapping[str, float]], now: Point | None = None) -> str:
    """Return share wrong against share answered; ``now`` is (coverage, risk) as the product was run."""
    points = [(point["coverage"], point["risk"]) for point in curve]
    parts = [*_axes("share answered", "share wrong"), _line(points, COLOURS[1])]
    if now is not None:
        x, y = _at(now)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="none" stroke="{COLOURS[0]}" stroke-width="3"/>')
        anchor, left = ("end", x - 12) if now[0] > 0.5 else ("start", x + 12)
        parts.append(f'<text x="{left:.1f}" y="{y - 8:.1f}" text-anchor="{anchor}">as it was run</text>')
    return _svg(parts)


def recall_svg(curves: Mapping[str, Mapping[int, Metric]]) -> str:
    """Return recall at each depth, with its interval, a line a kind."""
    depths = sorted({depth for curve in curves.values() for depth in curve})
    parts = _axes("passages or articles looked at", "share found", marks=[str(depth) for depth in depths])
    for number, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        shift = (number - (len(curves) - 1) / 2) * 0.02
        points = []
        for position, depth in enumerate(depths):
            metric = curve.get(depth)
            if metric is None or metric.value is None:
                continue
            x = _slot(position, len(depths)) + shift
            points.append((x, metric.value))
            if metric.low is not None and metric.high is not None:
                parts.append(_line([(x, metric.low), (x, metric.high)], colour))
        parts.append(_line(points, colour))
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in map(_at, points)]
        parts += _key(name, colour, number)
    return _svg(parts)


def distribution(confidences: Mapping[str, Sequence[float]]) -> dict[str, list[int]]:
    """Return how many questions of each group have a confidence in each tenth; 1 belongs to the last."""
    return {
        name: [sum(min(int(value * BINS), BINS - 1) == tenth for value in values) for tenth in range(BINS)]
        for name, values in confidences.items()
    }


def distribution_svg(counts: Mapping[str, Sequence[int]]) -> str:
    """Return the counts of `distribution` as stacked bars, the groups in `GROUPS` from the bottom up."""
    highest = max((sum(column) for column in zip(*counts.values(), strict=True)), default=0) or 1
    parts = _axes("confidence", f"questions (top: {highest:,})", numbers=False)
    for tenth in range(BINS):
        floor = 0.0
        for name, colour in GROUPS.items():
            share = counts.get(name, [0] * BINS)[tenth] / highest
            x, y = _at((tenth / BINS + 0.01, floor + share))
            if share:
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{SIDE * 0.08:.1f}" height="{SIDE * share:.1f}" '
                    f'fill="{colour}"/>'
                )
            floor += share
    for number, (name, colour) in enumerate(GROUPS.items()):
        parts += _key(name, colour, number)
    return _svg(parts)


def _svg(parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {FRAME} {FRAME}" font-family="sans-serif"'
    return "\n".join([f'{head} font-size="12">', *parts, "</svg>\n"])


def _axes(below: str, beside: str, marks: Sequence[str] | None = None, numbers: bool = True) -> list[str]:
    """Return frame, ticks and titles of a picture whose axes both go from 0 to 1, unless ``marks`` name the columns."""
    parts = [
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>',
        f'<text x="{FRAME / 2}" y="{FRAME - 8}" text-anchor="middle">{below}</text>',
        f'<text x="12" y="{FRAME / 2}" text-anchor="middle" transform="rotate(-90 12 {FRAME / 2})">{beside}</text>',
    ]
    for tenth in range(0, 11, 2):
        x, y = _at((tenth / 10, tenth / 10))
        if marks is None:
            parts.append(f'<text x="{x}" y="{MARGIN + SIDE + 16}" text-anchor="middle">{tenth / 10}</text>')
        if numbers:
            parts.append(f'<text x="{MARGIN - 6}" y="{y + 4}" text-anchor="end">{tenth / 10}</text>')
    for position, mark in enumerate(marks or ()):
        x, _ = _at((_slot(position, len(marks or ())), 0))
        parts.append(f'<text x="{x:.1f}" y="{MARGIN + SIDE + 16}" text-anchor="middle">{mark}</text>')
    return parts


def _slot(position: int, count: int) -> float:
    return (position + 0.5) / count


def _at(point: Point) -> Point:
    return MARGIN + SIDE * point[0], MARGIN + SIDE * (1 - point[1])


def _line(points: Sequence[Point], colour: str) -> str:
    if len(points) < 2:
        return ""
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in map(_at, points))
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _key(name: str, colour: str, number: int) -> list[str]:
    """Return a line of the legend, above the frame where no line can cross it."""
    x = MARGIN + number * SIDE / 3
    return [
        f'<rect x="{x:.1f}" y="22" width="12" height="12" fill="{colour}"/>',
        f'<text x="{x + 17:.1f}" y="32">{name}</text>',
    ]
