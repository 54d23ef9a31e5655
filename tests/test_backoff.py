"""The waits before the next attempt, of a source or at the broker."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from genred.backoff import Backoff


def make_backoff(seed: int | None = None) -> Backoff:
    return Backoff(1.0, 60.0, least_share=0.5, random_source=random.Random(seed))


@given(seed=st.integers(), attempts=st.integers(1, 2_000))
def test_waits_double_up_to_the_longest_and_are_spread(seed: int, attempts: int) -> None:
    backoff = make_backoff(seed)
    for attempt in range(attempts):
        ceiling_s = min(60.0, 2.0 ** min(attempt, 10))
        assert ceiling_s / 2 <= backoff.next_wait_s() <= ceiling_s


def test_success_begins_the_waits_anew_or_takes_some_attempts_back() -> None:
    backoff = make_backoff()
    for _ in range(8):
        backoff.next_wait_s()
    backoff.succeed(3)
    assert backoff.attempts == 5
    backoff.succeed()
    assert backoff.attempts == 0
    assert backoff.next_wait_s() <= 1.0


def test_a_ceiling_that_is_given_counts_from_the_first_attempt() -> None:
    assert make_backoff().next_wait_s(60.0) >= 30.0


def test_many_clients_do_not_come_back_in_one_moment() -> None:
    waits = {round(make_backoff(seed).next_wait_s(), 6) for seed in range(50)}
    assert len(waits) > 40
