"""A conversation, and how a follow-up in it becomes a question that can be asked alone: by rules, no model.

"And China?" after "How did Russia react?" is read as "How did China react?".
Only what is sure is rewritten, and only into what a person would have asked;
any other follow-up stays as it is, to the character, and what was said before
it is searched along (`background`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qa.config import MAX_QUESTION_CHARACTERS
from qa.followups.english import Exchange, follow, rewrite
from qa.language import language_of

Role = Literal["user", "assistant"]

REMEMBERED_TURNS = 8  # of the user, that retrieval searches along with a question


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said. An assistant's turn is best given as its short answer, and its quotes on other lines."""

    role: Role
    text: str


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return the question as it would be asked without the turns before it.

    The same question, to the character, where it stands alone, where nothing
    was asked before, where it is not English, or where its rewriting would be
    too long to ask.
    """
    before: Exchange | None = None
    for turn in history:
        if turn.role == "user" and turn.text.strip():
            before = follow(turn.text[:MAX_QUESTION_CHARACTERS], before)
        elif turn.role == "assistant" and before is not None:
            before = replace(before, answer=turn.text)
    if before is None or not question.strip() or len(question) > MAX_QUESTION_CHARACTERS:
        return question
    if language_of(f"{before.question} {question}") != "en":
        return question
    written = rewrite(question, before)
    return written if len(written) <= MAX_QUESTION_CHARACTERS else question


def background(question: str, history: Sequence[Turn]) -> str:
    """Return what retrieval searches along with a follow-up: what the user said before, and the question.

    Nothing where nothing was said. The latest turns are kept, as many as fit
    into the length of a question.
    """
    said = [turn.text.strip() for turn in history if turn.role == "user" and turn.text.strip()]
    kept = [question.strip()] if said else []
    for text in reversed(said[-REMEMBERED_TURNS:]):
        if sum(len(each) + 1 for each in kept) + len(text) > MAX_QUESTION_CHARACTERS:
            break
        kept.insert(0, text)
    return " ".join(kept)
