"""What a machine makes up finds no failure; ``make fuzz`` sends far more."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.architecture.checkout import ROOT

pytestmark = pytest.mark.fuzz


def test_no_made_up_request_breaks_what_the_description_promises() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--examples", "5"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=280)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    (cases,) = re.findall(r"(\d+) generated", run.stdout)
    assert int(cases) > 300
