"""What a person has decided of a row, and how a text stands in a table that a spreadsheet may open."""

from __future__ import annotations

NOT_REVIEWED = ("draft", "candidate")
REFUSED = "refused"
ACCEPTED = "accepted"
DECISIONS = frozenset((*NOT_REVIEWED, REFUSED, ACCEPTED))
OPENS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(text: str) -> str:
    """Return a text with an apostrophe before what a spreadsheet would run: its own way to write that it is text."""
    return f"'{text}" if text.startswith(OPENS_A_FORMULA) or _is_guarded(text) else text


def unguarded(cell: str) -> str:
    """Return the text of a cell that `guarded` wrote."""
    return cell[1:] if _is_guarded(cell) else cell


def _is_guarded(cell: str) -> bool:
    return cell.startswith("'") and cell.lstrip("'").startswith(OPENS_A_FORMULA)
