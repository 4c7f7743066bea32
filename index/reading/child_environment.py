"""What a process that reads a stranger's file is told of ours: where its packages are, and nothing else.

No key, token or address of the user's is there to be found by whoever takes it over.
"""

from __future__ import annotations

import os
import sys

_NEEDED = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")  # to start at all, on some systems


def child_environment() -> dict[str, str]:
    """Return the environment of such a process; it finds the packages that this one does."""
    packages = os.pathsep.join(filter(None, sys.path))
    return {"PYTHONPATH": packages} | {name: os.environ[name] for name in _NEEDED if name in os.environ}
