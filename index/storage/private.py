"""Files and folders that are one user's alone: made so, kept so, and told from those that others can write.

By owner and mode, which Windows has not: there a user's folders are the
system's to guard, and nothing is checked or changed.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_HAS_OWNERS = hasattr(os, "geteuid")
# What a library's folder holds; one that holds anything else is not the product's to close.
_OF_A_LIBRARY = re.compile(
    r"(library|widget)\.sqlite3(-wal|-shm|-journal)?|faiss\.json|\w+\.faiss|\..+\.tmp|\.new-.+"
    r"|footnote\.toml(\.part)?|evaluations"
)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for this user alone (0700); one that is there stays.

    Raises:
        OSError: it cannot be made, or something else is there.
    """
    if not folder.parent.exists():
        make_private_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise


def close_to_others(path: Path) -> None:
    """Take from others what they may do with a file or folder of this user's; links and what is not his stay.

    Where it cannot be changed, as on a disk that is read-only, it stays too.
    """
    try:
        found = path.lstat()
        if _HAS_OWNERS and found.st_uid == os.geteuid() and found.st_mode & OTHERS and not path.is_symlink():
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    except OSError:
        return


def close_library(folder: Path) -> None:
    """Close a library's files to others (0600), and its folder (0700) unless it holds other things than a library.

    Conversations, site keys and articles stand in them. A folder that is also
    used for something else, or is everybody's as that of temporary files is,
    stays as it is.
    """
    try:
        entries = list(folder.iterdir())
        is_everybodys = folder.stat().st_mode & stat.S_ISVTX
    except OSError:
        return
    for entry in entries:
        if _OF_A_LIBRARY.fullmatch(entry.name):
            close_to_others(entry)
    if entries and not is_everybodys and all(_OF_A_LIBRARY.fullmatch(entry.name) for entry in entries):
        close_to_others(folder)


def only_we_write(path: Path) -> bool:
    """Tell whether a file or folder is this user's, and nobody else may change it; of a link, both ends."""
    if not _HAS_OWNERS:
        return path.exists()
    try:
        link, found = path.lstat(), path.stat()
    except OSError:
        return False
    return link.st_uid == found.st_uid == os.geteuid() and not found.st_mode & OTHERS_WRITE
