"""What happens around each question: it is noticed as long as it is answered, and its reply is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from qa.answer import Reply
from qa.events import Found
from qa.followups.standalone import Turn
from tests.ui.fakes import ScriptedAssistant, seed_product
from ui.server.instrumented import InstrumentedAssistant

WHO = "Who asked for the intervention of the troops?"


@dataclass
class Noted:
    assistant: ScriptedAssistant = field(default_factory=lambda: seed_product().assistant)
    asking: int = 0
    replies: list[Reply] = field(default_factory=list)

    @contextmanager
    def around(self) -> Iterator[None]:
        self.asking += 1
        try:
            yield
        finally:
            self.asking -= 1

    @property
    def instrumented(self) -> InstrumentedAssistant:
        return InstrumentedAssistant(self.assistant, self.around, self.replies.append)


def test_a_reply_is_told_however_it_was_asked_for() -> None:
    noted = Noted()
    reply = noted.instrumented.ask(WHO)
    assert list(noted.instrumented.stream(WHO))[-1] is not None
    assert (noted.replies, noted.asking) == ([reply, reply], 0)


def test_a_quote_is_a_suggestion_that_nobody_asked() -> None:
    noted = Noted()
    assert noted.instrumented.quote(WHO) == noted.assistant.ask(WHO)
    assert noted.replies == []


def test_all_that_comes_with_a_question_reaches_the_assistant() -> None:
    noted = Noted()
    noted.instrumented.ask(WHO, history=[Turn("user", "Why?")], article_ids=["seed"], standalone="Who?")
    assert (noted.assistant.asked, noted.assistant.heard) == (
        [(WHO, ("seed",))],
        [((Turn("user", "Why?"),), "Who?")],
    )


def test_a_question_that_fails_is_asked_no_more() -> None:
    noted = Noted()
    with pytest.raises(RuntimeError, match="secret detail"):
        noted.instrumented.ask("break")
    assert (noted.replies, noted.asking) == ([], 0)


def test_a_stream_counts_as_asking_until_it_is_closed_which_ends_the_work() -> None:
    noted = Noted(ScriptedAssistant(events=[Found(())], endless=True))
    events = noted.instrumented.stream(WHO)
    next(events)
    assert (noted.asking, noted.assistant.closed.is_set()) == (1, False)
    events.close()
    assert (noted.asking, noted.assistant.closed.is_set()) == (0, True)
