"""All stations in one process: start, watchdog, reload, stop, and no station's fault touches another."""

from __future__ import annotations

import contextlib
import json
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
from genred.errors import BundleError, GenredError
from genred.events import AnnouncementChanged, ConnectionState, SourceLost, SourceRecovered, StationReport
from genred.exit_codes import ExitCode
from genred.service import shutdown
from genred.service import status as service_status
from genred.service import supervisor as supervisor_module
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor
from genred.sources.opening import open_source
from genred.sources.portaudio import OPENING_S
from genred.sources.source import Meter
from genred.sources.stream import hls
from genred.stations import reader as reader_module
from tests.sources import hostile, sounds
from tests.stations.harness import QUICK, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from genred.events import StationProfile
    from genred.sources.source import SourceItem
    from tests.sources.hostile import HostileServer


class RecordingNotifier(Notifier):
    """Keeps what would have been said to the service manager."""

    def __init__(self, watchdog_interval_s: float | None = None) -> None:
        super().__init__(None, watchdog_interval_s)
        self.said: list[str] = []
        self.changed = threading.Event()

    def _send(self, message: str) -> None:
        self.said.append(message)
        self.changed.set()

    def wait_for(self, message: str, count: int = 1) -> None:
        for _ in range(200):
            if len([said for said in self.said if said.startswith(message)]) >= count:
                return
            self.changed.wait(0.1)
            self.changed.clear()
        raise AssertionError(f"no {message!r} in {self.said}")


class StationList(Recorder):
    """An output that follows reloads."""

    def __init__(self) -> None:
        super().__init__()
        self.profiles: list[StationProfile] = []
        self._updates = 0

    def update(self, stations: Sequence[StationProfile]) -> None:
        with self._changed:
            self.profiles = list(stations)
            self._updates += 1
            self._changed.notify_all()

    def wait_for_update(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._updates >= count, 20)


