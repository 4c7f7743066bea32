"""Evaluation questions: what is asked, what would be right, and where it stands.

A dataset is a directory that holds ``corpus.jsonl`` (one article a line:
``_id``, ``title``, ``text``) and ``questions.jsonl`` (``id``, ``question``, and
optionally ``answers``, ``gold``, ``answerable``, ``history``, ``tags``,
``context_doc``). Keys that are not named here are left alone. Articles are
indexed by `index`, not here; their text is read only to check the gold spans.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from index.article import Span
from qa.errors import DatasetError
from qa.followups.standalone import Role, Turn

Item = TypeVar("Item")
ROLES: Mapping[str, Role] = {"user": "user", "assistant": "assistant", "agent": "assistant"}


class Gold(NamedTuple):
    """A place that answers the question; without a span, somewhere in the article."""

    article_id: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what a right reply to it is.

    Several gold places are alternatives or parts: a measure says how it counts
    them. ``context_article`` is the article that the question was written for,
    known for unanswerable ones too. ``columns`` are those of its file that mean
    nothing to us, for a report to group by.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    gold: tuple[Gold, ...]
    answerable: bool
    history: tuple[Turn, ...] = ()
    tags: tuple[str, ...] = ()
    context_article: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def gold_spans(self) -> tuple[tuple[str, Span], ...]:
        """The gold places that are known to the character, as (article id, span)."""
        return tuple((gold.article_id, gold.span) for gold in self.gold if gold.span is not None)

    @property
    def cluster(self) -> str:
        """The article it is about, or itself: questions about one article succeed and fail together."""
        if self.gold:
            return self.gold[0].article_id
        return self.id if self.context_article is None else self.context_article


@dataclass(frozen=True, slots=True)
class Dataset:
    """A corpus to index and the questions to ask of it."""

    name: str
    corpus: Path
    questions: tuple[Question, ...]


def load_dataset(directory: Path) -> Dataset:
    """Return a dataset directory's questions, every gold span checked against its corpus.

    Raises:
        DatasetError: a file is missing, or a line of one cannot be used.
    """
    corpus, questions = directory / "corpus.jsonl", directory / "questions.jsonl"
    for path in (corpus, questions):
        if not path.is_file():
            raise DatasetError(f"{path}: no such file; a dataset is a directory with corpus.jsonl and questions.jsonl")
    loaded = load_questions(questions, articles=_read_texts(corpus))
    return Dataset(directory.resolve().name, corpus, tuple(loaded))


def load_questions(path: Path, *, articles: Mapping[str, str] | None = None) -> list[Question]:
    """Return the questions of a ``questions.jsonl``, in file order.

    A question that does not say whether it is answerable is when it has an
    answer or a gold place.

    Args:
        path: the file.
        articles: text by article id; where given, each gold place is checked
            against it.

    Raises:
        DatasetError: there is no question, an id comes twice, or a line cannot be used.
    """
    questions: dict[str, Question] = {}
    for where, record in _records(path):
        question = _parse_question(record, where)
        if question.id in questions:
            raise DatasetError(f"{where}: id {question.id!r} comes a second time; give each question its own id")
        if articles is not None:
            _check_gold(question, articles, where)
        questions[question.id] = question
    if not questions:
        raise DatasetError(f"{path}: there is no question in it; write one JSON object a line")
    return list(questions.values())


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each line's object with its ``file:line``; blank lines are passed over."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DatasetError(f"{where}: not JSON ({error}); write one JSON object a line, in UTF-8") from error
        if not isinstance(record, dict):
            raise DatasetError(f"{where}: a {type(record).__name__}, not an object; write one JSON object a line")
        yield where, record


def _read_texts(corpus: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for where, record in _records(corpus):
        article_id, text = _identifier(record, "_id", where), record.get("text")
        if not isinstance(text, str):
            raise DatasetError(f"{where}: article {article_id!r} has no 'text' string; give it one")
        if article_id in texts:
            raise DatasetError(f"{where}: article {article_id!r} comes a second time; give each article its own _id")
        texts[article_id] = text
    return texts


def _parse_question(record: Mapping[str, Any], where: str) -> Question:
    text = record.get("question")
    if not isinstance(text, str) or not text.strip():
        raise DatasetError(f"{where}: 'question' is missing or empty; every line needs an id and a question")
    answers = _list(record, "answers", _string, where)
    gold = _list(record, "gold", _gold, where)
    if record.get("status") in ("draft", "candidate", "refused"):
        raise DatasetError(
            f"{where}: is {record['status']!r}, and no part of a set; look at it with: footnote eval review FILE"
        )
    answerable = record.get("answerable")
    if answerable is None:
        answerable = bool(answers or gold)
    if not isinstance(answerable, bool):
        raise DatasetError(f"{where}: 'answerable' is {answerable!r}; write true or false, or leave it out")
    return Question(
        id=_identifier(record, "id", where),
        question=text,
        answers=answers,
        gold=gold,
        answerable=answerable,
        history=_list(record, "history", _turn, where),
        tags=_list(record, "tags", _string, where),
        context_article=_identifier(record, "context_doc", where) if record.get("context_doc") is not None else None,
    )


def _identifier(record: Mapping[str, Any], key: str, where: str) -> str:
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise DatasetError(f"{where}: {key!r} is {value!r}; write a string that is not empty")
    return str(value)


def _list(record: Mapping[str, Any], key: str, parse: Callable[[Any, str], Item], where: str) -> tuple[Item, ...]:
    values = record.get(key)
    if values is not None and not isinstance(values, list):
        raise DatasetError(f"{where}: {key!r} is {values!r}; write a list")
    return tuple(parse(value, f"{where}: {key}[{position}]") for position, value in enumerate(values or []))


def _string(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise DatasetError(f"{where} is {value!r}; write a string")
    return value


def _turn(value: Any, where: str) -> Turn:
    match value:
        case {"role": str(role), "text": str(text)} if role in ROLES:
            return Turn(ROLES[role], text)
    raise DatasetError(
        f"{where} is {value!r}; write an object with the strings 'role' ('user' or 'assistant') and 'text'"
    )


def _gold(value: Any, where: str) -> Gold:
    if not isinstance(value, dict):
        raise DatasetError(f"{where} is {value!r}; write an object with 'doc', 'start' and 'end'")
    article_id = _identifier(value, "doc", where)
    start, end = value.get("start"), value.get("end")
    if start is None and end is None:
        return Gold(article_id, None)
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise DatasetError(f"{where} runs from {start!r} to {end!r}; a span needs 0 <= start < end, or neither")
    return Gold(article_id, Span(start, end))


def _check_gold(question: Question, articles: Mapping[str, str], where: str) -> None:
    for gold in question.gold:
        text = articles.get(gold.article_id)
        if text is None:
            raise DatasetError(f"{where}: there is no article {gold.article_id!r}; add it or correct 'doc'")
        if gold.span is not None and gold.span.end > len(text):
            raise DatasetError(
                f"{where}: gold span ends at {gold.span.end}, but article {gold.article_id!r} "
                f"has {len(text)} characters; count in code points of its text"
            )
