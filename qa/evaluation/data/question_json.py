"""A question as it stands in the files of a run, and the way back: the keys of ``questions.jsonl``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from index.article import Span
from qa.errors import DatasetError
from qa.evaluation.data.datasets import Gold, Question
from qa.followups.standalone import Turn


def question_to_json(question: Question) -> dict[str, Any]:
    """Return the question as JSON values, with all that a metric looks at."""
    return {
        "id": question.id,
        "question": question.question,
        "answers": list(question.answers),
        "gold": [gold_to_json(gold) for gold in question.gold],
        "answerable": question.answerable,
        "history": [asdict(turn) for turn in question.history],
        "tags": list(question.tags),
        "context_doc": question.context_article,
        "columns": dict(question.columns),
    }


def question_from_json(record: Mapping[str, Any]) -> Question:
    """Return the question that a record of `question_to_json` was made from.

    Raises:
        DatasetError: it was made from none.
    """
    try:
        return Question(
            id=record["id"],
            question=record["question"],
            answers=tuple(record["answers"]),
            gold=tuple(gold_from_json(gold) for gold in record["gold"]),
            answerable=record["answerable"],
            history=tuple(Turn(**turn) for turn in record["history"]),
            tags=tuple(record["tags"]),
            context_article=record["context_doc"],
            columns=dict(record.get("columns", {})),
        )
    except (AttributeError, LookupError, TypeError) as error:
        raise DatasetError(f"a kept question cannot be read ({error!r}); run the evaluation again") from error


def gold_to_json(gold: Gold) -> dict[str, Any]:
    """Return a gold place as JSON values; one without a span has null for it."""
    start, end = gold.span if gold.span is not None else (None, None)
    return {"doc": gold.article_id, "start": start, "end": end}


def gold_from_json(record: Mapping[str, Any]) -> Gold:
    """Return the gold place that a record of `gold_to_json` was made from."""
    start, end = record["start"], record["end"]
    return Gold(record["doc"], None if start is None or end is None else Span(start, end))
