"""Spans are found in the index, and cut out over the borders of files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.events import RecordingEnded, RecordingProgress, RecordingStarted
from genred.recording.cut import CutError, cut
from genred.recording.index import RecordedFile, TimeMark, find_parts
from tests.full_disk import files_of_at_most
from tests.recording.rig import Rig, packets_of, read, seconds_of
from tests.sources.sounds import AAC, FLAC, MP3, OGG_FLAC, OGG_OPUS, OGG_VORBIS, encoded
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2026, 11, 29, 12, tzinfo=UTC)
TAGS = {"title": "A title", "GENRED_STATION": "a"}


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def index_of(rig: Rig) -> list[RecordedFile]:
    """What the log would know of all files."""
    ended = {event.file: event for event in rig.of(RecordingEnded)}
    return [
        RecordedFile(
            rig.folder / one.file,
            one.at.utc,
            tuple(TimeMark(mark.at.utc, mark.media_s) for mark in rig.of(RecordingProgress) if mark.file == one.file),
            goes_on=one.file in ended and ended[one.file].cause is None,
        )
        for one in rig.of(RecordingStarted)
    ]


def recorded(tmp_path: Path, form: tuple[str, ...], name: str | None, seconds: float, start: datetime) -> Rig:
    rig = Rig(tmp_path / "recordings", VirtualClock(seconds_of(start)))
    tap = rig.add()
    rig.play(tap, packets_of(encoded(form, seconds, rate_hz=48_000), name))
    rig.end(tap)
    return rig


@pytest.mark.parametrize(
    ("form", "name", "suffixes"),
    [
        (MP3, "mp3", (".mka", ".mp3")),
        (AAC, "aac", (".mka", ".m4a", ".aac")),
        (OGG_OPUS, None, (".mka", ".ogg", ".opus")),
        (OGG_VORBIS, None, (".mka", ".ogg")),
        (OGG_FLAC, None, (".mka", ".ogg", ".flac")),
        (FLAC, None, (".mka", ".flac")),
    ],
)
def test_a_span_over_the_hour_is_joined_packet_by_packet(
    tmp_path: Path, form: tuple[str, ...], name: str | None, suffixes: Sequence[str]
) -> None:
    rig = recorded(tmp_path, form, name, 30.0, after(-15.0))
    assert len(rig.files) == 2
    whole = [packet for file in rig.files for packet in read(file).packets]
    for suffix in suffixes:
        output = tmp_path / f"clip{suffix}"
        done = cut(find_parts(index_of(rig), after(-5.0), after(5.0)), output, TAGS)
        assert done.seconds == pytest.approx(10.0, abs=0.1)
        assert done.pieces[0].started_at == pytest.approx(after(-5), abs=timedelta(seconds=0.1))
        sound = read(output)
        assert sound.seconds == pytest.approx(10.0, abs=0.2)
        if suffix not in {".aac", ".flac"}:  # these have headers of their own around each packet or file
            first = whole.index(sound.packets[0])
            assert sound.packets == whole[first : first + len(sound.packets)]
        if suffix in {".mka", ".mp3", ".m4a"}:
            assert sound.tags["title"] == "A title"


def test_a_whole_recording_and_more_is_what_there_is(tmp_path: Path) -> None:
    rig = recorded(tmp_path, MP3, "mp3", 20.0, START)
    done = cut(find_parts(index_of(rig), after(-100), after(100)), tmp_path / "x.mka", TAGS)
    assert done.seconds == pytest.approx(20.0, abs=0.1)


def test_a_file_that_ends_in_the_middle_of_a_packet_is_cut_as_far_as_it_goes(tmp_path: Path) -> None:
    rig = recorded(tmp_path, MP3, "mp3", 20.0, START)
    (file,) = rig.files
    file.write_bytes(file.read_bytes()[:100_003])
    done = cut(find_parts(index_of(rig), after(5), after(100)), tmp_path / "x.mp3", TAGS)
    assert 5.0 < done.seconds < 9.0
    assert read(tmp_path / "x.mp3").seconds == pytest.approx(done.seconds, abs=0.1)


def test_what_was_deleted_is_left_out(tmp_path: Path) -> None:
    rig = recorded(tmp_path, MP3, "mp3", 20.0, after(-10.0))
    rig.files[0].unlink()
    done = cut(find_parts(index_of(rig), after(-10), after(10)), tmp_path / "x.mka", TAGS)
    assert done.seconds == pytest.approx(10.0, abs=0.1)
    assert [round((piece.started_at - START).total_seconds(), 1) for piece in done.pieces] == [0.0]


def test_a_change_of_codec_on_the_way_is_named(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "recordings", VirtualClock(seconds_of(START)))
    tap = rig.add()
    rig.play(tap, packets_of(encoded(MP3, 10.0), "mp3"))
    rig.play(tap, packets_of(encoded(AAC, 10.0), "aac"))
    rig.end(tap)
    parts = find_parts(index_of(rig), after(0), after(20))
    with pytest.raises(CutError, match=r"is aac at 44100 Hz, 1 channel, and what comes before it is mp3"):
        cut(parts, tmp_path / "x.mka", TAGS)
    assert not list(tmp_path.glob("x*"))


def test_nothing_is_left_of_a_cut_that_fails(tmp_path: Path) -> None:
    rig = recorded(tmp_path, MP3, "mp3", 10.0, START)
    parts = find_parts(index_of(rig), after(0), after(10))
    output = tmp_path / "x.ogg"
    output.write_bytes(b"before")
    with pytest.raises(CutError, match=r"\.ogg cannot hold mp3 as it is; give a name that ends in \.mka or \.mp3"):
        cut(parts, output, TAGS)
    assert output.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["x.ogg"]
    with pytest.raises(CutError, match="nothing from that time"):
        cut(find_parts(index_of(rig), after(50), after(60)), tmp_path / "y.mka", TAGS)


@pytest.mark.parametrize("suffix", [".mka", ".mp3", ".m4a"])
def test_a_full_disk_is_not_put_down_to_the_recording(tmp_path: Path, suffix: str) -> None:
    rig = recorded(tmp_path, AAC if suffix == ".m4a" else MP3, "aac" if suffix == ".m4a" else "mp3", 30.0, START)
    output = tmp_path / f"x{suffix}"
    output.write_bytes(b"before")
    parts = find_parts(index_of(rig), after(0), after(30))
    with pytest.raises(OSError, match=rf"File too large: '.*/x\{suffix}'$"), files_of_at_most(100_000):
        cut(parts, output, TAGS)
    assert output.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [output.name]


def test_a_cut_is_written_through_a_link_with_the_permissions_of_what_was_there(tmp_path: Path) -> None:
    rig = recorded(tmp_path, MP3, "mp3", 10.0, START)
    output, link = tmp_path / "x.mka", tmp_path / "link.mka"
    output.touch(0o600)
    link.symlink_to(output)
    cut(find_parts(index_of(rig), after(0), after(10)), link, TAGS)
    assert link.is_symlink()
    assert output.stat().st_mode & 0o777 == 0o600
    assert read(output).seconds == pytest.approx(10.0, abs=0.2)


@given(st.lists(st.floats(0.1, 30.0), min_size=1, max_size=20), st.floats(0.0, 1.0))
def test_time_and_time_in_the_file_agree_with_one_another(steps: list[float], share: float) -> None:
    places = np.cumsum(steps)
    file = RecordedFile(Path("x"), after(100), tuple(TimeMark(after(100 + place), float(place)) for place in places))
    at = after(100 + share * float(places[-1]))
    assert file.at(file.media_s(at)) == pytest.approx(at, abs=timedelta(milliseconds=1))


def test_what_came_late_is_where_it_came() -> None:
    # A server that fell silent for five seconds and went on where it was.
    file = RecordedFile(Path("x"), START, (TimeMark(after(10), 10.0), TimeMark(after(25), 20.0)))
    assert file.media_s(after(9)) == 9.0
    assert file.media_s(after(20)) == 15.0
    assert file.media_s(after(12)) == 10.0
    assert file.media_s(after(27)) == 22.0
    assert file.media_s(after(-5)) == 0.0


def test_of_sound_that_was_recorded_twice_the_later_file_counts() -> None:
    first, second = RecordedFile(Path("1"), START), RecordedFile(Path("2"), after(96))
    parts = find_parts([second, first], after(50), after(150))
    assert [(part.file.path.name, part.from_s, part.to_s) for part in parts] == [("1", 50.0, 96.0), ("2", 0.0, 54.0)]
