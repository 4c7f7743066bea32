"""A row to a pair: what its cells mean, or why they mean nothing.

Cells of a table are text; those of a JSON object may be lists, truth values
and numbers. Columns that are nothing of ours are kept with the question, to
look at the figures by.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from index.article import Span
from qa.errors import DatasetError
from qa.evaluation.data.columns import Mapped, fields_of
from qa.evaluation.data.datasets import ROLES, Gold, Question
from qa.evaluation.data.nouns import Pair, Problem, Row, Rows
from qa.evaluation.data.status import DECISIONS, NOT_REVIEWED, REFUSED
from qa.followups.standalone import Role, Turn

MAX_SLICE_CHARACTERS = 200  # a longer value is prose, by which nothing can be grouped
YES = frozenset({"true", "yes", "y", "1"})
NO = frozenset({"false", "no", "n", "0"})


def pairs_of(rows: Rows, mapped: Mapped) -> Iterator[Pair | Problem]:
    """Make a pair of each row; one that cannot be used, or whose id was used before, is a problem."""
    place_of_id: dict[str, str] = {}
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        status = _status(row, mapped)
        if status in NOT_REVIEWED:
            yield Problem(f"{row.place}: not reviewed yet ({status}); look at it with: footnote eval review FILE")
            continue
        if status == REFUSED:
            yield Problem(f"{row.place}: refused", refused=True)
            continue
        try:
            pair = pair_of(row, mapped)
        except DatasetError as error:
            yield Problem(str(error))
            continue
        question_id = pair.question.id
        if question_id in place_of_id:
            first = place_of_id[question_id]
            yield Problem(f"{row.place}: id {question_id!r} was used before, at {first}; give each row its own id")
            continue
        place_of_id[question_id] = row.place
        yield pair


def pair_of(row: Row, mapped: Mapped) -> Pair:
    """Return what a row asks and what it says of the right reply.

    A row that does not say whether it is answerable is when it lists an
    answer, a quote or a place; where nothing in the file could list one, when
    it names an article.

    Raises:
        DatasetError: the row cannot be used.
    """
    place, values = row
    _require_storable(values, place)
    found = fields_of(tuple(values), mapped)
    text = _text(values, found, "question", place, verbatim=True)
    if not text.strip():
        raise DatasetError(f"{place}: the question is missing or empty; write one")
    golds = _gold_objects(values, place)
    answers = () if golds and found.get("answers") == ("gold",) else _texts(values, found, "answers", place)
    quotes = _texts(values, found, "quote", place)
    article = _text(values, found, "article", place) or None
    places = golds or _offsets(values, found, article, place)
    answerable = _answerable(values, found, place)
    if answerable is None:
        can_tell = found.keys() & {"answers", "quote", "start"} or "gold" in values
        answerable = bool(answers or quotes or places) if can_tell else article is not None
    question = Question(
        id=_text(values, found, "id", place) or f"row-{place.rpartition(':')[2].strip(' []')}",
        question=text,
        answers=answers,
        gold=(),
        answerable=answerable,
        history=_history(values, found, place),
        tags=_texts(values, found, "tags", place),
        columns=_other_columns(values, found),
    )
    return Pair(place, question, article, quotes, places)


def _status(row: Row, mapped: Mapped) -> str:
    """Return what a person decided of a row, small; a status of somebody else's making counts as none."""
    name = fields_of(tuple(row.values), mapped).get("status", ("",))[0]
    said = str(row.values.get(name) or "").strip().casefold()
    return said if said in DECISIONS else ""


def _require_storable(values: Mapping[str, Any], place: str) -> None:
    """Refuse half a surrogate pair, which JSON can spell and no file can hold."""
    try:
        json.dumps(values, ensure_ascii=False, default=str).encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise DatasetError(f"{place}: the row holds text that is not Unicode; write it as UTF-8") from error


def _text(
    values: Mapping[str, Any],
    found: Mapping[str, tuple[str, ...]],
    field: str,
    place: str,
    *,
    verbatim: bool = False,
) -> str:
    """Return the one text of a field, empty where there is none; only what is asked keeps the white space around it."""
    if field not in found:
        return ""
    value = values[found[field][0]]
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DatasetError(f"{place}: {found[field][0]!r} is {value!r:.60}; write a string")
    return str(value) if verbatim else str(value).strip()


