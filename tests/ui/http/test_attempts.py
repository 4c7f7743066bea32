"""Wrong tokens: a few are free, then each costs more; nobody else waits, and nothing grows for ever."""

from __future__ import annotations

import pytest

from qa.errors import QuotaError
from ui.http.attempts import FREE, LONGEST_WAIT_S, MOST_ADDRESSES, Attempts

RIGHT = ("0123456789abcdef",)
HERE = "203.0.113.1"


class Clock:
    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(now=clock)


def wait_of(attempts: Attempts, token: str = RIGHT[0], address: str = HERE) -> int:
    try:
        attempts.check(token, RIGHT, address)
    except QuotaError as error:
        return error.retry_after_s
    return 0


def test_a_person_may_mistype_it(attempts: Attempts) -> None:
    assert [attempts.check(f"wrong {n}", RIGHT, HERE) for n in range(FREE)] == [False] * FREE
    assert attempts.check(RIGHT[0], RIGHT, HERE)


def test_each_wrong_one_after_that_makes_its_address_wait_longer(attempts: Attempts, clock: Clock) -> None:
    waits = []
    for n in range(FREE + 12):
        attempts.check(f"wrong {n}", RIGHT, HERE)
        waits.append(wait_of(attempts))
        clock.at += waits[-1]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert waits[-1] == LONGEST_WAIT_S


def test_while_an_address_waits_the_right_one_is_refused_too(attempts: Attempts, clock: Clock) -> None:
    for n in range(FREE + 1):
        attempts.check(f"wrong {n}", RIGHT, HERE)
    with pytest.raises(QuotaError, match=r"too many wrong tokens came from this address; try again in 1 s"):
        attempts.check(RIGHT[0], RIGHT, HERE)
    clock.at += 1
    assert attempts.check(RIGHT[0], RIGHT, HERE)


def test_other_addresses_do_not_wait(attempts: Attempts) -> None:
    for n in range(FREE + 1):
        attempts.check(f"wrong {n}", RIGHT, "2001:db8::1")
    assert wait_of(attempts) == 0
    assert wait_of(attempts, address="2001:db8::2") == 1  # of the same network


def test_a_program_with_an_old_token_shuts_out_nobody(attempts: Attempts) -> None:
    assert [attempts.check("old", RIGHT, HERE) for _ in range(100)] == [False] * 100
    assert attempts.check(RIGHT[0], RIGHT, HERE)


def test_after_an_hour_of_nothing_wrong_it_is_forgotten(attempts: Attempts, clock: Clock) -> None:
    for n in range(FREE + 1):
        attempts.check(f"wrong {n}", RIGHT, HERE)
    clock.at += 3_601
    attempts.check("wrong again", RIGHT, HERE)
    assert wait_of(attempts) == 0


def test_as_many_addresses_are_remembered_as_fit(attempts: Attempts) -> None:
    for n in range(MOST_ADDRESSES + 10):
        attempts.check("wrong", RIGHT, f"10.{n // 65_536}.{n // 256 % 256}.{n % 256}")
    assert len(attempts._failures) == MOST_ADDRESSES


def test_one_of_several_right_ones_is_enough(attempts: Attempts) -> None:
    assert [attempts.check(token, ("a", "b"), HERE) for token in ("a", "b", "ab", "caf\udce9")] == [
        *(True, True, False, False)
    ]
