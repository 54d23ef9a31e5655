"""The waits before the next attempt at the broker."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from genred.outputs.mqtt.pace import Backoff, Pace


@given(seed=st.integers(), attempts=st.integers(1, 200))
def test_waits_double_up_to_the_longest_and_are_spread(seed: int, attempts: int) -> None:
    pace = Pace(first_wait_s=1.0, longest_wait_s=60.0)
    backoff = Backoff(pace, random.Random(seed))
    for attempt in range(attempts):
        whole = min(60.0, 2.0 ** min(attempt, 10))
        assert whole / 2 <= backoff.next_wait_s() <= whole


def test_connection_that_held_begins_the_waits_anew() -> None:
    backoff = Backoff(Pace(first_wait_s=1.0))
    for _ in range(8):
        backoff.next_wait_s()
    backoff.settle()
    assert backoff.attempts == 0
    assert backoff.next_wait_s() <= 1.0


def test_wrong_credentials_wait_long_from_the_first_time() -> None:
    assert Backoff(Pace(refused_wait_s=60.0)).refused_wait_s() >= 30.0


def test_many_clients_do_not_come_back_in_one_moment() -> None:
    waits = {round(Backoff(Pace()).next_wait_s(), 6) for _ in range(50)}
    assert len(waits) > 40
