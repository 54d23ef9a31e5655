from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from genred.config.schema import RetryConfig
from genred.stations.retry import LEAST_SHARE, PERMANENT_AFTER_ATTEMPTS, PERMANENT_AFTER_S, RetryPolicy

CONFIG = RetryConfig(first_wait_s=1.0, longest_wait_s=60.0, settle_s=30.0)


def play(policy: RetryPolicy, start: float, seconds: float) -> float:
    """One session of audio, a block a fifth of a second. Returns the time at its end."""
    policy.session_opened()
    for block in range(int(seconds * 5) + 1):
        policy.audio_received(start + block / 5)
    return start + seconds


def test_the_ceiling_doubles_from_the_first_wait_to_the_longest() -> None:
    policy = RetryPolicy(CONFIG)
    ceilings = []
    for _ in range(8):
        ceilings.append(policy.ceiling_s())
        policy.next_wait_s(0.0)
    assert ceilings == [1, 2, 4, 8, 16, 32, 60, 60]


@given(st.integers(0, 10_000), st.integers(0, 2**32), st.booleans())
def test_waits_are_drawn_within_their_ceiling_for_ever(attempts: int, seed: int, permanent: bool) -> None:
    policy = RetryPolicy(CONFIG, random.Random(seed))
    policy.backoff.attempts = attempts
    ceiling_s = policy.ceiling_s()
    wait_s = policy.next_wait_s(0.0, permanent=permanent)
    assert LEAST_SHARE * ceiling_s <= wait_s <= ceiling_s <= CONFIG.longest_wait_s


@given(st.integers(0, 2**32))
def test_a_fault_that_looks_permanent_is_so_only_after_several_attempts_over_minutes(seed: int) -> None:
    policy = RetryPolicy(CONFIG, random.Random(seed))
    now, attempt = 0.0, 1
    while True:
        ceiling_s = policy.ceiling_s()
        wait_s = policy.next_wait_s(now, permanent=True)
        if attempt >= PERMANENT_AFTER_ATTEMPTS and now >= PERMANENT_AFTER_S:
            break
        assert wait_s <= ceiling_s
        now, attempt = now + wait_s, attempt + 1
    assert CONFIG.longest_wait_s / 2 <= wait_s <= CONFIG.longest_wait_s


def test_another_kind_of_fault_between_makes_a_permanent_one_new() -> None:
    policy = RetryPolicy(RetryConfig(first_wait_s=1.0, longest_wait_s=1_000.0))
    for now in range(0, 1_000, 10):
        policy.backoff.attempts = 0
        assert policy.next_wait_s(now, permanent=now % 50 != 0) <= 1.0


def test_a_source_that_has_ever_played_comes_back_with_the_ordinary_waits() -> None:
    policy = RetryPolicy(CONFIG)
    now = play(policy, 0.0, 1.0)
    for attempt in range(50):
        ceiling_s = policy.ceiling_s()
        assert ceiling_s <= min(60.0, 2.0**attempt)
        assert policy.next_wait_s(now, permanent=True) <= ceiling_s
        now += 60.0


def test_waits_differ_so_that_listeners_do_not_come_back_all_at_once() -> None:
    policies = [RetryPolicy(CONFIG, random.Random(seed)) for seed in range(50)]
    for policy in policies:
        policy.backoff.attempts = 10
    waits = {round(policy.next_wait_s(0.0), 3) for policy in policies}
    assert len(waits) > 40


def test_each_stretch_of_audio_counts_towards_beginning_the_waits_anew() -> None:
    policy = RetryPolicy(CONFIG)
    policy.backoff.attempts = 6
    now = play(policy, 0.0, 15.5)
    assert policy.attempts == 3
    policy.next_wait_s(now)
    play(policy, now, 20.5)
    assert policy.attempts == 0


def test_audio_that_flows_for_as_long_as_settling_takes_begins_the_waits_anew() -> None:
    policy = RetryPolicy(CONFIG)
    policy.backoff.attempts = 6
    play(policy, 0.0, 30.5)
    assert policy.attempts == 0


def test_a_server_that_ends_every_connection_after_15_good_seconds_loses_next_to_nothing() -> None:
    policy = RetryPolicy(RetryConfig(), random.Random(1))
    now, waited_s = 0.0, 0.0
    for _ in range(200):
        now = play(policy, now, 15.0)
        wait_s = policy.next_wait_s(now)
        now, waited_s = now + wait_s, waited_s + wait_s
    assert waited_s / now < 0.02


def test_a_server_that_sends_a_burst_and_hangs_up_is_asked_more_and_more_seldom() -> None:
    policy = RetryPolicy(CONFIG)
    for attempt in range(6):
        policy.session_opened()
        for _ in range(100):
            policy.audio_received(float(attempt))
        assert policy.ceiling_s() == min(60.0, 2.0**attempt)
        policy.next_wait_s(float(attempt))


@given(st.integers(0, 2**32), st.integers(0, 20), st.floats(0.0, 100_000.0))
def test_a_server_gets_the_wait_that_it_asks_for_up_to_the_longest(seed: int, attempts: int, asked_s: float) -> None:
    policy, without = (RetryPolicy(CONFIG, random.Random(seed)) for _ in range(2))
    policy.backoff.attempts = without.backoff.attempts = attempts
    wait_s = policy.next_wait_s(0.0, not_before_s=asked_s)
    assert wait_s >= min(asked_s, CONFIG.longest_wait_s)
    assert without.next_wait_s(0.0) <= wait_s <= CONFIG.longest_wait_s


def test_listeners_that_were_asked_for_the_same_wait_do_not_come_back_all_at_once() -> None:
    waits = {RetryPolicy(CONFIG, random.Random(seed)).next_wait_s(0.0, not_before_s=20.0) for seed in range(20)}
    assert len(waits) == 20
    assert max(waits) <= 22.0


@given(st.integers(0, 2**32), st.integers(0, 1_000))
def test_what_may_be_well_any_moment_is_tried_soon_however_often_it_failed(seed: int, attempts: int) -> None:
    policy = RetryPolicy(CONFIG, random.Random(seed))
    policy.backoff.attempts = attempts
    assert policy.next_wait_s(0.0, within_s=15.0) <= 15.0
