"""Folders for what can be made anew, which nobody but this user can write.

What lies there is run or believed as if it were our own: the engines, the seed
article's library with its conversations.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import platformdirs

from index.storage.private import close_to_others, make_private_folder, only_we_write


def cache_folder(name: str) -> Path:
    """Return a folder in the user's cache; where that cannot be used, one among the temporary files.

    One that somebody else made, or could write, is not used. Where none is
    left, it is one of this process, and gone with it.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    cached = platformdirs.user_cache_path("footnote", appauthor=False)
    for place in (cached, Path(tempfile.gettempdir()) / f"footnote-{user}"):
        if _is_usable(place) and _is_usable(place / name):
            return place / name
    make_private_folder(_of_this_process() / name)
    return _of_this_process() / name


def _is_usable(folder: Path) -> bool:
    try:
        make_private_folder(folder)
    except OSError:
        return False
    close_to_others(folder)  # an earlier version made it for all to read
    return only_we_write(folder) and os.access(folder, os.W_OK)


@cache
def _of_this_process() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="footnote-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
