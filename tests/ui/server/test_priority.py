"""Who waits in the background goes after people who ask, and not after all of them for ever."""

from __future__ import annotations

import threading
import time

from ui.server.priority import Foreground


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
