"""A station of a shard that crashes its process, without a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.analysis.bundle import load_bundle
from genred.config.schema import AnalysisConfig, RetryConfig, StreamSource
from genred.service.shards.shard import Shard
from genred.service.shards.station import CRASH_FIRST_WAIT_S, CRASH_FORGIVEN_S, ShardStation
from genred.service.station_settings import StationSettings
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY_S = 86_400.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def station(clock: VirtualClock, brisk_model_path: Path) -> Iterator[ShardStation]:
    settings = StationSettings(
        "radio", StreamSource(url="http://radio.example/"), load_bundle(str(brisk_model_path)), AnalysisConfig(),
        RetryConfig(),
    )  # fmt: skip
    shard = Shard("shard 1", clock, keeps_stdin=False)
    yield ShardStation(settings, 1, shard, enabled=True, emit=lambda _: None, clock=clock)
    shard.close()


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
