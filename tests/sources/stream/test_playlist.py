from __future__ import annotations

import pytest

from genred.errors import SourceError
from genred.sources.stream.hls_master import audio_playlists, is_master
from genred.sources.stream.hls_playlist import ByteRange, read_media_playlist
from genred.sources.stream.playlist import PlaylistKind, playlist_kind, read_playlist

BASE = "http://host/radio/list"


@pytest.mark.parametrize(
    ("head", "content_type", "url", "kind"),
    [
        (b"#EXTM3U\n#EXTINF:-1,Radio\nhttp://x/y\n", "audio/x-mpegurl", BASE, PlaylistKind.M3U),
        (b"\xef\xbb\xbf#EXTM3U\nhttp://x/y\n", "", BASE, PlaylistKind.M3U),
        (b"http://x/y\r\n", "audio/x-mpegurl", BASE, PlaylistKind.M3U),
        (b"http://x/y\n", "text/plain", BASE + ".m3u", PlaylistKind.M3U),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n", "application/octet-stream", BASE, PlaylistKind.HLS),
        (b"[playlist]\nFile1=http://x\n", "text/plain", BASE, PlaylistKind.PLS),
        (b"<?xml version='1.0'?><playlist xmlns='http://xspf.org/ns/0/'>", "", BASE, PlaylistKind.XSPF),
        (b"<?xml version='1.0'?><html>", "", BASE, None),
        (b"\xff\xfb\x90\x64" + bytes(400), "audio/mpeg", "http://host/x.m3u", None),
        (b"OggS" + bytes(400), "audio/x-mpegurl", "http://host/x.m3u8", None),
        (b"<!DOCTYPE html><html>", "text/html", BASE, None),
    ],
)
def test_a_playlist_is_told_by_what_it_holds(
    head: bytes, content_type: str, url: str, kind: PlaylistKind | None
) -> None:
    assert playlist_kind(head, content_type, url) is kind


def test_m3u_entries_are_resolved_and_only_http_is_followed() -> None:
    body = b"#EXTM3U\n#EXTINF:-1,One\nhttp://a/1\n\n../two\nfile:///etc/passwd\nrtsp://b/3\nhttp://a/1\n"
    assert read_playlist(PlaylistKind.M3U, body, BASE) == ["http://a/1", "http://host/two"]


def test_pls_entries_come_in_the_order_of_their_numbers() -> None:
    body = b"[playlist]\r\nFile10=http://a/10\r\nTitle1=One\r\nfile2 = http://a/2\r\nFile1=http://a/1\r\n"
    assert read_playlist(PlaylistKind.PLS, body, BASE) == ["http://a/1", "http://a/2", "http://a/10"]


def test_xspf_locations_are_read_with_escapes_and_namespaces() -> None:
    body = (
        b"<?xml version='1.0' encoding='UTF-8'?><playlist version='1' xmlns='http://xspf.org/ns/0/'><trackList>"
        b"<track><title>http://not/this</title><location>http://a/1?x=1&amp;y=2</location></track>"
        b"<track><location> rel/2 </location></track></trackList></playlist>"
    )
    assert read_playlist(PlaylistKind.XSPF, body, BASE) == ["http://a/1?x=1&y=2", "http://host/radio/rel/2"]


@pytest.mark.parametrize(
    "body",
    [
        b"<?xml version='1.0'?><!DOCTYPE p [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><playlist>&b;</playlist>",
        b"<?xml version='1.0'?><!DOCTYPE p SYSTEM 'http://host/x.dtd'><playlist></playlist>",
        b"<?xml version='1.0'?><!DOCTYPE p [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><playlist>&f;</playlist>",
    ],
)
def test_xml_with_a_doctype_is_refused(body: bytes) -> None:
    with pytest.raises(SourceError, match="DOCTYPE"):
        read_playlist(PlaylistKind.XSPF, body, BASE)


def test_damaged_xml_is_named_as_that() -> None:
    with pytest.raises(SourceError, match="damaged"):
        read_playlist(PlaylistKind.XSPF, b"<playlist><location>", BASE)


MASTER = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,CODECS="avc1.4d001f,mp4a.40.2"
video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=32000,CODECS="mp4a.40.5"
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=256000,CODECS="mp4a.40.2"
high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=96000,CODECS="mp4a.40.2"
middle.m3u8
"""


def test_of_a_master_playlist_audio_alone_and_no_more_bits_than_needed_is_chosen() -> None:
    assert is_master(MASTER)
    assert audio_playlists(MASTER, BASE)[0] == "http://host/radio/middle.m3u8"


def test_a_separate_audio_rendition_comes_before_all_variants() -> None:
    text = '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio.m3u8"\n' + MASTER
    assert audio_playlists(text, BASE)[0] == "http://host/radio/audio.m3u8"


def test_a_media_playlist_gives_numbers_ranges_and_starts() -> None:
    text = (
        '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:41\n#EXT-X-MAP:URI="init.mp4",BYTERANGE="10@5"\n'
        "#EXTINF:5.5,\n#EXT-X-BYTERANGE:100@200\nall.mp4\n#EXTINF:6,\n#EXT-X-BYTERANGE:50\nall.mp4\n#EXT-X-ENDLIST\n"
    )
    playlist = read_media_playlist(text, BASE)
    first, second = playlist.segments
    assert (playlist.target_s, playlist.ended) == (6.0, True)
    assert (first.number, first.duration_s, first.part.byte_range) == (41, 5.5, ByteRange(200, 100))
    assert (second.number, second.part.byte_range) == (42, ByteRange(300, 50))
    assert first.start is not None
    assert (first.start.url, first.start.byte_range) == ("http://host/radio/init.mp4", ByteRange(5, 10))
    assert ByteRange(200, 100).header == {"Range": "bytes=200-299"}


def test_encrypted_segments_are_refused_in_words() -> None:
    text = '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:6,\na.ts\n'
    with pytest.raises(SourceError, match="encrypted"):
        read_media_playlist(text, BASE)


def test_a_pls_entry_with_too_long_a_number_is_passed_over() -> None:
    body = f"[playlist]\nFile{'1' * 5_000}=http://a/1\nFile2=http://a/2\n".encode()
    assert read_playlist(PlaylistKind.PLS, body, BASE) == ["http://a/2"]


def test_of_an_endless_playlist_the_first_entries_are_taken() -> None:
    body = "".join(f"http://a/{number}\n" for number in range(2_000)).encode()
    assert read_playlist(PlaylistKind.M3U, body, BASE) == [f"http://a/{number}" for number in range(1_000)]


def test_of_an_endless_hls_playlist_the_newest_segments_are_kept() -> None:
    playlist = read_media_playlist("#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + "a.ts\n" * 10_001, BASE)
    assert (playlist.segments[0].number, playlist.segments[-1].number) == (1, 10_000)
