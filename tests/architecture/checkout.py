"""The checkout as a value: where it is, what pyproject.toml says, which files are the project's."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("index", "qa", "ui")
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def project_files() -> list[Path]:
    """Return every file that git tracks or would track, sorted."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = {ROOT / name for name in listed.split("\0") if name}
    return sorted(path for path in paths if path.is_file())


def room_modules() -> list[Path]:
    """Return every Python file of the three rooms, sorted."""
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
