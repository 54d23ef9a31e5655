from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.stations.time_account import CATCH_UP_S, MIN_GAP_S, TimeAccount, UnanalysedSpan

BLOCK_S = 0.2


@dataclass
class Account:
    """A coverage with a clock of its own and all gaps that it gave."""

    coverage: TimeAccount
    now: float = 100.0

    def __post_init__(self) -> None:
        self.gaps: list[UnanalysedSpan] = []

    def stream(self, seconds: float) -> None:
        """Audio at the pace of time."""
        for _ in range(round(seconds / BLOCK_S)):
            self.now += BLOCK_S
            self.gaps += self.coverage.add_audio(self.now, BLOCK_S)

    def burst(self, seconds: float) -> None:
        """Audio all at once."""
        for _ in range(round(seconds / BLOCK_S)):
            self.gaps += self.coverage.add_audio(self.now, BLOCK_S)

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def close(self) -> None:
        self.gaps += self.coverage.close(self.now)


@pytest.fixture
def account() -> Account:
    return Account(TimeAccount(100.0))


def test_a_steady_stream_has_no_gap(account: Account) -> None:
    account.stream(60.0)
    account.close()
    assert account.gaps == []
    assert account.coverage.analysed_s == pytest.approx(60.0)


def test_a_late_first_block_is_a_gap_from_the_start(account: Account) -> None:
    account.pause(3.0)
    account.stream(1.0)
    assert [gap.started_at for gap in account.gaps] == [100.0]
    assert [gap.ended_at for gap in account.gaps] == [pytest.approx(103.0)]


def test_an_outage_is_a_gap_from_the_last_audio_to_the_next(account: Account) -> None:
    account.burst(4.0)
    account.stream(10.0)
    account.coverage.end_session()
    account.pause(7.0)
    account.stream(5.0)
    # What the first session gave in advance does not cover the outage: the second gives its own.
    assert [gap.seconds for gap in account.gaps] == [pytest.approx(7.0, abs=0.01)]


def test_a_pause_that_is_made_up_for_is_no_gap(account: Account) -> None:
    account.stream(10.0)
    account.pause(5.0)
    account.burst(5.0)
    account.stream(10.0)
    account.close()
    assert account.gaps == []


def test_a_pause_that_is_not_made_up_for_is_a_gap_where_it_was(account: Account) -> None:
    account.stream(10.0)
    account.pause(5.0)
    account.stream(CATCH_UP_S + 1.0)
    (gap,) = account.gaps
    assert gap.started_at == pytest.approx(110.0, abs=0.1)
    assert gap.seconds == pytest.approx(5.0, abs=0.1)


def test_audio_in_advance_covers_a_pause(account: Account) -> None:
    account.burst(6.0)
    account.pause(5.0)
    account.stream(10.0)
    account.close()
    assert account.gaps == []


def test_samples_that_a_device_lost_are_a_gap_of_that_length(account: Account) -> None:
    account.stream(10.0)
    account.pause(1.0)
    account.now += BLOCK_S
    account.gaps += account.coverage.add_audio(account.now, BLOCK_S, lost_s=1.0)
    account.stream(10.0)
    assert [gap.seconds for gap in account.gaps] == [pytest.approx(1.0, abs=0.01)]


def test_a_slow_clock_is_no_loss(account: Account) -> None:
    for _ in range(20_000):
        account.now += BLOCK_S * 1.0005
        account.gaps += account.coverage.add_audio(account.now, BLOCK_S)
    assert account.gaps == []


def test_a_fast_clock_hides_no_outage(account: Account) -> None:
    for _ in range(20_000):
        account.now += BLOCK_S / 1.05
        account.gaps += account.coverage.add_audio(account.now, BLOCK_S)
    account.pause(40.0)
    account.stream(5.0)
    assert [gap.seconds for gap in account.gaps] == [pytest.approx(10.0, abs=0.5)]


steps = st.one_of(
    st.tuples(st.just("stream"), st.floats(0.2, 30)),
    st.tuples(st.just("burst"), st.floats(0.2, 20)),
    st.tuples(st.just("pause"), st.floats(0, 40)),
    st.tuples(st.just("broke"), st.just(0.0)),
    st.tuples(st.just("lost"), st.floats(0, 5)),
    st.tuples(st.just("dropped"), st.floats(0, 5)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=25))
def test_analysed_time_and_gaps_are_all_of_the_time(programme: list[tuple[str, float]]) -> None:
    account = Account(TimeAccount(100.0))
    for kind, amount in programme:
        if kind == "broke":
            account.coverage.end_session()
        elif kind in {"lost", "dropped"}:
            account.now += BLOCK_S
            lost_s = amount if kind == "lost" else 0.0
            account.gaps += account.coverage.add_audio(account.now, BLOCK_S, lost_s=lost_s, analysed=kind == "lost")
        else:
            getattr(account, kind)(amount)
    account.close()
    wall_s = account.now - 100.0
    gaps_s = sum(gap.seconds for gap in account.gaps)
    assert gaps_s == pytest.approx(account.coverage.gaps_s)
    assert account.coverage.analysed_s >= -1e-6
    assert account.coverage.analysed_s + gaps_s == pytest.approx(wall_s, abs=MIN_GAP_S + 1e-6)
    in_order = sorted(account.gaps, key=lambda gap: gap.started_at)
    assert all(100.0 - 1e-6 <= gap.started_at <= gap.ended_at <= account.now + 1e-6 for gap in in_order)
    assert all(one.ended_at <= two.started_at + 1e-6 for one, two in pairwise(in_order))
