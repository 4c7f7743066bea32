"""The trees of errors are drawn in docstrings, which is what readers go by; they must not lie."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from index import errors as of_index
from qa import errors as of_qa
from ui.app import errors as of_ui

each_room = pytest.mark.parametrize("errors", [of_index, of_qa, of_ui], ids=["index", "qa", "ui"])


def drawn_parents(errors: ModuleType) -> dict[str, str]:
    """Return the parent of each class as the docstring draws it, by how far its plus sign stands in."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = [(0, "FootnoteError")]
    for line in (errors.__doc__ or "").splitlines():
        drawn = re.match(r"([\s|]*)\+ (\w+)", line)
        if drawn is None:
            continue
        column, name = len(drawn[1]), drawn[2]
        above = [(at, ancestor) for at, ancestor in above if at < column]
        parents[name] = above[-1][1]
        above.append((column, name))
    return parents


def classes_of(errors: ModuleType) -> list[type]:
    """Return the errors that a room defines."""
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    return [error for error in classes if error.__module__ == errors.__name__]


@each_room
def test_the_tree_in_the_docstring_is_the_tree_of_the_classes(errors: ModuleType) -> None:
    defined = {error.__name__: error.__bases__[0].__name__ for error in classes_of(errors)}
    assert defined.pop("FootnoteError", "Exception") == "Exception"
    assert drawn_parents(errors) == defined


@each_room
def test_every_error_says_what_it_means(errors: ModuleType) -> None:
    assert [error.__name__ for error in classes_of(errors) if not error.__doc__] == []
