"""A station against every fault: the documented states, an account of all time, and it comes back."""

from __future__ import annotations

import io
import logging
import os
import queue
import sys
import threading
import time
from typing import TYPE_CHECKING, TypeVar

import pytest
from msgspec.structs import replace

from genred.audio import SAMPLE_RATE_HZ
from genred.config.schema import CommandSource, FileSource, PipeSource, RetryConfig, StreamSource
from genred.events import (
    AnnouncementChanged,
    ConnectionState,
    Gap,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationStatus,
    TitleChanged,
)
from genred.sources.command import Command
from genred.sources.file import FilePlayer
from genred.sources.pipe import StandardInput
from genred.sources.stream.internet_stream import InternetStream
from genred.stations.stall_watch import OFFLINE_AFTER_S, STALLED_AFTER_S
from tests.patience import PATIENCE_S
from tests.sources import hostile, sounds
from tests.stations.harness import QUICK, FakeAnalyzer, Running
from tests.stations.virtual import ScriptedSource, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from genred.analysis.estimate import Estimate
    from genred.audio.signal_frame import SignalFrame
    from genred.sources.source import SourceItem
    from tests.sources.hostile import HostileServer, Line

STALL_S = 0.6

T = TypeVar("T", InternetStream, Command)


class HangingAnalyzer(FakeAnalyzer):
    """Takes audio once, and does not come back before it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs, self.released = threading.Event(), threading.Event()

    def push(
        self,
        samples: NDArray[np.float32],
        frames: Sequence[SignalFrame] = (),
        *,
        newest_only: bool = False,
        one_in: int = 1,
    ) -> list[Estimate]:
        self.hangs.set()
        self.released.wait()
        return super().push(samples, frames, newest_only=newest_only, one_in=one_in)


def stream(url: str) -> InternetStream:
    """Patient: a busy machine must not make a sound server look stalled."""
    return InternetStream(StreamSource(url=url, connect_timeout_s=20.0, stall_timeout_s=30.0))


def impatient_once(source: T) -> T:
    """Makes a source give up soon in its first session, which is to stall; what follows is sound."""
    patient, session = source._config, source.session

    def first_session() -> Iterator[SourceItem]:
        source._config = replace(patient, stall_timeout_s=STALL_S)
        source.session = session  # type: ignore[method-assign]
        try:
            yield from session()
        finally:
            source._config = patient

    source.session = first_session  # type: ignore[method-assign]
    return source


@pytest.mark.parametrize(
    ("fault", "causes"),
    [
        (hostile.stalling(3.0), {"stalled"}),
        (hostile.resetting(4.5), {"reset"}),
        (hostile.radio(4.5), {"ended"}),
        (hostile.dripping(0.05), {"stalled"}),
        (hostile.endless_garbage(), {"stalled", "broken"}),
        (hostile.icy([b"One", b"Two"], interval=16_000, cut_in_block=True), {"ended"}),
    ],
    ids=["stalls", "resets", "ends", "drips", "sends garbage", "breaks off in a title"],
)
def test_stream_that_fails_in_the_middle_goes_offline_and_comes_back(
    fault: Callable[[Line], None], causes: set[str], server: HostileServer
) -> None:
    source = stream(server.on("/x", fault, hostile.radio()))
    with Running(impatient_once(source) if "stalled" in causes else source) as running:
        (lost,) = running.recorder.wait(SourceLost)
        (recovered,) = running.recorder.wait(SourceRecovered)
        running.recorder.wait(AnnouncementChanged, count=3)
        running.stop()
    assert lost.cause in causes
    assert recovered.cause == lost.cause
    assert recovered.lost_at.monotonic_s == pytest.approx(lost.at.monotonic_s, abs=0.1)
    assert [event.announcement for event in running.recorder.of(AnnouncementChanged)][:3] == ["rock", "offline", "rock"]
    states = [state for state in running.recorder.connection_states if state != "stalled"]
    assert states == ["connecting", "streaming", "backing_off", "connecting", "streaming", "stopped"]
    running.assert_all_time_is_accounted_for()


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (hostile.status(404), "http_404"),
        (hostile.status(503), "http_503"),
        (hostile.body(b"<!DOCTYPE html><html></html>", "text/html"), "not_audio"),
        (hostile.endless_headers(), "not_http"),
        (hostile.raw(b"rubbish\r\n\r\n"), "not_http"),
        (hostile.redirect("/x"), "redirects"),
    ],
)
def test_stream_that_cannot_be_opened_is_tried_again_until_it_can(
    fault: Callable[[Line], None], cause: str, server: HostileServer
) -> None:
    def slowly(line: Line) -> None:
        line.wait(0.5)
        hostile.radio()(line)

    source = InternetStream(StreamSource(url=server.on("/x", fault, fault, slowly), stall_timeout_s=3.0))
    with Running(source) as running:
        (lost,) = running.recorder.wait(SourceLost)
        (recovered,) = running.recorder.wait(SourceRecovered)
        running.stop()
    assert lost.cause == cause
    assert recovered.attempts == 2
    assert len(running.recorder.of(SourceLost)) == 1
    states = running.recorder.connection_states
    assert states[:6] == ["connecting", "backing_off", "connecting", "backing_off", "connecting", "streaming"]
    assert running.recorder.of(Gap)[0].cause == cause
    running.assert_all_time_is_accounted_for()


def test_a_gap_lasts_from_where_the_last_audio_would_have_been_played_to_the_next(server: HostileServer) -> None:
    clock, returning, back = VirtualClock(), threading.Event(), threading.Event()

    def away(line: Line) -> None:
        returning.set()
        back.wait(PATIENCE_S)
        hostile.radio()(line)

    source = InternetStream(
        StreamSource(url=server.on("/x", hostile.resetting(4.5), away), connect_timeout_s=20.0, stall_timeout_s=20.0)
    )
    with Running(source, clock=clock) as running:
        (lost,) = running.recorder.wait(SourceLost)
        clock.advance(QUICK.longest_wait_s)
        assert returning.wait(PATIENCE_S)
        clock.advance(6.0)
        back.set()
        (recovered,) = running.recorder.wait(SourceRecovered)
        (gap,) = running.recorder.wait(Gap, where=lambda gap: gap.cause == "reset")
    # The clock stood still while 4.5 s were sent.
    assert gap.started_at.monotonic_s == pytest.approx(lost.at.monotonic_s + 4.5, abs=0.5)
    assert 1.0 < gap.duration_s < 2.5
    assert gap.at.monotonic_s == pytest.approx(recovered.at.monotonic_s, abs=1)


def test_a_pause_that_the_server_ends_itself_is_a_stall_and_a_gap_without_a_new_session(
    server: HostileServer,
) -> None:
    clock = VirtualClock()
    slices: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def pausing(line: Line) -> None:
        line.send(hostile.OK)
        while audio_bytes := slices.get(timeout=PATIENCE_S):
            line.send(audio_bytes)

    audio = io.BytesIO(sounds.encoded(sounds.MP3, 30.0))
    analyzer = FakeAnalyzer()
    source = InternetStream(StreamSource(url=server.on("/x", pausing), stall_timeout_s=30.0))
    with Running(source, analyzer=analyzer, clock=clock) as running:

        def send(seconds: float) -> None:
            """Lets the server send, and waits for what comes of it: buffers and decoders keep a little back."""
            slices.put(audio.read(round(seconds * sounds.MP3_BYTES_PER_S)))
            sent_s = audio.tell() / sounds.MP3_BYTES_PER_S
            running.recorder.wait_until(lambda: analyzer.position_s > sent_s - 0.5)

        def play(seconds: float) -> None:
            """As a radio does: sends at the pace of time."""
            for _ in range(round(seconds / 0.2)):
                send(0.2)
                clock.advance(0.2)

        send(1.5)
        play(1.0)
        clock.advance(4.0)
        running.recorder.wait(StationStatus, where=lambda status: status.connection.state is ConnectionState.STALLED)
        play(4.0)
        running.recorder.wait(Gap, where=lambda gap: gap.cause == "stalled")
        running.stop()
    slices.put(b"")
    assert running.recorder.connection_states[:4] == ["connecting", "streaming", "stalled", "streaming"]
    assert not running.recorder.of(SourceLost)
    assert len(server.requests) == 1
    running.assert_all_time_is_accounted_for()


@pytest.mark.parametrize("pace", [0.5, 0.8, 0.95])
def test_audio_that_comes_slower_than_it_sounds_is_analysed_all_of_it(pace: float) -> None:
    clock, source, analyzer = VirtualClock(), ScriptedSource(), FakeAnalyzer()
    with Running(source, analyzer=analyzer, clock=clock) as running:
        for second in range(1, 61):
            clock.advance(1.0)
            source.give(pace)
            given = round(second * pace * SAMPLE_RATE_HZ)
            running.recorder.wait_until(lambda given=given: analyzer.pushed_samples >= given - SAMPLE_RATE_HZ // 10)  # type: ignore[misc]
        running.stop()
    windows = running.recorder.last_status.counters.windows
    assert windows >= 60 * pace / analyzer.step_s - 3
    gaps_s = sum(gap.duration_s for gap in running.recorder.of(Gap))
    assert gaps_s == pytest.approx(60 * (1 - pace), abs=2.5)
    running.assert_all_time_is_accounted_for()


def test_a_source_without_any_timeout_is_lost_once_it_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, analyzer = VirtualClock(), FakeAnalyzer()
    reading, writing = os.pipe()
    second = bytes([0, 32] * 22_050)
    with os.fdopen(reading, "rb") as stdin, os.fdopen(writing, "wb", buffering=0) as writer:
        monkeypatch.setattr(sys, "stdin", stdin)
        with Running(StandardInput(PipeSource()), analyzer=analyzer, clock=clock) as running:
            writer.write(second)
            # A block that is read only after the clock has gone on would be audio of that time.
            running.recorder.wait_until(lambda: analyzer.pushed_samples == 22_050)
            clock.advance(1.1 + STALLED_AFTER_S)
            running.recorder.wait(
                StationStatus, where=lambda status: status.connection.state is ConnectionState.STALLED
            )
            assert not running.recorder.of(SourceLost)
            clock.advance(0.1 + OFFLINE_AFTER_S)
            (lost,) = running.recorder.wait(SourceLost)
            running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "offline")
            writer.write(second)
            (recovered,) = running.recorder.wait(SourceRecovered)
            running.recorder.wait(AnnouncementChanged, count=2, where=lambda event: event.announcement == "rock")
            running.stop()
    assert (lost.cause, recovered.cause) == ("stalled", "stalled")
    assert "stalled" in {gap.cause for gap in running.recorder.of(Gap)}
    assert running.recorder.connection_states[:4] == ["connecting", "streaming", "stalled", "streaming"]
    running.assert_all_time_is_accounted_for()


def test_a_first_fault_is_a_warning_and_the_same_again_is_not(
    server: HostileServer, caplog: pytest.LogCaptureFixture
) -> None:
    source = stream(server.on("/x", *[hostile.status(503)] * 4, hostile.radio()))
    with caplog.at_level(logging.DEBUG, logger="genred.stations.station"), Running(source) as running:
        running.recorder.wait(SourceRecovered)
    lost = [record.levelno for record in caplog.records if "lost: " in record.getMessage()]
    assert lost == [logging.WARNING, logging.DEBUG, logging.DEBUG, logging.DEBUG]


def test_a_password_is_in_no_event_and_no_log(server: HostileServer, caplog: pytest.LogCaptureFixture) -> None:
    server.on("/x", hostile.status(401), hostile.resetting(4.5), hostile.radio())
    with caplog.at_level(logging.DEBUG), Running(stream(server.url("/x", credentials="me:hunter2@"))) as running:
        running.recorder.wait(SourceRecovered, count=2)
    assert "hunter2" not in caplog.text
    assert "hunter2" not in repr(running.recorder.events)
    assert "hunter2" not in repr(running.recorder.last_status)


def test_a_wait_that_a_server_asks_for_is_kept(server: HostileServer) -> None:
    full = hostile.body(b"", extra="Retry-After: 3\r\n", code="503 Full")
    patient = RetryConfig(first_wait_s=0.05, longest_wait_s=60.0, settle_s=1.0)
    with Running(stream(server.on("/x", full)), retry=patient) as running:
        running.recorder.wait(SourceLost)
        (status,) = running.recorder.wait(StationStatus, where=lambda event: event.connection.retry_at is not None)
    connection = status.connection
    assert connection.cause == "http_503"
    assert connection.retry_at is not None
    assert 3.0 <= connection.retry_at.seconds_since(connection.since) <= 3.3


def test_a_title_is_an_event_and_resets_the_genre_filter_from_the_second_on(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Sent at once, all of them come within the while that is between two events.
    monkeypatch.setattr("genred.stations.monitor.LEAST_S", 0.0)
    titles = [b"A - One", b"A - One", b"Two", b"", b"\xc9tude"]
    with Running(stream(server.on("/x", hostile.icy(titles, interval=34_000), hostile.radio()))) as running:
        running.recorder.wait(SourceLost)
        assert isinstance(running.analyzer, FakeAnalyzer)
        filter_resets = running.analyzer.filter_resets
        (first, second, third) = running.recorder.wait(TitleChanged, count=3)
    assert (first.title, first.artist, first.song, first.previous) == ("A - One", "A", "One", None)
    assert (second.title, second.previous) == ("Two", "A - One")
    assert third.title == "Étude"
    assert filter_resets == 2
    assert "Two" in {report.title for report in running.recorder.of(StationReport)}


def test_a_station_that_is_switched_off_holds_nothing_open_and_comes_back(server: HostileServer) -> None:
    with Running(stream(server.on("/x", hostile.radio()))) as running:
        running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "rock")
        running.station.set_enabled(False)
        running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "offline")
        running.recorder.wait(StationStatus, where=lambda status: status.connection.state is ConnectionState.STOPPED)
        running.station.set_enabled(True)
        running.recorder.wait(AnnouncementChanged, count=2, where=lambda event: event.announcement == "rock")
        running.stop()
    assert not running.recorder.of(SourceLost)
    assert len(server.requests) == 2
    running.assert_all_time_is_accounted_for()


def test_a_station_that_starts_disabled_opens_nothing_until_it_is_enabled(server: HostileServer) -> None:
    with Running(stream(server.on("/x", hostile.radio())), enabled=False) as running:
        time.sleep(0.2)
        assert server.requests == []
        running.station.set_enabled(True)
        running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "rock")


def test_a_station_that_was_switched_off_before_its_start_stays_off(server: HostileServer) -> None:
    running = Running(stream(server.on("/x", hostile.radio())))
    running.station.set_enabled(False)
    with running:
        assert not running.station.enabled
    assert server.requests == []


def test_with_fail_fast_a_source_that_never_gave_audio_fails_for_good(server: HostileServer) -> None:
    with Running(stream(server.on("/x", hostile.status(404))), fail_fast=True) as running:
        running.recorder.wait(SourceLost)
        running.recorder.wait(StationReport)
        assert running.station.finished
        assert running.recorder.last_status.connection.state is ConnectionState.FAILED
        assert "404" in str(running.station.failure)
    assert running.recorder.connection_states == ["connecting", "failed"]
    assert len(server.requests) == 1


def test_with_fail_fast_a_source_that_once_gave_audio_is_tried_again(server: HostileServer) -> None:
    source = stream(server.on("/x", hostile.resetting(4.5), hostile.radio()))
    with Running(source, fail_fast=True) as running:
        running.recorder.wait(SourceRecovered)
        assert running.station.failure is None


def test_a_file_comes_to_its_end_without_being_lost(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 2.0))
    with Running(FilePlayer(FileSource(file=str(path), pace="fast"))) as running:
        running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "offline")
        assert running.station.finished
    assert not running.recorder.of(SourceLost)
    assert not running.recorder.of(Gap)
    assert running.recorder.of(StationReport)[-1].windows == 10
    assert running.recorder.connection_states == ["connecting", "streaming", "ended"]


def test_a_fast_file_is_analysed_whole_however_slow_the_analysis(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 60.0))
    analyzer = FakeAnalyzer(meanwhile=lambda: time.sleep(0.002))
    with Running(FilePlayer(FileSource(file=str(path), pace="fast")), analyzer=analyzer) as running:
        running.recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "offline")
    assert analyzer.pushed_samples == 60 * 22_050
    assert running.recorder.last_status.counters.dropped_windows == 0


def test_a_fast_file_whose_analysis_hangs_can_be_stopped_and_reset(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 60.0))
    analyzer = HangingAnalyzer()
    running = Running(FilePlayer(FileSource(file=str(path), pace="fast")), analyzer=analyzer)
    running.station.start()
    try:
        assert analyzer.hangs.wait(PATIENCE_S)
        for action in (running.station.reset, lambda: running.station.stop(0.5)):
            asked = threading.Thread(target=action, daemon=True)
            asked.start()
            asked.join(PATIENCE_S)
            assert not asked.is_alive()
    finally:
        analyzer.released.set()


def test_analysis_that_is_slower_than_time_takes_the_newest_window_and_counts_the_rest() -> None:
    clock, source = VirtualClock(), ScriptedSource()

    def a_second_passes() -> None:
        clock.advance(1.0)
        source.give(1.0)

    with Running(source, analyzer=FakeAnalyzer(meanwhile=a_second_passes), clock=clock) as running:
        source.give(1.0)
        late = running.recorder.wait(StationReport, where=lambda report: report.dropped_windows > 0)
        reports = running.recorder.of(StationReport)
    assert late[0].dropped_windows > 0
    assert len(reports) < 40


@pytest.mark.parametrize(
    ("fault", "causes"),
    [
        ("exit 1", {"exited"}),
        ("exec sleep 600", {"stalled"}),
        ("kill -9 $$", {"exited"}),
        ("exec sleep 600 >&-", {"ended"}),
        ("for _ in 1 2 3 4 5 6 7 8 9 10 11; do cat $second; done; exit 0", {"ended"}),
    ],
    ids=["exits", "hangs", "is killed", "closes its output", "floods"],
)
def test_a_command_that_fails_is_started_again(fault: str, causes: set[str], tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    second.write_bytes(bytes([0, 32] * 22_050))
    program = f"""
