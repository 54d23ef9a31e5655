from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.config.schema import StreamSource
from genred.sources.stream.frame_sync import find_frames
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import hostile, sounds
from tests.sources.collect import collect


@pytest.mark.parametrize(("form", "name"), [(sounds.MP3, "mp3"), (sounds.AAC, "aac")])
@pytest.mark.parametrize(("rate_hz", "channels"), [(44_100, 1), (48_000, 2), (22_050, 1), (11_025, 1)])
@pytest.mark.parametrize("joined_at", [1_234, 5_001])
def test_the_first_whole_frame_is_found_in_the_middle_of_a_stream(
    form: tuple[str, ...], name: str, rate_hz: int, channels: int, joined_at: int
) -> None:
    stream = sounds.encoded(form, 10.0, rate_hz=rate_hz, channels=channels)
    found = find_frames(stream[joined_at : joined_at + 8_000])
    assert found is not None
    position, kind = found
    assert kind == name
    assert position < 2_500


@pytest.mark.parametrize("form", [sounds.OGG_VORBIS, sounds.FLAC, sounds.WAV])
def test_other_formats_have_no_such_frames(form: tuple[str, ...]) -> None:
    assert find_frames(sounds.encoded(form, 2.0)[:8_000]) is None


@given(st.binary(max_size=3_000))
def test_noise_is_survived(data: bytes) -> None:
    find_frames(b"\xff\xfb" + data)


def test_a_slow_stream_joined_in_the_middle_is_heard_within_6_kb(server: hostile.HostileServer) -> None:
    sound = sounds.encoded(sounds.MP3, 10.0)

    def behave(line: hostile.Line) -> None:
        line.send(hostile.OK + sound[1_234:10_000])
        line.hang()

    source = InternetStream(StreamSource(url=server.on("/x", behave), stall_timeout_s=0.5))
    # 64 KB of probing, FFmpeg's own way, would never end here.
    assert collect(source).seconds > 0.2
