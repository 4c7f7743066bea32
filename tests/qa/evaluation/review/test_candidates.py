from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from index.storage.conversations import Feedback, StoredTurn, Verdict
from qa.evaluation.review.candidates import RatedTurn, candidates

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def turn(question: str, *, alone: str | None = None, answer: str = "", reply_id: str = "r") -> StoredTurn:
    quote = {"source": {"article_id": "t", "quote": {"exact": "the quote"}}}
    reply: dict[str, Any] = {"id": reply_id, "status": "answered" if answer else "abstained", "answer": answer}
    reply["citations"] = [quote] if answer else []
    return StoredTurn(question, alone or question, answer, json.dumps(reply), NOON)


def conversation(name: str, *turns: StoredTurn) -> list[RatedTurn]:
    return [RatedTurn(name, position, each, turns[:position]) for position, each in enumerate(turns)]


def thumb(
    verdict: Verdict, place: tuple[str, int] | None = None, *, reply_id: str = "r", comment: str = "", later: int = 0
) -> Feedback:
    given = NOON + timedelta(minutes=later)
    where = place or (None, None)
    return Feedback(reply_id, verdict, "Was?", given, "wrong", comment, *where)


def test_an_unanswered_question_waits_with_the_turns_before_it() -> None:
    turns = conversation("a", turn("What is tea?", answer="Hot. [1]"), turn("And who?", alone="Who drinks tea?"))
    found = candidates(turns, [])
    assert (found.thumbs_down, found.not_answered) == (0, 1)
    (row,) = found.rows
    assert (row["status"], row["question"], row["answers"]) == ("candidate", "And who?", [])
    assert row["history"] == [{"role": "user", "text": "What is tea?"}, {"role": "assistant", "text": "Hot. [1]"}]
    assert row["draft"]["why"] == ["not answered"]


def test_a_thumb_down_waits_with_what_was_answered_cited_and_said_of_it() -> None:
    found = candidates(conversation("a", turn("What is tea?", answer="Cold.")), [thumb("down", ("a", 0), comment="no")])
    (row,) = found.rows
    assert row["draft"] == {
        **{"why": ["thumbs down"], "asked": 1, "answered": "Cold.", "comments": ["wrong: no"]},
        **{"cited": ["the quote"], "articles": ["t"]},
    }


def test_what_was_thought_last_counts() -> None:
    turns = conversation("a", turn("What is tea?", answer="Hot."))
    given = [thumb("down", ("a", 0)), thumb("up", ("a", 0), later=1)]
    assert candidates(turns, given).rows == []


def test_the_same_question_is_one_row_that_says_how_often_it_was_asked() -> None:
    turns = [*conversation("a", turn("Who?")), *conversation("b", turn("who ?")), *conversation("c", turn("WHO"))]
    (row,) = candidates(turns, []).rows
    assert (row["question"], row["draft"]["asked"]) == ("Who?", 3)


def test_a_turn_that_was_not_answered_and_got_a_thumb_down_counts_once() -> None:
    (row,) = candidates(conversation("a", turn("Who?")), [thumb("down", ("a", 0))]).rows
    assert (row["draft"]["asked"], row["draft"]["why"]) == (1, ["not answered", "thumbs down"])


def test_of_a_deleted_conversation_the_question_is_taken_as_it_stands_alone() -> None:
    reply = json.dumps({"id": "r", "standalone_question": "Who drinks tea?", "answer": "I", "citations": []})
    given = Feedback("r", "down", "And who?", NOON, reply_json=reply)
    (row,) = candidates([], [given]).rows
    assert row["question"] == "Who drinks tea?"
    assert "history" not in row


def test_a_thumb_on_a_reply_that_was_replaced_is_of_the_question_it_was_given_for() -> None:
    turns = conversation("a", turn("What is coffee?", answer="Black.", reply_id="new"))
    (row,) = candidates(turns, [thumb("down", ("a", 0), reply_id="old")]).rows
    assert row["question"] == "Was?"


def test_a_thumb_without_a_question_is_counted_and_gives_no_row() -> None:
    found = candidates([], [Feedback("r", "down", "", NOON)])
    assert (found.rows, found.thumbs_down) == ([], 1)


def test_the_id_of_a_candidate_is_that_of_its_question_in_any_wording_of_its_capitals() -> None:
    (first,) = candidates(conversation("a", turn("Who?")), []).rows
    (second,) = candidates(conversation("z", turn("who")), []).rows
    assert first["id"] == second["id"]


def test_whoever_asked_is_not_told() -> None:
    (row,) = candidates(conversation("conversation-of-ada", turn("Who?")), []).rows
    assert "conversation-of-ada" not in json.dumps(row)
