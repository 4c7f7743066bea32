"""A conversation, and how a follow-up in it becomes a question that can be asked alone: by rules, no model.

"And China?" after "How did Russia react?" is read as "How did China react?".
Where the rules find no safe wording, what the question before was about is put
behind the question: "What happened next (the invasion of Ukraine)?". A
question that stands alone stays as it is, to the character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa.config import MAX_QUESTION_CHARACTERS
from qa.followups import english, languages
from qa.followups.referents import Exchange

Role = Literal["user", "assistant"]

REMEMBERED_TURNS = 8  # of the user, that retrieval searches along with a question


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said. An assistant's turn is best given as its short answer and its quotes."""

    role: Role
    text: str


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return the question as it would be asked without the turns before it.

    The same question, to the character, where it stands alone, where nothing
    was asked before, or where its rewriting would be too long to ask. English
    is rewritten; an Italian, German or Russian follow-up is put beside what the
    question before it was about.
    """
    before: list[Exchange] = []
    for turn in history:
        if turn.role == "user" and turn.text.strip():
            before.append(Exchange(_rewritten(turn.text, before)))
        elif turn.role == "assistant" and before:
            before[-1] = Exchange(before[-1].question, turn.text)
    return _rewritten(question, before)


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


def _rewritten(question: str, before: Sequence[Exchange]) -> str:
    if not before or not question.strip():
        return question
    if len(question) > MAX_QUESTION_CHARACTERS:
        return question
    language = languages.language_of(f"{before[-1].question} {question}")
    if language == "other":
        return question
    if language == "en" and not re.search(r"[A-Za-z]", question):
        return question  # of a script that no rule knows
    if language == "en":
        written = english.rewrite(question, before)
    else:
        written = languages.joined(question, before[-1].question, language)
    return written if len(written) <= MAX_QUESTION_CHARACTERS else question
