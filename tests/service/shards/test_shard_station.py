"""A station of a shard that crashes its process, without a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.analysis.bundle import load_bundle
from genred.config.schema import AnalysisConfig, RetryConfig, StreamSource
from genred.events import ConnectionState, ConnectionStatus, StationCounters, StationStatus, StationSwitched
from genred.service.shards.shard import Shard
from genred.service.shards.station import CRASH_FIRST_WAIT_S, CRASH_FORGIVEN_S, ShardStation
from genred.service.station_settings import StationSettings
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from genred.events import Event

DAY_S = 86_400.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def station(clock: VirtualClock, events: list[Event], brisk_model_path: Path) -> Iterator[ShardStation]:
    settings = StationSettings(
        "radio", StreamSource(url="http://radio.example/"), load_bundle(str(brisk_model_path)), AnalysisConfig(),
        RetryConfig(),
    )  # fmt: skip
    shard = Shard("shard 1", clock, keeps_stdin=False)
    yield ShardStation(settings, 1, shard, enabled=True, emit=events.append, clock=clock)
    shard.close()


def test_switch_that_its_process_did_not_live_to_obey_is_published_in_its_place(
    station: ShardStation, events: list[Event], clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shard, "send", lambda *_: True)
    at = clock.moment(clock.now)
    streaming = ConnectionStatus(state=ConnectionState.STREAMING, since=at)
    station.take(
        StationStatus(
            station="radio",
            at=at,
            enabled=True,
            connection=streaming,
            clipping=False,
            bytes_per_s=1.0,
            accounted_until=at,
            counters=StationCounters(),
        )
    )
    station.set_enabled(False)
    for _ in range(2):
        station.break_off("its process was ended by SIGKILL", to_blame=False)
    assert [event.enabled for event in events if isinstance(event, StationSwitched)] == [False]
    last = [event for event in events if isinstance(event, StationStatus)][-1]
    assert (last.enabled, last.connection.state) == (False, ConnectionState.STOPPED)


def test_switch_that_its_process_obeyed_is_published_once(
    station: ShardStation, events: list[Event], clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shard, "send", lambda *_: True)
    station.set_enabled(False)
    station.take(StationSwitched(station="radio", at=clock.moment(clock.now), enabled=False))
    station.break_off("its process was ended by SIGKILL", to_blame=False)
    assert [event.enabled for event in events if isinstance(event, StationSwitched)] == [False]


def wait_after_crash_s(station: ShardStation, clock: VirtualClock) -> float:
    station.break_off("its process was ended by SIGSEGV", to_blame=True)
    return station.due_at - clock.now


def test_station_that_crashes_again_and_again_waits_for_longer_and_longer(
    station: ShardStation, clock: VirtualClock
) -> None:
    for _ in range(6):
        waited_s = wait_after_crash_s(station, clock)
        clock.advance(waited_s + 60.0)
    assert waited_s > 8 * CRASH_FIRST_WAIT_S


def test_crashes_of_months_ago_cost_a_station_nothing(station: ShardStation, clock: VirtualClock) -> None:
    for _ in range(12):
        assert wait_after_crash_s(station, clock) <= CRASH_FIRST_WAIT_S
        clock.advance(30 * DAY_S)


def test_wait_after_a_crash_is_no_time_without_one(station: ShardStation, clock: VirtualClock) -> None:
    for _ in range(12):
        waited_s = wait_after_crash_s(station, clock)
        clock.advance(waited_s + 0.9 * CRASH_FORGIVEN_S)
    assert waited_s > 8 * CRASH_FIRST_WAIT_S
