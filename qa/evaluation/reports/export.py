"""A finished run as the records that other evaluation libraries read: ragas' samples, deepeval's goldens.

Those know strings only. So an abstention says `NOT_STATED`, and the same is
what is expected where a question has no answer; of several right answers the
first is given; a follow-up is given as it was read, since neither library asks
a record with turns before it for its contexts. Fields of ours that they pass
over (``id``, ``status``) lead back to the run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, get_args

from index.article import Hit, Span
from index.errors import ArticleNotFoundError
from index.sentences import split_sentences
from qa.answer import Abstention, Answer
from qa.errors import DatasetError
from qa.evaluation.metrics.verdicts import ArticleText, verdict_of
from qa.evaluation.outcome import Outcome
from qa.evaluation.statements import plain_answer

Library = Literal["ragas", "deepeval"]
Contexts = Literal["consulted", "quotes"]
LIBRARIES: tuple[Library, ...] = get_args(Library)
CONTEXTS: tuple[Contexts, ...] = get_args(Contexts)
NOT_STATED = "The articles do not say."
ARTICLES_AT_HAND = 64  # questions about one article mostly follow each other

Record = dict[str, Any]


def export(
    outcomes: Sequence[Outcome], library: Library, article_text: ArticleText | None, *, contexts: Contexts
) -> str:
    """Return the file of one library: JSON lines for ragas, a JSON list for deepeval; ASCII alone, as both may read it.

    Args:
        outcomes: what came of each question.
        library: whose records.
        article_text: gives an article's text by id; None where there is no library at hand.
        contexts: what counts as retrieved: the passages consulted, or the quotes alone.

    Raises:
        DatasetError: the text of the passages is not at hand, or not as it was when the run was made.
    """
    places = _Places(article_text)
    records = [_record(outcome, places, contexts) for outcome in outcomes]
    if library == "ragas":
        return "".join(json.dumps(_for_ragas(record)) + "\n" for record in records)
    return json.dumps([_for_deepeval(record) for record in records], indent=1) + "\n"


def _record(outcome: Outcome, places: _Places, contexts: Contexts) -> Record:
    question, reply = outcome.question, outcome.reply
    places.check(outcome)
    if contexts == "consulted":
        retrieved = [(hit.passage.article_id, places.passage(hit)) for hit in outcome.consulted]
    else:
        retrieved = list(dict.fromkeys((each.article_id, each.quote) for each in outcome.citations))
    gold = [(gold.article_id, gold.span) for gold in question.gold]
    return {
        "id": question.id,
        "question": reply.trace.standalone_question if question.history else question.question,
        "answer": NOT_STATED if isinstance(reply, Abstention) else plain_answer(reply),
        "expected": _expected(outcome),
        "retrieved": retrieved,
        "gold_articles": list(dict.fromkeys(article_id for article_id, _ in gold)),
        "gold_texts": list(dict.fromkeys(text for place in gold if (text := places.sentences(*place)))),
        "status": _status(outcome),
        "confidence": reply.confidence,
        "verdict": verdict_of(outcome),
        "tags": list(question.tags),
    }


def _expected(outcome: Outcome) -> str | None:
    if not outcome.question.answerable:
        return NOT_STATED
    return outcome.question.answers[0] if outcome.question.answers else None


def _status(outcome: Outcome) -> str:
    if isinstance(outcome.reply, Answer):
        return "partial" if outcome.reply.partial else "answered"
    return "abstained"


def _for_ragas(record: Record) -> Record:
    """Return a ``SingleTurnSample``, ids being those of articles: ragas compares them as sets."""
    return _without_nothing(
        {
            "id": record["id"],
            "status": record["status"],
            "user_input": record["question"],
            "response": record["answer"],
            "reference": record["expected"],
            "retrieved_contexts": [text for _, text in record["retrieved"]],
            "retrieved_context_ids": [article_id for article_id, _ in record["retrieved"]],
            "reference_contexts": record["gold_texts"] or None,
            "reference_context_ids": record["gold_articles"] or None,
        }
    )


def _for_deepeval(record: Record) -> Record:
    """Return what both a ``Golden`` and an ``LLMTestCase`` are read from."""
    return _without_nothing(
        {
            "name": record["id"],
            "input": _no_file(record["question"]),
            "actual_output": _no_file(record["answer"]),
            "expected_output": record["expected"] and _no_file(record["expected"]),
            "retrieval_context": [_no_file(text) for _, text in record["retrieved"]],
            "context": [_no_file(text) for text in record["gold_texts"]] or None,
            "additional_metadata": {
                "status": record["status"],
                "verdict": record["verdict"],
                "confidence": record["confidence"],
                "retrieved_articles": [article_id for article_id, _ in record["retrieved"]],
                "expected_articles": record["gold_articles"],
                "tags": record["tags"],
            },
        }
    )


def _no_file(text: str) -> str:
    """Return a text that names no file: deepeval loads what ``[DEEPEVAL:IMAGE:path]`` names."""
    return text.replace("[DEEPEVAL:", "(DEEPEVAL:")


def _without_nothing(record: Mapping[str, Any]) -> Record:
    return {name: value for name, value in record.items() if value is not None}


class _Places:
    """What stands where, as the articles have it now."""

    def __init__(self, article_text: ArticleText | None) -> None:
        self._text: Callable[[str], str] | None = None
        if article_text is not None:
            self._text = lru_cache(maxsize=ARTICLES_AT_HAND)(article_text)
            self._sentences = lru_cache(maxsize=ARTICLES_AT_HAND)(lambda each: split_sentences(self._of(each)))

    def check(self, outcome: Outcome) -> None:
        """Refuse articles that are not those the run was made with, as far as its quotes can tell."""
        for citation in outcome.citations if self._text else ():
            if citation.status != "unverified" and citation.span.slice(self._of(citation.article_id)) != citation.quote:
                raise DatasetError(
                    f"question {outcome.question.id!r}: article {citation.article_id!r} has changed since the run;"
                    " run the evaluation again"
                )

    def passage(self, hit: Hit) -> str:
        """Return the text of a passage that was consulted: as the reply kept it, or else as the article has it."""
        if hit.passage.text:
            return hit.passage.text
        if self._text is None:
            raise DatasetError(
                "the run keeps where its passages stand, not their text; name the library that was asked with"
                " --library DIR, or export the quotes alone with --contexts quotes"
            )
        return hit.passage.span.slice(self._of(hit.passage.article_id))

    def sentences(self, article_id: str, span: Span | None) -> str | None:
        """Return the whole sentences that a place stands in; None where that is not known."""
        if self._text is None or span is None:
            return None
        text = self._of(article_id)
        touched = [each for each in self._sentences(article_id) if each.overlaps(span)] or [span]
        return text[min(each.start for each in touched) : max(each.end for each in touched)]

    def _of(self, article_id: str) -> str:
        if self._text is None:
            raise DatasetError("there is no library to read articles from; name it with --library DIR")
        try:
            return self._text(article_id)
        except ArticleNotFoundError as error:
            raise DatasetError(
                f"article {article_id!r} of the run is not in this library; name the one that was asked with"
                " --library DIR"
            ) from error
