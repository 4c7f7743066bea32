"""The tree of errors is drawn in a docstring, which is what readers go by; it must not lie."""

from __future__ import annotations

import re

from index import errors


def drawn_parents() -> dict[str, str]:
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


def defined_parents() -> dict[str, str]:
    classes = (value for value in vars(errors).values() if isinstance(value, type))
    parents = {error.__name__: error.__bases__[0].__name__ for error in classes}
    assert parents.pop("FootnoteError") == "Exception"
    return parents


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    assert drawn_parents() == defined_parents()


def test_every_error_says_what_it_means() -> None:
    classes = (value for value in vars(errors).values() if isinstance(value, type))
    assert [error.__name__ for error in classes if not error.__doc__] == []
