"""How fast it answered on the machine it ran on: recorded for people, and never a reason to fail.

Other work on the machine moves these more than another sample of questions
would, so they come without an interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa.evaluation.metrics.interval import UNMEASURED, Metric
from qa.evaluation.outcome import Outcome


def measure_speed(outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    """Return questions per second, as many at a time as the run asked, and each stage's median and 95th percentile."""
    seconds = sum(outcome.seconds for outcome in outcomes)
    rate = Metric(len(outcomes) / seconds, None, None, len(outcomes)) if seconds else UNMEASURED
    metrics = {"speed.questions_per_second": rate}
    stages = sorted({stage for outcome in outcomes for stage in outcome.reply.trace.timings_ms})
    for stage in stages:
        timings = [outcome.reply.trace.timings_ms.get(stage) for outcome in outcomes]
        known = [timing for timing in timings if timing is not None]
        for percent in (50, 95):
            value = float(np.percentile(known, percent))
            metrics[f"speed.{stage}_p{percent}_ms"] = Metric(value, None, None, len(known))
    return metrics
