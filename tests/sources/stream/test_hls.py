"""HLS folders, finished and growing, with changes of codec and with holes."""

from __future__ import annotations

import io
import threading
import time
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from genred.audio import AudioBlock, SkippedAudio
from genred.config.schema import StreamSource
from genred.errors import SourceError
from genred.events import Gap, SourceLost
from genred.sources.stream import hls, internet_stream
from genred.sources.stream.internet_stream import InternetStream
from tests.patience import PATIENCE_S
from tests.sources import hostile, sounds
from tests.sources.collect import Collected, collect
from tests.sources.stream.live_hls import PLAYLIST_TYPE, LiveHls, playlist
from tests.stations.harness import Running

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sources.hostile import HostileServer, Line


MASTER = (
    b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360\nvideo.m3u8\n"
    b'#EXT-X-STREAM-INF:BANDWIDTH=96000,CODECS="mp4a.40.2"\naudio/list.m3u8\n'
)


def listen(url: str, **settings: object) -> Collected:
    return collect(InternetStream(StreamSource(url=url, **{"stall_timeout_s": 20.0, **settings})))  # type: ignore[arg-type]


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
    server.on("/audio/1.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 2.0)))
    server.on("/audio/list.m3u8", hostile.body(playlist("#EXTINF:2,", "1.ts"), PLAYLIST_TYPE))
    assert listen(server.on("/master.m3u8", hostile.body(MASTER, PLAYLIST_TYPE))).seconds == pytest.approx(2.0, abs=0.2)


def test_a_finished_programme_is_given_whole_and_says_how_long_it_is(server: HostileServer) -> None:
    server.on("/audio/1.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 2.0)))
    lines = ["#EXTINF:2,", "1.ts"] * 10
    server.on("/audio/list.m3u8", hostile.body(playlist(*lines), PLAYLIST_TYPE))
    master = server.on("/master.m3u8", hostile.body(MASTER, PLAYLIST_TYPE))
    heard = collect(InternetStream(StreamSource(url=master), whole=True))
    assert heard.error is None
    assert heard.seconds == pytest.approx(20.0, abs=0.6)
    assert [info.duration_s for info in heard.infos] == [20.0]


def test_a_programme_that_goes_on_is_not_given_whole(server: HostileServer) -> None:
    server.on("/audio/list.m3u8", hostile.body(playlist("#EXTINF:2,", "1.ts", ended=False), PLAYLIST_TYPE))
    master = server.on("/master.m3u8", hostile.body(MASTER, PLAYLIST_TYPE))
    heard = collect(InternetStream(StreamSource(url=master), whole=True))
    assert isinstance(heard.error, SourceError)
    assert f"`genred listen {master}` shows what is on air there" in str(heard.error)
    assert heard.error.permanent


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


SEGMENTS = tuple(range(6))


def segment(number: int) -> bytes:
    """A second, told from all others by its tone."""
    return sounds.encoded(sounds.MPEG_TS_AAC, 1.0, tone_hz=600 + 200 * number)


def order(heard: Collected) -> list[int]:
    """The numbers of the segments that were heard, told by their tones."""
    step = 2_205
    found: list[int] = []
    for start in range(0, heard.samples.size - step + 1, step):
        piece = heard.samples[start : start + step]
        spectrum = np.abs(np.fft.rfft(piece))
        number = round((np.argmax(spectrum) * 22_050 / step - 600) / 200)
        if float(np.max(spectrum)) > 50.0 and (not found or found[-1] != number):
            found.append(int(number))
    return found


def serve(server: HostileServer, *between: Callable[[Line], None], **special: Callable[[Line], None]) -> str:
    """A live playlist that ends; between its two states come others, and a segment may fail at first."""
    for number in SEGMENTS:
        good = hostile.body(segment(number), "video/mp2t")
        server.on(f"/{number}.ts", *([special[f"at_{number}"]] if f"at_{number}" in special else []), good)
    lines = [line for number in SEGMENTS for line in ("#EXTINF:1,", f"{number}.ts")]
    states = [
        hostile.body(playlist(*lines[:8], target_s=1, ended=False), PLAYLIST_TYPE),
        *between,
        hostile.body(playlist(*lines[2:], target_s=1, first=1), PLAYLIST_TYPE),
    ]
    return server.on("/live.m3u8", *states)


def cut(line: Line) -> None:
    line.send(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nContent-Length: 100000\r\n\r\n" + segment(3)[:3_000])


FAILURES = [
    *(hostile.status(code) for code in (403, 404, 500, 503)),
    hostile.body(b"<html>Just a moment</html>", "text/html"),
    hostile.raw(b""),
    lambda line: line.reset(),
    cut,
    hostile.silent_server(),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_refresh_that_fails_costs_nothing(failure: Callable[[Line], None], server: HostileServer) -> None:
    heard = listen(serve(server, failure), stall_timeout_s=3.0, connect_timeout_s=0.5)
    assert heard.error is None
    assert (order(heard), heard.lost_s) == ([1, 2, 3, 4, 5], 0.0)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_segment_that_is_listed_before_it_exists_is_asked_for_again(
    failure: Callable[[Line], None], server: HostileServer
) -> None:
    heard = listen(serve(server, at_3=failure), stall_timeout_s=3.0, connect_timeout_s=0.5)
    assert heard.error is None
    assert (order(heard), heard.lost_s) == ([1, 2, 3, 4, 5], 0.0)


def test_a_segment_that_stays_cut_short_is_heard_as_far_as_it_goes(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hls, "SEGMENT_WAITS_S", (0.01, 0.01))
    url = serve(server)
    half = len(segment(3)) // 2
    head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nContent-Length: {2 * half}\r\n\r\n".encode()
    server.on("/3.ts", hostile.raw(head + segment(3)[:half]))
    heard = listen(url)
    assert order(heard) == [1, 2, 3, 4, 5]
    assert heard.lost_s == pytest.approx(0.5, abs=0.2)
    assert heard.seconds + heard.lost_s == pytest.approx(5.0, abs=0.3)
    assert sum("/3.ts" in request for request in server.requests) == 3


def test_a_refresh_that_keeps_failing_ends_the_session_and_the_next_goes_on(server: HostileServer) -> None:
    source = InternetStream(StreamSource(url=serve(server, *[hostile.status(404)] * 5), stall_timeout_s=20.0))
    first, second = collect(source), Collected()
    assert isinstance(first.error, SourceError)
    assert first.error.cause == "http_404"
    for _ in range(3):
        second = collect(source)
        if second.error is None:
            break
    assert [*order(first), *order(second)] == [1, 2, 3, 4, 5]
    for number in SEGMENTS[1:]:
        assert sum(f"/{number}.ts" in request for request in server.requests) == 1


def test_a_live_programme_that_ended_is_not_played_again(server: HostileServer) -> None:
    source = InternetStream(StreamSource(url=serve(server)))
    assert order(collect(source)) == [1, 2, 3, 4, 5]
    again = collect(source)
    assert (again.error, again.seconds) == (None, 0.0)


def test_announced_gaps_are_not_asked_for_and_their_length_is_lost(server: HostileServer) -> None:
    for number in (0, 5):
        server.on(f"/{number}.ts", hostile.body(segment(number)))
    gaps = [line for number in range(1, 5) for line in ("#EXT-X-GAP", "#EXTINF:1,", f"{number}.ts")]
    lines = ["#EXTINF:1,", "0.ts", *gaps, "#EXTINF:1,", "5.ts"]
    heard = listen(server.on("/x.m3u8", hostile.body(playlist(*lines, target_s=1), PLAYLIST_TYPE)))
    assert heard.error is None
    assert order(heard) == [0, 5]
    assert heard.lost_s == pytest.approx(4.0)
    assert len(server.requests) == 3


def test_what_a_playlist_names_lies_where_its_redirect_leads(server: HostileServer) -> None:
    expired = hostile.status(403)
    lines = ["#EXTINF:1,", "0.ts", "#EXTINF:1,", "1.ts"]
    server.on("/edge/0.ts", hostile.body(segment(0)))
    server.on("/edge/1.ts", hostile.body(segment(1)))
    server.on("/edge/first.m3u8", hostile.body(playlist(*lines[:2], target_s=1, ended=False), PLAYLIST_TYPE), expired)
    server.on("/edge/second.m3u8", hostile.body(playlist(*lines, target_s=1), PLAYLIST_TYPE))
    server.on("/media", hostile.redirect("/edge/first.m3u8"), hostile.redirect("/edge/second.m3u8"))
    master = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=96000\n/media\n"
    heard = listen(server.on("/master.m3u8", hostile.body(master, PLAYLIST_TYPE)))
    assert heard.error is None
    assert order(heard) == [0, 1]


def test_a_master_playlist_s_other_server_is_taken_when_the_first_is_down(server: HostileServer) -> None:
    server.on("/0.ts", hostile.body(segment(0)))
    server.on("/second.m3u8", hostile.body(playlist("#EXTINF:1,", "0.ts"), PLAYLIST_TYPE))
    master = b"#EXTM3U\n" + b"".join(
        b"#EXT-X-STREAM-INF:BANDWIDTH=96000\n/" + name + b".m3u8\n" for name in (b"first", b"second")
    )
    assert order(listen(server.on("/master.m3u8", hostile.body(master, PLAYLIST_TYPE)))) == [0]


@pytest.mark.parametrize("content_type", [PLAYLIST_TYPE, "text/plain"])
def test_tags_behind_a_long_comment_make_an_hls_playlist_all_the_same(content_type: str, server: HostileServer) -> None:
    server.on("/0.ts", hostile.body(segment(0)))
    text = playlist("#EXTINF:1,", "0.ts").replace(
        b"#EXTM3U\n", b"\xef\xbb\xbf#EXTM3U\n## " + b"by a packager " * 99 + b"\n"
    )
    heard = listen(server.on("/x.m3u8", hostile.body(text, content_type)))
    assert (order(heard), len(server.requests)) == ([0], 2)


def test_audio_that_is_sent_in_advance_does_not_make_the_machine_late(server: HostileServer) -> None:
    heard = listen(serve(server))
    assert {block.waited_s for block in heard.blocks} == {0.0}


def test_a_machine_that_takes_longer_than_the_audio_lasts_is_late(server: HostileServer) -> None:
    lines = ["#EXTINF:1,", "0.ts", "#EXTINF:1,", "0.ts"]
    server.on("/0.ts", hostile.body(segment(0), "video/mp2t"))
    url = server.on("/x.m3u8", hostile.body(playlist(*lines, target_s=1), PLAYLIST_TYPE))
    waited_s = []
    for item in InternetStream(StreamSource(url=url)).session():
        if isinstance(item, AudioBlock):
            waited_s.append(item.waited_s)
            time.sleep(2 * item.seconds)
    assert waited_s[0] == 0.0
    # The last blocks come from the resampler, at the end.
    assert waited_s[-3] > 1.0


def test_a_station_that_rests_decodes_nothing_and_goes_on_at_once(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Collected()
    skipped: list[SkippedAudio] = []
    monkeypatch.setattr(hls, "rests", lambda _: bool(heard.blocks) and sum(item.seconds for item in skipped) < 3.0)
    monkeypatch.setattr(internet_stream, "MAX_AHEAD_S", 60.0)
    lines = [line for number in SEGMENTS for line in ("#EXTINF:1,", f"{number}.ts")]
    for number in SEGMENTS:
        server.on(f"/{number}.ts", hostile.body(segment(number), "video/mp2t"))
    url = server.on("/x.m3u8", hostile.body(playlist(*lines, target_s=1), PLAYLIST_TYPE))
    for item in InternetStream(StreamSource(url=url)).session():
        if isinstance(item, SkippedAudio):
            skipped.append(item)
        elif isinstance(item, AudioBlock):
            passed_s = sum(item.seconds for item in skipped)
            assert not skipped or passed_s >= 3.0, "decoded between two segments that were skipped"
            heard.blocks.append(item)
    skipped_s = sum(item.seconds for item in skipped)
    assert {item.waited_s for item in skipped} == {0.0}
    assert skipped_s == pytest.approx(3.25, abs=0.35)
    assert heard.seconds + skipped_s == pytest.approx(6.0, abs=0.5)
    assert order(heard)[0] == 0
    assert order(heard)[-2:] == [4, 5]


def test_what_waited_for_too_long_is_left_out(server: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls, "rests", lambda late_s: late_s > 1.0)
    lines = [line for number in SEGMENTS for line in ("#EXTINF:1,", f"{number}.ts")]
    for number in SEGMENTS:
        server.on(f"/{number}.ts", hostile.body(segment(number), "video/mp2t"))
    url = server.on("/x.m3u8", hostile.body(playlist(*lines, target_s=1), PLAYLIST_TYPE))
    heard_s = skipped_s = 0.0
    for item in InternetStream(StreamSource(url=url)).session():
        if isinstance(item, SkippedAudio):
            skipped_s += item.seconds
        elif isinstance(item, AudioBlock):
            heard_s += item.seconds
            time.sleep(2 * item.seconds)
    assert skipped_s > 0.0
    assert heard_s + skipped_s == pytest.approx(6.0, abs=0.5)


def test_a_finished_programme_is_not_run_through_while_the_station_rests(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hls, "rests", lambda _: True)
    monkeypatch.setattr(internet_stream, "MAX_AHEAD_S", 0.5)
    lines = [line for _ in range(9) for line in ("#EXTINF:1,", "0.ts")]
    server.on("/0.ts", hostile.body(segment(0), "video/mp2t"))
    url = server.on("/x.m3u8", hostile.body(playlist(*lines, target_s=1), PLAYLIST_TYPE))
    began_at, given_s = time.monotonic(), 0.0
    session = InternetStream(StreamSource(url=url)).session()
    for item in session:
        given_s += item.seconds if isinstance(item, AudioBlock | SkippedAudio) else 0.0
        if given_s > 2.0:
            break
    session.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began_at > 1.0


def test_segments_that_all_fail_end_the_session_with_the_reason(server: HostileServer) -> None:
    lines = [line for number in range(5) for line in ("#EXTINF:2,", f"{number}.ts")]
    heard = listen(server.on("/x.m3u8", hostile.body(playlist(*lines), PLAYLIST_TYPE)))
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "http_404"


def test_a_playlist_that_does_not_grow_is_a_stall(server: HostileServer) -> None:
    server.on("/1.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 1.0)))
    text = playlist("#EXTINF:1,", "1.ts", target_s=1, ended=False)
    heard = listen(server.on("/x.m3u8", hostile.body(text, PLAYLIST_TYPE)), stall_timeout_s=1.0)
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "stalled"
    assert heard.seconds == pytest.approx(1.0, abs=0.3)


def test_a_playlist_that_claims_endless_segments_is_a_stall_all_the_same(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hls, "MAX_TARGET_S", 1.0)
    server.on("/1.ts", hostile.body(sounds.encoded(sounds.MPEG_TS_AAC, 1.0)))
    text = playlist("#EXTINF:1,", "1.ts", target_s=100_000, ended=False)
    heard = listen(server.on("/x.m3u8", hostile.body(text, PLAYLIST_TYPE)), stall_timeout_s=1.0)
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "stalled"


def test_a_live_playlist_is_followed_across_codec_changes_and_a_restarted_encoder(server: HostileServer) -> None:
    live = LiveHls(server)
    source = InternetStream(StreamSource(url=live.url, stall_timeout_s=30.0))
    items = source.session()
    heard = Collected()
    deadline = time.monotonic() + PATIENCE_S
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
    with Running(InternetStream(StreamSource(url=live.url, stall_timeout_s=30.0))) as running:
        ended = threading.Event()
        ended.wait(6.0)
        running.stop()
    assert not running.recorder.of(SourceLost)
    assert sum(gap.duration_s for gap in running.recorder.of(Gap)) < 1.0