first={first} second={second}
if [ ! -e $first ]; then
    touch $first
    cat $second $second
    {fault}
fi
while :; do head -c 4410 $second; sleep 0.1; done
"""
    source = Command(CommandSource(command=("sh", "-c", program), stall_timeout_s=30.0))
    with Running(impatient_once(source) if "stalled" in causes else source) as running:
        (lost,) = running.recorder.wait(SourceLost)
        running.recorder.wait(SourceRecovered)
        running.recorder.wait(AnnouncementChanged, count=3)
        running.stop()
    assert lost.cause in causes
    running.assert_all_time_is_accounted_for()


def test_a_stopped_station_leaves_no_thread_behind(server: HostileServer) -> None:
    running = Running(stream(server.on("/x", hostile.stalling(3.0))))
    with running:
        running.recorder.wait(AnnouncementChanged)
        assert running.stop()
    assert not running.station._reader.alive
    assert running.station._turns.ended.is_set()


def test_waits_grow_while_a_station_flaps_and_begin_anew_once_it_settled(server: HostileServer) -> None:
    clock = VirtualClock()
    source = stream(server.on("/x", *[hostile.resetting(4.1)] * 4, hostile.radio()))
    retry = RetryConfig(first_wait_s=0.05, longest_wait_s=0.2, settle_s=6.0)
    with Running(source, retry=retry, clock=clock) as running:
        for lost in range(1, 5):
            running.recorder.wait(SourceLost, count=lost)
            clock.advance(retry.longest_wait_s)
            running.recorder.wait(SourceRecovered, count=lost)
            assert running.station._retry.attempts == lost
        for _ in range(4):
            reports = len(running.recorder.of(StationReport))
            clock.advance(retry.settle_s / 4)
            running.recorder.wait(StationReport, count=reports + 1)
        running.recorder.wait(StationReport, where=lambda report: report.reconnects == 4)
        running.recorder.wait_until(lambda: running.station._retry.attempts == 0)
