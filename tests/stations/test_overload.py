from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from genred.audio import AudioBlock
from genred.cause import Cause
from genred.config.schema import StreamSource
from genred.engine.load import EFFORTS, LATE_S, Load
from genred.events import AnnouncementChanged, ConnectionState, Gap, StationReport, StationStatus
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import hostile, sounds
from tests.sources.stream.live_hls import LiveHls
from tests.stations.harness import Running

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sources.hostile import HostileServer, Line


def paced(form: tuple[str, ...]) -> Callable[[Line], None]:
    """Sends half a minute of a format at the pace of time."""

    def behave(line: Line) -> None:
        line.send(hostile.OK)
        encoded = sounds.encoded(form, 30.0)
        size = len(encoded) // 300
        began_at = time.monotonic()
        for number, start in enumerate(range(0, len(encoded), size), 1):
            line.send(encoded[start : start + size])
            # A busy machine that sleeps for longer catches up.
            time.sleep(max(0.0, began_at + 0.1 * number - time.monotonic()))

    return behave


STREAMS: dict[str, Callable[[HostileServer], str]] = {
    "mp3": lambda server: server.on("/x", paced(sounds.MP3)),
    "aac": lambda server: server.on("/x", paced(sounds.AAC)),
    "vorbis": lambda server: server.on("/x", paced(sounds.OGG_VORBIS)),
    "flac": lambda server: server.on("/x", paced(sounds.FLAC)),
    "hls": lambda server: LiveHls(server).url,
}


@pytest.mark.parametrize("kind", STREAMS)
def test_a_station_that_rests_has_a_gap_and_keeps_its_genre(
    kind: str, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resting = False
    monkeypatch.setattr(Load, "rests", lambda *_: resting)
    source = InternetStream(StreamSource(url=STREAMS[kind](server)))
    with Running(source) as running:
        running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "rock")
        resting = True
        enough = 2.0 / running.analyzer.step_s
        running.recorder.wait(StationStatus, where=lambda status: status.counters.dropped_windows > enough)
        resting = False
        running.recorder.wait(Gap, where=lambda gap: gap.cause is Cause.OVERRUN)
        before = running.recorder.last_status.counters.windows
        running.recorder.wait(StationStatus, where=lambda status: status.counters.windows > before)
        running.stop()
    gaps = [gap for gap in running.recorder.of(Gap) if gap.cause is Cause.OVERRUN]
    assert sum(gap.duration_s for gap in gaps) > 1.5
    assert len(gaps) <= 3
    assert [event.announcement for event in running.recorder.of(AnnouncementChanged)][-2:] == ["rock", "offline"]
    assert running.recorder.last_status.counters.dropped_windows >= 1.2 / running.analyzer.step_s
    running.assert_all_time_is_accounted_for()


def test_an_overloaded_worker_s_stations_say_so_and_are_reported_more_seldom(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Load, "effort", EFFORTS[2])
    source = InternetStream(StreamSource(url=server.on("/x", paced(sounds.MP3))))
    with Running(source) as running:
        running.recorder.wait(StationReport, where=lambda report: report.genre == "rock")
        time.sleep(2.0)
        running.stop()
    states = {status.connection.state for status in running.recorder.of(StationStatus) if status.overloaded}
    assert states == {ConnectionState.STREAMING}, "a station without audio has no windows to give up"
    assert len(running.recorder.of(StationReport)) <= 4


def test_audio_that_waits_on_a_busy_machine_is_no_stall_of_the_source(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = InternetStream(StreamSource(url=server.on("/x", paced(sounds.MP3))))
    with Running(source) as running:
        running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "rock")
        load = running.station._worker.load
        monkeypatch.setattr(load, "look", lambda: None)
        load.longest_s = 3.0
        # The worker is busy with other stations meanwhile.
        running.station._worker.call(time.sleep, 3.0)
        time.sleep(3.0)
        windows = running.recorder.last_status.counters.windows
        running.recorder.wait(StationStatus, where=lambda status: status.counters.windows > windows + 3)
        running.stop()
    assert "stalled" not in running.recorder.connection_states
    running.assert_all_time_is_accounted_for()


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_audio_that_comes_late_from_the_server_has_not_waited_on_this_machine(
    server: HostileServer, share: float
) -> None:
    def behave(line: Line) -> None:
        line.send(hostile.OK)
        encoded = sounds.encoded(sounds.MP3, 30.0)
        line.send(encoded[: sounds.MP3_BYTES_PER_S])
        time.sleep(2.0)
        step = round(0.1 * share * sounds.MP3_BYTES_PER_S)
        for start in range(sounds.MP3_BYTES_PER_S, len(encoded), step):
            line.send(encoded[start : start + step])
            time.sleep(0.1)

    source = InternetStream(StreamSource(url=server.on("/x", behave)))
    waited = []
    session = source.session()
    ends_at = time.monotonic() + 5.0
    for item in session:
        if isinstance(item, AudioBlock):
            waited.append(item.waited_s)
        if time.monotonic() > ends_at:
            break
    session.close()  # type: ignore[attr-defined]
    assert len(waited) > 3
    assert sum(waited) / len(waited) < LATE_S


def test_a_burst_after_a_pause_of_the_server_has_not_waited_on_this_machine(server: HostileServer) -> None:
    def behave(line: Line) -> None:
        line.send(hostile.OK)
        encoded = sounds.encoded(sounds.MP3, 60.0)
        start_s = 2.0
        line.send(encoded[: round(start_s * sounds.MP3_BYTES_PER_S)])
        time.sleep(4.0)
        # More than is taken at once.
        line.send(encoded[round(start_s * sounds.MP3_BYTES_PER_S) :])
        line.wait(2.0)

    source = InternetStream(StreamSource(url=server.on("/x", behave)))
    late_s = []
    session = source.session()
    for item in session:
        if isinstance(item, AudioBlock):
            late_s.append(item.waited_s - item.gathered_s)
        if len(late_s) == 200:
            break
    session.close()  # type: ignore[attr-defined]
    assert sum(late_s) / len(late_s) < LATE_S
