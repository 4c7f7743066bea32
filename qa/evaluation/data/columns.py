"""Which column holds what: known by its usual names in any case, or named by the user."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from qa.errors import DatasetError

# Of each field, the best name first. A name stands under one field only.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "_id", "question_id", "qid", "query_id"),
    "question": ("question", "query", "q", "prompt", "question_text", "user_input", "input"),
    "answers": (
        *("answers", "answer", "a", "gold_answer", "gold_answers", "expected", "expected_answer", "expected_output"),
        *("ground_truth", "ground_truths", "reference", "reference_answer", "correct_answer", "target", "gold"),
    ),
    "quote": ("quote", "quotes", "gold_quote", "evidence", "context", "contexts", "reference_contexts", "passage"),
    "article": (
        *("article", "article_id", "doc", "doc_id", "document", "document_id", "context_doc", "source", "source_file"),
        *("file", "filename", "url", "title"),
    ),
    "answerable": ("answerable", "is_answerable", "has_answer"),
    "unanswerable": ("unanswerable", "is_impossible", "is_unanswerable"),
    "start": ("start", "gold_start", "quote_start"),
    "end": ("end", "gold_end", "quote_end"),
    "history": ("history",),
    "tags": ("tags",),
    "status": ("status",),
}
SEVERAL = frozenset({"answers", "quote"})  # may be spread over answer, answer_2, answer_3

Mapped = tuple[tuple[str, str], ...]
"""What the user says of columns, as (field, column's own name)."""


def parse_columns(given: Sequence[str]) -> Mapped:
    """Parse ``FIELD=COLUMN`` flags.

    Raises:
        DatasetError: one is not of that form, or names no field.
    """
    mapped = {}
    for flag in given:
        field, separator, name = (part.strip() for part in flag.partition("="))
        if not separator or not name:
            raise DatasetError(f"--column {flag!r} is not of the form FIELD=COLUMN, as in question=Frage")
        field = "answers" if field == "answer" else field
        if field not in USUAL_NAMES:
            raise DatasetError(
                f"--column {flag!r}: there is no field {field!r}; the fields are {', '.join(USUAL_NAMES)}"
            )
        mapped[field] = name
    return tuple(mapped.items())


@lru_cache(maxsize=1024)
def fields_of(names: tuple[str, ...], mapped: Mapped = ()) -> Mapping[str, tuple[str, ...]]:
    """Return the columns that hold each field, by their own names; what the user says comes first."""
    by_user = dict(mapped)
    taken = {name for name in names if name in by_user.values()}
    found: dict[str, tuple[str, ...]] = {}
    for field, usual in USUAL_NAMES.items():
        if field in by_user:
            if by_user[field] in names:
                found[field] = (by_user[field],)
            continue
        free = {plain(name): name for name in reversed(names) if name not in taken}
        chosen = [free[name] for name in usual if name in free][:1]
        if field in SEVERAL:
            numbered = re.compile(rf"({'|'.join(usual)})_?\d+")
            chosen += [name for name in names if name not in taken and numbered.fullmatch(plain(name))]
        if chosen:
            found[field] = tuple(chosen)
    return found


def require_columns(names: Sequence[str], mapped: Mapped, place: str) -> None:
    """Check a header row.

    Raises:
        DatasetError: a name comes twice, one that the user names is missing, or there is nothing to ask or to score.
    """
    shown = ", ".join(f"{name!r:.60}" for name in names[:20] if name) or "none"
    counts = Counter(names)
    for name in names:
        if name and counts[name] > 1:
            raise DatasetError(f"{place}: two columns are called {name!r:.60}; give each its own name")
    for field, name in mapped:
        if name not in names:
            raise DatasetError(f"{place}: there is no column {name!r} for --column {field}; the columns are {shown}")
    found = fields_of(tuple(names), mapped)
    if "question" not in found:
        raise DatasetError(
            f"{place}: no column of questions among {shown}; "
            "the first row names the columns: call one 'question', or say --column question=NAME"
        )
    if not found.keys() & {"answers", "quote", "article", "answerable", "unanswerable"}:
        raise DatasetError(
            f"{place}: nothing to score replies by among {shown}; add a column 'answer', 'quote' or 'answerable'"
        )


def plain(name: str) -> str:
    """Return a column's name as it is compared: lower case, words joined by an underscore."""
    return re.sub(r"\W+", "_", name.strip().casefold())