class Run:
    """A supervisor in a thread of its own."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self.code: ExitCode | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.code = self.supervisor.run()

    def start(self) -> None:
        self._thread.start()

    def join(self) -> ExitCode:
        self._thread.join(30)
        assert self.code is not None
        return self.code


@contextlib.contextmanager
def running(supervisor: Supervisor) -> Iterator[Run]:
    run = Run(supervisor)
    run.start()
    try:
        yield run
    finally:
        supervisor.stop()
        run.join()


def stream(url: str) -> StationConfig:
    return StationConfig(source=StreamSource(url=url, connect_timeout_s=2.0, stall_timeout_s=1.0), retry=QUICK)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.wav"
    path.write_bytes(sounds.encoded(sounds.WAV, 7.0))
    return path


def connection_state(supervisor: Supervisor, station: str) -> ConnectionState | None:
    """As the station published it last; None before it did."""
    status = supervisor.board.status(station)
    return None if status is None else status.connection.state


def looping(path: Path) -> StationConfig:
    return StationConfig(source=FileSource(file=str(path), loop=True), retry=QUICK)


def test_one_stations_fault_touches_no_other(server: HostileServer, tiny_model_path: Path) -> None:
    stations = {
        "good": stream(server.on("/good", hostile.radio(burst_s=8.0))),
        "gone": stream(server.on("/gone", hostile.status(404))),
        "stuck": stream(server.on("/stuck", hostile.stalling(3.0))),
        "mad": stream(server.on("/mad", hostile.endless_garbage())),
    }
    recorder, notifier = Recorder(), RecordingNotifier(0.5)
    supervisor = Supervisor(Config(stations=stations, model=str(tiny_model_path)), [recorder], notifier)
    with running(supervisor):
        recorder.wait(StationReport, where=lambda event: event.station == "good", count=4)
        for name in ("gone", "stuck", "mad"):
            recorder.wait(SourceLost, where=lambda event, name=name: event.station == name)  # type: ignore[misc]
        recorder.wait(StationReport, where=lambda event: event.station == "good", count=6)
        assert connection_state(supervisor, "good") is ConnectionState.STREAMING
        notifier.wait_for("READY=1")
        notifier.wait_for("WATCHDOG=1")
        notifier.wait_for("STATUS=")
    assert [lost for lost in recorder.of(SourceLost) if lost.station == "good"] == []
    assert notifier.said[-1] == "STOPPING=1"
    assert recorder.closed


def test_readiness_is_told_once_a_first_source_gave_audio_or_failed(
    server: HostileServer, tiny_model_path: Path
) -> None:
    notifier = RecordingNotifier()
    stations = {"gone": stream(server.on("/gone", hostile.status(404)))}
    with running(Supervisor(Config(stations=stations, model=str(tiny_model_path)), [], notifier)):
        notifier.wait_for("READY=1")


def test_readiness_is_told_when_every_station_is_switched_off(server: HostileServer, tiny_model_path: Path) -> None:
    notifier = RecordingNotifier()
    off = StationConfig(source=StreamSource(url=server.url("/x")), enabled=False)
    with running(Supervisor(Config(stations={"off": off}, model=str(tiny_model_path)), [], notifier)):
        notifier.wait_for("READY=1")
    assert server.requests == []


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


def test_reload_changes_only_what_changed(server: HostileServer, sound: Path, tiny_model_path: Path) -> None:
    kept_url = server.on("/kept", hostile.radio(burst_s=8.0))
    model = str(tiny_model_path)
    before = Config(stations={"kept": stream(kept_url), "gone": looping(sound), "moved": looping(sound)}, model=model)
    after = Config(
        stations={
            "kept": StationConfig(
                name="Another name",
                source=before.stations["kept"].source,
                retry=RetryConfig(first_wait_s=9.0, longest_wait_s=9.0),
            ),
            "moved": stream(server.on("/new", hostile.radio(burst_s=8.0))),
            "fresh": looping(sound),
        },
        model=model,
    )
    output, notifier = StationList(), RecordingNotifier()
    supervisor = Supervisor(before, [output], notifier)
    with running(supervisor):
        for name in before.stations:
            output.wait(AnnouncementChanged, where=lambda event, name=name: event.station == name)  # type: ignore[misc]
        kept = supervisor.stations["kept"]
        supervisor.reload(after)
        output.wait(
            AnnouncementChanged, where=lambda event: event.station == "gone" and event.announcement == "offline"
        )
        output.wait(AnnouncementChanged, where=lambda event: event.station == "fresh")
        output.wait(
            AnnouncementChanged,
            where=lambda event: event.station == "moved" and event.announcement != "offline",
            count=2,
        )
        notifier.wait_for("READY=1", count=2)
        assert supervisor.stations["kept"] is kept
        assert kept._retry.backoff.first_s == 9.0
        assert list(supervisor.stations) == ["kept", "moved", "fresh"]
        assert [(profile.id, profile.name) for profile in output.profiles] == [
            ("kept", "Another name"),
            ("moved", "moved"),
            ("fresh", "fresh"),
        ]
    assert len([request for request in server.requests if "/kept" in request]) == 1


def test_a_reload_with_a_model_that_does_not_fit_changes_nothing(sound: Path, tiny_model_path: Path) -> None:
    config = Config(stations={"a": looping(sound)}, model=str(tiny_model_path))
    recorder = Recorder()
    supervisor = Supervisor(config, [recorder], Notifier(None))
    with running(supervisor):
        recorder.wait(AnnouncementChanged)
        station = supervisor.stations["a"]
        with pytest.raises(BundleError):
            supervisor.reload(Config(stations={"b": looping(sound)}, model="no-such-model"))
        recorder.wait(StationReport, count=2)
        assert supervisor.stations == {"a": station}


def test_a_reload_leaves_a_switched_station_as_it_was_switched(sound: Path, tiny_model_path: Path) -> None:
    model = str(tiny_model_path)

    def config(*, moved: str, kept_enabled: bool = True) -> Config:
        stations = {
            "moved": StationConfig(source=FileSource(file=moved, loop=True)),
            "kept": StationConfig(source=FileSource(file=str(sound), loop=True), enabled=kept_enabled),
        }
        return Config(stations=stations, model=model)

    output = StationList()
    supervisor = Supervisor(config(moved=str(sound)), [output], Notifier(None))
    assert [profile.enabled for profile in supervisor.profiles] == [True, True]
    supervisor.set_enabled("moved", enabled=False)
    with running(supervisor):
        output.wait(AnnouncementChanged, where=lambda event: event.station == "kept")
        supervisor.set_enabled("kept", enabled=False)
        before = supervisor.stations["moved"]
        supervisor.reload(config(moved=str(sound.parent)))
        output.wait_for_update(1)
        assert supervisor.stations["moved"] is not before
        assert [(profile.id, profile.enabled) for profile in output.profiles] == [("moved", False), ("kept", False)]
        supervisor.reload(config(moved=str(sound.parent), kept_enabled=False))
        output.wait_for_update(2)
        supervisor.reload(config(moved=str(sound.parent), kept_enabled=True))
        output.wait_for_update(3)
        assert [(profile.id, profile.enabled) for profile in output.profiles] == [("moved", False), ("kept", True)]
    assert {event.announcement for event in output.of(AnnouncementChanged) if event.station == "moved"} <= {"offline"}


def test_a_station_that_is_switched_off_before_its_turn_to_start_stays_off(sound: Path, tiny_model_path: Path) -> None:
    config = Config(stations={"a": looping(sound), "b": looping(sound)}, model=str(tiny_model_path))
    recorder = Recorder()
    supervisor = Supervisor(config, [recorder], Notifier(None))
    supervisor.set_enabled("b", enabled=False)
    with running(supervisor):
        recorder.wait(AnnouncementChanged, where=lambda event: event.station == "a")
        assert not supervisor.stations["b"].enabled
        assert connection_state(supervisor, "b") is ConnectionState.STOPPED
        supervisor.set_enabled("b", enabled=True)
        recorder.wait(AnnouncementChanged, where=lambda event: event.station == "b")


def test_a_reload_takes_a_model_whose_files_changed_and_leaves_one_whose_did_not(
    sound: Path, tiny_model_path: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model.json"
    model.with_suffix(".tflite").write_bytes(tiny_model_path.with_suffix(".tflite").read_bytes())
    model.write_bytes(tiny_model_path.read_bytes())
    config = Config(
        stations={
            "a": looping(sound),
            "b": StationConfig(source=FileSource(file=str(sound), loop=True), model=str(tiny_model_path)),
        },
        model=str(model),
    )
    output = StationList()
    supervisor = Supervisor(config, [output], Notifier(None))
    with running(supervisor):
        for name in config.stations:
            output.wait(AnnouncementChanged, where=lambda event, name=name: event.station == name)  # type: ignore[misc]
        before = supervisor.stations
        supervisor.reload(config)
        output.wait_for_update(1)
        assert supervisor.stations == before
        card = json.loads(model.read_bytes())
        model.write_text(json.dumps({**card, "name": "another"}))
        supervisor.reload(config)
        output.wait_for_update(2)
        assert supervisor.stations["b"] is before["b"]
        assert [(profile.id, profile.model) for profile in output.profiles] == [("a", "another"), ("b", card["name"])]
        output.wait(StationReport, where=lambda event: event.station == "a" and event.model == "another")


def test_stations_are_switched_and_reset_by_name(sound: Path, tiny_model_path: Path) -> None:
    config = Config(stations={"a": looping(sound)}, model=str(tiny_model_path))
    recorder = Recorder()
    supervisor = Supervisor(config, [recorder], Notifier(None))
    with running(supervisor):
        recorder.wait(AnnouncementChanged)
        supervisor.reset("a")
        supervisor.set_enabled("a", enabled=False)
        recorder.wait(AnnouncementChanged, where=lambda event: event.announcement == "offline")
        supervisor.set_enabled("a", enabled=True)
        recorder.wait(AnnouncementChanged, count=2, where=lambda event: event.announcement != "offline")
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
    patience_s = 0.2

    def __init__(self) -> None:
        self.meter = Meter()
        self.released = threading.Event()

    def session(self) -> Iterator[SourceItem]:
        self.released.wait(60)
        yield from ()

    def interrupt(self) -> None:
        """Does nothing, as nothing can be done."""


def test_a_source_that_hangs_ends_the_process_with_a_code_of_its_own(
    tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "WEDGE_GRACE_S", 0.5)
    monkeypatch.setattr(shutdown, "STOP_WITHIN_S", 0.5)
    hanging = HangingSource()
    config = Config(
        stations={"card": StationConfig(source=SoundcardSource(stall_timeout_s=0.2))}, model=str(tiny_model_path)
    )
    assert Supervisor(config, [], Notifier(None), source=lambda _: hanging).run() is ExitCode.WEDGED
    hanging.released.set()


def test_sixty_stations_that_hang_are_stopped_within_one_deadline(
    tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[HangingSource] = []

    def hanging(_config: SourceConfig) -> HangingSource:
        made.append(HangingSource())
        return made[-1]

    monkeypatch.setattr(supervisor_module, "STAGGER_S", 0.0)
    monkeypatch.setattr(shutdown, "STOP_WITHIN_S", 0.5)
    stations = {f"s{number}": StationConfig(source=StreamSource(url="http://x")) for number in range(60)}
    recorder = Recorder()
    config = Config(stations=stations, model=str(tiny_model_path))
    supervisor = Supervisor(config, [recorder], Notifier(None), source=hanging)
    try:
        with running(supervisor) as run:
            wait_for(lambda: all(connection_state(supervisor, name) is ConnectionState.CONNECTING for name in stations))
            stopped_at = time.monotonic()
            supervisor.stop()
            run.join()
            # One deadline after the other would take half a minute.
            assert time.monotonic() - stopped_at < 10.0
    finally:
        for source in made:
            source.released.set()
    assert recorder.closed


def wait_for(condition: Callable[[], bool]) -> None:
    """Waits for what no event tells."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_the_watchdog_is_not_fed_while_an_analysis_hangs(
    sound: Path, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_status, "ANALYST_HANGS_S", 1.0)
    released, hanging = threading.Event(), threading.Event()

    class HangingOutput(Recorder):
        def handle(self, event: object) -> None:
            hanging.set()
            released.wait(30)

    notifier = RecordingNotifier(0.5)
    config = Config(stations={"a": looping(sound)}, model=str(tiny_model_path))
    with running(Supervisor(config, [HangingOutput()], notifier)):
        notifier.wait_for("WATCHDOG=1")
        assert hanging.wait(15)
        threading.Event().wait(2.0)
        fed = notifier.said.count("WATCHDOG=1")
        threading.Event().wait(1.5)
        assert notifier.said.count("WATCHDOG=1") == fed
        released.set()
        notifier.wait_for("WATCHDOG=1", count=fed + 1)


