"""What the product makes of a draft: told to the person who looks at it, and no reason to leave it out."""

from __future__ import annotations

from collections.abc import Callable

from qa.answer import Answer, Reply
from qa.question_generation.nouns import Draft, ReaderFinding


def label(draft: Draft, ask: Callable[[str], Reply]) -> ReaderFinding:
    """Ask a draft, and tell whether a quote holds a part of its gold place."""
    reply = ask(draft.question)
    if not isinstance(reply, Answer):
        return "abstains"
    if draft.answer is None:
        return "answers"
    found = any(each.article_id == draft.article_id and each.span.overlaps(draft.answer) for each in reply.citations)
    return "finds the answer" if found else "quotes another place"
