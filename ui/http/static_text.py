"""Styles, scripts and templates of a page: from the folder beside its module, or the one that all pages share."""

from __future__ import annotations

from functools import cache
from pathlib import Path

SHARED = Path(__file__).parents[1] / "static"


@cache
def static_text(folder: Path, name: str) -> str:
    """Return the text of a page's file: ``folder``'s own, else the one that all pages share."""
    own = folder / name
    return (own if own.exists() else SHARED / name).read_text(encoding="utf-8")
