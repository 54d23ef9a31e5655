"""Stations in processes of their own: the same events, and whatever happens to a process is its stations' alone."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from genred.cause import Cause
from genred.clock import SYSTEM_CLOCK
from genred.config.schema import (
    Config,
    FileSource,
    PipeSource,
    RetryConfig,
    SoundcardSource,
    StationConfig,
    StreamSource,
)
from genred.events import (
    AnnouncementChanged,
    ConnectionState,
    Gap,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationStatus,
    StationSwitched,
)
from genred.exit_codes import ExitCode
from genred.service import supervisor as supervisor_module
from genred.service.processes import STATIONS_A_PROCESS, count_processes
from genred.service.sd_notify import Notifier
from genred.service.shards import tenancy as tenancy_module
from genred.service.shards.host import ShardHost
from genred.service.supervisor import Supervisor
from tests.processes import has_ended, watch
from tests.service.harness import RecordingNotifier, Witness, looping, running, stream
from tests.service.shards.misbehaving import COMMAND
from tests.sources import hostile

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.events import Event
    from tests.sources.hostile import HostileServer


@pytest.fixture(autouse=True)
def no_stagger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "STAGGER_S", 0.0)


def supervise(config: Config, output: Witness, notifier: Notifier | None = None) -> Supervisor:
    return Supervisor(config, [output], notifier or Notifier(None))


def host_of(supervisor: Supervisor) -> ShardHost:
    host = supervisor._host
    assert isinstance(host, ShardHost)
    return host


def pids(supervisor: Supervisor) -> list[int]:
    found = [shard.pid for shard in host_of(supervisor).shards]
    return [pid for pid in found if pid is not None]


def of(station: str, more: Callable[[Any], bool] = lambda _: True) -> Callable[[Event], bool]:
    return lambda event: event.station == station and more(event)


def wait_on_air(output: Witness, *stations: str, count: int = 1) -> None:
    for name in stations:
        output.wait(
            AnnouncementChanged,
            where=of(name, lambda event: event.announcement != "offline"),
            count=count,
        )


@pytest.fixture
def config(server: HostileServer, sound: Path, brisk_model_path: Path) -> Config:
    """Two shards with two stations each; the stations of one place are in the same shard."""
    stations = {
        "a": stream(server.on("/a", hostile.radio())),
        "b": stream(server.on("/b", hostile.radio())),
        "c": looping(str(sound)),
        "d": looping(str(sound)),
    }
    return Config(stations=stations, model=str(brisk_model_path), processes=2)


def test_stations_of_several_processes_say_what_those_of_one_do(config: Config) -> None:
    output, notifier = Witness(), RecordingNotifier(0.5)
    supervisor = supervise(config, output, notifier)
    with running(supervisor) as run:
        wait_on_air(output, *config.stations)
        notifier.wait_for("READY=1")
        notifier.wait_for("WATCHDOG=1")
        watched = [watch(pid) for pid in pids(supervisor)]
        assert len(watched) == 2
        notifier.wait_for("STATUS=4 streaming in 2 processes")
        profiles = supervisor.processes
        described = [(one.name, one.pid, one.restarts, one.stations) for one in profiles]
        shards = [(f"shard {index}", pid, 0, 2) for index, pid in enumerate(pids(supervisor))]
        assert described == [("daemon", os.getpid(), 0, 0), *shards]
        assert all((one.resident_bytes() or 0) > 10_000_000 for one in profiles)
        assert [profile.id for profile in supervisor.profiles] == list(config.stations)
        assert {event.at.run for event in output.events} == {SYSTEM_CLOCK.run}
        supervisor.stop()
        assert run.join() is ExitCode.OK
    for each in watched:
        # One that a busy machine gave no time to end by itself was killed, and is gone a moment later.
        assert has_ended(each)
    for name in config.stations:
        last = [event for event in output.of(AnnouncementChanged) if event.station == name][-1]
        assert last.announcement == "offline"
        assert [event for event in output.of(StationStatus) if event.station == name][-1].counters.windows > 0


def test_a_file_gives_the_same_bit_for_bit_in_one_process_or_several(sound: Path, brisk_model_path: Path) -> None:
    stations = {name: StationConfig(source=FileSource(file=str(sound), pace="fast")) for name in "ab"}
    heard = []
    for processes in (1, 2):
        output = Witness()
        with running(supervise(Config(stations=stations, model=str(brisk_model_path), processes=processes), output)):
            for name in stations:
                ended = of(name, lambda event: event.connection.state is ConnectionState.ENDED)
                output.wait(StationStatus, where=ended)
        heard += [
            [
                (event.announcement, event.confidence, event.probabilities, event.level, event.windows)
                for event in output.of(StationReport)
                if event.station == name
            ]
            for name in stations
        ]
    assert len(heard[0]) > 5
    assert all(each == heard[0] for each in heard)


def test_a_killed_process_is_replaced_and_touches_no_other(config: Config) -> None:
    output = Witness()
    supervisor = supervise(config, output)
    with running(supervisor):
        wait_on_air(output, *config.stations)
        output.wait(StationStatus, where=of("a", lambda event: event.counters.windows > 0))
        killed, kept = pids(supervisor)
        os.kill(killed, signal.SIGKILL)
        recovered = output.wait(SourceRecovered, where=of("a"))[0]
        wait_on_air(output, "a", "c", count=2)
        gap = output.wait(Gap, where=of("a", lambda event: event.cause is Cause.FAULT))[0]
        assert pids(supervisor)[1] == kept
        assert pids(supervisor)[0] not in {killed, None}
        assert [one.restarts for one in supervisor.processes] == [0, 1, 0]
    lost = [event for event in output.of(SourceLost) if event.cause is Cause.FAULT]
    assert {event.station for event in lost} == {"a", "c"}
    assert "SIGKILL" in lost[0].message
    assert recovered.lost_at == next(event.at for event in lost if event.station == "a")
    assert gap.started_at.monotonic_s <= recovered.lost_at.monotonic_s < gap.at.monotonic_s
    for name in "ac":
        changes = [event for event in output.of(AnnouncementChanged) if event.station == name]
        assert [later.previous for later in changes[1:]] == [earlier.announcement for earlier in changes[:-1]]
        windows = [event.counters.windows for event in output.of(StationStatus) if event.station == name]
        assert windows == sorted(windows)
        totals = [event.windows for event in output.of(StationReport) if event.station == name]
        assert totals == sorted(totals)
    for name in "bd":
        assert not [event for event in output.of(SourceLost) if event.station == name]


def test_a_station_that_crashes_its_process_waits_and_the_others_do_not(
    sound: Path, brisk_model_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ShardHost.__init__, "__kwdefaults__", {"command": COMMAND})
    told = tmp_path / "now"
    stations = {"bad": stream(f"http://does.crash{told}"), "good": looping(str(sound)), "spare": looping(str(sound))}
    output = Witness()
    with running(supervise(Config(stations=stations, model=str(brisk_model_path), processes=2), output)):
        wait_on_air(output, *stations)
        told.touch()
        waiting = output.wait(
            StationStatus,
            where=of("bad", lambda event: event.connection.state is ConnectionState.BACKING_OFF),
        )[0]
        output.wait(SourceRecovered, where=of("spare"))
    assert waiting.connection.cause is Cause.FAULT
    assert waiting.connection.retry_at is not None
    assert "SIGSEGV" in (waiting.connection.last_error or "")
    assert not [event for event in output.of(SourceLost) if event.station == "good"]


def test_a_source_that_hangs_costs_its_own_process_only(
    sound: Path, brisk_model_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ShardHost.__init__, "__kwdefaults__", {"command": COMMAND})
    told = tmp_path / "now"
    stations = {"hung": stream(f"http://does.hang{told}"), "good": looping(str(sound)), "spare": looping(str(sound))}
    output = Witness()
    with running(supervise(Config(stations=stations, model=str(brisk_model_path), processes=2), output)):
        wait_on_air(output, *stations)
        told.touch()
        lost = output.wait(SourceLost, where=of("hung"))[0]
        output.wait(SourceRecovered, where=of("spare"))
    assert f"exited with code {ExitCode.WEDGED.value}" in lost.message
    assert not [event for event in output.of(SourceLost) if event.station == "good"]


def test_a_process_that_shows_no_life_is_replaced(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "LOOK_EVERY_S", 1.0)
    output = Witness()
    supervisor = supervise(config, output)
    with running(supervisor):
        wait_on_air(output, *config.stations)
        os.kill(pids(supervisor)[0], signal.SIGSTOP)
        with monkeypatch.context() as impatient:
            # Not for the start of the next, which may take longer.
            impatient.setattr(tenancy_module, "LIFELESS_LOOKS", 4)
            output.wait(SourceLost, where=of("a"))
        output.wait(SourceRecovered, where=of("a"))
        wait_on_air(output, "a", "c", count=2)


def test_signals_that_reach_the_whole_service_are_the_daemons(config: Config) -> None:
    output = Witness()
    supervisor = supervise(config, output)
    with running(supervisor):
        wait_on_air(output, *config.stations)
        before = pids(supervisor)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(before[0], number)
        supervisor.set_enabled("a", False)
        output.wait(StationSwitched, where=of("a"))
        assert pids(supervisor) == before


def test_commands_and_reloads_reach_the_processes(
    config: Config, server: HostileServer, sound: Path, brisk_model_path: Path
) -> None:
    output = Witness()
    supervisor = supervise(config, output)
    with running(supervisor):
        wait_on_air(output, *config.stations)
        supervisor.set_enabled("a", False)
        output.wait(StationStatus, where=of("a", lambda event: event.connection.state is ConnectionState.STOPPED))
        assert not supervisor.stations["a"].enabled
        supervisor.set_enabled("a", True)
        wait_on_air(output, "a", count=2)
        supervisor.reset("b")
        after = {
            "b": StationConfig(
                source=config.stations["b"].source, retry=RetryConfig(first_wait_s=9.0, longest_wait_s=9.0)
            ),
            "d": stream(server.on("/d", hostile.radio())),
            "e": looping(str(sound)),
        }
        kept = supervisor.stations["b"]
        supervisor.reload(Config(stations=after, model=str(brisk_model_path), processes=2))
        wait_on_air(output, "e")
        wait_on_air(output, "d", count=2)
        assert supervisor.stations["b"] is kept
        assert list(supervisor.stations) == ["b", "d", "e"]
    assert not [event for event in output.of(SourceLost) if event.station == "b"]


def test_a_station_that_was_to_end_with_a_process_that_hangs_is_not_made_again(
    config: Config, brisk_model_path: Path
) -> None:
    output = Witness()
    supervisor = supervise(config, output)
    with running(supervisor):
        wait_on_air(output, *config.stations)
        stopped = pids(supervisor)[0]
        os.kill(stopped, signal.SIGSTOP)
        stations = {name: config.stations[name] for name in "bcd"}
        supervisor.reload(Config(stations=stations, model=str(brisk_model_path), processes=2))
        output.wait_for_update(1)
        os.kill(stopped, signal.SIGKILL)
        wait_on_air(output, "c", count=2)
        shard = host_of(supervisor).shards[0]
        assert set(shard._stations) == {"c"}
        assert not shard._leaving
        events = len(output.of(StationReport))
        output.wait(StationReport, count=events + 3)
        assert not [event for event in output.of(StationReport)[events:] if event.station == "a"]


def test_a_station_that_is_switched_while_it_has_no_process_says_so(config: Config) -> None:
    output = Witness()
    supervisor = supervise(config, output)
    with running(supervisor):
        wait_on_air(output, *config.stations)
        os.kill(pids(supervisor)[0], signal.SIGKILL)
        output.wait(SourceLost, where=of("a"))
        supervisor.set_enabled("a", False)
        output.wait(StationSwitched, where=of("a"))
        wait_on_air(output, "c", count=2)
        output.wait(
            StationStatus,
            where=of("a", lambda event: not event.enabled and event.connection.state is ConnectionState.STOPPED),
        )


def test_a_model_is_what_was_read_though_its_file_has_gone(
    config: Config, brisk_model_path: Path, tmp_path: Path
) -> None:
    copied = [shutil.copy(brisk_model_path.with_suffix(end), tmp_path / f"own{end}") for end in (".json", ".tflite")]
    output = Witness()
    supervisor = supervise(Config(stations=config.stations, model=str(copied[0]), processes=2), output)
    with running(supervisor):
        wait_on_air(output, *config.stations)
        for path in copied:
            Path(path).unlink()
        os.kill(pids(supervisor)[0], signal.SIGKILL)
        wait_on_air(output, "a", "c", count=2)


def test_what_belongs_to_a_process_as_a_whole_is_all_in_the_first() -> None:
    host = ShardHost(3, lambda _: None, clock=SYSTEM_CLOCK)
    places = [host._place(source) for source in (PipeSource(), SoundcardSource(), SoundcardSource(soundcard="other"))]
    assert places == [host.shards[0]] * 3


def test_stations_are_spread_evenly(config: Config) -> None:
    supervisor = supervise(config, Witness())
    shards = [station._shard for station in supervisor.stations.values()]  # type: ignore[attr-defined]
    first, second = host_of(supervisor).shards
    assert shards == [first, second, first, second]


@pytest.mark.parametrize(
    ("stations", "processors", "processes"),
    [(1, 8, 1), (STATIONS_A_PROCESS, 8, 1), (STATIONS_A_PROCESS + 1, 8, 2), (500, 4, 4), (500, 1, 1)],
)
def test_automatic_processes_follow_stations_and_processors(stations: int, processors: int, processes: int) -> None:
    many = {f"s{number}": StationConfig(source=FileSource(file="x")) for number in range(stations)}
    assert count_processes(Config(stations=many), processors) == processes


def test_no_more_processes_than_stations() -> None:
    one = Config(stations={"a": StationConfig(source=StreamSource(url="http://x/"))}, processes=8)
    assert count_processes(one) == 1
