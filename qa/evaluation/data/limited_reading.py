"""A file of questions read in another process, held to its limits; the pairs come back as JSON.

What a stranger's file makes of memory and time is that process's: a document of twelve million
empty lists takes a gigabyte to parse, and nobody else can work while it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from index.article import Article
from index.formats.files import printable
from index.formats.limited import process
from index.formats.limits import DEFAULT_LIMITS
from qa.errors import DatasetError
from qa.evaluation.data.columns import Mapped
from qa.evaluation.data.datasets import Gold
from qa.evaluation.data.decoding import MAX_FILE_BYTES
from qa.evaluation.data.nouns import Pair, PairFile, Problem
from qa.evaluation.data.question_json import gold_from_json, gold_to_json, question_from_json, question_to_json

Item = TypeVar("Item")

LIMITS = replace(DEFAULT_LIMITS, max_file_bytes=MAX_FILE_BYTES)
PARCEL_ITEMS = 200  # handed over in one piece, which is parsed while nobody else works: a millisecond or two
_TASK = "qa.evaluation.data:handed_over"
_AS_CSV = {".xlsx": "save its questions as CSV", ".xlsm": "save its questions as CSV"}
_MADE_ANEW = {".xlsx": "save it again as .xlsx, or as CSV", ".xlsm": "save it again as .xlsx, or as CSV"}


def read_apart(path: Path, mapped: Mapped) -> PairFile:
    """Return what another process reads of a file of questions.

    Raises:
        DatasetError: it cannot be read, has no question that can be asked, or takes too much to read.
    """
    suffix = path.suffix.lower()
    found: dict[str, list[Any]] = {"file": [], "pairs": [], "problems": [], "articles": []}
    try:
        for kind, body in process.run(_TASK, path, LIMITS, whole=True, given=[mapped], raises=DatasetError):
            found[kind] += json.loads(body)
    except process.LimitError as error:
        advice = ", or ".join(["split it", *([_AS_CSV[suffix]] if suffix in _AS_CSV else [])])
        raise DatasetError(f"{printable(path)}: {error}; {advice}") from error
    except process.CrashedError as error:
        advice = _MADE_ANEW.get(suffix, "write its questions as CSV")
        raise DatasetError(f"{printable(path)}: {error}; {advice}") from error
    (name, refused, columns, others) = found["file"]
    return PairFile(
        name,
        tuple(map(_pair, found["pairs"])),
        tuple(Problem(*each) for each in found["problems"]),
        own_articles=tuple(
            Article(article_id, title, text, source=source, format="corpus")
            for article_id, title, text, source in found["articles"]
        ),
        refused=refused,
        columns={field: tuple(names) for field, names in columns.items()},
        others=tuple(others),
    )


def parcels_of(found: PairFile) -> Iterator[tuple[str, bytes]]:
    """Yield what `read_apart` puts together again: which part of it, and some of its items as JSON."""
    yield "file", _json([found.name, found.refused, found.columns, found.others])
    yield from _parcels("pairs", found.pairs, _pair_to_json)
    yield from _parcels("problems", found.problems, lambda each: [each.message, each.asked, each.refused])
    for article in found.own_articles:
        yield "articles", _json([[article.id, article.title, article.text, article.source]])


def _parcels(kind: str, items: Sequence[Item], to_json: Callable[[Item], object]) -> Iterator[tuple[str, bytes]]:
    for begin in range(0, len(items), PARCEL_ITEMS):
        yield kind, _json([to_json(each) for each in items[begin : begin + PARCEL_ITEMS]])


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _pair_to_json(pair: Pair) -> Mapping[str, Any]:
    return {
        "place": pair.place,
        "question": question_to_json(pair.question),
        "article": pair.article,
        "quotes": pair.quotes,
        "places": [gold_to_json(gold) for gold in pair.places],
    }


def _pair(record: Mapping[str, Any]) -> Pair:
    places: tuple[Gold, ...] = tuple(map(gold_from_json, record["places"]))
    return Pair(
        record["place"], question_from_json(record["question"]), record["article"], tuple(record["quotes"]), places
    )
