"""Who waits in the background goes after people who ask, and not after all of them for ever."""

from __future__ import annotations

import threading
import time

import pytest

from tests.ui.fakes import seed_product
from ui.server.priority import Foreground, noticed

WHO = "Who asked for the intervention of the troops?"


def waited_s(foreground: Foreground) -> float:
    began = time.monotonic()
    foreground.give_way()
    return time.monotonic() - began


def test_where_nobody_asks_nothing_is_waited_for() -> None:
    assert waited_s(Foreground(longest_wait_s=30)) < 1


def test_the_background_waits_until_the_last_question_is_answered() -> None:
    foreground, order = Foreground(longest_wait_s=30), []

    def background() -> None:
        foreground.give_way()
        order.append("background")

    with foreground.asking():
        with foreground.asking():
            thread = threading.Thread(target=background)
            thread.start()
        time.sleep(0.1)
        order.append("answered")
    thread.join(10)
    assert order == ["answered", "background"]


def test_a_server_that_is_always_asked_still_gets_on() -> None:
    foreground = Foreground(longest_wait_s=0.1)
    with foreground.asking():
        assert 0.1 <= waited_s(foreground) < 5


def test_a_question_that_fails_is_waited_for_no_more() -> None:
    foreground = Foreground(longest_wait_s=30)
    with pytest.raises(RuntimeError, match="secret detail"):
        noticed(seed_product(), foreground).assistant.ask("break")
    assert waited_s(foreground) < 1


def test_a_stream_counts_as_asking_until_it_is_closed() -> None:
    foreground = Foreground(longest_wait_s=0.1)
    events = noticed(seed_product(), foreground).assistant.stream(WHO)
    next(events)
    assert waited_s(foreground) >= 0.1
    events.close()
    assert waited_s(foreground) < 0.05


def test_a_noticed_product_is_otherwise_the_same() -> None:
    product = seed_product()
    same = noticed(product, Foreground())
    assert (same.library, same.example_questions, same.adding, same.pages) == (
        product.library,
        product.example_questions,
        None,
        None,
    )
    assert same.assistant.ask(WHO) == product.assistant.ask(WHO) == same.assistant.quote(WHO)
