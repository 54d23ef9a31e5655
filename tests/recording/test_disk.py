"""A disk that is full, fails or hangs: recording stops and says so, goes on when it can, and keeps nobody waiting."""

from __future__ import annotations

import errno
import os
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.cause import Cause
from genred.events import RecordingEnded, RecordingGap, RecordingStarted
from genred.recording import recorder, room, track
from genred.recording.syncing import Syncer
from tests.recording.rig import Rig, packets_of, read
from tests.sources.sounds import MP3, encoded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs to mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def play(rig: Rig, tap: recorder.StationTap, seconds: float = 60.0) -> None:
    """Plays 8 kB a second at the pace of time."""
    kept = packets_of(encoded(MP3, 60.0), "mp3")
    kept.all = kept.all[: round(seconds / kept.all[-1][2])]
    rig.play(tap, kept)


def test_a_full_disk_stops_a_recording_and_what_is_there_plays(small_disk: Path) -> None:
    rig = Rig(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(3_900_000))
    tap = rig.add()
    play(rig, tap)
    (file,) = rig.files
    sound = read(file)
    assert 10.0 < sound.seconds < 40.0
    ended = rig.of(RecordingEnded)[0]
    assert ended.cause is Cause.DISK_FULL
    assert ended.size_bytes == file.stat().st_size
    # What others need is theirs again; then it goes on.
    ballast.unlink()
    play(rig, tap, 20.0)
    rig.end(tap)
    gap = rig.of(RecordingGap)[0]
    assert gap.cause is Cause.DISK_FULL
    later = [path for path in rig.files if path != file and path.stat().st_size > 10_000]
    assert len(later) == 1
    assert read(later[0]).seconds > 5.0


def test_the_reserve_is_left_to_others(small_disk: Path) -> None:
    rig = Rig(small_disk)
    tap = rig.add(reserve_bytes=3_900_000)
    play(rig, tap)
    disk = os.statvfs(small_disk)
    assert disk.f_bavail * disk.f_frsize > 3_900_000 - 60_000
    (file,) = rig.files
    assert read(file).seconds > 20.0
    assert [ended.cause for ended in rig.of(RecordingEnded)] == [Cause.DISK_FULL]


def test_a_reserve_that_is_reached_begins_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    tap = rig.add(reserve_bytes=2**60)
    play(rig, tap, 20.0)
    rig.end(tap)
    assert not rig.files
    (gap,) = rig.of(RecordingGap)
    assert gap.cause is Cause.DISK_FULL
    assert gap.duration_s == pytest.approx(20.0, abs=0.5)


def test_by_default_a_twentieth_of_a_small_disk_is_left(small_disk: Path) -> None:
    now_s = 0.0
    looked = room.DiskRoom(small_disk / "recordings", None, lambda: now_s)
    assert looked.is_there()
    (small_disk / "ballast").write_bytes(bytes(4_100_000))
    now_s += room.LOOK_EVERY_S
    assert not looked.is_there()


def test_a_disk_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path)
    tap = rig.add()
    play(rig, tap, 20.0)
    real = os.write

    def failing(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "write", failing)
    play(rig, tap, 15.0)
    monkeypatch.setattr(os, "write", real)
    play(rig, tap, 20.0)
    rig.end(tap)
    first, last = rig.files[0], rig.files[-1]
    assert read(first).seconds == pytest.approx(20.0, abs=2.0)
    assert read(last).seconds > 20.0 - track.RETRY_S
    assert {ended.cause for ended in rig.of(RecordingEnded)} == {Cause.DISK_FAILED, Cause.STOPPING}
    assert [gap.cause for gap in rig.of(RecordingGap)] == [Cause.DISK_FAILED]


def test_a_folder_that_cannot_be_made_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    rig = Rig(tmp_path / "file" / "recordings")
    tap = rig.add()
    play(rig, tap, 20.0)
    rig.end(tap)
    assert not rig.of(RecordingStarted)
    (gap,) = rig.of(RecordingGap)
    assert gap.cause is Cause.DISK_FAILED


def test_a_disk_that_hangs_drops_audio_and_says_how_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MAX_WAITING_BYTES", 100_000)
    rig = Rig(tmp_path)
    tap = rig.add()
    play(rig, tap, 10.0)
    kept = packets_of(encoded(MP3, 60.0), "mp3")
    for form, data, seconds in kept.all:
        rig.clock.advance(seconds)
        tap.packets(form, [(data, seconds)])
    rig.recorder.turn()
    play(rig, tap, 10.0)
    rig.end(tap)
    (gap,) = rig.of(RecordingGap)
    assert gap.cause is Cause.DISK_SLOW
    (file,) = rig.files
    sound = read(file)
    assert max(np.diff(sound.starts_s)) == pytest.approx(gap.duration_s, abs=0.1)
    assert sound.starts_s[-1] == pytest.approx(80.0, abs=0.5)
    assert 20.0 < sound.seconds < 40.0


def test_what_is_being_recorded_is_synced_and_a_disk_that_fails_at_it_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path)
    tap = rig.add()
    play(rig, tap, 20.0)
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    syncer = Syncer(lambda: [inlet.track for inlet in rig.recorder._inlets])
    syncer.sync()
    (file,) = rig.files
    assert synced == [file.stat().st_ino]

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    syncer.sync()
    syncer.sync()
    assert [record.getMessage() for record in caplog.records] == [
        "a: its recording cannot be synced to the disk: input/output error"
    ]
    play(rig, tap, 20.0)
    rig.end(tap)
    syncer.sync()
    assert read(file).seconds > 30.0
