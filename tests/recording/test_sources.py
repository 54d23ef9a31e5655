"""Every kind of source gives its recording what it gives its listeners."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.cause import Cause
from genred.config.schema import CommandSource, FileSource, StreamSource
from genred.events import RecordingEnded, RecordingGap, RecordingStarted
from genred.sources.opening import open_source
from tests.collector import no_collector
from tests.recording.rig import Rig, packets_of, read
from tests.sources import hostile, sounds
from tests.sources.collect import collect
from tests.sources.conftest import server
from tests.sources.stream.live_hls import PLAYLIST_TYPE, playlist

if TYPE_CHECKING:
    from pathlib import Path

    from genred.config.schema import SourceConfig
    from tests.sources.collect import Collected
    from tests.sources.hostile import HostileServer

__all__ = ["server"]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "recordings")


def record(rig: Rig, config: SourceConfig) -> Collected:
    """Plays one session of a source and records it."""
    source = open_source(config)
    source.meter.tap = tap = rig.add()
    heard = collect(source)
    tap.end(Cause.ENDED)
    rig.end(tap)
    return heard


@pytest.mark.parametrize("form", [sounds.MP3, sounds.OGG_VORBIS, sounds.M4A], ids=["mp3", "ogg", "mp4"])
def test_a_recording_that_ended_leaves_nothing_to_the_garbage_collector(
    form: tuple[str, ...], rig: Rig, server: HostileServer
) -> None:
    url = server.on("/x", hostile.body(sounds.encoded(form, 5.0), "audio/x"))
    with no_collector() as held:
        record(rig, StreamSource(url=url))
        assert not held("InputContainer", "OutputContainer", "AudioStream", "AudioCodecContext", "Sink")
    assert len(rig.files) == 1


def test_a_stream_with_titles_is_kept_without_them(rig: Rig, server: HostileServer) -> None:
    heard = record(rig, StreamSource(url=server.on("/x", hostile.icy([b"One", b"", b"Two", b""], interval=8_000))))
    assert [title.text for title in heard.titles] == ["One", "Two"]
    (file,) = rig.files
    sent = [data for _, data, _ in packets_of(sounds.encoded(sounds.MP3, 30.0)[: 5 * 8_000], "mp3").all]
    kept = read(file).packets
    first = kept.index(sent[0])
    assert first <= 1  # the first frame is behind a tag, where only what looks for frames finds it
    assert kept[first : first + len(sent)] == sent


def test_segments_are_one_file_as_long_as_they_are_of_one_codec(rig: Rig, server: HostileServer) -> None:
    lines = []
    for number, form in enumerate([sounds.MPEG_TS_AAC] * 3 + [sounds.MPEG_TS_MP3] + [sounds.MPEG_TS_AAC] * 2):
        server.on(f"/{number}.ts", hostile.body(sounds.encoded(form, 2.0)))
        lines += ["#EXTINF:2,", f"{number}.ts"]
    record(rig, StreamSource(url=server.on("/x.m3u8", hostile.body(playlist(*lines), PLAYLIST_TYPE))))
    assert [(one.codec, one.copied) for one in rig.of(RecordingStarted)] == [
        ("aac", True),
        ("mp3", True),
        ("aac", True),
    ]
    assert [round(read(file).seconds) for file in rig.files] == [6, 2, 4]
    assert not rig.of(RecordingGap)


def test_a_segment_that_is_missing_leaves_its_time_free(rig: Rig, server: HostileServer) -> None:
    for number in (0, 2):
        server.on(f"/{number}.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 2.0)))
    lines = ["#EXTINF:2,", "0.ts", "#EXT-X-GAP", "#EXTINF:2,", "1.ts", "#EXTINF:2,", "2.ts"]
    record(rig, StreamSource(url=server.on("/x.m3u8", hostile.body(playlist(*lines), PLAYLIST_TYPE))))
    (file,) = rig.files
    assert max(np.diff(read(file).starts_s)) == pytest.approx(2.0, abs=0.1)
    (gap,) = rig.of(RecordingGap)
    assert (gap.cause, round(gap.duration_s)) == (Cause.LOST, 2)


@pytest.mark.parametrize("form", [sounds.OGG_OPUS, sounds.OGG_VORBIS, sounds.OGG_FLAC])
def test_a_chain_is_one_file_though_its_titles_change(rig: Rig, server: HostileServer, form: tuple[str, ...]) -> None:
    links = [sounds.encoded(form, 3.0, rate_hz=48_000, tags=(("title", title),)) for title in ("One", "Two", "Three")]
    heard = record(rig, StreamSource(url=server.on("/x", hostile.body(b"".join(links), "application/ogg"))))
    assert [title.text for title in heard.titles] == ["One", "Two", "Three"]
    (file,) = rig.files
    assert read(file).seconds == pytest.approx(9.0, abs=0.3)


def test_links_of_another_rate_or_codec_begin_another_file(rig: Rig, server: HostileServer) -> None:
    chain = sounds.encoded(sounds.OGG_VORBIS, 3.0, rate_hz=44_100) + sounds.encoded(
        sounds.OGG_VORBIS, 3.0, rate_hz=32_000
    )
    chain += sounds.encoded(sounds.OGG_OPUS, 3.0, rate_hz=48_000)
    record(rig, StreamSource(url=server.on("/x", hostile.body(chain, "application/ogg"))))
    assert [(one.codec, one.rate_hz) for one in rig.of(RecordingStarted)] == [
        ("vorbis", 44_100),
        ("vorbis", 32_000),
        ("opus", 48_000),
    ]
    assert [one.cause for one in rig.of(RecordingEnded)] == [None, None, Cause.ENDED]


def test_garbage_in_a_stream_is_not_kept_and_the_rest_plays(rig: Rig, server: HostileServer) -> None:
    heard = record(rig, StreamSource(url=server.on("/x", hostile.garbage_in_the_middle()), stall_timeout_s=20.0))
    assert heard.seconds > 3.0
    (file,) = rig.files
    assert read(file).seconds == pytest.approx(heard.seconds, abs=0.2)


@pytest.mark.parametrize(("form", "codec"), [(sounds.FLAC, "flac"), (sounds.M4A, "aac"), (sounds.WAV, "opus")])
def test_a_file_is_kept_as_it_is_unless_it_is_raw(rig: Rig, tmp_path: Path, form: tuple[str, ...], codec: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(sounds.encoded(form, 3.0, channels=2))
    record(rig, FileSource(file=str(path), pace="fast"))
    (file,) = rig.files
    assert read(file).codec == codec
    assert read(file).seconds == pytest.approx(3.0, abs=0.1)


def test_a_command_is_encoded_at_its_own_rate(rig: Rig) -> None:
    program = "import sys; sys.stdout.buffer.write(bytes(48_000 * 2 * 2 * 3))"
    record(rig, CommandSource(command=(sys.executable, "-c", program), rate_hz=48_000, channels=2))
    (started,) = rig.of(RecordingStarted)
    assert (started.codec, started.rate_hz, started.channels, started.copied) == ("opus", 48_000, 2, False)
    assert read(rig.files[0]).seconds == pytest.approx(3.0, abs=0.05)
