"""A daemon that records: what it leaves when it is killed, and whether a clip has the sound of its time."""

from __future__ import annotations

import os
import shutil
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from genred.airplay.query import AirplayLog
from genred.cause import Cause
from genred.cli.main import main
from genred.exit_codes import ExitCode
from genred.recording.paths import recordings_in
from tests.cli.daemon import Daemon
from tests.patience import PATIENCE_S
from tests.recording.broadcast import Broadcast
from tests.recording.kill_loop import STATIONS, configure, kill_repeatedly
from tests.recording.rig import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS = int(os.environ.get("GENRED_KILLS", "3"))
BURST_S = 4.0
RIGHT_WITHIN_S = 0.2


def test_recordings_of_a_killed_daemon_play_to_their_last_packet(tmp_path: Path) -> None:
    found = kill_repeatedly(tmp_path, KILLS)
    assert found.files == found.played == KILLS * len(STATIONS)
    # Half a second until it is written, one of a cluster, one and a bit that the network is given to gather.
    assert all(lost_s < 10.0 for lost_s in found.lost_s)


def test_stations_in_processes_of_their_own_are_recorded_into_one_log(tmp_path: Path) -> None:
    with Broadcast() as radio, Daemon(configure(tmp_path, radio.url, processes=2)) as daemon:
        _wait_for_marks(tmp_path, 1)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.process.wait(PATIENCE_S)
    with AirplayLog(tmp_path / "airplay.sqlite") as log:
        rows = [row for station in log.stations() for row, _ in log.recordings(station, None, None)]
    assert {row.station for row in rows} == set(STATIONS)
    for row in rows:
        assert (row.complete, row.cause) == (True, Cause.STOPPING)
        path = tmp_path / "recordings" / row.file
        assert row.size_bytes == path.stat().st_size
        assert read(path).seconds == pytest.approx(row.seconds, abs=0.2)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broadcast, Path]]:
    """Half a minute of two stations, written while it is read."""
    folder = tmp_path_factory.mktemp("recorded")
    with Broadcast(BURST_S) as radio:
        _wait_until(radio.at(BURST_S + 2.0))
        with Daemon(configure(folder, radio.url)) as daemon:
            _wait_for_marks(folder, 3)
            daemon.process.send_signal(signal.SIGTERM)
            daemon.process.wait(PATIENCE_S)
        yield radio, folder


@pytest.mark.parametrize("station", STATIONS)
def test_a_span_has_the_sound_of_its_time(recorded: tuple[Broadcast, Path], station: str, tmp_path: Path) -> None:
    radio, folder = recorded
    since, until = _middle(folder, station)
    output = tmp_path / "clip.mka"
    assert _export(folder, station, since, until, output) == ExitCode.OK
    sound = read(output)
    place_s, alike = radio.place_of(sound.samples, sound.rate_hz)
    assert alike > 0.5
    assert abs((radio.at(place_s) - since).total_seconds()) < RIGHT_WITHIN_S
    assert sound.seconds == pytest.approx((until - since).total_seconds(), abs=0.1)
    assert sound.tags["GENRED_STATION"] == station
    assert sound.tags["GENRED_STARTED_AT"] == since.isoformat(timespec="milliseconds")


@pytest.mark.parametrize("station", STATIONS)
def test_what_was_sent_in_advance_is_where_it_was_on_air(
    recorded: tuple[Broadcast, Path], station: str, tmp_path: Path
) -> None:
    radio, folder = recorded
    with AirplayLog(folder / "airplay.sqlite") as log:
        (one,) = log.stations([station])
        started_at = next(log.recordings(one, None, None))[0].started_at
    output = tmp_path / "clip.mka"
    assert _export(folder, station, started_at, started_at + timedelta(seconds=6), output) == ExitCode.OK
    sound = read(output)
    place_s, alike = radio.place_of(sound.samples, sound.rate_hz)
    assert alike > 0.5
    assert abs((radio.at(place_s) - started_at).total_seconds()) < RIGHT_WITHIN_S


