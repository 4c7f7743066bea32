"""Names that say nothing, and places that exist on one machine only, have no room here."""

from __future__ import annotations

import re

from tests.architecture.checkout import PYPROJECT, ROOMS, ROOT, project_files

EMPTY_NAMES = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
# A path into somebody's home or working directory; the lookbehind leaves URLs alone.
PLACES_OF_ONE_MACHINE = re.compile(r"(?<![\w.~$}*\\-])/(?:home|Users|root|work|tmp)/[\w.]")


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    parts = {part for path in project_files() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert {part for part in parts if EMPTY_NAMES & set(re.split(r"[_\W]", part.lower()))} == set()


def test_no_file_mentions_a_place_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in project_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if PLACES_OF_ONE_MACHINE.search(line)
    ]
    assert found == []


def test_the_wheel_holds_the_rooms_and_the_seeds() -> None:
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["only-include"] == [*ROOMS, "seeds"]


def test_every_python_file_is_in_a_room_or_a_test() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in project_files() if path.suffix == ".py"}
    assert folders == {*ROOMS, "tests"}
