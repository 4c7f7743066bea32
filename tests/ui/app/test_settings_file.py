"""What is written to ``footnote.toml`` touches nothing that its user wrote."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from index.errors import ConfigurationError
from ui.app.settings_file import write_settings

MADE = {"threshold": 0.61, "pairs": 10}


def written(folder: Path, text: str, **values: object) -> str:
    (folder / "footnote.toml").write_bytes(text.encode())
    write_settings(folder, "answering", values or {"abstain_below": 0.61, "calibrated": MADE})
    return (folder / "footnote.toml").read_bytes().decode()


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    assert write_settings(tmp_path, "answering", {"abstain_below": 0.61}) == tmp_path / "footnote.toml"
    assert (tmp_path / "footnote.toml").read_text("utf-8") == "[answering]\nabstain_below = 0.61\n"


def test_a_key_is_replaced_in_its_place_and_its_comment_stays(tmp_path: Path) -> None:
    text = "[answering]  # here\nabstain_below = 0.3   # ours\nnearest = 1\n\n[reading]\npassages = 4\n"
    assert written(tmp_path, text, abstain_below=0.61) == text.replace("0.3", "0.61")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "[answering]\nnearest = 1\n# the end",
        "[answering]\nnearest = 1\n\n[reading]\npassages = 4\n",
        "answering = {nearest = 1}\n[reading]\npassages = 4\n",
        "answering.nearest = 1\n",
        "[answering.calibrated]\nthreshold = 0.2\ndate = 'then'\n\n[reading]\npassages = 4\n",
        "[reading]\npassages = 4\n[answering]\nnearest = 1\n[answering.calibrated]\npairs = 3 # few\n",
    ],
    ids=["empty", "comment", "at-the-end", "before-others", "inline", "dotted", "only-calibrated", "both"],
)
def test_any_way_of_writing_a_table_is_understood(tmp_path: Path, text: str) -> None:
    before = tomllib.loads(text)
    after = tomllib.loads(written(tmp_path, text))
    assert after.pop("answering") == {**before.pop("answering", {}), "abstain_below": 0.61, "calibrated": MADE}
    assert after == before


def test_a_table_that_is_made_stands_between_the_others_with_a_line_around_it(tmp_path: Path) -> None:
    text = "[answering]\nnearest = 1\n\n[reading]\npassages = 4\n"
    made = "[answering]\nnearest = 1\n\n[answering.calibrated]\npairs = 3\n\n[reading]\npassages = 4\n"
    assert written(tmp_path, text, calibrated={"pairs": 3}) == made


def test_the_ends_of_lines_stay_as_they_are(tmp_path: Path) -> None:
    text = "[answering]\r\nabstain_below = 0.3 # ours\r\nnearest = 1\r\n"
    assert written(tmp_path, text, abstain_below=0.61) == text.replace("0.3", "0.61")


def test_a_link_stays_a_link_and_the_rights_stay(tmp_path: Path) -> None:
    shared, folder = tmp_path / "shared.toml", tmp_path / "library"
    folder.mkdir()
    shared.write_text("[answering]\nnearest = 1\n", "utf-8")
    shared.chmod(0o640)
    (folder / "footnote.toml").symlink_to(shared)
    write_settings(folder, "answering", {"abstain_below": 0.61})
    assert (folder / "footnote.toml").is_symlink()
    assert "abstain_below = 0.61" in shared.read_text("utf-8")
    assert os.stat(shared).st_mode & 0o777 == 0o640


def test_a_file_that_is_not_understood_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "footnote.toml").write_text("[answering\n", "utf-8")
    with pytest.raises(ConfigurationError, match="is not valid TOML"):
        write_settings(tmp_path, "answering", {"abstain_below": 0.61})
    assert (tmp_path / "footnote.toml").read_text("utf-8") == "[answering\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["footnote.toml"]
