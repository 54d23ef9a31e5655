from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.engine.load import AT_WORK_S, CALM_S, EFFORTS, LATE_S, Load


class Machine:
    """A worker whose capacity is so many full efforts, and what its stations' audio waits for.

    Args:
        stations: In units of what it can do.
    """

    def __init__(self, stations: float) -> None:
        self.now = 0.0
        self.load = Load("a worker", lambda: self.now)
        self.stations = stations
        self.late_s = 0.0

    def second(self) -> None:
        """Lets a second pass: what cannot be done in it waits."""
        effort = self.load.effort
        # Decoding and features are two fifths of the work, the network three.
        work = self.stations * (1 - effort.resting) * (0.4 + 0.6 / effort.one_window_in)
        self.late_s = max(0.0, self.late_s + work - 1.0)
        self.load.note(self.late_s)
        self.now += 1.0
        self.load.look()


def test_a_machine_that_keeps_up_gives_nothing_up() -> None:
    machine = Machine(0.9)
    for _ in range(600):
        machine.second()
    assert machine.load.effort == EFFORTS[0]


@pytest.mark.parametrize("stations", [1.2, 1.5, 2.0, 3.0])
def test_an_overloaded_one_finds_what_it_can_do_and_its_audio_waits_less_than_three_seconds(stations: float) -> None:
    machine = Machine(stations)
    lateness = []
    for _ in range(600):
        machine.second()
        lateness.append(machine.late_s)
    assert machine.load.overloaded
    assert max(lateness[60:]) < 3.0


def test_things_are_given_up_in_their_order() -> None:
    assert [effort.refreshes for effort in EFFORTS[:2]] == [True, False]
    assert [effort.one_window_in for effort in EFFORTS] == sorted(effort.one_window_in for effort in EFFORTS)
    assert all(effort.one_window_in == 4 for effort in EFFORTS if effort.resting)


def test_a_machine_that_keeps_up_again_takes_all_up_again() -> None:
    machine = Machine(2.0)
    for _ in range(60):
        machine.second()
    machine.stations = 0.3
    for _ in range(2_000):
        machine.second()
    assert machine.load.effort == EFFORTS[0]


def test_each_relapse_makes_it_more_careful() -> None:
    machine = Machine(1.5)
    changes = 0
    for _ in range(3_600):
        before = machine.load.effort
        machine.second()
        changes += machine.load.effort != before
    assert changes < 3_600 / CALM_S / 3


def test_one_station_that_is_late_by_itself_is_no_overload() -> None:
    load = Load("a worker", lambda: 0.0)
    for late_s in [10 * LATE_S, *[0.0] * 49]:
        load.note(late_s)
    load.look()
    assert load.effort == EFFORTS[0]


@given(st.integers(8, 500), st.integers(1, 7))
def test_all_stations_rest_for_the_same_time(stations: int, eighths: int) -> None:
    now = 0.0
    load = Load("a worker", lambda: now)
    while load.effort.resting < eighths / 8:
        now += 5.0
        load.note(now)
        load.look()
    rests = [0] * min(stations, 20)
    at_once = []
    for step in range(120):
        now = 1_000 + step * AT_WORK_S / (1 - eighths / 8) / 120
        resting = [load.rests(index) for index in range(stations)]
        at_once.append(sum(resting) / stations)
        for index in range(len(rests)):
            rests[index] += resting[index]
    assert all(abs(count / 120 - eighths / 8) <= 0.02 for count in rests)
    assert max(abs(share - eighths / 8) for share in at_once) < 0.25


def test_the_log_hears_of_it_once(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(2.0)
    with caplog.at_level(logging.INFO):
        for _ in range(600):
            machine.second()
    assert sum("given up evenly" in record.message for record in caplog.records) <= 2
