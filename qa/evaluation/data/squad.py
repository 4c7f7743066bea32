"""SQuAD 1.1 and 2.0: a JSON document of articles, their paragraphs, and questions with offsets into them.

An article is its paragraphs with a blank line between them, so that it is
found as a user's article would be; offsets are moved accordingly.

Source: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension
of Text", 2016, and "Know What You Don't Know", 2018.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from index.article import Article, Span
from index.formats.files import printable
from qa.errors import DatasetError
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.data.nouns import Pair, Problem

_BETWEEN = "\n\n"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_squad(document: Any) -> bool:
    """Tell SQuAD from a list of pairs."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("data"), list)
        and any(isinstance(entry, dict) and "paragraphs" in entry for entry in document["data"])
    )


def read_squad(document: Mapping[str, Any], path: Path) -> tuple[list[Article], list[Pair | Problem]]:
    """Return the articles, and a pair or a problem for each question, in the document's order."""
    articles: dict[str, Article] = {}
    found: list[Pair | Problem] = []
    for number, entry in enumerate(document["data"]):
        place = f"{printable(path)}: data[{number}]"
        paragraphs = entry.get("paragraphs") if isinstance(entry, dict) else None
        if not isinstance(paragraphs, list):
            found.append(Problem(f"{place} has no list of 'paragraphs'; give it one"))
            continue
        title = str(entry.get("title") or f"article {number + 1}").replace("_", " ")
        article_id = title if title not in articles else f"{title} ({number + 1})"
        text = ""
        for position, paragraph in enumerate(paragraphs):
            where = f"{place}.paragraphs[{position}]"
            context = paragraph.get("context") if isinstance(paragraph, dict) else None
            if not isinstance(context, str) or not context.strip():
                found.append(Problem(f"{where} has no 'context' text; its questions cannot be asked"))
                continue
            context = _UNSTORABLE.sub("\ufffd", context)
            start = len(text) + len(_BETWEEN) if text else 0
            text = f"{text}{_BETWEEN}{context}" if text else context
            found += _pairs(paragraph, article_id, context, start, where)
        if text:
            articles[article_id] = Article(
                article_id, title, text, source=f"{printable(path.absolute())}#{article_id}", format="corpus"
            )
    return list(articles.values()), _without_repeats(found)


def _pairs(
    paragraph: Mapping[str, Any], article_id: str, context: str, start: int, place: str
) -> Iterator[Pair | Problem]:
    asked = paragraph.get("qas")
    if not isinstance(asked, list):
        yield Problem(f"{place} has no list of 'qas'; give it one")
        return
    for position, record in enumerate(asked):
        where = f"{place}.qas[{position}]"
        try:
            pair, problems = _pair(record, article_id, context, start, where)
        except DatasetError as error:
            yield Problem(str(error))
        else:
            yield pair
            yield from problems


def _pair(record: Any, article_id: str, context: str, start: int, place: str) -> tuple[Pair, list[Problem]]:
    if not isinstance(record, dict) or not isinstance(record.get("question"), str) or not record["question"].strip():
        raise DatasetError(f"{place}: the question is missing or empty; write one")
    if not isinstance(record.get("id"), str | int) or record["id"] == "":
        raise DatasetError(f"{place}: 'id' is {record.get('id')!r:.40}; write a string that is not empty")
    impossible = record.get("is_impossible", False)
    if not isinstance(impossible, bool):
        raise DatasetError(f"{place}: 'is_impossible' is {impossible!r:.40}; write true or false")
    answers, places, problems = [], [], []
    for position, answer in enumerate(record.get("answers") or []):
        where = f"{place}.answers[{position}]"
        text = answer.get("text") if isinstance(answer, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise DatasetError(f"{where} has no 'text'; give it one")
        answers.append(text)
        at = _offset(context, text, answer.get("answer_start"))
        if at is None:
            problems.append(Problem(f"{where}: {text!r:.60} does not stand in its paragraph; its place is lost", True))
        else:
            places.append(Gold(article_id, Span(start + at, start + at + len(text))))
    question = Question(
        id=str(record["id"]),
        question=record["question"],
        answers=() if impossible else tuple(dict.fromkeys(answers)),
        gold=(),
        answerable=not impossible and bool(answers),
    )
    return Pair(place, question, article_id, (), () if impossible else tuple(dict.fromkeys(places))), problems


def _offset(context: str, text: str, said: Any) -> int | None:
    """Return where an answer stands: where it is said to, or the nearest place that holds it."""
    if type(said) is int and said >= 0 and context.startswith(text, said):
        return said
    starts = [match.start() for match in re.finditer(re.escape(text), context)]
    return min(starts, key=lambda start: abs(start - said) if type(said) is int else start, default=None)


def _without_repeats(found: list[Pair | Problem]) -> list[Pair | Problem]:
    place_of_id: dict[str, str] = {}
    kept: list[Pair | Problem] = []
    for each in found:
        if isinstance(each, Pair):
            first = place_of_id.setdefault(each.question.id, each.place)
            if first != each.place:
                message = f"{each.place}: id {each.question.id!r} was used before, at {first}; give each its own id"
                kept.append(Problem(message))
                continue
        kept.append(each)
    return kept
