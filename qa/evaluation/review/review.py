"""What a person may decide of a row, and what becomes of the row: values in, values out, no terminal.

An answer that is edited is looked for in the article: its gold place moves with
it, or is dropped, and the person is told which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.article import Span
from qa.citing import find_quote
from qa.errors import DatasetError
from qa.evaluation.data.locating import MOST_PLACES, Gazetteer
from qa.evaluation.data.status import ACCEPTED, NOT_REVIEWED, REFUSED
from qa.evaluation.review.rows import Row, answers_of, column_of, object_of

CONTEXT_CHARACTERS = 240
PARTS = ("quote", "start", "end")  # of the gold place


@dataclass(frozen=True, slots=True)
class Decided:
    """A row after a decision, and what the person should know of it; nothing where all is as they said."""

    row: Row
    said: str = ""


@dataclass(frozen=True, slots=True)
class GoldPlace:
    """Where the answer stands: the words, and those around them."""

    article: str
    before: str
    quote: str
    after: str


def waiting(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the positions of the rows that nobody has decided on."""
    return [position for position, row in enumerate(rows) if status_of(row) in NOT_REVIEWED]


def status_of(row: Mapping[str, Any]) -> str:
    """Return the status of a row, small; empty where it has none."""
    return str(row.get(column_of(row, "status")) or "").strip().casefold()


def accept(row: Row) -> Decided:
    """Take a row into the set.

    Raises:
        DatasetError: it has neither an answer nor says that there is none, or no question.
    """
    if not str(row.get(column_of(row, "question")) or "").strip():
        raise DatasetError("the question is empty; edit it first")
    if not answers_of(row) and not _is_unanswerable(row):
        raise DatasetError("it has no answer yet; edit the answer, or say that the articles do not answer it")
    return Decided({**row, column_of(row, "status"): ACCEPTED})


def refuse(row: Row) -> Decided:
    """Keep a row out of the set; it stays in the file, so that it is not drafted again."""
    return Decided({**row, column_of(row, "status"): REFUSED})


def with_question(row: Row, question: str) -> Decided:
    """Return a row with another question, on one line.

    Raises:
        DatasetError: it is empty.
    """
    if not (said := " ".join(question.split())):
        raise DatasetError("the question is empty; type one")
    return Decided(_edited({**row, column_of(row, "question"): said}))


def as_unanswerable(row: Row) -> Decided:
    """Say that the articles do not answer it: no answer, no gold place; its article stays."""
    bare = {name: value for name, value in row.items() if name not in PARTS}
    return Decided(_edited({**bare, column_of(row, "answers"): [], "answerable": False}))


def with_answers(row: Row, answers: Sequence[str], articles: Gazetteer | None) -> Decided:
    """Return a row with other answers; the gold place is where the first that is found in the article stands.

    Args:
        row: what is changed.
        answers: alternatives, the best first.
        articles: those at hand; without any, no place can be checked, and none is kept.

    Raises:
        DatasetError: there is no answer.
    """
    listed = list(dict.fromkeys(answer.strip() for answer in answers if answer.strip()))
    if not listed:
        raise DatasetError("the answer is empty; type one, or say that the articles do not answer it")
    bare = {name: value for name, value in row.items() if name not in PARTS}
    changed = _edited({**bare, column_of(row, "answers"): listed, "answerable": True})
    if articles is None:
        return Decided(changed, "the article is not at hand, so the answer is kept without a gold place")
    article_id = _article_of(row, articles)
    for answer in listed:
        places = _places(answer, article_id, articles)
        if len({place[0] for place in places}) == 1 and len(places) <= MOST_PLACES:
            return _moved(changed, row, places, articles)
    where = "the article" if article_id is not None else "one article alone"
    return Decided(changed, f"these words do not stand in {where}, so the answer is kept without a gold place")


def place_of(row: Mapping[str, Any], articles: Gazetteer | None) -> GoldPlace | None:
    """Return where the answer of a row stands, with what stands around it; None where that cannot be told."""
    if articles is None or (article_id := _article_of(row, articles)) is None:
        return None
    span = _span_of(row)
    text = articles.text(article_id)
    if span is None or span.end > len(text):
        found = find_quote(text, str(row.get(column_of(row, "quote")) or ""))
        if not found:
            return None
        span = found[0]
    start, end = max(0, span.start - CONTEXT_CHARACTERS), min(len(text), span.end + CONTEXT_CHARACTERS)
    before = ("…" if start else "") + text[start : span.start]
    return GoldPlace(article_id, before, span.slice(text), text[span.end : end] + ("…" if end < len(text) else ""))


def _moved(changed: Row, row: Row, places: Sequence[tuple[str, Span]], articles: Gazetteer) -> Decided:
    """Return a row with its gold at the place nearest to where it was; at all of them where it was nowhere."""
    was = _span_of(row)
    article_id, span = min(places, key=lambda place: abs(place[1].start - was.start) if was else place[1].start)
    quote = span.slice(articles.text(article_id))
    changed = {**changed, "article": article_id, "quote": quote}
    if was is None and len(places) > 1:
        return Decided(changed, f"these words stand at {len(places)} places, and each counts as right")
    said = "" if was is not None and was == span else f"the gold place is now characters {span.start} to {span.end}"
    return Decided({**changed, "start": span.start, "end": span.end}, said)


def _edited(row: Row) -> Row:
    """Return a row without what the product made of it, which was of other words."""
    came = object_of(row, "draft")
    if not isinstance(came, dict) or "reader" not in came:
        return row
    return {**row, "draft": {name: value for name, value in came.items() if name != "reader"}}


def _places(answer: str, article_id: str | None, articles: Gazetteer) -> list[tuple[str, Span]]:
    candidates = [article_id] if article_id is not None else articles.likely_for(answer)
    return [(each, span) for each in candidates for span in find_quote(articles.text(each), answer)]


def _article_of(row: Mapping[str, Any], articles: Gazetteer) -> str | None:
    named = row.get(column_of(row, "article"))
    if named in (None, ""):
        return None
    try:
        return articles.find(str(named))
    except DatasetError:
        return None


def _span_of(row: Mapping[str, Any]) -> Span | None:
    start, end = str(row.get("start", "")), str(row.get("end", ""))
    return Span(int(start), int(end)) if start.isdecimal() and end.isdecimal() else None


def _is_unanswerable(row: Mapping[str, Any]) -> bool:
    return str(row.get("answerable", "")).strip().casefold() in {"false", "no", "0"}
