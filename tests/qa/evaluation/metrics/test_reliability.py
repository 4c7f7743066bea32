"""The reliability diagram: its bins by hand, its points where they belong."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from qa.evaluation.metrics.reliability import MARGIN, SIDE, reliability, reliability_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_bins_hold_as_many_each_and_say_how_many_were_right() -> None:
    confidence = np.arange(20) / 20
    bins = reliability(confidence, confidence > 0.5)
    assert len(bins) == 10
    assert bins[0] == {"confidence": 0.025, "right": 0.0, "questions": 2}
    assert bins[5] == {"confidence": 0.525, "right": 0.5, "questions": 2}
    assert bins[9] == {"confidence": 0.925, "right": 1.0, "questions": 2}


def test_fewer_questions_than_bins_leave_bins_out() -> None:
    assert len(reliability(np.array([0.2, 0.9]), np.array([False, True]))) == 2


def test_a_point_stands_at_its_confidence_and_its_share() -> None:
    drawn = reliability_svg({"set": [{"confidence": 0.5, "right": 0.25, "questions": 8}]})
    picture = ElementTree.fromstring(drawn)  # noqa: S314  # our own
    (point,) = picture.iter(f"{SVG}circle")
    assert (float(point.attrib["cx"]), float(point.attrib["cy"])) == (MARGIN + SIDE / 2, MARGIN + SIDE * 0.75)
    assert [text.text for text in picture.iter(f"{SVG}text")][-1] == "set"
