"""The threshold of a library: which holds now, what it was chosen on, and whether it still means what it did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from qa.abstaining import calibration_for
from qa.config import Calibrated
from ui.app import wiring
from ui.app.settings import Settings
from ui.app.settings_file import write_settings
from ui.app.wiring import Indexer

NONE = "none"
CHANGED = {
    "embedder": "another embedding model",
    "reader": "another reader",
    "reranker": "another reranker",
    "library": "a library that was cut or embedded otherwise",
    "confidence": "another version of Footnote, which means something else by confidence",
}
FOLLOWS = {"library": {"embedder"}, "confidence": {"embedder", "reader"}}  # changes with it: not told twice


@dataclass(frozen=True, slots=True)
class ThresholdState:
    """The threshold that answers now; ``made_with`` are fingerprints of what decides what a confidence means."""

    threshold: float
    is_own: bool
    made_with: Mapping[str, str]


def standing(indexer: Indexer) -> ThresholdState:
    """Return the threshold of some settings; no model is loaded."""
    settings, embedder = indexer.settings, indexer.embedder
    model = wiring.make_span_model(settings)
    calibration = calibration_for(embedder.fingerprint, model.fingerprint if model else None)
    own = settings.answering.abstain_below
    meaning = json.dumps(asdict(calibration), sort_keys=True).encode()
    made_with = {
        "embedder": embedder.fingerprint,
        "reader": model.fingerprint if model else NONE,
        "reranker": settings.reading.reranker or NONE,
        "library": indexer.fingerprint,
        "confidence": hashlib.sha256(meaning).hexdigest()[:12],
    }
    return ThresholdState(calibration.threshold if own is None else own, own is not None, made_with)


def keep_threshold(folder: Path, calibrated: Calibrated) -> Path:
    """Write a threshold that was chosen, with what it was chosen on, to a library's settings; return the file.

    Raises:
        ConfigurationError, StorageError: see `write_settings`.
    """
    return write_settings(
        folder, "answering", {"abstain_below": calibrated.threshold, "calibrated": asdict(calibrated)}
    )


def describe_threshold(settings: Settings, now: ThresholdState) -> tuple[str, bool]:
    """Return, in words, where the threshold is from, and whether it can be relied on."""
    below, made = f"below {now.threshold:g}", settings.answering.calibrated
    if not now.is_own:
        return f"{below}, as shipped; for your own pairs: footnote eval calibrate", True
    if made.threshold is None:
        return f"{below}, set in footnote.toml", True
    if made.threshold != now.threshold:
        return f"{below}, set by hand over the {made.threshold:g} that was calibrated on {made.date}", True
    differs = [name for name in CHANGED if getattr(made, name) != now.made_with[name]]
    changed = [CHANGED[name] for name in differs if not set(differs) & FOLLOWS.get(name, set())]
    chosen = f"{below}, calibrated on {made.date} on {made.pairs:,} pairs for a precision of {made.target_precision:g}"
    if not changed:
        return chosen, True
    again = f"footnote eval calibrate DATASET --target-precision {made.target_precision:g}"
    return f"{chosen}, with {' and '.join(changed)}: it does not hold any more; make it anew with {again}", False
