"""All stations in one process: start, switches, stop, and no station's fault touches another."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from genred.config.schema import (
    AnalysisConfig,
    CommandSource,
    Config,
    FileSource,
    RetryConfig,
    SoundcardSource,
    SourceConfig,
    StationConfig,
    StreamSource,
)
from genred.engine import engine as engine_module
from genred.errors import GenredError
from genred.events import (
    AnnouncementChanged,
    ConnectionState,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationStatus,
)
from genred.exit_codes import ExitCode
from genred.service import shutdown
from genred.service import supervisor as supervisor_module
from genred.service.sd_notify import Notifier
from genred.service.supervisor import STAGGER_S, Supervisor
from genred.sources.opening import open_source
from genred.sources.portaudio import OPENING_S
from genred.sources.source import Meter
from genred.sources.stream import hls
from genred.stations import watched_source
from genred.stations.watched_source import WEDGE_GRACE_S
from tests.patience import PATIENCE_S, wait_until
from tests.service.harness import (
    RecordingNotifier,
    Run,
    Studio,
    Witness,
    connection_state,
    looping,
    running,
    stream,
)
from tests.sources import hostile, sounds
from tests.stations.harness import Recorder
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from genred.sources.source import SourceItem
    from tests.sources.hostile import HostileServer

OFTEN = AnalysisConfig(step_s=0.25)
"""Windows that follow each other soon, for tests that wait for the next at the pace of time."""


def test_one_stations_fault_touches_no_other(server: HostileServer, brisk_model_path: Path) -> None:
    stations = {
        "good": stream(server.on("/good", hostile.radio(burst_s=8.0))),
        "gone": stream(server.on("/gone", hostile.status(404))),
        "stuck": stream(server.on("/stuck", hostile.stalling(3.0)), stall_timeout_s=1.0),
        "mad": stream(server.on("/mad", hostile.endless_garbage()), stall_timeout_s=1.0),
    }
    recorder, notifier = Recorder(), RecordingNotifier(0.5)
    config = Config(stations=stations, model=str(brisk_model_path), analysis=OFTEN)
    supervisor = Supervisor(config, [recorder], notifier)
    with running(supervisor):
        recorder.wait(StationReport, where=lambda event: event.station == "good", count=4)
        for name in ("gone", "stuck", "mad"):
            recorder.wait(SourceLost, where=lambda event, name=name: event.station == name)  # type: ignore[misc]
        analysed = len([report for report in recorder.of(StationReport) if report.station == "good"])
        recorder.wait(StationReport, where=lambda event: event.station == "good", count=analysed + 2)
        assert connection_state(supervisor, "good") is ConnectionState.STREAMING
        notifier.wait_for("READY=1")
        notifier.wait_for("WATCHDOG=1")
        notifier.wait_for("STATUS=")
        (process,) = supervisor.processes
        assert (process.name, process.pid, process.restarts, process.stations) == ("daemon", os.getpid(), 0, 4)
    assert [lost for lost in recorder.of(SourceLost) if lost.station == "good"] == []
    assert notifier.said[-1] == "STOPPING=1"
    assert recorder.closed


def test_stations_that_end_end_the_run_where_that_is_asked(sound: Path, tiny_model_path: Path) -> None:
    recorder = Recorder()
    config = Config(
        stations={"a": StationConfig(source=FileSource(file=str(sound), pace="fast"))}, model=str(tiny_model_path)
    )
    run = Run(Supervisor(config, [recorder], Notifier(None), end_with_stations=True))
    run.start()
    assert run.join() is ExitCode.OK
    assert recorder.of(StationReport)[-1].windows == 3


def test_a_source_that_fails_at_once_ends_the_run_with_its_own_code(
    server: HostileServer, tiny_model_path: Path
) -> None:
    config = Config(stations={"a": stream(server.on("/x", hostile.status(404)))}, model=str(tiny_model_path))
    supervisor = Supervisor(config, [], Notifier(None), fail_fast=True, end_with_stations=True)
    assert supervisor.run() is ExitCode.SOURCE
    assert supervisor.failure is not None
    assert "404" in str(supervisor.failure)


def test_a_station_that_is_switched_off_before_its_turn_to_start_stays_off(
    studio: Studio, tiny_model_path: Path
) -> None:
    config = Config(stations={"a": looping("a"), "b": looping("b")}, model=str(tiny_model_path))
    output = Witness()
    supervisor = Supervisor(config, [output], Notifier(None), source=studio.open, clock=studio.clock)
    supervisor.set_enabled("b", enabled=False)
    with running(supervisor):
        studio.let_start(["a"], output)
        studio.clock.advance(STAGGER_S)
        output.wait(StationStatus, where=lambda event: event.station == "b")
        assert not supervisor.stations["b"].enabled
        assert connection_state(supervisor, "b") is ConnectionState.STOPPED
        assert studio.sessions("b") == 0
        supervisor.set_enabled("b", enabled=True)
        output.wait(AnnouncementChanged, where=lambda event: event.station == "b")


def test_stations_are_switched_and_reset_by_name(studio: Studio, tiny_model_path: Path) -> None:
    config = Config(stations={"a": looping("a")}, model=str(tiny_model_path))
    output = Witness()
    supervisor = Supervisor(config, [output], Notifier(None), source=studio.open, clock=studio.clock)
    with running(supervisor):
        studio.let_start(["a"], output)
        supervisor.reset("a")
        supervisor.set_enabled("a", enabled=False)
        output.wait(AnnouncementChanged, where=lambda event: event.announcement == "offline")
        supervisor.set_enabled("a", enabled=True)
        output.wait(AnnouncementChanged, count=2, where=lambda event: event.announcement != "offline")
        with pytest.raises(GenredError, match="no station 'b', only a"):
            supervisor.reset("b")


def test_a_station_can_have_a_model_and_an_analysis_of_its_own(sound: Path, tiny_model_path: Path) -> None:
    source = FileSource(file=str(sound), pace="fast")
    config = Config(
        stations={
            "own": StationConfig(source=source, model=str(tiny_model_path), analysis=AnalysisConfig(step_s=0.5)),
            "common": StationConfig(source=source),
        },
        model=str(tiny_model_path.with_suffix(".tflite")),
    )
    recorder = Recorder()
    Supervisor(config, [recorder], Notifier(None), end_with_stations=True).run()
    windows = {report.station: report.windows for report in recorder.of(StationReport)}
    assert windows == {"own": 4, "common": 3}


class HangingSource:
    """PortAudio as it is known to do: a call that never comes back."""

    label = "a hanging soundcard"
    live = True
    endless = True
    own_thread = True
    contiguous = True
    patience_s = 0.2

    def __init__(self) -> None:
        self.meter = Meter()
        self.opened, self.released = threading.Event(), threading.Event()

    def session(self) -> Iterator[SourceItem]:
        self.opened.set()
        self.released.wait()
        yield from ()

    def interrupt(self) -> None:
        """Does nothing, as nothing can be done."""


def test_a_source_that_hangs_ends_the_process_with_a_code_of_its_own(
    tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutdown, "STOP_WITHIN_S", 0.1)
    hanging = HangingSource()
    config = Config(stations={"card": StationConfig(source=SoundcardSource())}, model=str(tiny_model_path))
    clock, output = VirtualClock(), Witness()
    supervisor = Supervisor(config, [output], Notifier(None), source=lambda _: hanging, clock=clock)
    try:
        with running(supervisor) as run:
            assert hanging.opened.wait(PATIENCE_S)
            clock.advance(hanging.patience_s + WEDGE_GRACE_S - 0.1)
            output.wait_for_looks()
            assert run.code is None
            clock.advance(0.2)
            assert run.join() is ExitCode.WEDGED
    finally:
        hanging.released.set()


def test_a_worker_that_hangs_in_a_library_ends_the_process_though_no_station_says_so(
    tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shutdown, "STOP_WITHIN_S", 0.1)
    monkeypatch.setattr(engine_module, "LIFELESS_LOOKS", 4)
    hanging = HangingSource()
    # As a decoder that never returns: on the worker's own thread, without a wait of the engine.
    monkeypatch.setattr(hanging, "own_thread", False)
    config = Config(stations={"web": StationConfig(source=StreamSource(url="http://x"))}, model=str(tiny_model_path))
    supervisor = Supervisor(config, [], Notifier(None), source=lambda _: hanging)
    try:
        with running(supervisor) as run:
            assert run.join() is ExitCode.WEDGED
    finally:
        hanging.released.set()
    assert "a worker of the stations: hangs" in caplog.text


def test_sixty_stations_that_hang_are_stopped_within_one_deadline(
    tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[HangingSource] = []

    def hanging(_config: SourceConfig) -> HangingSource:
        made.append(HangingSource())
        return made[-1]

    monkeypatch.setattr(supervisor_module, "STAGGER_S", 0.0)
    monkeypatch.setattr(shutdown, "STOP_WITHIN_S", 1.0)
    stations = {f"s{number}": StationConfig(source=StreamSource(url="http://x")) for number in range(60)}
    recorder = Recorder()
    config = Config(stations=stations, model=str(tiny_model_path))
    supervisor = Supervisor(config, [recorder], Notifier(None), source=hanging)
    try:
        with running(supervisor) as run:
            wait_until(
                lambda: all(connection_state(supervisor, name) is ConnectionState.CONNECTING for name in stations)
            )
            stopped_at = time.monotonic()
            supervisor.stop()
            run.join()
            # One deadline after the other would take a minute.
            assert time.monotonic() - stopped_at < 30.0
    finally:
        for source in made:
            source.released.set()
    assert recorder.closed


def test_only_a_soundcard_can_hang_so_that_a_fresh_process_helps() -> None:
    assert open_source(SoundcardSource(stall_timeout_s=5)).patience_s == 5.0 + OPENING_S
    for patient in (StreamSource(url="http://x"), CommandSource(command=("x",)), FileSource(file="x")):
        assert open_source(patient).patience_s is None


def lazy_hls(server: HostileServer) -> SourceConfig:
    text = b"#EXTM3U\n#EXT-X-TARGETDURATION:60\n#EXTINF:2,\n1.ts\n#EXTINF:60,\n2.ts\n#EXTINF:60,\n3.ts\n"
    server.on("/1.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 2.0)))
    for name in ("/2.ts", "/3.ts"):
        server.on(name, hostile.silent_server())
    url = server.on("/live.m3u8", hostile.body(text, "application/vnd.apple.mpegurl"))
    return StreamSource(url=url, connect_timeout_s=0.5, stall_timeout_s=0.5)


def hanging_mirrors(server: HostileServer) -> SourceConfig:
    mirrors = [server.on(f"/mirror{number}", hostile.silent_server()) for number in range(10)]
    url = server.on("/list.m3u", hostile.body("\n".join(["#EXTM3U", *mirrors]).encode(), "audio/x-mpegurl"))
    return StreamSource(url=url, connect_timeout_s=0.5, stall_timeout_s=0.5)


def dripping_command(_server: HostileServer) -> SourceConfig:
    program = (
        "import sys, time\nout = sys.stdout.buffer\nout.write(bytes([0, 32] * 22050)); out.flush()\n"
        "while True:\n    out.write(b'x'); out.flush(); time.sleep(0.1)\n"
    )
    return CommandSource(command=(sys.executable, "-c", program), stall_timeout_s=0.5)


@pytest.mark.parametrize("mean", [lazy_hls, hanging_mirrors, dripping_command])
def test_a_source_that_keeps_its_station_waiting_is_lost_and_ends_no_other(
    mean: Callable[[HostileServer], SourceConfig],
    server: HostileServer,
    brisk_model_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watched_source, "WEDGE_GRACE_S", 0.0)
    monkeypatch.setattr(hls, "MAX_TARGET_S", 0.5)
    retry = RetryConfig(first_wait_s=0.3, longest_wait_s=0.3)
    stations = {
        "good": stream(server.on("/good", hostile.radio(burst_s=8.0))),
        "mean": StationConfig(source=mean(server), retry=retry),
    }
    recorder = Recorder()
    config = Config(stations=stations, model=str(brisk_model_path), analysis=OFTEN)
    supervisor = Supervisor(config, [recorder], Notifier(None))
    with running(supervisor) as run:
        lost = recorder.wait(SourceLost, where=lambda event: event.station == "mean")[0]
        heard = len([report for report in recorder.of(StationReport) if report.station == "good"])
        recorder.wait(StationReport, where=lambda event: event.station == "good", count=heard + 2)
        assert connection_state(supervisor, "good") is ConnectionState.STREAMING
        supervisor.stop()
        assert run.join() is ExitCode.OK
    assert lost.cause == "stalled"
    assert "good" not in {event.station for event in recorder.of(SourceLost)}


def test_a_recovered_station_says_so(server: HostileServer, tiny_model_path: Path) -> None:
    recorder = Recorder()
    stations = {"a": stream(server.on("/x", hostile.resetting(4.5), hostile.radio()))}
    with running(Supervisor(Config(stations=stations, model=str(tiny_model_path)), [recorder], Notifier(None))):
        recorder.wait(SourceRecovered)
