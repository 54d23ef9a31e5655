from __future__ import annotations

import pytest

from genred.errors import SourceError
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
        (b"#EXTM3U\n# by a packager\n \t#ext-x-stream-inf:BANDWIDTH=1\nx\n", "", BASE, PlaylistKind.HLS),
        (b"#EXTM3U\n# of #EXT-X-TARGETDURATION nothing\n#EXT-X-LOGO:x\nhttp://x/y\n", "", BASE, PlaylistKind.M3U),
        (b"# by a packager\n#EXTM3U\n#EXT-X-TARGETDURATION:6\n", "audio/mpegurl", BASE, PlaylistKind.HLS),
        ("#EXTM3U\nhttp://x/y\n".encode("utf-16"), "text/plain", BASE, PlaylistKind.M3U),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:6\n".encode("utf-16-be"), "", BASE, PlaylistKind.HLS),
        ("[playlist]\r\nFile1=http://x\r\n".encode("utf-16"), "", BASE, PlaylistKind.PLS),
        (b"; by a portal\n[playlist]\nFile1=http://x\n", "audio/x-scpls", BASE, PlaylistKind.PLS),
        (b"\xff\xfb\x90\x64" + bytes(400), "audio/mpeg", "http://host/x.pls", None),
        ("<?xml version='1.0'?>\n<playlist>".encode("utf-16"), "", BASE, PlaylistKind.XSPF),
        (b"<?xml version='1.0'?><!--" + bytes(400) + b"-->", "application/xspf+xml", BASE, PlaylistKind.XSPF),
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


XSPF_DECLARED_AS_UTF_8 = """<?xml version='1.0' encoding='UTF-8'?>
<playlist><location>http://a/1</location><location>http://a/2</location></playlist>"""


@pytest.mark.parametrize("form", ["utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (PlaylistKind.M3U, "http://a/1\r\n#EXTINF:-1,Zwei\r\nhttp://a/2\r\n"),
        (PlaylistKind.PLS, "[playlist]\r\nFile1=http://a/1\r\nFile2=http://a/2\r\n"),
        (PlaylistKind.XSPF, XSPF_DECLARED_AS_UTF_8),
    ],
)
def test_every_playlist_is_read_with_a_byte_order_mark_and_in_utf_16(kind: PlaylistKind, text: str, form: str) -> None:
    assert read_playlist(kind, text.encode(form), BASE) == ["http://a/1", "http://a/2"]


@pytest.mark.parametrize(
    "body",
    [
        "<?xml version='1.0'?><!DOCTYPE p [<!ENTITY a 'aaaaaaaaaa'>]><playlist>&a;</playlist>".encode("utf-16"),
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


def test_gaps_and_single_encrypted_segments_are_not_to_be_asked_for() -> None:
    text = (
        '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na\n#EXT-X-GAP\n#EXTINF:6,\nb\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n'
        "#EXTINF:6,\nc\n#EXT-X-KEY:METHOD=NONE\n#EXT-X-DISCONTINUITY\n#EXTINF:6,\nd\n"
    )
    segments = read_media_playlist(text, BASE).segments
    assert [segment.missing for segment in segments] == [False, True, True, False]


def test_a_byte_range_follows_the_one_before_of_the_same_file_only() -> None:
    text = (
        '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MAP:URI="a",BYTERANGE="10@0"\n#EXTINF:6,\n#EXT-X-BYTERANGE:50@10\na\n'
        '#EXT-X-MAP:URI="b",BYTERANGE="900@0"\n#EXTINF:6,\n#EXT-X-BYTERANGE:40\na\n#EXTINF:6,\n#EXT-X-BYTERANGE:30\nb\n'
        "#EXTINF:6,\nc\n"
    )
    ranges = [segment.part.byte_range for segment in read_media_playlist(text, BASE).segments]
    assert ranges == [ByteRange(10, 50), ByteRange(60, 40), ByteRange(0, 30), None]


def test_the_programme_s_time_is_carried_on_and_a_damaged_one_is_none() -> None:
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-PROGRAM-DATE-TIME:"
    tail = "\n#EXTINF:5.5,\na\n#EXTINF:6,\nb\n"
    for text in ("1970-01-01T01:00:00.250+01:00", "1970-01-01T00:00:00.250Z", "1970-01-01T01:00:00.250+0100"):
        segments = read_media_playlist(head + text + tail, BASE).segments
        assert [segment.at_s for segment in segments] == [0.25, 5.75]
    for text in ("yesterday", "9999-99-99T00:00:00Z", "9" * 5_000, ""):
        assert [segment.at_s for segment in read_media_playlist(head + text + tail, BASE).segments] == [None, None]


def test_a_title_cannot_break_a_line_into_a_segment() -> None:
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,One\u2028two\x85three\na.ts\n"
    assert [segment.part.address for segment in read_media_playlist(text, BASE).segments] == ["a.ts"]


def test_a_playlist_without_a_target_duration_has_that_of_its_segments() -> None:
    assert read_media_playlist("#EXTM3U\n#EXTINF:5.5,\na\n#EXTINF:6,\nb\n", BASE).target_s == 6.0
    with pytest.raises(SourceError, match="not an HLS playlist"):
        read_media_playlist("<html>\n404\n</html>", BASE)


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
