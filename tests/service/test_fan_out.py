"""What outputs that misbehave do to the others: nothing."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.events import LogFailing, Output, SourceLost
from genred.service import fan_out as fan_out_module
from genred.service.fan_out import FanOut
from tests.patience import PATIENCE_S
from tests.stations.harness import Recorder
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from genred.events import DaemonEvent, StationProfile

EVENT = SourceLost(station="fm", at=VirtualClock().moment(0), cause=Cause.RESET, message="it broke")


class Broken(Output):
    """An output that raises at whatever it is asked."""

    def handle(self, event: object) -> None:
        raise RuntimeError("a fault")

    def update(self, stations: Sequence[StationProfile]) -> None:
        raise RuntimeError("a fault")

    def close(self) -> None:
        raise RuntimeError("a fault")


class Threaded(Recorder):
    """An output with a thread of its own."""

    alive = True


def test_an_output_that_raises_starves_no_other_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder()
    fan_out = FanOut([Broken(), recorder])
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            fan_out.handle(EVENT)
        fan_out.update([])
        fan_out.close()
    assert recorder.events == [EVENT] * 3
    assert recorder.closed
    (said,) = caplog.records
    assert "Broken: error 1" in said.getMessage()


def test_an_output_whose_thread_died_is_noticed_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    threaded = Threaded()
    fan_out = FanOut([Recorder(), threaded])
    assert fan_out.alive()
    threaded.alive = False
    assert not fan_out.alive()
    assert not fan_out.alive()
    assert len([record for record in caplog.records if "Threaded" in record.getMessage()]) == 1
    threaded.alive = True
    assert fan_out.alive()


class Hanging(Output):
    """An output whose close never returns by itself."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def handle(self, event: object) -> None:
        pass

    def close(self) -> None:
        self.released.wait(PATIENCE_S)


def test_an_output_that_hangs_takes_no_time_from_the_others_at_the_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fan_out_module, "CLOSE_WITHIN_S", 1.0)
    hanging, recorder = [Hanging(), Hanging()], Recorder()
    FanOut([*hanging, recorder]).close()
    assert recorder.closed
    assert caplog.messages == ["Hanging, Hanging: abandoned because it did not close in time"]
    for output in hanging:
        output.released.set()


class Attentive(Recorder):
    """An output that cares for the daemon as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self.of_daemon: list[DaemonEvent] = []

    def handle_daemon(self, event: DaemonEvent) -> None:
        self.of_daemon.append(event)


def test_events_of_the_daemon_reach_those_who_care() -> None:
    attentive, event = Attentive(), LogFailing(at=VirtualClock().moment(0), reason="the disk is full")
    FanOut([Broken(), Recorder(), attentive]).handle_daemon(event)
    assert attentive.of_daemon == [event]
    assert attentive.events == []
