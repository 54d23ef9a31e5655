"""What a session holds is given back when it ends, not when the garbage collector comes by: that may take minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.config.schema import CommandSource, RetryConfig, StreamSource
from genred.events import SourceLost
from genred.sources.command import Command
from genred.sources.stream.internet_stream import InternetStream
from tests.collector import no_collector
from tests.sources import hostile, sounds
from tests.stations.harness import Running

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sources.hostile import HostileServer, Line

OF_A_SESSION = (
    *("HttpConnection", "Response", "AudioFeed", "IndexedFile", "HlsPlayer", "Popen"),
    *("InputContainer", "AudioStream", "AudioCodecContext", "AudioFrame", "Packet", "AvFile", "SeekableAvFile"),
    *("AudioDecoder", "ElementaryDecoder", "BlockResampler", "ResampleStream", "Mixer"),
)

PATIENT = RetryConfig(first_wait_s=60.0, longest_wait_s=60.0, settle_s=1.0)
"""A station that waits has nothing of the session that failed."""


def resetting_ogg(line: Line) -> None:
    audio = sounds.encoded(sounds.OGG_VORBIS, 10.0)
    line.send(b"HTTP/1.0 200 OK\r\nContent-Type: application/ogg\r\n\r\n" + audio[: len(audio) // 2])
    line.wait(0.5)
    line.reset()


def hls(*lines: str) -> bytes:
    return "\n".join(("#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXT-X-MEDIA-SEQUENCE:1", *lines, "")).encode()


MASTER = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nb.m3u8\n"


@pytest.mark.parametrize(
    "fault",
    [
        hostile.radio(4.5),
        hostile.resetting(4.5),
        hostile.stalling(3.0),
        hostile.dripping(0.05),
        hostile.endless_garbage(),
        hostile.icy([b"One", b"Two"], interval=16_000, cut_in_block=True),
        resetting_ogg,
        hostile.raw(b""),
        hostile.status(404),
        hostile.endless_headers(),
        hostile.redirect("/x"),
        hostile.body(b"<!DOCTYPE html><html></html>", "text/html"),
        hostile.body(b"http://127.0.0.1:1/a\nhttp://127.0.0.1:1/b\n", "audio/x-mpegurl"),
        hostile.body(MASTER, "application/vnd.apple.mpegurl"),
        hostile.body(hls("#EXTINF:1,", "missing.mp3"), "application/vnd.apple.mpegurl"),
    ],
    ids=[
        "ends",
        "is reset",
        "stalls",
        "drips",
        "sends garbage",
        "breaks off in a title",
        "is reset in Ogg",
        "hangs up",
        "404",
        "endless headers",
        "redirect ring",
        "web page",
        "playlist of dead servers",
        "HLS without its streams",
        "HLS without its segments",
    ],
)
def test_a_stream_that_failed_holds_nothing_while_it_waits(
    fault: Callable[[Line], None], server: HostileServer
) -> None:
    url = server.on("/x", fault)
    assert_nothing_is_held(InternetStream(StreamSource(url=url, connect_timeout_s=5.0, stall_timeout_s=1.0)))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://no-such-host.invalid/x"], ids=["refused", "no name"])
def test_a_server_that_is_not_there_holds_nothing(url: str) -> None:
    assert_nothing_is_held(InternetStream(StreamSource(url=url, connect_timeout_s=5.0)))


def test_a_command_that_failed_holds_nothing_while_it_waits() -> None:
    assert_nothing_is_held(Command(CommandSource(command=("sh", "-c", "head -c 200000 /dev/zero; exit 1"))))


def assert_nothing_is_held(source: InternetStream | Command) -> None:
    with no_collector() as held, Running(source, retry=PATIENT) as running:
        running.recorder.wait(SourceLost)
        assert not held(*OF_A_SESSION)
