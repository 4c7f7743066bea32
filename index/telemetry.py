"""What libraries would report of their use to their makers, switched off in every process of ours.

`index/__init__.py` calls `switch_off` when anything of the product is imported,
so before any of those libraries is. Not for Gradio, which is switched off where
it is imported. Guards in Python see nothing of what onnxruntime does: it looks
hosts up and writes files from C++; `tests/packaging/test_privacy.py` watches
the system calls.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping

# ONNX Runtime's official wheels look up mobile.events.data.microsoft.com, and keep a device id and a queue of events
# (with the path of the Python executable) in the user's cache. huggingface_hub tells the hub which programs use it.
SWITCHES: Mapping[str, str] = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def switch_off(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the variables that these libraries look for, whatever they were; processes that are started inherit them."""
    environment.update(SWITCHES)


def left_on(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the variables that leave something on; each may say that it is off in its own words, as Gradio does."""
    return [name for name in SWITCHES if environment.get(name, "").lower() not in ("1", "true")]