@pytest.mark.parametrize("name", ["clip.mka", "clip.mp3"])
def test_a_clip_has_the_sound_of_its_entry(recorded: tuple[Broadcast, Path], name: str, tmp_path: Path) -> None:
    radio, folder = recorded
    log_file = folder / "airplay.sqlite"
    with AirplayLog(log_file) as log:
        (station,) = log.stations(["copied"])
        entries = [entry for entry in log.entries(station, None, None) if entry.cause is None]
    entry = max(entries, key=lambda entry: entry.seconds)
    output = tmp_path / name
    assert main(["airplay", "--log", str(log_file), "--clip", str(entry.id), "-o", str(output)]) == ExitCode.OK
    sound = read(output)
    place_s, alike = radio.place_of(sound.samples, sound.rate_hz)
    assert alike > 0.5
    assert abs((radio.at(place_s) - entry.started_at).total_seconds()) < RIGHT_WITHIN_S
    assert sound.seconds == pytest.approx(entry.seconds, abs=1.5)


def test_what_does_not_fit_is_named(
    recorded: tuple[Broadcast, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, folder = recorded
    since, until = _middle(folder, "encoded")

    def fault(name: str, station: str = "encoded", later_s: float = 0.0, code: ExitCode = ExitCode.SOURCE) -> str:
        later = timedelta(seconds=later_s)
        assert _export(folder, station, since + later, until + later, tmp_path / name) == code
        assert not (tmp_path / name).exists()
        return capsys.readouterr().err

    assert ".mp3 cannot hold opus as it is; give a name that ends in .mka or .ogg or .opus" in fault("clip.mp3")
    assert "the extension must be one of .mka" in fault("clip.wav", code=ExitCode.USAGE)
    assert "there is no folder" in fault("none/clip.mka", code=ExitCode.USAGE)
    assert "no station 'other'" in fault("clip.mka", station="other")
    assert "nothing is recorded between" in fault("clip.mka", later_s=3_600.0)


def test_recordings_that_were_moved_are_found_where_they_are(recorded: tuple[Broadcast, Path], tmp_path: Path) -> None:
    _, folder = recorded
    since, until = _middle(folder, "copied")
    shutil.copytree(folder / "recordings", tmp_path / "moved")
    output = tmp_path / "clip.mka"
    assert _export(folder, "copied", since, until, output, "--recordings", str(tmp_path / "moved")) == ExitCode.OK
    assert output.exists()


def _export(folder: Path, station: str, since: datetime, until: datetime, output: Path, *more: str) -> int:
    span = ["--since", since.isoformat(), "--until", until.isoformat(), "--time-zone", "UTC"]
    log = ["--log", str(folder / "airplay.sqlite"), "--station", station]
    return main(["recording", "export", *log, *span, "-o", str(output), *more])


def _middle(folder: Path, station: str) -> tuple[datetime, datetime]:
    """Ten seconds of a recording, neither at its beginning nor at its end."""
    with AirplayLog(folder / "airplay.sqlite") as log:
        (one,) = log.stations([station])
        row = max((row for row, _ in log.recordings(one, None, None)), key=lambda row: row.seconds)
    since = row.started_at + timedelta(seconds=12.345)
    return since, since + timedelta(seconds=10)


def _wait_until(at: datetime) -> None:
    while datetime.now(UTC) < at:
        time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))


def _wait_for_marks(folder: Path, count: int) -> None:
    """Waits until the log has so many points of each recording's index."""
    log_file = folder / "airplay.sqlite"
    marks: list[int] = []
    for _ in range(1_200):
        time.sleep(0.1)
        if not log_file.exists() or not list(recordings_in(folder / "recordings")):
            continue
        with AirplayLog(log_file) as log:
            marks = [
                max((len(marks) for _, marks in log.recordings(one, None, None)), default=0) for one in log.stations()
            ]
        if len(marks) == len(STATIONS) and min(marks) >= count:
            return
    raise AssertionError(f"the daemon does not record: {marks}")
