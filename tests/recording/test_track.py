"""A station's recording: what is in its files, when they are cut, and what is missing between them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.cause import Cause
from genred.events import RecordingEnded, RecordingGap, RecordingProgress, RecordingStarted
from tests.recording.rig import Rig, packets_of, read, seconds_of
from tests.sources.sounds import AAC, FLAC, M4A, MP3, MPEG_TS_AAC, MPEG_TS_MP3, OGG_FLAC, OGG_OPUS, OGG_VORBIS, encoded
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from pathlib import Path

FORMS = {
    "mp3": (MP3, "mp3"),
    "aac": (AAC, "aac"),
    "vorbis": (OGG_VORBIS, None),
    "opus": (OGG_OPUS, None),
    "ogg_flac": (OGG_FLAC, None),
    "flac": (FLAC, None),
    "m4a": (M4A, None),
    "ts_aac": (MPEG_TS_AAC, None),
    "ts_mp3": (MPEG_TS_MP3, None),
}


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "recordings")


@pytest.mark.parametrize("name", FORMS)
def test_packets_are_kept_as_they_came(rig: Rig, name: str) -> None:
    options, form = FORMS[name]
    kept = packets_of(encoded(options, 6.0, rate_hz=48_000, channels=2), form)
    tap = rig.add()
    rig.play(tap, kept)
    rig.end(tap)
    found = read(rig.files[0])
    given = [data for _, data, _ in kept.all]
    if "aac" in name:  # in Matroska without the headers that each packet has in a stream (ADTS)
        given = [data[7:] if data[:1] == b"\xff" else data for data in given]
    assert found.packets == given
    assert found.seconds == pytest.approx(sum(seconds for _, _, seconds in kept.all), abs=0.1)
    started, ended = rig.of(RecordingStarted)[0], rig.of(RecordingEnded)[0]
    assert started.copied
    assert started.codec == found.codec
    assert (started.rate_hz, started.channels) == (48_000, 2)
    assert ended.media_s == pytest.approx(found.seconds, abs=0.1)
    assert ended.size_bytes == rig.files[0].stat().st_size
    assert ended.cause is Cause.STOPPING


@pytest.mark.parametrize("name", FORMS)
def test_every_codec_can_be_encoded(rig: Rig, name: str) -> None:
    options, form = FORMS[name]
    kept = packets_of(encoded(options, 6.0, rate_hz=44_100 if name != "opus" else 48_000, channels=2), form)
    tap = rig.add(mode="opus")
    rig.play(tap, kept)
    rig.end(tap)
    found = read(rig.files[0])
    assert found.codec == "opus"
    assert found.seconds == pytest.approx(6.0, abs=0.15)
    assert np.sqrt(np.mean(found.samples**2)) > 0.05
    assert not rig.of(RecordingStarted)[0].copied


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint8", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_samples_are_encoded(rig: Rig, dtype: str, channels: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(44_100 * 4) / 44_100)
    kind = np.dtype(dtype)
    if kind.kind != "f":
        tone = tone * (2.0 ** (8 * kind.itemsize - 1) - 1) + (128 if kind.kind == "u" else 0)
    samples = np.repeat(tone.astype(kind), channels)
    tap = rig.add()
    for start in range(0, samples.size, 8_820 * channels):
        rig.clock.advance(0.2)
        tap.samples(samples[start : start + 8_820 * channels], 44_100, channels)
        rig.recorder.turn()
    rig.end(tap)
    found = read(rig.files[0])
    assert found.codec == "opus"
    assert found.seconds == pytest.approx(4.0, abs=0.05)
    assert np.sqrt(np.mean(found.samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_a_file_ends_with_the_hour_and_the_next_goes_on_with_the_next_packet(tmp_path: Path) -> None:
    rig = Rig(tmp_path, VirtualClock(seconds_of(datetime(2026, 11, 29, 11, 59, 50, tzinfo=UTC))))
    kept = packets_of(encoded(MP3, 20.0), "mp3")
    tap = rig.add()
    rig.play(tap, kept)
    rig.end(tap)
    first, second = rig.files
    assert str(first.relative_to(tmp_path)) == "a/2026-11-29/11-59-50Z.mka"
    assert str(second.relative_to(tmp_path)) == "a/2026-11-29/12-00-00Z.mka"
    one, other = read(first), read(second)
    assert one.packets + other.packets == [data for _, data, _ in kept.all]
    assert one.starts_s[-1] == pytest.approx(10.0, abs=0.06)
    assert [ended.cause for ended in rig.of(RecordingEnded)] == [None, Cause.STOPPING]
    assert not rig.of(RecordingGap)


def test_a_day_of_hours_is_cut_at_each(tmp_path: Path) -> None:
    rig = Rig(tmp_path, VirtualClock(seconds_of(datetime(2026, 11, 29, 22, 30, tzinfo=UTC))))
    kept = packets_of(encoded(MP3, 3.0), "mp3")
    form, data, _ = kept.all[10]
    kept.all = [(form, data, 10.0)] * (4 * 360)
    tap = rig.add()
    rig.play(tap, kept, batch_s=60.0)
    rig.end(tap)
    assert [str(file.relative_to(tmp_path / "a")) for file in rig.files] == [
        "2026-11-29/22-30-00Z.mka",
        "2026-11-29/23-00-00Z.mka",
        "2026-11-30/00-00-00Z.mka",
        "2026-11-30/01-00-00Z.mka",
        "2026-11-30/02-00-00Z.mka",
    ]
    assert [round(ended.media_s) for ended in rig.of(RecordingEnded)] == [1_800, 3_600, 3_600, 3_600, 1_800]


def test_a_clock_that_is_set_back_overwrites_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path, VirtualClock(seconds_of(datetime(2026, 11, 29, 12, 0, tzinfo=UTC))))
    kept = packets_of(encoded(MP3, 5.0), "mp3")
    for _ in range(3):
        tap = rig.add()
        rig.play(tap, kept)
        rig.end(tap)
        rig.clock.stepped_s -= sum(seconds for _, _, seconds in kept.all)
    assert [file.name for file in rig.files] == ["12-00-00Z-2.mka", "12-00-00Z-3.mka", "12-00-00Z.mka"]


def test_another_codec_begins_another_file_without_a_gap(rig: Rig) -> None:
    tap = rig.add()
    rig.play(tap, packets_of(encoded(MP3, 5.0), "mp3"))
    rig.play(tap, packets_of(encoded(AAC, 5.0), "aac"))
    rig.play(tap, packets_of(encoded(AAC, 5.0, rate_hz=32_000), "aac"))
    rig.end(tap)
    assert [(read(file).codec, read(file).rate_hz) for file in rig.files] == [
        ("mp3", 44_100),
        ("aac", 44_100),
        ("aac", 32_000),
    ]
    assert [ended.cause for ended in rig.of(RecordingEnded)] == [None, None, Cause.STOPPING]
    assert not rig.of(RecordingGap)


@pytest.mark.parametrize("options", [OGG_VORBIS, OGG_OPUS, OGG_FLAC])
def test_links_of_a_chain_with_other_titles_are_one_file(rig: Rig, options: tuple[str, ...]) -> None:
    tap = rig.add()
    for title in ("One", "Two"):
        rig.play(tap, packets_of(encoded(options, 5.0, rate_hz=48_000, tags=(("title", title),))))
    rig.end(tap)
    (file,) = rig.files
    assert read(file).seconds == pytest.approx(10.0, abs=0.2)


def test_a_session_that_is_lost_leaves_a_gap_with_its_cause(rig: Rig) -> None:
    kept = packets_of(encoded(MP3, 5.0), "mp3")
    tap = rig.add()
    rig.play(tap, kept)
    tap.end(Cause.STALLED)
    rig.clock.advance(30.0)
    rig.play(tap, kept)
    rig.end(tap)
    assert len(rig.files) == 2
    (gap,) = rig.of(RecordingGap)
    assert gap.cause is Cause.STALLED
    assert gap.duration_s == pytest.approx(30.0, abs=0.05)


def test_what_is_missing_within_a_session_leaves_its_time_free(rig: Rig) -> None:
    kept = packets_of(encoded(MP3, 5.0), "mp3")
    tap = rig.add()
    rig.play(tap, kept)
    rig.clock.advance(3.0)
    tap.lose(3.0)
    rig.play(tap, kept)
    rig.end(tap)
    (file,) = rig.files
    found = read(file)
    assert max(np.diff(found.starts_s)) == pytest.approx(3.026, abs=0.01)
    (gap,) = rig.of(RecordingGap)
    assert (gap.cause, round(gap.duration_s, 3)) == (Cause.LOST, 3.0)
    assert not [ended for ended in rig.of(RecordingEnded) if ended.cause is Cause.LOST]


def test_audio_that_is_sent_in_advance_was_on_air_before(rig: Rig) -> None:
    kept = packets_of(encoded(MP3, 30.0), "mp3")
    began_at = rig.clock.now
    tap = rig.add()
    burst_s, index = 0.0, 0
    while burst_s < 4.0:
        burst_s += kept.all[index][2]
        index += 1
    # What a server has sent until now is there at once; the rest comes as it is on air.
    tap.packets(kept.forms[0], tuple((data, seconds) for _, data, seconds in kept.all[:index]))
    kept.all = kept.all[index:]
    rig.play(tap, kept, batch_s=0.7)
    rig.end(tap)
    (started,) = rig.of(RecordingStarted)
    assert started.at.monotonic_s == pytest.approx(began_at - burst_s, abs=0.05)
    marks = rig.of(RecordingProgress)
    assert len(marks) == 2
    for mark in marks:
        assert mark.at.monotonic_s - mark.media_s == pytest.approx(began_at - burst_s, abs=0.05)


def test_names_are_safe_and_folders_are_private(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "recordings")
    kept = packets_of(encoded(MP3, 3.0), "mp3")
    for station in ("../x", "..", "a/b", "\N{SNOWMAN}", "rock_1"):
        tap = rig.add(station)
        rig.play(tap, kept)
        rig.end(tap)
    assert len(rig.files) == 5
    assert {file.relative_to(rig.folder).parts[0] for file in rig.files} == {
        "..%2Fx",
        "%2E%2E",
        "a%2Fb",
        "%E2%98%83",
        "rock_1",
    }
    for file in rig.files:
        assert file.stat().st_mode & 0o777 == 0o640
        assert [folder.stat().st_mode & 0o777 for folder in (file.parent, file.parent.parent)] == [0o750, 0o750]
