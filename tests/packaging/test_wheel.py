"""The product as others get it: built, installed away from the checkout, and asked."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT

pytestmark = pytest.mark.packaging

QUESTION = "Who asked for the intervention of the Collective Defense Pact troops?"


def test_the_wheel_carries_the_rooms_the_seeds_and_the_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {"index/article.py", "qa/answer.py", "ui/cli/main.py", "ui/seeds/000_a53645bc2e1e2512.txt"}
    assert wanted - names == set()
    assert [name for name in names if name.endswith("licenses/LICENSE")] != []
    assert [name for name in names if name.startswith("tests/") or name == "ui/install.py"] == []


def test_what_is_for_those_who_work_on_the_product_stays_out_of_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.startswith("qa/training/") or name.endswith("calibrate/fit.py")] == []


def test_every_data_file_of_a_room_is_in_the_wheel(wheel: Path) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "index", "qa", "ui"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    data = {name for name in listed if name and not name.endswith(".py") and (ROOT / name).is_file()}
    data -= {name for name in data if name.startswith(("ui/screenshots/", "qa/training/"))}  # see the test above
    assert data - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_pytest_plugin_stands_beside_the_rooms_and_is_an_entry_point(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    names = archive.namelist()
    (entry_points,) = [name for name in names if name.endswith(".dist-info/entry_points.txt")]
    assert "[pytest11]\nfootnote_pytest = footnote_pytest\n" in archive.read(entry_points).decode()
    assert [name for name in names if name.endswith("footnote_pytest.py")] == ["footnote_pytest.py"]


def test_pytest_finds_the_installed_plugin(installed: Path, elsewhere: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(footnote_eval):\n    assert callable(footnote_eval)\n", "utf-8")
    command = [str(installed / "python"), "-m", "pytest", "-q", "-W", "error", "--strict-markers", "test_it.py"]
    ran = subprocess.run(command, cwd=tmp_path, env=elsewhere, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout


def test_the_seed_article_travels_byte_for_byte(wheel: Path) -> None:
    seed = "000_a53645bc2e1e2512.txt"
    assert zipfile.ZipFile(wheel).read(f"ui/seeds/{seed}") == (ROOT / "seeds" / seed).read_bytes()


@pytest.mark.parametrize("room", ["index", "qa", "ui"])
def test_the_installed_rooms_are_the_wheels_and_not_the_checkouts(
    room: str, installed: Path, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    command = [str(installed / "python"), "-c", f"import {room}; print({room}.__file__)"]
    found = subprocess.run(command, cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(installed.parent)


@pytest.mark.model
def test_an_installed_wheel_answers_from_the_seed_article(
    installed: Path, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    command = [str(installed / "footnote"), "ask", QUESTION, "--json"]
    asked = subprocess.run(command, cwd=tmp_path, env=elsewhere, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    cited = [citation["source"]["quote"]["exact"] for citation in json.loads(asked.stdout)["citations"]]
    assert any("Tokaev" in quote for quote in cited)
