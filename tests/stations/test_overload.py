from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from genred.cause import Cause
from genred.config.schema import StreamSource
from genred.engine.load import EFFORTS, Load
from genred.events import AnnouncementChanged, Gap, StationReport, StationStatus
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import hostile, sounds
from tests.stations.harness import Running
from tests.stations.test_faults import assert_all_time_is_accounted_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sources.hostile import HostileServer, Line


def paced(form: tuple[str, ...]) -> Callable[[Line], None]:
    """Sends half a minute of a format at the pace of time."""

    def behave(line: Line) -> None:
        line.send(hostile.OK)
        encoded = sounds.encoded(form, 30.0)
        size = len(encoded) // 300
        for start in range(0, len(encoded), size):
            line.send(encoded[start : start + size])
            time.sleep(0.1)

    return behave


@pytest.mark.parametrize("form", [sounds.MP3, sounds.AAC, sounds.OGG_VORBIS, sounds.FLAC])
def test_a_station_that_rests_has_a_gap_and_keeps_its_genre(
    form: tuple[str, ...], server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resting = False
    monkeypatch.setattr(Load, "rests", lambda *_: resting)
    source = InternetStream(StreamSource(url=server.on("/x", paced(form))))
    with Running(source) as running:
        running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "rock")
        resting = True
        running.recorder.wait(StationStatus, where=lambda status: status.counters.unanalysed_s > 2.0)
        resting = False
        running.recorder.wait(Gap, where=lambda gap: gap.cause is Cause.OVERRUN)
        before = running.recorder.last_status.counters.windows
        running.recorder.wait(StationStatus, where=lambda status: status.counters.windows > before)
        running.stop()
    gaps = [gap for gap in running.recorder.of(Gap) if gap.cause is Cause.OVERRUN]
    assert sum(gap.duration_s for gap in gaps) > 1.5
    assert len(gaps) <= 3
    assert [event.announcement for event in running.recorder.of(AnnouncementChanged)][-2:] == ["rock", "offline"]
    assert running.recorder.last_status.counters.dropped_windows >= 1.5 / running.analyzer.step_s
    assert_all_time_is_accounted_for(running)


def test_an_overloaded_worker_s_stations_say_so_and_are_reported_more_seldom(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Load, "effort", EFFORTS[2])
    source = InternetStream(StreamSource(url=server.on("/x", paced(sounds.MP3))))
    with Running(source) as running:
        running.recorder.wait(StationReport, where=lambda report: report.genre == "rock")
        time.sleep(2.0)
        running.stop()
    assert running.recorder.last_status.overloaded
    assert len(running.recorder.of(StationReport)) <= 4
