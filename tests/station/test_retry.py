from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from genred.config.schema import RetryConfig
from genred.stations.retry import LEAST_SHARE, Backoff

CONFIG = RetryConfig(first_wait_s=1.0, longest_wait_s=60.0, settle_s=30.0)


def test_the_ceiling_doubles_from_the_first_wait_to_the_longest() -> None:
    backoff = Backoff(CONFIG)
    ceilings = []
    for _ in range(8):
        ceilings.append(backoff.ceiling_s())
        backoff.wait_s()
    assert ceilings == [1, 2, 4, 8, 16, 32, 60, 60]


@given(st.integers(0, 10_000), st.integers(0, 2**32), st.booleans())
def test_waits_are_drawn_within_their_ceiling_for_ever(attempts: int, seed: int, permanent: bool) -> None:
    backoff = Backoff(CONFIG, random.Random(seed))
    backoff.attempts = attempts
    ceiling_s = backoff.ceiling_s(permanent=permanent)
    wait_s = backoff.wait_s(permanent=permanent)
    assert LEAST_SHARE * ceiling_s <= wait_s <= ceiling_s <= CONFIG.longest_wait_s


def test_waits_differ_so_that_listeners_do_not_come_back_all_at_once() -> None:
    waits = {round(Backoff(CONFIG, random.Random(seed)).wait_s(permanent=True), 3) for seed in range(50)}
    assert len(waits) > 40
    assert all(30.0 <= wait_s <= 60.0 for wait_s in waits)


def test_only_audio_that_flowed_for_a_while_begins_the_waits_anew() -> None:
    backoff = Backoff(CONFIG)
    for start in (0.0, 100.0, 200.0):
        backoff.opened()
        backoff.heard(start)
        backoff.heard(start + 29.0)
        backoff.wait_s()
    assert backoff.attempts == 3
    backoff.opened()
    backoff.heard(300.0)
    backoff.heard(330.0)
    assert backoff.attempts == 0
    assert backoff.ceiling_s() == 1.0
