"""Between stations and outputs, what happens is held against what is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from genred.config.read import parse_config
from genred.events import ExpectationBroken, ExpectationMet, MetReason, StationReport, StationSwitched
from genred.service.expectation_stage import LOOK_EVERY_S, ExpectationStage
from genred.service.supervisor import Supervisor
from tests.outputs.events import report
from tests.service.harness import RecordingNotifier, Studio, Witness, running
from tests.stations.harness import Recorder
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path

    from genred.config.schema import Config
    from genred.events import Event

MOST_PLAYED_S = 60


def configured(expect: str, *, model: str = "default") -> Config:
    return parse_config(
        f"model: {model}\nstations: {{fm: {{source: 'http://fm', time_zone: UTC, expect: [{expect}]}}}}"
    )


def switched(clock: VirtualClock, station: str = "fm", *, enabled: bool = True) -> StationSwitched:
    return StationSwitched(station=station, at=clock.moment(clock.monotonic()), enabled=enabled)


def music(clock: VirtualClock) -> StationReport:
    at = clock.moment(clock.monotonic())
    return replace(report("fm"), at=at, since=at)


def test_events_are_passed_on_in_order() -> None:
    clock, recorder = VirtualClock(), Recorder()
    stage = ExpectationStage(configured("{silence_at_most: 20s}"), recorder.handle, clock)
    events: list[Event] = [switched(clock), switched(clock, "unknown"), music(clock), switched(clock, enabled=False)]
    for event in events:
        stage.handle(event)
    assert recorder.events == events


def test_what_breaks_follows_what_broke_it() -> None:
    clock, recorder = VirtualClock(), Recorder()
    stage = ExpectationStage(configured("{only: [speech], for: 5s}"), recorder.handle, clock)
    for _ in range(10):
        stage.handle(music(clock))
        clock.advance(1.0)
    kinds = [type(event) for event in recorder.events]
    assert kinds.count(ExpectationBroken) == 1
    assert kinds[:7] == [StationReport] * 6 + [ExpectationBroken]


def test_time_passes_for_a_station_of_which_nothing_comes() -> None:
    # The virtual clock stands at a quarter past midnight.
    clock, recorder = VirtualClock(), Recorder()
    stage = ExpectationStage(configured("{only: [speech], for: 5s, between: '00:00-01:00'}"), recorder.handle, clock)
    for _ in range(10):
        stage.handle(music(clock))
        clock.advance(1.0)
    clock.advance(3_600 + LOOK_EVERY_S)
    stage.tick()
    (lifted,) = recorder.of(ExpectationMet)
    assert lifted.reason is MetReason.SPAN_OVER


def test_a_running_station_breaks_what_is_expected_and_a_reload_ends_it(studio: Studio, tiny_model_path: Path) -> None:
    model, output = str(tiny_model_path), Witness()
    supervisor = Supervisor(
        configured("{only: [silence], for: 5s, id: quiet}", model=model),
        [output],
        RecordingNotifier(),
        source=studio.open,
        clock=studio.clock,
    )
    with running(supervisor):
        studio.let_start(["fm"], output)
        assert [expected.id for expected in supervisor.profiles[0].expectations] == ["quiet"]
        source = studio.opened["http://fm"][0]
        for _ in range(MOST_PLAYED_S):
            windows = len(output.of(StationReport))
            source.give(1.0)
            studio.clock.advance(1.0)
            output.wait(StationReport, count=windows + 1)
            if output.of(ExpectationBroken):
                break
        assert [(broken.station, broken.expectation) for broken in output.of(ExpectationBroken)] == [("fm", "quiet")]
        supervisor.reload(configured("{silence_at_most: 20s}", model=model))
        output.wait(ExpectationMet, where=lambda event: event.reason is MetReason.RECONFIGURED)
        output.wait_for_update(1)
        assert [expected.id for expected in output.profiles[0].expectations] == ["silence"]
