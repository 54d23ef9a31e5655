"""What is told of faults and when, on a clock of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.clock import Moment
from genred.config.read import parse_config
from genred.outputs.alerts.desk import Desk, NoticeKind
from genred.outputs.alerts.faults import FaultBegan, FaultEnded, FaultKey

MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
KEY = FaultKey("offline", "kitchen")
HOUR = 3_600.0


def at(seconds: float) -> Moment:
    return Moment(1_000.0 + seconds, MIDNIGHT + timedelta(seconds=seconds), "a run")


def began(seconds: float, key: FaultKey = KEY, *, momentary: bool = False) -> FaultBegan:
    return FaultBegan(key, at(seconds), "offline", momentary=momentary)


def desk(**options: str) -> Desk:
    settings = {"what": "[dead_air, offline, expectation, restart]", "to": "json://h", "time_zone": "UTC", **options}
    text = ", ".join(f"{key}: {value}" for key, value in settings.items())
    config = parse_config(f"stations: {{kitchen: {{source: x}}, attic: {{source: x}}}}\nalerts: {{a: {{{text}}}}}")
    assert config.alerts is not None
    return Desk(config.alerts["a"])


def told(it: Desk, until: float, since: float = 0.0, step: float = 1.0) -> list[tuple[float, str, str]]:
    """What is told up to a moment: when, of what kind, of which station."""
    found = []
    seconds = since
    while seconds <= until:
        found += [(seconds, n.kind.value, n.fault.key.station) for n in it.advance(at(seconds))]
        seconds += step
    return found


def test_a_fault_is_told_once_when_it_has_lasted_and_once_when_it_is_over() -> None:
    it = desk(after="30s")
    it.take(began(10))
    assert told(it, 1_000) == [(40, "began", "kitchen")]
    it.take(FaultEnded(KEY, at(1_000)))
    assert told(it, 2_000, 1_000) == [(1_030, "over", "kitchen")]
    assert not it.waits


def test_a_fault_that_does_not_last_is_not_told() -> None:
    it = desk(after="30s")
    it.take(began(10))
    assert told(it, 30) == []
    it.take(FaultEnded(KEY, at(39)))
    assert told(it, 1_000, 31) == []
    assert not it.waits


def test_a_fault_that_lasted_is_told_though_nobody_looked_meanwhile() -> None:
    it = desk(after="30s")
    it.take(began(10))
    it.take(FaultEnded(KEY, at(41)))
    assert told(it, 1_000, 60) == [(60, "began", "kitchen"), (71, "over", "kitchen")]


def test_a_fault_that_comes_back_before_it_is_over_is_the_same() -> None:
    it = desk(after="30s")
    it.take(began(0))
    assert told(it, 30) == [(30, "began", "kitchen")]
    for minute in range(1, 10):
        it.take(FaultEnded(KEY, at(60 * minute)))
        assert told(it, 60 * minute + 20, 60 * minute) == []
        it.take(began(60 * minute + 20))
    it.take(FaultEnded(KEY, at(700)))
    assert told(it, 1_000, 600) == [(730, "over", "kitchen")]


def test_a_fault_that_goes_on_is_told_as_often_as_asked() -> None:
    it = desk(after="30s", every="1h")
    it.take(began(0))
    assert told(it, 3 * HOUR) == [
        (30, "began", "kitchen"),
        (HOUR + 30, "goes on", "kitchen"),
        (2 * HOUR + 30, "goes on", "kitchen"),
    ]


def test_each_station_and_each_expectation_has_faults_of_its_own() -> None:
    it = desk(after="0s", stations="kitchen")
    for key in (
        KEY,
        FaultKey("offline", "attic"),
        FaultKey("log"),
        FaultKey("dead_air", "kitchen"),
        FaultKey("expectation", "kitchen", "a"),
        FaultKey("expectation", "kitchen", "b"),
    ):
        it.take(began(0, key))
    assert len(told(it, 10)) == 4


class TestQuietHours:
    """From 22:00 to 07:00."""

    def quiet(self, **options: str) -> Desk:
        return desk(after="30s", quiet="22:00-07:00", **options)

    def test_what_is_still_so_at_the_end_is_told_then(self) -> None:
        it = self.quiet()
        it.take(began(3 * HOUR))
        assert told(it, 12 * HOUR, step=30) == [(7 * HOUR, "began", "kitchen")]

    def test_what_came_and_went_is_not_told(self) -> None:
        it = self.quiet()
        it.take(began(3 * HOUR))
        it.advance(at(4 * HOUR))
        it.take(FaultEnded(KEY, at(5 * HOUR)))
        assert told(it, 12 * HOUR, 5 * HOUR, step=30) == []

    def test_the_end_of_what_was_told_before_is_told_after(self) -> None:
        it = self.quiet()
        evening = 21.5 * HOUR
        it.take(began(evening))
        assert told(it, evening + 60, evening) == [(evening + 30, "began", "kitchen")]
        it.take(FaultEnded(KEY, at(23 * HOUR)))
        assert told(it, 32 * HOUR, 23 * HOUR, step=30) == [(31 * HOUR, "over", "kitchen")]

    def test_what_goes_on_is_not_repeated_before_the_end(self) -> None:
        it = self.quiet(every="1h")
        evening = 21.5 * HOUR
        it.take(began(evening))
        assert [kind for _, kind, _ in told(it, 32 * HOUR, evening, step=30)] == ["began", "goes on", "goes on"]

    def test_they_are_of_the_zone_s_clock(self) -> None:
        it = self.quiet(time_zone="Asia/Kolkata")
        it.take(began(0.5 * HOUR))
        assert told(it, 12 * HOUR, 0.5 * HOUR, step=30) == [(1.5 * HOUR, "began", "kitchen")]

    def test_a_restart_is_told_after_them(self) -> None:
        it = self.quiet()
        it.take(began(3 * HOUR, FaultKey("restart"), momentary=True))
        assert told(it, 12 * HOUR, 3 * HOUR, step=30) == [(7 * HOUR, "began", "")]
        assert not it.waits


def test_a_restart_is_told_at_once_and_has_no_end() -> None:
    it = desk(after="1h", every="1h")
    it.take(began(0, FaultKey("restart"), momentary=True))
    assert told(it, 3 * HOUR, step=10) == [(0, "began", "")]


@given(st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=60), st.sampled_from(["0s", "30s", "5min"]))
def test_beginnings_and_ends_take_turns_whatever_comes(script: list[tuple[int, bool]], after: str) -> None:
    it, seconds = desk(after=after), 0.0
    kinds: list[NoticeKind] = []
    for wait, begins in script:
        it.take(began(seconds) if begins else FaultEnded(KEY, at(seconds)))
        for _ in range(0, wait + 1, 10):
            kinds += [notice.kind for notice in it.advance(at(seconds))]
            seconds += 10
    assert kinds == [NoticeKind.BEGAN if number % 2 == 0 else NoticeKind.OVER for number in range(len(kinds))]


@pytest.mark.parametrize("after", ["0s", "10s"])
def test_an_end_without_a_beginning_is_nothing(after: str) -> None:
    it = desk(after=after)
    it.take(FaultEnded(KEY, at(0)))
    assert told(it, 100) == []


def test_what_becomes_known_before_a_fault_is_told_is_told_with_it() -> None:
    it = desk(after="30s")
    it.take(began(0))
    it.take(FaultBegan(KEY, at(10), "offline", "no such host"))
    (notice,) = it.advance(at(30))
    assert (notice.fault.at, notice.fault.detail) == (at(0), "no such host")
