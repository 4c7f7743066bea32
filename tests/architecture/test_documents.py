"""READMEs are read before code: what they name must be there, and each folder must be named."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

import index.config
import qa.config
import ui.app.config
from tests.architecture.checkout import ROOMS, ROOT, project_files

DOCUMENTS = [path for path in project_files() if path.suffix == ".md"]
LOCAL_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
CONFIGS = [
    (module.__name__.partition(".")[0], value)
    for module in (index.config, qa.config, ui.app.config)
    for value in vars(module).values()
    if isinstance(value, type) and dataclasses.is_dataclass(value)
]


def relative_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative_name)
def test_every_local_link_leads_somewhere(document: Path) -> None:
    links = LOCAL_LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_readme_names_only_make_targets_that_exist() -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)\b", code_in(ROOT / "README.md")))
    defined = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= defined


@pytest.mark.parametrize("room", ROOMS)
def test_the_readme_of_a_room_names_each_of_its_folders(room: str) -> None:
    text = (ROOT / room / "README.md").read_text(encoding="utf-8")
    folders = {f"{path.parent.relative_to(ROOT / room)}/" for path in (ROOT / room).rglob("__init__.py")} - {"./"}
    assert {folder for folder in folders if f"`{folder}`" not in text} == set()


@pytest.mark.parametrize(("room", "settings"), CONFIGS, ids=[settings.__name__ for _, settings in CONFIGS])
def test_every_setting_is_documented_in_its_room(room: str, settings: type) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / room).rglob("README.md"))
    fields = [field.name for field in dataclasses.fields(settings)]
    assert [name for name in fields if f"`{name}`" not in text] == []


def code_in(document: Path) -> str:
    """Return what a document shows as code: its fenced blocks and its words in backticks."""
    text = document.read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
