"""HLS folders, finished and growing, with changes of codec and with holes."""

from __future__ import annotations

import io
import threading
import time
from typing import TYPE_CHECKING

import av
import pytest

from genred.config.schema import StreamSource
from genred.errors import SourceError
from genred.events import Gap, SourceLost
from genred.sources.stream import hls
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import hostile, sounds
from tests.sources.collect import Collected, collect
from tests.stations.harness import Running

if TYPE_CHECKING:
    from tests.sources.hostile import HostileServer, Line

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"


def playlist(*lines: str, target_s: int = 2, first: int = 0, ended: bool = True) -> bytes:
    head = ["#EXTM3U", "#EXT-X-VERSION:4", f"#EXT-X-TARGETDURATION:{target_s}", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    return "\n".join([*head, *lines, *(["#EXT-X-ENDLIST"] if ended else [])]).encode() + b"\n"


def listen(url: str, **settings: object) -> Collected:
    return collect(InternetStream(StreamSource(url=url, **{"stall_timeout_s": 1.0, **settings})))  # type: ignore[arg-type]


def id3(artist: str, song: str) -> bytes:
    """A tag as ffmpeg writes it in front of an MP3."""
    sound = sounds.encoded(
        ("-c:a", "libmp3lame", "-b:a", "64k", "-write_id3v2", "1", "-id3v2_version", "4", "-f", "mp3"),
        0.5,
        tags=(("artist", artist), ("title", song)),
    )
    size = sound[6] << 21 | sound[7] << 14 | sound[8] << 7 | sound[9]
    return sound[: 10 + size]


def test_a_change_of_codec_rate_and_channels_between_segments_is_no_break(server: HostileServer) -> None:
    server.on("/hls/1.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 2.0, rate_hz=44_100), "video/mp2t"))
    server.on("/hls/2.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_MP3, 2.0, rate_hz=48_000, channels=2)))
    server.on("/hls/3.mp3", hostile.body(id3("Nina Simone", "Sinnerman") + sounds.encoded(sounds.MP3, 2.0)))
    lines = ["#EXTINF:2,", "1.ts", "#EXT-X-DISCONTINUITY", "#EXTINF:2,", "2.ts", "#EXTINF:2,", "3.mp3"]
    heard = listen(server.on("/hls/x.m3u8", hostile.body(playlist(*lines), PLAYLIST_TYPE)))
    assert heard.error is None
    assert [(info.codec, info.rate_hz, info.channels) for info in heard.infos] == [
        ("aac", 44_100, 1),
        ("mp3", 48_000, 2),
        ("mp3", 44_100, 1),
    ]
    assert [(title.artist, title.song) for title in heard.titles] == [("Nina Simone", "Sinnerman")]
    assert heard.seconds == pytest.approx(6.0, abs=0.3)
    assert heard.tone_hz() == pytest.approx(440, abs=2)


def test_a_master_playlist_leads_to_audio_alone(server: HostileServer) -> None:
    master = (
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360\nvideo.m3u8\n"
        b'#EXT-X-STREAM-INF:BANDWIDTH=96000,CODECS="mp4a.40.2"\naudio/list.m3u8\n'
    )
    server.on("/audio/1.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 2.0)))
    server.on("/audio/list.m3u8", hostile.body(playlist("#EXTINF:2,", "1.ts"), PLAYLIST_TYPE))
    assert listen(server.on("/master.m3u8", hostile.body(master, PLAYLIST_TYPE))).seconds == pytest.approx(2.0, abs=0.2)


def test_fragmented_mp4_with_its_start_in_another_file_is_heard(server: HostileServer) -> None:
    whole = sounds.encoded(("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4"), 2.0)
    start = whole.index(b"moof") - 4
    server.on("/init.mp4", hostile.body(whole[:start]))
    server.on("/1.m4s", hostile.body(whole[start:]))
    lines = ['#EXT-X-MAP:URI="init.mp4"', "#EXTINF:2,", "1.m4s"]
    heard = listen(server.on("/x.m3u8", hostile.body(playlist(*lines), PLAYLIST_TYPE)))
    assert heard.error is None
    assert heard.seconds == pytest.approx(2.0, abs=0.2)


def test_byte_ranges_are_heard_even_from_a_server_that_ignores_them(server: HostileServer) -> None:
    one, two = sounds.encoded(sounds.MPEG_TS_AAC, 2.0), sounds.encoded(sounds.MPEG_TS_AAC, 2.0, tone_hz=880)
    server.on("/all.ts", hostile.body(one + two))
    lines = ["#EXTINF:2,", f"#EXT-X-BYTERANGE:{len(two)}@{len(one)}", "all.ts"]
    heard = listen(server.on("/x.m3u8", hostile.body(playlist(*lines), PLAYLIST_TYPE)))
    assert heard.tone_hz() == pytest.approx(880, abs=2)
    assert f"bytes={len(one)}-{len(one) + len(two) - 1}" in server.requests[1]


def test_titles_in_timed_metadata_are_found(server: HostileServer) -> None:
    segment = io.BytesIO()
    with (
        av.open(segment, "w", format="mpegts") as container,
        av.open(io.BytesIO(sounds.encoded(sounds.AAC, 2.0)), "r") as audio,
    ):
        source = audio.streams.audio[0]
        target = container.add_stream_from_template(source)
        metadata = container.add_data_stream("timed_id3")
        sent = False
        for packet in audio.demux(source):
            if packet.dts is None:
                continue
            if not sent:
                tag = av.Packet(id3("Portishead", "Roads"))
                tag.stream, tag.pts, tag.dts, tag.time_base = metadata, packet.pts, packet.dts, packet.time_base
                container.mux(tag)
                sent = True
            packet.stream = target
            container.mux(packet)
    server.on("/1.ts", hostile.body(segment.getvalue()))
    heard = listen(server.on("/x.m3u8", hostile.body(playlist("#EXTINF:2,", "1.ts"), PLAYLIST_TYPE)))
    assert [title.text for title in heard.titles] == ["Portishead - Roads"]


def test_a_missing_segment_is_skipped_and_its_length_is_lost(server: HostileServer) -> None:
    for name in ("1", "3"):
        server.on(f"/{name}.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 2.0)))
    lines = ["#EXTINF:2,", "1.ts", "#EXTINF:2,", "2.ts", "#EXTINF:2,", "3.ts"]
    source = InternetStream(StreamSource(url=server.on("/x.m3u8", hostile.body(playlist(*lines), PLAYLIST_TYPE))))
    heard = collect(source)
    assert heard.error is None
    assert heard.lost_s == pytest.approx(2.0)
    assert heard.seconds == pytest.approx(4.0, abs=0.2)
    assert source.meter.corrupt_packets == 1


def test_segments_that_all_fail_end_the_session_with_the_reason(server: HostileServer) -> None:
    lines = [line for number in range(5) for line in ("#EXTINF:2,", f"{number}.ts")]
    heard = listen(server.on("/x.m3u8", hostile.body(playlist(*lines), PLAYLIST_TYPE)))
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "http_404"


def test_a_playlist_that_does_not_grow_is_a_stall(server: HostileServer) -> None:
    server.on("/1.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 1.0)))
    text = playlist("#EXTINF:1,", "1.ts", target_s=1, ended=False)
    heard = listen(server.on("/x.m3u8", hostile.body(text, PLAYLIST_TYPE)))
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "stalled"
    assert heard.seconds == pytest.approx(1.0, abs=0.3)


def test_a_playlist_that_claims_endless_segments_is_a_stall_all_the_same(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hls, "MAX_TARGET_S", 1.0)
    server.on("/1.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 1.0)))
    text = playlist("#EXTINF:1,", "1.ts", target_s=100_000, ended=False)
    heard = listen(server.on("/x.m3u8", hostile.body(text, PLAYLIST_TYPE)))
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "stalled"


class LiveHls:
    """A live playlist of three segments of a second each, which grows with time and can be jumped."""

    def __init__(self, server: HostileServer) -> None:
        self.started_at = time.monotonic()
        self.offset = 0
        self._lock = threading.Lock()
        for name, form in (("a", sounds.MPEG_TS_AAC), ("m", sounds.MPEG_TS_MP3)):
            server.on(f"/{name}.ts", hostile.body(sounds.encoded(form, 1.0)))
        self.url = server.on("/live.m3u8", self._serve)

    def _serve(self, line: Line) -> None:
        newest = int(time.monotonic() - self.started_at) + 10 + self.offset
        numbers = range(max(0, newest - 3), newest)
        # Every tenth segment is of another codec, as where a station puts in advertisements.
        lines = [text for number in numbers for text in ("#EXTINF:1,", "m.ts" if number % 10 == 3 else "a.ts")]
        hostile.body(playlist(*lines, target_s=1, first=numbers[0], ended=False), PLAYLIST_TYPE)(line)


def test_a_live_playlist_is_followed_across_codec_changes_and_a_restarted_encoder(server: HostileServer) -> None:
    live = LiveHls(server)
    source = InternetStream(StreamSource(url=live.url, stall_timeout_s=4.0))
    items = source.session()
    heard = Collected()
    deadline = time.monotonic() + 40
    for item in items:
        if hasattr(item, "samples"):
            heard.blocks.append(item)  # type: ignore[arg-type]
        elif hasattr(item, "codec"):
            heard.infos.append(item)  # type: ignore[arg-type]
        if heard.seconds > 5 and live.offset == 0:
            live.offset = -9
        if heard.seconds > 8 or time.monotonic() > deadline:
            break
    items.close()  # type: ignore[attr-defined]
    assert heard.seconds > 8
    assert {info.codec for info in heard.infos} >= {"aac", "mp3"}


def test_live_hls_runs_without_gaps(server: HostileServer) -> None:
    live = LiveHls(server)
    with Running(InternetStream(StreamSource(url=live.url, stall_timeout_s=5.0))) as running:
        ended = threading.Event()
        ended.wait(6.0)
        running.stop()
    assert not running.recorder.of(SourceLost)
    assert sum(gap.duration_s for gap in running.recorder.of(Gap)) < 1.0
