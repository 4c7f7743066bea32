"""A run as CSV, a row a question, for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

from qa.evaluation.metrics.verdicts import WRONG
from qa.evaluation.reports.rows import ReportRow

COLUMNS = (
    "id",
    "question",
    "verdict",
    "counts_as_wrong",
    "status",
    "confidence",
    "expected",
    "answer",
    "short_answer",
    "exact_match",
    "f1",
    "quote",
    "quote_article",
    "quote_start",
    "quote_holds_answer",
    "withheld_quote",
    "why",
    "notice",
    "milliseconds",
)
OPENS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_csv(rows: Iterable[ReportRow]) -> str:
    """Return the table, several values of a cell a line each; the columns a question can be sliced by come last.

    A text that a spreadsheet would run as a formula gets an apostrophe before
    it, which is how spreadsheets write that it is text.
    """
    rows = list(rows)
    slices = sorted({by for row in rows for by in row.slices})
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *(_cell(f"by {by}") for by in slices)])
    for row in rows:
        writer.writerow(
            [_cell(value) for value in (*_values(row), *("\n".join(row.slices.get(by, ())) for by in slices))]
        )
    return file.getvalue()


def _values(row: ReportRow) -> tuple[object, ...]:
    return (
        row.id,
        row.question,
        row.verdict,
        row.verdict in WRONG,
        row.status,
        row.confidence,
        "\n".join(row.expected),
        row.answer,
        row.short_answer,
        row.exact_match,
        row.f1,
        "\n".join(place.text for place in row.quotes),
        "\n".join(place.article_id for place in row.quotes),
        "\n".join(str(place.start) for place in row.quotes),
        any(place.holds for place in row.quotes) if any(place.holds is not None for place in row.quotes) else None,
        row.withheld.text if row.withheld else None,
        "\n".join(f"{shortfall.metric}: {shortfall.words}" for shortfall in row.shortfalls),
        row.notice,
        row.milliseconds,
    )


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(OPENS_A_FORMULA):
        return f"'{value}"
    return value
