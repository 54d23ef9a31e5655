from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.cause import Cause
from genred.stations.time_account import CATCH_UP_S, MAX_ADVANCE_S, MIN_GAP_S, TimeAccount

if TYPE_CHECKING:
    from genred.stations.playout import Span

BLOCK_S = 0.2


@dataclass
class Account:
    """A time account with a clock of its own and all gaps that it gave; each block is a window."""

    books: TimeAccount = field(default_factory=lambda: TimeAccount(100.0))
    now: float = 100.0
    gaps: list[Span] = field(default_factory=list)

    def block(self, *, lost_s: float = 0.0, left_out_s: float = 0.0, seconds: float = BLOCK_S) -> None:
        if left_out_s:
            self.books.add_audio(self.now, left_out_s, missing=Cause.LATE, left_out=Cause.OVERRUN)
        self.books.lose_audio(self.now, lost_s)
        self.books.add_audio(self.now, seconds, missing=Cause.LATE)
        self.books.add_windows([0.0], seconds)
        self.settle()

    def settle(self) -> None:
        before = self.books.settled_until
        gaps = self.books.settle(self.now)
        assert all(gap.started_at >= before for gap in gaps)
        self.gaps += gaps

    def stream(self, seconds: float, *, pace: float = 1.0) -> None:
        """Audio at the pace of time, or at another."""
        for _ in range(round(seconds / BLOCK_S)):
            self.now += BLOCK_S / pace
            self.block()

    def burst(self, seconds: float) -> None:
        """Audio all at once."""
        for _ in range(round(seconds / BLOCK_S)):
            self.block()

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.settle()

    def suffer(self, kind: str, amount: float) -> None:
        """One part of a random programme, `amount` of it."""
        {
            "broke": lambda _: self.books.end_session(),
            "stopped": lambda _: self.books.end_session(self.now),
            "given up": lambda _: self.books.give_up(Cause.RESET),
            "no window": lambda seconds: self.books.add_audio(self.now, seconds, missing=Cause.LATE),
            "lost": lambda seconds: self.block(lost_s=seconds),
            "left out": lambda seconds: self.block(left_out_s=seconds),
            "slow": lambda pace: self.stream(10.0, pace=pace),
            "burst": self.burst,
            "stream": self.stream,
            "pause": self.pause,
        }[kind](amount)

    def close(self) -> None:
        self.gaps += self.books.close(self.now, Cause.STOPPING)

    @property
    def spans(self) -> list[tuple[float, float, str]]:
        """The gaps, in seconds since the beginning."""
        return [(round(gap.started_at - 100.0, 1), round(gap.ended_at - 100.0, 1), str(gap.cause)) for gap in self.gaps]


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_steady_stream_has_no_gap(account: Account) -> None:
    account.stream(60.0)
    account.close()
    assert account.gaps == []
    assert account.books.analysed_s == pytest.approx(60.0)


def test_a_late_first_block_is_a_gap_from_the_start(account: Account) -> None:
    account.pause(3.2)
    account.block()
    assert account.spans == [(0.0, 3.0, "late")]


def test_an_outage_is_a_gap_from_the_last_audio_to_the_next(account: Account) -> None:
    account.stream(10.0)
    account.books.end_session()
    account.pause(7.2)
    account.block()
    assert account.spans == [(10.0, 17.0, "late")]


def test_what_was_sent_in_advance_is_played_after_its_session_too(account: Account) -> None:
    account.burst(4.0)
    account.stream(10.0)
    account.books.end_session()
    account.pause(3.0)
    assert account.books.settled_until == pytest.approx(113.0)
    account.pause(4.2)
    account.block()
    assert account.spans == [(14.0, 17.0, "late")]


def test_sessions_of_a_burst_each_have_no_gap_while_they_follow_in_time(account: Account) -> None:
    for _ in range(10):
        account.burst(10.0)
        account.books.end_session()
        account.pause(9.0)
    account.close()
    assert account.gaps == []


def test_a_burst_is_played_beside_what_is_left_of_the_last_and_not_after_it(account: Account) -> None:
    account.burst(10.0)
    account.books.end_session()
    account.pause(2.0)
    account.burst(3.0)
    account.books.end_session()
    account.pause(20.0)
    account.close()
    assert account.spans == [(10.0, 22.0, "stopping")]


def test_what_lacks_of_audio_in_advance_lacks_when_it_would_have_been_played(account: Account) -> None:
    account.burst(10.0)
    account.block(left_out_s=5.0)
    account.block(lost_s=2.0)
    account.pause(9.0)
    assert account.gaps == []
    account.stream(10.0)
    assert account.spans == [(10.0, 15.0, "overrun"), (15.2, 17.2, "lost")]


def test_what_a_second_session_gives_fills_what_lacks_of_the_first_and_the_other_way_round(account: Account) -> None:
    account.burst(4.0)
    account.block(lost_s=5.0)
    account.books.end_session()
    account.pause(1.0)
    account.burst(5.0)
    account.block(lost_s=10.0)
    account.stream(20.0)
    # The first has nothing from 4.0 to 9.0, and then a block; the second has nothing from 6.0 to 16.0.
    assert account.spans == [(6.0, 9.0, "lost"), (9.2, 16.0, "lost")]


