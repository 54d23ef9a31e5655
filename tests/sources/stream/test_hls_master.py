"""Which of a master playlist's streams is played: the programme's own sound, alone, and not too fine."""

from __future__ import annotations

import pytest

from genred.errors import SourceError
from genred.sources.stream.hls_master import audio_playlists, is_master

BASE = "http://host/radio/list"

VARIANTS = """#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,CODECS="avc1.4d001f,mp4a.40.2"
video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=32000,CODECS="mp4a.40.5"
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=256000,CODECS="mp4a.40.2"
high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=96000,CODECS="mp4a.40.2"
middle.m3u8
"""


def names(text: str) -> list[str]:
    return [url.rpartition("/")[2] for url in audio_playlists("#EXTM3U\n" + text, BASE)]


def media(name: str, *attributes: str, group: str = "a", uri: str = "") -> str:
    address = [f'URI="{uri}"'] if uri else []
    return ",".join([f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{group}",NAME="{name}"', *attributes, *address]) + "\n"


AUDIO_ALONE = '#EXT-X-STREAM-INF:BANDWIDTH=96000,CODECS="mp4a.40.2",AUDIO="a"\nown.m3u8\n'
PICTURES = '#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.64001e,mp4a.40.2",AUDIO="a"\nvideo.m3u8\n'


def test_audio_alone_and_no_more_bits_than_needed_comes_first_and_substitutes_follow() -> None:
    assert audio_playlists("#EXTM3U\n" + VARIANTS, BASE)[0] == "http://host/radio/middle.m3u8"
    assert names(VARIANTS) == ["middle.m3u8", "high.m3u8", "low.m3u8", "video.m3u8"]


def test_a_tag_in_a_comment_makes_no_master_playlist() -> None:
    assert is_master("#EXTM3U\n" + VARIANTS)
    assert not is_master("#EXTM3U\n## not #EXT-X-STREAM-INF:\n#EXT-X-I-FRAME-STREAM-INF:URI=x\n#EXTINF:1,\na\n")


@pytest.mark.parametrize("stream", [AUDIO_ALONE, PICTURES])
def test_the_default_rendition_is_played_wherever_it_stands(stream: str) -> None:
    described = media("AD", 'CHARACTERISTICS="public.accessibility.describes-video"', "AUTOSELECT=YES", uri="ad.m3u8")
    dubbed = media("Español", "AUTOSELECT=YES", uri="es.m3u8")
    default = media("English", "DEFAULT=YES", "AUTOSELECT=YES", uri="en.m3u8")
    assert names(described + dubbed + default + stream)[0] == "en.m3u8"


def test_a_default_without_an_address_is_the_streams_own_audio() -> None:
    default = media("English", "DEFAULT=YES", "AUTOSELECT=YES")
    natural = media("Natural sound", "AUTOSELECT=NO", uri="natural.m3u8")
    assert names(default + natural + AUDIO_ALONE) == ["own.m3u8"]
    assert names(natural + default + AUDIO_ALONE) == ["own.m3u8"]


def test_without_a_default_the_one_for_everybody_is_played() -> None:
    described = media("AD", "AUTOSELECT=YES", 'CHARACTERISTICS="public.accessibility.describes-video"', uri="ad.m3u8")
    plain = media("English", "AUTOSELECT=YES", uri="en.m3u8")
    assert names(described + plain + PICTURES)[0] == "en.m3u8"


def test_renditions_that_nobody_is_to_get_unasked_leave_the_stream_its_own_audio() -> None:
    natural = media("Natural sound", uri="natural.m3u8")
    assert names(natural + AUDIO_ALONE) == ["own.m3u8"]
    assert names(natural + PICTURES) == ["natural.m3u8"]


def test_each_stream_has_the_rendition_of_its_own_group() -> None:
    renditions = media("Fine", "DEFAULT=YES", group="fine", uri="fine.m3u8")
    renditions += media("Coarse", "DEFAULT=YES", group="coarse", uri="coarse.m3u8")
    streams = (
        '#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1x1,AUDIO="fine"\nv1.m3u8\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=1x1,AUDIO="coarse"\nv2.m3u8\n'
    )
    assert names(renditions + streams) == ["coarse.m3u8", "fine.m3u8"]


def test_a_rendition_that_no_stream_refers_to_comes_before_all_streams() -> None:
    assert names(media("en", uri="audio.m3u8") + VARIANTS)[0] == "audio.m3u8"
    assert names(media("en", uri="audio.m3u8")) == ["audio.m3u8"]


def test_subtitles_are_no_audio() -> None:
    subtitles = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="a",NAME="x",DEFAULT=YES,URI="subtitles.m3u8"\n'
    assert names(subtitles + AUDIO_ALONE) == ["own.m3u8"]


def test_a_master_playlist_without_streams_is_refused() -> None:
    with pytest.raises(SourceError, match="contains no stream"):
        audio_playlists("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", BASE)
