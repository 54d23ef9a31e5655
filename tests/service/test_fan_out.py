"""What outputs that misbehave do to the others: nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from genred.events import SourceLost
from genred.service.fan_out import Fanout
from tests.stations.harness import Recorder
from tests.stations.virtual import EPOCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from genred.events.profile import StationProfile

EVENT = SourceLost(station="fm", at=EPOCH, cause="reset", message="it broke")


class Broken:
    """An output that raises at whatever it is asked."""

    def handle(self, event: object) -> None:
        raise RuntimeError("a fault")

    def update_stations(self, stations: Sequence[StationProfile]) -> None:
        raise RuntimeError("a fault")

    def close(self) -> None:
        raise RuntimeError("a fault")


class Threaded(Recorder):
    """An output with a thread of its own."""

    alive = True


def test_an_output_that_raises_starves_no_other_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder()
    fanout = Fanout([Broken(), recorder])
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            fanout.handle(EVENT)
        fanout.update_stations([])
        fanout.close()
    assert recorder.events == [EVENT] * 3
    assert recorder.closed
    (said,) = caplog.records
    assert "Broken: fault 1" in said.getMessage()


def test_an_output_whose_thread_died_is_noticed_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    threaded = Threaded()
    fanout = Fanout([Recorder(), threaded])
    assert fanout.alive()
    threaded.alive = False
    assert not fanout.alive()
    assert not fanout.alive()
    assert len([record for record in caplog.records if "Threaded" in record.getMessage()]) == 1
    threaded.alive = True
    assert fanout.alive()
