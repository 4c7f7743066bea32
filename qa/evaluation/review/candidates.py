"""What people asked and were not helped with: thumbs down, and questions that were not answered.

Each becomes a row that waits for a person with an answer; what is asked twice
is one row, that says how often.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from index.storage.conversations import Feedback, StoredTurn
from qa.evaluation.review.rows import Row, row_id

Why = Literal["thumbs down", "not answered"]


@dataclass(frozen=True, slots=True)
class RatedTurn:
    """A turn of anybody's conversation, with the turns before it; whose it is, is not told."""

    conversation_id: str
    position: int
    turn: StoredTurn
    before: tuple[StoredTurn, ...]


@dataclass(frozen=True, slots=True)
class FoundPairs:
    """The candidates of a library, and how many thumbs and unanswered questions they came from."""

    rows: list[Row]
    thumbs_down: int
    not_answered: int


@dataclass(slots=True)
class _Asked:
    """One question, however often it was asked."""

    question: str
    before: Sequence[StoredTurn]
    reply: dict[str, Any] | None
    times: set[tuple[str, object]]
    why: set[Why]
    comments: list[str]


def candidates(turns: Iterable[RatedTurn], feedback: Sequence[Feedback]) -> FoundPairs:
    """Return the candidates, in the order in which they were asked first: unanswered questions, then thumbs down.

    What was thought last of a reply counts: a thumb that was turned up is none.
    A question is the same as another when it reads the same on its own, capitals
    and the mark at its end apart.
    """
    by_question: dict[str, _Asked] = {}
    places: dict[tuple[str, int], RatedTurn] = {}
    not_answered = 0
    for kept in turns:
        places[(kept.conversation_id, kept.position)] = kept
        if json.loads(kept.turn.reply_json).get("status") == "abstained":
            not_answered += 1
            _note(by_question, kept, (kept.conversation_id, kept.position), "not answered")
    down = [given for given in _last_verdicts(feedback) if given.verdict == "down"]
    for given in down:
        place = (given.conversation_id or "", given.position)
        kept_turn = places.get((given.conversation_id or "", -1 if given.position is None else given.position))
        same = kept_turn is not None and json.loads(kept_turn.turn.reply_json).get("id") == given.reply_id
        asked = kept_turn if kept_turn is not None and same else given
        when = place if same else ("", given.reply_id + given.created.isoformat())
        comment = ": ".join(part for part in (given.reason, given.comment) if part)
        _note(by_question, asked, when, "thumbs down", comment)
    rows = [_row(key, asked) for key, asked in by_question.items()]
    return FoundPairs(rows, len(down), not_answered)


def _last_verdicts(feedback: Sequence[Feedback]) -> list[Feedback]:
    last: dict[tuple[object, ...], Feedback] = {}
    for given in feedback:
        nowhere = given.conversation_id is None
        last[
            (given.reply_id, given.conversation_id, given.created if nowhere and not given.reply_id else given.position)
        ] = given
    return list(last.values())


def _note(
    by_question: dict[str, _Asked], asked: RatedTurn | Feedback, when: tuple[str, object], why: Why, comment: str = ""
) -> None:
    if isinstance(asked, RatedTurn):
        question, before, reply = asked.turn.question, asked.before, json.loads(asked.turn.reply_json)
        alone = asked.turn.standalone_question
    else:
        reply = json.loads(asked.reply_json) if asked.reply_json else None
        alone = (reply or {}).get("standalone_question") or asked.question
        question, before = alone, ()  # the turns before it are gone: only what stands alone can be asked
    key = " ".join(alone.casefold().split()).rstrip("?!. ")
    if not key:
        return
    one = by_question.setdefault(key, _Asked(question, before, reply, set(), set(), []))
    one.times.add(when)
    one.why.add(why)
    if comment and comment not in one.comments:
        one.comments.append(comment)


def _row(key: str, asked: _Asked) -> Row:
    reply = asked.reply or {}
    citations = reply.get("citations", ())
    history = [
        turn
        for each in asked.before
        for turn in ({"role": "user", "text": each.question}, {"role": "assistant", "text": each.answer})
        if turn["text"]
    ]
    came: Row = {"why": sorted(asked.why), "asked": len(asked.times)}
    came |= {"answered": reply.get("answer") or "", "comments": asked.comments}
    came["cited"] = [each["source"]["quote"]["exact"] for each in citations]
    row: Row = {"id": row_id("candidate", key), "status": "candidate", "question": asked.question, "answers": []}
    if history:
        row["history"] = history
    cited = {each["source"]["article_id"] for each in citations}
    came["articles"] = sorted(cited)
    return row | {"tags": sorted(asked.why), "draft": came}