def test_the_watchdog_is_not_fed_once_an_outputs_thread_died(sound: Path, tiny_model_path: Path) -> None:
    class Threaded(Recorder):
        alive = True

    output, notifier = Threaded(), RecordingNotifier(0.5)
    config = Config(stations={"a": looping(sound)}, model=str(tiny_model_path))
    with running(Supervisor(config, [output], notifier)):
        notifier.wait_for("WATCHDOG=1")
        output.alive = False
        threading.Event().wait(1.0)
        fed = notifier.said.count("WATCHDOG=1")
        threading.Event().wait(1.5)
        assert notifier.said.count("WATCHDOG=1") == fed
        output.alive = True
        notifier.wait_for("WATCHDOG=1", count=fed + 1)


def test_the_first_true_status_is_told_at_once(
    sound: Path, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_status, "STATUS_EVERY_S", 1e9)
    notifier, recorder = RecordingNotifier(), Recorder()
    config = Config(stations={"a": looping(sound)}, model=str(tiny_model_path))
    with running(Supervisor(config, [recorder], notifier)):
        word = recorder.wait(AnnouncementChanged)[0].announcement
        notifier.wait_for(f"STATUS=1 streaming; a: {word}")


def test_the_watchdog_is_not_fed_while_every_analysis_fails(
    sound: Path, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_status, "ANALYST_HANGS_S", 1.0)
    notifier = RecordingNotifier(0.5)
    config = Config(stations={"a": looping(sound)}, model=str(tiny_model_path))
    supervisor = Supervisor(config, [], notifier)
    station = supervisor.stations["a"]
    failing = threading.Event()
    tick = station._monitor.tick

    def fail() -> None:
        if failing.is_set():
            raise RuntimeError("a fault of genred")
        tick()

    monkeypatch.setattr(station._monitor, "tick", fail)
    with running(supervisor):
        notifier.wait_for("WATCHDOG=1")
        failing.set()
        threading.Event().wait(2.0)
        fed = notifier.said.count("WATCHDOG=1")
        threading.Event().wait(1.5)
        assert notifier.said.count("WATCHDOG=1") == fed
        failing.clear()
        notifier.wait_for("WATCHDOG=1", count=fed + 1)


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
    tiny_model_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader_module, "WEDGE_GRACE_S", 0.0)
    monkeypatch.setattr(hls, "MAX_TARGET_S", 0.5)
    retry = RetryConfig(first_wait_s=0.3, longest_wait_s=0.3)
    stations = {
        "good": stream(server.on("/good", hostile.radio(burst_s=8.0))),
        "mean": StationConfig(source=mean(server), retry=retry),
    }
    recorder = Recorder()
    config = Config(stations=stations, model=str(tiny_model_path))
    supervisor = Supervisor(config, [recorder], Notifier(None))
    with running(supervisor) as run:
        (lost,) = recorder.wait(SourceLost, where=lambda event: event.station == "mean")
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