def _texts(values: Mapping[str, Any], found: Mapping[str, tuple[str, ...]], field: str, place: str) -> tuple[str, ...]:
    """Return the texts of a field, each once: of one cell, of a JSON list in it, and of numbered columns."""
    texts: dict[str, None] = {}
    for name in found.get(field, ()):
        value = values.get(name)
        for each in _listed(value):
            if isinstance(each, bool) or not isinstance(each, str | int | float | None):
                raise DatasetError(f"{place}: {name!r} holds {each!r:.60}; write a string or a list of strings")
            if each is not None and str(each).strip():
                texts[str(each)] = None
    return tuple(texts)


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):  # SQuAD, as Hugging Face stores it
        return list(value["text"])
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            return [value]  # words in brackets
        return parsed if isinstance(parsed, list) and all(isinstance(each, str) for each in parsed) else [value]
    return [value]


def _answerable(values: Mapping[str, Any], found: Mapping[str, tuple[str, ...]], place: str) -> bool | None:
    for field, right in (("answerable", True), ("unanswerable", False)):
        if field not in found:
            continue
        name = found[field][0]
        said = str(values[name]).strip().casefold() if values[name] is not None else ""
        if said in YES | NO:
            return (said in YES) is right
        if said:
            raise DatasetError(f"{place}: {name!r} is {values[name]!r:.60}; write true or false, or leave it empty")
    return None


def _offsets(
    values: Mapping[str, Any], found: Mapping[str, tuple[str, ...]], article: str | None, place: str
) -> tuple[Gold, ...]:
    """Return the place that a start and an end column give in the named article."""
    given = [_text(values, found, field, place) for field in ("start", "end")]
    if not any(given):
        return ()
    if not all(each.isdecimal() for each in given) or int(given[0]) >= int(given[1]):
        raise DatasetError(f"{place}: the gold span runs from {given[0]!r} to {given[1]!r}; it needs 0 <= start < end")
    if article is None:
        raise DatasetError(f"{place}: the gold span names no article; write its id or title in 'article'")
    return (Gold(article, Span(int(given[0]), int(given[1]))),)


def _gold_objects(values: Mapping[str, Any], place: str) -> tuple[Gold, ...]:
    """Return the places of a data set's own ``gold``: a list of ``{"doc", "start", "end"}``."""
    golds = values.get("gold")
    if not isinstance(golds, list) or not golds or not all(isinstance(gold, Mapping) for gold in golds):
        return ()
    return tuple(_gold(gold, f"{place}: gold[{position}]") for position, gold in enumerate(golds))


def _gold(value: Mapping[str, Any], place: str) -> Gold:
    article, start, end = value.get("doc"), value.get("start"), value.get("end")
    if isinstance(article, bool) or not isinstance(article, str | int) or article == "":
        raise DatasetError(f"{place}: 'doc' is {article!r:.60}; write the article's id")
    if start is None and end is None:
        return Gold(str(article), None)
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise DatasetError(f"{place} runs from {start!r:.20} to {end!r:.20}; a span needs 0 <= start < end, or neither")
    return Gold(str(article), Span(start, end))


def _history(values: Mapping[str, Any], found: Mapping[str, tuple[str, ...]], place: str) -> tuple[Turn, ...]:
    turns = values.get(found["history"][0]) if "history" in found else None
    if turns in (None, "", []):
        return ()
    if isinstance(turns, str):
        turns = _parsed_history(turns, place)
    if not isinstance(turns, list):
        raise DatasetError(f"{place}: the history is {turns!r:.60}; write a list of turns")
    return tuple(_turn(turn, f"{place}: history[{position}]") for position, turn in enumerate(turns))


def _parsed_history(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{place}: the history is {text!r:.60}; write a JSON list of turns") from error


def _turn(value: Any, place: str) -> Turn:
    match value:
        case {"role": str(role), "text": str(text)} if role in ROLES:
            speaker: Role = ROLES[role]
            return Turn(speaker, text)
    raise DatasetError(
        f"{place} is {value!r:.60}; write an object with the strings 'role' ('user' or 'assistant') and 'text'"
    )


def _other_columns(values: Mapping[str, Any], found: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    used = {name for field, names in found.items() for name in names if field != "status"}
    other = {name: value for name, value in values.items() if name not in used and isinstance(value, str | int | float)}
    texts = {name: str(value).strip() for name, value in other.items()}
    # A JSON object in a cell is for programs, and "accepted" is what every row is that is asked.
    kept = {name: text for name, text in texts.items() if not text.startswith("{") and text.casefold() not in DECISIONS}
    return {name: text for name, text in kept.items() if 0 < len(text) <= MAX_SLICE_CHARACTERS}
