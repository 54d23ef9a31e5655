"""Which events begin and end a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from genred.analysis.estimate import State
from genred.cause import Cause
from genred.events import (
    ConnectionState,
    LogFailing,
    LogWorking,
    SilenceEnded,
    SilenceStarted,
    StationSwitched,
)
from genred.outputs.alerts.faults import FaultBegan, FaultTracker
from tests.outputs.events import broken, met, moment, profile, report, status

if TYPE_CHECKING:
    from genred.events import Event, StationStatus

SILENT = SilenceStarted(station="kitchen", at=moment(1), level_dbfs=-120.0, digital=True)
LOUD = SilenceEnded(station="kitchen", at=moment(30), started_at=moment(1), level_dbfs=-20.0)
LOST = status(state=ConnectionState.BACKING_OFF, cause=Cause.DNS)
OFF = StationSwitched(station="kitchen", at=moment(40), enabled=False)


def changes(*events: Event) -> list[str]:
    """`-` for a beginning, `+` for an end of something that had begun."""
    watch, open_faults, found = FaultTracker(), set(), []
    for event in events:
        for change in watch.handle(event):
            if isinstance(change, FaultBegan):
                open_faults.add(change.key)
                found.append(f"-{change.key.what}")
            elif change.key in open_faults:
                open_faults.discard(change.key)
                found.append(f"+{change.key.what}")
    return found


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((SILENT, LOUD), ["-dead_air", "+dead_air"]),
        ((SILENT, report(state=State.SILENCE), report()), ["-dead_air", "+dead_air"]),
        ((SILENT, OFF), ["-dead_air", "+dead_air"]),
        ((LOST, LOST, status()), ["-offline", "+offline"]),
        ((status(state=ConnectionState.CONNECTING), status(state=ConnectionState.FAILED)), ["-offline"]),
        ((LOST, status(state=ConnectionState.STOPPED)), ["-offline"]),
        ((LOST, status(state=ConnectionState.STOPPED, enabled=False)), ["-offline"]),
        ((LOST, OFF, status(state=ConnectionState.STOPPED, enabled=False)), ["-offline", "+offline"]),
        ((status(state=ConnectionState.ENDED),), []),
        ((broken("a"), broken("b"), met("a")), ["-expectation", "-expectation", "+expectation"]),
        ((broken("a"), OFF), ["-expectation", "+expectation"]),
    ],
)
def test_events_begin_and_end_faults(events: tuple[Event, ...], expected: list[str]) -> None:
    assert changes(*events) == expected


def test_faults_of_stations_that_are_no_more_end() -> None:
    watch = FaultTracker()
    for event in (SILENT, LOST, broken("a")):
        list(watch.handle(event))
    assert list(watch.update([profile()], moment(50))) == []
    assert {change.key.what for change in watch.update([], moment(50))} == {"dead_air", "offline", "expectation"}
    assert list(watch.update([], moment(50))) == []


def test_a_station_that_is_no_more_has_no_new_faults() -> None:
    watch = FaultTracker()
    list(watch.update([profile("bath")], moment(0)))
    assert [change for event in (SILENT, LOST, broken("a")) for change in watch.handle(event)] == []
    list(watch.update([profile("bath"), profile()], moment(2)))
    assert len(list(watch.handle(SILENT))) == 1


def test_the_log_fails_and_works() -> None:
    watch = FaultTracker()
    (began,) = watch.handle_daemon(LogFailing(at=moment(1), reason="no space left on device\x1b"))
    assert isinstance(began, FaultBegan)
    assert began.detail == "no space left on device\\x1b"
    (ended,) = watch.handle_daemon(LogWorking(at=moment(5)))
    assert ended.key == began.key


def test_secrets_of_addresses_stay_out_of_what_is_told() -> None:
    lost = lost_because("http://me:hush@radio.example/ is gone")
    (began,) = FaultTracker().handle(lost)
    assert isinstance(began, FaultBegan)
    assert "radio.example" in began.detail
    assert "hush" not in began.detail


def test_why_a_station_is_offline_is_told_though_it_is_known_later() -> None:
    watch = FaultTracker()
    found = [
        change.detail
        for error in (None, None, "no such host", "no such host", "refused")
        for change in watch.handle(lost_because(error))
        if isinstance(change, FaultBegan)
    ]
    assert found == ["", "no such host", "refused"]


def lost_because(error: str | None) -> StationStatus:
    return replace(LOST, connection=replace(LOST.connection, last_error=error))
