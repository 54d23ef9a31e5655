from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

import pytest

from genred.engine.load import CALM_S, EFFORTS, LATE_S, TOO_LATE_S, Load

if TYPE_CHECKING:
    from collections.abc import Callable


TURNS_A_SECOND = 20
"""As often as audio is noted; a worker does it for each station."""


class Machine:
    """A worker whose capacity is so many full efforts, and what its stations' audio waits for.

    Args:
        stations: In units of what it can do.
        power: By what its capacity is multiplied at a second: neighbours take some of it now and then.
    """

    def __init__(self, stations: float, power: Callable[[float], float] = lambda _: 1.0) -> None:
        self.now = self.idle_s = 0.0
        self.load = Load("a worker", lambda: self.now, lambda: self.idle_s)
        self.stations = stations
        self.power = power
        self.late_s = 0.0

    def second(self) -> None:
        """Lets a second pass: what cannot be done in it waits."""
        for _ in range(TURNS_A_SECOND):
            # What one second brings takes so many seconds of work.
            brings = self.stations * self.load.effort.work / self.power(self.now)
            behind_s = self.late_s + (brings - 1.0) / TURNS_A_SECOND
            self.late_s = max(0.0, behind_s)
            self.idle_s += self.late_s - behind_s
            self.now += 1.0 / TURNS_A_SECOND
            self.load.note(self.late_s)

    def run(self, seconds: int) -> list[float]:
        """Lets time pass; gives how late the audio was, by seconds."""
        lateness = []
        for _ in range(seconds):
            self.second()
            lateness.append(self.late_s)
        return lateness


def test_a_machine_that_keeps_up_gives_nothing_up() -> None:
    machine = Machine(0.9)
    machine.run(600)
    assert machine.load.effort == EFFORTS[0]


@pytest.mark.parametrize("stations", [1.2, 1.5, 2.0, 3.0, 5.0])
def test_an_overloaded_one_finds_what_it_can_do_and_its_audio_waits_less_than_a_second(stations: float) -> None:
    machine = Machine(stations)
    lateness = sorted(machine.run(660)[60:])
    assert machine.load.overloaded
    assert lateness[len(lateness) * 99 // 100] < 1.0
    assert lateness[-1] < 1.5


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_that_take_half_of_it_now_and_then_make_no_audio_too_late(seed: int) -> None:
    order = random.Random(seed)
    powers = [order.choice([0.5, 0.7, 1.0]) for _ in range(200)]
    machine = Machine(2.0, lambda now: powers[int(now / 8.0) % len(powers)])
    lateness = sorted(machine.run(1_260)[60:])
    assert lateness[len(lateness) * 99 // 100] < TOO_LATE_S
    assert lateness[-1] < 3.0


def test_a_machine_that_could_do_more_is_used() -> None:
    machine = Machine(2.0)
    machine.run(120)
    idle_before_s = machine.idle_s
    machine.run(300)
    assert machine.idle_s - idle_before_s < 0.35 * 300


def test_things_are_given_up_in_their_order() -> None:
    assert [effort.refreshes for effort in EFFORTS[:2]] == [True, False]
    assert [effort.one_window_in for effort in EFFORTS] == sorted(effort.one_window_in for effort in EFFORTS)
    assert all(effort.one_window_in == 4 for effort in EFFORTS if effort.resting)


def test_a_machine_that_keeps_up_again_takes_all_up_again_within_a_minute() -> None:
    machine = Machine(2.0)
    machine.run(60)
    machine.stations = 0.3
    machine.run(60)
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
    now = 0.0
    load = Load("a worker", lambda: now)
    for late_s in [10 * LATE_S, *[0.0] * 49]:
        load.note(late_s)
    now += 1.0
    load.look()
    assert load.effort == EFFORTS[0]


def test_what_has_waited_too_long_is_given_up_where_windows_are() -> None:
    now = 0.0
    load = Load("a worker", lambda: now)
    assert not load.rests(0, 10.0)
    while not load.overloaded:
        now += 5.0
        load.note(now)
    assert load.rests(0, TOO_LATE_S + 0.1)


def test_stations_rest_for_as_long_as_each_other_while_what_is_given_up_goes_up_and_down() -> None:
    order = random.Random(1)
    powers = [order.choice([0.4, 0.6, 1.0]) for _ in range(200)]
    machine = Machine(2.0, lambda now: powers[int(now / 8.0) % len(powers)])
    machine.run(60)
    at_work = [0] * 50
    # A turn takes 20 s, and they are at work for a third of the time.
    for _ in range(900):
        machine.second()
        at_work = [count + (not machine.load.rests(index)) for index, count in enumerate(at_work)]
    assert max(at_work) - min(at_work) < 0.1 * max(at_work)


def test_the_log_hears_of_it_once(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(2.0)
    with caplog.at_level(logging.INFO):
        machine.run(600)
    assert sum("dropped evenly" in record.message for record in caplog.records) <= 2
