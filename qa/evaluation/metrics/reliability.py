"""What confidence is worth, as a table and as a picture: of the answers given it, how many were right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

BINS = 10
SIDE, MARGIN = 320, 48  # of the picture, in its own units
COLOURS = ("#b4552d", "#2d6a8a", "#5c7a29", "#7a4b8a")

Bin = Mapping[str, float]


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Return ten bins of equal mass, least confident first: mean confidence, share right, how many."""
    order = np.argsort(confidence, kind="stable")
    return [
        {
            "confidence": round(float(confidence[part].mean()), 4),
            "right": round(float(right[part].mean()), 4),
            "questions": len(part),
        }
        for part in np.array_split(order, BINS)
        if len(part)
    ]


def reliability_svg(curves: Mapping[str, Sequence[Bin]]) -> str:
    """Return the bins of some data sets as an SVG: on the diagonal, confidence is the share that is right."""
    frame = SIDE + 2 * MARGIN

    def place(bin_: Bin) -> tuple[float, float]:
        return MARGIN + SIDE * bin_["confidence"], MARGIN + SIDE * (1 - bin_["right"])

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame} {frame}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{frame}" height="{frame}" fill="#fff"/>',
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>',
        f'<path d="M{MARGIN} {MARGIN + SIDE}L{MARGIN + SIDE} {MARGIN}" stroke="#999" stroke-dasharray="4 4"/>',
    ]
    for tenth in range(0, 11, 2):
        at = SIDE * tenth / 10
        parts.append(f'<text x="{MARGIN + at}" y="{MARGIN + SIDE + 16}" text-anchor="middle">{tenth / 10}</text>')
        parts.append(f'<text x="{MARGIN - 6}" y="{MARGIN + SIDE - at + 4}" text-anchor="end">{tenth / 10}</text>')
    parts.append(f'<text x="{frame / 2}" y="{frame - 8}" text-anchor="middle">confidence</text>')
    parts.append(
        f'<text x="12" y="{frame / 2}" text-anchor="middle" transform="rotate(-90 12 {frame / 2})">share right</text>'
    )
    for number, (name, bins) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [place(each) for each in bins]
        parts.append(f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}" fill="none" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
        parts.append(f'<text x="{MARGIN + 10}" y="{MARGIN + 18 + 16 * number}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])