def test_what_an_earlier_session_gave_for_later_hides_no_gap_before_it(account: Account) -> None:
    account.burst(2.0)
    account.block(lost_s=10.0)
    account.burst(5.0)
    account.books.end_session()
    account.pause(5.0)
    account.books.end_session()
    account.stream(5.0)
    # What the first had between 12.0 and 17.2 is still to be played.
    assert account.spans == [(2.0, 5.0, "lost")]


def test_a_player_that_is_stopped_plays_nothing_of_what_it_has(account: Account) -> None:
    account.burst(10.0)
    account.pause(2.0)
    account.books.end_session(account.now)
    account.pause(3.0)
    account.close()
    assert account.spans == [(2.0, 5.0, "stopping")]


def test_what_no_window_was_made_of_when_the_session_ends_is_in_the_gap(account: Account) -> None:
    account.stream(5.0)
    account.books.add_audio(account.now, 3.0, missing=Cause.LATE)
    account.books.end_session()
    account.pause(2.0)
    account.close()
    assert account.spans == [(5.0, 7.0, "stopping")]


def test_what_is_given_up_before_a_window_was_made_of_it_is_a_gap_of_that_cause(account: Account) -> None:
    account.stream(5.0)
    account.now += 3.0
    account.books.add_audio(account.now, 3.0, missing=Cause.LATE)
    account.books.give_up(Cause.RESET, newest_s=1.0)
    account.books.add_windows([0.0], 1.0)
    account.settle()
    assert account.spans == [(5.0, 7.0, "reset")]


def test_what_lies_between_two_windows_is_a_gap(account: Account) -> None:
    account.stream(5.0)
    account.now += 10.0
    account.books.add_audio(account.now, 10.0, missing=Cause.LATE)
    account.books.add_windows([6.0, 0.0], 2.0)
    account.settle()
    assert account.spans == [(5.0, 7.0, "overrun"), (9.0, 13.0, "overrun")]


def test_pieces_that_windows_bridge_are_a_gap_once_they_are_worth_one(account: Account) -> None:
    for _ in range(50):
        account.now += BLOCK_S + 0.026
        account.block(lost_s=0.026)
    account.close()
    assert 0 < len(account.gaps) < 10
    assert account.books.gaps_s == pytest.approx(50 * 0.026, abs=MIN_GAP_S)


def test_a_slow_stream_lacks_what_it_is_slower(account: Account) -> None:
    account.stream(80.0, pace=0.8)
    account.close()
    assert account.books.gaps_s == pytest.approx(20.0, abs=1.5)
    assert {gap.cause for gap in account.gaps} <= {Cause.LATE, Cause.STOPPING}


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
    account.now += 1.0 + BLOCK_S
    account.block(lost_s=1.0)
    account.stream(10.0)
    assert account.spans == [(10.0, 11.0, "lost")]


def test_a_slow_clock_is_no_loss(account: Account) -> None:
    account.stream(4_000.0, pace=0.9995)
    assert account.gaps == []


def test_a_fast_clock_hides_no_outage(account: Account) -> None:
    account.stream(4_000.0, pace=1.05)
    account.pause(MAX_ADVANCE_S + 10.0)
    account.stream(5.0)
    assert [gap.seconds for gap in account.gaps] == [pytest.approx(10.0, abs=0.5)]


steps = st.one_of(
    st.tuples(st.just("stream"), st.floats(0.2, 30)),
    st.tuples(st.just("slow"), st.floats(0.5, 0.999)),
    st.tuples(st.just("burst"), st.floats(0.2, 20)),
    st.tuples(st.just("pause"), st.floats(0, 40)),
    st.tuples(st.just("broke"), st.just(0.0)),
    st.tuples(st.just("stopped"), st.just(0.0)),
    st.tuples(st.just("lost"), st.floats(0, 5)),
    st.tuples(st.just("left out"), st.floats(0, 5)),
    st.tuples(st.just("no window"), st.floats(0, 5)),
    st.tuples(st.just("given up"), st.just(0.0)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(steps, max_size=25))
def test_analysed_time_and_gaps_are_all_of_the_time(programme: list[tuple[str, float]]) -> None:
    account = Account()
    for kind, amount in programme:
        account.suffer(kind, amount)
        assert account.books.settled_until <= account.now
        assert account.books.analysed_s >= -1e-6
    account.close()
    gaps_s = sum(gap.seconds for gap in account.gaps)
    assert gaps_s == pytest.approx(account.books.gaps_s)
    assert account.books.settled_until == account.now
    assert account.books.analysed_s + gaps_s == pytest.approx(account.now - 100.0)
    assert all(100.0 <= gap.started_at < gap.ended_at <= account.now for gap in account.gaps)
    assert all(one.ended_at <= two.started_at for one, two in pairwise(account.gaps))
